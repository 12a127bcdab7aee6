"""Which way a score with a direction points, in words that follow its uncertainty."""

from collections.abc import Mapping
from typing import Final, Literal

Direction = Literal["up", "neutral", "down", "between_neutral_up", "between_neutral_down"]

NEUTRAL_BAND: Final = 0.02
"""Share of the range on either side of neutral that is neutral; of [0, 1] that is 0.48 to 0.52."""
UNKNOWN_ERROR: Final = 0.05
"""Share of the range taken for the standard error where none is known."""
MOST_UNCERTAIN: Final = 1 / 3
"""Share of the range beyond which a standard error leaves nothing to say."""
_MIRRORED: Final[Mapping[Direction, Direction]] = {
    "up": "down",
    "neutral": "neutral",
    "between_neutral_up": "between_neutral_down",
}


def direction_of(
    score: float, uncertainty: float | None, *, low: float, high: float, neutral: float
) -> Direction:
    """Return up or down where one standard error stays beyond the border of neutral, else what it reaches.

    Neutral is also what reaches over both borders.
    """
    width = high - low
    error = UNKNOWN_ERROR * width if uncertainty is None else uncertainty
    away, band = score - neutral, NEUTRAL_BAND * width
    towards = _beyond(abs(away), error, band)
    return towards if away >= 0 else _MIRRORED[towards]


def _beyond(away: float, error: float, band: float) -> Direction:
    if away - error > band:
        return "up"
    reaches_up, reaches_down = away + error > band, away - error < -band
    return "between_neutral_up" if reaches_up and not reaches_down else "neutral"
