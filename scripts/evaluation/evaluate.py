"""The evaluation: every score that recorded bars suffice for, on the training years and once on the year after."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Final

import numpy as np

from analysis.arrays import Floats
from analysis.features.evidence import outcome_coefficient, rank_rows
from composite.evidence.nulls import reversed_signal
from composite.evidence.outcomes import entered_return, realised_variance_ahead
from composite.evidence.trials import Trial, TrialRegistry
from scripts.evaluation.cases import BASE, SPANS, TRAINING, Case, case_of
from scripts.evaluation.comparison import Comparison, compared
from scripts.evaluation.markets import Markets
from scripts.evaluation.results import EnsembleResult, ScoreResult, SpanResult, Study
from scripts.evaluation.study import (
    HOW,
    Ahead,
    Kind,
    Span,
    alarm_study,
    direction_study,
    earned,
    ranks_of,
    sensitivities,
    size_study,
)
from scripts.evaluation.variants import ScoredRows, Variant, neutral_of, scored, variants
from scripts.evaluation.withheld import withheld_of
from utils.binance_api.intervals import DAY

REVERSED: Final = "reversed in time"
NO_NULLS: Final[Mapping[str, float]] = {}
Trained = Callable[[Case], EnsembleResult | None]


def untrained(case: Case) -> None:
    """Train no ensemble."""
    del case


def evaluated(
    case: Case,
    registry: TrialRegistry,
    nulls: Mapping[str, float] = NO_NULLS,
    spans: Sequence[Span] = SPANS,
    *,
    cache: Path | None = None,
    trained: Trained = untrained,
) -> ScoreResult:
    """Evaluate one score; variants are compared on the first span alone, the others only report.

    ``nulls`` are those measured on made-up markets (`null_coefficients`); ``cache`` keeps the columns of variants.
    """
    kind, ahead, horizon = case.claim.kind, case.ahead, case.horizon
    tried = tuple(variants(case.base))
    whole = scored_base(case)
    columns = {BASE: whole.score, **{one.name: kept_column(one, case, cache) for one in tried[1:]}}
    shown = case.shown(whole.score)
    fresh = registry.enter(trials_of(case, tried, shown, spans[0]))
    training, count = spans[0].rows(case.markets.grid), registry.count(case.base.name)
    changed = {name: column for name, column in columns.items() if name != BASE}
    every = {
        name: earned(kind, column, ahead, horizon, training) for name, column in (columns | shown).items()
    }
    reverse = reversed_null(whole.score, ahead, training, horizon) if kind == "direction" else {}
    return replace(
        as_it_stands(case, whole, shown, spans, count, fresh),
        sensitivity=sensitivities(
            columns[BASE][training], {k: c[training] for k, c in changed.items()}, kind
        ),
        relations={name: relation(kind, c, ahead, horizon, training) for name, c in columns.items()},
        comparison=against(kind, case.claim.benchmark, every, count, horizon),
        improving=against(kind, BASE, {name: every[name] for name in columns}, count, horizon),
        nulls={**nulls, **reverse},
        by_symbol=by_symbol(case, shown, spans),
        ensemble=trained(case),
    )


def reported(
    case: Case, registry: TrialRegistry, spans: Sequence[Span], *, each: bool = False
) -> ScoreResult:
    """Report one score as it stands on markets that nothing is chosen by; with ``each`` every symbol alone too."""
    whole, only = scored_base(case), Variant(BASE, "base", case.base)
    shown = case.shown(whole.score)
    fresh = sum(registry.enter(trials_of(case, [only], shown, span)) for span in spans)
    found = as_it_stands(case, whole, shown, spans, registry.count(case.base.name), fresh)
    return replace(found, by_symbol=by_symbol(case, shown, spans)) if each else found


def as_it_stands(
    case: Case,
    whole: ScoredRows,
    shown: Mapping[str, Floats],
    spans: Sequence[Span],
    trials: int,
    new_trials: int,
) -> ScoreResult:
    """Return what was measured of the score as it stands, in every span."""
    return ScoreResult(
        name=case.base.name,
        variant=case.variant,
        label=case.label,
        kind=case.claim.kind,
        benchmark=case.claim.benchmark,
        interval=case.markets.interval,
        horizon=case.horizon,
        method=case.base.method,
        symbols=case.markets.symbols,
        untested=case.untested,
        spans=tuple(span_result(case, span, shown) for span in spans),
        trials=trials,
        new_trials=new_trials,
        withheld=tuple(withheld_of(whole, case, span.rows(case.markets.grid)) for span in spans),
    )


def scored_base(case: Case) -> ScoredRows:
    """Return the score as it stands."""
    return scored(Variant(BASE, "base", case.base), case.markets, neutral_of(case.base, case.claim.kind))


def kept_column(variant: Variant, case: Case, cache: Path | None) -> Floats:
    """Return the score of a variant, from the folder ``cache`` where an earlier piece of the run has left it."""
    if cache is None:
        return scored(variant, case.markets, neutral_of(case.base, case.claim.kind)).score
    said = f"{variant.spec.digest} {variant.replaced} {variant.calm} {case.markets.digest}"
    file = cache / f"variant-{case.base.name}-{sha256(said.encode()).hexdigest()[:16]}.npy"
    if not file.exists():
        cache.mkdir(parents=True, exist_ok=True)
        np.save(file, kept_column(variant, case, None))
    column: Floats = np.load(file)
    return column


def span_result(case: Case, span: Span, shown: Mapping[str, Floats]) -> SpanResult:
    """Study every column over one span; what comes after it is not known."""
    rows, kind, ahead = span.rows(case.markets.grid), case.claim.kind, case.ahead
    studies = {name: studied(kind, column, ahead, case.horizon, rows) for name, column in shown.items()}
    return SpanResult(span, studies, case.share_known(shown[BASE], rows))


def by_symbol(
    case: Case, shown: Mapping[str, Floats], spans: Sequence[Span]
) -> dict[str, tuple[SpanResult, ...]]:
    """Study the score and its benchmark on each symbol alone."""
    kind, horizon, pair = case.claim.kind, case.horizon, (BASE, case.claim.benchmark)
    found = {}
    for place, symbol in enumerate(case.markets.symbols):
        ahead = case.ahead.of_symbol(place)
        columns = {name: shown[name][:, [place]] for name in pair}
        parts = []
        for span in spans:
            rows = span.rows(ahead.time)
            studies = {name: studied(kind, column, ahead, horizon, rows) for name, column in columns.items()}
            there = np.isfinite(ahead.opened[rows])
            known = float(np.isfinite(columns[BASE][rows])[there].mean()) if there.any() else 0.0
            parts.append(SpanResult(span, studies, known))
        found[symbol] = tuple(parts)
    return found


def studied(kind: Kind, column: Floats, ahead: Ahead, horizon: int, rows: slice) -> Study:
    """Study one column by what it claims."""
    if kind == "size":
        return size_study(column, ahead, horizon, rows)
    if kind == "alarm":
        return alarm_study(column, ahead, horizon, rows)
    return direction_study(column[rows], ranks_of(column, ahead)[rows], ahead.select(rows), horizon)


def trials_of(case: Case, tried: Sequence[Variant], shown: Mapping[str, Floats], span: Span) -> list[Trial]:
    """Return every variant that is looked at on a span."""
    first, last = (
        datetime.fromtimestamp(at / 1000, UTC).date().isoformat() for at in (span.first, span.end - DAY)
    )
    named_specs = {one.name: one.spec for one in tried}
    return [
        Trial(
            case.base.name,
            name,
            named_specs[name].method if name in named_specs else "",
            case.horizon,
            case.markets.interval,
            case.markets.symbols,
            first,
            last,
            named_specs[name].digest if name in named_specs else "",
        )
        for name in dict.fromkeys([*named_specs, *shown])
    ]


def against(
    kind: Kind, benchmark: str, every: Mapping[str, Floats], trials: int, horizon: int
) -> Comparison | None:
    """Compare what every column was good for (n) with one of them; sizes and alarms by their gain over it."""
    others = {name: column for name, column in every.items() if name != benchmark}
    returns, own = np.column_stack(list(others.values())), every[benchmark]
    if kind != "direction":
        returns, own = returns - own[:, None], np.where(np.isfinite(own), 0.0, np.nan)
    return compared(benchmark, own, tuple(others), returns, trials, int(HOW.block(horizon) * 2))


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
    """Return the relation of a score with what came after, by null, on markets made without anything to forecast."""
    found = {}
    for null, made in markets:
        case = case_of(name, made)
        rows = span.rows(made.grid)
        found[null] = relation(case.claim.kind, scored_base(case).score, case.ahead, case.horizon, rows)
    return found
