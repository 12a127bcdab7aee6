"""The evaluation: every score that recorded bars suffice for, on the training years and once on the year after."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import numpy as np

from analysis.arrays import Floats
from analysis.features.evidence import outcome_coefficient, rank_rows
from composite.defaults import default_specs
from composite.evidence.nulls import reversed_signal
from composite.evidence.outcomes import entered_return, realised_variance_ahead
from composite.evidence.sensitivity import Sensitivity
from composite.evidence.trials import Trial, TrialRegistry
from config.c_composite import CompositeSpec
from scripts.evaluation.comparison import Comparison
from scripts.evaluation.markets import Markets
from scripts.evaluation.study import (
    Ahead,
    AlarmStudy,
    DirectionStudy,
    Kind,
    SizeStudy,
    Span,
    ahead_of,
    alarm_study,
    comparison,
    direction_study,
    momentum_of,
    ranks_of,
    sensitivities,
    size_study,
    surprises,
)
from scripts.evaluation.variants import Variant, of_known, scored, single, untested, variant_name, variants
from utils.binance_api.intervals import DAY

Study = DirectionStudy | SizeStudy | AlarmStudy
BASE: Final = "as it stands"
REVERSED: Final = "reversed in time"
NO_NULLS: Final[Mapping[str, float]] = {}


def day_start(day: str) -> int:
    """Return a UTC day's first millisecond."""
    return int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp() * 1000)


TRAINING: Final = Span("2020-2023", day_start("2020-01-01"), day_start("2024-01-01"))
AFTER: Final = Span("2024", day_start("2024-01-01"), day_start("2025-01-01"))


@dataclass(frozen=True, slots=True)
class Claim:
    """What a score claims and what it has to beat."""

    kind: Kind
    benchmark: str


CLAIMS: Final[Mapping[str, Claim]] = {
    "trend_strength": Claim("direction", "12-bar momentum"),
    "buy_opportunity": Claim("direction", "12-bar momentum"),
    "risk_exposure": Claim("size", "HAR on ranges with hour-of-week factors"),
    "anomaly_alert": Claim("alarm", "|return| / HAR forecast"),
}


@dataclass(frozen=True, slots=True)
class SpanResult:
    """Studies by column: the score ``as it stands``, its inputs alone, and the benchmark under its name."""

    span: Span
    studies: Mapping[str, Study]
    share_known: float


@dataclass(frozen=True, slots=True)
class ScoreResult:
    """Everything measured of one score.

    ``relations`` are those of each variant with what came after, in the training years: the rank correlation, of alarms
    the lift. ``nulls`` are rank ICs of the same score where there is nothing to forecast.
    """

    name: str
    variant: str
    kind: Kind
    benchmark: str
    interval: str
    horizon: int
    method: str
    symbols: tuple[str, ...]
    untested: tuple[str, ...]
    spans: tuple[SpanResult, ...]
    sensitivity: tuple[Sensitivity, ...]
    relations: Mapping[str, float]
    comparison: Comparison | None
    nulls: Mapping[str, float]
    trials: int
    new_trials: int


def evaluated(
    name: str,
    markets: Markets,
    registry: TrialRegistry,
    nulls: Mapping[str, float] = NO_NULLS,
    spans: Sequence[Span] = (TRAINING, AFTER),
) -> ScoreResult:
    """Evaluate one score; variants are compared on the first span alone, the others only report.

    ``nulls`` are those measured on made-up markets (`null_coefficients`).
    """
    spec, claim = default_specs()[name], CLAIMS[name]
    known = frozenset.intersection(*(frozenset(one.panel.columns) for one in markets.members))
    base = of_known(spec, known)
    horizon = max(1, round(spec.horizon(markets.step_ms / 1000) * 1000 / markets.step_ms))
    tried = tuple(variants(base))
    columns = {one.name: scored(one, markets) for one in tried}
    ahead = ahead_of(markets, horizon)
    shown = shown_columns(base, columns[BASE], markets, ahead, claim)
    fresh = registry.enter(trials_of(base, tried, shown, markets, horizon, spans[0]))
    training = spans[0].rows(markets.grid)
    return ScoreResult(
        name=name,
        variant=variant_name(base),
        kind=claim.kind,
        benchmark=claim.benchmark,
        interval=markets.interval,
        horizon=horizon,
        method=base.method,
        symbols=markets.symbols,
        untested=untested(spec, known),
        spans=tuple(span_result(span, shown, ahead, horizon, claim, markets) for span in spans),
        sensitivity=sensitivities(
            columns[BASE][training], {k: c[training] for k, c in columns.items() if k != BASE}, claim.kind
        ),
        relations={name: relation(claim.kind, c, ahead, horizon, training) for name, c in columns.items()},
        comparison=compared_columns(columns | shown, ahead, training, registry.count(name), claim, horizon),
        nulls={
            **nulls,
            **(reversed_null(columns[BASE], ahead, training, horizon) if claim.kind == "direction" else {}),
        },
        trials=registry.count(name),
        new_trials=fresh,
    )


