"""What every analysis hands over: one frozen result, the parts it is made of, and where it came from."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from analysis.arrays import Floats, Times
from analysis.framework.metric import ScalarKind
from analysis.framework.question import NO_CHANGES, Basket, Market, PriceChanges, SourceStamp
from analysis.framework.reasons import Message, Reason
from analysis.framework.scalar_past import NO_PAST, ScalarPast

Origin = Literal["computed", "remembered", "shared"]
"""Computed for this question, kept from an earlier one, or computed for several that were asked at the same time."""
_origins: ContextVar[list[Origin] | None] = ContextVar("origins", default=None)


@dataclass(frozen=True, slots=True)
class Metric:
    """A measured metric: raw ``value`` with a unit, or ``None`` with its reason; ``contribution`` to the score.

    ``source`` is the title of the provider beyond the exchange that it is from, ``as_of`` then that of its value.
    """

    id: str
    group: str | None
    value: float | None
    unit: str
    signal: float | None
    weight: float
    contribution: float
    as_of: int | None
    reason: Reason | None = None
    source: str | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """A group of metrics, or a step taken after them; the contributions of all add up to score - neutral."""

    id: str
    signal: float | None
    weight: float
    contribution: float


@dataclass(frozen=True, slots=True)
class Scalar:
    """A number handed to the composites, with everything they need to weigh it.

    It stands from ``as_of`` (UTC ms) on, and the next one is due ``period_s`` seconds later.
    """

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
    period_s: float
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class OtherTimeframe:
    """The same score on a neighbouring interval, with its standard error where one is known."""

    interval: str
    score: float | None
    reason: Reason | None = None
    uncertainty: float | None = None


@dataclass(frozen=True, slots=True)
class CostToAct:
    """What acting costs, in basis points of the position; ``None`` parts carry a reason under their name."""

    spread: float | None
    slippage_10k: float | None
    fees: float | None
    funding: float | None
    gross_edge: float | None = None
    reasons: Mapping[str, Reason] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Headline:
    """A further headline number beside the score, such as crowding or fragility; ``None`` with its reasons."""

    name: str
    value: float | None
    low: float
    high: float
    neutral: float
    uncertainty: float | None
    coverage: float
    null_reasons: tuple[Reason, ...] = ()


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
class Table:
    """Numbers by names, such as weights by coin and method: ``values`` (rows, columns), NaN where unknown.

    ``id`` is that of its ``TableSpec``; the column of a list has the name "". ``ValueError`` when the shapes disagree.
    """

    id: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    values: Floats

    def __post_init__(self) -> None:
        shape = (len(self.rows), len(self.columns))
        if self.values.shape != shape:
            raise ValueError(f"table {self.id!r}: values are {self.values.shape}, not {shape}")

    def column(self, name: str) -> dict[str, float]:
        """Return one column by row; ``ValueError`` when there is none."""
        return dict(zip(self.rows, self.values[:, self.columns.index(name)].tolist(), strict=True))


@dataclass(frozen=True, slots=True, eq=False)
class CoinMatrix:
    """A number for each ordered pair of coins: ``values`` (k, k) of row and column in ``unit``, NaN where unknown.

    ``marked`` are the pairs that stand after correction for many tests, all where nothing is tested. ``title`` and
    ``unit`` are message ids, ``id`` names it in JSON. ``ValueError`` when the shapes do not agree.
    """

    id: str
    title: str
    unit: str
    symbols: tuple[str, ...]
    values: Floats
    marked: NDArray[np.bool_]

    def __post_init__(self) -> None:
        shape = (len(self.symbols), len(self.symbols))
        if self.values.shape != shape or self.marked.shape != shape:
            raise ValueError(f"matrix {self.id!r}: values are {self.values.shape}, not {shape}")


@dataclass(frozen=True, slots=True, eq=False)
class Analysis:
    """One module's answer: frozen, picklable, the only thing cards, charts, JSON and composites are made from.

    Times are UTC ms. ``as_of`` is the moment asked, ``bar_close`` the close of the last bar read; ``is_final`` is
    whether that bar had closed by then, ``False`` while its numbers may still change. ``changes`` are those of the
    ``price``, ``tick_size`` is the step it is quoted in now. ``score`` is
    ``None`` with ``null_reasons`` when coverage is below the floor. ``series`` holds what the chart draws: arrays
    of equal length, ``time`` (bar open, UTC ms) among them; ``curves`` what it draws over another axis than time,
    ``heatmaps`` what lies under its candles, ``tables`` numbers by names, ``matrices`` numbers by pairs of coins.
    ``headlines`` are further numbers beside the score.
    ``labels`` are answers in words by their key in JSON (``Module.labels``), ``verdict`` the words beside the score:
    the module's, or which way a score with a direction points. With a ``basket`` the answer is about all its members
    and ``symbol`` is the one whose bars give it its time; price, cost and tick size are then nobody's. ``past`` are
    the newest rows of its scalars, for the composites; it is not in JSON.
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
    notes: tuple[Message, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    verdict: Message | None = None
    curves: Mapping[str, Floats] = field(default_factory=dict)
    other_timeframes: tuple[OtherTimeframe, ...] = ()
    cost: CostToAct | None = None
    computed_at: int = 0
    heatmaps: tuple[Heatmap, ...] = ()
    tables: tuple[Table, ...] = ()
    headlines: tuple[Headline, ...] = ()
    changes: PriceChanges = NO_CHANGES
    tick_size: float | None = None
    basket: Basket | None = None
    matrices: tuple[CoinMatrix, ...] = ()
    past: ScalarPast = NO_PAST

    @property
    def missing(self) -> tuple[Metric, ...]:
        """The metrics that could not be computed, each with its reason."""
        return tuple(metric for metric in self.metrics if metric.value is None)

    def table(self, table_id: str) -> Table | None:
        """Return one table by id, ``None`` where this answer has none."""
        return next((table for table in self.tables if table.id == table_id), None)

    def metric(self, metric_id: str) -> Metric:
        """Return one metric by id; ``KeyError`` when the module has no such metric."""
        for metric in self.metrics:
            if metric.id == metric_id:
                return metric
        raise KeyError(metric_id)


def note_origin(origin: Origin) -> None:
    """Note the origin of an answer for the collector around this task, if there is one."""
    found = _origins.get()
    if found is not None:
        found.append(origin)


@contextmanager
def collected_origins() -> Iterator[list[Origin]]:
    """Give the list that collects the origins noted inside, by the tasks started there too."""
    found: list[Origin] = []
    token = _origins.set(found)
    try:
        yield found
    finally:
        _origins.reset(token)
