"""Liquidation prices on a price panel: dashed lines with their leverage, and a row for those out of sight."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from handlers.locale.messages import N_
from handlers.render.labels import ChartLabels
from handlers.render.panel import ChartPanel, Values
from handlers.render.scene import text_width
from handlers.render.sheet import Sheet, price_words
from handlers.render.theme import AXIS_SIZE, MARGIN, SMALLEST_SIZE

_SIZE = AXIS_SIZE - 4
_APART = 32.0
_EDGE = 44.0
_ROW = 18.0
_LONG, _SHORT, _FURTHER = N_("{leverage}× long"), N_("{leverage}× short"), N_("further off: {levels}")
_SIDES = (("liq_long", _LONG, 1), ("liq_short", _SHORT, -1))

LIQUIDATION_WORDS = (_LONG, _SHORT, _FURTHER)
"""The texts that this layer writes: a chart that draws it names them among its own."""


@dataclass(frozen=True, slots=True)
class LiquidationPrice:
    """A liquidation price and the leverages that end there."""

    price: float
    leverage: float


@dataclass(frozen=True, slots=True)
class LiquidationSide:
    """The levels of one side, nearest to the price first; ``down`` is 1 for longs, below the price, else -1."""

    words: str
    down: int
    levels: tuple[LiquidationPrice, ...]


def liquidation_sides(curves: Mapping[str, Values]) -> tuple[LiquidationSide, ...]:
    """Return the known levels of longs and shorts from ``liq_leverage``, ``liq_long`` and ``liq_short``."""
    leverages = curves.get("liq_leverage", np.zeros(0))
    sides = []
    for name, words, down in _SIDES:
        pairs = zip(curves.get(name, np.zeros(0)).tolist(), leverages.tolist(), strict=False)
        known = [
            LiquidationPrice(price, leverage) for price, leverage in pairs if np.isfinite(price) and price > 0
        ]
        sides.append(
            LiquidationSide(words, down, tuple(sorted(known, key=lambda level: -down * level.price)))
        )
    return tuple(sides)


def draw_levels(panel: ChartPanel, sides: Iterable[LiquidationSide]) -> None:
    """Draw the levels that lie inside the panel."""
    for side in sides:
        for level in side.levels:
            if panel.low < level.price < panel.high:
                panel.canvas.dashes(panel.y(level.price), panel.theme.medium, width=2.0, on=14, off=7)


def write_levels(
    sheet: Sheet, panel: ChartPanel, place: int, sides: Iterable[LiquidationSide], price: float
) -> None:
    """Write leverages beside their lines, close ones together, and those out of sight on the panel's edge."""
    for side in sides:
        near, far = _divided(panel, side)
        for row, group in _rows(panel, side, near, panel.y(price)):
            ends = {min(level.leverage for level in group), max(level.leverage for level in group)}
            leverage = "–".join(f"{end:g}" for end in sorted(ends))
            _write(sheet, place + row, sheet.labels.text(side.words, leverage=leverage))
        if far:
            row = panel.height - _ROW if side.down > 0 else _ROW
            _write(sheet, place + row, _far_words(sheet.labels, panel, side, far))


def _divided(
    panel: ChartPanel, side: LiquidationSide
) -> tuple[list[LiquidationPrice], list[LiquidationPrice]]:
    """The levels that have a label beside their line, and those too near to the edge or beyond it."""
    near = [level for level in side.levels if _EDGE <= panel.y(level.price) <= panel.height - _EDGE]
    return near, [level for level in side.levels if level not in near]


def _rows(
    panel: ChartPanel, side: LiquidationSide, near: Sequence[LiquidationPrice], price_row: float
) -> list[tuple[float, list[LiquidationPrice]]]:
    """Return label rows walking away from the price; a level too close to the label before joins it."""
    rows: list[tuple[float, list[LiquidationPrice]]] = []
    for level in near:
        row, before = panel.y(level.price), rows[-1][0] if rows else price_row - side.down * _APART / 4
        if rows and side.down * (row - before) < _APART:
            rows[-1][1].append(level)
        else:
            rows.append((side.down * max(side.down * row, side.down * before + _APART), [level]))
    return [(row, group) for row, group in rows if _EDGE / 2 < row < panel.height - _EDGE / 2]


def _far_words(
    labels: ChartLabels, panel: ChartPanel, side: LiquidationSide, far: Sequence[LiquidationPrice]
) -> str:
    words = [
        f"{labels.text(side.words, leverage=f'{level.leverage:g}')} "
        + price_words(level.price, panel.low, panel.high, labels)
        for level in far
    ]
    return labels.text(_FURTHER, levels=" · ".join(words))


def _write(sheet: Sheet, y: float, words: str) -> None:
    left, room = MARGIN + 10.0, sheet.axis.width - 20.0
    half, wide = _SIZE * 0.62, min(room, text_width(words, _SIZE))
    sheet.scene.rectangle((left - 5, y - half, left + wide + 5, y + half), sheet.theme.panel, radius=4)
    fill = sheet.theme.text
    sheet.scene.text(
        (left, y), words, size=max(_SIZE, SMALLEST_SIZE), fill=fill, width=room, behind=sheet.theme.panel
    )
