"""The JSON answers as types, from which the answers and the OpenAPI document are made.

Numbers are not rounded, except ages (0.1 s). A number that is not finite is ``null``: JSON has no NaN. Times are
RFC 3339 in UTC with milliseconds.
"""

import math
from collections.abc import Mapping
from typing import Any

import msgspec
import numpy as np
from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace
from numpy.typing import NDArray

from analysis.framework.question import SourceStamp
from analysis.framework.reasons import Message, Reason
from analysis.framework.result import (
    Analysis,
    CoinMatrix,
    CostToAct,
    Group,
    Headline,
    Heatmap,
    Metric,
    OtherTimeframe,
    Scalar,
    Table,
)
from bot.http_api.times import rfc3339

SCHEMA_VERSION = 1
# the module's own name for its score follows this field
BEFORE_SCORE = "price"


class ReasonShape(Struct, frozen=True):
    """Why something is missing: a stable code and an English sentence."""

    code: str
    text: str


class GroupShape(Struct, frozen=True):
    """A group of metrics with one vote; contributions add up to score - neutral."""

    id: str
    signal: float | None
    weight: float
    contribution: float


class MetricShape(Struct, frozen=True):
    """One metric: its raw value with a unit, or null with the reason; ``source`` is a provider beyond the exchange."""

    id: str
    group: str | None
    value: float | None
    unit: str
    signal: float | None
    weight: float
    contribution: float
    as_of: str | None
    reason: ReasonShape | None
    source: str | UnsetType = UNSET


class ScalarShape(Struct, frozen=True):
    """A number for the composites; ``reason`` only where the value is null."""

    name: str
    kind: str
    value: float | None
    horizon_s: float
    half_life_s: float
    quality: float
    se: float | None
    parents: tuple[str, ...]
    as_of: str
    is_final: bool
    reason: ReasonShape | UnsetType = UNSET


class CostShape(Struct, frozen=True):
    """Cost to act in basis points of the position; ``reasons`` for the parts that are null."""

    spread: float | None
    slippage_10k: float | None
    fees: float | None
    funding: float | None
    gross_edge: float | None
    reasons: dict[str, ReasonShape] | UnsetType = UNSET


class MissingShape(Struct, frozen=True):
    """A metric that could not be computed, and why."""

    id: str
    code: str
    text: str


class SourceShape(Struct, frozen=True):
    """A source: the moment its data describe and their age at the answer's ``as_of``, in seconds."""

    name: str
    as_of: str
    age_s: float
    rows: int | None


class HeadlineShape(Struct, frozen=True):
    """A number beside the score, such as crowding or fragility; null with its reasons."""

    name: str
    value: float | None
    range: tuple[float, float]
    neutral: float
    uncertainty: float | None
    coverage: float
    null_reasons: tuple[ReasonShape, ...]


class HeatmapShape(Struct, frozen=True):
    """A quantity over time and price: a row of ``values`` per ``level`` (a price), a number in it per bar's open."""

    id: str
    unit: str
    time: tuple[str, ...]
    level: tuple[float, ...]
    values: tuple[tuple[float | None, ...], ...]


class MatrixShape(Struct, frozen=True):
    """A number for each ordered pair of coins: ``values`` by row and column, null where unknown.

    ``marked`` are the pairs that stand after correction for many tests, all where nothing is tested.
    """

    unit: str
    symbols: tuple[str, ...]
    values: tuple[tuple[float | None, ...], ...]
    marked: tuple[tuple[bool, ...], ...]


