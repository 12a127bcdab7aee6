"""Module C's metrics, groups and scalars, each declared once."""

from dataclasses import dataclass
from typing import Final

from analysis.framework.metric import GroupSpec, MetricSpec, Modelled, ScalarSpec
from analysis.framework.sections import section
from analysis.sentiment.funding_metrics import FUNDING, FUNDING_METRICS, LIVE
from analysis.sentiment.liquidation_metrics import LIQUIDATION_METRICS
from analysis.sentiment.option_metrics import OPTION_METRICS, SKEW_GROUP
from config.c_deriv import DerivSentimentConfig

RATIOS, INTEREST, FLOW = "ratios", "interest", "flow"
GROUPS = (
    GroupSpec(FUNDING, 0.3, "what longs pay shorts, beside the coin's baseline"),
    GroupSpec(RATIOS, 0.3, "longs against shorts beyond what the past return explains"),
    GroupSpec(INTEREST, 0.2, "open interest that grows with the price or against it"),
    GroupSpec(FLOW, 0.2, "who takes: buyers or sellers"),
    SKEW_GROUP,
)
CROWDING: Final = "crowding"
NO_QUADRANT: Final = "none"
HOURLY, SPOT_FLOW, BAR_FLOW, CROWD = "hourly", "spot_flow", "bar_flow", "crowd"
"""Families of metrics that are missing for the same reasons."""


@dataclass(frozen=True, slots=True)
class HourlyMetric(MetricSpec):
    """A metric of hourly statistics; configuration keys of how many past values it needs, and its signal more."""

    past: str = ""
    scale: str = ""


@dataclass(frozen=True, slots=True)
class LongShortRatio:
    """A long/short ratio of the exchange."""

    source: str
    id: str
    title: str
    residual_title: str
    meaning: str


RATIOS_READ: Final = (
    LongShortRatio("global_accounts", "ls_global", "L/S accounts", "L/S acc. res.", "all accounts"),
    LongShortRatio("top_accounts", "ls_top_accounts", "L/S top acc.", "L/S top res.", "the top accounts"),
    LongShortRatio(
        "top_positions", "ls_top_positions", "L/S top pos.", "L/S pos. res.", "the top accounts' positions"
    ),
)


def residual_of(name: str) -> str:
    """Return the id of a ratio's residual."""
    return f"{name}_residual"


def _interest(
    id_: str, title: str, unit: str, help_text: str, *, decimals: int = 2, on_card: bool = False
) -> MetricSpec:
    return HourlyMetric(
        id_,
        title,
        unit,
        help_text,
        decimals=decimals,
        needs=("open_interest",),
        family=HOURLY,
        on_card=on_card,
    )


def _interest_levels() -> tuple[MetricSpec, ...]:
    return (
        _interest(
            "open_interest", "Open interest", "base", "Open contracts, in units of the perpetual.", decimals=0
        ),
        _interest(
            "open_interest_usd", "OI value", "USDT", "Open contracts at the price of their time.", decimals=0
        ),
        MetricSpec(
            "open_interest_now",
            "OI now",
            "base",
            "Open contracts at the moment asked; live only.",
            decimals=0,
            needs=("open_interest_now",),
            family=LIVE,
            latest_only=True,
        ),
        HourlyMetric(
            "open_interest_rank",
            "OI percentile",
            "0..1",
            "Share of the look-back in which fewer contracts were open.",
            needs=("open_interest",),
            family=HOURLY,
            past="rank_min",
            on_card=True,
        ),
    )


def _interest_moves() -> tuple[MetricSpec, ...]:
    return (
        _interest("oi_change_1h", "OI 1h", "%", "Change of open contracts over 1 hour.", on_card=False),
        _interest("oi_change_4h", "OI 4h", "%", "Change of open contracts over 4 hours."),
        _interest("oi_change_24h", "OI 24h", "%", "Change of open contracts over 24 hours.", on_card=True),
        HourlyMetric(
            "price_change",
            "Price change",
            "%",
            "Change of the price over the hours that open interest is compared with.",
            needs=("open_interest", "half_hours"),
            family=HOURLY,
        ),
        HourlyMetric(
            "interest_change",
            "OI change",
            "%",
            "Change of open contracts over the same hours.",
            needs=("open_interest",),
            family=HOURLY,
        ),
        HourlyMetric(
            "oi_with_price",
            "OI with price",
            "sd",
            "Change of open interest in usual sizes, its sign that of the price change.",
            group=INTEREST,
            signal=Modelled(),
            needs=("open_interest", "half_hours"),
            family=HOURLY,
            past="position_min_hours",
        ),
        HourlyMetric(
            "oi_divergence",
            "OI divergence",
            "sd",
            "How much more (+) or less (-) open interest grew than the price.",
            needs=("open_interest", "half_hours"),
            family=HOURLY,
            past="position_min_hours",
        ),
        HourlyMetric(
            "oi_market_cap",
            "OI / cap",
            "%",
            "Open interest as a share of the coin's market capitalisation.",
            needs=("open_interest", "supply"),
            latest_only=True,
            family=HOURLY,
        ),
    )


