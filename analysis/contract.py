"""What every analysis module is and hands over: four functions, a declaration, one frozen result.

A module fetches its inputs (async, only reads), fits what is estimated at fixed boundaries, traces every metric,
signal and score per bar (row t from rows <= t), and computes the last row of that trace with its words. Everything
but ``fetch`` is a pure function of its inputs and a frozen config: picklable, without clock, network or globals.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from analysis.reasons import Reason
from config.base import ConfigModel
from utils.binance_api.binance_a import BinanceAggregator

if TYPE_CHECKING:
    from utils.recorder.history import History  # the database's libraries stay out of worker processes

Floats = NDArray[np.float64]
Times = NDArray[np.int64]
Market = Literal["spot", "futures"]
JobKind = Literal["batch", "async", "stream"]
SignalKind = Literal["direction", "level"]
ScalarKind = Literal["directional", "intensity", "probability", "p_value"]

ConfigT = TypeVar("ConfigT", bound=ConfigModel)
InputsT = TypeVar("InputsT")
FitT = TypeVar("FitT")


@dataclass(frozen=True, slots=True)
class Request:
    """One question: which symbol and interval, as of which moment (UTC ms; ``None`` is now, by market time).

    ``rows`` asks for a longer history than the module's own, for evidence; ``None`` is the module's ``history``.
    """

    symbol: str
    interval: str
    as_of: int | None = None
    market: Market = "spot"
    rows: int | None = None


@dataclass(frozen=True, slots=True)
class Sources:
    """What ``fetch`` may read: the exchange, and positioning with our own rows beyond what the exchange keeps."""

    exchange: BinanceAggregator
    history: "History"


@dataclass(frozen=True, slots=True)
class SourceStamp:
    """Where rows came from: ``as_of`` is the moment they describe, ``fetched_at`` when they were read (UTC ms)."""

    name: str
    as_of: int
    fetched_at: int
    rows: int | None = None


@dataclass(frozen=True, slots=True)
class MetricSpec:
    """A metric's declaration.

    ``title`` is at most 14 characters for the card; ``summary`` one sentence for help; ``decimals`` how many are
    shown; ``signal`` its kind where it takes part in a score, under ``group``. Both texts are message ids.
    """

    id: str
    title: str
    unit: str
    summary: str
    group: str | None = None
    signal: SignalKind | None = None
    decimals: int = 2
    on_card: bool = False


def shown(
    metric_id: str, title: str, unit: str, summary: str, decimals: int = 2, *, on_card: bool = False
) -> MetricSpec:
    """Declare a metric that takes no part in a score."""
    return MetricSpec(metric_id, title, unit, summary, decimals=decimals, on_card=on_card)


@dataclass(frozen=True, slots=True)
class ScalarSpec:
    """A scalar's declaration; ``horizon_bars`` and ``half_life_bars`` become seconds with the asked interval."""

    name: str
    kind: ScalarKind
    polarity: str
    horizon_bars: float
    half_life_bars: float


@dataclass(frozen=True, slots=True)
class ScoreSpec:
    """The module's score: its key in JSON, range and neutral value; ``offset + scale * direction`` in [-1, 1]."""

    name: str
    low: float
    high: float
    neutral: float
    directional: bool = True


@dataclass(frozen=True, slots=True)
class Metric:
    """A measured metric: raw ``value`` with a unit, or ``None`` with its reason; ``contribution`` to the score."""

    id: str
    group: str | None
    value: float | None
    unit: str
    signal: float | None
    weight: float
    contribution: float
    as_of: int | None
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """A group of metrics that has one vote; contributions of all groups add up to score - neutral."""

    id: str
    signal: float | None
    weight: float
    contribution: float


@dataclass(frozen=True, slots=True)
class Scalar:
    """A number handed to the composites, with everything they need to weigh it."""

    name: str
    kind: ScalarKind
    polarity: str
    value: float | None
    horizon_s: float
    half_life_s: float
    quality: float
    se: float | None
    parents: tuple[str, ...]
    as_of: int
    is_final: bool
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class Neighbour:
    """The same score on a neighbouring interval."""

    interval: str
    score: float | None
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class CostToAct:
    """What acting costs, in basis points of the position; ``None`` parts carry a reason under their name."""

    spread: float | None
    slippage_10k: float | None
    fees: float | None
    funding: float | None
    gross_edge: float | None = None
    reasons: Mapping[str, Reason] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """Every value per bar: arrays of equal length n over ``time`` (bar close, UTC ms); NaN where missing.

    ``values`` and ``signals`` by metric id, ``groups`` by group id, ``multipliers`` and ``scalars`` by name,
    ``scalar_se`` where a standard error exists. ``reasons`` says why a metric of the last row is missing.
    """

    time: Times
    values: Mapping[str, Floats]
    signals: Mapping[str, Floats]
    groups: Mapping[str, Floats]
    multipliers: Mapping[str, Floats]
    direction: Floats
    score: Floats
    uncertainty: Floats
    coverage: Floats
    scalars: Mapping[str, Floats]
    scalar_se: Mapping[str, Floats]
    reasons: Mapping[str, Reason]


