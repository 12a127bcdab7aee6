"""How many bars are looked at: those a chart draws, and those of a year, against which "ordinary" is measured."""

from utils.binance_api.intervals import DAY, SHORTEST_MS

DRAWN_BARS = 300
"""Bars a chart shows."""
MOST_BARS = 8_784
"""A leap year of hourly bars; shorter bars are measured against as many of theirs, and the answer says so."""


def look_back_bars(interval: str, days: int, most: int = MOST_BARS) -> int:
    """Return the bars of ``days`` days, at most ``most`` and at least one."""
    return max(1, min(most, days * DAY // SHORTEST_MS[interval]))


def days_of(interval: str, bars: int) -> float:
    """Return how many days so many bars last."""
    return bars * SHORTEST_MS[interval] / DAY
