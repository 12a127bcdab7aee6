"""Recorded books: they rebuild without a break, agree with the exchange's own quotes and never cross."""

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.replay.recordings import SNAPSHOT_LEVELS, Snapshot, cryptofeed_frames, single_frames
from utils.binance_api.book.book import OrderBook
from utils.binance_api.book.state import BookFault, BookState, Resync
from utils.binance_api.streams.continuity import BookMarket
from utils.binance_api.streams.decode import Frame, FrameDecoder
from utils.binance_api.streams.events import BookTickerUpdate, DepthUpdate
from utils.binance_api.touch import Touch

SINGLE = [
    ("spot_btcusdt_2024-08-08", "spot", 3449),
    ("usdm_btcusdt_2024-08-08", "futures", 6547),
    ("usdm_ethusdt_2024-08-08", "futures", 6581),
]
CRYPTOFEED = [("cryptofeed_binance", "spot", 4), ("cryptofeed_binance_futures", "futures", 4)]


class Replay:
    """Feeds frames to one book per symbol and compares each with the quotes that carry the same update id."""

    def __init__(self, market: BookMarket) -> None:
        self.decoder = FrameDecoder(spot=market == "spot")
        self.market = market
        self.books: dict[str, OrderBook] = {}
        self.signals: list[Resync] = []
        self.touches: dict[str, dict[int, Touch]] = defaultdict(dict)
        self.quotes: dict[str, dict[int, Touch]] = defaultdict(dict)

    def run(self, frames: Iterable[bytes | Snapshot]) -> None:
        for item in frames:
            if isinstance(item, Snapshot):
                self._snapshot(item)
                continue
            frame = self.decoder.decode(item)
            assert isinstance(frame, Frame)
            if isinstance(frame.data, DepthUpdate):
                self._depth(frame.data)
            elif isinstance(frame.data, BookTickerUpdate):
                self.quotes[frame.data.symbol][frame.data.update_id] = frame.data.touch

    def _depth(self, event: DepthUpdate) -> None:
        book = self.books.setdefault(event.symbol, OrderBook(event.symbol, self.market))
        self._note(book.feed(event))
        if book.state is BookState.SYNCED:
            touch = book.best()
            assert touch.bid < touch.ask
            self.touches[event.symbol][event.final_id] = touch

    def _snapshot(self, item: Snapshot) -> None:
        symbol = item.symbol or next(iter(self.books))
        book = self.books.setdefault(symbol, OrderBook(symbol, self.market))
        rest = item.book
        self._note(book.snapshot(rest.bids, rest.asks, rest.last_update_id, limit=SNAPSHOT_LEVELS))

    def _note(self, signal: Resync | None) -> None:
        if signal is not None:
            self.signals.append(signal)

    def agreement(self) -> tuple[int, int]:
        """Return how many quotes have the id of an update, and how many of those equal the book's best."""
        pairs = [
            (touch, self.quotes[symbol][update_id])
            for symbol, touches in self.touches.items()
            for update_id, touch in touches.items()
            if update_id in self.quotes[symbol]
        ]
        return len(pairs), sum(touch == quote for touch, quote in pairs)


@pytest.mark.parametrize(("name", "market", "applied"), SINGLE)
def test_simultaneous_recordings_rebuild_whole(
    shared_data: Path, name: str, market: BookMarket, applied: int
) -> None:
    replay = Replay(market)
    replay.run(single_frames(shared_data / "ws" / f"{name}.jsonl.gz"))
    (book,) = replay.books.values()
    assert book.state is BookState.SYNCED
    assert (book.counts.applied, book.counts.gaps, book.counts.overflowed) == (applied, 0, 0)
    assert {signal.reason for signal in replay.signals} <= {BookFault.NO_SNAPSHOT, BookFault.RANGE_LEFT}
    compared, equal = replay.agreement()
    assert compared > 0
    assert equal == compared


@pytest.mark.parametrize(("name", "market", "symbols"), CRYPTOFEED)
def test_minor_symbols_rebuild_whole(shared_data: Path, name: str, market: BookMarket, symbols: int) -> None:
    replay = Replay(market)
    replay.run(cryptofeed_frames(shared_data / "ws" / f"{name}.jsonl.gz"))
    assert len(replay.books) == symbols
    for symbol, book in replay.books.items():
        assert book.state is BookState.SYNCED, symbol
        assert book.counts.gaps == 0
    compared, equal = replay.agreement()
    assert equal == compared
    assert market == "spot" or compared > 0


def _after_the_snapshot(frames: Iterable[bytes | Snapshot]) -> Iterable[bytes | Snapshot]:
    """Drop what came before the snapshot, as a reader without a buffer does."""
    seen = False
    for item in frames:
        seen = seen or isinstance(item, Snapshot)
        if seen:
            yield item


def test_without_the_buffer_a_naive_spot_book_ends_crossed_and_ours_refuses(shared_data: Path) -> None:
    bids: dict[float, float] = {}
    asks: dict[float, float] = {}
    decoder, book, signals = FrameDecoder(spot=True), OrderBook("BTCUSDT", "spot"), []
    for item in _after_the_snapshot(single_frames(shared_data / "ws" / "spot_btcusdt_2024-08-08.jsonl.gz")):
        if isinstance(item, Snapshot):
            bids, asks = dict(item.book.bids), dict(item.book.asks)
            book.snapshot(item.book.bids, item.book.asks, item.book.last_update_id)
            continue
        frame = decoder.decode(item)
        if isinstance(frame, Frame) and isinstance(frame.data, DepthUpdate):
            bids.update(frame.data.bids)
            asks.update(frame.data.asks)
            signals.append(book.feed(frame.data))
    assert max(p for p, q in bids.items() if q) >= min(p for p, q in asks.items() if q)
    assert signals[0] is not None
    assert signals[0].reason is BookFault.SNAPSHOT_TOO_OLD
    assert book.state is not BookState.SYNCED


@pytest.mark.parametrize(("name", "market", "applied"), SINGLE)
def test_one_lost_update_is_noticed_at_once(
    shared_data: Path, name: str, market: BookMarket, applied: int
) -> None:
    replay, kept = Replay(market), []
    depth_seen = 0
    for item in single_frames(shared_data / "ws" / f"{name}.jsonl.gz"):
        is_depth = isinstance(item, bytes) and b"@depth" in item[:40]
        depth_seen += is_depth
        if is_depth and depth_seen == 100:
            continue
        kept.append(item)
        if depth_seen == 101:
            break
    replay.run(kept)
    assert replay.signals[-1].reason is BookFault.GAP
    assert next(iter(replay.books.values())).state is BookState.STALE
