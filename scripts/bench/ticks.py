"""Ticks: what modules D and H follow of a recorded symbol, current after every message, beside pandas and nautilus.

nautilus_trader needs an older pandas than ours and so an interpreter of its own, named by `NAUTILUS_PYTHON`:
``python3 -m venv DIR && DIR/bin/pip install nautilus_trader==1.221.0``, then ``NAUTILUS_PYTHON=DIR/bin/python``.
"""

import gzip
import os
import statistics
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from subprocess import PIPE, Popen
from typing import Final

import msgspec

from analysis.features.agg_merge import AggMerger, MergedTrade
from analysis.sources.tick_state import TickState
from scripts.bench import pandas_ticks
from scripts.bench.measure import Row, judged
from scripts.bench.messages import Recording, is_snapshot, is_trade, recordings
from utils.binance_api.book.book import OrderBook
from utils.binance_api.book.state import BookState
from utils.binance_api.streams.decode import Frame, FrameDecoder
from utils.binance_api.streams.events import AggTrade, BookTickerUpdate, DepthSnapshot, DepthUpdate, Trade

PANDAS_RATIO: Final = 10.0
NAUTILUS_RATIO: Final = 2.0
STATE_MB: Final = 1.5
WATCHED: Final = 100
RATE: Final = 3_000
PASSES: Final = 3
PANDAS_PASSES: Final = 1
TICK_SIZE: Final = 0.1
NAUTILUS: Final = "nautilus_trader: Rust-core book, trade and OFI sums in Python"
PANDAS: Final = "pandas, the last 15 minutes anew each second"
_SNAPSHOT = msgspec.json.Decoder(DepthSnapshot, strict=False)


class FollowedTicks:
    """A symbol followed as the bot follows it: decoded, kept book, and the state that D and H read."""

    def __init__(self, tick_size: float = TICK_SIZE) -> None:
        self.state = TickState(tick_size)
        self.book = OrderBook("BTCUSDT", "futures")
        self._decoder = FrameDecoder(spot=False)
        self._second = 0

    def take(self, raw: bytes) -> None:
        """Decode and apply one message; once a second sample the book, as the ticker of the streams does."""
        if is_snapshot(raw):
            body = _SNAPSHOT.decode(raw)
            self.book.snapshot(body.bids, body.asks, body.last_update_id)
            return
        frame = self._decoder.decode(raw)
        match frame.data if isinstance(frame, Frame) else None:
            case BookTickerUpdate() as quote:
                self.state.quote(quote, quote.touch, quote.transaction_ms or 0)
                now_ms = quote.transaction_ms or 0
            case AggTrade() as trade:
                self.state.trade(trade, trade.trade_ms)
                now_ms = trade.trade_ms
            case DepthUpdate() as update:
                self._depth(update)
                now_ms = update.event_ms
            case other:
                raise TypeError(f"nobody reads a {type(other).__name__}")
        if now_ms // 1000 > self._second:
            self._second = now_ms // 1000
            self.state.advance(now_ms)
            self.state.tick(now_ms, self.book if self.book.state is BookState.SYNCED else None)

    def _depth(self, update: DepthUpdate) -> None:
        self.book.feed(update)
        if self.book.state is BookState.SYNCED:
            self.state.book(update.event_ms, self.book)
        else:
            self.state.book_lost()


def rows(data: Path | None) -> Iterator[Row]:
    """Measure everything; says aloud what is left out for want of recordings or of a peer."""
    try:
        recorded = [one for one in recordings(data or Path("nowhere")) if one.market == "futures"]
    except OSError as error:
        print(f"ticks are not measured: {error}; name the recorded data with --data", file=sys.stderr)
        return
    for one in recorded:
        messages = with_agg_trades(one)
        yield from beside_peers(one.name, messages)
    yield memory(messages)


