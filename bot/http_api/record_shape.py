"""The record of a composite score as JSON: what was measured of it, and what happened after each that was published."""

from typing import Any

import msgspec
from msgspec import UNSET, Struct, UnsetType

from analysis.framework.question import Request
from analysis.framework.reasons import Reason
from bot.http_api.shapes import SCHEMA_VERSION, ReasonShape, finite, reason_shape
from bot.http_api.times import rfc3339
from composite.judged import NEEDED, Aftermath, JudgedScore, LiveRecord
from composite.record import Measurement, TrackRecord


class MeasurementShape(Struct, frozen=True):
    """A measured number with its 95 % interval, the same on sign-shuffled returns, and what it has to beat."""

    id: str
    value: float | None
    low: float | None
    high: float | None
    null: float | None
    benchmark: float | None
    reason: ReasonShape | UnsetType = UNSET


class EvidenceShape(Struct, frozen=True):
    """What one variant of the score was worth; ``symbol`` is null for all together.

    ``untested`` are inputs that were never tested.
    """

    tier: str
    variant: str
    symbol: str | None
    interval: str
    horizon_s: float
    since: str
    until: str
    rows: int
    independent: int
    measurements: tuple[MeasurementShape, ...]
    verdict: ReasonShape
    untested: tuple[str, ...]


class AfterShape(Struct, frozen=True):
    """Bought at the open of the next bar and held for the horizon; shares of the price at entry, before costs."""

    entry_time: str
    entry_price: float
    exit_time: str
    exit_price: float
    change: float
    worst: float
    best: float


class PublishedShape(Struct, frozen=True):
    """A score as it was shown; ``score`` is null where it was withheld, ``after`` with the ``reason``."""

    as_of: str
    bar_close: str
    horizon_s: float
    score: float | None
    raw: float | None
    uncertainty: float | None
    coverage: float
    method: str
    config: str
    after: AfterShape | None
    reason: ReasonShape | UnsetType = UNSET


class LiveShape(Struct, frozen=True):
    """How many scores were published, withheld, judged, and judged over horizons that do not overlap.

    There is no verdict from them before ``needed`` of the last.
    """

    published: int
    withheld: int
    judged: int
    independent: int
    needed: int


class RecordShape(Struct, frozen=True):
    """The record of a score; ``missing`` says why published scores could not be read."""

    schema: int
    composite: str
    symbol: str
    market: str
    interval: str
    as_of: str
    evidence: tuple[EvidenceShape, ...]
    live: LiveShape | None
    published: tuple[PublishedShape, ...]
    notes: tuple[ReasonShape, ...]
    missing: ReasonShape | UnsetType = UNSET
    symbols: tuple[str, ...] | UnsetType = UNSET
    basket: str | UnsetType = UNSET


def record_answer(
    name: str,
    request: Request,
    as_of: int,
    evidence: tuple[TrackRecord, ...],
    live: LiveRecord | Reason,
    notes: tuple[ReasonShape, ...] = (),
) -> dict[str, Any]:
    """Return the JSON object of a score's record as of a moment (UTC ms). Pure."""
    basket = request.basket
    shape = RecordShape(
        schema=SCHEMA_VERSION,
        composite=name,
        symbol=request.symbol,
        market=request.market,
        interval=request.interval,
        as_of=rfc3339(as_of),
        evidence=tuple(map(_evidence, evidence)),
        live=None if isinstance(live, Reason) else _live(live),
        published=() if isinstance(live, Reason) else tuple(map(_published, live.scores)),
        notes=notes,
        missing=reason_shape(live) if isinstance(live, Reason) else UNSET,
        symbols=UNSET if basket is None else basket.symbols,
        basket=UNSET if basket is None or basket.name is None else basket.name,
    )
    answer: dict[str, Any] = msgspec.to_builtins(shape)
    return answer


def _evidence(one: TrackRecord) -> EvidenceShape:
    return EvidenceShape(
        tier=one.tier,
        variant=one.variant,
        symbol=one.symbol,
        interval=one.interval,
        horizon_s=one.horizon_s,
        since=rfc3339(one.since),
        until=rfc3339(one.until),
        rows=one.rows,
        independent=one.independent,
        measurements=tuple(map(_measurement, one.measurements)),
        verdict=reason_shape(one.verdict),
        untested=one.untested,
    )


def _measurement(one: Measurement) -> MeasurementShape:
    return MeasurementShape(
        id=one.id,
        value=finite(one.value),
        low=finite(one.low),
        high=finite(one.high),
        null=finite(one.null),
        benchmark=finite(one.benchmark),
        reason=UNSET if one.reason is None else reason_shape(one.reason),
    )


def _live(live: LiveRecord) -> LiveShape:
    return LiveShape(len(live.scores), live.withheld, len(live.judged), live.independent, NEEDED)


def _published(one: JudgedScore) -> PublishedShape:
    row, after = one.row, one.after
    return PublishedShape(
        as_of=rfc3339(row.as_of),
        bar_close=rfc3339(row.bar_close),
        horizon_s=row.horizon_s,
        score=row.score,
        raw=row.raw,
        uncertainty=row.uncertainty,
        coverage=row.coverage,
        method=row.method,
        config=row.config_hash,
        after=None if isinstance(after, Reason) else _after(after),
        reason=reason_shape(after) if isinstance(after, Reason) else UNSET,
    )


def _after(after: Aftermath) -> AfterShape:
    return AfterShape(
        entry_time=rfc3339(after.entry_time),
        entry_price=after.entry_price,
        exit_time=rfc3339(after.exit_time),
        exit_price=after.exit_price,
        change=after.change,
        worst=after.worst,
        best=after.best,
    )
