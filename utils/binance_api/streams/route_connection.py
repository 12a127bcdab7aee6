"""One connection kept open for ever: connected again when it ends, replaced before it is closed for its age."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from typing import Final

import structlog

from utils.binance_api.streams.backoff import Backoff
from utils.binance_api.streams.connection import REPLY_S, Connection, ConnectionLost
from utils.binance_api.streams.decode import Frame, Payload
from utils.binance_api.streams.deduplicator import Overlap
from utils.binance_api.streams.events import ControlReply, ServerShutdown
from utils.binance_api.streams.names import Route, StreamKey
from utils.binance_api.streams.subscription import Cure, StreamState, Track
from utils.binance_api.streams.waiting import first_within
from utils.clock import Clock
from utils.http.errors import Retryable, SourceError
from utils.http.transitions import Transitions

_log = structlog.get_logger(__name__)

ROTATE_S: Final = 23 * 3600.0
"""Age at which a connection is replaced; the exchange closes it at 24 hours."""
QUIET_S: Final = 20.0
"""Seconds without any frame after which the other side is asked whether it is there."""
HANDOVER_S: Final = 5.0
"""Seconds both connections run after the new one was acknowledged, for what is still on its way."""
HANDOVER_LIMIT_S: Final = 60.0
"""Seconds within which a new connection must be acknowledged, or the old one is kept."""
CURE_PAUSE_S: Final = 60.0
"""Shortest time between two replacements made to cure a silent stream."""
HEALTHY_S: Final = 60.0
"""A connection that lived this long was a success: the next failure starts with the shortest pause."""

NAMED: Final = 5
"""Streams named in one log line."""
TROUBLED: Final = frozenset({StreamState.SILENT, StreamState.LATE})

Connect = Callable[["Lane"], Awaitable[Connection]]


class Lane:
    """The streams that share a connection. ``run`` it as a task and ``tick`` it about once a second."""

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
        self.tracks: dict[str, Track] = {}
        self.counts: Counter[str] = Counter()
        self._connect = connect
        self._clock = clock
        self._market_ms = market_ms
        self._backoff = backoff
        self._transitions = transitions
        self._open: list[Connection] = []
        self._overlap: Overlap | None = None
        self._replace = asyncio.Event()
        self._replace_after_s = float("-inf")
        self._reason = ""
        self._retired: list[Connection] = []
        self._troubled: set[str] = set()
        self._failing = False
        self._bad_frames = 0
        self._garbled_s = float("inf")

    @property
    def source(self) -> str:
        """The name this lane has in logs and on the status page."""
        return f"binance.stream.{self.name}"

    @property
    def connected(self) -> bool:
        """Whether a socket is open."""
        return bool(self._open)

    def add(self, key: StreamKey) -> Track:
        """Carry one more stream."""
        track = self.tracks[key.name] = Track(key)
        for connection in self._open:
            connection.want([key.name])
        return track

    def drop(self, name: str) -> None:
        """Carry a stream no longer."""
        self.tracks.pop(name, None)
        for connection in self._open:
            connection.unwant([name])

    def replace(self, reason: str) -> None:
        """Open a second connection, and close the first when the second has taken over."""
        if not self._replace.is_set():
            self._reason = reason
            self._replace.set()

    async def run(self) -> None:
        """Keep a connection open until cancelled."""
        try:
            while True:
                connection = await self._patiently()
                task = self._start(connection)
                while not task.done():
                    await self._until_over(task)
                    if not task.done():
                        connection, task = await self._hand_over(connection, task)
                await self._fell(connection, task)
        finally:
            for connection in list(self._open):
                self._retire(connection, "closed by us")
            await asyncio.gather(*(connection.closed() for connection in self._retired))

    def tick(self, now_s: float, forgiven_s: float = 0.0) -> None:
        """Look after the connections and every stream; ``forgiven_s`` is time in which we were not listening."""
        for connection in self._open:
            connection.forgive(forgiven_s)
            self._watch_connection(connection, now_s)
        self._watch_frames()
        for track in self.tracks.values():
            track.forgive(forgiven_s)
            cure = track.overdue(now_s) if self._open else None
            if cure is Cure.RESUBSCRIBE:
                self._open[-1].again(track.key.name)
            elif cure is Cure.RECONNECT and now_s >= self._replace_after_s:
                self._replace_after_s = now_s + CURE_PAUSE_S
                self.counts["cure"] += 1
                self.replace(f"{track.key.name} stays silent")
        self._tell_troubles()

    def _tell_troubles(self) -> None:
        """Log once when streams fall silent or late and once when they are back, however many they are."""
        bad = {name for name, track in self.tracks.items() if track.state in TROUBLED}
        back = {n for n in self._troubled if n in self.tracks and self.tracks[n].state is StreamState.LIVE}
        for change, names in (("streams in trouble", bad - self._troubled), ("streams are back", back)):
            if names:
                _log.warning(change, source=self.source, count=len(names), streams=sorted(names)[:NAMED])
        self._troubled = ((self._troubled - back) & self.tracks.keys()) | bad

    def _watch_frames(self) -> None:
        """Log once when frames come garbled, and once when a minute went by without any."""
        bad, now_s = sum(connection.decoder.bad for connection in self._open), self._clock.monotonic()
        if bad > self._bad_frames:
            self.counts["bad_frames"] += bad - self._bad_frames
            self._garbled_s = now_s
            self._transitions.failed(Retryable(f"{self.source}.frames", "frames could not be decoded"))
        elif now_s - self._garbled_s > HEALTHY_S:
            self._transitions.answered(f"{self.source}.frames")
        self._bad_frames = bad

    def _watch_connection(self, connection: Connection, now_s: float) -> None:
        if connection.unanswered_s > REPLY_S:
            self.counts["half_open"] += 1
            connection.end("the exchange does not answer; the socket is half open")
        elif now_s - connection.last_frame_s > QUIET_S and connection.asked:
            connection.probe()
        aged = connection is self._open[-1] and now_s - connection.opened_s > ROTATE_S
        if aged and now_s >= self._replace_after_s:
            self._replace_after_s = now_s + CURE_PAUSE_S
            self.replace("it is 23 hours old")

    # what connections bring

    def frame(self, connection: Connection, frame: Frame[Payload], raw: bytes) -> None:
        """Hand a frame to its stream's listeners, once while two connections carry it."""
        if connection not in self._open:
            return  # replaced: what it still holds came over its successor
        data = frame.data
        if self._failing:
            self._failing = False
            self._transitions.answered(self.source)
        if type(data) is ServerShutdown:
            self.counts["shutdown_notice"] += 1
            if connection is self._open[-1]:
                self.replace("the exchange announced its shutdown")
            return
        track = self.tracks.get(frame.stream)
        if track is None:
            self.counts["unrouted"] += 1
            return
        if self._overlap is not None and not self._overlap.is_new(frame, raw):
            return
        first = data if not isinstance(data, list) else data[0] if data else None
        event_ms = getattr(first, "event_ms", None)
        track.arrived(data, connection.last_frame_s, event_ms, self._market_ms())

    def acknowledged(self, connection: Connection, names: Iterable[str]) -> None:
        """Start waiting for the data of accepted streams."""
        now_s = self._clock.monotonic()
        if connection not in self._open[:1]:
            return  # a successor, while the first connection still delivers
        for name in names:
            if (track := self.tracks.get(name)) is not None:
                track.subscribed(now_s)

    def refused(self, connection: Connection, name: str, reply: ControlReply) -> None:
        """Note a stream the exchange does not know."""
        self.counts["refused"] += 1
        if (track := self.tracks.get(name)) is not None:
            track.refused(reply)

    # the life of connections

    async def _patiently(self) -> Connection:
        """Connect, with growing pauses, however long it takes."""
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
        self._note(fault)
        asked_s = fault.retry_after_s if isinstance(fault, Retryable) else None
        await self._clock.sleep(self._backoff.next_s(asked_s or 0.0))

    def _note(self, fault: SourceError) -> None:
        """Log an outage once, however it shows: a dropped socket and a refused connection are the same one."""
        self._failing = True
        passing = isinstance(fault, Retryable)
        self._transitions.failed(
            ConnectionLost(self.source, fault.detail, code=fault.code) if passing else fault
        )

    def _start(self, connection: Connection) -> "asyncio.Task[None]":
        self._open.append(connection)
        connection.want(self.tracks)
        task = asyncio.create_task(connection.run(), name=f"stream-{self.name}")
        task.add_done_callback(_heard)
        return task

    def _retire(self, connection: Connection, reason: str) -> None:
        self._open.remove(connection)
        connection.end(reason)
        self._retired = [old for old in self._retired if not old.is_closed]
        self._retired.append(connection)

    async def _until_over(self, task: "asyncio.Task[None]") -> None:
        """Wait until the connection ended or shall be replaced."""
        wanted = asyncio.create_task(self._replace.wait())
        try:
            await asyncio.wait({task, wanted}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            wanted.cancel()

    async def _fell(self, connection: Connection, task: "asyncio.Task[None]") -> None:
        """Tell every stream that its connection is gone, and pause before the next one."""
        self._retire(connection, "lost")
        self._replace.clear()
        lived_s = self._clock.monotonic() - connection.opened_s
        for track in self.tracks.values():
            track.disconnected()
        if lived_s >= HEALTHY_S:
            self._backoff.reset()
        await self._pause(self._end_of(task))

    def _end_of(self, task: "asyncio.Task[None]") -> SourceError:
        """Return why a connection's task ended; a fault of ours is raised."""
        fault = task.exception()
        if isinstance(fault, SourceError):
            return fault
        if fault is not None:
            raise fault
        return ConnectionLost(self.source, "the connection ended")

    async def _hand_over(
        self, old: Connection, old_task: "asyncio.Task[None]"
    ) -> "tuple[Connection, asyncio.Task[None]]":
        """Replace ``old`` by a new connection without a gap; returns the one in use afterwards."""
        self._replace.clear()
        _log.info("replacing connection", source=self.source, reason=self._reason)
        try:
            new = await self._connect(self)
        except SourceError as fault:
            self._transitions.failed(ConnectionLost(f"{self.source}.replacement", fault.detail))
            self._replace_after_s = self._clock.monotonic() + CURE_PAUSE_S
            return old, old_task
        self.counts["connected"] += 1
        self._overlap = Overlap()
        new_task = self._start(new)
        await self._until_taken_over(old_task, new, new_task)
        self.counts["repeated"] += self._overlap.repeated
        self._overlap = None
        if new_task.done() or not self._has_all(new):
            return self._keep_old(old, old_task, new, new_task)
        self._promote(old, new)
        return new, new_task

    async def _until_taken_over(
        self, old_task: "asyncio.Task[None]", new: Connection, new_task: "asyncio.Task[None]"
    ) -> None:
        """Wait until the new connection has every stream (plus a moment), or either of the two ends."""
        waited_s = 0.0
        while waited_s < HANDOVER_LIMIT_S and not self._has_all(new):
            if await first_within(self._clock, 1.0, old_task, new_task):
                return
            waited_s += 1.0
        await first_within(self._clock, HANDOVER_S, old_task, new_task)

    def _has_all(self, connection: Connection) -> bool:
        refused = {name for name, track in self.tracks.items() if track.state is StreamState.REFUSED}
        return connection.live >= (self.tracks.keys() - refused)

    def _keep_old(
        self, old: Connection, old_task: "asyncio.Task[None]", new: Connection, new_task: "asyncio.Task[None]"
    ) -> "tuple[Connection, asyncio.Task[None]]":
        """The new connection did not take over: go on with whichever still lives."""
        self.counts["handover_failed"] += 1
        self._replace_after_s = self._clock.monotonic() + CURE_PAUSE_S
        if not old_task.done() or new_task.done():
            self._retire(new, "it did not take over")
            return old, old_task
        self._promote(old, new)
        return new, new_task

    def _promote(self, old: Connection, new: Connection) -> None:
        """Let the new connection go on alone; streams it does not have yet were interrupted."""
        now_s = self._clock.monotonic()
        self._retire(old, "replaced")
        self.counts["replaced"] += 1
        self._transitions.answered(f"{self.source}.replacement")
        for name, track in self.tracks.items():
            if name not in new.live:
                track.disconnected()
            else:
                track.subscribed(now_s)


def _heard(task: "asyncio.Task[None]") -> None:
    """Take the outcome of a connection even when nobody waits for it any more."""
    if not task.cancelled():
        task.exception()
