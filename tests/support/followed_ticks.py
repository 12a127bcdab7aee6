"""A recording followed as the bot follows a symbol: its state and book at moments of the exchange's clock."""

import gzip
from collections.abc import Iterator
from pathlib import Path

import msgspec

from analysis.features.agg_merge import AggMerger, MergedTrade
from analysis.sources.live_ticks import TicksNow
from analysis.sources.tick_state import TickState
from utils.binance_api.book.book import OrderBook
from utils.binance_api.book.state import BookFault, BookState
from utils.binance_api.streams.decode import Frame, FrameDecoder
from utils.binance_api.streams.events import AggTrade, BookTickerUpdate, DepthSnapshot, DepthUpdate, Trade
from utils.binance_api.ticks.levels import known_levels

SNAPSHOT_LEVELS = 1000
_SNAPSHOT = msgspec.json.Decoder(DepthSnapshot, strict=False)
Event = BookTickerUpdate | DepthUpdate | DepthSnapshot | Trade


class FollowedTicks:
    """One recorded symbol; ``now_ms`` is the exchange's time of the newest event."""

    def __init__(self, tick_size: float, symbol: str = "BTCUSDT") -> None:
        self.state = TickState(tick_size)
        self.book = OrderBook(symbol, "futures")
        self.now_ms = self.first_ms = 0
        self._symbol = symbol
        self._merger = AggMerger()

    def take(self, event: Event) -> None:
        if isinstance(event, BookTickerUpdate):
            self.state.quote(event, event.touch, event.event_ms or 0)
            self._pass(event.event_ms or 0)
        elif isinstance(event, Trade):
            merged = self._merger.feed(event)
            if merged is not None:
                self.state.trade(self._streamed(merged, event.trade_id), event.event_ms)
            self._pass(event.event_ms)
        elif isinstance(event, DepthUpdate):
            self._update(event)
            self._pass(event.event_ms)
        else:
            self.book.snapshot(event.bids, event.asks, event.last_update_id, limit=SNAPSHOT_LEVELS)

    def ticks(self) -> TicksNow:
        """What a module is given now."""
        self.state.advance(self.now_ms)
        lived = (self.now_ms - self.first_ms) / 1000
        return TicksNow(
            state=self.state,
            as_of=self.now_ms,
            quotes_s=lived,
            trades_s=lived,
            live_s=lived,
            book=known_levels(self.book) if self.book.state is BookState.SYNCED else None,
            delay_ms=(0.0, 0.0),
            missing={},
            stamps=(),
        )

    def _update(self, event: DepthUpdate) -> None:
        signal = self.book.feed(event)
        if signal is not None and signal.reason is BookFault.RANGE_LEFT and self.book.local_id:
            # the recording has no second snapshot, which a live book reads at once
            self.book.snapshot(*self.book.top(SNAPSHOT_LEVELS), self.book.local_id, limit=SNAPSHOT_LEVELS)
        if self.book.state is BookState.SYNCED:
            self.state.book(event.event_ms, self.book)
            self.state.tick(event.event_ms, self.book)

    def _pass(self, time_ms: int) -> None:
        self.first_ms = self.first_ms or time_ms
        self.now_ms = max(self.now_ms, time_ms)

    def _streamed(self, merged: MergedTrade, number: int) -> AggTrade:
        return AggTrade(
            symbol=self._symbol,
            event_ms=merged.time_ms,
            trade_id=number,
            price=merged.price,
            quantity=merged.quantity,
            first_trade_id=number,
            last_trade_id=number,
            trade_ms=merged.time_ms,
            buyer_is_maker=merged.side < 0,
        )


def recorded_events(path: Path) -> Iterator[Event]:
    """The messages of a recording in the order received."""
    decoder = FrameDecoder(spot=False)
    with gzip.open(path, "rb") as lines:
        for line in lines:
            raw = line[line.index(b":", line.index(b",")) + 1 : line.rindex(b"}")]
            if raw.startswith(b'{"lastUpdateId"'):
                yield _SNAPSHOT.decode(raw)
                continue
            frame = decoder.decode(raw)
            if isinstance(frame, Frame) and isinstance(frame.data, BookTickerUpdate | DepthUpdate | Trade):
                yield frame.data


def followed(path: Path, tick_size: float, every_ms: int) -> Iterator[FollowedTicks]:
    """The same symbol again and again, each time ``every_ms`` later."""
    made, due = FollowedTicks(tick_size), 0
    for event in recorded_events(path):
        made.take(event)
        if due == 0:
            due = made.first_ms + every_ms if made.first_ms else 0
        elif made.now_ms >= due:
            due += every_ms
            yield made
