"""How many bars a year is: what "ordinary" is measured against, the same length of time for every interval."""

from utils.binance_api.intervals import DAY, SHORTEST_MS

MOST_BARS = 8_784
"""A leap year of hourly bars; shorter bars are measured against as many of theirs, and the answer says so."""


def look_back_bars(interval: str, days: int, most: int = MOST_BARS) -> int:
    """Return the bars of ``days`` days, at most ``most`` and at least one."""
    return max(1, min(most, days * DAY // SHORTEST_MS[interval]))


def days_of(interval: str, bars: int) -> float:
    """Return how many days so many bars last."""
    return bars * SHORTEST_MS[interval] / DAY
