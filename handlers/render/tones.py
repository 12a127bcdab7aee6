"""Tones: which way a score points or how severe it is, shown by a sign and a colour."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from handlers.locale.messages import N_

Tone = Literal["up", "neutral", "down", "plain", "calm", "raised", "alert"]

SIGNS: Final[Mapping[Tone, str]] = {
    "up": "▲",
    "neutral": "•",
    "down": "▼",
    "plain": "•",
    "calm": "○",
    "raised": "◐",
    "alert": "●",
}
"""A tone's sign in texts, so that colour is not the only difference."""

TONE_WORDS: Final[Mapping[Tone, str]] = {
    "up": N_("up"),
    "neutral": N_("neutral"),
    "down": N_("down"),
    "plain": "",
    "calm": N_("calm"),
    "raised": N_("raised"),
    "alert": N_("alert"),
}
"""A tone in one word (a message id), for rows that have no room for more; a plain one says nothing."""


@dataclass(frozen=True, slots=True)
class SeverityBands:
    """The bands of a score without a direction: calm below ``calm``, plain from there, raised from ``raised`` on and
    an alert from ``alert`` on.

    A score that is neither good nor bad, such as the probability of a trend, has no limits and stays plain.
    """

    calm: float = -math.inf
    raised: float = math.inf
    alert: float = math.inf

    def tone(self, score: float | None, uncertainty: float | None = None) -> Tone:
        """Return the tone that a score keeps within one standard error: never up or down, read as bullish or bearish.

        Where the error reaches over a border, the weaker of raised and alert, and plain beside calm.
        """
        if score is None:
            return "plain"
        error = uncertainty or 0.0
        reached = {self._at(score - error), self._at(score), self._at(score + error)}
        if reached == {"raised", "alert"}:
            return "raised"
        return reached.pop() if len(reached) == 1 else "plain"

    def _at(self, score: float) -> Tone:
        if score >= self.alert:
            return "alert"
        if score >= self.raised:
            return "raised"
        return "calm" if score < self.calm else "plain"
