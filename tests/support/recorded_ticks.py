"""The recorded raw streams of one symbol as arrays, on one clock: trades, best quotes and the ten best levels."""

import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from analysis.arrays import Floats, Times
from analysis.features.agg_merge import AggMerger, MergedTrade
from analysis.features.traded_spread import spot_quote_time
from analysis.sources.tick_state import TickState
from tests.replay.recordings import SNAPSHOT_LEVELS, Snapshot, single_message
from tests.support.simulated_ticks import quote_of, trade_of
from utils.binance_api.book.book import OrderBook
from utils.binance_api.book.ladder import Level
from utils.binance_api.book.state import BookState
from utils.binance_api.streams.decode import Frame, FrameDecoder
from utils.binance_api.streams.events import BookTickerUpdate, DepthUpdate, Trade
from utils.binance_api.touch import Touch

BTC, ETH, SPOT = "usdm_btcusdt_2024-08-08", "usdm_ethusdt_2024-08-08", "spot_btcusdt_2024-08-08"


@dataclass(frozen=True, slots=True, eq=False)
class RecordedTrades:
    """Market fills in the order of ids (n): UTC ms, quote and base units, side +1 or -1, receipt (ms)."""

    time: Times
    price: Floats
    quantity: Floats
    side: NDArray[np.int8]
    receipt: Floats


@dataclass(frozen=True, slots=True, eq=False)
class RecordedQuotes:
    """Best quotes in the order received (n); ``time`` is that of the transaction, on spot by the rule of spot."""

    time: Times
    bid: Floats
    bid_quantity: Floats
    ask: Floats
    ask_quantity: Floats
    receipt: Floats

    @property
    def mid(self) -> Floats:
        return (self.bid + self.ask) / 2


@dataclass(frozen=True, slots=True, eq=False)
class RecordedTicks:
    """One recording; ``merged`` are the trades as aggregate trades, ``tops`` (time, bids, asks) of the kept book.

    ``known_bps`` is how far the book reached when it was first in sync.
    """

    trades: RecordedTrades
    quotes: RecordedQuotes
    merged: tuple[MergedTrade, ...]
    tops: tuple[tuple[int, list[Level], list[Level]], ...]
    known_bps: float


def recorded_ticks(path: Path, levels: int = 10) -> RecordedTicks:
    spot = path.name.startswith("spot")
    decoder, book = FrameDecoder(spot=spot), OrderBook("BTCUSDT", "spot" if spot else "futures")
    fills, quotes, tops, known_bps = [], [], [], 0.0
    for receipt, item in _timed(path):
        if isinstance(item, Snapshot):
            book.snapshot(item.book.bids, item.book.asks, item.book.last_update_id, limit=SNAPSHOT_LEVELS)
            continue
        frame = decoder.decode(item)
        assert isinstance(frame, Frame)
        match frame.data:
            case Trade() as fill:
                if fill.is_market:
                    fills.append((receipt, fill))
            case BookTickerUpdate() as quote:
                quotes.append((receipt, quote))
            case DepthUpdate() as update:
                book.feed(update)
                if book.state is BookState.SYNCED:
                    known_bps = known_bps or book.known_depth_bps()
                    tops.append((update.event_ms, *book.top(levels)))
    trades = _trades(fills)
    delay = float(np.min(trades.receipt - trades.time))
    return RecordedTicks(trades, _quotes(quotes, delay), _merged(fills), tuple(tops), known_bps)


def _merged(fills: list[tuple[float, Trade]]) -> tuple[MergedTrade, ...]:
    merger = AggMerger()
    done = [*(merger.feed(fill) for _, fill in fills), merger.flush()]
    return tuple(trade for trade in done if trade is not None)


def _timed(path: Path) -> Iterator[tuple[float, bytes | Snapshot]]:
    """Yield receipt (ms) and message."""
    with gzip.open(path, "rb") as lines:
        for line in lines:
            yield int(line[line.index(b":") + 1 : line.index(b",")]) / 1e6, single_message(line)


def _trades(rows: list[tuple[float, Trade]]) -> RecordedTrades:
    return RecordedTrades(
        np.array([fill.trade_ms for _, fill in rows], np.int64),
        np.array([fill.price for _, fill in rows]),
        np.array([fill.quantity for _, fill in rows]),
        np.array([-1 if fill.buyer_is_maker else 1 for _, fill in rows], np.int8),
        np.array([receipt for receipt, _ in rows]),
    )


def _quotes(rows: list[tuple[float, BookTickerUpdate]], smallest_delay: float) -> RecordedQuotes:
    touches = [quote.touch for _, quote in rows]
    return RecordedQuotes(
        np.array([_time(quote, receipt, smallest_delay) for receipt, quote in rows]),
        np.array([touch.bid for touch in touches]),
        np.array([touch.bid_quantity for touch in touches]),
        np.array([touch.ask for touch in touches]),
        np.array([touch.ask_quantity for touch in touches]),
        np.array([receipt for receipt, _ in rows]),
    )


def _time(quote: BookTickerUpdate, receipt: float, smallest_delay: float) -> int:
    stamped = quote.transaction_ms
    return spot_quote_time(receipt, smallest_delay) if stamped is None else stamped


def replayed(ticks: RecordedTicks, tick_size: float) -> tuple[TickState, int]:
    """Return the state that followed a recording in the order received, and the moment of its end (UTC ms)."""
    state, quotes, trades = TickState(tick_size), ticks.quotes, ticks.trades
    columns = (quotes.bid, quotes.bid_quantity, quotes.ask, quotes.ask_quantity)
    touches = [Touch(*row) for row in zip(*(column.tolist() for column in columns), strict=True)]
    fills = np.concatenate([[0], np.cumsum([trade.fills for trade in ticks.merged])])
    completed = trades.receipt[fills[1:] - 1]
    offset = float(np.min(trades.receipt - trades.time))
    for row in np.argsort(np.concatenate([quotes.receipt, completed]), kind="stable").tolist():
        if row < len(touches):
            time, touch = int(quotes.time[row]), touches[row]
            state.quote(quote_of(row, time, touch), touch, int(quotes.receipt[row] - offset))
        else:
            number = row - len(touches)
            one = ticks.merged[number]
            value = one.side * one.price * one.quantity
            state.trade(trade_of(number, one.time_ms, one.price, value), int(completed[number] - offset))
    return state, int(quotes.time[-1])
