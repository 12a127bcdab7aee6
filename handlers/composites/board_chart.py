"""The chart of all composite scores: one row each with its bar, its uncertainty and its past."""

from math import floor
from typing import Final

import numpy as np

from analysis.arrays import Floats
from composite.result import Composite
from handlers.composites.board import Board
from handlers.composites.board_card import takes_basket
from handlers.composites.registry import ONE, look_of_score
from handlers.locale.messages import N_
from handlers.registry import EXAMPLE_BASKET
from handlers.render.header import draw_moment, draw_title, spread_bar
from handlers.render.labels import ChartLabels, shown_error
from handlers.render.letters import text_width
from handlers.render.look import Chart
from handlers.render.panel import BarAxis, ChartPanel
from handlers.render.scene import Scene
from handlers.render.sheet import MOST_BARS
from handlers.render.theme import AXIS_SIZE, HEIGHT, LABEL_SIZE, MARGIN, SMALLEST_SIZE, WIDTH, Theme
from handlers.render.tones import SIGNS, TONE_WORDS

NO_SCORE, COVERED = N_("no score"), N_("{share} of its inputs")
_TOP, _GAP = 122, 16
_BAR_RIGHT, _PAST_LEFT = 640, 690
_LINE, _BAR, _PAST = 30, 66, 56
_BAR_HEIGHT: Final = 18


def draw_board(board: Board, theme: Theme, labels: ChartLabels) -> Scene:
    """Draw a row for each score; of weights, the largest ones."""
    scene = Scene(theme)
    draw_title(scene, board.headed, labels, WIDTH - 2 * MARGIN)
    draw_moment(scene, labels)
    step = (HEIGHT - _TOP) / len(board.scores)
    for place, score in enumerate(board.scores):
        top = _TOP + place * step
        scene.rectangle((MARGIN, top, WIDTH - MARGIN, top + 1), theme.grid)
        _row(scene, labels, score, top + _GAP, step - _GAP)
    return scene


def _row(scene: Scene, labels: ChartLabels, score: Composite, top: float, height: float) -> None:
    look, theme = look_of_score(score.name), scene.theme
    tone = look.tone(score)
    words = (
        ""
        if score.score is None or not TONE_WORDS[tone]
        else f"{SIGNS[tone]} {labels.text(TONE_WORDS[tone])}"
    )
    _ends(scene, labels, score, top)
    x = MARGIN + scene.text(
        (MARGIN, top + _LINE), labels.text(ONE[score.name].title), size=LABEL_SIZE, bold=True
    )
    scene.text((x + _GAP, top + _LINE), words, size=LABEL_SIZE, fill=theme.tone(tone), bold=True)
    if takes_basket(score):
        _weights(scene, labels, score, top + _BAR + _BAR_HEIGHT)
        return
    box = (MARGIN, top + _BAR, _BAR_RIGHT, top + _BAR + _BAR_HEIGHT)
    spread_bar(scene, score, theme.tone(tone), box)
    at = top + _BAR + _BAR_HEIGHT + 28
    scene.text(
        (MARGIN, at),
        _below(labels, score),
        size=SMALLEST_SIZE + 2,
        fill=theme.muted,
        width=_BAR_RIGHT - MARGIN,
    )
    _past(scene, labels, score, top + _PAST, height - _PAST)


def _ends(scene: Scene, labels: ChartLabels, score: Composite, top: float) -> None:
    """Write the number at the right end of the first line."""
    if takes_basket(score):
        return
    right = float(WIDTH - MARGIN)
    if score.score is None:
        scene.text(
            (right, top + _LINE),
            labels.text(NO_SCORE),
            size=LABEL_SIZE,
            fill=scene.theme.muted,
            anchor="right",
        )
        return
    if score.uncertainty is not None:
        spread = "±" + shown_error(score.uncertainty, 2, labels.number)
        right -= (
            scene.text((right, top + _LINE), spread, size=AXIS_SIZE, fill=scene.theme.muted, anchor="right")
            + 8
        )
    scene.text(
        (right, top + _LINE), labels.number(score.score, 2), size=LABEL_SIZE + 4, anchor="right", bold=True
    )


def _below(labels: ChartLabels, score: Composite) -> str:
    """Word how much of the inputs was there where some was missing."""
    if score.coverage >= 1:
        return ""
    return labels.text(COVERED, share=labels.percent(floor(100 * score.coverage), 0))


def _past(scene: Scene, labels: ChartLabels, score: Composite, top: float, height: float) -> None:
    """Draw the score's past on its whole scale."""
    past = score.series.get("score", np.zeros(0))[-MOST_BARS:]
    if not np.isfinite(past).any():
        return
    width = WIDTH - MARGIN - _PAST_LEFT
    panel = _panel(scene, score, past, width, int(height) - 10)
    scene.paste(panel.canvas, _PAST_LEFT, int(top))


def _panel(scene: Scene, score: Composite, past: Floats, width: int, height: int) -> ChartPanel:
    pad = 0.04 * (score.high - score.low)
    panel = ChartPanel(scene.theme, BarAxis(len(past), width), height, score.low - pad, score.high + pad)
    panel.levels((score.neutral,))
    panel.line(past, scene.theme.main, 2.5)
    return panel


def _weights(scene: Scene, labels: ChartLabels, score: Composite, y: float) -> None:
    """Write the largest weights on one line, as many as there is room for."""
    if not score.weights:
        words = f"/{ONE[score.name].commands[0]} {EXAMPLE_BASKET}"
        scene.text((MARGIN, y), words, size=AXIS_SIZE, fill=scene.theme.muted)
    x, room = float(MARGIN), float(WIDTH - MARGIN)
    for name, weight in sorted(score.weights.items(), key=lambda item: -item[1]):
        text = f"{name} {labels.percent(100 * weight, 0)}"
        if x + text_width(text, AXIS_SIZE) > room:
            return
        x += scene.text((x, y), text, size=AXIS_SIZE) + 2 * _GAP


BOARD_CHART: Final[Chart[Board]] = Chart(
    draw_board,
    frozenset(
        {NO_SCORE, COVERED, *(topic.title for topic in ONE.values()), *filter(None, TONE_WORDS.values())}
    ),
)