class AnalysisShape(Struct, frozen=True):
    """One module's answer; the score appears under the module's own name too, and in the neighbours under it only.

    ``price_change`` holds shares of the price 24 hours and 7 days before, ``null`` where that is not known. ``verdict``
    are the words beside the score, of one that has a direction which way it points; ``heatmaps`` and ``headlines`` are
    absent where the module has none. ``symbols`` are those of a basket, in alphabetical order, and ``basket`` its name
    where it has one; ``symbol`` is then the one whose bars give the answer its time, and there is no price.
    ``matrices`` are numbers pair by pair of coins.
    """

    schema: int
    module: str
    symbol: str
    market: str
    interval: str
    as_of: str
    bar_close: str
    is_final: bool
    computed_at: str
    price: float | None
    price_change: dict[str, float | None]
    score: float | None
    range: tuple[float, float]
    neutral: float
    uncertainty: float | None
    percentile: float | None
    verdict: ReasonShape | None
    coverage: float
    direction: float | None
    multipliers: dict[str, float | None]
    groups: tuple[GroupShape, ...]
    metrics: tuple[MetricShape, ...]
    scalars: tuple[ScalarShape, ...]
    neighbours: tuple[dict[str, Any], ...]
    cost_bps: CostShape | None
    missing: tuple[MissingShape, ...]
    null_reasons: tuple[ReasonShape, ...]
    notes: tuple[ReasonShape, ...]
    sources: tuple[SourceShape, ...]
    config: str
    heatmaps: tuple[HeatmapShape, ...] | UnsetType = UNSET
    headlines: tuple[HeadlineShape, ...] | UnsetType = UNSET
    symbols: tuple[str, ...] | UnsetType = UNSET
    basket: str | UnsetType = UNSET
    matrices: dict[str, MatrixShape] | UnsetType = UNSET


def analysis_answer(analysis: Analysis, notes: tuple[ReasonShape, ...] = ()) -> dict[str, Any]:
    """Return the JSON object of an analysis, with ``notes`` on the question before its own. Pure."""
    shape = _shape(analysis)
    fields: dict[str, Any] = msgspec.to_builtins(replace(shape, notes=notes + shape.notes))
    answer: dict[str, Any] = {}
    for name, value in fields.items():
        answer[name] = value
        if name == "heatmaps":
            answer[name] = [
                drawn | {"values": _json_rows(of.values)}
                for drawn, of in zip(value, analysis.heatmaps, strict=True)
            ]
        if name == BEFORE_SCORE:
            answer |= {analysis.score_name: fields["score"], **analysis.labels}
    return answer | {table.id: table_shape(table) for table in analysis.tables}


def finite(value: float | None) -> float | None:
    """Return the number, ``None`` for NaN and infinity, which JSON does not have."""
    return None if value is None or not math.isfinite(value) else float(value)


def _shape(a: Analysis) -> AnalysisShape:
    return AnalysisShape(
        schema=SCHEMA_VERSION,
        module=a.module,
        symbol=a.symbol,
        market=a.market,
        interval=a.interval,
        as_of=rfc3339(a.as_of),
        bar_close=rfc3339(a.bar_close),
        is_final=a.is_final,
        computed_at=rfc3339(a.computed_at),
        price=finite(a.price) if a.basket is None else None,
        price_change={"24h": finite(a.changes.day), "7d": finite(a.changes.week)},
        score=finite(a.score),
        range=(a.low, a.high),
        neutral=a.neutral,
        uncertainty=finite(a.uncertainty),
        percentile=finite(a.percentile),
        verdict=None if a.verdict is None else reason_shape(a.verdict),
        coverage=a.coverage,
        direction=finite(a.direction),
        multipliers={name: finite(value) for name, value in a.multipliers.items()},
        groups=tuple(_group(group) for group in a.groups),
        metrics=tuple(_metric(metric) for metric in a.metrics),
        scalars=tuple(scalar_shape(scalar) for scalar in a.scalars),
        neighbours=tuple(
            _other_timeframe(a.score_name, other_timeframe) for other_timeframe in a.other_timeframes
        ),
        cost_bps=None if a.cost is None else _cost(a.cost),
        missing=tuple(_missing(metric) for metric in a.missing),
        null_reasons=tuple(reason_shape(reason) for reason in a.null_reasons),
        notes=tuple(reason_shape(reason) for reason in a.notes),
        sources=tuple(source_shape(stamp, a.as_of) for stamp in a.sources),
        config=a.config_hash,
        heatmaps=tuple(_heatmap(heatmap) for heatmap in a.heatmaps) or UNSET,
        headlines=tuple(_headline(headline) for headline in a.headlines) or UNSET,
        symbols=UNSET if a.basket is None else a.basket.symbols,
        basket=UNSET if a.basket is None or a.basket.name is None else a.basket.name,
        matrices={matrix.id: _matrix(matrix) for matrix in a.matrices} or UNSET,
    )


def reason_shape(reason: Message) -> ReasonShape:
    """Return a reason's shape."""
    return ReasonShape(reason.code, reason.text)


