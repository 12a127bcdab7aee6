"""The formula of each score by its short name."""

from collections.abc import Callable, Mapping
from typing import Final

from composite.game import ScoreGame
from composite.scores.material import Material
from composite.scores.trend_strength import trend_strength

Formula = Callable[[Material], ScoreGame]

FORMULAS: Final[Mapping[str, Formula]] = {
    "trend_strength": trend_strength,
}
