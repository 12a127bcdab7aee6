"""Positioning statistics of USD-M futures, which the exchange keeps for 30 days: open interest, ratios, basis."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from utils.binance_api import urls
from utils.binance_api.answers import Answer
from utils.binance_api.http.reader import Reader, ReaderParts
from utils.binance_api.intervals import SHORTEST_MS
from utils.binance_api.positioning import schemas
from utils.binance_api.positioning.kept import (
    NEWEST_TTL_S,
    SETTLED_MS,
    KeptHistories,
    KeptHistory,
    Span,
    history_read,
)
from utils.binance_api.positioning.rows import (
    BasisHistory,
    OpenInterestHistory,
    RatioHistory,
    Statistic,
    TakerHistory,
)
from utils.binance_api.positioning.schemas import (
    BasisRow,
    OpenInterestRow,
    RatioRow,
    StatisticRow,
    TakerRow,
)
from utils.binance_api.urls import Endpoint
from utils.binance_api.weights import Params
from utils.binance_api.wire import Decodes
from utils.http.errors import Rejected, Unavailable
from utils.units import DAY_MS

R = TypeVar("R", bound=StatisticRow)
S = TypeVar("S", bound=Statistic)
Stamps = NDArray[np.int64]

PERIODS: Final = ("5m", "15m", "30m", "1h", "2h", "4h", "6h", "12h", "1d")
"""Values of the ``period`` parameter of ``futures/data``."""
KEPT_MS: Final = 29 * DAY_MS
"""Longest history requested: the exchange rejects times older than 30 days; one day is a margin."""
PAST_TTL_S: Final = 3600.0
"""Age from which a page that a past moment needs is requested again, unless it is so young that rows may still come."""


@dataclass(frozen=True, slots=True)
class Kind(Generic[R, S]):
    """One statistic: its endpoint and decoder, and whether rows are stamped at the start of their period."""

    endpoint: Endpoint
    decoder: Decodes[list[R]]
    build: Callable[[str, str, Stamps, Stamps, Sequence[R]], S]
    starts: bool = False


def _column(rows: Sequence[Any], name: str) -> NDArray[np.float64]:
    values = (getattr(row, name) for row in rows)
    return np.array([np.nan if value is None else value for value in values], np.float64)


def _columns(rows: Sequence[Any], *names: str) -> tuple[NDArray[np.float64], ...]:
    return tuple(_column(rows, name) for name in names)


def _open_interest(
    symbol: str, period: str, stamp: Stamps, known: Stamps, rows: Sequence[OpenInterestRow]
) -> OpenInterestHistory:
    amount, value, supply = _columns(rows, "sum_open_interest", "sum_open_interest_value", "supply")
    supply[supply == 0] = np.nan  # sent for a coin of unknown supply
    return OpenInterestHistory(symbol, period, stamp, known, amount, value, supply)


def _ratio(symbol: str, period: str, stamp: Stamps, known: Stamps, rows: Sequence[RatioRow]) -> RatioHistory:
    columns = _columns(rows, "long_short_ratio", "long_account", "short_account")
    return RatioHistory(symbol, period, stamp, known, *columns)


def _taker(symbol: str, period: str, stamp: Stamps, known: Stamps, rows: Sequence[TakerRow]) -> TakerHistory:
    columns = _columns(rows, "buy_sell_ratio", "buy_vol", "sell_vol")
    return TakerHistory(symbol, period, stamp, known, *columns)


def _basis(symbol: str, period: str, stamp: Stamps, known: Stamps, rows: Sequence[BasisRow]) -> BasisHistory:
    columns = _columns(rows, "index_price", "futures_price", "basis", "basis_rate")
    return BasisHistory(symbol, period, stamp, known, *columns)


OPEN_INTEREST = Kind(urls.OPEN_INTEREST_HISTORY, schemas.open_interest, _open_interest)
GLOBAL_ACCOUNTS = Kind(urls.GLOBAL_ACCOUNT_RATIO, schemas.ratio, _ratio)
TOP_ACCOUNTS = Kind(urls.TOP_ACCOUNT_RATIO, schemas.ratio, _ratio)
TOP_POSITIONS = Kind(urls.TOP_POSITION_RATIO, schemas.ratio, _ratio)
TAKER = Kind(urls.TAKER_RATIO, schemas.taker, _taker, starts=True)
BASIS = Kind(urls.BASIS, schemas.basis, _basis)


class Statistics(Reader):
    """Reads positioning statistics: the last ``rows`` rows of a ``period`` known at ``as_of`` (ms, default now).

    Fewer rows are returned if the listing or the 30 days begin later. All methods
    raise the errors of :mod:`utils.http.errors`, ``Unavailable`` for times older than what the exchange keeps,
    and ``ValueError`` for ``rows`` below 1.
    """

    def __init__(self, parts: ReaderParts, *, cached: bool = True) -> None:
        super().__init__(parts, cached=cached)
        self._kept = KeptHistories()

    def uncached(self) -> "Statistics":
        """Return a reader without a cache, for a caller that reads every page once."""
        return Statistics(self._parts, cached=False)

    async def open_interest(
        self, symbol: str, period: str, *, rows: int = 30, as_of: int | None = None
    ) -> Answer[OpenInterestHistory]:
        """Return open interest in base and quote units, with the circulating supply the exchange adds."""
        return await self._history(OPEN_INTEREST, {"symbol": symbol}, period, rows, as_of)

    async def global_accounts(
        self, symbol: str, period: str, *, rows: int = 30, as_of: int | None = None
    ) -> Answer[RatioHistory]:
        """Return long against short accounts of everyone."""
        return await self._history(GLOBAL_ACCOUNTS, {"symbol": symbol}, period, rows, as_of)

    async def top_accounts(
        self, symbol: str, period: str, *, rows: int = 30, as_of: int | None = None
    ) -> Answer[RatioHistory]:
        """Return long against short accounts of the top 20 % by margin balance."""
        return await self._history(TOP_ACCOUNTS, {"symbol": symbol}, period, rows, as_of)

    async def top_positions(
        self, symbol: str, period: str, *, rows: int = 30, as_of: int | None = None
    ) -> Answer[RatioHistory]:
        """Return long against short positions, by size, of the top 20 % by margin balance."""
        return await self._history(TOP_POSITIONS, {"symbol": symbol}, period, rows, as_of)

    async def taker_volume(
        self, symbol: str, period: str, *, rows: int = 30, as_of: int | None = None
    ) -> Answer[TakerHistory]:
        """Return taker buy and sell volume; a row is known one period after its stamp."""
        return await self._history(TAKER, {"symbol": symbol}, period, rows, as_of)

    async def basis(
        self,
        pair: str,
        period: str,
        *,
        rows: int = 30,
        contract: str = "PERPETUAL",
        as_of: int | None = None,
    ) -> Answer[BasisHistory]:
        """Return the distance of a pair's contract from its index."""
        subject = {"pair": pair, "contractType": contract}
        return await self._history(BASIS, subject, period, rows, as_of)

    async def _history(
        self, kind: Kind[R, S], subject: Params, period: str, rows: int, as_of: int | None
    ) -> Answer[S]:
        if rows < 1:
            raise ValueError(f"rows is {rows}, ask for at least 1")
        if period not in PERIODS:
            detail = f"period {period[:16]!r} is none of {', '.join(PERIODS)}"
            raise Rejected(kind.endpoint.source, detail, parameter="period")
        await self._parts.measure()
        asked = {**subject, "period": period}
        if as_of is None and self._cached:
            return await self._now(kind, asked, rows)
        now = self._parts.offset.now_ms()
        moment = now if as_of is None else min(as_of, now)
        span = _span(kind, period, rows, moment, now)
        limit = kind.endpoint.max_limit
        newest = self._newest(kind, rows) if as_of is None else None
        answers = await self._pages(
            kind, asked, newest or windows(span.first, span.last, span.step, limit), now
        )
        history = _history_of(kind, asked, answers, span.lag).known(moment).tail(rows)
        return _answer(kind, history, min(a.as_of for a in answers), max(a.fetched_at for a in answers))

    async def _now(self, kind: Kind[R, S], asked: Params, rows: int) -> Answer[S]:
        """Return what is known now; only what can have come since the last request is requested."""
        now, now_s = self._parts.offset.now_ms(), self._parts.clock.monotonic()
        span = _span(kind, str(asked["period"]), rows, now, now)
        key = (kind.endpoint.source, *sorted(asked.items()))
        kept: KeptHistory[S] | None = self._kept.find(key, span.first, now_s)
        if kept is None or not kept.answers(span, now_s):
            missing = span if kept is None else span.after(kept.final)
            newest = self._newest(kind, rows) if kept is None else None
            answers = await self._pages(
                kind, asked, newest or _rest(missing, kind.endpoint.max_limit), now, kept_s=0.0
            )
            found = _history_of(kind, asked, answers, span.lag).known(now)
            sent_at, fetched_at = min(a.as_of for a in answers), max(a.fetched_at for a in answers)
            read = history_read(found, missing, now_s, sent_at, fetched_at)
            kept = self._kept.add(key, read, span.step, _oldest(now, span.step))
        history = kept.rows.since(span.first) if rows >= kind.endpoint.max_limit else kept.rows
        return _answer(kind, history.tail(rows), kept.sent_at, kept.fetched_at)

    def _newest(self, kind: Kind[R, S], rows: int) -> list[dict[str, int]] | None:
        """Return one page without times if that suffices; one row more, as the unfinished one may be included."""
        most = kind.endpoint.max_limit
        return [{"limit": rows + 1}] if rows < most else None

    async def _pages(
        self,
        kind: Kind[R, S],
        asked: Params,
        pages: Sequence[Params],
        now: int,
        *,
        kept_s: float | None = None,
    ) -> list[Answer[list[R]]]:
        """Request pages together, each kept for ``kept_s`` seconds, by default for as long as nothing changes in it."""

        async def page(params: Params) -> Answer[list[R]]:
            end = int(params.get("endTime", now))
            usual_s = PAST_TTL_S if end < now - SETTLED_MS else NEWEST_TTL_S
            ttl_s = usual_s if kept_s is None else kept_s
            return await self._request(kind.endpoint, {**asked, **params}, kind.decoder, ttl_s=ttl_s)

        return await asyncio.gather(*map(page, pages))


