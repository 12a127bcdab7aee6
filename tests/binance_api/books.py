"""Updates and joined books as the book tests need them."""

from collections.abc import Sequence

from utils.binance_api.book.book import OrderBook
from utils.binance_api.book.ladder import Level
from utils.binance_api.streams.continuity import BookMarket
from utils.binance_api.streams.events import DepthUpdate


def update(
    first: int,
    final: int,
    bids: Sequence[Level] = (),
    asks: Sequence[Level] = (),
    *,
    previous: int | None = None,
) -> DepthUpdate:
    """Return an update of ids ``first`` to ``final`` at ``final`` milliseconds."""
    return DepthUpdate(
        symbol="BTCUSDT",
        event_ms=final,
        first_id=first,
        final_id=final,
        previous_id=previous,
        bids=list(bids),
        asks=list(asks),
    )


def joined(
    bids: Sequence[Level],
    asks: Sequence[Level],
    *,
    limit: int | None = None,
    updates: Sequence[Sequence[Level]] = ((), ()),
    market: BookMarket = "spot",
) -> OrderBook:
    """Return a book in step at id 101: a snapshot at 100 and one update of (bids, asks)."""
    book = OrderBook("BTCUSDT", market)
    book.feed(update(101, 101, updates[0], updates[1], previous=100))
    book.snapshot(bids, asks, 100, limit=limit)
    return book
