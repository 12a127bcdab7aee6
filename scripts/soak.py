"""Books and trades of many symbols from the sandbox exchange, for as long as asked, under faults drawn by seed.

At the end the faults stop, everything must become whole by itself, and every book is compared with a second one
that was joined from a fresh snapshot, level by level at the same updates. Memory is measured on the way.
"""

import argparse
import asyncio
import json
import os
import random
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

import aiohttp

from utils.binance_api.binance_a import BinanceAggregator, Tuning
from utils.binance_api.book.book import OrderBook
from utils.binance_api.book.live import SNAPSHOT_LEVELS, LiveBook
from utils.binance_api.book.state import BookState
from utils.binance_api.streams.decode import Payload
from utils.binance_api.streams.events import DepthUpdate
from utils.binance_api.streams.names import depth_stream
from utils.binance_api.streams.subscription import StreamState
from utils.binance_api.streams.supervisor import StreamUrls
from utils.binance_api.trades.live import LiveTape
from utils.binance_api.urls import BinanceUrls, Market
from utils.clock import Clock, SystemClock

ROOT: Final = Path(__file__).resolve().parent.parent
QUICK: Final[tuple[Mapping[str, Any], ...]] = (
    {"gap": {"n": 3}},
    {"duplicate": {}},
    {"reorder": {}},
    {"truncate": {"bytes": 40}},
    {"not_json": {}},
    {"unknown_field": {}},
    {"close": {"code": 1001}},
    {"server_shutdown": {"ms": 2000}},
    {"latency": {"ms": 300, "jitter": 200}},
)
"""Faults of sockets that are cured within seconds."""
SLOW: Final[tuple[Mapping[str, Any], ...]] = ({"half_open": {}}, {"silence": {}})
"""Faults found only by their silence, drawn in runs of at least ``SLOW_FROM_S``."""
SLOW_FROM_S: Final = 100.0
REST: Final[tuple[Mapping[str, Any], ...]] = (
    {"status": {"code": 503}},
    {"truncate": {"bytes": 60}},
    {"not_json": {}},
)
REST_CHANCE: Final = 0.2
LASTS_MS: Final = 1500
LEVELS: Final = 20
COMPARISONS: Final = 20
RECOVERY_S: Final = 150.0
SNAPSHOT_S: Final = 1.25
"""Snapshots are paced inside a share of the weight limit: one spot book of 1,000 levels takes so long at least."""
POLL_S: Final = 0.1
GROWTH: Final = 1.25
SLACK_BYTES: Final = 20_000_000
"""Memory at the end may be this much above that after the first quarter; more is a leak."""


@dataclass(frozen=True, slots=True)
class Plan:
    """``seconds`` of faults, one every ``pause_s`` on average, over ``symbols`` symbols of both markets."""

    symbols: int = 6
    seconds: float = 60.0
    pause_s: float = 1.0
    seed: int = 1


DEFAULT: Final = Plan()


@dataclass(slots=True)
class Outcome:
    """What was seen; ``wrong`` lists every complaint, ``memory`` resident bytes over time."""

    faults: int = 0
    frames: int = 0
    gaps: int = 0
    snapshots: int = 0
    trades: int = 0
    filled: int = 0
    compared: int = 0
    memory: list[int] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Patience:
    """Waits until something holds; what does not come in time is a complaint."""

    clock: Clock
    seconds: float
    outcome: Outcome

    async def until(self, holds: Callable[[], bool], what: str) -> None:
        """Look again and again, for at most ``seconds``."""
        end_s = self.clock.monotonic() + self.seconds
        while not holds():
            if self.clock.monotonic() > end_s:
                self.outcome.wrong.append(f"did not come within {self.seconds:g} s: {what}")
                return
            await self.clock.sleep(POLL_S)


