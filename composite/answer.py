"""The answer of a composite score: the last of its rows, worded."""

import numpy as np

from analysis.arrays import Floats
from analysis.framework.direction import direction_of
from analysis.framework.look_back import DRAWN_BARS, YEAR_DAYS
from analysis.framework.reasons import Message, Reason, low_coverage
from analysis.framework.uncertainty import uncertain_reasons
from composite.asked import ScoreContext, Surroundings
from composite.blend.average import RowTimes
from composite.core import LAST, CompositeRows, compute
from composite.declared import BY_NAME, DeclaredScore
from composite.declared_scalars import module_id
from composite.input_rows import missing_reason, unsigned
from composite.panel import Panel, ScalarColumn
from composite.result import RANK, Composite, Contribution, Multiplier, Part, Step, is_short_year
from composite.uncertainty import MIN_PAST
from config.c_composite import CompositeSpec, InputSpec
from utils.binance_api.intervals import DAY

SHOWN = DRAWN_BARS + 1
"""Rows that an answer carries: the closes of the drawn bars and the moment itself."""
FEW_DAYS = 10
"""Days below which the past that ranks are among is said with a decimal."""


def answer(spec: CompositeSpec, panel: Panel, context: ScoreContext, around: Surroundings) -> Composite:
    """Return the score of the last row; ``ValueError`` for a panel without rows."""
    if not len(panel.time):
        raise ValueError("expected a panel of at least one row")
    return worded(compute(spec, panel, context, shown=SHOWN), panel, context, around)


def worded(rows: CompositeRows, panel: Panel, context: ScoreContext, around: Surroundings) -> Composite:
    """Return the last of the rows of a score as its answer."""
    spec, declared = rows.spec, BY_NAME[rows.spec.name]
    score, raw = _last(rows.score), _last(rows.raw)
    rank_days = _rank_days(rows, context.interval)
    return Composite(
        name=spec.name,
        score_name=declared.score_name,
        symbol=context.symbol,
        market=context.market,
        interval=context.interval,
        horizon_s=rows.horizon_s,
        as_of=around.as_of,
        bar_close=around.bar_close,
        is_final=around.is_final,
        price=around.price,
        changes=around.changes,
        score=score,
        raw=raw,
        low=declared.low,
        high=declared.high,
        neutral=declared.neutral if raw is None else float(rows.neutral[-1]),
        uncertainty=_last(rows.uncertainty),
        percentile=_last(rows.percentile),
        rank_days=rank_days,
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
        notes=around.notes + rows.game.notes + _rank_notes(rank_days),
        events=around.events,
        sources=around.sources,
        verdict=rows.game.verdict or _direction(declared, score, _last(rows.uncertainty)),
        series={
            name: np.array(column[-SHOWN:], dtype=np.float64)
            for name, column in (("time", rows.time), ("score", rows.score), ("raw", rows.raw))
        },
        candles=around.candles,
        tick_size=around.tick_size,
        basket=around.basket,
        computed_at=around.computed_at,
    )


def _last(column: Floats) -> float | None:
    value = float(column[-1])
    return value if np.isfinite(value) else None


def _direction(declared: DeclaredScore, score: float | None, uncertainty: float | None) -> Message | None:
    """Return which way a directed score points, ``None`` for all others and without a score."""
    if not declared.directed or score is None:
        return None
    scale = {"low": declared.low, "high": declared.high, "neutral": declared.neutral}
    return Message(direction_of(score, uncertainty, **scale))


def _rank_days(rows: CompositeRows, interval: str) -> float | None:
    """Return how many days the rank of the last raw score looks back on, ``None`` where it has no rank."""
    if not np.isfinite(rows.percentile[-1]):
        return None
    past = slice(-1 - RowTimes(rows.time, interval).in_days(YEAR_DAYS), -1)
    first = rows.time[past][np.isfinite(rows.raw[past])][0]
    return float(rows.time[-1] - first) / DAY


def _rank_notes(days: float | None) -> tuple[Message, ...]:
    """Say how many days the rank compares with where they are fewer than a year."""
    if days is None or not is_short_year(days):
        return ()
    return (Message("short_year", {"days": round(days) if days >= FEW_DAYS else round(days, 1)}),)


