"""How a module looks in chat: what a reader sees of it that its declaration does not say."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from analysis.framework.result import Analysis
from handlers.locale.messages import N_
from handlers.render.labels import ChartLabels
from handlers.render.scene import Scene
from handlers.render.theme import Theme
from handlers.render.tones import SeverityBands, Tone

UNCERTAIN: Final = 0.05  # share of the score's range taken for noise where no uncertainty is known
FOR_AND_AGAINST: Final = (N_("Speaks for it"), N_("Speaks against it"))

Drawer = Callable[[Analysis, Theme, ChartLabels], Scene]


@dataclass(frozen=True, slots=True)
class Chart:
    """A module's chart: the function that draws it, importable by name, and every fixed text it may write."""

    draw: Drawer
    words: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Look:
    """One module's look; every text is a message id.

    ``chart`` is ``None`` for a module that answers in text alone. ``sides`` are the titles over what raises the
    score and over what lowers it; ``None`` where contributions speak for and against the side the score is on.
    ``bands`` belong to a score without a direction and are ``None`` for one that points up or down. ``groups`` are
    the titles of groups and multipliers by their ids, ``headlines`` those of the numbers beside the score by name.
    ``caveats`` are what to know of every score of the module; ``explained`` are the codes of the notes that they say
    already. ``fitting`` says what is estimated before a score, while somebody waits for it.
    """

    chart: Chart | None = None
    sides: tuple[str, str] | None = None
    bands: SeverityBands | None = None
    groups: Mapping[str, str] = field(default_factory=dict)
    headlines: Mapping[str, str] = field(default_factory=dict)
    caveats: tuple[str, ...] = ()
    explained: frozenset[str] = frozenset()
    fitting: str = N_("Fitting the model")

    def tone(self, analysis: Analysis) -> Tone:
        """Return the severity of a score without a direction, else which way it points.

        A score within its own uncertainty of neutral is neutral.
        """
        if self.bands is not None:
            return self.bands.tone(analysis.score)
        if analysis.score is None:
            return "neutral"
        noise = analysis.uncertainty
        if noise is None:
            noise = UNCERTAIN * (analysis.high - analysis.low)
        away = analysis.score - analysis.neutral
        if abs(away) <= noise:
            return "neutral"
        return "up" if away > 0 else "down"

    def side_titles(self, *, above: bool) -> tuple[str, str]:
        """Return the titles of the score's own side and of the other; ``above`` neutral or below."""
        if self.sides is None:
            return FOR_AND_AGAINST
        raises, lowers = self.sides
        return (raises, lowers) if above else (lowers, raises)

    def group_title(self, name: str) -> str:
        """Return the title of a group or a multiplier, made of its id where it has none."""
        return self.groups.get(name, name.replace("_", " "))

    def headline_title(self, name: str) -> str:
        """Return the title of a number beside the score, made of its name where it has none."""
        return self.headlines.get(name, name.replace("_", " "))
