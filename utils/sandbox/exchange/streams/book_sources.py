"""The order book as a stream: partial books and differences."""

import numpy as np
from msgspec import Raw

from utils.sandbox.exchange.market.book import BookSnapshot, changed_levels
from utils.sandbox.exchange.rest.common import book_levels
from utils.sandbox.exchange.rest.trade_pages import levels_page
from utils.sandbox.exchange.streams.frames import encoded
from utils.sandbox.exchange.streams.source import Stretch

TOLD_LEVELS = {"spot": 5_000, "futures": 1_000}
"""Differences reach as deep as the deepest REST snapshot, so that a reader's copy stays exact."""


class PartialDepthSource:
    """The first levels, at a fixed speed."""

    def tell(self, stretch: Stretch) -> list[bytes]:
        """See `Source`."""
        book = stretch.desk.book(stretch.kind, stretch.symbol, stretch.name.levels, stretch.to_ms)
        bids, asks = book_levels(book, stretch.desk.style(stretch.kind, stretch.symbol, stretch.to_ms))
        if stretch.kind == "spot":
            return [encoded({"lastUpdateId": book.update_id, "bids": bids, "asks": asks})]
        before = stretch.desk.book(stretch.kind, stretch.symbol, 1, stretch.after_ms)
        ids = _chain(stretch, before, book)
        return [encoded({**ids, "b": bids, "a": asks, **stretch.tail})]


class DepthSource:
    """Every level whose quantity changed since the last message, with the chain of ids."""

    def __init__(self) -> None:
        self._before: BookSnapshot | None = None

    def tell(self, stretch: Stretch) -> list[bytes]:
        """See `Source`."""
        before = self._before or self._book(stretch, stretch.after_ms)
        self._before = before
        after = self._book(stretch, stretch.to_ms)
        traded = stretch.desk.trades(stretch.kind, stretch.symbol, before.time_ms, stretch.to_ms).time
        moments = np.unique(traded).tolist()
        bids, asks = changed_levels(before, [self._book(stretch, at_ms) for at_ms in moments], after)
        if not len(bids[0]) and not len(asks[0]):
            return []
        self._before = after
        style = stretch.desk.style(stretch.kind, stretch.symbol, stretch.to_ms)
        bids = (bids[0][::-1], bids[1][::-1])
        told = {"b": Raw(levels_page(bids, style)), "a": Raw(levels_page(asks, style))}
        return [encoded({**_chain(stretch, before, after), **told, **stretch.tail})]

    @staticmethod
    def _book(stretch: Stretch, at_ms: int) -> BookSnapshot:
        return stretch.desk.book(stretch.kind, stretch.symbol, TOLD_LEVELS[stretch.kind], at_ms)


def _chain(stretch: Stretch, before: BookSnapshot, after: BookSnapshot) -> dict[str, object]:
    ids_per_ms = (after.update_id - before.update_id) // max(1, after.time_ms - before.time_ms)
    told: dict[str, object] = {"e": "depthUpdate", "E": stretch.to_ms}
    if stretch.kind != "spot":
        told["T"] = stretch.to_ms
    told |= {"s": stretch.symbol, "U": before.update_id + ids_per_ms, "u": after.update_id}
    if stretch.kind != "spot":
        told["pu"] = before.update_id
    return told
