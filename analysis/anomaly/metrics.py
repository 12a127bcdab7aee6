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
from analysis.anomaly.settings import AnomalySettings
from analysis.framework.metric import MetricSpec, Modelled, ScalarSpec
from analysis.framework.sections import section

CHANGE_DATE, CUSUM, DEVIATION = "change_date", "cusum", "deviation"
FITTED, PLAIN, SHAPE = "fitted", "plain", "shape"


@dataclass(frozen=True, slots=True)
class ChannelMetric(MetricSpec):
    """The p-value of a channel."""

    channel: Channel = CHANNELS[0]


@dataclass(frozen=True, slots=True)
class StatisticMetric(MetricSpec):
    """The statistic of a channel before it is ranked."""

    channel: Channel = CHANNELS[0]


@dataclass(frozen=True, slots=True)
class Quantity:
    """What the plain statistics describe."""

    id: str
    title: str
    unit: str
    meaning: str
    needs: tuple[str, ...] = ()
    family: str = PLAIN
    on_card: bool = False


MEASURED: Final = (
    Quantity("return", "Return", "bps", "one-bar log return", on_card=True),
    Quantity("range", "Range", "bps", "log ratio of high to low"),
    Quantity("volume", "Volume", "base", "traded volume", on_card=True),
    Quantity(
        "open_interest",
        "OI",
        "bps",
        "one-bar log change of open interest",
        needs=("open_interest",),
        family=INTEREST,
    ),
    Quantity(
        "funding",
        "Funding",
        "bps",
        "change in the settled funding rate",
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


ROBUST_Z: Final = PlainStatistic("z", "z", "Robust z-score of the {meaning}.", "sd")
STATISTICS: Final = (
    ROBUST_Z,
    PlainStatistic("mean", "mean", "Rolling average of the {meaning}."),
    PlainStatistic("mean_se", "mean ±", "Standard error of the average of the {meaning}."),
    PlainStatistic("sd", "sd", "Rolling standard deviation of the {meaning}."),
    PlainStatistic("sd_se", "sd ±", "Standard error of the standard deviation of the {meaning}."),
)


@dataclass(frozen=True, slots=True)
class PlainMetric(MetricSpec):
    """A plain statistic of a measured value."""

    measured: Quantity = MEASURED[0]
    statistic: PlainStatistic = ROBUST_Z


def _p(channel: Channel) -> ChannelMetric:
    return ChannelMetric(
        p_metric(channel.id),
        channel.title,
        "p",
        channel.help,
        decimals=4,
        group=channel.group,
        signal=Modelled("level"),
        weight_key=channel.id,
        needs=channel.needs,
        family=channel.family,
        channel=channel,
    )


def _plain(measured: Quantity, statistic: PlainStatistic) -> PlainMetric:
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
        "Probability of a bar at least this unusual in any channel, corrected for their number.",
        decimals=4,
        family=FITTED,
        on_card=True,
    ),
    MetricSpec(
        "once_in",
        "Once in",
        "bars",
        "One bar in so many is at least this unusual.",
        decimals=0,
        family=FITTED,
        on_card=True,
    ),
    *(_p(channel) for channel in CHANNELS),
    MetricSpec(
        "channels_known",
        "Channels",
        "count",
        "Channels with data in this bar.",
        decimals=0,
        family=FITTED,
    ),
    MetricSpec(
        "channels_independent",
        "Independent",
        "count",
        "How many independent channels the known ones count as, estimated from the past.",
        decimals=1,
        family=FITTED,
    ),
    *(_plain(measured, statistic) for measured in MEASURED for statistic in STATISTICS),
    MetricSpec(
        "return_skew",
        "Skewness",
        "",
        "Rolling skewness of returns; below 0 large losses outweigh large gains.",
        family=SHAPE,
        latest_only=True,
    ),
    MetricSpec(
        "return_skew_se", "Skewness ±", "", "Standard error of the skewness.", family=SHAPE, latest_only=True
    ),
    MetricSpec(
        "return_kurtosis",
        "Kurtosis",
        "",
        "Rolling excess kurtosis of returns; 0 for a normal distribution.",
        family=SHAPE,
        latest_only=True,
    ),
    MetricSpec(
        "return_kurtosis_se",
        "Kurtosis ±",
        "",
        "Standard error of the kurtosis.",
        family=SHAPE,
        latest_only=True,
    ),
    MetricSpec(
        "cumulative_deviation",
        "Cum. return",
        "sd",
        "Return of the last bars in standard deviations of the window before them.",
        family=DEVIATION,
        latest_only=True,
        on_card=True,
    ),
    MetricSpec(
        "basis_bps",
        "Basis",
        "bps",
        "Perpetual price above (+) or below (-) spot.",
        decimals=1,
        needs=("counterpart",),
        family=BASIS,
    ),
    MetricSpec(
        "cusum_up", "CUSUM up", "sd", "CUSUM for a rise of the average return.", family=CUSUM, on_card=True
    ),
    MetricSpec(
        "cusum_down",
        "CUSUM down",
        "sd",
        "CUSUM for a fall of the average return.",
        family=CUSUM,
        on_card=True,
    ),
    MetricSpec(
        "cusum_threshold",
        "CUSUM limit",
        "sd",
        "CUSUM at which a change of the average return is reported.",
        family=CUSUM,
    ),
    MetricSpec(
        "change_bars_ago",
        "Last change",
        "bars",
        "Bars since the last change of the average return began.",
        decimals=0,
        family=CHANGE_DATE,
        latest_only=True,
        on_card=True,
    ),
    MetricSpec(
        "change_side",
        "Change side",
        "±1",
        "Whether the average return rose or fell at its last change.",
        decimals=0,
        family=CHANGE_DATE,
        latest_only=True,
    ),
    MetricSpec(
        "cusum_alarms",
        "Alarms",
        "count",
        "Changes of the average return found in the window.",
        decimals=0,
        family=FITTED,
        latest_only=True,
    ),
    MetricSpec("volatility_cusum_up", "Vol. sum up", "sd", "CUSUM for a rise of volatility.", family=CUSUM),
    MetricSpec(
        "volatility_cusum_down", "Vol. sum down", "sd", "CUSUM for a fall of volatility.", family=CUSUM
    ),
    MetricSpec(
        "volatility_threshold",
        "Vol. limit",
        "sd",
        "CUSUM at which a change of volatility is reported.",
        family=CUSUM,
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
        "Changes of volatility found in the window.",
        decimals=0,
        family=FITTED,
        latest_only=True,
    ),
    MetricSpec(
        "isolation_score",
        "Isolation",
        "0..1",
        "Isolation forest score: 0.5 is ordinary, near 1 the bar is easily separated from its past.",
        decimals=3,
        family=JOINT,
    ),
    MetricSpec(
        "isolation_features",
        "Features",
        "count",
        "Measurements that the isolation forest uses.",
        decimals=0,
        family=JOINT,
    ),
    StatisticMetric(
        "price_residual",
        "Price residual",
        "ratio",
        "How much the price breaks its pattern: spectral saliency against that of the bars before.",
        family=FITTED,
        channel=PRICE_WAVE,
    ),
    StatisticMetric(
        "volume_residual",
        "Volume resid.",
        "ratio",
        "How much the volume breaks its pattern: spectral saliency against that of the bars before.",
        family=FITTED,
        channel=VOLUME_WAVE,
    ),
    MetricSpec(
        "feed_gaps",
        "Feed gaps",
        "bars",
        "Bars missing in the exchange's history of the last window.",
        decimals=0,
        family=FITTED,
    ),
)
PLAIN_METRICS: Final = tuple(spec for spec in METRICS if isinstance(spec, PlainMetric))
STATISTIC_METRICS: Final = tuple(spec for spec in METRICS if isinstance(spec, StatisticMetric))

COMBINED_P: Final = "redet.surprise"
# Half-life: where the autocorrelation falls below one half on BTCUSDT 1h, 2020-2024.
SCALARS: Final = (
    ScalarSpec(
        COMBINED_P,
        "p_value",
        "lower is a bar less often met in the past",
        1,
        3,
        parents=("klines.{interval}", "open_interest.{interval}", "funding"),
    ),
)

RegimeAnomalyConfig = section(AnomalySettings, "RegimeAnomalyConfig", METRICS, module=__name__)


def channel_weights(config: AnomalySettings) -> dict[str, float]:
    """Return the weight in force of each channel."""
    weights: dict[str, float] = getattr(config, "weights").model_dump()  # noqa: B009
    return weights


def tested_channels(config: AnomalySettings) -> tuple[str, ...]:
    """Return the channels of positive weight, which the test combines."""
    weights = channel_weights(config)
    return tuple(name for name in IDS if weights[name] > 0)
