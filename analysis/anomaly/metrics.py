"""Module J's channels and metrics, each declared once."""

from dataclasses import dataclass
from typing import Final

from analysis.anomaly.settings import AnomalySettings
from analysis.framework.metric import MetricSpec, Modelled, ScalarSpec
from analysis.framework.sections import section

BASIS, CHANNEL, CHANGE_DATE, DEVIATION = "basis", "channel", "change_date", "deviation"
FITTED, FUNDING, INTEREST, JOINT = "fitted", "funding", "open_interest", "joint"
PLAIN, SHAPE = "plain", "shape"
NO_CHANNEL: Final = "none"


@dataclass(frozen=True, slots=True)
class Channel:
    """One thing that can be unusual: id, group, name in words, and the title of its p-value.

    ``needs`` and ``family`` are those of its metric; ``from_returns`` says that a bar after a gap has none.
    """

    id: str
    group: str
    words: str
    title: str
    needs: tuple[str, ...] = ()
    family: str = CHANNEL
    from_returns: bool = False
    on_volume: bool = False


CHANNELS: Final = (
    Channel("returns", "price", "the return", "p return", from_returns=True),
    Channel("range", "price", "the range", "p range"),
    Channel(
        "deviation",
        "price",
        "the cumulative return",
        "p deviation",
        from_returns=True,
    ),
    Channel("volume", "volume", "the volume", "p volume", on_volume=True),
    Channel(
        "open_interest",
        "positioning",
        "the change of open interest",
        "p open int.",
        needs=("open_interest",),
        family=INTEREST,
    ),
    Channel(
        "funding",
        "positioning",
        "the change of funding",
        "p funding",
        needs=("funding",),
        family=FUNDING,
    ),
    Channel(
        "basis",
        "positioning",
        "the basis",
        "p basis",
        needs=("counterpart",),
        family=BASIS,
    ),
    Channel("joint", "joint", "the combination", "p joint", family=JOINT),
    Channel(
        "price_wave",
        "spectral",
        "the shape of the price",
        "p price wave",
        from_returns=True,
    ),
    Channel(
        "volume_wave",
        "spectral",
        "the shape of the volume",
        "p volume wave",
        on_volume=True,
    ),
    Channel(
        "change",
        "change",
        "a change of level or volatility",
        "p change",
        from_returns=True,
    ),
)
"""In the order of the series ``driver``."""

IDS: Final = tuple(channel.id for channel in CHANNELS)
GROUPS: Final = tuple(dict.fromkeys(channel.group for channel in CHANNELS))


@dataclass(frozen=True, slots=True)
class ChannelMetric(MetricSpec):
    """The p-value of a channel."""

    channel: Channel = CHANNELS[0]


@dataclass(frozen=True, slots=True)
class StatisticMetric(MetricSpec):
    """A channel's statistic as it is."""

    channel: str = ""


@dataclass(frozen=True, slots=True)
class Measured:
    """What the plain statistics are taken of."""

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
    """A plain statistic of what is measured; ``unit`` empty is that of the measured values."""

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


FEATURE_WORDS: Final = {
    "returns": "return over one bar",
    "range": "range",
    "volume": "volume",
    "basis": "basis",
    "open_interest": "open interest at this close",
    "funding": "settled funding",
}
"""What the isolation forest reads, in words."""
USUAL_SIZE: Final = "usual size to compare with"


def p_metric(channel: str) -> str:
    """Return the metric that holds a channel's p-value."""
    return f"p_{channel}"


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
    MetricSpec("return_skew", "Skewness", "", "Rolling skewness of returns.", family=SHAPE),
    MetricSpec("return_skew_se", "Skewness ±", "", "Sampling error of the skewness.", family=SHAPE),
    MetricSpec(
        "return_kurtosis", "Kurtosis", "", "Rolling excess kurtosis of returns, 0 for a normal.", family=SHAPE
    ),
    MetricSpec("return_kurtosis_se", "Kurtosis ±", "", "Sampling error of the kurtosis.", family=SHAPE),
    MetricSpec(
        "cumulative_deviation",
        "Cum. return",
        "sd",
        "Return of the last bars against the window before them.",
        family=DEVIATION,
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
        on_card=True,
    ),
    MetricSpec(
        "change_side",
        "Change side",
        "±1",
        "Whether the last change of level was up or down.",
        decimals=0,
        family=CHANGE_DATE,
    ),
    MetricSpec(
        "cusum_alarms",
        "Alarms",
        "count",
        "Changes of level declared in the window.",
        decimals=0,
        family=FITTED,
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
        on_card=True,
    ),
    MetricSpec(
        "volatility_change_side",
        "Vol. side",
        "±1",
        "Whether volatility rose or fell at its last change.",
        decimals=0,
        family=CHANGE_DATE,
    ),
    MetricSpec(
        "volatility_alarms",
        "Vol. alarms",
        "count",
        "Changes of volatility declared in the window.",
        decimals=0,
        family=FITTED,
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
        channel="price_wave",
    ),
    StatisticMetric(
        "volume_residual",
        "Vol. residual",
        "ratio",
        "How far the volume's saliency stands above its neighbours'.",
        family=FITTED,
        channel="volume_wave",
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
STATISTIC_METRICS: Final = tuple(spec for spec in METRICS if isinstance(spec, StatisticMetric))

# Half-life: where the autocorrelation falls below one half on BTCUSDT 1h, 2020-2024.
SCALARS: Final = (ScalarSpec("redet.surprise", "p_value", "lower is a bar less often met in the past", 1, 3),)

RegimeAnomalyConfig = section(AnomalySettings, "RegimeAnomalyConfig", METRICS, module=__name__)


def channel_weights(config: AnomalySettings) -> dict[str, float]:
    """Return the weight in force of each channel."""
    weights: dict[str, float] = getattr(config, "weights").model_dump()  # noqa: B009
    return weights


def counted_channels(config: AnomalySettings) -> tuple[str, ...]:
    """Return the channels of positive weight."""
    weights = channel_weights(config)
    return tuple(name for name in IDS if weights[name] > 0)
