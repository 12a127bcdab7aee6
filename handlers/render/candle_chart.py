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
from handlers.render.theme import HEIGHT, LABEL_SIZE, Theme

OVERLAY_REACH = 0.25
"""Overlays widen the price axis by at most this share of the candles' range per side; beyond it they are clipped."""

WIDE_FROM = 8.0
"""Highest over lowest price in view from which the price axis is logarithmic."""

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
    words into the ``beside`` pixels right of the price labels of the finished panel, whose first pixel row it is
    given. ``ends`` are the words of the lowest and the highest score. ``pad`` is the room above and below the candles
    as a share of their range. ``parts`` share the time axis; ``tail`` stands below it with axes of its own.
    """

    behind: Callable[[Sheet, ChartPanel], list[LegendEntry]]
    over: Callable[[Sheet, ChartPanel], list[LegendEntry]]
    overlays: tuple[str, ...] = ()
    levels: tuple[float, ...] = ()
    write: Callable[[Sheet, ChartPanel, int], None] | None = None
    beside: int = 0
    ends: tuple[str, str] = ("", "")
    pad: float = 0.04
    parts: tuple[LowerPanel, ...] = ()
    tail: tuple[LowerPanel, ...] = ()
    heatmap: Heatmap | None = None


def draw_candle_chart(
    analysis: Analysis, theme: Theme, labels: ChartLabels, plan: Callable[[ChartSeries], ChartPlan]
) -> Scene:
    """Draw a chart from an analysis' series; a missing series leaves its line or panel out."""
    series = ChartSeries(analysis.series, MOST_BARS)
    scene = Scene(theme)
    made = plan(series)
    draw_header(scene, analysis, labels, made.ends)
    draw_candles(scene, labels, series, analysis.price, made)
    return scene


def say_no_bars(scene: Scene, labels: ChartLabels) -> None:
    """Say in the middle below the header that there are no bars."""
    at, room = (scene.width / 2, (HEADER_HEIGHT + scene.height) / 2), scene.width * 0.9
    words = labels.text("no bars to draw")
    scene.text(at, words, size=LABEL_SIZE, fill=scene.theme.muted, anchor="centre", width=room)


def draw_candles(
    scene: Scene, labels: ChartLabels, series: ChartSeries, price: float, made: ChartPlan
) -> None:
    """Draw the panels of a plan below the header, or say that there are no bars; ``price`` is tagged on the axis."""
    bars = series.known(*_CANDLES)
    if len(bars) < len(_CANDLES):
        say_no_bars(scene, labels)
        return
    is_log = _is_wide(bars)
    low, high = _wide_span(bars, made) if is_log else _price_span(series, bars, made)
    prices = [tick.text for tick in price_ticks(low, high, labels, is_log=is_log)]
    tag = price_words(price, low, high, labels, is_log=is_log)
    sheet, parts = make_sheet(scene, labels, series, prices, tag, made.beside), _with_data(made.parts, series)
    below = _room(parts) + TIME_ROW + _BOTTOM + _room(made.tail)
    panel = sheet.panel(HEIGHT - HEADER_HEIGHT - TITLE_ROW - GAP - below, low, high, is_log=is_log)
    top = _price(sheet, panel, bars, (price, tag), made)
    for part in parts:
        top = part.draw(sheet, top, part.height)
    sheet.time_axis(top - GAP)
    top += TIME_ROW - GAP
    for part in made.tail:
        top = part.draw(sheet, top, part.height)


def _with_data(parts: Sequence[LowerPanel], series: ChartSeries) -> list[LowerPanel]:
    return [part for part in parts if not part.names or series.known(*part.names)]


def _room(parts: Sequence[LowerPanel]) -> int:
    return sum(TITLE_ROW + part.height + GAP for part in parts)


def _is_wide(bars: Bars) -> bool:
    """Say whether the prices in view differ so much that a linear axis would press the low ones flat."""
    low, high = float(np.nanmin(bars["low"])), float(np.nanmax(bars["high"]))
    return 0 < low < high / WIDE_FROM


def _wide_span(bars: Bars, plan: ChartPlan) -> tuple[float, float]:
    low, high = span((np.log(bars["low"]), np.log(bars["high"])), pad=plan.pad)
    return float(np.exp(low)), float(np.exp(high))


def _price_span(series: ChartSeries, bars: Bars, plan: ChartPlan) -> tuple[float, float]:
    low, high = span((bars["low"], bars["high"]), pad=plan.pad)
    overlays, reach = series.known(*plan.overlays), (high - low) * OVERLAY_REACH
    near = [level for level in plan.levels if low - reach <= level <= high + reach]
    wide_low, wide_high = span((*overlays.values(), np.array([low, high, *near])), pad=0.0)
    return max(wide_low, low - reach), min(wide_high, high + reach)


def _price(sheet: Sheet, panel: ChartPanel, bars: Bars, price: tuple[float, str], plan: ChartPlan) -> int:
    heat = [] if plan.heatmap is None else draw_heatmap(sheet, panel, plan.heatmap)
    under = plan.behind(sheet, panel)
    panel.candles(bars)
    keys = plan.over(sheet, panel) + under + heat
    fill = sheet.theme.up if directions(bars)[-1] > 0 else sheet.theme.down
    panel.canvas.dashes(panel.y(price[0]), fill, width=1.5)
    after = sheet.finish_with_price(panel, HEADER_HEIGHT, keys, price, fill)
    if plan.write is not None:
        plan.write(sheet, panel, HEADER_HEIGHT + TITLE_ROW)
    return after


def price_grid(sheet: Sheet, panel: ChartPanel) -> None:
    """Draw the grid of a price panel; call it after backdrops."""
    ticks = price_ticks(panel.low, panel.high, sheet.labels, is_log=panel.is_log)
    sheet.grid(panel, (tick.value for tick in ticks))
