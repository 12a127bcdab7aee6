"""Liquidation prices on a price panel: dashed lines, and a column beside the price axis with leverage and distance."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from handlers.locale.messages import N_
from handlers.render.labels import ChartLabels
from handlers.render.panel import ChartPanel, Values
from handlers.render.sheet import Sheet
from handlers.render.theme import MARGIN, SMALLEST_SIZE, WIDTH

LEVEL_COLUMN: Final = 158
"""Pixels that the column takes: ``100× +0.9%`` at the smallest size, with room on either side."""

_ROW = 30.0
_LONGS, _SHORTS = N_("longs"), N_("shorts")
_SIDES = (("liq_short", _SHORTS, True), ("liq_long", _LONGS, False))

LIQUIDATION_WORDS = (_LONGS, _SHORTS)
"""The texts that this layer writes: a chart that draws it names them among its own."""


@dataclass(frozen=True, slots=True)
class LiquidationPrice:
    """A liquidation price and the leverage that ends there."""

    price: float
    leverage: float


@dataclass(frozen=True, slots=True)
class LiquidationSide:
    """The levels of one side, the highest price first; ``above`` the price for shorts, below it for longs."""

    words: str
    above: bool
    levels: tuple[LiquidationPrice, ...]


@dataclass(frozen=True, slots=True)
class _Row:
    text: str
    y: float
    is_heading: bool = False


def liquidation_sides(curves: Mapping[str, Values]) -> tuple[LiquidationSide, ...]:
    """Return the known levels of shorts and longs from ``liq_leverage``, ``liq_short`` and ``liq_long``."""
    leverages = curves.get("liq_leverage", np.zeros(0))
    sides = []
    for name, words, above in _SIDES:
        pairs = zip(curves.get(name, np.zeros(0)).tolist(), leverages.tolist(), strict=False)
        known = [
            LiquidationPrice(price, leverage) for price, leverage in pairs if np.isfinite(price) and price > 0
        ]
        sides.append(LiquidationSide(words, above, tuple(sorted(known, key=lambda level: -level.price))))
    return tuple(side for side in sides if side.levels)


def draw_levels(panel: ChartPanel, sides: Iterable[LiquidationSide]) -> None:
    """Draw the levels that lie inside the panel."""
    for side in sides:
        for level in side.levels:
            if panel.low < level.price < panel.high:
                panel.canvas.dashes(panel.y(level.price), panel.theme.medium, width=2.0, on=14, off=7)


def write_levels(
    sheet: Sheet, panel: ChartPanel, place: int, sides: Sequence[LiquidationSide], price: float
) -> None:
    """Write each level's leverage and distance from the price beside its line, in the order of their prices.

    Labels too close to each other move apart; those out of sight stand at the panel's edge behind an arrow.
    """
    rows = [row for side in sides for row in _rows(panel, side, price, sheet.labels)]
    left, right = WIDTH - MARGIN / 2 - LEVEL_COLUMN + 12, WIDTH - MARGIN / 2
    for row, y in zip(rows, _apart([row.y for row in rows], _ROW / 2, panel.height - _ROW / 2), strict=True):
        fill = sheet.theme.muted if row.is_heading else sheet.theme.medium
        sheet.scene.text(
            (right, place + y),
            row.text,
            size=SMALLEST_SIZE + 2,
            fill=fill,
            anchor="right",
            width=right - left,
        )


def _rows(panel: ChartPanel, side: LiquidationSide, price: float, labels: ChartLabels) -> list[_Row]:
    rows = [_Row(_level_words(panel, level, price, labels), panel.y(level.price)) for level in side.levels]
    heading = _Row(labels.text(side.words), -1e9 if side.above else 1e9, is_heading=True)
    return [heading, *rows] if side.above else [*rows, heading]


def _level_words(panel: ChartPanel, level: LiquidationPrice, price: float, labels: ChartLabels) -> str:
    away = (level.price / price - 1) * 100
    sign = "+" if away > 0 else ""
    arrow = "↑" if level.price >= panel.high else "↓" if level.price <= panel.low else ""
    return f"{arrow}{level.leverage:g}× {sign}{labels.percent(away, 0 if abs(away) >= 9.95 else 1)}"


def _apart(wanted: Sequence[float], first: float, last: float) -> list[float]:
    """Return ascending places ``_ROW`` or more apart near the ``wanted`` ones, within ``first`` and ``last``.

    Where there is no room for all, they go on beyond ``last``.
    """
    places: list[float] = []
    for place in wanted:
        places.append(max(place, places[-1] + _ROW if places else first))
    limit = max(last, first + _ROW * (len(places) - 1))
    for number in reversed(range(len(places))):
        places[number] = min(places[number], limit)
        limit = places[number] - _ROW
    return places
