"""A composite score of many symbols as JSON: ranked, with the reason of each that has none."""

from typing import Any

import msgspec
from msgspec import UNSET, Struct, UnsetType

from bot.http_api.shapes import SCHEMA_VERSION, ReasonShape, finite, reason_shape
from bot.http_api.times import rfc3339
from composite.ranking import RankedScore, Ranking


class RankedShape(Struct, frozen=True):
    """One symbol; a withheld score is null with the ``reason``, and has no ``rank``.

    ``change_day`` is the change of the price over 24 hours, as a share of the earlier price.
    """

    rank: int | None
    symbol: str
    market: str
    score: float | None
    uncertainty: float | None
    coverage: float
    change_day: float | None
    rank_days: float | None
    reason: ReasonShape | UnsetType = UNSET


class RankingShape(Struct, frozen=True):
    """A score of the ``asked`` most traded symbols, or of named ones, from the highest to the lowest.

    ``symbols`` are those that were named, ``basket`` the name that stood for them. ``notes`` tell of guessed ones.
    """

    schema: int
    composite: str
    interval: str
    as_of: str
    bar_close: str
    asked: int
    range: tuple[float, float]
    neutral: float
    rows: tuple[RankedShape, ...]
    notes: tuple[ReasonShape, ...]
    symbols: tuple[str, ...] | UnsetType = UNSET
    basket: str | UnsetType = UNSET


def ranking_answer(ranking: Ranking, notes: tuple[ReasonShape, ...] = ()) -> dict[str, Any]:
    """Return the JSON object of a ranking. Pure."""
    basket = ranking.basket
    shape = RankingShape(
        schema=SCHEMA_VERSION,
        composite=ranking.name,
        interval=ranking.interval,
        as_of=rfc3339(ranking.as_of),
        bar_close=rfc3339(ranking.bar_close),
        asked=ranking.asked,
        range=(ranking.low, ranking.high),
        neutral=ranking.neutral,
        rows=tuple(_ranked(place, row) for place, row in enumerate(ranking.rows, 1)),
        notes=notes,
        symbols=UNSET if basket is None else basket.symbols,
        basket=UNSET if basket is None or basket.name is None else basket.name,
    )
    answer: dict[str, Any] = msgspec.to_builtins(shape)
    return answer


def _ranked(place: int, row: RankedScore) -> RankedShape:
    return RankedShape(
        rank=None if row.score is None else place,
        symbol=row.symbol,
        market=row.market,
        score=finite(row.score),
        uncertainty=finite(row.uncertainty),
        coverage=row.coverage,
        change_day=finite(row.change_day),
        rank_days=finite(row.rank_days),
        reason=UNSET if row.reason is None else reason_shape(row.reason),
    )
