"""A composite score as JSON: the types from which answers and the OpenAPI document are made."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import msgspec
from msgspec import UNSET, Struct, UnsetType

from analysis.framework.question import Request
from analysis.framework.reasons import Reason
from bot.http_api.shapes import (
    SCHEMA_VERSION,
    MissingShape,
    ReasonShape,
    SourceShape,
    finite,
    reason_shape,
    source_shape,
    table_shape,
)
from bot.http_api.times import rfc3339
from composite.published import subject
from composite.result import Composite, Contribution, Event, Gate, Multiplier

# the score's own name for itself follows this field, the numbers beside it the second one
BEFORE_NAMED = "price"
BEFORE_PARTS = "percentile"


class MultiplierShape(Struct, frozen=True):
    """A number that multiplies and adds nothing by itself."""

    name: str
    value: float | None


class ContributionShape(Struct, frozen=True):
    """What an input adds: contributions and steps add up to score - neutral.

    ``effective`` is the weight that is left after the match of horizons, age and quality.
    """

    input: str
    group: str
    value: float | None
    weight: float
    horizon_match: float
    staleness: float
    quality: float
    effective: float
    contribution: float


class StepShape(Struct, frozen=True):
    """What is done to the raw score afterwards, such as a rank, and what it adds."""

    id: str
    contribution: float


class GateShape(Struct, frozen=True):
    """A condition under which the score is withheld; ``closed``: it withholds it now."""

    name: str
    value: float | None
    limit: float
    closed: bool
    reason: ReasonShape | UnsetType = UNSET


class EventShape(Struct, frozen=True):
    """A dated event of the calendar near the asked moment."""

    id: str
    title: str
    time: str
    source: str


class CompositeShape(Struct, frozen=True):
    """One composite score; it appears under its own name too, which for an allocation holds weights by coin.

    Withheld it is null with ``null_reasons``. Numbers beside it, such as ``direction``, follow ``percentile``;
    ``rank_days`` is how far the past reaches back that ``percentile``, or a score that is a rank, is among.
    ``missing`` says why an input, multiplier or number beside the score is null. ``record`` is where its record is.
    ``symbols`` are those of a basket.
    """

    schema: int
    composite: str
    symbol: str
    market: str
    interval: str
    horizon_s: float
    as_of: str
    bar_close: str
    is_final: bool
    computed_at: str
    price: float | None
    score: float | None
    raw: float | None
    range: tuple[float, float]
    neutral: float
    uncertainty: float | None
    percentile: float | None
    rank_days: float | None
    method: str
    coverage: float
    min_coverage: float
    groups_present: int
    min_groups: int
    multipliers: tuple[MultiplierShape, ...]
    contributions: tuple[ContributionShape, ...]
    steps: tuple[StepShape, ...]
    gates: tuple[GateShape, ...]
    missing: tuple[MissingShape, ...]
    null_reasons: tuple[ReasonShape, ...]
    verdict: ReasonShape | None
    notes: tuple[ReasonShape, ...]
    events: tuple[EventShape, ...]
    sources: tuple[SourceShape, ...]
    record: str
    config: str
    symbols: tuple[str, ...] | UnsetType = UNSET
    basket: str | UnsetType = UNSET


def composite_answer(
    composite: Composite, asked: Request, notes: tuple[ReasonShape, ...] = ()
) -> dict[str, Any]:
    """Return the JSON object of a score, with ``notes`` on the question before its own. Pure."""
    fields: dict[str, Any] = msgspec.to_builtins(_shape(composite, record_path(composite.name, asked), notes))
    answer: dict[str, Any] = {}
    for name, value in fields.items():
        answer[name] = value
        if name == BEFORE_NAMED:
            answer[composite.score_name] = _named(composite)
        if name == BEFORE_PARTS:
            answer |= {part.name: finite(part.value) for part in composite.parts}
    return answer | {table.id: table_shape(table) for table in composite.tables}


def record_path(name: str, asked: Request) -> str:
    """Return the path and query of the record of a score on what was asked."""
    parameter = "symbol" if asked.basket is None else "symbols"
    query = urlencode({parameter: subject(asked), "interval": asked.interval}, safe=",")
    return f"/composite/{name}/record?{query}"


def _named(composite: Composite) -> Any:
    """Return what stands under the score's own name: weights by coin, or the number."""
    if composite.weights:
        return {coin: finite(share) for coin, share in composite.weights.items()}
    return finite(composite.score)


def _shape(c: Composite, record: str, notes: tuple[ReasonShape, ...]) -> CompositeShape:
    return CompositeShape(
        schema=SCHEMA_VERSION,
        composite=c.name,
        symbol=c.symbol,
        market=c.market,
        interval=c.interval,
        horizon_s=c.horizon_s,
        as_of=rfc3339(c.as_of),
        bar_close=rfc3339(c.bar_close),
        is_final=c.is_final,
        computed_at=rfc3339(c.computed_at),
        price=finite(c.price) if c.basket is None else None,
        score=finite(c.score),
        raw=finite(c.raw),
        range=(c.low, c.high),
        neutral=c.neutral,
        uncertainty=finite(c.uncertainty),
        percentile=finite(c.percentile),
        rank_days=finite(c.rank_days),
        method=c.method,
        coverage=c.coverage,
        min_coverage=c.min_coverage,
        groups_present=c.groups_present,
        min_groups=c.min_groups,
        multipliers=tuple(map(_multiplier, c.multipliers)),
        contributions=tuple(map(_contribution, c.contributions)),
        steps=tuple(StepShape(step.id, step.contribution) for step in c.steps),
        gates=tuple(map(_gate, c.gates)),
        missing=tuple(_missing(c)),
        null_reasons=tuple(map(reason_shape, c.null_reasons)),
        verdict=None if c.verdict is None else reason_shape(c.verdict),
        notes=notes + tuple(map(reason_shape, c.notes)),
        events=tuple(map(_event, c.events)),
        sources=tuple(source_shape(stamp, c.as_of) for stamp in c.sources),
        record=record,
        config=c.config_hash,
        symbols=UNSET if c.basket is None else c.basket.symbols,
        basket=UNSET if c.basket is None or c.basket.name is None else c.basket.name,
    )


def _multiplier(one: Multiplier) -> MultiplierShape:
    return MultiplierShape(one.name, finite(one.value))


def _contribution(one: Contribution) -> ContributionShape:
    return ContributionShape(
        input=one.input,
        group=one.group,
        value=finite(one.value),
        weight=one.weight,
        horizon_match=one.horizon_match,
        staleness=one.staleness,
        quality=one.quality,
        effective=one.effective,
        contribution=one.contribution,
    )


def _gate(one: Gate) -> GateShape:
    reason = UNSET if one.reason is None else reason_shape(one.reason)
    return GateShape(one.name, finite(one.value), one.limit, one.closed, reason)


def _event(one: Event) -> EventShape:
    return EventShape(one.id, one.title, rfc3339(one.time), one.source)


def _missing(composite: Composite) -> Iterator[MissingShape]:
    """Yield what has no value, each thing once, with its reason."""
    named = [
        *((one.input, one.value, one.reason) for one in composite.contributions),
        *((one.name, one.value, one.reason) for one in composite.multipliers),
        *((one.name, one.value, one.reason) for one in composite.parts),
    ]
    reasons = {
        name: reason or Reason("no_data", {"what": name})
        for name, value, reason in named
        if finite(value) is None
    }
    for name, reason in reasons.items():
        yield MissingShape(name, reason.code, reason.text)