def beside_peers(name: str, messages: Sequence[bytes]) -> Iterator[Row]:
    """Measure ours and the peers in turn, CPU seconds of the whole recording."""
    ours, pandas, nautilus = list[float](), list[float](), list[float]()
    frames = pandas_ticks.Frames.of(messages)
    with tempfile.TemporaryDirectory(prefix="ticks-") as folder, _nautilus(messages, Path(folder)) as peer:
        for number in range(PASSES):
            ours.append(_cpu_s(lambda: _follow(messages)))
            if peer.follow is not None:
                nautilus.append(peer.follow())
            if number < PANDAS_PASSES:  # each takes as long as fifteen of ours
                pandas.append(_cpu_s(frames.every_second))
    mine = statistics.median(ours)
    yield judged(
        f"D and H current after every message, {name}",
        "s",
        mine,
        statistics.median(pandas),
        PANDAS,
        ratio_at_least=PANDAS_RATIO,
    )
    if nautilus:
        yield judged(
            f"following {name}, book and sums",
            "s",
            mine,
            statistics.median(nautilus),
            NAUTILUS,
            ratio_at_least=NAUTILUS_RATIO,
        )
    share = mine / len(messages) * RATE
    yield judged(f"{RATE:,} messages a second of {WATCHED} symbols", "% of a core", 100 * share, at_most=50.0)


def memory(messages: Sequence[bytes]) -> Row:
    """Measure what the state of one symbol holds after a whole recording."""
    tracemalloc.start()
    followed = FollowedTicks()
    for raw in messages:
        followed.take(raw)
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return judged("memory of a followed symbol, its book included", "MB", held / 1e6, at_most=STATE_MB)


def with_agg_trades(recording: Recording) -> list[bytes]:
    """Return the messages with single trades joined to what the exchange sends as aggregate trades."""
    decoder, merger, found = FrameDecoder(spot=False), AggMerger(), list[bytes]()
    for _, raw in recording.messages:
        if not is_trade(raw):
            found.append(raw)
            continue
        frame = decoder.decode(raw)
        if not isinstance(frame, Frame) or not isinstance(frame.data, Trade):
            raise TypeError(f"no trade: {raw[:80]!r}")
        whole = merger.feed(frame.data)
        if whole is not None:
            found.append(_agg_trade(whole, len(found), frame.data.symbol))
    return found


def _agg_trade(whole: MergedTrade, number: int, symbol: str) -> bytes:
    ids = {"a": number, "f": number, "l": number + whole.fills - 1}
    body = {"p": str(whole.price), "q": str(whole.quantity), "nq": str(whole.quantity), "m": whole.side < 0}
    data = {"e": "aggTrade", "E": whole.time_ms, "s": symbol, "T": whole.time_ms, **ids, **body}
    return msgspec.json.encode({"stream": f"{symbol.lower()}@aggTrade", "data": data})


@dataclass(slots=True)
class _Peer:
    """``follow`` returns the CPU seconds of one pass; ``None`` where there is no such peer."""

    follow: Callable[[], float] | None


@contextmanager
def _nautilus(messages: Sequence[bytes], folder: Path) -> Iterator[_Peer]:
    python = os.environ.get("NAUTILUS_PYTHON")
    if python is None:
        print("nautilus_trader is not measured: name its interpreter in NAUTILUS_PYTHON", file=sys.stderr)
        yield _Peer(None)
        return
    recorded = folder / "messages.jsonl.gz"
    with gzip.open(recorded, "wb", compresslevel=1) as file:
        for raw in messages:
            file.write(b'{"d":' + raw + b"}\n")
    command = [python, str(Path(__file__).with_name("nautilus_peer.py")), str(recorded)]
    with Popen(command, stdin=PIPE, stdout=PIPE, text=True) as process:
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("the peer was started without pipes")
        asked, told = process.stdin, process.stdout

        def follow() -> float:
            asked.write("\n")
            asked.flush()
            return float(told.readline())

        yield _Peer(follow)
        asked.close()


def _follow(messages: Sequence[bytes]) -> None:
    followed = FollowedTicks()
    for raw in messages:
        followed.take(raw)


def _cpu_s(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began
