"""The chart of an allocation: the recommended weight of every coin with its band, beside those of each method."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from analysis.allocate.specs import SHORT_NAMES
from analysis.allocate.table_specs import BAND, BY_METHOD
from composite.result import Composite
from handlers.composites.allocation_lines import FACT_WORDS, Fact, Figure, allocation_facts
from handlers.locale.messages import N_
from handlers.render.header import HEADER_HEIGHT, draw_header, draw_moment, draw_title
from handlers.render.labels import ChartLabels
from handlers.render.look import Chart
from handlers.render.scene import Scene
from handlers.render.theme import (
    AXIS_SIZE,
    HEIGHT,
    LABEL_SIZE,
    LEAST_HEIGHT,
    MARGIN,
    SMALLEST_SIZE,
    WIDTH,
    Theme,
)
from handlers.render.words import band_words

RECOMMENDED, BANDED = N_("Recommended weight"), N_("Weight and its 95% band")
NO_WEIGHTS, MORE = N_("no weights"), N_("{count} more")
MOST_COINS: Final = 14
_NAME, _BAR, _NUMBER, _APART = 130, 230, 104, 14
_HEAD, _TALLEST, _THICK, _BOTTOM = 56, 140, 0.18, 16
_LINE, _ABOVE, _ROOMY = 46, 20, 84
"""Height of a fact's line, room above the first, and height of a row that has room for its band in numbers."""


@dataclass(frozen=True, slots=True)
class _Row:
    """A coin: its recommended weight, the band of it (NaN where unknown), and its weight by each method."""

    name: str
    weight: float
    low: float
    high: float
    methods: tuple[float, ...]


def draw_weights(composite: Composite, theme: Theme, labels: ChartLabels) -> Scene:
    """Draw the chart of an allocation; without weights it says so."""
    rows, facts = _rows(composite), allocation_facts(composite)
    lines = min(len(rows), MOST_COINS)
    scene = Scene(theme, height=_height(lines, len(facts)))
    if composite.verdict is None:
        draw_title(scene, composite, labels, WIDTH - 2 * MARGIN)
        draw_moment(scene, labels)
    else:
        draw_header(scene, composite, labels)
    if not rows:
        at, words = (WIDTH / 2, (HEADER_HEIGHT + scene.height) / 2), labels.text(NO_WEIGHTS)
        scene.text(at, words, size=LABEL_SIZE, fill=theme.muted, anchor="centre", width=WIDTH * 0.9)
        return scene
    shown = rows if len(rows) <= MOST_COINS else rows[: MOST_COINS - 1]
    methods = _methods(composite)
    banded = composite.table(BAND) is not None
    _heads(scene, labels, methods, labels.text(BANDED if banded else RECOMMENDED))
    top = HEADER_HEIGHT + _HEAD
    step = (scene.height - top - _below_rows(len(facts))) / lines
    full = max(max(row.weight, row.high if np.isfinite(row.high) else 0.0) for row in shown)
    for place, row in enumerate(shown):
        _row(scene, labels, row, (top + step * (place + 0.5), step * _THICK, full), banded=step >= _ROOMY)
    if rest := len(rows) - len(shown):
        words = labels.text(MORE, count=labels.whole(rest))
        scene.text((MARGIN, top + step * (lines - 0.5)), words, size=AXIS_SIZE, fill=theme.muted)
    _facts(scene, labels, facts, top + step * lines + _ABOVE)
    return scene


def _height(lines: int, facts: int) -> int:
    """Return the height of a picture of so many rows and facts: few of them make a lower one."""
    wanted = HEADER_HEIGHT + _HEAD + _TALLEST * lines + _below_rows(facts)
    return min(HEIGHT, max(LEAST_HEIGHT, wanted))


def _below_rows(facts: int) -> int:
    return _ABOVE + _LINE * facts + _BOTTOM


def _facts(scene: Scene, labels: ChartLabels, facts: Sequence[Fact], top: float) -> None:
    """Write a line for each fact below the rows."""
    for place, fact in enumerate(facts):
        words = labels.text(
            fact.message, **{name: _figure(labels, one) for name, one in fact.figures.items()}
        )
        at = (MARGIN, top + _LINE * (place + 0.5))
        scene.text(at, words, size=LABEL_SIZE, fill=scene.theme.muted, width=WIDTH - 2 * MARGIN)


