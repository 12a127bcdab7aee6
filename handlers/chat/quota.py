"""How many units one person may use per minute, so that one member cannot use up the bot's capacity."""

from collections import OrderedDict, deque

from utils.clock import Clock

WINDOW_S = 60.0
CAPACITY = 10_000  # persons; the least recently active one is evicted first


class Quota:
    """A sliding window of one minute per person."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._used: OrderedDict[int, deque[float]] = OrderedDict()
        self._notified: dict[tuple[int, int], float] = {}

    def take(self, person_id: int, units: int, limit: int) -> float:
        """Use ``units`` of ``limit`` per minute; return 0, or the seconds until they are available (none is used)."""
        now = self._clock.monotonic()
        used = self._used.setdefault(person_id, deque())
        self._used.move_to_end(person_id)
        while used and used[0] <= now - WINDOW_S:
            used.popleft()
        excess = len(used) + min(units, limit) - limit
        if excess > 0:
            return used[excess - 1] + WINDOW_S - now
        used.extend([now] * min(units, limit))
        self._evict()
        return 0.0

    def should_notify(self, person_id: int, chat_id: int, wait_s: float) -> bool:
        """Return whether to tell this person in this chat to wait; true once within each ``wait_s``."""
        now = self._clock.monotonic()
        self._notified = {key: until for key, until in self._notified.items() if until > now}
        first = (person_id, chat_id) not in self._notified
        self._notified.setdefault((person_id, chat_id), now + wait_s)
        return first

    def _evict(self) -> None:
        while len(self._used) > CAPACITY:
            self._used.popitem(last=False)
