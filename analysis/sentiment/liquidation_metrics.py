"""Module C's metrics of liquidations: where the model expects them, and what was seen of them. None votes."""

from analysis.framework.metric import MetricSpec

MAP, SEEN = "map", "seen"
"""Families of metrics that are missing for the same reasons."""


def _mapped(id_: str, title: str, unit: str, help_text: str, *, is_level: bool = False) -> MetricSpec:
    return MetricSpec(
        id_,
        title,
        unit,
        help_text,
        decimals=2 if unit == "-1..1" else 0,
        needs=("open_interest", "half_hours", "brackets"),
        family=MAP,
        latest_only=True,
        is_level=is_level,
        on_card=is_level,
    )


def _seen(id_: str, title: str, unit: str, help_text: str) -> MetricSpec:
    return MetricSpec(
        id_, title, unit, help_text, decimals=0, needs=("liquidations",), family=SEEN, latest_only=True
    )


LIQUIDATION_METRICS: tuple[MetricSpec, ...] = (
    _mapped(
        "liq_level_below",
        "Long liq.",
        "price",
        "Price below at which the model liquidates most longs, within reach.",
        is_level=True,
    ),
    _mapped(
        "liq_level_above",
        "Short liq.",
        "price",
        "Price above at which the model liquidates most shorts, within reach.",
        is_level=True,
    ),
    _mapped(
        "liq_below",
        "Longs below",
        "USDT",
        "Longs that the model liquidates within reach below the price.",
    ),
    _mapped(
        "liq_above",
        "Shorts above",
        "USDT",
        "Shorts that the model liquidates within reach above the price.",
    ),
    _mapped("liq_skew", "Liq. skew", "-1..1", "Shorts above less longs below, as a share of both; a model."),
    _seen(
        "liq_seen_longs",
        "Longs closed",
        "USDT",
        "Longs seen to be liquidated in the last day: a sample, at most one order a second.",
    ),
    _seen(
        "liq_seen_shorts",
        "Shorts closed",
        "USDT",
        "Shorts seen to be liquidated in the last day: a sample, at most one order a second.",
    ),
    _seen(
        "liq_seen_share",
        "Share seen",
        "%",
        "Estimated share of the last day's liquidations that the sample shows, at most.",
    ),
    _seen("liq_listened", "Listened", "%", "Share of the last day in which liquidations were recorded."),
)
