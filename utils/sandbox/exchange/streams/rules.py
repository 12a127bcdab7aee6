"""What a socket may do and how long it lives (spec/binance.md, section 10)."""

from collections import Counter, deque
from dataclasses import dataclass

from utils.sandbox.exchange.market.instrument import FUTURES, SPOT
from utils.sandbox.exchange.market.intervals import DAY_MS, MINUTE_MS, SECOND_MS

LIFETIME_MS = DAY_MS
CONNECTION_WINDOW_MS = 5 * MINUTE_MS
BAN_AFTER_BREACHES = 3
"""How many disconnections for too many messages, within five minutes, bring a ban; the exchange names no number."""
BAN_MS = 2 * MINUTE_MS


@dataclass(frozen=True, slots=True)
class SocketRules:
    """Limits of one market's sockets. `connections` is per address and five minutes, `None` where none is known."""

    messages_per_s: int
    streams: int
    ping_every_ms: int
    pong_within_ms: int
    connections: int | None


RULES = {
    SPOT: SocketRules(5, 1024, 20 * SECOND_MS, MINUTE_MS, 300),
    FUTURES: SocketRules(10, 1024, 3 * MINUTE_MS, 10 * MINUTE_MS, None),
    "options": SocketRules(10, 200, 5 * MINUTE_MS, 15 * MINUTE_MS, None),
}


class MessageMeter:
    """Counts what a listener sends, in a sliding second."""

    def __init__(self, per_s: int) -> None:
        self._per_s = per_s
        self._seen: deque[int] = deque()

    def is_too_fast(self, now_ms: int) -> bool:
        """Note one message; whether it was one too many."""
        while self._seen and self._seen[0] <= now_ms - SECOND_MS:
            self._seen.popleft()
        self._seen.append(now_ms)
        return len(self._seen) > self._per_s


class Doorkeeper:
    """Counts new connections and breaches per address."""

    def __init__(self, connections: int | None) -> None:
        self._limit = connections
        self._window = -1
        self._opened: Counter[str] = Counter()
        self._breaches: dict[str, deque[int]] = {}
        self._banned_until: dict[str, int] = {}

    def refusal(self, address: str, now_ms: int) -> int | None:
        """The HTTP status with which a new connection is turned away: 418 during a ban, 429 above the limit."""
        if self._banned_until.get(address, 0) > now_ms:
            return 418
        window = now_ms // CONNECTION_WINDOW_MS
        if window != self._window:
            self._window = window
            self._opened.clear()
        self._opened[address] += 1
        return 429 if self._limit is not None and self._opened[address] > self._limit else None

    def breach(self, address: str, now_ms: int) -> None:
        """Note a disconnection for too many messages; repeated ones ban the address."""
        seen = self._breaches.setdefault(address, deque())
        seen.append(now_ms)
        while seen[0] <= now_ms - CONNECTION_WINDOW_MS:
            seen.popleft()
        if len(seen) >= BAN_AFTER_BREACHES:
            self._banned_until[address] = now_ms + BAN_MS
