"""All streams of the process: counted subscriptions, spread over connections that are kept alive.

A stream is subscribed when its first listener comes and left some time after its last one went. Connections are
made per route, and more of a route when one is full. Nothing gives up: a lost connection is made again with growing
pauses, a silent stream is subscribed again and then carried over to a new connection, and an old connection is
replaced before the exchange closes it. Policies of everything that can fill up:

=================  =======================================================================================
books              no queue: applied in the reader; without a snapshot the newest 1000 updates are kept
trades             no queue: a ring whose oldest rows give way, counted
bars               the newest state of a candle replaces the one before
listeners apart    :mod:`utils.binance_api.streams.feeds`: bounded, the loss counted or the newest kept
sockets            64 KiB and TCP behind it; the exchange closes a reader that is too slow
=================  =======================================================================================
"""

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import aiohttp
import structlog

from utils.binance_api.streams.backoff import Backoff
from utils.binance_api.streams.connection import Connection, connect
from utils.binance_api.streams.names import Product, Route, StreamKey
from utils.binance_api.streams.route_connection import Lane
from utils.binance_api.streams.subscription import Listener, StreamState, Track
from utils.clock import Clock
from utils.http.limiter import WeightBudget
from utils.http.transitions import Transitions

_log = structlog.get_logger(__name__)

TICK_S: Final = 1.0
BLOCKED_S: Final = 3.0
"""A tick this much later than due: the loop was blocked, and the streams' silence was ours."""
LINGER_S: Final = 60.0
CONNECTIONS: Final = 300
CONNECTIONS_WINDOW_MS: Final = 300_000
"""New connections per five minutes and address (WebSocket limits; documented for spot, kept for all)."""
CRASH_PAUSE_S: Final = 5.0


@dataclass(frozen=True, slots=True)
class StreamUrls:
    """Base addresses of the stream hosts, options share the futures' host; ``spot_api`` is complete."""

    spot: str = "wss://data-stream.binance.vision"
    futures: str = "wss://fstream.binance.com"
    spot_api: str = "wss://ws-api.binance.com:443/ws-api/v3"

    def of(self, route: Route) -> str:
        """Return the address of a combined connection on this route."""
        host = self.spot if route.product == "spot" else self.futures
        return f"{host.rstrip('/')}{route.path}/stream"


PRODUCTION: Final = StreamUrls()


@dataclass(frozen=True, slots=True)
class StreamStatus:
    """One stream for the status page; ``lag_ms`` is the age of its newest event, ``None`` before the first."""

    product: Product
    name: str
    lane: str
    state: StreamState
    listeners: int
    frames: int
    losses: int
    lag_ms: int | None


class Subscription:
    """A listener on a stream until ``close``."""

    def __init__(self, owner: "StreamSupervisor", track: Track, listener: Listener) -> None:
        self._owner = owner
        self._listener = listener
        self.track = track

    def close(self) -> None:
        """Stop listening; the stream lingers for a while."""
        self._owner.leave(self.track, self._listener)


