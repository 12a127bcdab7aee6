"""What a composite score hands over: one frozen result for card, chart, JSON, storage and evidence."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from analysis.arrays import Floats
from analysis.framework.look_back import YEAR_DAYS
from analysis.framework.question import NO_CHANGES, Basket, Market, PriceChanges, SourceStamp
from analysis.framework.reasons import Message, Reason
from analysis.framework.result import Table
from config.c_composite import Reads

WHOLE_YEAR_DAYS: Final = YEAR_DAYS - 1
"""Days from which a past counts as a year: its first bar may have closed just after the year began."""
RANK: Final = "rank"
"""The step from a raw score to its trailing rank."""


def is_short_year(days: float) -> bool:
    """Return whether the past of a rank is shorter than a year."""
    return days < WHOLE_YEAR_DAYS


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one scalar adds to the raw score; all of them add up to raw - neutral (1e-12).

    ``weight`` is the configured one, ``effective`` what is left of it after the match of horizons, age and quality
    (0..1 each). ``value`` is ``None`` with its ``reason``; ``contribution`` is then 0. ``neutral`` is the value at
    which it would add nothing.
    """

    input: str
    module: str
    group: str
    value: float | None
    weight: float
    horizon_match: float
    staleness: float
    quality: float
    effective: float
    contribution: float
    parents: tuple[str, ...] = ()
    as_of: int | None = None
    reason: Reason | None = None
    neutral: float = 0.0


@dataclass(frozen=True, slots=True)
class Multiplier:
    """A scalar that multiplies and therefore adds nothing by itself; ``None`` with its reason."""

    name: str
    value: float | None
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """What is done to the raw score afterwards, such as a rank: what it adds; raw plus all steps is the score."""

    id: str
    contribution: float


@dataclass(frozen=True, slots=True)
class Gate:
    """A condition under which the score is withheld: the scalar or state it reads and the limit it is held to.

    ``closed`` says that it withholds now, ``reason`` in words why, or why it could not be looked at. It ``reads`` a
    scalar's value, its age in half-lives, or the hours to a dated event, which withholds when nearer than the limit.
    """

    name: str
    value: float | None
    limit: float
    closed: bool
    reason: Reason | None = None
    reads: Reads = "value"


@dataclass(frozen=True, slots=True)
class Part:
    """A further number published beside the score, such as direction, strength or the short side."""

    name: str
    value: float | None
    low: float
    high: float
    neutral: float
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """An event of the calendar near the asked moment: at ``time``, to ``until`` where it lasts (UTC ms).

    ``titles`` are by language other than English, ``source`` says who announced it.
    """

    id: str
    title: str
    time: int
    source: str
    titles: Mapping[str, str] = field(default_factory=dict)
    until: int | None = None

    def titled(self, language: str) -> str:
        """Return the title in a language, in English where it has no other."""
        return self.titles.get(language, self.title)


@dataclass(frozen=True, slots=True, eq=False)
class Composite:
    """One composite score of one symbol (or basket) at one moment.

    Times are UTC ms, with the meaning they have in `analysis.framework.result.Analysis`. ``name`` is its short name in
    routes and alerts (``trend_strength``), ``score_name`` its key in JSON (``trend_strength_score``). ``score`` is
    ``None`` with ``null_reasons`` when coverage or the number of groups is below its floor, or a gate is closed.
    ``uncertainty`` is one sigma of the inputs, no forecast interval. ``percentile`` is the mid-rank of the raw score in
    its own trailing past, which reaches ``rank_days`` back. ``parts`` are published beside it; ``weights`` of the
    allocation sum to 1. ``missing`` are the inputs without a value. ``series`` are the past of score and raw score over
    ``time`` (close of bars, UTC ms; the last row is this one); ``candles`` are bars that end with it: ``time`` (open,
    UTC ms), ``open``, ``high``, ``low``, ``close``. ``changes`` are those of the ``price``. ``method`` is how the
    inputs were averaged. Of the ``tables`` of an allocation, ``allocations`` holds weights (coins, methods) as module
    I does, and ``band`` the ``low`` and ``high`` of each weight; its ``curves`` are what trades to it rest on: fee,
    penalty and cap. ``account`` never enters here.
    """

    name: str
    score_name: str
    symbol: str
    market: Market
    interval: str
    horizon_s: float
    as_of: int
    bar_close: int
    is_final: bool
    price: float | None
    score: float | None
    raw: float | None
    low: float
    high: float
    neutral: float
    uncertainty: float | None
    percentile: float | None
    method: str
    coverage: float
    min_coverage: float
    groups_present: int
    min_groups: int
    contributions: tuple[Contribution, ...]
    config_hash: str
    multipliers: tuple[Multiplier, ...] = ()
    steps: tuple[Step, ...] = ()
    gates: tuple[Gate, ...] = ()
    parts: tuple[Part, ...] = ()
    null_reasons: tuple[Reason, ...] = ()
    notes: tuple[Message, ...] = ()
    events: tuple[Event, ...] = ()
    sources: tuple[SourceStamp, ...] = ()
    verdict: Message | None = None
    weights: Mapping[str, float] = field(default_factory=dict)
    tables: tuple[Table, ...] = ()
    curves: Mapping[str, Floats] = field(default_factory=dict)
    rank_days: float | None = None
    series: Mapping[str, Floats] = field(default_factory=dict)
    candles: Mapping[str, Floats] = field(default_factory=dict)
    tick_size: float | None = None
    changes: PriceChanges = NO_CHANGES
    basket: Basket | None = None
    computed_at: int = 0

    @property
    def is_rank(self) -> bool:
        """Whether the score is the rank of the raw one in its past."""
        return any(step.id == RANK for step in self.steps)

    @property
    def missing(self) -> tuple[Contribution, ...]:
        """The inputs without a value, each with its reason."""
        return tuple(one for one in self.contributions if one.value is None)

    def table(self, table_id: str) -> Table | None:
        """Return a table by its id, ``None`` where this score has none."""
        return next((table for table in self.tables if table.id == table_id), None)

    def part(self, name: str) -> Part | None:
        """Return one part by name, ``None`` where this score has none."""
        return next((part for part in self.parts if part.name == name), None)
