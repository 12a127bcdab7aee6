"""What both markets have in common: symbols, bars, tickers, books and trades; and spot, which adds little to that."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol, TypeVar

import numpy as np

from utils.binance_api import schemas, urls
from utils.binance_api.answers import Answer, Depth, with_value
from utils.binance_api.bars import Bars, Series
from utils.binance_api.http.reader import Reader, ReaderParts
from utils.binance_api.klines.reader import KlineReader
from utils.binance_api.klines.store import KlineSeries
from utils.binance_api.quotes.answers import LiveAnswers
from utils.binance_api.schemas import AvgPrice, BookTicker, ExchangeInfo, Ticker24h, TickerPrice
from utils.binance_api.symbols import SymbolTable, symbol_table
from utils.binance_api.trades.agg_trades import AGG_TRADE_ROWS, AggTradeReader, AggTrades, single_trades
from utils.binance_api.trades.tape import TradeRows
from utils.binance_api.urls import Endpoint, Market
from utils.http.errors import Rejected, SourceError
from utils.waiting import step


class Named(Protocol):
    """A row that names its symbol."""

    @property
    def symbol(self) -> str:
        """The symbol."""
        ...


N = TypeVar("N", bound=Named)

SYMBOLS_TTL_S: Final = 3600.0
SYMBOLS_RETRY_S: Final = 60.0
"""Pause after a failed renewal of the symbol table; the old table is used meanwhile."""
SYMBOLS_DOUBTED_S: Final = 300.0
"""Age at which the table is renewed where somebody names a symbol that it lacks, or the exchange refuses one of it."""
SWEEP_TTL_S: Final = 30.0


@dataclass(frozen=True, slots=True)
class Endpoints:
    """The endpoints of one market."""

    time: Endpoint
    exchange_info: Endpoint
    klines: Endpoint
    ticker_24h: Endpoint
    ticker_price: Endpoint
    book_ticker: Endpoint
    depth: Endpoint
    trades: Endpoint
    agg_trades: Endpoint


class MarketReader(Reader):
    """Reads one market, from streams while those are fresh, else over REST; raises ``utils.http.errors``."""

    market: Market
    endpoints: Endpoints

    def __init__(self, parts: ReaderParts, klines: KlineReader, live: LiveAnswers) -> None:
        super().__init__(parts)
        self._klines = klines
        self._live = live
        self._table: SymbolTable | None = None
        self._table_due_s = float("-inf")
        self._table_asked_s = float("-inf")
        self._agg_trades = AggTradeReader(parts, self.endpoints.agg_trades)

    async def exchange_info(self) -> Answer[ExchangeInfo]:
        """Return everything listed; the limiter adopts the announced weight limit."""
        answer = await self._request(self.endpoints.exchange_info, {}, schemas.exchange_info, ttl_s=0.0)
        self._update_limits(self.market, answer.value.rate_limits)
        return answer

    async def symbols(self, *, doubted: bool = False) -> SymbolTable:
        """Return the symbol table, renewed every hour; if that fails, the last one with ``stale`` set.

        One that is ``doubted``, because it lacks what somebody names, is renewed after five minutes already.
        """
        if doubted:
            self._doubt_table()
        if self._table is None or self._parts.clock.monotonic() >= self._table_due_s:
            self._table = await self._renewed(self._table)
        return self._table

    @property
    def known_symbols(self) -> Collection[str] | None:
        """The symbols of the last table, ``None`` before the first was read; sends no request."""
        return None if self._table is None else self._table.rows.keys()

    async def klines(self, symbol: str, interval: str, *, rows: int, as_of: int | None = None) -> Bars:
        """Return the last ``rows`` bars closed before ``as_of`` (ms); by default now, plus the unfinished one."""
        subject = (("symbol", symbol),)
        return await self._bars(self.endpoints.klines, "trade", subject, interval, rows, as_of)

    async def ticker_24h(self, symbol: str) -> Answer[Ticker24h]:
        """Return the statistics of the rolling 24 hours."""
        if (live := self._live.ticker_24h(self.market, symbol)) is not None:
            return live
        endpoint = self.endpoints.ticker_24h
        return await self._request(endpoint, {"symbol": symbol}, schemas.ticker_24h, lambda t: t.close_time)

    async def tickers_24h(self) -> Answer[dict[str, Ticker24h]]:
        """Return the rolling 24 hours of every symbol, cached for 30 s (weight 80 on spot, 40 on futures)."""
        endpoint = self.endpoints.ticker_24h
        answer = await self._request(endpoint, {}, schemas.tickers_24h, ttl_s=SWEEP_TTL_S)
        return await self._by_symbol(answer)

    async def ticker_price(self, symbol: str) -> Answer[TickerPrice]:
        """Return the last price of one symbol."""
        if (live := self._live.ticker_price(self.market, symbol)) is not None:
            return live
        params = {"symbol": symbol}
        return await self._request(
            self.endpoints.ticker_price, params, schemas.ticker_price, lambda t: t.time
        )

    async def ticker_prices(self, symbols: Sequence[str] | None = None) -> Answer[dict[str, TickerPrice]]:
        """Return last prices by symbol, of all symbols or of those named; unknown names are absent.

        All are requested in either case: several cost as much, and one unknown name would be an error.
        """
        answer = await self._request(self.endpoints.ticker_price, {}, schemas.ticker_prices)
        return await self._by_symbol(answer, symbols)

    async def book_ticker(self, symbol: str) -> Answer[BookTicker]:
        """Return best bid and ask of one symbol."""
        if (live := self._live.book_ticker(self.market, symbol)) is not None:
            return live
        params = {"symbol": symbol}
        return await self._request(self.endpoints.book_ticker, params, schemas.book_ticker, lambda t: t.time)

    async def book_tickers(self) -> Answer[dict[str, BookTicker]]:
        """Return best bid and ask of every symbol."""
        answer = await self._request(self.endpoints.book_ticker, {}, schemas.book_tickers)
        return await self._by_symbol(answer)

    async def depth(self, symbol: str, limit: int = 100, *, notional: float | None = None) -> Answer[Depth]:
        """Return at least ``limit`` levels of each side if the book has them (base units, best first).

        With ``notional``, fewer levels suffice if each side holds that many quote units.
        """
        rows = self._depth_limit(limit)
        if (live := self._live.depth(self.market, symbol, rows, notional)) is not None:
            return live
        params: dict[str, str | int] = {"symbol": symbol, "limit": rows}
        answer = await self._request(self.endpoints.depth, params, schemas.depth, lambda d: d.event_time)
        body = answer.value
        bids, asks = (np.array(side, np.float64).reshape(-1, 2) for side in (body.bids, body.asks))
        return with_value(answer, Depth(symbol, body.last_update_id, bids, asks))

    async def trades(self, symbol: str, limit: int = 500) -> Answer[TradeRows]:
        """Return the newest single trades, oldest first; at most 1000."""
        endpoint = self.endpoints.trades
        params: dict[str, str | int] = {"symbol": symbol, "limit": max(1, min(limit, endpoint.max_limit))}
        return single_trades(await self._request(endpoint, params, schemas.trades))

    async def agg_trades(
        self, symbol: str, *, since: int, max_rows: int = AGG_TRADE_ROWS
    ) -> Answer[AggTrades]:
        """Return aggregate trades from ``since`` (ms) to now, the newest ``max_rows`` where there are more.

        Futures keep 24 hours; each 1000 trades cost weight 4 on spot and 20 on futures.
        """
        await self._parts.measure()
        return await self._agg_trades.since(symbol, since, max_rows)

    async def _by_symbol(
        self, answer: Answer[list[N]], symbols: Sequence[str] | None = None
    ) -> Answer[dict[str, N]]:
        """Return the rows by symbol; a market may exclude rows of other products."""
        return by_symbol(answer, symbols)

    def _depth_limit(self, limit: int) -> int:
        return max(1, min(limit, self.endpoints.depth.max_limit))

    async def _bars(
        self,
        endpoint: Endpoint,
        series: Series,
        subject: tuple[tuple[str, str], ...],
        interval: str,
        rows: int,
        as_of: int | None,
    ) -> Bars:
        await self._parts.measure()
        try:
            return await self._klines.read(KlineSeries(endpoint, series, subject, interval), rows, as_of)
        except Rejected as error:
            if error.parameter == "symbol":  # it was listed when the table was read
                self._doubt_table()
            raise

    def _doubt_table(self) -> None:
        self._table_due_s = min(self._table_due_s, self._table_asked_s + SYMBOLS_DOUBTED_S)

    async def _renewed(self, old: SymbolTable | None) -> SymbolTable:
        self._table_asked_s = self._parts.clock.monotonic()
        try:
            with step("symbols"):
                answer = await self.exchange_info()
        except SourceError as error:
            if old is None:
                raise
            self._table_due_s = self._parts.clock.monotonic() + SYMBOLS_RETRY_S
            return replace(old, stale=error.detail)
        self._table_due_s = self._parts.clock.monotonic() + SYMBOLS_TTL_S
        table = symbol_table(answer.value, self.market, answer.as_of)
        return table if old is None else table.remembering(old)


def by_symbol(answer: Answer[list[N]], symbols: Sequence[str] | None = None) -> Answer[dict[str, N]]:
    """Return the rows of an answer by symbol, all or those named."""
    rows = {row.symbol: row for row in answer.value}
    kept = rows if symbols is None else {name: rows[name] for name in symbols if name in rows}
    return with_value(answer, kept)


class SpotMarket(MarketReader):
    """Reads the spot market."""

    market = "spot"
    endpoints = Endpoints(
        time=urls.SPOT_TIME,
        exchange_info=urls.SPOT_EXCHANGE_INFO,
        klines=urls.SPOT_KLINES,
        ticker_24h=urls.SPOT_TICKER_24H,
        ticker_price=urls.SPOT_TICKER_PRICE,
        book_ticker=urls.SPOT_BOOK_TICKER,
        depth=urls.SPOT_DEPTH_BOOK,
        trades=urls.SPOT_TRADES,
        agg_trades=urls.SPOT_AGG_TRADES,
    )

    async def avg_price(self, symbol: str) -> Answer[AvgPrice]:
        """Return the mean price of the last minutes (``mins``, usually five)."""
        if (live := self._live.avg_price(symbol)) is not None:
            return live
        params = {"symbol": symbol}
        return await self._request(urls.SPOT_AVG_PRICE, params, schemas.avg_price, lambda a: a.close_time)
