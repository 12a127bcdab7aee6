"""Module C's metrics of options: the skew of implied volatility, which votes, and gamma exposure, which does not."""

from typing import Final

from analysis.framework.metric import GroupSpec, MetricSpec, Modelled

SKEW: Final = "skew"
SKEW_GROUP: Final = GroupSpec(SKEW, 0.2, "what options pay for calls above puts, beside its own past")
SURFACE, CENTRED, GAMMA, CROSSING, INDEX = (
    *("surface", "skew_centred", "gamma", "crossing", "volatility_index"),
)
"""Families of metrics that are missing for the same reasons."""


def _surface(
    id_: str,
    title: str,
    unit: str,
    help_text: str,
    *,
    decimals: int = 1,
    family: str = SURFACE,
    on_card: bool = False,
    is_level: bool = False,
) -> MetricSpec:
    return MetricSpec(
        id_,
        title,
        unit,
        help_text,
        decimals=decimals,
        needs=("options",),
        family=family,
        latest_only=True,
        on_card=on_card,
        is_level=is_level,
    )


def _index(id_: str, title: str, unit: str, help_text: str, *, decimals: int) -> MetricSpec:
    return MetricSpec(id_, title, unit, help_text, decimals=decimals, needs=("dvol",), family=INDEX)


OPTION_METRICS: Final = (
    MetricSpec(
        "risk_reversal",
        "25Δ skew",
        "pts",
        "Implied volatility of 25 delta calls less that of 25 delta puts, 30 days ahead.",
        decimals=1,
        needs=("options",),
        family=SURFACE,
        on_card=True,
    ),
    MetricSpec(
        "risk_reversal_z",
        "25Δ skew z",
        "sd",
        "That difference in robust deviations from its own recorded past, since its level is a state of the year.",
        group=SKEW,
        signal=Modelled(),
        needs=("options",),
        family=CENTRED,
    ),
    _surface("risk_reversal_7d", "25Δ skew 7d", "pts", "The same difference 7 days ahead."),
    _surface("risk_reversal_90d", "25Δ skew 90d", "pts", "The same difference 90 days ahead."),
    _surface(
        "butterfly",
        "25Δ butterfly",
        "pts",
        "Mean implied volatility of 25 delta calls and puts above that at the forward, 30 days ahead.",
    ),
    _surface("atm_iv", "IV 30d", "%", "Implied volatility at the forward, 30 days ahead, per year."),
    _index(
        "dvol", "DVOL", "%", "Deribit's volatility index: implied volatility of 30 days per year.", decimals=1
    ),
    _index(
        "dvol_rank", "DVOL rank", "0..1", "Share of the look-back in which that index was lower.", decimals=2
    ),
    _surface(
        "gamma_gross",
        "Gamma per 1%",
        "USD",
        "What hedgers of all open options trade when the price moves by 1%, whoever holds them.",
        decimals=0,
        family=GAMMA,
        on_card=True,
    ),
    _surface(
        "gamma_net_share",
        "Net gamma",
        "%",
        "Gamma of calls less puts as a share of both; that hedgers own calls and owe puts is assumed.",
        family=GAMMA,
        on_card=True,
    ),
    _surface(
        "gamma_strike",
        "Gamma strike",
        "USD",
        "Strike with the largest gamma of calls and puts together.",
        family=GAMMA,
        is_level=True,
    ),
    _surface(
        "zero_gamma",
        "Zero gamma",
        "USD",
        "Nearest price at which the net gamma changes its sign, each strike keeping its volatility.",
        family=CROSSING,
        is_level=True,
    ),
)
