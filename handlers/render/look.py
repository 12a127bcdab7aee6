"""How a module looks in chat: what a reader sees of it that its declaration does not say."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

from analysis.account.result import AccountRisk
from analysis.framework.direction import Direction, direction_of
from analysis.framework.reasons import Message, Reason
from analysis.framework.result import Analysis
from handlers.locale.messages import N_, Translator
from handlers.render.html import Block
from handlers.render.labels import ChartLabels
from handlers.render.scene import Scene
from handlers.render.scored import Scored, Spread
from handlers.render.theme import Theme
from handlers.render.tones import SeverityBands, Tone

_TONES: Final[Mapping[Direction, Tone]] = {"up": "up", "down": "down"}
FOR_AND_AGAINST: Final = (N_("Speaks for it"), N_("Speaks against it"))

ResultT = TypeVar("ResultT")
Drawer = Callable[[ResultT, Theme, ChartLabels], Scene]


@dataclass(frozen=True, slots=True)
class Chart(Generic[ResultT]):
    """A chart of a result: the function that draws it, importable by name, and every fixed text it may write."""

    draw: Drawer[ResultT]
    words: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreLook:
    """How a score looks, of a module or a composite; every text is a message id.

    ``sides`` are the titles over what raises the score and over what lowers it; ``None`` where contributions speak for
    and against the side the score is on. ``bands`` belong to a score without a direction and are ``None`` for one that
    points up or down. ``groups`` are the titles of groups, steps and multipliers by their ids. ``caveats`` are what to
    know of every score.
    """

    sides: tuple[str, str] | None = None
    bands: SeverityBands | None = None
    groups: Mapping[str, str] = field(default_factory=dict)
    caveats: tuple[str, ...] = ()

    def tone(self, result: Scored) -> Tone:
        """Return the severity of a score without a direction, else which way it points; both follow its uncertainty."""
        return self.tone_of(result, result.score, result.uncertainty)

    def tone_of(self, scale: Spread, score: float | None, uncertainty: float | None) -> Tone:
        """Return the tone of a score on the scale of an answer, such as that of another timeframe."""
        if self.bands is not None:
            return self.bands.tone(score, uncertainty)
        if score is None:
            return "neutral"
        return _TONES.get(_direction(scale, score, uncertainty), "neutral")

    def verdict(self, result: Scored) -> Message | None:
        """Return the words beside a score: those of the answer, else its direction where it has one."""
        if result.verdict is not None or self.bands is not None or result.score is None:
            return result.verdict
        return Message(_direction(result, result.score, result.uncertainty))

    def side_titles(self, *, above: bool) -> tuple[str, str]:
        """Return the titles of the score's own side and of the other; ``above`` neutral or below."""
        if self.sides is None:
            return FOR_AND_AGAINST
        raises, lowers = self.sides
        return (raises, lowers) if above else (lowers, raises)

    def group_title(self, name: str) -> str:
        """Return the title of a group, a step or a multiplier, made of its id where it has none."""
        return self.groups.get(name, name.replace("_", " "))


@dataclass(frozen=True, slots=True, kw_only=True)
class Look(ScoreLook):
    """One module's look; every text is a message id.

    ``chart`` is ``None`` for a module that answers in text alone. ``headlines`` are the titles of the numbers beside
    the score by name, ``headline_sides`` the words for above and below neutral of one that is shown as a level with
    its side. ``explained`` are the codes of the notes that the caveats say already, ``beside_score`` of those that
    stand under the score. ``fitting`` says what is estimated before a
    score, while somebody waits for it. ``table`` is the id of the table that a card about several coins shows, and
    ``table_heads`` the heads of its columns by their ids, at most five characters. ``blocks`` are what a card in text
    says of further tables, such as weights by method; a picture shows them itself. ``personal`` is
    what it says of the account, or of why that is not known, to its owner in private alone.
    """

    chart: Chart[Analysis] | None = None
    headlines: Mapping[str, str] = field(default_factory=dict)
    headline_sides: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    explained: frozenset[str] = frozenset()
    beside_score: frozenset[str] = frozenset()
    blocks: Callable[[Analysis, Translator], tuple[Block, ...]] | None = None
    personal: Callable[[Analysis, AccountRisk | Reason, Translator], tuple[Block, ...]] | None = None
    fitting: str = N_("Fitting the model")
    table: str = ""
    table_heads: Mapping[str, str] = field(default_factory=dict)

    def headline_title(self, name: str) -> str:
        """Return the title of a number beside the score, made of its name where it has none."""
        return self.headlines.get(name, name.replace("_", " "))


def _direction(scale: Spread, score: float, uncertainty: float | None) -> Direction:
    return direction_of(score, uncertainty, low=scale.low, high=scale.high, neutral=scale.neutral)