def _contributions(rows: CompositeRows, panel: Panel) -> tuple[Contribution, ...]:
    added, weights = rows.contributions(LAST), rows.weights
    return tuple(
        Contribution(
            input=spec.scalar,
            module=module_id(spec.scalar),
            group=spec.group,
            value=_value(panel.columns.get(spec.scalar), fresh=bool(rows.inputs.present[place, -1])),
            weight=spec.weight,
            horizon_match=float(weights.match[place]),
            staleness=float(weights.staleness[place, -1]),
            quality=float(weights.quality[place, -1]),
            effective=float(weights.effective[place, -1]),
            contribution=float(added[spec.scalar][-1]) if np.isfinite(rows.raw[-1]) else 0.0,
            parents=_column_parents(panel.columns.get(spec.scalar)),
            as_of=_column_time(panel.columns.get(spec.scalar)),
            reason=_reason(rows, place, panel),
            neutral=_neutral(panel.columns.get(spec.scalar), spec, rows.game.neutral),
        )
        for place, spec in enumerate(rows.inputs.specs)
        if spec.role == "averaged"
    )


def _value(column: ScalarColumn | None, *, fresh: bool) -> float | None:
    return float(column.values[-1]) if column is not None and fresh else None


def _column_parents(column: ScalarColumn | None) -> tuple[str, ...]:
    return () if column is None else column.parents


def _column_time(column: ScalarColumn | None) -> int | None:
    return None if column is None else column.as_of


def _neutral(column: ScalarColumn | None, spec: InputSpec, neutral: float) -> float:
    if column is None:
        return 0.0
    return float(unsigned(np.array([neutral]), column.kind, spec.polarity)[0])


def _reason(rows: CompositeRows, place: int, panel: Panel) -> Reason | None:
    """Return why the last value of an input is missing, ``None`` where it is there."""
    scalar = rows.inputs.specs[place].scalar
    if rows.inputs.present[place, -1]:
        return None
    return rows.game.missing.get(scalar) or missing_reason(scalar, panel)


def _multipliers(rows: CompositeRows, panel: Panel) -> tuple[Multiplier, ...]:
    found = []
    for place, spec in enumerate(rows.inputs.specs):
        if spec.role == "multiplier":
            value = _value(panel.columns.get(spec.scalar), fresh=bool(rows.inputs.present[place, -1]))
            reason = _reason(rows, place, panel)
            found.append(Multiplier(spec.scalar, value, reason))
    return tuple(found)


def _steps(rows: CompositeRows, score: float | None, raw: float | None) -> tuple[Step, ...]:
    if not rows.game.ranked or score is None or raw is None:
        return ()
    return (Step(RANK, score - raw),)


def _parts(rows: CompositeRows) -> tuple[Part, ...]:
    found = []
    for name, part in rows.game.parts.items():
        value = _last(part.values)
        reason = (part.reason or Reason("no_part")) if value is None else None
        found.append(Part(name, value, part.low, part.high, part.neutral, reason))
    return tuple(found)


def _null_reasons(rows: CompositeRows, panel: Panel) -> tuple[Reason, ...]:
    """Return why there is no score: floors with the inputs that are missing, the formula, gates, too short a past."""
    floors = _floor_reasons(rows)
    if floors:
        absent = [_reason(rows, place, panel) for place in range(len(rows.inputs.specs))]
        said = [reason for reason in (*floors, *absent) if reason is not None]
        return tuple({reason.text: reason for reason in said}.values())
    if not np.isfinite(rows.raw[-1]):
        return (rows.game.reason or Reason("no_part"),)
    closed = [gate.last().reason for gate in rows.gates if gate.closed[-1]]
    if closed:
        return tuple(reason for reason in closed if reason is not None)
    if rows.vague[-1]:
        return uncertain_reasons(BY_NAME[rows.spec.name], float(rows.uncertainty[-1]))
    in_year = rows.time[:-1] >= rows.time[-1] - YEAR_DAYS * DAY
    has = int(np.isfinite(rows.raw[:-1][in_year]).sum())
    return (Reason("few_past_values", {"needs": MIN_PAST, "has": has}),)


def _floor_reasons(rows: CompositeRows) -> list[Reason]:
    found = []
    coverage, groups = float(rows.coverage[-1]), int(rows.groups[-1])
    if coverage < rows.spec.min_coverage:
        found.append(low_coverage(coverage, rows.spec.min_coverage))
    if groups < rows.min_groups:
        found.append(Reason("few_groups", {"has": groups, "needs": rows.min_groups}))
    return found
