"""The trend chart: candles with averages, bands and the Kalman slope, volume, and the oscillator panels."""

import numpy as np

from analysis.framework.result import Analysis
from handlers.locale.messages import N_
from handlers.render.candle_chart import ChartPlan, LowerPanel, draw_candle_chart, price_grid
from handlers.render.labels import ChartLabels
from handlers.render.look import Chart
from handlers.render.panel import ChartPanel, ChartSeries, directions, span
from handlers.render.scene import Scene
from handlers.render.sheet import LegendEntry, Line, Sheet, Tick, last
from handlers.render.theme import Theme
from handlers.render.ticks import value_ticks

_OVERLAYS = ("ema_20", "ema_50", "ema_200", "bb_upper", "bb_lower")

CLEAR_SLOPE = 2.0
"""Standard errors from which a slope is told from none: the strip has its full colour."""

_STRIP = 14
_BAND_DASH = (2, 1)


def draw_trend(analysis: Analysis, theme: Theme, labels: ChartLabels) -> Scene:
    """Draw the chart of module ``trend`` from its series; a missing series leaves its line or panel out."""
    return draw_candle_chart(analysis, theme, labels, _plan)


def _plan(_: ChartSeries) -> ChartPlan:
    return ChartPlan(
        behind=_under,
        over=_averages,
        overlays=_OVERLAYS,
        ends=("down", "up"),
        parts=(
            LowerPanel(_volume, 66, ("volume",)),
            LowerPanel(_oscillators, 126, ("rsi_14", "stochrsi_k", "stochrsi_d")),
            LowerPanel(_macd, 112, ("macd", "macd_signal", "macd_hist")),
            LowerPanel(_directional, 112, ("adx_14", "plus_di", "minus_di")),
        ),
    )


def _under(sheet: Sheet, panel: ChartPanel) -> list[LegendEntry]:
    theme, labels = sheet.theme, sheet.labels
    bands = sheet.series.known("bb_lower", "bb_upper")
    if len(bands) == 2:
        panel.between(bands["bb_lower"], bands["bb_upper"], theme.band)
    price_grid(sheet, panel)
    for edge in bands.values():
        panel.line(edge, theme.band_edge, 1.5, dash=_BAND_DASH)
    keys = _slope(sheet, panel)
    return keys + ([LegendEntry(labels.text("Bollinger"), theme.band_edge, dashed=True)] if bands else [])


def _slope(sheet: Sheet, panel: ChartPanel) -> list[LegendEntry]:
    """Draw a strip of the Kalman slope over its error at the panel's foot; the level itself runs through the closes."""
    slope, theme = sheet.series.get("kalman_slope_t"), sheet.theme
    if slope is None:
        return []
    inks = [
        theme.tint(ink, share)
        for ink, share in ((theme.down, 1), (theme.down, 0.5), (theme.up, 0.5), (theme.up, 1))
    ]
    for ink, low, high in zip(
        inks, (-np.inf, -CLEAR_SLOPE, 0, CLEAR_SLOPE), (-CLEAR_SLOPE, 0, CLEAR_SLOPE, np.inf), strict=True
    ):
        panel.shade((low < slope) & (slope <= high), ink, panel.height - _STRIP)
    value = last(slope, lambda t: sheet.labels.number(t, 1, sign=True))
    return [LegendEntry(sheet.labels.text("Kalman slope"), theme.up, value, ramp=tuple(inks))]


def _averages(sheet: Sheet, panel: ChartPanel) -> list[LegendEntry]:
    theme = sheet.theme
    overlays = (
        Line("ema_20", "EMA 20", theme.fast, 2.5),
        Line("ema_50", "EMA 50", theme.medium, 2.5),
        Line("ema_200", "EMA 200", theme.slow, 3.0),
    )
    return sheet.lines(panel, overlays)


