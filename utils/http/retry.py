"""Bounded retries with exponential backoff and jitter, for transient faults only."""

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, TypeVar

from utils.clock import Clock
from utils.http.errors import Retryable

T = TypeVar("T")

RETRY_WITHIN_S: Final = 15.0
"""With one more request of 10 s a call that meets faults alone ends within the 25 s that people are asked to wait."""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Attempts and their pauses: the n-th pause is ``base_s * 2**n`` up to ``cap_s``, jittered to 50-100 %."""

    attempts: int = 4
    base_s: float = 0.4
    cap_s: float = 5.0

    def pause_s(self, attempt: int, rng: random.Random) -> float:
        """Return the seconds to wait after failed attempt number ``attempt`` (from 0)."""
        return min(self.cap_s, self.base_s * float(2**attempt)) * rng.uniform(0.5, 1.0)


@dataclass(frozen=True, slots=True)
class Retrier:
    """Repeats a call on ``Retryable``; every other error is raised at once.

    The whole call, pauses included, ends within ``max_wait_s``, and without a wait that the source asked for no attempt
    begins later than ``retry_within_s`` after the first: if a source asks for a longer wait, its ``Retryable``
    (with ``retry_after_s``) is raised instead of retrying.
    """

    policy: RetryPolicy
    clock: Clock
    rng: random.Random
    max_wait_s: float
    retry_within_s: float = RETRY_WITHIN_S

    async def run(self, call: Callable[[float], Awaitable[T]]) -> T:
        """Call ``call(seconds left)`` until it succeeds; raise the last ``Retryable`` unchanged."""
        begun = self.clock.monotonic()
        end = begun + self.max_wait_s
        for attempt in range(self.policy.attempts - 1):
            try:
                return await call(end - self.clock.monotonic())
            except Retryable as fault:
                pause = max(self.policy.pause_s(attempt, self.rng), fault.retry_after_s or 0.0)
                last = end if fault.retry_after_s is not None else min(end, begun + self.retry_within_s)
                if self.clock.monotonic() + pause > last:
                    raise
            await self.clock.sleep(pause)
        return await call(end - self.clock.monotonic())
