"""Books and trades of many symbols at once through the real supervisor: how late the event loop runs meanwhile."""

import asyncio
import random
import statistics
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import aiohttp
import numpy as np

from scripts.bench.children import child
from scripts.bench.feed import LEVELS, symbol_name
from scripts.bench.followers import PythonBinance
from scripts.bench.measure import Row, judged
from scripts.bench.messages import synthetic
from utils.binance_api.book.live import LiveBook, LiveBooks
from utils.binance_api.http.limiter import BinanceLimiter
from utils.binance_api.http.paced import PacedRest
from utils.binance_api.http.rest import RestClient
from utils.binance_api.streams.supervisor import StreamSupervisor, StreamUrls
from utils.binance_api.trades.live import LiveTape, LiveTapes
from utils.binance_api.urls import BinanceUrls
from utils.clock import SystemClock
from utils.http.retry import RetryPolicy
from utils.http.transport import Transport

SYMBOLS: Final = 300
RATE: Final = 5_000
SECONDS: Final = 15.0
READY_S: Final = 60.0
FOLLOWED: Final = 500
"""Messages that the peer follows, a tenth of a second of the flow."""
LAG_RATIO: Final = 3.0
"""How often the lag fits into what the peer needs for them."""
FOLLOW_RUNS: Final = 5
STEP_S: Final = 0.005
"""The loop is asked to wake this often; what it is late is its lag."""
NO_LIMIT: Final = 1_000.0
"""Share of the weight limits spent: the start with hundreds of snapshots is not what is measured."""
IDLE: Final = "this loop with nothing to do, just before"
"""Tells how much of the lag is the machine's: others may want its cores."""
IDLE_PART: Final = 0.3
LOSS_PERCENT: Final = 5.0
BURSTS_MS: Final = (10, 100)


@dataclass(frozen=True, slots=True)
class Load:
    """What the feed sends: symbols, messages a second in all, ms between two bursts; and for how long it is watched."""

    symbols: int = SYMBOLS
    rate: int = RATE
    burst_ms: int = BURSTS_MS[0]
    seconds: float = SECONDS


@dataclass(frozen=True, slots=True)
class Seen:
    """Lags of the loop (ms), messages applied, seconds that passed and CPU seconds of this process."""

    lags_ms: list[float]
    applied: int
    wall_s: float
    cpu_s: float

    @property
    def late_ms(self) -> float:
        """The lag that one wake-up in a hundred exceeds."""
        return float(np.percentile(self.lags_ms, 99))


class Live:
    """Every symbol's book and tape."""

    def __init__(self, books: LiveBooks, tapes: LiveTapes, symbols: int) -> None:
        names = [symbol_name(number) for number in range(symbols)]
        self.books: list[LiveBook] = [books.get(("futures", name)) for name in names]
        self.tapes: list[LiveTape] = [tapes.get(("futures", name)) for name in names]

    @property
    def applied(self) -> int:
        """Messages taken in since the start."""
        return sum(live.book.counts.applied for live in self.books) + sum(
            live.tape.accepted for live in self.tapes
        )

    @property
    def out_of_step(self) -> int:
        """Books that lost an update and trades that were missed."""
        return sum(live.book.counts.gaps for live in self.books) + sum(
            live.tape.missed for live in self.tapes
        )


async def rows(_data: Path | None) -> AsyncIterator[Row]:
    """Measure an even flow and one that comes in bursts."""
    for burst_ms in BURSTS_MS:
        for row in await measured(Load(burst_ms=burst_ms)):
            yield row


async def measured(load: Load) -> list[Row]:
    """Measure one load."""
    idle = await _watch(lambda: 0, load.seconds * IDLE_PART)
    async with _live(load) as live:
        await asyncio.gather(*(one.ready(READY_S) for one in live.books))
        seen = await _watch(lambda: live.applied, load.seconds)
        broken = live.out_of_step
    if broken:
        raise RuntimeError(f"{broken} updates or trades were lost on a socket of this machine")
    what = f"{load.symbols} symbols, {load.rate:,}/s, every {load.burst_ms} ms"
    missing = 100 * max(0.0, 1 - seen.applied / seen.wall_s / load.rate)
    return [
        judged(
            f"{what}: loop lag, p99",
            "ms",
            seen.late_ms,
            followed_ms(),
            f"python-binance, {FOLLOWED} such messages",
            ratio_at_least=LAG_RATIO,
        ),
        judged(f"{what}: loop lag, p99", "ms", seen.late_ms, idle.late_ms, IDLE),
        judged(f"{what}: loop lag, greatest", "ms", max(seen.lags_ms), max(idle.lags_ms), IDLE),
        judged(f"{what}: CPU of one core", "%", 100 * seen.cpu_s / seen.wall_s),
        judged(f"{what}: not applied in time", "%", missing, at_most=LOSS_PERCENT),
    ]


def followed_ms(runs: int = FOLLOW_RUNS) -> float:
    """Return the median ms that python-binance needs to follow a tenth of a second of the flow, a book's updates."""
    made = synthetic(FOLLOWED * runs, levels=LEVELS)
    peer, messages, taken = PythonBinance(), made.depth_and_trades(), []
    peer.snapshot(made.snapshot)
    for run in range(runs):
        start_s = time.perf_counter()
        for raw in messages[run * FOLLOWED : (run + 1) * FOLLOWED]:
            peer.depth(raw)
        taken.append(1000 * (time.perf_counter() - start_s))
    return statistics.median(taken)


async def _watch(applied: Callable[[], int], seconds: float) -> Seen:
    """Wake every ``STEP_S`` and note how late that was, and what ``applied`` counted meanwhile."""
    loop, lags = asyncio.get_running_loop(), []
    before, cpu_s, start_s = applied(), time.process_time(), loop.time()
    due_s = start_s + STEP_S
    while due_s < start_s + seconds:
        await asyncio.sleep(max(0.0, due_s - loop.time()))
        lags.append(1000 * max(0.0, loop.time() - due_s))
        due_s = max(due_s, loop.time()) + STEP_S
    return Seen(lags, applied() - before, loop.time() - start_s, time.process_time() - cpu_s)


@asynccontextmanager
async def _live(load: Load) -> AsyncIterator[Live]:
    arguments = ("--symbols", str(load.symbols), "--rate", str(load.rate), "--burst-ms", str(load.burst_ms))
    clock, rng = SystemClock(), random.Random(1)
    async with child("scripts.bench.feed", *arguments) as said, aiohttp.ClientSession() as session:
        url = str(said["url"])
        sockets = url.replace("http", "ws", 1)
        paced = PacedRest(_rest(url, session, clock, rng), clock, clock.now_ms, share=NO_LIMIT)
        urls = StreamUrls(sockets, sockets)
        supervisor = StreamSupervisor(urls, session=session, clock=clock, market_ms=clock.now_ms, rng=rng)
        books, tapes = (
            LiveBooks(supervisor, paced, clock, rng, clock.now_ms),
            LiveTapes(supervisor, paced, clock),
        )
        try:
            yield Live(books, tapes, load.symbols)
        finally:
            books.close()
            tapes.close()
            await supervisor.close()


def _rest(url: str, session: aiohttp.ClientSession, clock: SystemClock, rng: random.Random) -> RestClient:
    return RestClient(
        BinanceUrls(url, url),
        Transport(session, timeout_s=10.0),
        BinanceLimiter(clock, clock.now_ms, share=NO_LIMIT),
        clock=clock,
        now_ms=clock.now_ms,
        rng=rng,
        policy=RetryPolicy(),
    )
