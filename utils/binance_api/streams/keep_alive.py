"""Values that stay open for a TTL after their last use, and as long as somebody has a lease on them."""

from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Generic, TypeVar

from utils.caching import LruMap
from utils.clock import Clock
from utils.http.errors import Unavailable

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


@dataclass(slots=True)
class _Entry(Generic[V]):
    value: V
    used_s: float
    leases: int = 0
    until_s: float = 0.0


class Lease(Generic[V]):
    """Keeps ``value`` open until ``close``; may be used as a context manager."""

    def __init__(self, value: V, release: Callable[[], None]) -> None:
        self.value = value
        self._release: Callable[[], None] | None = release

    def close(self) -> None:
        """End the lease; a second call does nothing."""
        release, self._release = self._release, None
        if release is not None:
            release()

    def __enter__(self) -> V:
        return self.value

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class KeepAlive(Generic[K, V]):
    """At most ``capacity`` values by key, each closed after ``ttl_s`` seconds without use or lease.

    When full, the least recently used value without a lease is closed to make room.
    """

    def __init__(
        self,
        name: str,
        make: Callable[[K], V],
        close: Callable[[V], None],
        clock: Clock,
        *,
        ttl_s: float,
        capacity: int,
    ) -> None:
        self._name = name
        self._make = make
        self._close = close
        self._clock = clock
        self._ttl_s = ttl_s
        self._capacity = capacity
        self._kept: LruMap[K, _Entry[V]] = LruMap()

    def __len__(self) -> int:
        return len(self._kept)

    def __iter__(self) -> Iterator[V]:
        return iter([kept.value for kept in self._kept.values()])

    def get(self, key: K, *, ttl_s: float | None = None) -> V:
        """Return the value, made if it is absent; it stays open for ``ttl_s``, that of all values by default.

        Raises ``Unavailable`` when all values have leases.
        """
        kept = self._touch(key)
        kept.until_s = max(kept.until_s, kept.used_s + (self._ttl_s if ttl_s is None else ttl_s))
        return kept.value

    def lease(self, key: K) -> Lease[V]:
        """Return a lease on the value, made if it is absent; raises ``Unavailable`` when all values have leases."""
        kept = self._touch(key)
        kept.leases += 1
        return Lease(kept.value, lambda: self._release(kept))

    def peek(self, key: K) -> V | None:
        """Return the value if it is open, without extending its TTL."""
        kept = self._kept.peek(key)
        return None if kept is None else kept.value

    def sweep(self, now_s: float) -> None:
        """Close the values that had neither use nor lease for ``ttl_s``."""
        for key, kept in self._kept.items():
            if kept.leases == 0 and now_s >= kept.until_s:
                self._drop(key)

    def close(self) -> None:
        """Close everything."""
        for key in list(self._kept):
            self._drop(key)

    def _touch(self, key: K) -> _Entry[V]:
        kept = self._kept.get(key)
        if kept is None:
            self._make_room()
            kept = _Entry(self._make(key), 0.0)
            self._kept.put(key, kept)
        kept.used_s = self._clock.monotonic()
        return kept

    def _make_room(self) -> None:
        if len(self._kept) < self._capacity:
            return
        idle = next((key for key, kept in self._kept.items() if kept.leases == 0), None)
        if idle is None:
            raise Unavailable(
                self._name, f"all {self._capacity} places are held; close something that is watched"
            )
        self._drop(idle)

    def _release(self, kept: _Entry[V]) -> None:
        kept.leases -= 1
        kept.used_s = self._clock.monotonic()
        kept.until_s = max(kept.until_s, kept.used_s + self._ttl_s)

    def _drop(self, key: K) -> None:
        self._close(self._kept.pop(key).value)
