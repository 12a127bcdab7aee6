"""REST's answers told from streams and local books, where those are warm and fresh; ``None`` where REST must say it."""

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from utils.binance_api.answers import Answer, Depth, with_value
from utils.binance_api.book.book import OrderBook
from utils.binance_api.book.ladder import Level
from utils.binance_api.book.live import LiveBook, LiveBooks
from utils.binance_api.book.state import BookNotReady
from utils.binance_api.quotes.live import LiveQuotes
from utils.binance_api.schemas import AvgPrice, BookTicker, PremiumIndex, Ticker24h, TickerPrice
from utils.binance_api.streams.events import AvgPrice as AvgPriceEvent
from utils.binance_api.streams.events import MarkPrice, Ticker
from utils.binance_api.touch import BASIS_POINTS
from utils.binance_api.urls import Market

BOOK_FRESH_MS: Final = 5000
"""Age of a book's newest update; only changes are sent, so a quiet symbol's book is read over REST."""


class LiveAnswers:
    """What is known without asking; ``market_ms`` is exchange time. ``as_of`` is the exchange's event time."""

    def __init__(self, quotes: LiveQuotes, books: LiveBooks, market_ms: Callable[[], int]) -> None:
        self._quotes = quotes
        self._books = books
        self._market_ms = market_ms

    def ticker_24h(self, market: Market, symbol: str) -> Answer[Ticker24h] | None:
        """Return the rolling 24 hours; the stream's best quotes are not read."""
        told = self._ticker(market, symbol)
        return None if told is None else with_value(told, _day(told.value))

    def ticker_price(self, market: Market, symbol: str) -> Answer[TickerPrice] | None:
        """Return the last price."""
        told = self._ticker(market, symbol)
        return None if told is None else with_value(told, TickerPrice(symbol, told.value.close, told.as_of))

    def avg_price(self, symbol: str) -> Answer[AvgPrice] | None:
        """Return the mean price of the last minutes, on spot."""
        quote = self._quotes.peek("spot", symbol)
        told = None if quote is None else quote.newest(AvgPriceEvent)
        if told is None or (minutes := told.value.minutes) is None:
            return None
        return with_value(told, AvgPrice(minutes, told.value.price, told.value.trade_ms))

    def premium_index(self, symbol: str) -> Answer[PremiumIndex] | None:
        """Return mark, index and running funding of a perpetual, without the interest rate, which no stream tells."""
        quote = self._quotes.peek("futures", symbol)
        told = None if quote is None else quote.newest(MarkPrice)
        if told is None or told.value.funding_rate is None:
            return None
        mark, rate = told.value, told.value.funding_rate
        figures = (mark.mark, mark.index, rate, mark.next_funding_ms, mark.event_ms)
        return with_value(told, PremiumIndex(symbol, *figures, interest_rate=None))

    def book_ticker(self, market: Market, symbol: str) -> Answer[BookTicker] | None:
        """Return the best quotes of the local book or of the best levels told."""
        known = self._best_levels(market, symbol, 1)
        if known is None or not len(known.value.bids) or not len(known.value.asks):
            return None
        (bid, bid_quantity), (ask, ask_quantity) = known.value.bids[0], known.value.asks[0]
        sides = (float(bid), float(bid_quantity), float(ask), float(ask_quantity))
        return with_value(known, BookTicker(symbol, *sides, time=known.as_of))

    def depth(self, market: Market, symbol: str, limit: int, notional: float | None) -> Answer[Depth] | None:
        """Return the best levels of the local book, or of the 20 told, as far as they are certain.

        ``None`` when those are less than ``limit`` and a side of them holds less than ``notional`` quote units.
        """
        known = self._best_levels(market, symbol, limit, notional)
        return known if known is not None and _enough(known.value, limit, notional) else None

    def _best_levels(
        self, market: Market, symbol: str, limit: int, notional: float | None = None
    ) -> Answer[Depth] | None:
        """Return what the local book knows if that is enough, else the levels told."""
        book = self._book_levels(market, symbol, limit)
        if book is not None and _enough(book.value, limit, notional):
            return book
        quote = self._quotes.peek(market, symbol)
        told = None if quote is None else quote.levels()
        if told is None:
            return None
        body = told.value
        bids, asks = _side(body.bids[:limit]), _side(body.asks[:limit])
        return with_value(told, Depth(symbol, body.last_update_id, bids, asks))

    def _book_levels(self, market: Market, symbol: str, limit: int) -> Answer[Depth] | None:
        kept = self._book(market, symbol)
        if kept is None or kept.value.local_id is None:
            return None
        try:
            bids, asks = _certain(kept.value, limit)
        except BookNotReady:
            return None
        return with_value(kept, Depth(symbol, kept.value.local_id, _side(bids), _side(asks)))

    def _ticker(self, market: Market, symbol: str) -> Answer[Ticker] | None:
        quote = self._quotes.peek(market, symbol)
        return None if quote is None else quote.newest(Ticker)

    def _book(self, market: Market, symbol: str) -> Answer[OrderBook] | None:
        live: LiveBook | None = self._books.peek(market, symbol)
        stamp = None if live is None else live.book.event_ms
        if live is None or stamp is None or live.book.reason is not None:
            return None
        now = self._market_ms()
        if abs(now - stamp) > BOOK_FRESH_MS:
            return None
        return Answer(live.book, stamp, f"binance.{market}.stream.depth", now)


def _certain(book: OrderBook, limit: int) -> tuple[list[Level], list[Level]]:
    """Return (bids, asks) among which none can be missing: beyond the snapshot only changed levels are known."""
    bids, asks = book.top(limit)
    mid = book.best().mid
    away = mid * book.reach_bps() / BASIS_POINTS
    return [row for row in bids if mid - row[0] <= away], [row for row in asks if row[0] - mid <= away]


def _enough(known: Depth, limit: int, notional: float | None) -> bool:
    """Whether both sides are as long as asked for, or hold the notional (quote units)."""
    if min(len(known.bids), len(known.asks)) >= limit:
        return True
    held = min(float(side.prod(axis=1).sum()) for side in (known.bids, known.asks))
    return notional is not None and held >= notional


def _side(levels: Sequence[Level]) -> NDArray[np.float64]:
    return np.array(levels, np.float64).reshape(-1, 2)


def _day(told: Ticker) -> Ticker24h:
    return Ticker24h(
        symbol=told.symbol,
        price_change=told.change,
        price_change_percent=told.change_percent,
        weighted_avg_price=told.weighted_average,
        last_price=told.close,
        open_price=told.open,
        high_price=told.high,
        low_price=told.low,
        volume=told.volume,
        quote_volume=told.quote_volume,
        open_time=told.open_ms,
        close_time=told.close_ms,
        count=told.trades,
    )
