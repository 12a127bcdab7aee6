"""The states of stream modules: one per module, listing, interval and configuration, the least recently used let go."""

from collections.abc import Hashable
from typing import Any

from analysis.framework.module import AnyModule, LiveState
from analysis.framework.question import Listing, Sources
from config.base import ConfigModel
from utils.caching import LruMap


class StreamStates:
    """At most ``size`` open states; a state that is dropped is closed."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._open: LruMap[Hashable, LiveState[Any]] = LruMap()

    def of(
        self, module: AnyModule, sources: Sources, listing: Listing, interval: str, config: ConfigModel
    ) -> LiveState[Any] | None:
        """Return the state of this question, opened first where there is none; ``None`` for other modules."""
        if module.open_state is None:
            return None
        opener = module.open_state
        key = (module.id, listing.instrument, interval, config.digest())
        state = self._open.setdefault(key, lambda: opener(sources, listing, interval, config))
        self._shrink(self._size)
        return state

    def close(self) -> None:
        """Close every state."""
        self._shrink(0)

    def _shrink(self, size: int) -> None:
        while len(self._open) > size:
            key, _ = self._open.oldest()
            self._open.pop(key).close()
