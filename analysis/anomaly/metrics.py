"""Module J's metrics, each declared once."""

from dataclasses import dataclass
from typing import Final

from analysis.anomaly.channels import (
    BASIS,
    CHANNELS,
    FUNDING,
    IDS,
    INTEREST,
    JOINT,
    PRICE_WAVE,
    VOLUME_WAVE,
    Channel,
    p_metric,
)
from analysis.framework.metric import MetricSpec, Modelled, ScalarSpec
from analysis.framework.sections import section
from config.c_anomaly import AnomalyConfig

CHANGE_DATE, DEVIATION, FITTED, PLAIN, SHAPE = "change_date", "deviation", "fitted", "plain", "shape"


@dataclass(frozen=True, slots=True)
class ChannelMetric(MetricSpec):
    """The p-value of a channel."""

    channel: Channel = CHANNELS[0]


@dataclass(frozen=True, slots=True)
class StatisticMetric(MetricSpec):
    """The statistic of a channel before it is ranked."""

    channel: Channel = CHANNELS[0]


@dataclass(frozen=True, slots=True)
class Measured:
    """What the plain statistics describe."""

    id: str
    title: str
    unit: str
    meaning: str
    needs: tuple[str, ...] = ()
    family: str = PLAIN
    on_card: bool = False


MEASURED: Final = (
    Measured("return", "Return", "bps", "log return of one bar", on_card=True),
    Measured("range", "Range", "bps", "log of high over low"),
    Measured("volume", "Volume", "base", "traded volume", on_card=True),
    Measured(
        "open_interest",
        "OI",
        "bps",
        "log change of open interest in one bar",
        needs=("open_interest",),
        family=INTEREST,
    ),
    Measured(
        "funding",
        "Funding",
        "bps",
        "change of the settled funding rate",
        needs=("funding",),
        family=FUNDING,
    ),
)


@dataclass(frozen=True, slots=True)
class PlainStatistic:
    """A plain statistic; an empty ``unit`` is that of the measured values."""

    id: str
    title: str
    help: str
    unit: str = ""


ROBUST_Z: Final = PlainStatistic("z", "z", "Robust z of the {meaning}.", "sd")
STATISTICS: Final = (
    ROBUST_Z,
    PlainStatistic("mean", "mean", "Rolling mean of the {meaning}."),
    PlainStatistic("mean_se", "mean ±", "Standard error of the mean of the {meaning}."),
    PlainStatistic("sd", "sd", "Rolling deviation of the {meaning}."),
    PlainStatistic("sd_se", "sd ±", "Standard error of the deviation of the {meaning}."),
)


@dataclass(frozen=True, slots=True)
class PlainMetric(MetricSpec):
    """A plain statistic of a measured value."""

    measured: Measured = MEASURED[0]
    statistic: PlainStatistic = ROBUST_Z


def _p(channel: Channel) -> ChannelMetric:
    return ChannelMetric(
        p_metric(channel.id),
        channel.title,
        "p",
        f"How often {channel.words} was at least so unusual in the past.",
        decimals=4,
        group=channel.group,
        signal=Modelled("level"),
        weight_key=channel.id,
        needs=channel.needs,
        family=channel.family,
        channel=channel,
    )


def _plain(measured: Measured, statistic: PlainStatistic) -> PlainMetric:
    return PlainMetric(
        f"{measured.id}_{statistic.id}",
        f"{measured.title} {statistic.title}",
        statistic.unit or measured.unit,
        statistic.help.format(meaning=measured.meaning),
        needs=measured.needs,
        family=measured.family,
        latest_only=True,
        on_card=measured.on_card and statistic is ROBUST_Z,
        measured=measured,
        statistic=statistic,
    )