def _figure(labels: ChartLabels, figure: Figure) -> str:
    if figure.is_share:
        return labels.percent(100 * figure.value, figure.decimals)
    return labels.number(figure.value, figure.decimals)


def _methods(composite: Composite) -> tuple[str, ...]:
    table = composite.table(BY_METHOD)
    return () if table is None else table.columns


def _rows(composite: Composite) -> list[_Row]:
    """Return the coins from the largest recommended weight to the smallest."""
    band, by_method = composite.table(BAND), composite.table(BY_METHOD)
    low, high = ({}, {}) if band is None else (band.column("low"), band.column("high"))
    columns = [] if by_method is None else [by_method.column(name) for name in by_method.columns]
    return [
        _Row(
            name,
            weight,
            low.get(name, np.nan),
            high.get(name, np.nan),
            tuple(column.get(name, np.nan) for column in columns),
        )
        for name, weight in sorted(composite.weights.items(), key=lambda item: -item[1])
    ]


def _heads(scene: Scene, labels: ChartLabels, methods: tuple[str, ...], title: str) -> None:
    y, muted = HEADER_HEIGHT + _HEAD / 2, scene.theme.muted
    room = _NAME + _BAR + _NUMBER - _APART if methods else WIDTH - 2 * MARGIN
    scene.text((MARGIN, y), title, size=LABEL_SIZE, fill=muted, width=room)
    for place, name in enumerate(methods):
        at = (_column(place, len(methods)), y)
        scene.text(
            at,
            labels.text(SHORT_NAMES[name]),
            size=SMALLEST_SIZE,
            fill=muted,
            anchor="right",
            width=_each(methods) - 6,
        )


def _each(methods: tuple[object, ...]) -> float:
    """Return the width of a method's column."""
    return (WIDTH - 2 * MARGIN - _NAME - _BAR - _NUMBER) / max(1, len(methods))


def _column(place: int, count: int) -> float:
    """Return where a method's column ends."""
    return (
        MARGIN + _NAME + _BAR + _NUMBER + (WIDTH - 2 * MARGIN - _NAME - _BAR - _NUMBER) * (place + 1) / count
    )


def _row(
    scene: Scene, labels: ChartLabels, row: _Row, at: tuple[float, float, float], *, banded: bool
) -> None:
    """Draw a coin's bar around ``at``: middle, half its height, the weight that fills it; ``banded`` in numbers too."""
    (y, half, full), theme = at, scene.theme
    left = MARGIN + _NAME
    scene.text((MARGIN, y), row.name, size=AXIS_SIZE, bold=True, width=_NAME - _APART)
    scene.rectangle((left, y - half, left + _BAR, y + half), theme.track)
    scene.rectangle((left, y - half, left + _BAR * row.weight / full, y + half), theme.main)
    if np.isfinite(row.low) and np.isfinite(row.high):
        ends = (left + _BAR * row.low / full, left + _BAR * row.high / full)
        scene.rectangle((ends[0], y - 3, ends[1], y + 3), theme.fast)
        for end in ends:
            scene.rectangle((end - 2, y - half * 0.8, end + 2, y + half * 0.8), theme.fast)
        if banded:
            words, below = (
                band_words(row.low, row.high, labels.number),
                (left + _BAR, y + half + AXIS_SIZE * 0.8),
            )
            scene.text(below, words, size=AXIS_SIZE, fill=theme.fast, anchor="right")
    number = (left + _BAR + _NUMBER, y)
    scene.text(number, labels.percent(100 * row.weight, 0), size=AXIS_SIZE, anchor="right", bold=True)
    for place, weight in enumerate(row.methods):
        words = labels.whole(100 * weight) if np.isfinite(weight) else "–"
        column = (_column(place, len(row.methods)), y)
        scene.text(
            column, words, size=AXIS_SIZE, fill=theme.muted, anchor="right", width=_each(row.methods) - 6
        )


WEIGHTS_CHART: Final[Chart[Composite]] = Chart(
    draw_weights, frozenset({RECOMMENDED, BANDED, NO_WEIGHTS, MORE, *FACT_WORDS, *SHORT_NAMES.values()})
)
