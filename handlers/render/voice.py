"""How a score without a direction speaks: what its sides are called, and from where it raises its voice."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from handlers.locale.messages import N_
from handlers.render.theme import Tone


@dataclass(frozen=True, slots=True)
class Voice:
    """The titles over what pushes a score up and down, and where its colour is calm, warns and alerts.

    It is calm below ``calm``, plain from there, warns from ``warns`` and alerts from ``alerts``. A score that is
    neither good nor bad, such as a probability of a trend, has no such places and stays plain.
    """

    raises: str
    lowers: str
    calm: float = -math.inf
    warns: float = math.inf
    alerts: float = math.inf

    def tone(self, score: float | None) -> Tone:
        """Return the tone of a score: never up or down, which would read as bullish or bearish."""
        if score is None:
            return "plain"
        if score >= self.alerts:
            return "alert"
        if score >= self.warns:
            return "raised"
        return "calm" if score < self.calm else "plain"


VOICES: Final[Mapping[str, Voice]] = {
    "regime": Voice(N_("Speaks for a trend"), N_("Speaks for a range")),
    # the share of the past year that was calmer: below one half, a quarter and a twentieth of the time above
    "risk": Voice(N_("Raises it"), N_("Lowers it"), calm=0.5, warns=0.75, alerts=0.95),
    # a quarter per power of ten: once in 10 and once in 100 bars
    "redet": Voice(N_("What drives it"), N_("Holds it back"), calm=0.25, warns=0.25, alerts=0.5),
}
"""By module id; a module that is not here points up or down."""

DIRECTIONAL: Final = (N_("Speaks for it"), N_("Speaks against it"))

MARKS: Final[Mapping[Tone, str]] = {
    "up": "▲",
    "neutral": "•",
    "down": "▼",
    "plain": "•",
    "calm": "○",
    "raised": "◐",
    "alert": "●",
}
"""A tone's sign in texts, so that it is told by more than a colour."""


def side_titles(module_id: str, *, above: bool) -> tuple[str, str]:
    """Return the titles (message ids) of the score's own side and of the other; ``above`` neutral or below."""
    voice = VOICES.get(module_id)
    if voice is None:
        return DIRECTIONAL
    return (voice.raises, voice.lowers) if above else (voice.lowers, voice.raises)
