"""Alerts whose condition cannot be looked at: a chat is told once when that lasts, and once when it is over."""

from dataclasses import dataclass
from typing import Final, Literal

from utils.units import MINUTE_MS

TOLD_AFTER_MS: Final = 15 * MINUTE_MS
"""So long a condition has to be unknown before its chat is told."""
TOLD_WITH_MS: Final = TOLD_AFTER_MS // 2
"""Alerts that are unknown for so long are told with one that is told."""

Failure = Literal["refused", "silent"]
"""The source refuses a question, or does not answer it now."""
Blindness = Failure | Literal["empty", "name"]
"""Why a condition is not known: its question failed, its value is missing, or there is no such value any more."""


@dataclass(frozen=True, slots=True)
class Sight:
    """Since when a condition is not known (UTC ms), ``None`` while it is, and whether its chat was told."""

    unknown_since_ms: int | None = None
    is_told: bool = False

    def after_look(self, *, known: bool, now_ms: int) -> "Sight":
        """Return the sight after a look; what was told is kept until it is told that it is over."""
        if known:
            return Sight(None, self.is_told)
        return Sight(now_ms if self.unknown_since_ms is None else self.unknown_since_ms, self.is_told)

    def is_lost(self, now_ms: int, *, least_ms: int = TOLD_AFTER_MS) -> bool:
        """Return whether the chat is to be told that the condition is not known."""
        since = self.unknown_since_ms
        return not self.is_told and since is not None and now_ms - since >= least_ms

    @property
    def is_back(self) -> bool:
        """Whether the chat is to be told that the condition is known again."""
        return self.is_told and self.unknown_since_ms is None