@dataclass(frozen=True, slots=True, eq=False)
class Heatmap:
    """A quantity over time and price, such as liquidity or liquidated size, drawn under the candles.

    ``time`` holds the opens of n bars (UTC ms, ascending), ``level`` m prices (ascending), ``values`` an (m, n)
    array in ``unit``, NaN where nothing is known; row i lies around ``level[i]``, halfway to its neighbours.
    ``title`` and ``unit`` are message ids, ``id`` names it in JSON. ``ValueError`` when the shapes do not agree.
    """

    id: str
    title: str
    unit: str
    time: Times
    level: Floats
    values: Floats

    def __post_init__(self) -> None:
        shape = (len(self.level), len(self.time))
        if self.values.shape != shape:
            raise ValueError(
                f"heatmap {self.id!r}: values are {self.values.shape}, not {shape} (level, time)"
            )


@dataclass(frozen=True, slots=True, eq=False)
class Analysis:
    """One module's answer: frozen, picklable, the only thing cards, charts, JSON and composites are made from.

    Times are UTC ms. ``as_of`` is the moment asked, ``bar_close`` the last close at or before it. ``score`` is
    ``None`` with ``null_reasons`` when coverage is below the floor. ``series`` holds what the chart draws: arrays
    of equal length, ``time`` (bar open, UTC ms) among them; ``curves`` what it draws over another axis than time,
    ``heatmaps`` what lies under its candles.
    ``labels`` are answers in words by their key in JSON (``Module.labels``), ``verdict`` the sentence beside the score
    where up, neutral and down are not its words.
    """

    module: str
    symbol: str
    market: Market
    interval: str
    as_of: int
    bar_close: int
    is_final: bool
    price: float
    score_name: str
    score: float | None
    low: float
    high: float
    neutral: float
    uncertainty: float | None
    percentile: float | None
    coverage: float
    direction: float | None
    multipliers: Mapping[str, float]
    groups: tuple[Group, ...]
    metrics: tuple[Metric, ...]
    scalars: tuple[Scalar, ...]
    sources: tuple[SourceStamp, ...]
    series: Mapping[str, Floats]
    config_hash: str
    null_reasons: tuple[Reason, ...] = ()
    notes: tuple[Reason, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    verdict: Reason | None = None
    curves: Mapping[str, Floats] = field(default_factory=dict)
    neighbours: tuple[Neighbour, ...] = ()
    cost: CostToAct | None = None
    computed_at: int = 0
    heatmaps: tuple[Heatmap, ...] = ()

    @property
    def missing(self) -> tuple[Metric, ...]:
        """The metrics that could not be computed, each with its reason."""
        return tuple(metric for metric in self.metrics if metric.value is None)

    def metric(self, metric_id: str) -> Metric:
        """Return one metric by id; ``KeyError`` when the module has no such metric."""
        for metric in self.metrics:
            if metric.id == metric_id:
                return metric
        raise KeyError(metric_id)


@dataclass(frozen=True, slots=True)
class Module(Generic[ConfigT, InputsT, FitT]):
    """The declaration of a module; handlers, help, HTTP, menus and tests read nothing else about it.

    ``history(config, interval)`` is how many closed bars ``fetch`` needs; ``boundaries(inputs, config)`` the fixed
    UTC moments (ms, ascending) whose fits the trace of these inputs uses; ``neighbours`` the intervals beside it;
    ``labels`` the answers in words and what each may be; ``account`` whether an owner sees the own account beside it.
    """

    code: str
    id: str
    commands: tuple[str, ...]
    title: str
    question: str
    explanation: str
    config: type[ConfigT]
    job: JobKind
    score: ScoreSpec
    groups: tuple[str, ...]
    metrics: tuple[MetricSpec, ...]
    scalars: tuple[ScalarSpec, ...]
    history: Callable[[ConfigT, str], int]
    fetch: Callable[[Sources, Request, ConfigT], Awaitable[InputsT]]
    boundaries: Callable[[InputsT, ConfigT], tuple[int, ...]]
    fit: Callable[[InputsT, ConfigT, int], FitT]
    trace: Callable[[InputsT, Mapping[int, FitT], ConfigT], Trace]
    compute: Callable[[InputsT, Mapping[int, FitT], ConfigT], Analysis]
    neighbours: tuple[str, ...] = ("15m", "1h", "4h", "1d")
    labels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    account: bool = False

    def spec(self, metric_id: str) -> MetricSpec:
        """Return one metric's declaration; ``KeyError`` when there is none."""
        for spec in self.metrics:
            if spec.id == metric_id:
                return spec
        raise KeyError(metric_id)


AnyModule = Module[Any, Any, Any]
