"""The exchange as a server: spot, futures and options on three ports, one market behind them."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TypeVar

from aiohttp import web

from utils.sandbox.control import CallLog, FaultTable, SandboxClock, TimeSource, control_routes, sandbox_app
from utils.sandbox.exchange.account.accounts import Accounts
from utils.sandbox.exchange.connections import Connections
from utils.sandbox.exchange.controls import exchange_routes
from utils.sandbox.exchange.faults import KNOWN_FAULTS
from utils.sandbox.exchange.market.contract import Market
from utils.sandbox.exchange.market.instrument import FUTURES, SPOT
from utils.sandbox.exchange.market.simulated import SimulatedMarket
from utils.sandbox.exchange.replay.frames import recording_file
from utils.sandbox.exchange.replay.market import ReplayMarket
from utils.sandbox.exchange.rest.account_futures import FUTURES_ACCOUNT_ENDPOINTS
from utils.sandbox.exchange.rest.account_spot import SPOT_ACCOUNT_ENDPOINTS
from utils.sandbox.exchange.rest.block_trades import BLOCK_TRADE_ENDPOINTS
from utils.sandbox.exchange.rest.faulty import Pause
from utils.sandbox.exchange.rest.front import Front
from utils.sandbox.exchange.rest.futures import FUNDING_BUCKET, FUTURES_ENDPOINTS
from utils.sandbox.exchange.rest.futures_indices import FUTURES_INDEX_ENDPOINTS
from utils.sandbox.exchange.rest.futures_info import (
    FUNDING_LIMIT,
    STATISTICS_LIMIT,
)
from utils.sandbox.exchange.rest.futures_info import WEIGHT_LIMIT as FUTURES_WEIGHT_LIMIT
from utils.sandbox.exchange.rest.futures_risk import FUTURES_RISK_ENDPOINTS
from utils.sandbox.exchange.rest.limits import Limits
from utils.sandbox.exchange.rest.options import OPTIONS_ENDPOINTS, OPTIONS_WEIGHT_LIMIT
from utils.sandbox.exchange.rest.spot import SPOT_ENDPOINTS
from utils.sandbox.exchange.rest.spot_info import RAW_LIMIT, WEIGHT_LIMIT
from utils.sandbox.exchange.rest.spot_rules import SPOT_RULE_ENDPOINTS
from utils.sandbox.exchange.rest.spot_windows import SPOT_WINDOW_ENDPOINTS
from utils.sandbox.exchange.rest.statistics import STATISTICS_BUCKET, STATISTICS_ENDPOINTS
from utils.sandbox.exchange.rest.trading_sessions import TRADING_SESSION_ENDPOINTS
from utils.sandbox.exchange.streams.listener import open_socket, wants_socket
from utils.sandbox.exchange.streams.player import Book, Player
from utils.sandbox.exchange.streams.switchboard import Switchboard

OPTIONS = "options"
GOING_AWAY = 1001
REPLAY_START_MS = int(datetime(2025, 1, 1, tzinfo=UTC).timestamp() * 1000)
"""A replay begins just after the recordings end, so that their last bars are the newest ones."""
ENDPOINTS = {
    SPOT: (
        SPOT_ENDPOINTS
        + SPOT_WINDOW_ENDPOINTS
        + SPOT_RULE_ENDPOINTS
        + BLOCK_TRADE_ENDPOINTS
        + SPOT_ACCOUNT_ENDPOINTS
    ),
    FUTURES: (
        FUTURES_ENDPOINTS
        + FUTURES_INDEX_ENDPOINTS
        + FUTURES_RISK_ENDPOINTS
        + TRADING_SESSION_ENDPOINTS
        + STATISTICS_ENDPOINTS
        + FUTURES_ACCOUNT_ENDPOINTS
    ),
    OPTIONS: OPTIONS_ENDPOINTS,
}

Answer = TypeVar("Answer")


class ExchangeSandbox:
    """A Binance-compatible exchange on loopback.

    `bind` is `host:port`; futures and options take the next two ports, or any free ones when the port is 0.
    `data` is a folder of recordings (replay) or `None` (simulated market from `seed`, plus `symbols` light coins).
    `clock` is a `SandboxClock` or any source of UTC milliseconds to share with the caller, `pause` what a latency
    fault waits with, `light_rate` how many messages a second each best-price stream of a light coin sends (0: when
    it changes). After `start` the
    addresses are in `spot_url`, `futures_url` and `options_url`. Raises `OSError` when a port cannot be bound.
    """

    def __init__(
        self,
        bind: str = "127.0.0.1:0",
        data: Path | str | None = None,
        seed: int = 1,
        clock: SandboxClock | TimeSource | None = None,
        symbols: int = 0,
        pause: Pause = asyncio.sleep,
        light_rate: float = 0.0,
    ) -> None:
        host, _, port = bind.rpartition(":")
        self._host, self._port = host.strip("[]"), int(port)
        self._data = None if data is None else Path(data)
        self._symbols = symbols
        self.pause = pause
        self.light_rate = light_rate
        self.seed = seed
        self.clock = self._clock_from(clock)
        self.connections = Connections()
        self.worker: Executor = ThreadPoolExecutor(1, thread_name_prefix="sandbox-market")
        self._runners: list[web.AppRunner] = []
        self._playing: asyncio.Task[None] | None = None
        self._warming: asyncio.Task[None] | None = None
        self._urls: dict[str, str] = {}
        self._furnish()

    @property
    def spot_url(self) -> str:
        """Where spot listens."""
        return self._urls[SPOT]

    @property
    def futures_url(self) -> str:
        """Where USD-M futures listen."""
        return self._urls[FUTURES]

    @property
    def options_url(self) -> str:
        """Where options listen."""
        return self._urls[OPTIONS]

    async def start(self) -> None:
        """Listen on the three ports."""
        try:
            for offset, kind in enumerate(self._fronts):
                port = self._port + offset if self._port else 0
                self._urls[kind] = await self._listen(kind, port)
        except OSError:
            await self.stop()
            raise
        if self._symbols:
            self._warming = asyncio.create_task(self._warm(self.market))

    async def stop(self) -> None:
        """Close every socket and stop listening."""
        if self._warming is not None:
            self._warming.cancel()
        for front in self._fronts.values():
            front.release()
        await self._hang_up()
        for runner in self._runners:
            await runner.cleanup()
        self._runners.clear()
        self.worker.shutdown(wait=True, cancel_futures=True)

    def state(self) -> dict[str, object]:
        """Mode, seed, addresses and connections for `GET /_sandbox/state`."""
        return {
            "mode": self.market.mode,
            "seed": self.seed,
            "urls": self._urls,
            "connections": self.connections.describe(),
        }

    async def reset(self, seed: int | None) -> None:
        """Start anew: market, faults, calls and limits; sockets are closed."""
        self.seed = self.seed if seed is None else seed
        for front in self._fronts.values():
            front.release()
        await self._hang_up()
        self._furnish()

    async def catch_up(self) -> None:
        """Send whatever the streams have to say by now; a test that moved the clock need not wait for the beat."""
        for board in self._boards.values():
            await board.beat()

    def play(self, name: str, rate: float) -> None:
        """Play a recording of the data folder's `ws`; until the next one its symbol's REST depth is the recorded.

        Raises `FileNotFoundError` without a data folder or such a file.
        """
        if self._data is None:
            raise FileNotFoundError("recordings need a data folder")
        recording = recording_file(self._data, name)
        key = (recording.market, recording.symbol)
        self._stop_playing()
        self.recorded_books.pop(key, None)
        player = Player(
            recording,
            self._boards[recording.market],
            rate,
            lambda book: self.recorded_books.update({key: book}),
        )
        self._playing = asyncio.create_task(player.play())

    def charge(self, kind: str, address: str, weight: int) -> int:
        """Spend weight of a market's pool; returns what is used this minute. Raises `ApiError` above the limit."""
        return self._fronts[kind].limits.charge(address, weight, None, self.clock.now_ms())

    async def on_worker(self, call: Callable[[], Answer]) -> Answer:
        """Run something on the one thread that may touch the market."""
        return await asyncio.get_running_loop().run_in_executor(self.worker, call)

    async def _warm(self, market: Market) -> None:
        """Draw the many symbols one by one, so that the first request for all of them need not."""
        now_ms = self.clock.now_ms()
        for listing in market.listings(SPOT, now_ms):
            await self.on_worker(partial(market.day, SPOT, listing.symbol, now_ms))

    def _stop_playing(self) -> None:
        if self._playing is not None:
            self._playing.cancel()
            self._playing = None

    async def _hang_up(self) -> None:
        self._stop_playing()
        await self.connections.close_all(GOING_AWAY)
        for board in self._boards.values():
            await board.stop()

    def _clock_from(self, clock: SandboxClock | TimeSource | None) -> SandboxClock:
        if isinstance(clock, SandboxClock):
            return clock
        if clock is not None:
            return SandboxClock(source=clock)
        return SandboxClock(None if self._data is None else REPLAY_START_MS)

    def _furnish(self) -> None:
        self.faults = FaultTable(self.clock, self.seed, KNOWN_FAULTS)
        self.calls = CallLog(self.clock)
        self.accounts = Accounts(self.seed)
        self.recorded_books: dict[tuple[str, str], Book] = {}
        self.market: Market = self._new_market()
        self._fronts = {kind: self._front(kind) for kind in (SPOT, FUTURES, OPTIONS)}
        self._boards = {kind: Switchboard(self, kind) for kind in (SPOT, FUTURES)}

    def _new_market(self) -> Market:
        if self._data is not None:
            return ReplayMarket(self._data)
        return SimulatedMarket(self.seed, self.clock.now_ms(), self._symbols)

    def _front(self, kind: str) -> Front:
        return Front(self, kind, ENDPOINTS[kind], _limits(kind), self.seed)

    async def _listen(self, kind: str, port: int) -> str:
        app = sandbox_app()
        app.add_routes(control_routes(self))
        app.add_routes(exchange_routes(self))

        async def answer(request: web.Request) -> web.StreamResponse:
            if wants_socket(request) and kind in self._boards:
                return await open_socket(request, self, self._boards[kind])
            return await self._fronts[kind].answer(request)

        app.router.add_route("*", "/{path:.*}", answer)
        runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=1.0)
        self._runners.append(runner)
        await runner.setup()
        site = web.TCPSite(runner, self._host, port)
        await site.start()
        bound = runner.addresses[0]
        host = f"[{bound[0]}]" if ":" in bound[0] else bound[0]
        return f"http://{host}:{bound[1]}"


def _limits(kind: str) -> Limits:
    if kind == SPOT:
        return Limits(WEIGHT_LIMIT, {"raw": RAW_LIMIT}, tells_retry_after=True)
    if kind == FUTURES:
        buckets = {FUNDING_BUCKET: FUNDING_LIMIT, STATISTICS_BUCKET: STATISTICS_LIMIT}
        return Limits(FUTURES_WEIGHT_LIMIT, buckets, tells_retry_after=False)
    return Limits(OPTIONS_WEIGHT_LIMIT, {}, tells_retry_after=False)
