"""What the evaluation found of one score, as it is written down."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from analysis.framework.reasons import Reason
from composite.ensemble.record import Comparison as EnsembleComparison
from composite.evidence.estimate import Estimate
from composite.evidence.sensitivity import Sensitivity
from composite.record import TrackRecord
from scripts.evaluation.comparison import Comparison
from scripts.evaluation.study import AlarmStudy, DirectionStudy, Kind, SizeStudy, Span

Study = DirectionStudy | SizeStudy | AlarmStudy


@dataclass(frozen=True, slots=True)
class SpanResult:
    """Studies by column: the score ``as it stands``, its inputs alone, and the benchmark under its name."""

    span: Span
    studies: Mapping[str, Study]
    share_known: float


@dataclass(frozen=True, slots=True)
class Withheld:
    """Rows without a score in one span, as shares of all: by a gate, as too uncertain, for want of inputs.

    ``shown`` and ``hidden`` are the mean of what came after (log return; of a size the variance over that of all rows)
    where the score is shown and where a gate or its error withholds it, ``gap`` their difference.
    """

    gated: float
    vague: float
    missing: float
    shown: float
    hidden: float
    gap: Estimate


@dataclass(frozen=True, slots=True)
class EnsembleResult:
    """The ensemble in the place of the average, on rows from ``since`` to ``until`` (UTC ms) that it had not seen.

    ``verdict`` says why it may not be used, empty where it may.
    """

    comparison: EnsembleComparison
    since: int
    until: int
    verdict: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class ScoreResult:
    """Everything measured of one score.

    ``relations`` are those of each variant with what came after, in the training years: the rank correlation, of alarms
    the lift. ``comparison`` holds every column against the benchmark, ``improving`` every variant against the score as
    it stands. ``nulls`` are relations of the same score where there is nothing to forecast; ``by_symbol`` are spans of
    one symbol alone.
    """

    name: str
    variant: str
    label: str
    kind: Kind
    benchmark: str
    interval: str
    horizon: int
    method: str
    symbols: tuple[str, ...]
    untested: tuple[str, ...]
    spans: tuple[SpanResult, ...]
    trials: int
    new_trials: int
    sensitivity: tuple[Sensitivity, ...] = ()
    relations: Mapping[str, float] = field(default_factory=dict)
    comparison: Comparison | None = None
    improving: Comparison | None = None
    nulls: Mapping[str, float] = field(default_factory=dict)
    by_symbol: Mapping[str, tuple[SpanResult, ...]] = field(default_factory=dict)
    withheld: tuple[Withheld, ...] = ()
    ensemble: EnsembleResult | None = None


@dataclass(frozen=True, slots=True)
class Bar:
    """A number with its interval in a picture of the report."""

    name: str
    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Measured:
    """A score that is measured in a way of its own: Markdown ``lines`` for the page, ``records`` for the program.

    ``bars`` are drawn, in panels by their titles.
    """

    name: str
    variant: str
    label: str
    interval: str
    symbols: tuple[str, ...]
    lines: tuple[str, ...]
    records: tuple[TrackRecord, ...]
    bars: Mapping[str, tuple[Bar, ...]]
