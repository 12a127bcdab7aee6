"""People before background work: who asks is marked, background work waits until nobody is waiting for an answer.

Work that somebody more urgent comes to wait for becomes as urgent at once; whoever lets work wait is told (`watch`).
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final, Protocol
from weakref import WeakSet

from utils.clock import Clock
from utils.timeouts import within

QUIET_S: Final = 1.0
"""Background work goes on when nobody has waited for an answer for this long."""
LONGEST_WAIT_S: Final = 30.0
"""A step of background work waits for a quiet moment at most this long, so that it is never given up."""
LOOK_S: Final = 0.25
BACKGROUND_REQUESTS: Final = 2
"""Requests of background work that are under way at once: what is sent already stands before a person's request."""


class Urgency(IntEnum):
    """Whom work is for, the most urgent first: an answer, what stands beside it, or nobody who waits."""

    ANSWER = 0
    BESIDE = 1
    BACKGROUND = 2


@dataclass(slots=True, eq=False)
class Standing:
    """How urgent work is: as urgent as it began, or as the most urgent work that waits for it now."""

    own: Urgency
    waiting: list["Standing"] = field(default_factory=list)

    @property
    def urgency(self) -> Urgency:
        """The urgency now."""
        if self.own == Urgency.ANSWER or not self.waiting:
            return self.own
        # whoever began work and waits for it stands there twice
        return min(self.own, *(one.urgency for one in {*self.waiting}))

    def awaited(self) -> AbstractContextManager[None]:
        """Inside, the running work waits for this one."""
        return self.awaited_by(_standing.get())

    @contextmanager
    def awaited_by(self, other: "Standing") -> Iterator[None]:
        """Inside, other work waits for this one."""
        rises = other.urgency < self.urgency
        self.waiting.append(other)
        if rises:
            for watcher in tuple(_watchers):
                watcher.rose()
        try:
            yield
        finally:
            self.waiting.remove(other)


class Watcher(Protocol):
    """Lets work wait for its turn, by its urgency."""

    def rose(self) -> None:
        """Look again whose turn it is: some work has become more urgent."""
        ...


_watchers: Final[WeakSet[Watcher]] = WeakSet()


def watch(watcher: Watcher) -> None:
    """Tell a watcher, as long as it exists, whenever work becomes more urgent."""
    _watchers.add(watcher)


_ANSWERING: Final = Standing(Urgency.ANSWER)
_standing: ContextVar[Standing] = ContextVar("standing", default=_ANSWERING)


def urgency() -> Urgency:
    """Return how urgent the running work is."""
    return _standing.get().urgency


def is_background() -> bool:
    """Return whether the running task is background work."""
    return urgency() == Urgency.BACKGROUND


@contextmanager
def background() -> Iterator[None]:
    """Mark what runs inside, and the tasks it starts, as background work."""
    with _under(Standing(Urgency.BACKGROUND)):
        yield


@contextmanager
def beside() -> Iterator[None]:
    """Mark what runs inside, and the tasks it starts, as less urgent than answers; background work stays that."""
    with _under(Standing(max(Urgency.BESIDE, urgency()))):
        yield


@contextmanager
def urgent() -> Iterator[None]:
    """Mark what runs inside, and the tasks it starts, as urgent, whoever starts it: it serves many, unknown to it."""
    with _under(_ANSWERING):
        yield


@contextmanager
def shared_work() -> Iterator[Standing]:
    """Start work inside that others may come to wait for; they say so with `Standing.awaited`."""
    began_in = _standing.get()
    with _under(Standing(began_in.urgency, [began_in])) as standing:
        yield standing


@contextmanager
def standing_as(standing: Standing) -> Iterator[None]:
    """Start work inside for somebody else, who began it with that standing."""
    with _under(standing):
        yield


class InheritingLock:
    """A lock whose holder is as urgent as the most urgent of those who wait for it (priority inheritance)."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._waiting = 0
        self._queue = Standing(Urgency.BACKGROUND)

    def locked(self) -> bool:
        """Return whether somebody holds it."""
        return self._lock.locked()

    @asynccontextmanager
    async def held(self) -> AsyncIterator[None]:
        """Hold it inside."""
        if self._lock.locked() or self._waiting:
            self._waiting += 1
            try:
                with self._queue.awaited():
                    await self._lock.acquire()
            finally:
                self._waiting -= 1
        else:
            await self._lock.acquire()
        try:
            with shared_work() as standing, standing.awaited_by(self._queue):
                yield
        finally:
            self._lock.release()


@contextmanager
def _under(standing: Standing) -> Iterator[Standing]:
    token = _standing.set(standing)
    try:
        yield standing
    finally:
        _standing.reset(token)


class Attention:
    """Knows whether somebody waits for an answer."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._waiting = 0
        self._quiet_since = float("-inf")
        self._sending = 0  # requests of background work
        self._changed = asyncio.Event()
        watch(self)

    @contextmanager
    def question(self) -> Iterator[None]:
        """Somebody waits inside; background work does not count, nor does what stands beside answers."""
        if urgency() > Urgency.ANSWER:
            yield
            return
        self._waiting += 1
        try:
            yield
        finally:
            self._waiting -= 1
            self._quiet_since = self._clock.monotonic()

    @property
    def is_quiet(self) -> bool:
        """Whether nobody waits and nobody has waited for a while."""
        return not self._waiting and self._clock.monotonic() - self._quiet_since >= QUIET_S

    async def quiet(self) -> None:
        """Wait for a quiet moment, at most `LONGEST_WAIT_S`."""
        until = self._clock.monotonic() + LONGEST_WAIT_S
        while self._waits(until):
            await self._clock.sleep(LOOK_S)

    @asynccontextmanager
    async def request(self) -> AsyncIterator[None]:
        """Send one request inside: that of background work in a quiet moment and few at a time, others at once.

        Background work that somebody comes to wait for waits no longer.
        """
        until = self._clock.monotonic() + LONGEST_WAIT_S
        while is_background():
            if self._waits(until):
                await within(self._clock, LOOK_S, self._changed.wait())
            elif self._sending >= BACKGROUND_REQUESTS:
                await self._changed.wait()
            else:
                with self._counted():
                    yield
                return
        yield

    def rose(self) -> None:
        """Let every request that waits look again; see `Watcher`."""
        self._changed.set()
        self._changed = asyncio.Event()

    @contextmanager
    def _counted(self) -> Iterator[None]:
        self._sending += 1
        try:
            yield
        finally:
            self._sending -= 1
            self.rose()

    def _waits(self, until: float) -> bool:
        return not self.is_quiet and self._clock.monotonic() < until
