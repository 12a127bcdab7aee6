"""Tones: which way a score points or how severe it is, shown by a sign and a colour."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

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


@dataclass(frozen=True, slots=True)
class SeverityBands:
    """The bands of a score without a direction: calm below ``calm``, plain from there, raised from ``raised`` on and
    an alert from ``alert`` on.

    A score that is neither good nor bad, such as the probability of a trend, has no limits and stays plain.
    """

    calm: float = -math.inf
    raised: float = math.inf
    alert: float = math.inf

    def tone(self, score: float | None) -> Tone:
        """Return the tone of a score: never up or down, which would read as bullish or bearish."""
        if score is None:
            return "plain"
        if score >= self.alert:
            return "alert"
        if score >= self.raised:
            return "raised"
        return "calm" if score < self.calm else "plain"
