"""How many bars a length of time is: the year that "ordinary" is measured against, a day, what a chart shows."""

from utils.binance_api.intervals import DAY, MINUTE, SHORTEST_MS

DRAWN_BARS = 300
"""Bars a chart shows."""

YEAR_DAYS = 365
"""The past that composite scores are ranked among."""

MOST_BARS = 8_784
"""A leap year of hourly bars; shorter bars are measured against as many of theirs, and the answer says so."""


def look_back_bars(interval: str, days: int, most: int = MOST_BARS) -> int:
    """Return the bars of ``days`` days, at most ``most`` and at least one."""
    return max(1, min(most, days * DAY // SHORTEST_MS[interval]))


def days_of(interval: str, bars: int) -> float:
    """Return how many days so many bars last."""
    return bars * SHORTEST_MS[interval] / DAY


def bar_minutes(interval: str) -> float:
    """Return the length of a bar."""
    return SHORTEST_MS[interval] / MINUTE


def day_bars(interval: str) -> int:
    """Return how many bars a day is; 1 for bars of a day or longer."""
    return max(1, DAY // SHORTEST_MS[interval])
