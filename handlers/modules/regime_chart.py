"""The regime chart: candles on trend and range, P(trend), P(stressed), and the volatility cone over days."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

import numpy as np

from analysis.framework.result import Analysis
from handlers.locale.messages import N_
from handlers.render.candle_chart import ChartPlan, LowerPanel, draw_candle_chart, price_grid
from handlers.render.labels import ChartLabels
from handlers.render.look import Chart
from handlers.render.panel import ChartPanel, ChartSeries, LogAxis, Values, span
from handlers.render.scene import Scene
from handlers.render.sheet import LegendEntry, Line, Sheet, Tick
from handlers.render.theme import Theme
from handlers.render.ticks import TimeTick, value_ticks

STRESSED_FROM = 0.5
"""P(stressed) from which the stressed state is the likelier of the two."""

_STRIP = 9
_TINT = 0.125
_LEAST_REACH = 0.12
_CONE = ("cone_low", "cone_mid", "cone_high", "cone_now", "cone_garch", "cone_implied")


def draw_regime(analysis: Analysis, theme: Theme, labels: ChartLabels) -> Scene:
    """Draw the chart of module ``regime``; a missing series leaves its panel out, missing curves the cone."""
    return draw_candle_chart(analysis, theme, labels, partial(_plan, analysis))


def _plan(analysis: Analysis, _: ChartSeries) -> ChartPlan:
    cone = _cone_series(analysis.curves)
    return ChartPlan(
        behind=_regimes,
        over=lambda sheet, panel: [],
        ends=("range", "trend"),
        pad=0.06,
        parts=(
            LowerPanel(_p_trend, 128, ("p_trend",)),
            LowerPanel(_stress, 112, ("stressed", "vol_percentile")),
        ),
        tail=() if cone is None else (LowerPanel(partial(_cone, cone), 250),),
    )


def _regimes(sheet: Sheet, panel: ChartPanel) -> list[LegendEntry]:
    """Shade the bars by regime, with a strip above for their label and one below where volatility is stressed."""
    theme, labels, keys = sheet.theme, sheet.labels, []
    label, state = sheet.series.get("label"), sheet.series.get("state")
    if label is not None:
        trend, ranging = label > 0.5, label <= 0.5
        panel.shade(trend, theme.tint(theme.calm, _TINT))
    price_grid(sheet, panel)
    if label is not None:
        panel.shade(trend, theme.calm, 0, _STRIP)
        panel.shade(ranging, theme.raised, 0, _STRIP)
        keys += [
            LegendEntry(labels.text("trend"), theme.calm),
            LegendEntry(labels.text("range"), theme.raised),
        ]
    if state is not None:
        panel.shade(state > 0, theme.alert, panel.height - _STRIP)
        keys.append(LegendEntry(labels.text("volatility stressed"), theme.alert))
    return keys


def _p_trend(sheet: Sheet, top: int, height: int) -> int:
    """Draw P(trend) around 0.5 as closely as its swings allow, since it seldom leaves the middle."""
    theme, labels = sheet.theme, sheet.labels
    chance = sheet.series.known("p_trend")["p_trend"]
    reach = min(0.53, max(_LEAST_REACH, 1.15 * float(np.nanmax(np.abs(chance - 0.5)))))
    panel, middle = sheet.panel(height, 0.5 - reach, 0.5 + reach), np.full(chance.size, 0.5)
    panel.between(middle, np.fmax(chance, middle), theme.tint(theme.calm, 2 * _TINT))
    panel.between(np.fmin(chance, middle), middle, theme.tint(theme.raised, 2 * _TINT))
    sheet.grid(panel)
    panel.levels((0.5,))
    line = Line("p_trend", labels.text("P(trend)"), theme.main, 3.0)
    marks, decimals = value_ticks(panel.low, panel.high, 4, 3)
    ticks = [Tick(value, labels.number(value, decimals)) for value in marks]
    return sheet.finish(panel, top, sheet.lines(panel, (line,), _two(labels)), ticks)


def _stress(sheet: Sheet, top: int, height: int) -> int:
    theme, labels = sheet.theme, sheet.labels
    panel = sheet.panel(height, -0.14, 1.14)
    sheet.grid(panel)
    panel.levels((STRESSED_FROM,))
    lines = (
        Line("vol_percentile", labels.text("volatility rank"), theme.second, 2.5),
        Line("stressed", labels.text("P(stressed)"), theme.alert, 3.0),
    )
    keys = sheet.lines(panel, lines, _two(labels))
    return sheet.finish(panel, top, keys[::-1], _shares(labels))


def _cone_series(curves: Mapping[str, Values]) -> ChartSeries | None:
    """Return the cone's curves as rows over ascending days, or ``None`` where there is nothing to draw."""
    days = curves.get("cone_days")
    if days is None or not len(days) or not all(day > 0 for day in days):
        return None
    series = ChartSeries(
        {"time": days, **{name: curves[name] for name in _CONE if name in curves}}, len(days)
    )
    return series if series.known(*_CONE) else None


def _cone(cone: ChartSeries, chart: Sheet, top: int, height: int) -> int:
    """Draw realised volatility's usual span by horizon, with the present, the forecast and what options say."""
    days = cone.known("time")["time"]
    labels, theme = chart.labels, chart.theme
    ticks = tuple(TimeTick(i, f"{day:g}") for i, day in enumerate(days))
    axis = LogAxis(tuple(days.tolist()), chart.axis.width)
    sheet = replace(chart, series=cone, axis=axis, times=ticks, corner=labels.text("days"))
    low, high = span(cone.known(*_CONE).values(), pad=0.08)
    panel = sheet.panel(height - 50, max(0.0, low), high)
    edges = cone.known("cone_low", "cone_high")
    if len(edges) == 2:
        panel.between(edges["cone_low"], edges["cone_high"], theme.tint(theme.neutral, 0.25))
    sheet.grid(panel)
    lines = (
        Line("cone_mid", labels.text("median"), theme.level, 2.5),
        Line("cone_garch", labels.text("GARCH"), theme.fast, 3.0),
        Line("cone_implied", labels.text("options"), theme.medium, 3.0),
        Line("cone_now", labels.text("now"), theme.main, 3.5),
    )
    keys = [LegendEntry(labels.text("Volatility %/year"), theme.tint(theme.neutral, 0.25))]
    keys += sheet.lines(panel, lines)[::-1]
    for line in lines[1:]:
        values = cone.get(line.series)
        if values is not None:
            panel.dots(values, [line.fill] * values.size, 4.5)
    marks, decimals = value_ticks(panel.low, panel.high, 4, 4)
    below = sheet.finish(panel, top, keys, [Tick(value, labels.number(value, decimals)) for value in marks])
    sheet.time_axis(below - 10)
    return below + 40


def _two(labels: ChartLabels) -> Callable[[float], str]:
    return lambda value: labels.number(value, 2)


def _shares(labels: ChartLabels) -> list[Tick]:
    return [Tick(level, labels.number(level, 1)) for level in (0.0, 0.5, 1.0)]


CHART = Chart(
    draw_regime,
    frozenset(
        {
            N_("trend"),
            N_("range"),
            N_("P(trend)"),
            N_("P(stressed)"),
            N_("volatility rank"),
            N_("volatility stressed"),
            N_("Volatility %/year"),
            N_("days"),
            N_("median"),
            N_("now"),
            N_("GARCH"),
            N_("options"),
        }
    ),
)
