"""The flow chart: resting orders over time under candles, minutes of large net taker volume, the volume delta."""

from functools import partial

import numpy as np

from analysis.framework.result import Analysis
from handlers.locale.messages import N_
from handlers.render.candle_chart import ChartPlan, LowerPanel, draw_candle_chart, price_grid
from handlers.render.labels import ChartLabels
from handlers.render.look import Chart
from handlers.render.panel import ChartPanel, ChartSeries, span
from handlers.render.scene import Scene
from handlers.render.sheet import LegendEntry, Sheet, Tick, last
from handlers.render.theme import Colour, Theme
from handlers.render.ticks import value_ticks

_WEDGE = 9.0


def draw_flow(analysis: Analysis, theme: Theme, labels: ChartLabels) -> Scene:
    """Draw the chart of module ``flow``; a missing series leaves its marks or panel out."""
    return draw_candle_chart(analysis, theme, labels, partial(_plan, analysis))


def _plan(analysis: Analysis, _: ChartSeries) -> ChartPlan:
    return ChartPlan(
        behind=_behind,
        over=_trades,
        ends=("sellers", "buyers"),
        pad=0.12,
        parts=(LowerPanel(_delta, 130, ("delta",)), LowerPanel(_cvd, 210, ("cvd",))),
        heatmap=analysis.heatmaps[0] if analysis.heatmaps else None,
    )


def _behind(sheet: Sheet, panel: ChartPanel) -> list[LegendEntry]:
    price_grid(sheet, panel)
    return []


def _trades(sheet: Sheet, panel: ChartPanel) -> list[LegendEntry]:
    """Mark the minutes of the largest net taker volume: bought below the low, sold above the high."""
    large, low, high = (sheet.series.get(name) for name in ("large", "low", "high"))
    if large is None or low is None or high is None or not np.any(np.nan_to_num(large)):
        return []
    theme = sheet.theme
    for index in map(int, np.flatnonzero(np.nan_to_num(large))):
        bought = large[index] > 0
        x, edge = panel.axis.centre(index), panel.y(float((low if bought else high)[index]))
        tip = edge + 5 if bought else edge - 5
        foot = tip + _WEDGE * 1.4 if bought else tip - _WEDGE * 1.4
        ink = theme.up if bought else theme.down
        panel.canvas.polygon([(x, tip), (x - _WEDGE, foot), (x + _WEDGE, foot)], ink)
    return [LegendEntry(sheet.labels.text("large net trades"), theme.up, ramp=(theme.down, theme.up))]


def _delta(sheet: Sheet, top: int, height: int) -> int:
    """Draw taker buying less selling of each minute."""
    theme, labels = sheet.theme, sheet.labels
    delta = sheet.series.known("delta")["delta"]
    panel = sheet.panel(height, *span((delta, np.zeros(1)), pad=0.08))
    sheet.grid(panel)
    panel.levels((0.0,))
    fills: list[Colour] = [theme.up_soft if value >= 0 else theme.down_soft for value in np.nan_to_num(delta)]
    panel.columns(delta, fills)
    key = LegendEntry(
        labels.text("Taker buying less selling"),
        theme.up_soft,
        last(delta, labels.short),
        ramp=(theme.down_soft, theme.up_soft),
    )
    return sheet.finish(panel, top, [key], _ticks(panel, labels))


def _cvd(sheet: Sheet, top: int, height: int) -> int:
    """Draw the running sum of that against the price, both over the same minutes, the price in its own range."""
    theme, labels = sheet.theme, sheet.labels
    cvd, close = sheet.series.known("cvd")["cvd"], sheet.series.get("close")
    panel = sheet.panel(height, *span((cvd, np.zeros(1)), pad=0.08))
    sheet.grid(panel)
    panel.levels((0.0,))
    keys = []
    if close is not None and np.ptp(close[np.isfinite(close)]) > 0:
        low, high = float(np.nanmin(close)), float(np.nanmax(close))
        room = (panel.high - panel.low) * 0.08
        scaled = panel.low + room + (close - low) / (high - low) * (panel.high - panel.low - 2 * room)
        panel.line(scaled, theme.muted, 2.0, dash=(5, 1))
        keys.append(LegendEntry(labels.text("price, own scale"), theme.muted, dashed=True))
    panel.line(cvd, theme.main, 3.0)
    keys.insert(0, LegendEntry(labels.text("Volume delta"), theme.main, last(cvd, labels.short)))
    return sheet.finish(panel, top, keys, _ticks(panel, labels))


def _ticks(panel: ChartPanel, labels: ChartLabels) -> list[Tick]:
    values, _ = value_ticks(panel.low, panel.high, 4, 3)
    return [Tick(value, labels.short(value)) for value in values]


CHART = Chart(
    draw_flow,
    frozenset(
        {
            N_("sellers"),
            N_("buyers"),
            N_("large net trades"),
            N_("Taker buying less selling"),
            N_("Volume delta"),
            N_("price, own scale"),
            N_("Resting orders"),
            N_("USDT"),
        }
    ),
)
