"""Module G's metrics of the average true range and of stops at multiples of it."""

from analysis.framework.metric import MetricSpec
from analysis.risk.specs import LEVEL, rank_bars
from config.c_risk import RiskExposureConfig


def _atr(c: RiskExposureConfig, _: str) -> int:
    return c.atr_period + 1


def _chandelier(metric_id: str, title: str, unit: str, help_text: str) -> MetricSpec:
    return MetricSpec(metric_id, title, unit, help_text, bars=rank_bars, is_level=unit == "price")


STOP_METRICS = (
    MetricSpec("atr_14", "ATR", "price", "Wilder's average true range.", bars=_atr),
    MetricSpec(
        "atr_pct",
        "ATR %",
        "%",
        "Average true range in percent of price.",
        group="volatility",
        signal=LEVEL,
        bars=_atr,
        on_card=True,
    ),
    MetricSpec(
        "stop_long",
        "Long stop",
        "price",
        "Stop of a long opened now: a fixed number of ATRs below the price shown.",
        is_level=True,
        bars=_atr,
        on_card=True,
    ),
    MetricSpec(
        "stop_short",
        "Short stop",
        "price",
        "Stop of a short opened now: a fixed number of ATRs above the price shown.",
        is_level=True,
        bars=_atr,
        on_card=True,
    ),
    MetricSpec(
        "stop_pct",
        "Stop distance",
        "%",
        "Distance of both stops from the price, in percent of it.",
        bars=_atr,
    ),
    _chandelier(
        "chandelier_multiple",
        "Trail ATRs",
        "ATR",
        "Distance of the trailing (chandelier) stops, wider when volatility is high.",
    ),
    _chandelier(
        "chandelier_long",
        "Trail long",
        "price",
        "Trailing stop of a long: the highest high less that distance.",
    ),
    _chandelier(
        "chandelier_short",
        "Trail short",
        "price",
        "Trailing stop of a short: the lowest low plus that distance.",
    ),
    _chandelier(
        "chandelier_long_pct",
        "Trail long %",
        "%",
        "How far the long's trailing stop is below the price; negative once passed.",
    ),
    _chandelier(
        "chandelier_short_pct",
        "Trail short %",
        "%",
        "How far the short's trailing stop is above the price; negative once passed.",
    ),
)
