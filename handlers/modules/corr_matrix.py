"""The matrix of a basket in clustered order: correlations below the diagonal, leads that stand above it."""

import numpy as np

from analysis.corr.links import LEAD
from analysis.framework.result import Analysis, CoinMatrix
from handlers.render.labels import ChartLabels
from handlers.render.letters import text_width
from handlers.render.scene import Scene
from handlers.render.subject import coins_of
from handlers.render.theme import AXIS_SIZE, LABEL_SIZE, MARGIN, SMALLEST_SIZE, WIDTH, Colour, Theme

CORRELATION = "correlation"
TITLE = 44
LARGEST = 760
"""Pixels of the height of the matrix."""
SHADES = 6
WRITTEN_FROM = 84
"""Pixels of a cell from which its number is written into it."""
_SAMPLE = 20


def matrix_panel(scene: Scene, analysis: Analysis, labels: ChartLabels, top: int) -> int:
    """Draw correlations below the diagonal and leads that stand above it; return where the next panel starts."""
    found = {matrix.id: matrix for matrix in analysis.matrices}
    if CORRELATION not in found:
        at = (WIDTH / 2, top + 200)
        scene.text(at, labels.text("too few coins"), size=LABEL_SIZE, fill=scene.theme.muted, anchor="centre")
        return top + 400
    correlation = found[CORRELATION]
    coins = coins_of(correlation.symbols)
    _keys(scene, labels, top)
    name_room = max(text_width(coin, AXIS_SIZE) for coin in coins) + 16
    wide, side = (WIDTH - 2 * MARGIN - name_room) / len(coins), LARGEST / len(coins)
    left, top = MARGIN + name_room, top + TITLE
    for row, coin in enumerate(coins):
        y = top + (row + 0.5) * side
        size = AXIS_SIZE if side >= AXIS_SIZE else SMALLEST_SIZE
        scene.text((left - 10, y), coin, size=size, anchor="right", width=name_room)
        for column in range(len(coins)):
            place = left + column * wide, top + row * side
            box = (*place, place[0] + wide - 2, place[1] + side - 2)
            _cell(scene, labels, box, row, column, correlation, found.get(LEAD))
    return int(top + side * len(coins)) + 10


def _keys(scene: Scene, labels: ChartLabels, top: float) -> None:
    theme, x, y = scene.theme, float(MARGIN), top + TITLE / 2
    entries = (
        (_shades(theme), "correlation (below the diagonal)"),
        ((theme.up,), "row leads"),
        ((theme.down,), "column leads"),
    )
    scene.legends.append(tuple((inks, False) for inks, _ in entries))
    for inks, words in entries:
        for ink in inks:
            scene.rectangle((x, y - 9, x + _SAMPLE, y + 9), ink)
            x += _SAMPLE
        x += 10
        x += scene.text((x, y), labels.text(words), size=AXIS_SIZE - 2, fill=theme.muted) + 20


def _cell(
    scene: Scene,
    labels: ChartLabels,
    box: tuple[float, float, float, float],
    row: int,
    column: int,
    correlation: CoinMatrix,
    lead: CoinMatrix | None,
) -> None:
    theme = scene.theme
    if row == column:
        scene.rectangle(box, theme.frame)
        return
    below = row > column
    value = (
        float(correlation.values[row, column]) if below or lead is None else float(lead.values[row, column])
    )
    stands = below or (lead is not None and bool(lead.marked[row, column]))
    ink = _heat(theme, value) if below else _side(theme, value, stands)
    scene.rectangle(box, ink)
    if box[2] - box[0] >= WRITTEN_FROM and np.isfinite(value):
        middle = ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
        words = labels.number(value, 2)
        fill = _ink_on(theme, ink)
        scene.text(middle, words, size=SMALLEST_SIZE + 2, anchor="centre", fill=fill, behind=ink)


def _ink_on(theme: Theme, ink: Colour) -> Colour:
    """Return the text colour that is told best from what it stands on."""
    return max((theme.text, theme.on_tag), key=lambda fill: abs(sum(fill) - sum(ink)))


def _shades(theme: Theme) -> tuple[Colour, ...]:
    """Return the shades of correlations from above 0 to 1."""
    return tuple(theme.tint(theme.medium, (step + 1) / SHADES) for step in range(SHADES))


def _heat(theme: Theme, value: float) -> Colour:
    """Return the shade of a correlation: the deeper the stronger, orange where it is below zero."""
    if not np.isfinite(value):
        return theme.track
    if value < 0:
        return theme.tint(theme.down, 1 / SHADES)
    return _shades(theme)[min(SHADES - 1, int(value * SHADES))]


def _side(theme: Theme, value: float, stands: bool) -> Colour:
    if not stands:
        return theme.track
    return theme.up if value > 0 else theme.down