class Shadow:
    """A second book of the same stream, joined from its own snapshot, compared after every update."""

    def __init__(self, watched: LiveBook) -> None:
        self.watched = watched
        self.book = OrderBook(watched.symbol, watched.market)
        self.compared = 0
        self.wrong = 0

    def event(self, payload: Payload) -> None:
        """Take an update; the live book had it just before."""
        if not isinstance(payload, DepthUpdate):
            return
        self.book.feed(payload)
        live = self.watched.book
        in_step = self.book.state is live.state is BookState.SYNCED
        if in_step and self.book.local_id == live.local_id:
            self.compared += 1
            self.wrong += self.book.top(LEVELS) != live.top(LEVELS)

    def lost(self, state: StreamState) -> None:
        """Let the ids tell what is missing."""

    def live(self) -> None:
        """Let the ids tell what was missed."""


async def soak(plan: Plan, clock: Clock) -> Outcome:
    """Run a plan on a sandbox of its own and return what was seen."""
    rng, outcome = random.Random(plan.seed), Outcome()
    patience = Patience(clock, RECOVERY_S + SNAPSHOT_S * plan.symbols, outcome)
    async with _sandbox(plan) as urls, _client(urls, clock, rng) as client:
        names = await _names(client, plan.symbols)
        books = [client.streams.books.lease((market, name)).value for market, name in names]
        tapes = [client.streams.tapes.lease((market, name)).value for market, name in names]
        await patience.until(lambda: _whole(books), "books at the start")
        await _trouble(plan, urls, books, clock, rng, outcome)
        await patience.until(lambda: _whole(books), "books after the faults")
        await _compare(client, books, patience)
        _add_up(client, books, tapes, outcome)
    return outcome


async def _names(client: BinanceAggregator, count: int) -> list[tuple[Market, str]]:
    spot = [row.symbol for row in (await client.spot.symbols()).trading()]
    futures = [row.symbol for row in (await client.futures.symbols()).trading()]
    found: list[tuple[Market, str]] = [("spot", name) for name in sorted(spot)[:count]]
    return found + [("futures", name) for name in sorted(futures)[:count]]


async def _trouble(
    plan: Plan,
    urls: Mapping[str, str],
    books: Sequence[LiveBook],
    clock: Clock,
    rng: random.Random,
    out: Outcome,
) -> None:
    """Order faults until the time is over, then take them all back."""
    control = f"{urls['spot']}/_sandbox/faults"
    end_s = clock.monotonic() + plan.seconds
    async with aiohttp.ClientSession() as session:
        while clock.monotonic() < end_s:
            match, fault = _draw(rng, books, slow=plan.seconds >= SLOW_FROM_S)
            body = {"match": match, "fault": fault, "for_ms": LASTS_MS, "count": rng.randint(1, 3)}
            async with session.post(control, json=body) as response:
                response.raise_for_status()
            out.faults += 1
            out.memory.append(_resident_bytes())
            await clock.sleep(rng.expovariate(1 / plan.pause_s))
        async with session.delete(control) as response:
            response.raise_for_status()


def _draw(
    rng: random.Random, books: Sequence[LiveBook], *, slow: bool
) -> tuple[dict[str, str], Mapping[str, Any]]:
    book = rng.choice(books)
    if rng.random() < REST_CHANCE:
        return {"kind": "rest", "path": "*/depth"}, rng.choice(REST)
    stream = f"{book.symbol.lower()}@{rng.choice(('depth@100ms', 'aggTrade'))}"
    return {"kind": "ws", "market": book.market, "stream": stream}, rng.choice(QUICK + SLOW * slow)


async def _compare(client: BinanceAggregator, books: Sequence[LiveBook], patience: Patience) -> None:
    """Join a second book to every stream and compare the two over some updates."""
    shadows, out = [Shadow(book) for book in books], patience.outcome
    for shadow in shadows:
        watched = shadow.watched
        client.streams.supervisor.subscribe(depth_stream(watched.market, watched.symbol), shadow)
    await patience.until(lambda: all(s.book.local_id or s.book.reason for s in shadows), "first updates")
    for shadow in shadows:
        await _join(client, shadow, patience)
    await patience.until(lambda: all(s.compared >= COMPARISONS for s in shadows), "comparisons")
    out.compared = sum(shadow.compared for shadow in shadows)
    out.wrong += [f"book of {s.watched.symbol} differs {s.wrong} times" for s in shadows if s.wrong]


