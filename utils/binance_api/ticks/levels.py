"""The known levels of a book as arrays, which may cross a process border."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from utils.binance_api.book.book import OrderBook
from utils.binance_api.book.ladder import Ladder

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class BookLevels:
    """The completely known levels of a book, best first: ``bids`` and ``asks`` (k, 2) of price and base quantity.

    A side that is ``*_complete`` has no further levels; ``time_ms`` is the exchange's time of the newest update
    (``None`` where the source sends none) and ``source`` the stream or request it came from.
    """

    bids: Floats
    asks: Floats
    bids_complete: bool
    asks_complete: bool
    time_ms: int | None
    source: str

    def sides(self) -> tuple[Ladder, Ladder]:
        """Return bids and asks as the measures of a book take them."""
        bids, asks = Ladder(1), Ladder(-1)
        bids.load(self.bids, complete=self.bids_complete)
        asks.load(self.asks, complete=self.asks_complete)
        return bids, asks


def known_levels(book: OrderBook) -> BookLevels:
    """Return a copy of the known levels; raises ``BookNotReady`` unless the book is in sync."""
    bids, asks = book.sides
    source = f"binance.{book.market}.stream.depth"
    return BookLevels(bids.known(), asks.known(), bids.complete, asks.complete, book.event_ms, source)