def _span(kind: Kind[R, S], period: str, rows: int, moment: int, now: int) -> Span:
    """Return the stamps of the last ``rows`` rows known at ``moment`` (ms) that the exchange still keeps."""
    step = SHORTEST_MS[period]
    lag = step if kind.starts else 0
    oldest, newest = _oldest(now, step), (moment - lag) // step * step
    if newest < oldest:
        detail = "the exchange keeps this statistic for 30 days; older moments come from our own store"
        raise Unavailable(kind.endpoint.source, detail)
    return Span(max(oldest, newest - (rows - 1) * step), newest, step, lag)


def _oldest(now: int, step: int) -> int:
    """Return the oldest stamp that is requested (ms)."""
    return -((KEPT_MS - now) // step) * step


def _rest(span: Span, limit: int) -> list[dict[str, int]]:
    """Return the parameters of as few pages as cover a span, oldest first."""
    page = span.step * limit
    return [
        {"limit": limit, "startTime": start, "endTime": min(start + page - span.step, span.last)}
        for start in range(span.first, span.last + 1, page)
    ]


def windows(first: int, last: int, step: int, limit: int) -> list[dict[str, int]]:
    """Return the parameters of pages covering ``first`` to ``last`` (ms, multiples of ``step``), oldest first.

    Pages lie on a fixed grid with at most ``limit`` rows each, so that equal pages are cached and it does not matter
    from which end the exchange truncates.
    """
    span = step * limit
    starts = range(first // span * span, last + 1, span)
    return [
        {
            "limit": limit,
            "startTime": max(start, first),
            "endTime": min(start + span - 1, last),
        }
        for start in starts
    ]


def _history_of(kind: Kind[R, S], asked: Params, answers: Sequence[Answer[list[R]]], lag: int) -> S:
    """Return the rows of pages in order of their stamps, each stamp once."""
    by_stamp = {row.timestamp: row for answer in answers for row in answer.value}
    ordered = [by_stamp[stamp] for stamp in sorted(by_stamp)]
    stamp = np.array([row.timestamp for row in ordered], np.int64)
    return kind.build(str(next(iter(asked.values()))), str(asked["period"]), stamp, stamp + lag, ordered)


def _answer(kind: Kind[R, S], history: S, sent_at: int, fetched_at: int) -> Answer[S]:
    """Return a history as of its newest row, an empty one as of its request (ms)."""
    as_of = int(history.known_at[-1]) if len(history) else sent_at
    return Answer(history, as_of, kind.endpoint.source, fetched_at)
