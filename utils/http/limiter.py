"""A source's rate limits: weight budgets per calendar window, a circuit breaker for bans, and ``acquire`` for both."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import structlog

from utils.clock import Clock
from utils.http.errors import Misconfigured, Unavailable
from utils.priority import LOOK_S, Urgency, urgency

_log = structlog.get_logger(__name__)

SAFE_SHARE = 0.8
"""The share of a limit that is used at most, since other programs may share the address (418 bans are per IP)."""

SHARE_OF: Mapping[Urgency, float] = {Urgency.ANSWER: 1.0, Urgency.BESIDE: 0.7, Urgency.BACKGROUND: 0.5}
"""The share of a budget up to which work of an urgency goes on: the rest is left to what is more urgent."""

GUARD_MS = 250
"""Largest assumed error of the source's clock; a request this near a window's edge is charged to both windows."""


@dataclass(slots=True, eq=False)
class Reservation:
    """The weight of a request in progress: its cost and the windows (by index) that it is charged to."""

    cost: int
    windows: set[int] = field(default_factory=set)


class WeightBudget:
    """Weight used per calendar window (window n covers ``[n, n+1) * window_ms`` of the source's time).

    A request counts in every window in which the source may have counted it: those of its sending and of its
    answer, widened by ``guard_ms``, and every window that begins while it is unanswered.
    """

    def __init__(
        self,
        name: str,
        limit: int,
        window_ms: int,
        now_ms: Callable[[], int],
        *,
        share: float = SAFE_SHARE,
        guard_ms: int = GUARD_MS,
    ) -> None:
        self.name = name
        self.limit = limit
        self._window_ms = window_ms
        self._now_ms = now_ms
        self._share = share
        self._guard_ms = guard_ms
        self._used: dict[int, int] = {}
        self._open: set[Reservation] = set()

    @property
    def ceiling(self) -> int:
        """The most weight that may be used in one window."""
        return int(self.limit * self._share)

    @property
    def used(self) -> int:
        """Weight of the current window, requests in progress included."""
        return self._load(self._now_ms() // self._window_ms)

    def wait_ms(self, cost: int, part: float = 1.0) -> int:
        """Return how long to wait before ``cost`` fits ``part`` of the budget; 0 is now, but ask again after waiting.

        A cost that alone is more than that part fits an unused window.
        """
        now = self._now_ms()
        ceiling = max(int(part * self.ceiling), cost)
        full = [w for w in self._windows(now) if self._load(w) + cost > ceiling]
        return (full[-1] + 1) * self._window_ms + self._guard_ms - now if full else 0

    def reserve(self, cost: int) -> Reservation:
        """Charge ``cost`` to the current windows until it is released."""
        reservation = Reservation(cost)
        self._charge(reservation)
        self._open.add(reservation)
        return reservation

    def release(self, reservation: Reservation, reported: int | None = None) -> None:
        """End a reservation; ``reported`` is the used weight in the source's answer, if it sent one."""
        self._open.discard(reservation)
        self._charge(reservation)
        if reported is not None and len(reservation.windows) == 1:
            (window,) = reservation.windows
            self._used[window] = max(self._used.get(window, 0), reported)

    def _windows(self, now: int) -> tuple[int, ...]:
        first = (now - self._guard_ms) // self._window_ms
        last = (now + self._guard_ms) // self._window_ms
        return tuple(range(first, last + 1))

    def _load(self, window: int) -> int:
        waiting = sum(reservation.cost for reservation in self._open if window not in reservation.windows)
        return self._used.get(window, 0) + waiting

    def _charge(self, reservation: Reservation) -> None:
        current = self._windows(self._now_ms())
        for window in current:
            if window not in reservation.windows:
                reservation.windows.add(window)
                self._used[window] = self._used.get(window, 0) + reservation.cost
        for old in [w for w in self._used if w < current[0]]:
            del self._used[old]


class CircuitBreaker:
    """Blocks all calls to a source while it forbids them; times are measured on the monotonic clock."""

    def __init__(self, name: str, clock: Clock) -> None:
        self.name = name
        self.reason = ""
        self.until_ms: int | None = None
        self._clock = clock
        self._until_s = float("-inf")

    @property
    def wait_s(self) -> float:
        """Seconds for which calls are still blocked; 0 if they are allowed."""
        return max(0.0, self._until_s - self._clock.monotonic())

    def trip(self, seconds: float, *, until_ms: int, reason: str) -> None:
        """Block calls for ``seconds``; a longer block in force stays."""
        if seconds <= self.wait_s:
            return
        if self.wait_s == 0.0:
            _log.warning("calls are blocked", host=self.name, seconds=round(seconds, 1), reason=reason)
        self._until_s = self._clock.monotonic() + seconds
        self.until_ms = until_ms
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Permit:
    """The reservations of one request in its budgets, until it is answered."""

    reservations: tuple[tuple[WeightBudget, Reservation], ...]

    def release(self, reported: int | None = None) -> None:
        """End the reservations; ``reported`` is the source's own count for the first budget."""
        for position, (budget, reservation) in enumerate(self.reservations):
            budget.release(reservation, reported if position == 0 else None)


async def acquire(
    costs: Sequence[tuple[WeightBudget, int]],
    breaker: CircuitBreaker,
    clock: Clock,
    *,
    source: str,
    max_wait_s: float,
) -> Permit:
    """Wait until calls are allowed and every budget has room, then reserve in all of them together.

    What is not for an answer leaves a part of every budget (`SHARE_OF`), and looks again while it waits, since an
    answer may come to wait for it.

    Raises ``Unavailable`` with the time to retry if that would take longer than ``max_wait_s``, and
    ``Misconfigured`` if a cost exceeds its budget.
    """
    end = clock.monotonic() + max_wait_s
    while (wait_s := _wait_s(costs, breaker, source)) > 0:
        if clock.monotonic() + wait_s > end:
            until_ms = breaker.until_ms if breaker.wait_s > 0 else clock.now_ms() + int(wait_s * 1000)
            detail = breaker.reason if breaker.wait_s > 0 else "the request budget of this window is spent"
            raise Unavailable(source, detail, until_ms=until_ms)
        await clock.sleep(wait_s if urgency() == Urgency.ANSWER else min(wait_s, LOOK_S))
    return Permit(tuple((budget, budget.reserve(cost)) for budget, cost in costs))


def _wait_s(costs: Sequence[tuple[WeightBudget, int]], breaker: CircuitBreaker, source: str) -> float:
    for budget, cost in costs:
        if cost > budget.ceiling:
            detail = f"one request costs {cost} of budget {budget.name}, which allows {budget.ceiling}"
            raise Misconfigured(
                source, detail, what_to_do="raise the share of the limit or ask for fewer rows"
            )
    part = SHARE_OF[urgency()]
    return max([breaker.wait_s, *(budget.wait_ms(cost, part) / 1000 for budget, cost in costs)])