class StreamSupervisor:
    """Owns the connections; ``market_ms`` is exchange time. Needs a running loop from the first subscription on.

    What stands in ``on_tick`` is called about once a second with the monotonic time.
    """

    def __init__(
        self,
        urls: StreamUrls,
        *,
        session: aiohttp.ClientSession,
        clock: Clock,
        market_ms: Callable[[], int],
        rng: random.Random,
        proxy: str | None = None,
        linger_s: float = LINGER_S,
    ) -> None:
        self.counts: Counter[str] = Counter()
        self.transitions = Transitions()
        self._urls = urls
        self._session = session
        self._clock = clock
        self._market_ms = market_ms
        self._rng = rng
        self._proxy = proxy
        self._linger_s = linger_s
        self._lanes: dict[Lane, asyncio.Task[None]] = {}
        self._tracks: dict[StreamKey, tuple[Track, Lane]] = {}
        self._leaving: set[asyncio.Task[None]] = set()
        self._ticker: asyncio.Task[None] | None = None
        self.on_tick: list[Callable[[float], None]] = []
        self._made = 0
        self._budget = WeightBudget("connections", CONNECTIONS, CONNECTIONS_WINDOW_MS, market_ms)

    def subscribe(self, key: StreamKey, listener: Listener) -> Subscription:
        """Listen to a stream; returns at once, data follows when the connection stands."""
        if self._ticker is None:
            self._ticker = asyncio.create_task(self._tick_for_ever(), name="stream-ticker")
        track, _ = self._tracks.get(key) or self._begin(key)
        track.listeners.append(listener)
        track.idle_since_s = None
        return Subscription(self, track, listener)

    def leave(self, track: Track, listener: Listener) -> None:
        """Take a listener off its stream."""
        if listener in track.listeners:
            track.listeners.remove(listener)
        if not track.listeners:
            track.idle_since_s = self._clock.monotonic()

    async def close(self) -> None:
        """End all connections."""
        tasks = [*self._lanes.values(), *self._leaving, *([self._ticker] if self._ticker else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._lanes.clear()
        self._tracks.clear()
        self._ticker = None

    def reconnect(self) -> None:
        """Replace every connection, with both kept until the new one delivers."""
        for lane in self._lanes:
            lane.replace("asked for by an operator")

    def status(self) -> tuple[StreamStatus, ...]:
        """Return every stream, for the status page."""
        now = self._market_ms()
        return tuple(
            StreamStatus(
                key.product,
                key.name,
                lane.name,
                track.state,
                len(track.listeners),
                track.counts.frames,
                track.counts.losses,
                None if track.event_ms is None else now - track.event_ms,
            )
            for key, (track, lane) in self._tracks.items()
        )

    @property
    def lanes(self) -> Mapping[str, Mapping[str, int]]:
        """What happened to each connection, by its name."""
        return {lane.name: dict(lane.counts) for lane in self._lanes}

    def _begin(self, key: StreamKey) -> tuple[Track, Lane]:
        lane = self._lane_with_room(key.route)
        kept = lane.add(key), lane
        self._tracks[key] = kept
        return kept

    def _lane_with_room(self, route: Route) -> Lane:
        for lane in self._lanes:
            if lane.route is route and len(lane.tracks) < route.max_streams:
                return lane
        self._made += 1
        name = f"{route.name}.{self._made}"
        backoff = Backoff(self._rng)
        lane = Lane(name, route, self._connect, self._clock, self._market_ms, backoff, self.transitions)
        self._lanes[lane] = asyncio.create_task(self._keep(lane), name=f"stream-lane-{name}")
        return lane

    async def _connect(self, lane: Lane) -> Connection:
        """Open a lane's socket, within the exchange's limit on new connections."""
        while (wait_ms := self._budget.wait_ms(1)) > 0:
            await self._clock.sleep(wait_ms / 1000)
        self._budget.settle(self._budget.reserve(1))
        url = self._urls.of(lane.route)
        ws = await connect(self._session, url, source=lane.source, proxy=self._proxy)
        return Connection(ws, lane.route, lane, self._clock, source=lane.source)

    async def _keep(self, lane: Lane) -> None:
        """Run a lane for ever; a fault of ours is logged, counted and must not end the streams."""
        while True:
            try:
                await lane.run()
            except Exception:
                self.counts["lane_crashes"] += 1
                _log.exception("stream lane failed, it starts again", lane=lane.name)
                await self._clock.sleep(CRASH_PAUSE_S)

    async def _tick_for_ever(self) -> None:
        due_s = self._clock.monotonic() + TICK_S
        while True:
            await self._clock.sleep(max(0.0, due_s - self._clock.monotonic()))
            now_s = self._clock.monotonic()
            late_s = now_s - due_s
            due_s = now_s + TICK_S
            try:
                self._tick(now_s, late_s if late_s > BLOCKED_S else 0.0)
            except Exception:
                self.counts["tick_errors"] += 1
                _log.exception("stream watchdog failed, it goes on")

    def _tick(self, now_s: float, blocked_s: float) -> None:
        if blocked_s:
            self.counts["blocked"] += 1
            _log.warning("the event loop was blocked", seconds=round(blocked_s, 1))
        for lane in list(self._lanes):
            lane.tick(now_s, blocked_s)
        self._let_go(now_s)
        for look in self.on_tick:
            look(now_s)

    def _let_go(self, now_s: float) -> None:
        """Leave streams nobody has listened to for a while, and connections without streams."""
        for key, (track, lane) in list(self._tracks.items()):
            if track.idle_since_s is not None and now_s - track.idle_since_s >= self._linger_s:
                del self._tracks[key]
                lane.drop(key.name)
        for lane in [lane for lane in self._lanes if not lane.tracks]:
            task = self._lanes.pop(lane)
            self._leaving.add(task)
            task.add_done_callback(self._leaving.discard)
            task.cancel()
