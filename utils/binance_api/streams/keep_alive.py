"""Things kept warm for some time after they were last asked for, and as long as somebody holds them."""

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
class _Kept(Generic[V]):
    value: V
    used_s: float
    holders: int = 0


class Hold(Generic[V]):
    """Keeps ``value`` warm until ``close``; may be used as a context manager."""

    def __init__(self, value: V, release: Callable[[], None]) -> None:
        self.value = value
        self._release: Callable[[], None] | None = release

    def close(self) -> None:
        """Let go; a second call does nothing."""
        release, self._release = self._release, None
        if release is not None:
            release()

    def __enter__(self) -> V:
        return self.value

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class Warm(Generic[K, V]):
    """At most ``most`` values; the one unused for longest gives way, and any after ``linger_s`` unused seconds."""

    def __init__(
        self,
        name: str,
        make: Callable[[K], V],
        close: Callable[[V], None],
        clock: Clock,
        *,
        linger_s: float,
        most: int,
    ) -> None:
        self._name = name
        self._make = make
        self._close = close
        self._clock = clock
        self._linger_s = linger_s
        self._most = most
        self._kept: LruMap[K, _Kept[V]] = LruMap()

    def __len__(self) -> int:
        return len(self._kept)

    def __iter__(self) -> Iterator[V]:
        return iter([kept.value for kept in self._kept.values()])

    def get(self, key: K) -> V:
        """Return the value, made if it is not there; it stays warm for ``linger_s``. ``Unavailable`` when full."""
        return self._touch(key).value

    def hold(self, key: K) -> Hold[V]:
        """Return the value and keep it until the hold is closed. ``Unavailable`` when full."""
        kept = self._touch(key)
        kept.holders += 1
        return Hold(kept.value, lambda: self._release(kept))

    def peek(self, key: K) -> V | None:
        """Return the value if it is there; it becomes no warmer."""
        kept = self._kept.peek(key)
        return None if kept is None else kept.value

    def sweep(self, now_s: float) -> None:
        """Close what has been unused for ``linger_s``."""
        for key, kept in self._kept.items():
            if kept.holders == 0 and now_s - kept.used_s >= self._linger_s:
                self._drop(key)

    def close(self) -> None:
        """Close everything."""
        for key in list(self._kept):
            self._drop(key)

    def _touch(self, key: K) -> _Kept[V]:
        kept = self._kept.get(key)
        if kept is None:
            self._make_room()
            kept = _Kept(self._make(key), 0.0)
            self._kept.put(key, kept)
        kept.used_s = self._clock.monotonic()
        return kept

    def _make_room(self) -> None:
        if len(self._kept) < self._most:
            return
        idle = next((key for key, kept in self._kept.items() if kept.holders == 0), None)
        if idle is None:
            raise Unavailable(
                self._name, f"all {self._most} places are held; close something that is watched"
            )
        self._drop(idle)

    def _release(self, kept: _Kept[V]) -> None:
        kept.holders -= 1
        kept.used_s = self._clock.monotonic()

    def _drop(self, key: K) -> None:
        self._close(self._kept.pop(key).value)
