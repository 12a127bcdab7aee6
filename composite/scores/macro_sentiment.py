"""Score 4: 0.5 + 0.5 * the average of the slow backdrop, positioning and the pull of leaders.

Backdrop (daily) and positioning (hourly) are published apart, since their clocks differ. Crowding is read against its
sign, and it is 0 inside its ordinary band: positioning speaks at its extremes alone.
"""

from composite.game import ScoreGame
from composite.scores.material import Material, group_part, tilted


def macro_sentiment(material: Material) -> ScoreGame:
    """Return the score's game."""
    parts = {"slow": group_part(material, "slow"), "positioning": group_part(material, "positioning")}
    return tilted(material, material.average(), parts)
