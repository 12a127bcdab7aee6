"""The answer of a composite score: the last of its rows, worded."""

from dataclasses import dataclass, field
from collections.abc import Mapping

import numpy as np

from analysis.arrays import Floats
from analysis.framework.question import Basket, SourceStamp
from analysis.framework.reasons import Message, Reason
from composite.core import RANK, CompositeRows, ScoreContext, compute
from composite.declared import BY_NAME
from composite.defaults import module_of_scalar
from composite.input_rows import HALF_LIVES
from composite.panel import Panel
from composite.result import Composite, Contribution, Event, Multiplier, Part, Step
from composite.uncertainty import MIN_PAST
from config.c_composite import InputSpec

LAST = slice(-1, None)


@dataclass(frozen=True, slots=True, eq=False)
class Surroundings:
    """What an answer tells beside the score; times are UTC ms, ``as_of`` the moment asked."""

    as_of: int
    price: float | None = None
    tick_size: float | None = None
    sources: tuple[SourceStamp, ...] = ()
    events: tuple[Event, ...] = ()
    candles: Mapping[str, Floats] = field(default_factory=dict)
    basket: Basket | None = None
    computed_at: int = 0


def answer(spec: CompositeSpec, panel: Panel, context: ScoreContext, around: Surroundings) -> Composite:
    """Return the score of the last row; ``ValueError`` for a panel without rows."""
    if not len(panel.time):
        raise ValueError("expected a panel of at least one row")
    return worded(compute(spec, panel, context), panel, context, around)


def worded(rows: CompositeRows, panel: Panel, context: ScoreContext, around: Surroundings) -> Composite:
    """Return the last of the rows of a score as its answer."""
    spec, declared = rows.spec, BY_NAME[rows.spec.name]
    score, raw, bar_close = _last(rows.score), _last(rows.raw), int(rows.time[-1])
    return Composite(
        name=spec.name,
        score_name=declared.score_name,
        symbol=context.symbol,
        market=context.market,
        interval=context.interval,
        horizon_s=_horizon(rows, context),
        as_of=around.as_of,
        bar_close=bar_close,
        is_final=bar_close <= around.as_of,
        price=around.price,
        score=score,
        raw=raw,
        low=declared.low,
        high=declared.high,
        neutral=_last(rows.neutral) if raw is not None else declared.neutral,
        uncertainty=_last(rows.uncertainty),
        percentile=_last(rows.percentile),
        method=spec.method,
        coverage=float(rows.coverage[-1]),
        min_coverage=spec.min_coverage,
        groups_present=int(rows.groups[-1]),
        min_groups=rows.min_groups,
        contributions=_contributions(rows, panel),
        config_hash=spec.digest,
        multipliers=_multipliers(rows, panel),
        steps=_steps(rows, score, raw),
        gates=tuple(gate.last() for gate in rows.gates),
        parts=_parts(rows),
        null_reasons=() if score is not None else _null_reasons(rows, panel),
        notes=rows.game.notes,
        events=around.events,
        sources=around.sources,
        verdict=rows.game.verdict,
        series={"time": rows.time.astype(np.float64), "score": rows.score, "raw": rows.raw},
        candles=around.candles,
        tick_size=around.tick_size,
        basket=around.basket,
        computed_at=around.computed_at,
    )


def _last(column: Floats) -> float | None:
    value = float(column[-1])
    return value if np.isfinite(value) else None
