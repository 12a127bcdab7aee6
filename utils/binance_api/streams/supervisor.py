"""All streams of the process: reference-counted subscriptions, distributed over connections that are kept open.

A stream is subscribed with its first listener and unsubscribed ``ttl_s`` seconds after its last one was removed. Each
route has its own connections, and another one when all are full. Reconnecting has no limit: a lost connection is opened
again with exponential backoff, a stream without data is resubscribed and then moved to a new connection, and an old
connection is replaced before the exchange closes it. What happens when a buffer is full:

=================  =============================================================================================
books              no queue: applied in the reader; without a snapshot the newest 1000 updates are kept
trades             no queue: a ring buffer; the oldest rows are overwritten and counted
bars               the newest state of a candle replaces the previous one
other consumers    :mod:`utils.binance_api.streams.feeds`: bounded; losses are counted or the newest item kept
sockets            64 KiB and TCP behind it; the exchange closes a reader that is too slow
=================  =============================================================================================
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
from utils.binance_api.streams.route_connection import RouteConnection
from utils.binance_api.streams.subscription import Listener, StreamState, Subscription
from utils.clock import Clock
from utils.http.limiter import WeightBudget
from utils.http.transitions import Transitions

_log = structlog.get_logger(__name__)

TICK_S: Final = 1.0
BLOCKED_S: Final = 3.0
"""A tick this much later than due means that the event loop was blocked; timeouts are extended by that time."""
TTL_S: Final = 60.0
MAX_CONNECTIONS: Final = 300
CONNECTIONS_WINDOW_MS: Final = 300_000
"""New connections per five minutes and address (WebSocket limits; documented for spot, applied to all)."""
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
    connection: str
    state: StreamState
    listeners: int
    frames: int
    losses: int
    lag_ms: int | None


class ListenerHandle:
    """A registered listener of a stream; ``close`` removes it."""

    def __init__(self, owner: "StreamSupervisor", subscription: Subscription, listener: Listener) -> None:
        self._owner = owner
        self._listener = listener
        self.subscription = subscription

    def close(self) -> None:
        """Remove the listener; the stream stays subscribed for the supervisor's TTL."""
        self._owner.remove_listener(self.subscription, self._listener)