def _ratio_metrics(ratio: LongShortRatio) -> tuple[MetricSpec, ...]:
    return (
        HourlyMetric(
            ratio.id,
            ratio.title,
            "log",
            f"Log of longs over shorts among {ratio.meaning}: mostly the last days' return, its sign turned.",
            needs=(ratio.source,),
            family=HOURLY,
        ),
        HourlyMetric(
            residual_of(ratio.id),
            ratio.residual_title,
            "log",
            f"Log of longs over shorts among {ratio.meaning} beyond what the returns of 24 and 72 hours explain.",
            group=RATIOS,
            signal=Modelled(),
            needs=(ratio.source, "half_hours"),
            family=HOURLY,
            on_card=ratio.id == "ls_global",
            past="residual_min_hours",
            scale="position_min_hours",
        ),
    )


def _spread_metrics() -> tuple[MetricSpec, ...]:
    both = ("global_accounts", "top_positions")
    return (
        HourlyMetric(
            "ls_spread",
            "Top - all",
            "log",
            "Log ratio of the top accounts' positions less that of all accounts.",
            needs=both,
            family=HOURLY,
        ),
        HourlyMetric(
            "ls_spread_residual",
            "Top - all res.",
            "log",
            "That difference beyond what the returns of 24 and 72 hours explain.",
            needs=(*both, "half_hours"),
            family=HOURLY,
            past="residual_min_hours",
        ),
    )


def _flow_metrics() -> tuple[MetricSpec, ...]:
    return (
        MetricSpec(
            "volume_imbalance",
            "Taker 24h",
            "-1..1",
            "Taker buying less selling, as a share of all volume of the last day.",
            decimals=3,
            family=BAR_FLOW,
        ),
        MetricSpec(
            "volume_imbalance_centred",
            "Taker centred",
            "-1..1",
            "Taker imbalance less its own past mean, which is not 0: it mirrors the price of the same time.",
            decimals=3,
            group=FLOW,
            signal=Modelled(),
            family=BAR_FLOW,
            on_card=True,
        ),
        HourlyMetric(
            "taker_imbalance_1h",
            "Taker 1h",
            "-1..1",
            "Taker buying less selling in the last hour that the exchange has published.",
            decimals=3,
            needs=("taker",),
            family=HOURLY,
        ),
        MetricSpec(
            "spot_cvd",
            "Spot CVD",
            "-1..1",
            "Taker buying less selling on spot, as a share of its volume of the last day.",
            decimals=3,
            needs=("counterpart",),
            family=SPOT_FLOW,
        ),
        MetricSpec(
            "cvd_gap",
            "Perp - spot",
            "-1..1",
            "Taker imbalance of the perpetual less that of spot: above 0 the buying is leveraged.",
            decimals=3,
            needs=("counterpart",),
            family=SPOT_FLOW,
        ),
        MetricSpec(
            "perp_spot_volume",
            "Perp / spot",
            "x",
            "Turnover of the perpetual over that of spot, last day.",
            decimals=1,
            needs=("counterpart",),
            family=SPOT_FLOW,
        ),
    )


METRICS: tuple[MetricSpec, ...] = (
    *FUNDING_METRICS,
    *(metric for ratio in RATIOS_READ for metric in _ratio_metrics(ratio)),
    *_spread_metrics(),
    *_interest_levels(),
    *_interest_moves(),
    *_flow_metrics(),
    *LIQUIDATION_METRICS,
    *OPTION_METRICS,
    MetricSpec(
        "positioning_rank",
        "Positioning",
        "0..1",
        "Mean rank of funding and of the ratios beyond price in their own past; crowded near 0 and 1.",
        family=CROWD,
    ),
)

GROUP_OF: Final = {spec.id: spec.group for spec in METRICS if spec.group is not None}
RANKED: Final = ("funding_distance", *(residual_of(ratio.id) for ratio in RATIOS_READ))
"""The positions whose ranks make crowding."""

HALF_LIFE_S: Final = 18 * 3600.0
"""Where the autocorrelation of the residual of the accounts' ratio falls below one half (BTCUSDT, August 2024).

That of funding less its baseline does so after 120 hours (2019-2024).
"""
POSITIONS: Final = ("funding", "long_short_ratio.1h", "klines.30m")
"""What crowding rests on: a ratio of accounts is largely the past return with its sign turned."""
SCALARS = (
    ScalarSpec(
        "sentiment.tilt",
        "directional",
        "higher is more long",
        1,
        0,
        half_life_s=HALF_LIFE_S,
        parents=(*POSITIONS, "open_interest.1h", "taker_volume.1h", "options"),
        tier="stored",
    ),
    ScalarSpec(
        "sentiment.crowding",
        "directional",
        "higher is more crowded longs",
        1,
        0,
        metric="positioning_rank",
        half_life_s=HALF_LIFE_S,
        parents=POSITIONS,
        tier="stored",
    ),
    ScalarSpec(
        "sentiment.surprise",
        "p_value",
        "lower is more unusual positioning",
        1,
        0,
        metric="positioning_rank",
        half_life_s=HALF_LIFE_S,
        parents=POSITIONS,
        tier="stored",
    ),
)

SentimentSection = section(DerivSentimentConfig, "SentimentSection", METRICS, GROUPS, module=__name__)
