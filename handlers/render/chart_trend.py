"""The trend chart: candles with averages, bands and Kalman level, volume, and the oscillator panels."""

from collections.abc import Callable

import numpy as np

from analysis.contract import Analysis
from handlers.render.header import HEADER_HEIGHT, draw_header
from handlers.render.labels import ChartLabels
from handlers.render.panel import Panel, Series, Values, directions, span
from handlers.render.scene import Scene
from handlers.render.sheet import (
    GAP,
    MOST_BARS,
    TIME_ROW,
    TITLE_ROW,
    Key,
    Line,
    Sheet,
    Tick,
    last,
    make_sheet,
    price_ticks,
    price_words,
)
from handlers.render.theme import HEIGHT, LABEL_SIZE, WIDTH, Theme
from handlers.render.ticks import value_ticks

OVERLAY_REACH = 0.25
"""Averages and bands may widen the price axis by this share of the candles' range per side, then they are cut."""

_CANDLES = ("open", "high", "low", "close")
_OVERLAYS = ("ema_20", "ema_50", "ema_200", "bb_upper", "bb_lower", "kalman_level")
_BOTTOM = 10

_Drawer = Callable[[Sheet, int, int], int]


def draw_trend(analysis: Analysis, theme: Theme, labels: ChartLabels) -> Scene:
    """Draw the chart of module ``trend`` from its series; a missing series leaves its line or panel out."""
    scene = Scene(theme)
    draw_header(scene, analysis, labels)
    series = Series(analysis.series, MOST_BARS)
    bars = series.have(*_CANDLES)
    if len(bars) < len(_CANDLES):
        at, room = (WIDTH / 2, (HEADER_HEIGHT + HEIGHT) / 2), WIDTH * 0.9
        scene.text(at, labels.no_data, size=LABEL_SIZE, fill=theme.muted, anchor="centre", width=room)
        return scene
    low, high = _price_span(series, bars)
    sheet, panels = make_sheet(scene, labels, series, low, high), _panels(series)
    below = sum(TITLE_ROW + height + GAP for _, height in panels) + TIME_ROW + _BOTTOM
    panel = sheet.panel(HEIGHT - HEADER_HEIGHT - TITLE_ROW - GAP - below, low, high)
    top = _price(sheet, panel, bars, analysis.price)
    for draw, height in panels:
        top = draw(sheet, top, height)
    sheet.time_axis(top - GAP)
    return scene


def _panels(series: Series) -> list[tuple[_Drawer, int]]:
    """Return the panels that have something to show, with their heights; the price panel takes the rest."""
    wanted: tuple[tuple[_Drawer, int, tuple[str, ...]], ...] = (
        (_volume, 66, ("volume",)),
        (_oscillators, 126, ("rsi_14", "stochrsi_k", "stochrsi_d")),
        (_macd, 112, ("macd", "macd_signal", "macd_hist")),
        (_directional, 112, ("adx_14", "plus_di", "minus_di")),
    )
    return [(draw, height) for draw, height, names in wanted if series.have(*names)]


def _price_span(series: Series, bars: dict[str, Values]) -> tuple[float, float]:
    low, high = span((bars["low"], bars["high"]), pad=0.04)
    overlays = series.have(*_OVERLAYS)
    wide_low, wide_high = span((*overlays.values(), np.array([low, high])), pad=0.0)
    reach = (high - low) * OVERLAY_REACH
    return max(wide_low, low - reach), min(wide_high, high + reach)


def _price(sheet: Sheet, panel: Panel, bars: dict[str, Values], price: float) -> int:
    theme, labels = sheet.theme, sheet.labels
    bands = sheet.series.have("bb_lower", "bb_upper")
    if len(bands) == 2:
        panel.between(bands["bb_lower"], bands["bb_upper"], theme.band)
    sheet.grid(panel, (tick.value for tick in price_ticks(panel.low, panel.high, labels)))
    for edge in bands.values():
        panel.line(edge, theme.band_edge, 1.5)
    # a fitted level often runs through the closes, so it lies under the candles and cannot hide them
    level = Line("kalman_level", labels.kalman, theme.level, 2.5, dash=(2, 1))
    level_key = sheet.lines(panel, (level,))
    panel.candles(bars)
    overlays = (
        Line("ema_20", "EMA 20", theme.fast, 2.5),
        Line("ema_50", "EMA 50", theme.medium, 2.5),
        Line("ema_200", "EMA 200", theme.slow, 3.0),
    )
    keys = sheet.lines(panel, overlays) + level_key
    if bands:
        keys.append(Key(labels.bands, theme.band_edge))
    fill = theme.up if directions(bars)[-1] > 0 else theme.down
    panel.canvas.dashes(panel.y(price), fill, width=1.5)
    words = price_words(price, panel.low, panel.high, labels)
    return sheet.finish_with_price(panel, HEADER_HEIGHT, keys, (price, words), fill)


def _volume(sheet: Sheet, top: int, height: int) -> int:
    theme, bars = sheet.theme, sheet.series.have("volume", "open", "close")
    volume = bars["volume"]
    peak = float(np.nanmax(volume))
    panel = sheet.panel(height, 0.0, peak * 1.05 if peak > 0 else 1.0)
    sheet.grid(panel)
    panel.columns(volume, [theme.up_soft if side > 0 else theme.down_soft for side in directions(bars)])
    key = Key(sheet.labels.volume, theme.neutral, last(volume, sheet.labels.short))
    return sheet.finish(panel, top, [key], [Tick(peak, sheet.labels.short(peak))] if peak > 0 else ())


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
    return sheet.finish(panel, top, keys[::-1], [Tick(level, sheet.labels.whole(level)) for level in levels])


def _macd(sheet: Sheet, top: int, height: int) -> int:
    theme, words = sheet.theme, sheet.labels.short
    found = sheet.series.have("macd", "macd_signal", "macd_hist")
    low, high = span((*found.values(), np.zeros(1)), pad=0.08)
    panel = sheet.panel(height, low, high)
    sheet.grid(panel)
    panel.levels((0.0,))
    if "macd_hist" in found:
        fills = [theme.up_soft if value >= 0 else theme.down_soft for value in found["macd_hist"]]
        panel.columns(found["macd_hist"], fills)
    lines = (
        Line("macd_signal", sheet.labels.signal, theme.fast, 2.0),
        Line("macd", "MACD", theme.main, 2.5),
    )
    keys = sheet.lines(panel, lines, words)
    ticks = [Tick(value, words(value)) for value in value_ticks(low, high, 3)[0]]
    return sheet.finish(panel, top, keys[::-1], ticks)


def _directional(sheet: Sheet, top: int, height: int) -> int:
    theme, levels = sheet.theme, (25.0, 50.0)
    found = sheet.series.have("adx_14", "plus_di", "minus_di")
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
    return sheet.finish(panel, top, keys[::-1], [Tick(level, sheet.labels.whole(level)) for level in levels])