METRICS: Final[tuple[MetricSpec, ...]] = (
    MetricSpec(
        "p_combined",
        "Combined p",
        "p",
        "Chance of a bar at least so unusual in any channel.",
        decimals=4,
        family=FITTED,
        on_card=True,
    ),
    MetricSpec(
        "once_in",
        "Once in",
        "bars",
        "In how many bars such a one is met once.",
        decimals=0,
        family=FITTED,
        on_card=True,
    ),
    *(_p(channel) for channel in CHANNELS),
    MetricSpec(
        "channels_known",
        "Channels",
        "count",
        "How many channels were read in this bar.",
        decimals=0,
        family=FITTED,
    ),
    *(_plain(measured, statistic) for measured in MEASURED for statistic in STATISTICS),
    MetricSpec("return_skew", "Skewness", "", "Rolling skewness of returns.", family=SHAPE, latest_only=True),
    MetricSpec(
        "return_skew_se", "Skewness ±", "", "Sampling error of the skewness.", family=SHAPE, latest_only=True
    ),
    MetricSpec(
        "return_kurtosis",
        "Kurtosis",
        "",
        "Rolling excess kurtosis of returns, 0 for a normal.",
        family=SHAPE,
        latest_only=True,
    ),
    MetricSpec(
        "return_kurtosis_se",
        "Kurtosis ±",
        "",
        "Sampling error of the kurtosis.",
        family=SHAPE,
        latest_only=True,
    ),
    MetricSpec(
        "cumulative_deviation",
        "Cum. return",
        "sd",
        "Return of the last bars against the window before them.",
        family=DEVIATION,
        latest_only=True,
        on_card=True,
    ),
    MetricSpec(
        "basis_bps",
        "Basis",
        "bps",
        "Perpetual over spot price, less one.",
        decimals=1,
        needs=("counterpart",),
        family=BASIS,
    ),
    MetricSpec(
        "cusum_up", "CUSUM up", "sd", "Page's sum for a rising return level.", family=FITTED, on_card=True
    ),
    MetricSpec(
        "cusum_down",
        "CUSUM down",
        "sd",
        "Page's sum for a falling return level.",
        family=FITTED,
        on_card=True,
    ),
    MetricSpec(
        "cusum_threshold", "CUSUM limit", "sd", "Sum at which a change of level is declared.", family=FITTED
    ),
    MetricSpec(
        "change_bars_ago",
        "Last change",
        "bars",
        "Bars since the last change of level began.",
        decimals=0,
        family=CHANGE_DATE,
        latest_only=True,
        on_card=True,
    ),
    MetricSpec(
        "change_side",
        "Change side",
        "±1",
        "Whether the last change of level was up or down.",
        decimals=0,
        family=CHANGE_DATE,
        latest_only=True,
    ),
    MetricSpec(
        "cusum_alarms",
        "Alarms",
        "count",
        "Changes of level declared in the window.",
        decimals=0,
        family=FITTED,
        latest_only=True,
    ),
    MetricSpec(
        "volatility_cusum_up", "Vol. sum up", "sd", "Page's sum for rising volatility.", family=FITTED
    ),
    MetricSpec(
        "volatility_cusum_down", "Vol. sum down", "sd", "Page's sum for falling volatility.", family=FITTED
    ),
    MetricSpec(
        "volatility_threshold",
        "Vol. limit",
        "sd",
        "Sum at which a change of volatility is declared.",
        family=FITTED,
    ),
    MetricSpec(
        "volatility_change_bars_ago",
        "Vol. change",
        "bars",
        "Bars since the last change of volatility began.",
        decimals=0,
        family=CHANGE_DATE,
        latest_only=True,
        on_card=True,
    ),
    MetricSpec(
        "volatility_change_side",
        "Vol. side",
        "±1",
        "Whether volatility rose or fell at its last change.",
        decimals=0,
        family=CHANGE_DATE,
        latest_only=True,
    ),
    MetricSpec(
        "volatility_alarms",
        "Vol. alarms",
        "count",
        "Changes of volatility declared in the window.",
        decimals=0,
        family=FITTED,
        latest_only=True,
    ),
    MetricSpec(
        "isolation_score",
        "Isolation",
        "0..1",
        "How few cuts set the bar apart from its past; 0.5 is ordinary.",
        decimals=3,
        family=JOINT,
    ),
    MetricSpec(
        "isolation_features",
        "Features",
        "count",
        "How many features the isolation forest reads.",
        decimals=0,
        family=JOINT,
    ),
    StatisticMetric(
        "price_residual",
        "Price residual",
        "ratio",
        "How far the price's saliency stands above its neighbours'.",
        family=FITTED,
        channel=PRICE_WAVE,
    ),
    StatisticMetric(
        "volume_residual",
        "Vol. residual",
        "ratio",
        "How far the volume's saliency stands above its neighbours'.",
        family=FITTED,
        channel=VOLUME_WAVE,
    ),
    MetricSpec(
        "feed_gaps",
        "Feed gaps",
        "bars",
        "Bars missing from the feed in the last window.",
        decimals=0,
        family=FITTED,
    ),
)
PLAIN_METRICS: Final = tuple(spec for spec in METRICS if isinstance(spec, PlainMetric))
STATISTIC_METRICS: Final = tuple(spec for spec in METRICS if isinstance(spec, StatisticMetric))

COMBINED_P: Final = "redet.surprise"
# Half-life: where the autocorrelation falls below one half on BTCUSDT 1h, 2020-2024.
SCALARS: Final = (ScalarSpec(COMBINED_P, "p_value", "lower is a bar less often met in the past", 1, 3),)

AnomalySection = section(AnomalyConfig, "AnomalySection", METRICS, module=__name__)


def channel_weights(config: AnomalyConfig) -> dict[str, float]:
    """Return the weight in force of each channel."""
    weights: dict[str, float] = getattr(config, "weights").model_dump()  # noqa: B009
    return weights


def tested_channels(config: AnomalyConfig) -> tuple[str, ...]:
    """Return the channels of positive weight, which the test combines."""
    weights = channel_weights(config)
    return tuple(name for name in IDS if weights[name] > 0)