async def _join(client: BinanceAggregator, shadow: Shadow, patience: Patience) -> None:
    await patience.until(lambda: shadow.book.state is not BookState.EMPTY, "an update")
    body = await client.streams.books.read_snapshot(shadow.watched.market, shadow.watched.symbol)
    shadow.book.snapshot(body.bids, body.asks, body.last_update_id, limit=SNAPSHOT_LEVELS)


def _add_up(
    client: BinanceAggregator, books: Sequence[LiveBook], tapes: Sequence[LiveTape], out: Outcome
) -> None:
    out.frames = sum(row.frames for row in client.streams.status())
    out.gaps = sum(live.book.counts.gaps for live in books)
    out.snapshots = sum(live.snapshots for live in books)
    out.trades = sum(live.tape.accepted for live in tapes)
    out.filled = sum(live.filled for live in tapes)
    out.wrong += [
        f"trades of {live.symbol} are missing: {live.tape.missed}" for live in tapes if live.tape.missed
    ]
    errors = sum(client.streams.supervisor.counts[name] for name in ("connection_crashes", "tick_errors"))
    out.wrong += [f"{errors} faults of our own"] if errors else []
    quarter, last = out.memory[len(out.memory) // 4], out.memory[-1]
    if last > GROWTH * quarter + SLACK_BYTES:
        out.wrong.append(f"memory grew from {quarter} to {last} bytes")


def _whole(books: Sequence[LiveBook]) -> bool:
    return all(live.book.state is BookState.SYNCED for live in books)


def _resident_bytes() -> int:
    """Return the resident memory of this process (Linux), which the sandbox is no part of."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


@asynccontextmanager
async def _sandbox(plan: Plan) -> AsyncIterator[Mapping[str, str]]:
    """Start the exchange as a process of its own and give its addresses."""
    light = max(0, plan.symbols - 12)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "utils.sandbox", "--no-chat", "--parent-pipe", "--exchange", "127.0.0.1:0"),
        *("--seed", str(plan.seed), "--symbols", str(light)),
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    if process.stdin is None or process.stdout is None:
        raise RuntimeError("the sandbox has no pipes")
    try:
        yield json.loads(await process.stdout.readline())
    finally:
        process.stdin.close()
        await process.wait()


@asynccontextmanager
async def _client(
    urls: Mapping[str, str], clock: Clock, rng: random.Random
) -> AsyncIterator[BinanceAggregator]:
    spot, futures, options = urls["spot"], urls["futures"], urls["options"]
    streams = StreamUrls(_socket(spot), _socket(futures), f"{_socket(spot)}/ws-api/v3")
    async with aiohttp.ClientSession() as session:
        client = BinanceAggregator(
            BinanceUrls(spot, futures, options),
            session=session,
            clock=clock,
            rng=rng,
            stream_urls=streams,
            tuning=Tuning(ttl_s=1e9),
        )
        await client.open()
        try:
            yield client
        finally:
            await client.close()


def _socket(url: str) -> str:
    return url.replace("http", "ws", 1)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; 1 when anything was wrong."""
    parser = argparse.ArgumentParser(prog="scripts/soak", description=__doc__)
    parser.add_argument(
        "--symbols", type=int, default=DEFAULT.symbols, help="symbols of each market (default 6)"
    )
    parser.add_argument("--minutes", type=float, default=1.0, help="how long faults are drawn")
    parser.add_argument(
        "--pause", type=float, default=DEFAULT.pause_s, help="mean seconds between two faults"
    )
    parser.add_argument("--seed", type=int, default=DEFAULT.seed)
    asked = parser.parse_args(arguments)
    plan = Plan(asked.symbols, asked.minutes * 60, asked.pause, asked.seed)
    outcome = asyncio.run(soak(plan, SystemClock()))
    print(json.dumps({**asdict(plan), **asdict(outcome), "memory": outcome.memory[-1:]}, indent=2))
    return 1 if outcome.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
