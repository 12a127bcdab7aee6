"""How much one person may ask in a minute, so that one member cannot jam the bot for the others."""

from collections import OrderedDict, deque

from utils.clock import Clock

WINDOW_S = 60.0
REMEMBERED = 10_000  # persons; the one who has been quiet longest is forgotten first


class Quota:
    """A sliding minute per person."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._asked: OrderedDict[int, deque[float]] = OrderedDict()
        self._told: dict[tuple[int, int], float] = {}

    def take(self, person_id: int, units: int, limit: int) -> float:
        """Take ``units`` of ``limit`` per minute; return 0, or the seconds until they would be there."""
        now = self._clock.monotonic()
        asked = self._asked.setdefault(person_id, deque())
        self._asked.move_to_end(person_id)
        while asked and asked[0] <= now - WINDOW_S:
            asked.popleft()
        excess = len(asked) + min(units, limit) - limit
        if excess > 0:
            return asked[excess - 1] + WINDOW_S - now
        asked.extend([now] * min(units, limit))
        self._forget()
        return 0.0

    def first_refusal(self, person_id: int, chat_id: int, wait_s: float) -> bool:
        """Whether this person has not been told in this chat yet that they must wait."""
        now = self._clock.monotonic()
        self._told = {key: until for key, until in self._told.items() if until > now}
        first = (person_id, chat_id) not in self._told
        self._told.setdefault((person_id, chat_id), now + wait_s)
        return first

    def _forget(self) -> None:
        while len(self._asked) > REMEMBERED:
            self._asked.popitem(last=False)
