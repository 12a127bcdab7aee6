"""The waterfall of a composite score: from neutral, term by term, to the raw score, and by its steps to the score."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from composite.result import Composite
from handlers.composites.inputs import INPUT_WORDS
from handlers.composites.terms import input_terms, shortened, step_terms
from handlers.locale.messages import N_
from handlers.render.labels import ChartLabels
from handlers.render.letters import text_width
from handlers.render.scene import Scene
from handlers.render.sheet import TITLE_ROW
from handlers.render.theme import LABEL_SIZE, MARGIN, WIDTH, Colour, Theme
from handlers.render.tones import Tone

TITLE: Final = N_("From neutral to the score")
NEUTRAL, RAW, SCORE, RAW_ALONE = N_("neutral"), N_("raw"), N_("score"), N_("raw, withheld")
OTHERS: Final = N_("other inputs")
WATERFALL_WORDS: Final = frozenset({TITLE, NEUTRAL, RAW, SCORE, RAW_ALONE, OTHERS, *INPUT_WORDS})
MOST_TERMS: Final = 8
ROW: Final = 40
_BAR, _APART, _PAD, _SIZE = 20, 14, 0.06, 27
_DIRECTED: Final[frozenset[Tone]] = frozenset({"up", "neutral", "down"})


@dataclass(frozen=True, slots=True)
class Bar:
    """One row: from one number to another; a level is drawn as a mark where both are the same."""

    title: str
    begin: float
    end: float
    kind: Literal["level", "term"] = "term"

    @property
    def added(self) -> float:
        """What it adds."""
        return self.end - self.begin


def bars_of(composite: Composite) -> list[Bar]:
    """Return the rows; none where nothing could be averaged. The last one is the number on the card."""
    if composite.raw is None:
        return []
    bars = [Bar(NEUTRAL, composite.neutral, composite.neutral, "level")]
    for term in shortened(input_terms(composite), MOST_TERMS, OTHERS):
        bars.append(Bar(term.title, bars[-1].end, bars[-1].end + term.contribution))
    if composite.score is None:
        return [*bars, Bar(RAW_ALONE, composite.raw, composite.raw, "level")]
    if composite.steps:
        bars.append(Bar(RAW, composite.raw, composite.raw, "level"))
    for term in step_terms(composite):
        bars.append(Bar(term.title, bars[-1].end, bars[-1].end + term.contribution))
    return [*bars, Bar(SCORE, composite.score, composite.score, "level")]


def draw_waterfall(scene: Scene, labels: ChartLabels, composite: Composite, top: float) -> float:
    """Draw title and rows from pixel row ``top`` on; return where they end."""
    bars = bars_of(composite)
    if not bars:
        return top
    at = (MARGIN, top + TITLE_ROW / 2)
    scene.text(at, labels.text(TITLE), size=LABEL_SIZE, fill=scene.theme.muted, width=WIDTH - 2 * MARGIN)
    known = dict(labels.words)
    titles = max(text_width(_title(bar, known), _SIZE, bold=bar.kind == "level") for bar in bars)
    numbers = max(text_width(_number(bar, labels), _SIZE, bold=True) for bar in bars)
    left, right = MARGIN + titles + _APART, WIDTH - MARGIN - numbers - _APART
    scale = _Scale(bars, left, right)
    for row, bar in enumerate(bars):
        _row(scene, labels, bar, scale, top + TITLE_ROW + ROW * (row + 0.5))
    return top + TITLE_ROW + ROW * len(bars)


class _Scale:
    """Where a number stands on the rows' shared axis."""

    def __init__(self, bars: list[Bar], left: float, right: float) -> None:
        ends = [value for bar in bars for value in (bar.begin, bar.end)]
        reach = max(max(ends) - min(ends), 1e-9)
        self._low = min(ends) - _PAD * reach
        self._width = reach * (1 + 2 * _PAD)
        self.left, self.right = left, right

    def place(self, value: float) -> float:
        return self.left + (value - self._low) / self._width * (self.right - self.left)


def _row(scene: Scene, labels: ChartLabels, bar: Bar, scale: _Scale, y: float) -> None:
    theme, is_level = scene.theme, bar.kind == "level"
    scene.text((MARGIN, y), _title(bar, dict(labels.words)), size=_SIZE, bold=is_level)
    scene.rectangle((scale.left, y - 1, scale.right, y + 1), theme.track)
    if is_level:
        at = scale.place(bar.end)
        scene.rectangle((at - 4, y - _BAR / 2 - 3, at + 4, y + _BAR / 2 + 3), theme.text, radius=4)
    else:
        ends = sorted((scale.place(bar.begin), scale.place(bar.end)))
        ends[1] = max(ends[1], ends[0] + 2)
        ink = _ink(theme, labels, bar.added)
        scene.rectangle((ends[0], y - _BAR / 2, ends[1], y + _BAR / 2), ink)
    edge = (WIDTH - MARGIN, y)
    scene.text(edge, _number(bar, labels), size=_SIZE, anchor="right", bold=is_level)


def _ink(theme: Theme, labels: ChartLabels, added: float) -> Colour:
    """Return the colour of what raises or lowers a score; up and down belong to scores with a direction."""
    if labels.tone in _DIRECTED:
        return theme.up if added >= 0 else theme.down
    return theme.fast if added >= 0 else theme.level


def _title(bar: Bar, words: Mapping[str, str]) -> str:
    return words.get(bar.title, bar.title)


def _number(bar: Bar, labels: ChartLabels) -> str:
    return labels.number(bar.end, 3) if bar.kind == "level" else labels.number(bar.added, 3, sign=True)
