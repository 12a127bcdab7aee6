"""Recorded symbols followed as the bot follows them: best prices, top levels and order flow current all the time."""

from collections.abc import Sequence
from typing import Final

import msgspec

from scripts.bench.messages import Recording, is_snapshot
from utils.binance_api.book.book import OrderBook
from utils.binance_api.book.ladder import Level
from utils.binance_api.book.order_flow import TouchTracker
from utils.binance_api.book.state import BookState
from utils.binance_api.streams.continuity import BookMarket
from utils.binance_api.streams.decode import Frame, FrameDecoder
from utils.binance_api.streams.events import BookTickerUpdate, DepthSnapshot, DepthUpdate, Trade
from utils.binance_api.touch import Touch
from utils.binance_api.trades.tape import TradeTape

TOP_LEVELS: Final = 20
SYMBOL: Final = "BTCUSDT"
_SNAPSHOT = msgspec.json.Decoder(DepthSnapshot, strict=False)


class Watched:
    """One symbol; ``touch``, ``top``, ``quoted_flow`` and ``book_flow`` stand for the newest message.

    ``touch`` and ``top`` are those of the book; ``readable`` counts the updates after which they could be read.
    """

    def __init__(self, market: BookMarket) -> None:
        self.book = OrderBook(SYMBOL, market)
        self.tape = TradeTape(SYMBOL)
        self.quotes = TouchTracker()
        self.touch: Touch | None = None
        self.top: tuple[list[Level], list[Level]] = ([], [])
        self.quoted_flow = self.book_flow = 0.0
        self.readable = 0
        self._decoder = FrameDecoder(spot=market == "spot")

    def take(self, raw: bytes) -> None:
        """Decode and apply one message."""
        if is_snapshot(raw):
            body = _SNAPSHOT.decode(raw)
            self.book.snapshot(body.bids, body.asks, body.last_update_id)
            return
        frame = self._decoder.decode(raw)
        event = frame.data if isinstance(frame, Frame) else None
        if isinstance(event, BookTickerUpdate):
            self.quotes.feed(event.update_id, event.touch)
            self.quoted_flow = self.quotes.total
        elif isinstance(event, Trade):
            self.tape.take(event)
        elif isinstance(event, DepthUpdate):
            self._update(event)
        else:
            raise TypeError(f"a message nobody reads: {raw[:80]!r}")

    def _update(self, event: DepthUpdate) -> None:
        book = self.book
        book.feed(event)
        if book.state is not BookState.SYNCED:
            return
        self.readable += 1
        self.touch = book.best()
        self.top = book.top(TOP_LEVELS)
        self.book_flow = book.flow_total


def merged(books: Sequence[Recording]) -> list[tuple[int, int, bytes]]:
    """Return (receive time in ns, number of the recording, message) of all recordings in order of receipt."""
    rows = [(time_ns, number, raw) for number, book in enumerate(books) for time_ns, raw in book.messages]
    return sorted(rows, key=lambda row: row[0])
