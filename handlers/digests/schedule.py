"""When a digest is due, and what becomes of turns that were missed.

Where clocks go forward, a time that does not exist on that day is due at the first moment after the gap; where they go
back, a time that comes twice is due at its first coming alone (`handlers.alerts.local_time`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import time
from typing import Final
from zoneinfo import ZoneInfo

from handlers.alerts.local_time import next_due
from utils.store.digests import DigestDefinition, DigestTurn
from utils.units import HOUR_MS

FRESH_MS: Final = 2 * HOUR_MS
"""So long after its time a digest is still made; after that it is only said that it was missed."""
MOST_MISSED: Final = 400


@dataclass(frozen=True, slots=True)
class DueTurns:
    """The turns of a digest up to now (UTC ms, the last one is its newest), none if it is not due, and the next one."""

    due: Sequence[int]
    next: DigestTurn

    @property
    def missed(self) -> Sequence[int]:
        """The turns before the newest one."""
        return self.due[:-1]


def turn_after(asked: DigestDefinition, zone: str, after_ms: int) -> DigestTurn:
    """Return the first turn of a digest after a moment (UTC ms)."""
    at = time(*divmod(asked.minute, 60))
    return DigestTurn(zone, after_ms, next_due(at, frozenset(asked.days), ZoneInfo(zone), after_ms))


def turns_until(asked: DigestDefinition, turn: DigestTurn, zone: str, now_ms: int) -> DueTurns:
    """Return what is due by now; a turn that was reckoned in another zone is reckoned anew."""
    if turn.zone != zone:
        turn = turn_after(asked, zone, turn.after)
    due = list[int]()
    while turn.due_at <= now_ms:
        due = [*due[-MOST_MISSED:], turn.due_at]
        turn = turn_after(asked, zone, turn.due_at)
    return DueTurns(due, turn)
