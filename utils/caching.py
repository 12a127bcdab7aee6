"""Keeping values and sharing work: one LRU map, one TTL cache, and single flight in its two kinds.

What the kinds of single flight do with work that every caller has abandoned (all of them were cancelled):

* :class:`FinishingSingleFlight` lets it finish, for work whose result is kept or that cannot be stopped;
* :class:`CancellingSingleFlight` cancels it, for requests nobody waits for any more.

In both, a cancelled caller leaves the work to the other callers. Nothing here is thread-safe.
"""

import asyncio
from collections import Counter, OrderedDict
from collections.abc import Awaitable, Callable, Hashable, Iterator
from dataclasses import dataclass
from typing import ClassVar, Final, Generic, TypeVar

from utils.clock import Clock
from utils.priority import Standing, shared_work
from utils.waiting import Work, waiting_for

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

SWEEP_S: Final = 10.0
"""How often expired entries are removed from a TTL cache."""


class LruMap(Generic[K, V]):
    """Values by key in the order of their last use; beyond ``size`` the least recently used are dropped.

    ``size`` bounds the number of entries or, with ``weigh``, the sum of their weights, which never change; one that is
    heavier alone is kept alone. ``get``, ``put`` and ``setdefault`` count as use; ``peek``, ``in`` and iteration, which
    goes from the least to the most recently used key, do not. Without ``size`` nothing is dropped: the caller removes
    entries by its own rule.
    """

    def __init__(self, size: int | None = None, *, weigh: Callable[[V], int] = lambda _: 1) -> None:
        if size is not None and size < 1:
            raise ValueError(f"size is {size}, allow at least 1 entry")
        self._size = size
        self._weigh = weigh
        self._weight = 0
        self._values: OrderedDict[K, V] = OrderedDict()

    def __len__(self) -> int:
        return len(self._values)

    def __contains__(self, key: K) -> bool:
        return key in self._values

    def __iter__(self) -> Iterator[K]:
        return iter(self._values)

    def items(self) -> list[tuple[K, V]]:
        """Return a copy of the entries, the least recently used first."""
        return list(self._values.items())

    def values(self) -> list[V]:
        """Return a copy of the values, the least recently used first."""
        return list(self._values.values())

    def get(self, key: K) -> V | None:
        """Return the value and mark it as used; ``None`` where there is none."""
        if key not in self._values:
            return None
        self._values.move_to_end(key)
        return self._values[key]

    def peek(self, key: K) -> V | None:
        """Return the value without marking it as used; ``None`` where there is none."""
        return self._values.get(key)

    def put(self, key: K, value: V) -> None:
        """Set the value and mark it as used."""
        if key in self._values:
            self.pop(key)
        self._values[key] = value
        self._weight += self._weigh(value)
        while self._size is not None and self._weight > self._size and len(self._values) > 1:
            self.pop(next(iter(self._values)))

    def setdefault(self, key: K, make: Callable[[], V]) -> V:
        """Return the value, made first where there is none, and mark it as used."""
        if key not in self._values:
            self.put(key, make())
        self._values.move_to_end(key)
        return self._values[key]

    def pop(self, key: K) -> V:
        """Remove and return the value; raises ``KeyError`` where there is none."""
        value = self._values.pop(key)
        self._weight -= self._weigh(value)
        return value

    def oldest(self) -> tuple[K, V]:
        """Return the least recently used entry without marking it as used; raises ``KeyError`` when empty."""
        for entry in self._values.items():
            return entry
        raise KeyError("the map is empty")


@dataclass(slots=True, eq=False)
class _Flight(Generic[V]):
    task: asyncio.Task[V]
    work: Work
    standing: Standing
    callers: int = 0


