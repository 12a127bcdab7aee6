"""REST answers built from streams and local books while those are fresh; ``None`` where REST must be asked."""

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from utils.binance_api.answers import Answer, Depth, with_value
from utils.binance_api.book.book import OrderBook
from utils.binance_api.book.ladder import Level
from utils.binance_api.book.live import LiveBook, LiveBooks
from utils.binance_api.book.state import BookNotReady
from utils.binance_api.quotes.live import LiveTickers
from utils.binance_api.schemas import AvgPrice, BookTicker, PremiumIndex, Ticker24h, TickerPrice
from utils.binance_api.streams.events import AvgPriceUpdate, MarkPrice, Ticker
from utils.binance_api.urls import Market
from utils.units import BASIS_POINTS

BOOK_FRESH_MS: Final = 5000
"""Greatest age of a book's newest update; a book without changes for longer is read over REST."""


class LiveAnswers:
    """Answers without a request; ``market_ms`` is exchange time. ``as_of`` is the exchange's event time."""

    def __init__(self, quotes: LiveTickers, books: LiveBooks, market_ms: Callable[[], int]) -> None:
        self._quotes = quotes
        self._books = books
        self._market_ms = market_ms

    def ticker_24h(self, market: Market, symbol: str) -> Answer[Ticker24h] | None:
        """Return the rolling 24 hours, without the stream's best quotes."""
        received = self._ticker(market, symbol)
        return None if received is None else with_value(received, _day(received.value))

    def ticker_price(self, market: Market, symbol: str) -> Answer[TickerPrice] | None:
        """Return the last price."""
        received = self._ticker(market, symbol)
        return (
            None
            if received is None
            else with_value(received, TickerPrice(symbol, received.value.close, received.as_of))
        )

    def avg_price(self, symbol: str) -> Answer[AvgPrice] | None:
        """Return the mean price of the last minutes, on spot."""
        quote = self._quotes.peek(("spot", symbol))
        received = None if quote is None else quote.newest(AvgPriceUpdate)
        if received is None or (minutes := _minutes(received.value.interval)) is None:
            return None
        return with_value(received, AvgPrice(minutes, received.value.price, received.value.trade_ms))

    def premium_index(self, symbol: str) -> Answer[PremiumIndex] | None:
        """Return mark, index and running funding of a perpetual, without the interest rate, which no stream has."""
        quote = self._quotes.peek(("futures", symbol))
        received = None if quote is None else quote.newest(MarkPrice)
        if received is None or received.value.funding_rate is None:
            return None
        mark, rate = received.value, received.value.funding_rate
        figures = (mark.mark, mark.index, rate, mark.next_funding_ms, mark.event_ms)
        return with_value(received, PremiumIndex(symbol, *figures, interest_rate=None))

    def book_ticker(self, market: Market, symbol: str) -> Answer[BookTicker] | None:
        """Return the best quotes of the local book or of the stream of best levels."""
        known = self._best_levels(market, symbol, 1)
        if known is None or not len(known.value.bids) or not len(known.value.asks):
            return None
        (bid, bid_quantity), (ask, ask_quantity) = known.value.bids[0], known.value.asks[0]
        sides = (float(bid), float(bid_quantity), float(ask), float(ask_quantity))
        return with_value(known, BookTicker(symbol, *sides, time=known.as_of))

    def depth(self, market: Market, symbol: str, limit: int, notional: float | None) -> Answer[Depth] | None:
        """Return the known levels of the local book, or the 20 levels of their stream.

        ``None`` if those are fewer than ``limit`` and a side of them holds less than ``notional`` quote units.
        """
        known = self._best_levels(market, symbol, limit, notional)
        return known if known is not None and _enough(known.value, limit, notional) else None

    def _best_levels(
        self, market: Market, symbol: str, limit: int, notional: float | None = None
    ) -> Answer[Depth] | None:
        """Return the known levels of the local book if they suffice, else those of the stream of best levels."""
        book = self._book_levels(market, symbol, limit)
        if book is not None and _enough(book.value, limit, notional):
            return book
        quote = self._quotes.peek((market, symbol))
        received = None if quote is None else quote.levels()
        if received is None:
            return None
        body = received.value
        bids, asks = _side(body.bids[:limit]), _side(body.asks[:limit])
        return with_value(received, Depth(symbol, body.last_update_id, bids, asks))

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
        quote = self._quotes.peek((market, symbol))
        return None if quote is None else quote.newest(Ticker)

    def _book(self, market: Market, symbol: str) -> Answer[OrderBook] | None:
        live: LiveBook | None = self._books.peek((market, symbol))
        stamp = None if live is None else live.book.event_ms
        if live is None or stamp is None or live.book.reason is not None:
            return None
        now = self._market_ms()
        if abs(now - stamp) > BOOK_FRESH_MS:
            return None
        return Answer(live.book, stamp, f"binance.{market}.stream.depth", now)


def _certain(book: OrderBook, limit: int) -> tuple[list[Level], list[Level]]:
    """Return (bids, asks) without missing levels: beyond the snapshot only changed levels are known."""
    bids, asks = book.top(limit)
    mid = book.best().mid
    away = mid * book.known_depth_bps() / BASIS_POINTS
    return [row for row in bids if mid - row[0] <= away], [row for row in asks if row[0] - mid <= away]


def _enough(known: Depth, limit: int, notional: float | None) -> bool:
    """Whether both sides have ``limit`` levels or hold the notional (quote units)."""
    if min(len(known.bids), len(known.asks)) >= limit:
        return True
    kept = min(float(side.prod(axis=1).sum()) for side in (known.bids, known.asks))
    return notional is not None and kept >= notional


def _side(levels: Sequence[Level]) -> NDArray[np.float64]:
    return np.array(levels, np.float64).reshape(-1, 2)


def _minutes(interval: str) -> int | None:
    """Return the length of a mean (``5m``), ``None`` if it is not given in minutes."""
    count = interval.removesuffix("m")
    return int(count) if count != interval and count.isascii() and count.isdigit() else None


def _day(received: Ticker) -> Ticker24h:
    return Ticker24h(
        symbol=received.symbol,
        price_change=received.change,
        price_change_percent=received.change_percent,
        weighted_avg_price=received.weighted_average,
        last_price=received.close,
        open_price=received.open,
        high_price=received.high,
        low_price=received.low,
        volume=received.volume,
        quote_volume=received.quote_volume,
        open_time=received.open_ms,
        close_time=received.close_ms,
        count=received.trades,
    )
