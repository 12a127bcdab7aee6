"""How many units one person may use per minute, so that one member uses up neither the bot's capacity nor a group's."""

from collections import deque

from utils.caching import LruMap, TtlCache
from utils.clock import Clock

WINDOW_S = 60.0
CAPACITY = 10_000  # persons; the least recently active one is evicted first


class Quota:
    """A sliding window of one minute per person, and one per person and group."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._used: LruMap[tuple[int, int | None], deque[float]] = LruMap(CAPACITY)
        self._notified: TtlCache[tuple[int, int], bool] = TtlCache(clock, size=CAPACITY)

    def take(self, person_id: int, units: int, limit: int, *, group_id: int | None = None) -> float:
        """Use ``units`` of ``limit`` per minute; return 0, or the seconds until they are available (none is used).

        With ``group_id``, those of the person in that group.
        """
        now = self._clock.monotonic()
        used = self._used.setdefault((person_id, group_id), deque)
        while used and used[0] <= now - WINDOW_S:
            used.popleft()
        excess = len(used) + min(units, limit) - limit
        if excess > 0:
            return used[excess - 1] + WINDOW_S - now
        used.extend([now] * min(units, limit))
        return 0.0

    def should_notify(self, person_id: int, chat_id: int, wait_s: float) -> bool:
        """Return whether to tell this person in this chat to wait; true once within each ``wait_s``."""
        first = self._notified.get((person_id, chat_id)) is None
        if first:
            self._notified.put((person_id, chat_id), True, wait_s)
        return first
