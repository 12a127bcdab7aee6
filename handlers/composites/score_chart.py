"""The chart of one composite score: candles, the score's past below them, and how its inputs add up to it."""

from dataclasses import replace
from functools import partial
from typing import Final

import numpy as np

from analysis.arrays import Floats
from composite.result import Composite
from handlers.composites.waterfall import ROW, WATERFALL_WORDS, bars_of, draw_waterfall
from handlers.locale.messages import N_
from handlers.render.candle_chart import ChartPlan, LowerPanel, draw_candles, price_grid, say_no_bars
from handlers.render.header import HEADER_HEIGHT, draw_header
from handlers.render.labels import ChartLabels
from handlers.render.look import Chart
from handlers.render.panel import ChartPanel, ChartSeries
from handlers.render.scene import Scene
from handlers.render.sheet import GAP, MOST_BARS, TITLE_ROW, LegendEntry, Line, Sheet, Tick
from handlers.render.theme import HEIGHT, LEAST_HEIGHT, Theme
from utils.binance_api.intervals import SHORTEST_MS

PAST, BEFORE_STEPS = N_("Score"), N_("Before its rank")
_SCORE_HEIGHT: Final = 150
_MARGIN: Final = 0.04


def score_chart(low: str = "", high: str = "") -> Chart[Composite]:
    """Return the chart of a score whose ends have these words."""
    words = {PAST, BEFORE_STEPS, *WATERFALL_WORDS, *filter(None, (low, high))}
    return Chart(partial(draw_score, ends=(low, high)), frozenset(words))


def draw_score(
    composite: Composite, theme: Theme, labels: ChartLabels, *, ends: tuple[str, str] = ("", "")
) -> Scene:
    """Draw the chart of a composite; what is missing leaves its part out."""
    series = ChartSeries(series_on_candles(composite), MOST_BARS)
    close, rows = series.get("close"), len(bars_of(composite))
    scene = Scene(theme, height=_height_without_bars(rows) if close is None else HEIGHT)
    draw_header(scene, composite, labels, ends)
    if close is None and rows:
        draw_waterfall(scene, labels, composite, HEADER_HEIGHT + GAP)
    if close is None and not rows:
        say_no_bars(scene, labels)
    if close is None:
        return scene
    price = float(close[-1]) if composite.price is None else composite.price
    draw_candles(scene, labels, series, price, _plan(composite))
    return scene


def _height_without_bars(rows: int) -> int:
    """Return the height of a picture that has a waterfall of so many rows alone."""
    return max(LEAST_HEIGHT, HEADER_HEIGHT + GAP + TITLE_ROW + ROW * rows + GAP)


def series_on_candles(composite: Composite) -> dict[str, Floats]:
    """Return the candles with the score and the raw score as known at the end of each, NaN where there was none."""
    candles, past = composite.candles, composite.series
    opens, times = candles.get("time"), past.get("time")
    if opens is None:
        return {}
    found = dict(candles)
    if times is None or not len(times):
        return found
    place = np.searchsorted(times, opens + SHORTEST_MS[composite.interval], side="right") - 1
    known = (place >= 0) & (times[place] > opens)
    for name in ("score", "raw"):
        if name in past:
            found[name] = np.where(known, past[name][place], np.nan)
    return found


def _plan(composite: Composite) -> ChartPlan:
    rows = len(bars_of(composite))
    tail = (LowerPanel(partial(_waterfall, composite), ROW * rows),) if rows else ()
    past = LowerPanel(partial(_past, composite), _SCORE_HEIGHT, ("score",))
    return ChartPlan(behind=_behind, over=_nothing, parts=(past,), tail=tail)


def _behind(sheet: Sheet, panel: ChartPanel) -> list[LegendEntry]:
    price_grid(sheet, panel)
    return []


def _nothing(sheet: Sheet, panel: ChartPanel) -> list[LegendEntry]:
    return []


def _past(composite: Composite, sheet: Sheet, top: int, height: int) -> int:
    """Draw the score's past on its whole scale, the raw one behind it where a step follows."""
    theme, labels = sheet.theme, sheet.labels
    pad = _MARGIN * (composite.high - composite.low)
    panel = sheet.panel(height, composite.low - pad, composite.high + pad)
    levels = tuple(dict.fromkeys((composite.low, composite.neutral, composite.high)))
    sheet.grid(panel)
    panel.levels((composite.neutral,))
    keys = []
    if composite.steps:
        keys += _line(sheet, panel, Line("raw", labels.text(BEFORE_STEPS), theme.fast, 2.0), composite.raw)
    keys += _line(sheet, panel, Line("score", labels.text(PAST), theme.main, 3.5), composite.score)
    return sheet.finish(panel, top, keys[::-1], [Tick(value, labels.short(value)) for value in levels])


def _line(sheet: Sheet, panel: ChartPanel, line: Line, now: float | None) -> list[LegendEntry]:
    """Draw a past; its key has the number of now, which may lie behind the last bar that is drawn."""
    value = "–" if now is None else sheet.labels.number(now, 2)
    return [replace(key, value=value) for key in sheet.lines(panel, [line])]


def _waterfall(composite: Composite, sheet: Sheet, top: int, height: int) -> int:
    return int(draw_waterfall(sheet.scene, sheet.labels, composite, top)) + GAP
