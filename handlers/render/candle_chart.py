"""What every chart shares: the header, a candle panel that takes the room left, panels below it, the time axis."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from analysis.framework.result import Analysis, Heatmap
from handlers.render.header import HEADER_HEIGHT, draw_header
from handlers.render.heat import draw_heatmap
from handlers.render.labels import ChartLabels
from handlers.render.panel import ChartPanel, ChartSeries, Values, directions, span
from handlers.render.scene import Scene
from handlers.render.sheet import (
    GAP,
    MOST_BARS,
    TIME_ROW,
    TITLE_ROW,
    LegendEntry,
    Sheet,
    make_sheet,
    price_ticks,
    price_words,
)
from handlers.render.theme import HEIGHT, LABEL_SIZE, WIDTH, Theme

OVERLAY_REACH = 0.25
"""Overlays widen the price axis by at most this share of the candles' range per side; beyond it they are clipped."""

_CANDLES = ("open", "high", "low", "close")
_BOTTOM = 10

Bars = dict[str, Values]


@dataclass(frozen=True, slots=True)
class LowerPanel:
    """A panel below the candles: drawn by ``draw(sheet, top, height)``, which returns where the next one starts.

    It is left out unless one of the series ``names`` holds numbers; without names it is always drawn.
    """

    draw: Callable[[Sheet, int, int], int]
    height: int
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ChartPlan:
    """A chart: what is drawn under and over the candles, what widens their axis, and the panels below.

    ``heatmap`` lies under everything else, the grid and the candles included.
    ``behind`` draws what lies under the candles, ``over`` what lies above them; each returns its keys.
    ``overlays`` are series that may widen the axis, ``levels`` prices that do where they are near; ``write`` puts
    words on the finished panel, whose first pixel row it is given. ``pad`` is the room above and below the
    candles as a share of their range. ``parts`` share the time axis; ``tail`` stands below it with axes of its own.
    """

    behind: Callable[[Sheet, ChartPanel], list[LegendEntry]]
    over: Callable[[Sheet, ChartPanel], list[LegendEntry]]
    overlays: tuple[str, ...] = ()
    levels: tuple[float, ...] = ()
    write: Callable[[Sheet, ChartPanel, int], None] | None = None
    pad: float = 0.04
    parts: tuple[LowerPanel, ...] = ()
    tail: tuple[LowerPanel, ...] = ()
    heatmap: Heatmap | None = None


def draw_candle_chart(
    analysis: Analysis, theme: Theme, labels: ChartLabels, plan: Callable[[ChartSeries], ChartPlan]
) -> Scene:
    """Draw a chart from an analysis' series; a missing series leaves its line or panel out."""
    scene = Scene(theme)
    draw_header(scene, analysis, labels)
    series = ChartSeries(analysis.series, MOST_BARS)
    bars = series.known(*_CANDLES)
    if len(bars) < len(_CANDLES):
        at, room = (WIDTH / 2, (HEADER_HEIGHT + HEIGHT) / 2), WIDTH * 0.9
        words = labels.text("no bars to draw")
        scene.text(at, words, size=LABEL_SIZE, fill=theme.muted, anchor="centre", width=room)
        return scene
    made = plan(series)
    low, high = _price_span(series, bars, made)
    sheet, parts = make_sheet(scene, labels, series, low, high), _with_data(made.parts, series)
    below = _room(parts) + TIME_ROW + _BOTTOM + _room(made.tail)
    panel = sheet.panel(HEIGHT - HEADER_HEIGHT - TITLE_ROW - GAP - below, low, high)
    top = _price(sheet, panel, bars, analysis.price, made)
    for part in parts:
        top = part.draw(sheet, top, part.height)
    sheet.time_axis(top - GAP)
    top += TIME_ROW - GAP
    for part in made.tail:
        top = part.draw(sheet, top, part.height)
    return scene


def _with_data(parts: Sequence[LowerPanel], series: ChartSeries) -> list[LowerPanel]:
    return [part for part in parts if not part.names or series.known(*part.names)]


def _room(parts: Sequence[LowerPanel]) -> int:
    return sum(TITLE_ROW + part.height + GAP for part in parts)


def _price_span(series: ChartSeries, bars: Bars, plan: ChartPlan) -> tuple[float, float]:
    low, high = span((bars["low"], bars["high"]), pad=plan.pad)
    overlays, reach = series.known(*plan.overlays), (high - low) * OVERLAY_REACH
    near = [level for level in plan.levels if low - reach <= level <= high + reach]
    wide_low, wide_high = span((*overlays.values(), np.array([low, high, *near])), pad=0.0)
    return max(wide_low, low - reach), min(wide_high, high + reach)


def _price(sheet: Sheet, panel: ChartPanel, bars: Bars, price: float, plan: ChartPlan) -> int:
    heat = [] if plan.heatmap is None else draw_heatmap(sheet, panel, plan.heatmap)
    under = plan.behind(sheet, panel)
    panel.candles(bars)
    keys = plan.over(sheet, panel) + under + heat
    fill = sheet.theme.up if directions(bars)[-1] > 0 else sheet.theme.down
    panel.canvas.dashes(panel.y(price), fill, width=1.5)
    words = price_words(price, panel.low, panel.high, sheet.labels)
    after = sheet.finish_with_price(panel, HEADER_HEIGHT, keys, (price, words), fill)
    if plan.write is not None:
        plan.write(sheet, panel, HEADER_HEIGHT + TITLE_ROW)
    return after


def price_grid(sheet: Sheet, panel: ChartPanel) -> None:
    """Draw the grid of a price panel; call it after backdrops."""
    sheet.grid(panel, (tick.value for tick in price_ticks(panel.low, panel.high, sheet.labels)))
