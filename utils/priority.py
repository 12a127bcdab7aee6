"""People before background work: who asks is marked, background work waits until nobody is waiting for an answer."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final

from utils.clock import Clock

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
        return min(self.own, *(one.urgency for one in self.waiting)) if self.waiting else self.own

    @contextmanager
    def awaited(self) -> Iterator[None]:
        """Inside, the running work waits for this one."""
        waiting = _standing.get()
        self.waiting.append(waiting)
        try:
            yield
        finally:
            self.waiting.remove(waiting)


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


class InheritingLock:
    """A lock whose holder is as urgent as the most urgent of those who wait for it (priority inheritance)."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._queue = Standing(Urgency.BACKGROUND)

    def locked(self) -> bool:
        """Return whether somebody holds it."""
        return self._lock.locked()

    @asynccontextmanager
    async def held(self) -> AsyncIterator[None]:
        """Hold it inside."""
        with self._queue.awaited():
            await self._lock.acquire()
        try:
            with shared_work() as standing:
                standing.waiting.append(self._queue)
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
        self._slots = asyncio.Semaphore(BACKGROUND_REQUESTS)

    @contextmanager
    def question(self) -> Iterator[None]:
        """Somebody waits inside; background work does not count."""
        if is_background():
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
            while is_background() and self._waits(until):
                await self._clock.sleep(LOOK_S)
            async with self._slots:
                if not self._waits(until):
                    yield
                    return
        yield

    def _waits(self, until: float) -> bool:
        return not self.is_quiet and self._clock.monotonic() < until