def _volume(sheet: Sheet, top: int, height: int) -> int:
    theme, bars = sheet.theme, sheet.series.known("volume", "open", "close")
    volume = bars["volume"]
    peak = float(np.nanmax(volume))
    panel = sheet.panel(height, 0.0, peak * 1.05 if peak > 0 else 1.0)
    sheet.grid(panel)
    panel.columns(volume, [theme.up_soft if side > 0 else theme.down_soft for side in directions(bars)])
    key = LegendEntry(
        sheet.labels.text("Volume"),
        theme.up_soft,
        last(volume, sheet.labels.short),
        ramp=(theme.down_soft, theme.up_soft),
    )
    return sheet.finish(
        panel, top, [key], [Tick(v, sheet.labels.short(v)) for v in ((0.0, peak) if peak > 0 else ())]
    )


def _oscillators(sheet: Sheet, top: int, height: int) -> int:
    theme, panel, levels = sheet.theme, sheet.panel(height, -4.0, 104.0), (30.0, 70.0)
    panel.zone(*levels, theme.zone)
    sheet.grid(panel)
    panel.levels(levels)
    lines = (
        Line("stochrsi_d", "D", theme.third, 1.5),
        Line("stochrsi_k", "StochRSI K", theme.second, 1.5),
        Line("rsi_14", "RSI 14", theme.main, 3.5),
    )
    keys = sheet.lines(panel, lines, sheet.labels.whole)
    return sheet.finish(panel, top, keys[::-1], _whole_ticks(sheet, (0.0, *levels, 100.0)))


def _macd(sheet: Sheet, top: int, height: int) -> int:
    theme, words = sheet.theme, sheet.labels.short
    found = sheet.series.known("macd", "macd_signal", "macd_hist")
    low, high = span((*found.values(), np.zeros(1)), pad=0.08)
    panel = sheet.panel(height, low, high)
    sheet.grid(panel)
    panel.levels((0.0,))
    if "macd_hist" in found:
        fills = [theme.up_soft if value >= 0 else theme.down_soft for value in found["macd_hist"]]
        panel.columns(found["macd_hist"], fills)
    lines = (
        Line("macd_signal", sheet.labels.text("signal"), theme.fast, 2.0),
        Line("macd", "MACD", theme.main, 2.5),
    )
    keys = sheet.lines(panel, lines, words)
    if "macd_hist" in found:
        value, soft = last(found["macd_hist"], words), (theme.down_soft, theme.up_soft)
        keys.insert(0, LegendEntry(sheet.labels.text("histogram"), theme.up_soft, value, ramp=soft))
    ticks = [Tick(value, words(value)) for value in value_ticks(low, high, 3, 3)[0]]
    return sheet.finish(panel, top, keys[::-1], ticks)


def _directional(sheet: Sheet, top: int, height: int) -> int:
    theme, levels = sheet.theme, (0.0, 25.0, 50.0, 75.0)
    found = sheet.series.known("adx_14", "plus_di", "minus_di")
    high = max(52.0, max(float(np.nanmax(values)) for values in found.values()) * 1.05)
    panel = sheet.panel(height, 0.0, high)
    sheet.grid(panel)
    panel.levels(levels)
    lines = (
        Line("minus_di", "−DI", theme.down, 2.0),
        Line("plus_di", "+DI", theme.up, 2.0),
        Line("adx_14", "ADX 14", theme.main, 3.5),
    )
    keys = sheet.lines(panel, lines, sheet.labels.whole)
    return sheet.finish(panel, top, keys[::-1], _whole_ticks(sheet, levels))


def _whole_ticks(sheet: Sheet, values: tuple[float, ...]) -> list[Tick]:
    return [Tick(value, sheet.labels.whole(value)) for value in values]


CHART = Chart(
    draw_trend,
    frozenset(
        {
            N_("down"),
            N_("up"),
            N_("Volume"),
            N_("histogram"),
            N_("signal"),
            N_("Kalman slope"),
            N_("Bollinger"),
        }
    ),
)
