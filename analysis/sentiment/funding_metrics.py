"""Module C's metrics of funding: what longs pay shorts, beside the rate that the coin rests at."""

from typing import Final

from analysis.framework.metric import MetricSpec, Modelled

FUNDING: Final = "funding"
SETTLED, LIVE = "settled", "live"
"""Families of metrics that are missing for the same reasons."""


def _settled(
    id_: str, title: str, unit: str, help_text: str, *, decimals: int = 4, on_card: bool = False
) -> MetricSpec:
    return MetricSpec(
        id_, title, unit, help_text, decimals=decimals, needs=("funding",), family=SETTLED, on_card=on_card
    )


FUNDING_METRICS: tuple[MetricSpec, ...] = (
    _settled("funding_rate", "Funding", "%", "Funding rate that was settled last; above 0 longs pay."),
    MetricSpec(
        "funding_running",
        "Next funding",
        "%",
        "Rate of the coming settlement as it stands at the moment asked.",
        decimals=4,
        needs=("running",),
        family=LIVE,
        latest_only=True,
        on_card=True,
    ),
    _settled("funding_hours", "Interval", "h", "Hours between two settlements.", decimals=0),
    _settled("funding_8h", "Funding 8h", "%", "Last settled rate as if it were for 8 hours.", on_card=True),
    _settled(
        "funding_baseline", "Baseline", "%", "Rate per 8 hours that the coin rests at, the commonest one."
    ),
    MetricSpec(
        "funding_distance",
        "From baseline",
        "%",
        "Last settled rate per 8 hours above (+) or below (-) the coin's baseline.",
        decimals=4,
        group=FUNDING,
        signal=Modelled(),
        needs=("funding",),
        family=SETTLED,
    ),
    _settled(
        "funding_annual", "Annualised", "%", "Last settled rate over a year, not compounded.", decimals=1
    ),
    _settled(
        "funding_z",
        "Funding z",
        "sd",
        "Robust z-score of the rate per 8 hours over the look-back.",
        decimals=2,
    ),
    MetricSpec(
        "funding_skew",
        "Funding skew",
        "-1..1",
        "Share of settlements above the baseline less the share below it.",
        group=FUNDING,
        signal=Modelled(),
        weight=0.5,
        needs=("funding",),
        family=SETTLED,
    ),
    _settled("funding_skew_se", "Skew ±", "", "Standard error of the funding skew.", decimals=2),
    _settled(
        "funding_skewness",
        "Skewness",
        "",
        "Sample skewness of the rates over the look-back: mostly noise.",
        decimals=2,
    ),
    _settled("funding_skewness_se", "Skewness ±", "", "Standard error of that skewness.", decimals=2),
)
