"""The states of stream modules: one per question and configuration, the least recently used let go."""

from collections.abc import Callable, Hashable
from typing import Any

from analysis.framework.module import LiveState
from utils.caching import LruMap


class StreamStates:
    """At most ``size`` open states; a state that is dropped is closed."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._open: LruMap[Hashable, LiveState[Any]] = LruMap()

    def of(self, key: Hashable, make: Callable[[], LiveState[Any]]) -> LiveState[Any]:
        """Return the state under a key, opened by ``make`` first where there is none."""
        state = self._open.setdefault(key, make)
        self._shrink(self._size)
        return state

    def close(self) -> None:
        """Close every state."""
        self._shrink(0)

    def _shrink(self, size: int) -> None:
        while len(self._open) > size:
            key, _ = self._open.oldest()
            self._open.pop(key).close()