class StreamSupervisor:
    """Owns the connections; ``market_ms`` is exchange time. Needs a running loop from the first subscription on.

    The functions in ``on_tick`` are called about once a second with the monotonic time.
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
        ttl_s: float = TTL_S,
    ) -> None:
        self.counts: Counter[str] = Counter()
        self.transitions = Transitions()
        self._urls = urls
        self._session = session
        self._clock = clock
        self._market_ms = market_ms
        self._rng = rng
        self._proxy = proxy
        self._ttl_s = ttl_s
        self._connections: dict[RouteConnection, asyncio.Task[None]] = {}
        self._subscriptions: dict[StreamKey, tuple[Subscription, RouteConnection]] = {}
        self._closing: set[asyncio.Task[None]] = set()
        self._ticker: asyncio.Task[None] | None = None
        self.on_tick: list[Callable[[float], None]] = []
        self._created = 0
        self._budget = WeightBudget("connections", MAX_CONNECTIONS, CONNECTIONS_WINDOW_MS, market_ms)

    def subscribe(self, key: StreamKey, listener: Listener) -> ListenerHandle:
        """Register a listener; returns at once, events follow when the connection is open."""
        if self._ticker is None:
            self._ticker = asyncio.create_task(self._tick_for_ever(), name="stream-ticker")
        subscription, _ = self._subscriptions.get(key) or self._add_subscription(key)
        subscription.listeners.append(listener)
        subscription.unused_since_s = None
        return ListenerHandle(self, subscription, listener)

    def remove_listener(self, subscription: Subscription, listener: Listener) -> None:
        """Remove a listener from its stream."""
        if listener in subscription.listeners:
            subscription.listeners.remove(listener)
        if not subscription.listeners:
            subscription.unused_since_s = self._clock.monotonic()

    async def close(self) -> None:
        """Close all connections."""
        tasks = [*self._connections.values(), *self._closing, *([self._ticker] if self._ticker else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._connections.clear()
        self._subscriptions.clear()
        self._ticker = None

    def reconnect(self) -> None:
        """Replace every connection; the old one stays until the new one has all subscriptions."""
        for connection in self._connections:
            connection.replace("requested by an operator")

    def status(self) -> tuple[StreamStatus, ...]:
        """Return every stream, for the status page."""
        now = self._market_ms()
        return tuple(
            StreamStatus(
                key.product,
                key.name,
                connection.name,
                subscription.state,
                len(subscription.listeners),
                subscription.counts.frames,
                subscription.counts.losses,
                None if subscription.event_ms is None else now - subscription.event_ms,
            )
            for key, (subscription, connection) in self._subscriptions.items()
        )

    @property
    def connections(self) -> Mapping[str, Mapping[str, int]]:
        """Counts of each connection by its name."""
        return {connection.name: dict(connection.counts) for connection in self._connections}

    def _add_subscription(self, key: StreamKey) -> tuple[Subscription, RouteConnection]:
        connection = self._connection_with_capacity(key.route)
        kept = connection.add(key), connection
        self._subscriptions[key] = kept
        return kept

    def _connection_with_capacity(self, route: Route) -> RouteConnection:
        for connection in self._connections:
            if connection.route is route and len(connection.subscriptions) < route.max_streams:
                return connection
        self._created += 1
        name = f"{route.name}.{self._created}"
        backoff = Backoff(self._rng)
        connection = RouteConnection(
            name, route, self._connect, self._clock, self._market_ms, backoff, self.transitions
        )
        self._connections[connection] = asyncio.create_task(
            self._run_forever(connection), name=f"stream-connection-{name}"
        )
        return connection

    async def _connect(self, connection: RouteConnection) -> Connection:
        """Open a socket within the exchange's limit on new connections."""
        while (wait_ms := self._budget.wait_ms(1)) > 0:
            await self._clock.sleep(wait_ms / 1000)
        self._budget.release(self._budget.reserve(1))
        url = self._urls.of(connection.route)
        ws = await connect(self._session, url, source=connection.source, proxy=self._proxy)
        return Connection(ws, connection.route, connection, self._clock, source=connection.source)

    async def _run_forever(self, connection: RouteConnection) -> None:
        """Run a connection until cancelled; a defect of this program is logged, counted and followed by a restart."""
        while True:
            try:
                await connection.run()
            except Exception:
                self.counts["connection_crashes"] += 1
                _log.exception("stream connection failed and is restarted", connection=connection.name)
                await self._clock.sleep(CRASH_PAUSE_S)

    async def _tick_for_ever(self) -> None:
        due_s = self._clock.monotonic() + TICK_S
        while True:
            await self._clock.sleep(max(0.0, due_s - self._clock.monotonic()))
            now_s = self._clock.monotonic()
            overdue_s = now_s - due_s
            due_s = now_s + TICK_S
            try:
                self._tick(now_s, overdue_s if overdue_s > BLOCKED_S else 0.0)
            except Exception:
                self.counts["tick_errors"] += 1
                _log.exception("stream watchdog failed and continues")

    def _tick(self, now_s: float, blocked_s: float) -> None:
        if blocked_s:
            self.counts["blocked"] += 1
            _log.warning("the event loop was blocked", seconds=round(blocked_s, 1))
        for connection in list(self._connections):
            connection.tick(now_s, blocked_s)
        self._remove_unused(now_s)
        for function in self.on_tick:
            function(now_s)

    def _remove_unused(self, now_s: float) -> None:
        """Unsubscribe streams without listeners for ``ttl_s``, and close connections without streams."""
        for key, (subscription, connection) in list(self._subscriptions.items()):
            if subscription.unused_since_s is not None and now_s - subscription.unused_since_s >= self._ttl_s:
                del self._subscriptions[key]
                connection.remove(key.name)
        for connection in [connection for connection in self._connections if not connection.subscriptions]:
            task = self._connections.pop(connection)
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)
            task.cancel()
