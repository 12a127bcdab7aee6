"""Exponential backoff with jitter and a cap, for retries without a limit on their number."""

import random
from dataclasses import dataclass

FIRST_S = 1.0
CAP_S = 60.0
_HIGHEST_POWER = 10


@dataclass(slots=True)
class Backoff:
    """The n-th pause in a row is ``first_s * 2**n`` up to ``cap_s``, jittered to 50-100 %, never below ``first_s``."""

    rng: random.Random
    first_s: float = FIRST_S
    cap_s: float = CAP_S
    failures: int = 0

    def next_s(self, at_least_s: float = 0.0) -> float:
        """Return the next pause in seconds; ``at_least_s`` is the wait that the server asked for."""
        grown = min(self.cap_s, self.first_s * 2.0 ** min(self.failures, _HIGHEST_POWER))
        self.failures += 1
        return max(self.first_s, grown * self.rng.uniform(0.5, 1.0), at_least_s)

    def reset(self) -> None:
        """Start again with the shortest pause, after a success that lasted."""
        self.failures = 0
