"""The USD-M futures market: perpetuals, their mark, index and premium, and their funding."""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from utils.binance_api import schemas, urls
from utils.binance_api.answers import Answer, with_value
from utils.binance_api.bars import Bars
from utils.binance_api.faces.market import Endpoints, MarketReader, N, by_symbol
from utils.binance_api.http.reader import ReaderParts
from utils.binance_api.klines.reader import KlineReader
from utils.binance_api.positioning.settled_funding import SettledFundingCache
from utils.binance_api.quotes.answers import LiveAnswers
from utils.binance_api.schemas import ExchangeInfo, FundingInfo, FundingRate, OpenInterest, PremiumIndex
from utils.binance_api.symbols import CURRENT_QUARTER, SymbolTable, symbol_table

FUNDING_TTL_S: Final = 30.0
FUNDING_INFO_TTL_S: Final = 600.0
"""Intervals may change within hours (SOLUSDT on 2022-11-10 went from 8 h to 2 h)."""
DEFAULT_FUNDING_HOURS: Final = 8


class FuturesMarket(MarketReader):
    """Reads the USD-M futures market."""

    market = "futures"
    endpoints = Endpoints(
        time=urls.FUTURES_TIME,
        exchange_info=urls.FUTURES_EXCHANGE_INFO,
        klines=urls.FUTURES_TRADE_KLINES,
        ticker_24h=urls.FUTURES_TICKER_24H,
        ticker_price=urls.FUTURES_TICKER_PRICE,
        book_ticker=urls.FUTURES_BOOK_TICKER,
        depth=urls.FUTURES_DEPTH_BOOK,
        trades=urls.FUTURES_TRADES,
        agg_trades=urls.FUTURES_AGG_TRADES,
    )

    def __init__(self, parts: ReaderParts, klines: KlineReader, live: LiveAnswers) -> None:
        super().__init__(parts, klines, live)
        self._settled = SettledFundingCache()
        self._deliveries = dict[str, int]()

    async def mark_klines(self, symbol: str, interval: str, *, rows: int, as_of: int | None = None) -> Bars:
        """Return bars of the mark price; see :meth:`klines`."""
        subject = (("symbol", symbol),)
        return await self._bars(urls.FUTURES_MARK_KLINES, "mark", subject, interval, rows, as_of)

    async def index_klines(self, pair: str, interval: str, *, rows: int, as_of: int | None = None) -> Bars:
        """Return bars of the index price of a pair; see :meth:`klines`."""
        subject = (("pair", pair),)
        return await self._bars(urls.FUTURES_INDEX_KLINES, "index", subject, interval, rows, as_of)

    async def premium_klines(
        self, symbol: str, interval: str, *, rows: int, as_of: int | None = None
    ) -> Bars:
        """Return bars of the premium index (a fraction, may be negative); see :meth:`klines`."""
        subject = (("symbol", symbol),)
        return await self._bars(urls.FUTURES_PREMIUM_KLINES, "premium", subject, interval, rows, as_of)

    async def continuous_klines(
        self, pair: str, interval: str, *, rows: int, contract: str = "PERPETUAL", as_of: int | None = None
    ) -> Bars:
        """Return bars of the contract of a pair that is current at each time; see :meth:`klines`."""
        subject = (("pair", pair), ("contractType", contract))
        return await self._bars(urls.FUTURES_CONTINUOUS_KLINES, "continuous", subject, interval, rows, as_of)

    async def premium_index(self, symbol: str) -> Answer[PremiumIndex]:
        """Return mark and index price and the running rate of the coming settlement."""
        if (live := self._live.premium_index(symbol)) is not None:
            return live
        params = {"symbol": symbol}
        return await self._request(
            urls.FUTURES_PREMIUM_INDEX, params, schemas.premium_index, lambda p: p.time
        )

    async def premium_indexes(self) -> Answer[dict[str, PremiumIndex]]:
        """Return mark, index and running rate of every perpetual."""
        answer = await self._request(urls.FUTURES_PREMIUM_INDEX, {}, schemas.premium_rows)
        funded = [msgspec.convert(r, PremiumIndex, from_attributes=True) for r in answer.value if r.perpetual]
        return await self._by_symbol(with_value(answer, funded))

    async def funding_rates(
        self, symbol: str, *, start: int | None = None, end: int | None = None, limit: int = 200
    ) -> Answer[list[FundingRate]]:
        """Return settled funding, ascending, from ``start`` to ``end`` (ms); without times the newest ``limit``.

        ``limit`` is at most 1000; with ``start`` the oldest rows come first, so page by the last time + 1.
        """
        endpoint = urls.FUTURES_FUNDING_RATE
        params: dict[str, str | int] = {"symbol": symbol, "limit": max(1, min(limit, endpoint.max_limit))}
        params |= {} if start is None else {"startTime": start}
        params |= {} if end is None else {"endTime": end}
        return await self._request(endpoint, params, schemas.funding_rates, ttl_s=FUNDING_TTL_S)

    async def settled_funding(self, symbol: str, limit: int) -> Answer[list[FundingRate]]:
        """Return the newest ``limit`` settlements, ascending; each is requested once."""
        mark, now_ms = self._live.premium_index(symbol), self._parts.offset.now_ms()
        next_ms = None if mark is None else mark.value.next_funding_time
        if (known := self._settled.recall(symbol, limit, next_ms, now_ms)) is not None:
            return known
        last = self._settled.last(symbol, limit)
        if last is not None:
            most = urls.FUTURES_FUNDING_RATE.max_limit
            newer = await self.funding_rates(symbol, start=last + 1, limit=most)
            if len(newer.value) < most and self._settled.last(symbol, limit) == last:
                return self._settled.extended(symbol, limit, next_ms, newer)
        read = await self.funding_rates(symbol, limit=limit)
        self._settled.keep(symbol, limit, next_ms, read)
        return read

    async def funding_info(self) -> Answer[dict[str, FundingInfo]]:
        """Return the symbols whose funding interval or bounds were adjusted; all others settle every 8 hours."""
        endpoint = urls.FUTURES_FUNDING_INFO
        answer = await self._request(endpoint, {}, schemas.funding_info, ttl_s=FUNDING_INFO_TTL_S)
        return by_symbol(answer)

    async def funding_interval_hours(self, symbol: str) -> Answer[int]:
        """Return the current number of hours between two settlements of a symbol."""
        answer = await self.funding_info()
        row = answer.value.get(symbol)
        return with_value(answer, row.funding_interval_hours if row else DEFAULT_FUNDING_HOURS)

    async def open_interest(self, symbol: str) -> Answer[OpenInterest]:
        """Return the open contracts now, in base units; their history is in ``statistics``."""
        params = {"symbol": symbol}
        return await self._request(
            urls.FUTURES_OPEN_INTEREST, params, schemas.open_interest, lambda o: o.time
        )

    async def exchange_info(self) -> Answer[ExchangeInfo]:
        """Return everything listed, and remember when quarterly futures are delivered; see `MarketReader`."""
        answer = await super().exchange_info()
        self._deliveries = {
            row.base_asset + row.quote_asset: row.delivery_date
            for row in answer.value.symbols
            if row.contract_type == CURRENT_QUARTER
        }
        return answer

    async def quarterly_deliveries(self) -> Mapping[str, int]:
        """Return when the current quarterly future of each pair that has one is delivered (UTC ms), as listed.

        They are as old as the symbol table, which is doubted once a delivery has passed.
        """
        now_ms = self._parts.offset.now_ms()
        await self.symbols(doubted=any(at <= now_ms for at in self._deliveries.values()))
        return self._deliveries

    async def tradfi_symbols(self) -> SymbolTable:
        """Return the perpetuals on stocks, metals and the like, which all other answers exclude."""
        answer = await self.exchange_info()
        return symbol_table(answer.value, "futures", answer.as_of, contract="TRADIFI_PERPETUAL")

    async def _by_symbol(
        self, answer: Answer[list[N]], symbols: Sequence[str] | None = None
    ) -> Answer[dict[str, N]]:
        """Return the rows of listed perpetuals; the exchange's answers also contain dated, COIN-M and TradFi ones."""
        if symbols is not None:
            return by_symbol(answer, symbols)
        listed = (await self.symbols()).rows
        return with_value(answer, {row.symbol: row for row in answer.value if row.symbol in listed})

    def _depth_limit(self, limit: int) -> int:
        allowed = urls.FUTURES_DEPTH_LIMITS
        return next((size for size in allowed if size >= limit), allowed[-1])
