"""Asking once for many: single flight with cancellation-safe waiters, and a small timed cache on top."""

import asyncio
from collections import Counter, OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from utils.clock import Clock

T = TypeVar("T")

SWEEP_S: Final = 10.0
"""How often what is too old to be given is let go."""


@dataclass(slots=True)
class _Flight(Generic[T]):
    task: asyncio.Task[T]
    waiters: int = 0


class SingleFlight(Generic[T]):
    """Equal calls in progress share one task; it ends early only when every waiter has been cancelled."""

    def __init__(self) -> None:
        self._flights: dict[Hashable, _Flight[T]] = {}
        self.joined = 0

    async def run(self, key: Hashable, call: Callable[[], Awaitable[T]]) -> T:
        """Return the shared result of ``call`` for ``key``, or raise its error to every waiter."""
        flight = self._flights.get(key)
        if flight is None:
            flight = _Flight(asyncio.ensure_future(_awaited(call)))
            self._flights[key] = flight
            flight.task.add_done_callback(lambda _: self._land(key, flight))
        else:
            self.joined += 1
        flight.waiters += 1
        try:
            return await asyncio.shield(flight.task)
        finally:
            flight.waiters -= 1
            if flight.waiters == 0 and not flight.task.done():
                self._land(key, flight)
                flight.task.cancel()

    async def close(self) -> None:
        """Cancel what is in progress and wait for its end."""
        tasks = [flight.task for flight in self._flights.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _land(self, key: Hashable, flight: _Flight[T]) -> None:
        if self._flights.get(key) is flight:
            del self._flights[key]
        if flight.task.done() and not flight.task.cancelled():
            flight.task.exception()  # marks it retrieved: every waiter may have left


async def _awaited(call: Callable[[], Awaitable[T]]) -> T:
    return await call()


class TimedCache(Generic[T]):
    """Keeps results for some seconds (monotonic), the least recently used leave first; errors are not kept.

    What is older than it was asked to live leaves with the next answer that is kept, so that memory holds little more
    than what can still be given.
    """

    def __init__(self, clock: Clock, *, max_entries: int = 2000) -> None:
        self._clock = clock
        self._max_entries = max_entries
        self._kept: OrderedDict[Hashable, tuple[float, float, T]] = OrderedDict()
        self._swept_s = clock.monotonic()
        self._flight: SingleFlight[T] = SingleFlight()
        self.counts: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._kept)

    async def get(self, key: Hashable, lives_s: float, call: Callable[[], Awaitable[T]]) -> T:
        """Return a result not older than ``lives_s`` seconds, asking at most once whoever asks.

        With ``lives_s`` 0 only those waiting share the result and nothing is kept.
        """
        kept = self._kept.get(key)
        if kept is not None and self._clock.monotonic() - kept[0] < lives_s:
            self._kept.move_to_end(key)
            self.counts["hit"] += 1
            return kept[2]
        self.counts["miss"] += 1
        return await self._flight.run(key, lambda: self._fill(key, lives_s, call))

    async def close(self) -> None:
        """End what is in progress."""
        await self._flight.close()

    async def _fill(self, key: Hashable, lives_s: float, call: Callable[[], Awaitable[T]]) -> T:
        asked = self._clock.monotonic()
        value = await call()
        if lives_s <= 0:
            return value
        self._kept[key] = (asked, lives_s, value)
        self._kept.move_to_end(key)
        self._sweep()
        while len(self._kept) > self._max_entries:
            self._kept.popitem(last=False)
        return value

    def _sweep(self) -> None:
        now_s = self._clock.monotonic()
        if now_s - self._swept_s < SWEEP_S:
            return
        self._swept_s = now_s
        for key in [key for key, (asked, lives_s, _) in self._kept.items() if now_s - asked >= lives_s]:
            del self._kept[key]