def reported(
    name: str, markets: Markets, registry: TrialRegistry, label: str, span: Span = AFTER
) -> ScoreResult:
    """Report one score as it stands on markets that nothing is chosen by; ``label`` says which they are."""
    spec, claim = default_specs()[name], CLAIMS[name]
    known = frozenset.intersection(*(frozenset(one.panel.columns) for one in markets.members))
    base = of_known(spec, known)
    horizon = max(1, round(spec.horizon(markets.step_ms / 1000) * 1000 / markets.step_ms))
    ahead, only = ahead_of(markets, horizon), Variant(BASE, "base", base)
    shown = shown_columns(base, scored(only, markets), markets, ahead, claim)
    fresh = registry.enter(trials_of(base, [only], shown, markets, horizon, span))
    return ScoreResult(
        name=name,
        variant=f"{variant_name(base)}, {label}",
        kind=claim.kind,
        benchmark=claim.benchmark,
        interval=markets.interval,
        horizon=horizon,
        method=base.method,
        symbols=markets.symbols,
        untested=untested(spec, known),
        spans=(span_result(span, shown, ahead, horizon, claim, markets),),
        sensitivity=(),
        relations={},
        comparison=None,
        nulls={},
        trials=registry.count(name),
        new_trials=fresh,
    )


def shown_columns(
    base: CompositeSpec, score: Floats, markets: Markets, ahead: Ahead, claim: Claim
) -> dict[str, Floats]:
    """Return the columns that are studied: the score, each averaged input alone, the benchmark."""
    alone = {
        f"{one.scalar} alone": single(one.scalar, one.polarity, markets)
        for one in base.counted
        if one.role == "averaged"
    }
    return {BASE: score, **alone, claim.benchmark: benchmark_column(claim, markets, ahead)}


def benchmark_column(claim: Claim, markets: Markets, ahead: Ahead) -> Floats:
    """Return what the score has to beat, on the grid (n, k)."""
    if claim.kind == "size":
        return ahead.har
    return surprises(ahead) if claim.kind == "alarm" else momentum_of(markets, 12)


def span_result(
    span: Span, shown: Mapping[str, Floats], ahead: Ahead, horizon: int, claim: Claim, markets: Markets
) -> SpanResult:
    """Study every column over one span; what comes after it is not known."""
    rows = span.rows(markets.grid)
    studies = {
        name: studied(claim.kind, column, ahead, horizon, rows, markets) for name, column in shown.items()
    }
    there = np.isfinite(ahead.opened[rows])
    return SpanResult(span, studies, float(np.isfinite(shown[BASE][rows])[there].mean()))


def studied(kind: Kind, column: Floats, ahead: Ahead, horizon: int, rows: slice, markets: Markets) -> Study:
    """Study one column by what it claims."""
    if kind == "size":
        return size_study(column, ahead, horizon, rows)
    if kind == "alarm":
        return alarm_study(column, ahead, horizon, rows)
    inside = ahead.select(rows)
    return direction_study(column[rows], ranks_of(column, ahead)[rows], inside, horizon, markets.symbols)


def trials_of(
    base: CompositeSpec,
    tried: Sequence[Variant],
    shown: Mapping[str, Floats],
    markets: Markets,
    horizon: int,
    span: Span,
) -> list[Trial]:
    """Return every variant that is looked at on a span."""
    first, last = (
        datetime.fromtimestamp(at / 1000, UTC).date().isoformat() for at in (span.first, span.end - DAY)
    )
    named = {one.name: one.spec for one in tried}
    return [
        Trial(
            base.name,
            name,
            named[name].method if name in named else "",
            horizon,
            markets.interval,
            markets.symbols,
            first,
            last,
            named[name].digest if name in named else "",
        )
        for name in dict.fromkeys([*named, *shown])
    ]


def compared_columns(
    every: Mapping[str, Floats], ahead: Ahead, rows: slice, trials: int, claim: Claim, horizon: int
) -> Comparison | None:
    """Compare what all columns earned after costs with the benchmark among them; only directions can be held."""
    if claim.kind != "direction":
        return None
    others = {name: column for name, column in every.items() if name != claim.benchmark}
    return comparison(claim.benchmark, every[claim.benchmark], others, ahead, rows, trials, horizon)


def reversed_null(score: Floats, ahead: Ahead, rows: slice, horizon: int) -> dict[str, float]:
    """Return the rank IC of the score backwards in time."""
    later = entered_return(ahead.select(rows).opened, horizon)
    found = outcome_coefficient(reversed_signal(score[rows]), later, horizon)
    return {} if found is None else {REVERSED: found.ic}


def relation(kind: Kind, column: Floats, ahead: Ahead, horizon: int, rows: slice) -> float:
    """Return one number for how a column and what came after belong together; NaN where there is none."""
    inside = ahead.select(rows)
    if kind == "alarm":
        found = alarm_study(column, ahead, horizon, rows).ahead
        return float("nan") if found is None else found.lift.value
    later = (
        entered_return(inside.opened, horizon)
        if kind == "direction"
        else realised_variance_ahead(inside.returns, horizon)
    )
    ranked = rank_rows(column[rows], later)
    return float("nan") if ranked is None else ranked.value


def null_coefficients(
    name: str, markets: Sequence[tuple[str, Markets]], span: Span = TRAINING
) -> dict[str, float]:
    """Return the rank IC of a score, by null, on markets that were made without anything to forecast."""
    spec, found = default_specs()[name], {}
    for null, made in markets:
        known = frozenset.intersection(*(frozenset(one.panel.columns) for one in made.members))
        column = scored(Variant(BASE, "base", of_known(spec, known)), made)
        horizon = max(1, round(spec.horizon(made.step_ms / 1000) * 1000 / made.step_ms))
        rows = span.rows(made.grid)
        ranked = rank_rows(column[rows], entered_return(made.prices("open")[rows], horizon))
        found[null] = float("nan") if ranked is None else ranked.value
    return found