def _group(group: Group) -> GroupShape:
    return GroupShape(group.id, finite(group.signal), group.weight, group.contribution)


def _metric(m: Metric) -> MetricShape:
    return MetricShape(
        id=m.id,
        group=m.group,
        value=finite(m.value),
        unit=m.unit,
        signal=finite(m.signal),
        weight=m.weight,
        contribution=m.contribution,
        as_of=None if m.as_of is None else rfc3339(m.as_of),
        reason=None if m.reason is None else reason_shape(m.reason),
        source=UNSET if m.source is None else m.source,
    )


def scalar_shape(s: Scalar) -> ScalarShape:
    """Return a scalar's shape."""
    return ScalarShape(
        name=s.name,
        kind=s.kind,
        value=finite(s.value),
        horizon_s=s.horizon_s,
        half_life_s=s.half_life_s,
        quality=s.quality,
        se=finite(s.se),
        parents=s.parents,
        as_of=rfc3339(s.as_of),
        is_final=s.is_final,
        reason=UNSET if s.reason is None else reason_shape(s.reason),
    )


def table_shape(table: Table) -> dict[str, Any]:
    """Return row to column to number, of a table with one nameless column row to number."""
    rows = [[finite(value) for value in row] for row in table.values.tolist()]
    if table.columns == ("",):
        return {name: row[0] for name, row in zip(table.rows, rows, strict=True)}
    return {
        name: dict(zip(table.columns, row, strict=True)) for name, row in zip(table.rows, rows, strict=True)
    }


def _other_timeframe(score_name: str, other_timeframe: OtherTimeframe) -> dict[str, Any]:
    shape: dict[str, Any] = {"interval": other_timeframe.interval, score_name: finite(other_timeframe.score)}
    if other_timeframe.reason is not None:
        shape["reason"] = msgspec.to_builtins(reason_shape(other_timeframe.reason))
    return shape


def _cost(cost: CostToAct) -> CostShape:
    reasons: Mapping[str, ReasonShape] = {name: reason_shape(reason) for name, reason in cost.reasons.items()}
    return CostShape(
        spread=finite(cost.spread),
        slippage_10k=finite(cost.slippage_10k),
        fees=finite(cost.fees),
        funding=finite(cost.funding),
        gross_edge=finite(cost.gross_edge),
        reasons=dict(reasons) or UNSET,
    )


def _headline(headline: Headline) -> HeadlineShape:
    return HeadlineShape(
        name=headline.name,
        value=finite(headline.value),
        range=(headline.low, headline.high),
        neutral=headline.neutral,
        uncertainty=finite(headline.uncertainty),
        coverage=headline.coverage,
        null_reasons=tuple(reason_shape(reason) for reason in headline.null_reasons),
    )


def _heatmap(heatmap: Heatmap) -> HeatmapShape:
    """Return a heatmap without its values, of which there are up to a hundred thousand: see `_json_rows`."""
    return HeatmapShape(
        id=heatmap.id,
        unit=heatmap.unit,
        time=tuple(rfc3339(int(opened)) for opened in heatmap.time),
        level=tuple(heatmap.level.tolist()),
        values=(),
    )


def _json_rows(values: NDArray[np.float64]) -> msgspec.Raw:
    """Return rows as JSON, ``null`` for NaN and infinity, with no more than one row at a time as Python numbers."""
    return msgspec.Raw(b"[" + b",".join(msgspec.json.encode(row.tolist()) for row in values) + b"]")


def _matrix(matrix: CoinMatrix) -> MatrixShape:
    return MatrixShape(
        matrix.unit,
        matrix.symbols,
        tuple(tuple(finite(value) for value in row) for row in matrix.values.tolist()),
        tuple(tuple(row) for row in matrix.marked.tolist()),
    )


def _missing(metric: Metric) -> MissingShape:
    reason = metric.reason or Reason("no_data", {"what": metric.id})
    return MissingShape(metric.id, reason.code, reason.text)


def source_shape(stamp: SourceStamp, as_of: int) -> SourceShape:
    """Return a source's shape, its age at ``as_of`` (UTC ms)."""
    return SourceShape(stamp.name, rfc3339(stamp.as_of), round((as_of - stamp.as_of) / 1000, 1), stamp.rows)
