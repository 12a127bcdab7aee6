"""What module A's metrics share: the group of strength, families, and the bars of the average true range."""

from config.c_trend import TrendConfig

STRENGTH = "strength"
PERPETUAL, KALMAN, LIVE, DAY_CHANGE = "perpetual", "kalman", "live", "day_change"
VOLUME, VOLUME_DAY, VOLUME_WEEK = "volume", "volume_day", "volume_week"


def atr_bars(c: TrendConfig, _: str) -> int:
    """Return how many bars an average true range needs."""
    return c.atr_period + 1
