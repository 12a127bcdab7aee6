"""A connection of one route that is kept open: reconnected when it ends, replaced before the exchange closes it."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from typing import Final

import structlog

from utils.binance_api.streams.backoff import Backoff
from utils.binance_api.streams.connection import REPLY_S, Connection, ConnectionLost
from utils.binance_api.streams.decode import Frame, Payload
from utils.binance_api.streams.deduplicator import Deduplicator
from utils.binance_api.streams.events import ControlReply, ServerShutdown
from utils.binance_api.streams.names import Route, StreamKey
from utils.binance_api.streams.subscription import RecoveryAction, StreamState, Subscription
from utils.clock import Clock
from utils.http.errors import Retryable, SourceError
from utils.http.transitions import Transitions
from utils.timeouts import first_within

_log = structlog.get_logger(__name__)

ROTATE_S: Final = 23 * 3600.0
"""Age at which a connection is replaced; the exchange closes it at 24 hours."""
IDLE_S: Final = 20.0
"""Seconds without any frame after which the exchange is probed."""
HANDOVER_S: Final = 5.0
"""Seconds that both connections run after the new one was acknowledged, for events in transit."""
HANDOVER_LIMIT_S: Final = 60.0
"""Seconds within which the subscriptions of a new connection must be acknowledged; otherwise the old one stays."""
RECOVERY_PAUSE_S: Final = 60.0
"""Least time between two replacements of a connection."""
HEALTHY_S: Final = 60.0
"""After a connection that lasted this long the backoff starts again with the shortest pause."""

NAMED: Final = 5
"""Most streams named in one log line."""
UNHEALTHY: Final = frozenset({StreamState.STALE, StreamState.LAGGING})

Connect = Callable[["RouteConnection"], Awaitable[Connection]]


class RouteConnection:
    """The subscriptions that share a connection of one route.

    ``run`` it as a task and ``tick`` it about once a second. ``counts`` says what happened to the connection.
    """

    def __init__(
        self,
        name: str,
        route: Route,
        connect: Connect,
        clock: Clock,
        market_ms: Callable[[], int],
        backoff: Backoff,
        transitions: Transitions,
    ) -> None:
        self.name = name
        self.route = route
        self.subscriptions: dict[str, Subscription] = {}
        self.counts: Counter[str] = Counter()
        self._connect = connect
        self._clock = clock
        self._market_ms = market_ms
        self._backoff = backoff
        self._transitions = transitions
        self._open: list[Connection] = []
        self._deduplicator: Deduplicator | None = None
        self._replace = asyncio.Event()
        self._replace_after_s = float("-inf")
        self._reason = ""
        self._retired: list[Connection] = []
        self._unhealthy: set[str] = set()
        self._failing = False
        self._bad_frames = 0
        self._last_bad_frame_s = float("inf")

    @property
    def source(self) -> str:
        """Its name in logs and on the status page."""
        return f"binance.stream.{self.name}"

    @property
    def connected(self) -> bool:
        """Whether a socket is open."""
        return bool(self._open)

    def add(self, key: StreamKey) -> Subscription:
        """Add a stream and subscribe to it."""
        subscription = self.subscriptions[key.name] = Subscription(key)
        for connection in self._open:
            connection.subscribe([key.name])
        return subscription

    def remove(self, name: str) -> None:
        """Remove a stream and unsubscribe from it."""
        self.subscriptions.pop(name, None)
        for connection in self._open:
            connection.unsubscribe([name])

    def replace(self, reason: str) -> None:
        """Request a second connection; the first is closed when the second has all subscriptions."""
        if not self._replace.is_set():
            self._reason = reason
            self._replace.set()

    async def run(self) -> None:
        """Keep a connection open until cancelled."""
        try:
            while True:
                connection = await self._connect_with_backoff()
                task = self._start(connection)
                while not task.done():
                    await self._until_ended_or_replaced(task)
                    if not task.done():
                        connection, task = await self._hand_over(connection, task)
                await self._handle_loss(connection, task)
        finally:
            for connection in list(self._open):
                self._retire(connection, "closed by us")
            await asyncio.gather(*(connection.closed() for connection in self._retired))

    def tick(self, now_s: float, blocked_s: float = 0.0) -> None:
        """Check the connections and every stream; ``blocked_s`` is time in which the event loop was blocked."""
        for connection in self._open:
            connection.extend_deadlines(blocked_s)
            self._watch_connection(connection, now_s)
        self._watch_frames()
        for subscription in self.subscriptions.values():
            subscription.extend_deadlines(blocked_s)
            action = subscription.check_timeout(now_s) if self._open else None
            if action is RecoveryAction.RESUBSCRIBE:
                self._open[-1].resubscribe(subscription.key.name)
            elif action is RecoveryAction.RECONNECT and now_s >= self._replace_after_s:
                self._replace_after_s = now_s + RECOVERY_PAUSE_S
                self.counts["recoveries"] += 1
                self.replace(f"{subscription.key.name} sends no data")
        self._log_health_changes()

    def _log_health_changes(self) -> None:
        """Log once when streams become stale or lagging and once when they recover, however many they are."""
        bad = {name for name, subscription in self.subscriptions.items() if subscription.state in UNHEALTHY}
        back = {
            n
            for n in self._unhealthy
            if n in self.subscriptions and self.subscriptions[n].state is StreamState.LIVE
        }
        changes = {"streams are stale or lagging": bad - self._unhealthy, "streams are live again": back}
        for change, names in changes.items():
            if names:
                _log.warning(change, source=self.source, count=len(names), streams=sorted(names)[:NAMED])
        self._unhealthy = ((self._unhealthy - back) & self.subscriptions.keys()) | bad

    def _watch_frames(self) -> None:
        """Log once when frames cannot be decoded, and once when a minute passed without any such frame."""
        bad, now_s = sum(connection.decoder.bad for connection in self._open), self._clock.monotonic()
        if bad > self._bad_frames:
            self.counts["bad_frames"] += bad - self._bad_frames
            self._last_bad_frame_s = now_s
            self._transitions.failed(Retryable(f"{self.source}.frames", "frames could not be decoded"))
        elif now_s - self._last_bad_frame_s > HEALTHY_S:
            self._transitions.answered(f"{self.source}.frames")
        self._bad_frames = bad

    def _watch_connection(self, connection: Connection, now_s: float) -> None:
        if connection.unanswered_s > REPLY_S:
            self.counts["half_open"] += 1
            connection.end("the exchange does not answer; the socket is half open")
        elif now_s - connection.last_frame_s > IDLE_S and connection.requested:
            connection.probe()
        aged = connection is self._open[-1] and now_s - connection.opened_s > ROTATE_S
        if aged and now_s >= self._replace_after_s:
            self._replace_after_s = now_s + RECOVERY_PAUSE_S
            self.replace("it is 23 hours old")

    # events of the connections

    def frame(self, connection: Connection, frame: Frame[Payload], raw: bytes) -> None:
        """Deliver a frame to its stream's listeners, once even while two connections carry it."""
        if connection not in self._open:
            return  # replaced: its remaining frames came over its successor
        data = frame.data
        if self._failing:
            self._failing = False
            self._transitions.answered(self.source)
        if type(data) is ServerShutdown:
            self.counts["shutdown_notice"] += 1
            if connection is self._open[-1]:
                self.replace("the exchange announced its shutdown")
            return
        subscription = self.subscriptions.get(frame.stream)
        if subscription is None:
            self.counts["unrouted"] += 1
            return
        if self._deduplicator is not None and not self._deduplicator.is_new(frame, raw):
            return
        first = data if not isinstance(data, list) else data[0] if data else None
        event_ms = getattr(first, "event_ms", None)
        subscription.received(data, connection.last_frame_s, event_ms, self._market_ms())

    def acknowledged(self, connection: Connection, names: Iterable[str]) -> None:
        """Start the idle timeout of acknowledged streams."""
        now_s = self._clock.monotonic()
        if connection not in self._open[:1]:
            return  # a successor; the first connection still delivers
        for name in names:
            if (subscription := self.subscriptions.get(name)) is not None:
                subscription.subscribed(now_s)

    def refused(self, connection: Connection, name: str, reply: ControlReply) -> None:
        """Note a stream that the exchange rejected."""
        self.counts["refused"] += 1
        if (subscription := self.subscriptions.get(name)) is not None:
            subscription.refused(reply)

    # opening, replacing and closing connections

    async def _connect_with_backoff(self) -> Connection:
        """Connect, with exponential backoff and without a limit on attempts."""
        while True:
            try:
                connection = await self._connect(self)
            except SourceError as fault:
                await self._pause(fault)
            else:
                self.counts["connected"] += 1
                return connection

    async def _pause(self, fault: SourceError) -> None:
        self.counts["failed"] += 1
        self._record_fault(fault)
        asked_s = fault.retry_after_s if isinstance(fault, Retryable) else None
        await self._clock.sleep(self._backoff.next_s(asked_s or 0.0))

    def _record_fault(self, fault: SourceError) -> None:
        """Log an outage once: a dropped socket and the refused connections after it count as the same one."""
        self._failing = True
        passing = isinstance(fault, Retryable)
        self._transitions.failed(
            ConnectionLost(self.source, fault.detail, code=fault.code) if passing else fault
        )

    def _start(self, connection: Connection) -> "asyncio.Task[None]":
        self._open.append(connection)
        connection.subscribe(self.subscriptions)
        task = asyncio.create_task(connection.run(), name=f"stream-{self.name}")
        task.add_done_callback(_retrieve_outcome)
        return task

    def _retire(self, connection: Connection, reason: str) -> None:
        self._open.remove(connection)
        connection.end(reason)
        self._retired = [old for old in self._retired if not old.is_closed]
        self._retired.append(connection)

    async def _until_ended_or_replaced(self, task: "asyncio.Task[None]") -> None:
        """Wait until the connection ends or a replacement is requested."""
        wanted = asyncio.create_task(self._replace.wait())
        try:
            await asyncio.wait({task, wanted}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            wanted.cancel()

    async def _handle_loss(self, connection: Connection, task: "asyncio.Task[None]") -> None:
        """Notify every stream of the lost connection, and pause before the next one."""
        self._retire(connection, "lost")
        self._replace.clear()
        lived_s = self._clock.monotonic() - connection.opened_s
        for subscription in self.subscriptions.values():
            subscription.disconnected()
        if lived_s >= HEALTHY_S:
            self._backoff.reset()
        await self._pause(self._end_of(task))

    def _end_of(self, task: "asyncio.Task[None]") -> SourceError:
        """Return why a connection's task ended; a defect of this program is raised."""
        fault = task.exception()
        if isinstance(fault, SourceError):
            return fault
        if fault is not None:
            raise fault
        return ConnectionLost(self.source, "the connection ended")

    async def _hand_over(
        self, old: Connection, old_task: "asyncio.Task[None]"
    ) -> "tuple[Connection, asyncio.Task[None]]":
        """Replace ``old`` by a new connection without losing events; return the one in use afterwards."""
        self._replace.clear()
        _log.info("replacing connection", source=self.source, reason=self._reason)
        try:
            new = await self._connect(self)
        except SourceError as fault:
            self._transitions.failed(ConnectionLost(f"{self.source}.replacement", fault.detail))
            self._replace_after_s = self._clock.monotonic() + RECOVERY_PAUSE_S
            return old, old_task
        self.counts["connected"] += 1
        self._deduplicator = Deduplicator()
        new_task = self._start(new)
        await self._until_taken_over(old_task, new, new_task)
        self.counts["repeated"] += self._deduplicator.repeated
        self._deduplicator = None
        if new_task.done() or not self._has_all(new):
            return self._keep_old(old, old_task, new, new_task)
        self._promote(old, new)
        return new, new_task

    async def _until_taken_over(
        self, old_task: "asyncio.Task[None]", new: Connection, new_task: "asyncio.Task[None]"
    ) -> None:
        """Wait until the new connection has every stream plus ``HANDOVER_S``, or until either of the two ends."""
        waited_s = 0.0
        while waited_s < HANDOVER_LIMIT_S and not self._has_all(new):
            if await first_within(self._clock, 1.0, old_task, new_task):
                return
            waited_s += 1.0
        await first_within(self._clock, HANDOVER_S, old_task, new_task)

    def _has_all(self, connection: Connection) -> bool:
        refused = {
            name
            for name, subscription in self.subscriptions.items()
            if subscription.state is StreamState.REFUSED
        }
        return connection.active >= (self.subscriptions.keys() - refused)

    def _keep_old(
        self, old: Connection, old_task: "asyncio.Task[None]", new: Connection, new_task: "asyncio.Task[None]"
    ) -> "tuple[Connection, asyncio.Task[None]]":
        """After a failed handover, return whichever connection is still open."""
        self.counts["handover_failed"] += 1
        self._replace_after_s = self._clock.monotonic() + RECOVERY_PAUSE_S
        if not old_task.done() or new_task.done():
            self._retire(new, "it did not take over")
            return old, old_task
        self._promote(old, new)
        return new, new_task

    def _promote(self, old: Connection, new: Connection) -> None:
        """Close the old connection; streams that the new one does not have yet are marked as disconnected."""
        now_s = self._clock.monotonic()
        self._retire(old, "replaced")
        self.counts["replaced"] += 1
        self._transitions.answered(f"{self.source}.replacement")
        for name, subscription in self.subscriptions.items():
            if name not in new.active:
                subscription.disconnected()
            else:
                subscription.subscribed(now_s)


def _retrieve_outcome(task: "asyncio.Task[None]") -> None:
    """Retrieve the outcome of a connection, so that asyncio does not report it as never retrieved."""
    if not task.cancelled():
        task.exception()
