"""The chart of a scan: a bar for each symbol, from the highest score to the lowest."""

from typing import Final

from composite.ranking import RankedScore, Ranking
from handlers.composites.registry import ONE, look_of_score
from handlers.composites.scan_card import rank_mark
from handlers.locale.messages import N_
from handlers.render.header import draw_moment
from handlers.render.labels import ChartLabels
from handlers.render.look import Chart
from handlers.render.scene import Scene
from handlers.render.subject import coins_of
from handlers.render.theme import (
    AXIS_SIZE,
    HEIGHT,
    LABEL_SIZE,
    LEAST_HEIGHT,
    MARGIN,
    TITLE_SIZE,
    WIDTH,
    Colour,
    Theme,
)

NOTHING: Final = N_("no symbol has a score now")
ONE_COLUMN: Final = 26
"""Rows that one column has room for."""
_TOP, _BOTTOM, _TALLEST, _TITLE_LINE = 130, 16, 84, 42
_NAME, _NUMBER, _APART = 150, 76, 12


def draw_ranking(ranking: Ranking, theme: Theme, labels: ChartLabels) -> Scene:
    """Draw the symbols that have a score, in one column or in two; few of them make a lower picture."""
    rows = ranking.scored
    columns = 1 if len(rows) <= ONE_COLUMN else 2
    each = -(-len(rows) // columns)
    scene = Scene(theme, height=min(HEIGHT, max(LEAST_HEIGHT, _TOP + _TALLEST * each + _BOTTOM)))
    _head(scene, ranking, labels)
    if not rows:
        at = (WIDTH / 2, (_TOP + scene.height) / 2)
        scene.text(
            at, labels.text(NOTHING), size=LABEL_SIZE, fill=theme.muted, anchor="centre", width=WIDTH * 0.9
        )
        return scene
    step = min(_TALLEST, (scene.height - _TOP - _BOTTOM) / each)
    width = (WIDTH - 2 * MARGIN - (columns - 1) * 2 * MARGIN) / columns
    names = coins_of(tuple(row.symbol for row in rows))
    for place, row in enumerate(rows):
        column, line = divmod(place, each)
        left, y = MARGIN + column * (width + 2 * MARGIN), _TOP + step * (line + 0.5)
        _row(scene, labels, (ranking, row, f"{place + 1} {names[place]}"), (left, left + width, y, step))
    return scene


def _head(scene: Scene, ranking: Ranking, labels: ChartLabels) -> None:
    title = labels.text(ONE[ranking.name].title)
    x = (
        MARGIN
        + scene.text((MARGIN, _TITLE_LINE), title, size=TITLE_SIZE, bold=True, width=WIDTH * 0.7)
        + _APART
    )
    scene.text((x, _TITLE_LINE), ranking.interval, size=TITLE_SIZE, fill=scene.theme.muted)
    draw_moment(scene, labels)


def _row(
    scene: Scene,
    labels: ChartLabels,
    what: tuple[Ranking, RankedScore, str],
    box: tuple[float, float, float, float],
) -> None:
    """Draw one symbol: its rank and name, a bar from neutral to its score, the number."""
    (ranking, row, name), (left, right, y, step), theme = what, box, scene.theme
    score, half = row.score or 0.0, min(13.0, step * 0.3)
    scene.text((left, y), name, size=AXIS_SIZE, width=_NAME)
    first, last = left + _NAME + _APART, right - _NUMBER - _APART
    scene.rectangle((first, y - half, last, y + half), theme.track)
    neutral, end = (_place(ranking, value, first, last) for value in (ranking.neutral, score))
    scene.rectangle((min(neutral, end), y - half, max(neutral, end), y + half), _ink(theme, ranking, row))
    scene.rectangle((neutral - 1, y - half - 2, neutral + 1, y + half + 2), theme.muted)
    number = labels.number(score, 2) + rank_mark(row)
    scene.text((right, y), number, size=AXIS_SIZE, anchor="right", bold=True)


def _place(ranking: Ranking, value: float, first: float, last: float) -> float:
    share = (value - ranking.low) / (ranking.high - ranking.low)
    return first + min(1.0, max(0.0, share)) * (last - first)


def _ink(theme: Theme, ranking: Ranking, row: RankedScore) -> Colour:
    tone = look_of_score(ranking.name).tone_of(_Scale(ranking, row), row.score, row.uncertainty)
    return theme.main if tone == "plain" else theme.tone(tone)


class _Scale:
    """A row's score on the scale of its ranking."""

    def __init__(self, ranking: Ranking, row: RankedScore) -> None:
        self.score, self.uncertainty = row.score, row.uncertainty
        self.low, self.high, self.neutral = ranking.low, ranking.high, ranking.neutral


SCAN_CHART: Final[Chart[Ranking]] = Chart(
    draw_ranking, frozenset({NOTHING, *(topic.title for topic in ONE.values())})
)
