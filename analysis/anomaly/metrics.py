"""Module J's channels and metrics: what each is called, its unit and its group."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from analysis.framework.metric import MetricSpec, shown


@dataclass(frozen=True, slots=True)
class Channel:
    """One thing that can be unusual: its id, its group, and its name in words."""

    id: str
    group: str
    words: str
    title: str


CHANNELS: Final = (
    Channel("returns", "price", "the return", "p return"),
    Channel("range", "price", "the range", "p range"),
    Channel("deviation", "price", "the cumulative return", "p deviation"),
    Channel("volume", "volume", "the volume", "p volume"),
    Channel("open_interest", "positioning", "the change of open interest", "p open int."),
    Channel("funding", "positioning", "the change of funding", "p funding"),
    Channel("basis", "positioning", "the basis", "p basis"),
    Channel("joint", "joint", "the combination", "p joint"),
    Channel("price_wave", "spectral", "the shape of the price", "p price wave"),
    Channel("volume_wave", "spectral", "the shape of the volume", "p volume wave"),
    Channel("change", "change", "a change of level or volatility", "p change"),
)
"""In the order of the series ``driver``."""

IDS: Final = tuple(channel.id for channel in CHANNELS)
GROUPS: Final = ("price", "volume", "positioning", "joint", "spectral", "change")
NO_DRIVER: Final = "none"

MEASURED: Final[Mapping[str, tuple[str, str, str]]] = {
    "return": ("Return", "bps", "log return of one bar"),
    "range": ("Range", "bps", "log of high over low"),
    "volume": ("Volume", "base", "traded volume"),
    "open_interest": ("OI", "bps", "log change of open interest in one bar"),
    "funding": ("Funding", "bps", "change of the settled funding rate"),
}
"""What the plain statistics are taken of: name, unit, meaning."""


def p_metric(channel: str) -> str:
    """Return the metric that holds a channel's p."""
    return f"p_{channel}"


def _plain() -> tuple[MetricSpec, ...]:
    found = []
    for name, (title, unit, meaning) in MEASURED.items():
        found += [
            shown(
                f"{name}_z",
                f"{title} z",
                "sd",
                f"Robust z of the {meaning}.",
                on_card=name in ("return", "volume"),
            ),
            shown(f"{name}_mean", f"{title} mean", unit, f"Rolling mean of the {meaning}."),
            shown(
                f"{name}_mean_se", f"{title} mean ±", unit, f"Standard error of the mean of the {meaning}."
            ),
            shown(f"{name}_sd", f"{title} sd", unit, f"Rolling deviation of the {meaning}."),
            shown(
                f"{name}_sd_se", f"{title} sd ±", unit, f"Standard error of the deviation of the {meaning}."
            ),
        ]
    return tuple(found)


def _p(channel: Channel) -> MetricSpec:
    summary = f"How often {channel.words} was at least so unusual in the past."
    return MetricSpec(p_metric(channel.id), channel.title, "p", summary, channel.group, "level", 4)


METRICS: Final[tuple[MetricSpec, ...]] = (
    shown(
        "p_combined",
        "Combined p",
        "p",
        "Chance of a bar at least so unusual in any channel.",
        4,
        on_card=True,
    ),
    shown("once_in", "Once in", "bars", "In how many bars such a one is met once.", 0, on_card=True),
    *(_p(channel) for channel in CHANNELS),
    shown("channels_known", "Channels", "count", "How many channels were read in this bar.", 0),
    *_plain(),
    shown("return_skew", "Skewness", "", "Rolling skewness of returns."),
    shown("return_skew_se", "Skewness ±", "", "Sampling error of the skewness."),
    shown("return_kurtosis", "Kurtosis", "", "Rolling excess kurtosis of returns, 0 for a normal."),
    shown("return_kurtosis_se", "Kurtosis ±", "", "Sampling error of the kurtosis."),
    shown(
        "cumulative_deviation",
        "Cum. return",
        "sd",
        "Return of the last bars against the window before them.",
        on_card=True,
    ),
    shown("basis_bps", "Basis", "bps", "Perpetual over spot price, less one.", 1),
    shown("cusum_up", "CUSUM up", "sd", "Page's sum for a rising return level.", on_card=True),
    shown("cusum_down", "CUSUM down", "sd", "Page's sum for a falling return level.", on_card=True),
    shown("cusum_threshold", "CUSUM limit", "sd", "Sum at which a change of level is declared."),
    shown(
        "change_bars_ago",
        "Last change",
        "bars",
        "Bars since the last change of level began.",
        0,
        on_card=True,
    ),
    shown("change_side", "Change side", "±1", "Whether the last change of level was up or down.", 0),
    shown("cusum_alarms", "Alarms", "count", "Changes of level declared in the window.", 0),
    shown("volatility_cusum_up", "Vol. sum up", "sd", "Page's sum for rising volatility."),
    shown("volatility_cusum_down", "Vol. sum down", "sd", "Page's sum for falling volatility."),
    shown("volatility_threshold", "Vol. limit", "sd", "Sum at which a change of volatility is declared."),
    shown(
        "volatility_change_bars_ago",
        "Vol. change",
        "bars",
        "Bars since the last change of volatility began.",
        0,
        on_card=True,
    ),
    shown(
        "volatility_change_side", "Vol. side", "±1", "Whether volatility rose or fell at its last change.", 0
    ),
    shown("volatility_alarms", "Vol. alarms", "count", "Changes of volatility declared in the window.", 0),
    shown(
        "isolation_score",
        "Isolation",
        "0..1",
        "How few cuts set the bar apart from its past; 0.5 is ordinary.",
        3,
    ),
    shown("isolation_features", "Features", "count", "How many features the isolation forest reads.", 0),
    shown(
        "price_residual",
        "Price residual",
        "ratio",
        "How far the price's saliency stands above its neighbours'.",
    ),
    shown(
        "volume_residual",
        "Vol. residual",
        "ratio",
        "How far the volume's saliency stands above its neighbours'.",
    ),
    shown("feed_gaps", "Feed gaps", "bars", "Bars missing from the feed in the last window.", 0),
)

STATISTIC_METRICS: Final[Mapping[str, str]] = {
    "price_residual": "price_wave",
    "volume_residual": "volume_wave",
}
"""Metrics that show a channel's statistic as it is."""
