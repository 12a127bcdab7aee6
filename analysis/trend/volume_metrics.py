"""Module A's metrics of where volume traded: VWAPs, the volume profile, and distances from them."""

from analysis.framework.metric import MetricSpec
from analysis.trend.specs import VOLUME, VOLUME_DAY, VOLUME_WEEK, atr_bars
from config.c_trend import TrendConfig


def _profile_distance(c: TrendConfig, _: str) -> int:
    return max(c.profile_bars, c.atr_period + 1)


VOLUME_METRICS = (
    MetricSpec(
        "vwap",
        "VWAP",
        "price",
        "Volume-weighted average price of the recent bars.",
        is_level=True,
        bars="vwap_bars",
        family=VOLUME,
    ),
    MetricSpec(
        "vwap_day",
        "Day VWAP",
        "price",
        "Volume-weighted average price since 00:00 UTC.",
        is_level=True,
        family=VOLUME_DAY,
    ),
    MetricSpec(
        "vwap_week",
        "Week VWAP",
        "price",
        "Volume-weighted average price since Monday 00:00 UTC.",
        is_level=True,
        family=VOLUME_WEEK,
    ),
    MetricSpec(
        "poc",
        "POC",
        "price",
        "Point of control: the price level with the most volume.",
        is_level=True,
        bars="profile_bars",
        family=VOLUME,
        expensive=True,
    ),
    MetricSpec(
        "value_low",
        "VA low",
        "price",
        "Lower edge of the value area (VA), which holds most of the volume.",
        is_level=True,
        bars="profile_bars",
        family=VOLUME,
        expensive=True,
    ),
    MetricSpec(
        "value_high",
        "VA high",
        "price",
        "Upper edge of the value area (VA), which holds most of the volume.",
        is_level=True,
        bars="profile_bars",
        family=VOLUME,
        expensive=True,
    ),
    MetricSpec(
        "vwap_distance",
        "From VWAP",
        "ATR",
        "How far the close is above (+) or below (-) VWAP, in ATRs.",
        bars=lambda c, _: max(c.vwap_bars, c.atr_period + 1),
        family=VOLUME,
    ),
    MetricSpec(
        "vwap_day_distance",
        "From day VWAP",
        "ATR",
        "How far the close is above (+) or below (-) the day's VWAP, in ATRs.",
        bars=atr_bars,
        family=VOLUME_DAY,
    ),
    MetricSpec(
        "vwap_week_distance",
        "From week VWAP",
        "ATR",
        "How far the close is above (+) or below (-) the week's VWAP, in ATRs.",
        bars=atr_bars,
        family=VOLUME_WEEK,
    ),
    MetricSpec(
        "poc_distance",
        "From POC",
        "ATR",
        "How far the close is above (+) or below (-) the point of control, in ATRs.",
        bars=_profile_distance,
        family=VOLUME,
        expensive=True,
    ),
    MetricSpec(
        "value_distance",
        "Outside VA",
        "ATR",
        "How far the close is above (+) or below (-) the value area, in ATRs; 0 inside.",
        bars=_profile_distance,
        family=VOLUME,
        expensive=True,
    ),
)