class _SingleFlight(Generic[K, V]):
    """Calls for the same key that overlap in time share one task; ``joined`` counts those that started none.

    Every caller sees the steps of the shared work (`utils.waiting`), whoever started it; the work is as urgent as the
    most urgent of them asks (`utils.priority`).
    """

    _cancels_abandoned: ClassVar[bool]

    def __init__(self) -> None:
        self._flights: dict[K, _Flight[V]] = {}
        self.joined = 0

    def __contains__(self, key: K) -> bool:
        return key in self._flights

    async def run(self, key: K, call: Callable[[], Awaitable[V]]) -> V:
        """Return the result of ``call`` for ``key``, or raise its error, to every caller alike."""
        flight = self._flights.get(key)
        if flight is None:
            flight = self._start(key, call)
        else:
            self.joined += 1
        flight.callers += 1
        try:
            with waiting_for(flight.work), flight.standing.awaited():
                return await asyncio.shield(flight.task)
        finally:
            flight.callers -= 1
            if self._cancels_abandoned and flight.callers == 0 and not flight.task.done():
                self._forget(key, flight)
                flight.task.cancel()

    async def close(self) -> None:
        """Cancel the work in progress and wait until it has ended."""
        tasks = [flight.task for flight in self._flights.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _start(self, key: K, call: Callable[[], Awaitable[V]]) -> _Flight[V]:
        work = Work()
        with shared_work() as standing:
            task = asyncio.ensure_future(_awaited(call, work))
        flight = self._flights[key] = _Flight(task, work, standing)
        flight.task.add_done_callback(lambda _: self._ended(key, flight))
        return flight

    def _ended(self, key: K, flight: _Flight[V]) -> None:
        self._forget(key, flight)
        if not flight.task.cancelled():
            flight.task.exception()  # marks it as retrieved: every caller may have been cancelled

    def _forget(self, key: K, flight: _Flight[V]) -> None:
        if self._flights.get(key) is flight:
            del self._flights[key]


class FinishingSingleFlight(_SingleFlight[K, V]):
    """Single flight whose abandoned work finishes; a later caller joins it. ``close`` alone cancels it."""

    _cancels_abandoned = False


class CancellingSingleFlight(_SingleFlight[K, V]):
    """Single flight whose work is cancelled when the last caller was; a later caller starts anew."""

    _cancels_abandoned = True


@dataclass(frozen=True, slots=True)
class _Entry(Generic[V]):
    value: V
    asked_s: float
    ttl_s: float


class TtlCache(Generic[K, V]):
    """Values by key for a limited time; beyond ``size`` entries the least recently used is dropped.

    With ``weigh``, ``size`` bounds the sum of the values' weights.
    The age of a value counts from the moment it was asked for, not from its arrival. Expired entries are removed when
    another one is kept, at most every ``SWEEP_S`` seconds. ``counts`` holds the lookups by ``hit`` and ``miss``.
    """

    def __init__(self, clock: Clock, *, size: int, weigh: Callable[[V], int] = lambda _: 1) -> None:
        self._clock = clock
        self._entries: LruMap[K, _Entry[V]] = LruMap(size, weigh=lambda entry: weigh(entry.value))
        self._flight: CancellingSingleFlight[K, V] = CancellingSingleFlight()
        self._swept_s = clock.monotonic()
        self.counts: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: K) -> V | None:
        """Return the value; ``None`` where there is none or it has expired."""
        entry = self._fresh(key)
        return None if entry is None else entry.value

    def put(self, key: K, value: V, ttl_s: float) -> None:
        """Keep the value for ``ttl_s`` seconds from now."""
        self._keep(key, _Entry(value, self._clock.monotonic(), ttl_s))

    async def fetch(self, key: K, ttl_s: float, call: Callable[[], Awaitable[V]]) -> V:
        """Return a value younger than ``ttl_s`` seconds, from ``call`` where there is none.

        Callers who wait for the same key share one call, which is cancelled when the last of them is. Its error reaches
        them all and is not kept. With ``ttl_s`` 0 the result is shared by those who wait and not kept.
        """
        entry = self._fresh(key, ttl_s)
        if entry is not None:
            return entry.value
        return await self._flight.run(key, lambda: self._call(key, ttl_s, call))

    async def close(self) -> None:
        """Cancel the calls in progress and wait until they have ended."""
        await self._flight.close()

    async def _call(self, key: K, ttl_s: float, call: Callable[[], Awaitable[V]]) -> V:
        asked_s = self._clock.monotonic()
        value = await call()
        if ttl_s > 0:
            self._keep(key, _Entry(value, asked_s, ttl_s))
        return value

    def _fresh(self, key: K, ttl_s: float = float("inf")) -> _Entry[V] | None:
        entry = self._entries.peek(key)
        if entry is None or self._clock.monotonic() - entry.asked_s >= min(ttl_s, entry.ttl_s):
            self.counts["miss"] += 1
            return None
        self.counts["hit"] += 1
        return self._entries.get(key)

    def _keep(self, key: K, entry: _Entry[V]) -> None:
        self._sweep()
        self._entries.put(key, entry)

    def _sweep(self) -> None:
        now_s = self._clock.monotonic()
        if now_s - self._swept_s < SWEEP_S:
            return
        self._swept_s = now_s
        for key, entry in self._entries.items():
            if now_s - entry.asked_s >= entry.ttl_s:
                self._entries.pop(key)


async def _awaited(call: Callable[[], Awaitable[V]], work: Work) -> V:
    with work.collecting():
        return await call()
