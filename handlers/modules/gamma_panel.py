"""Gamma of open options by strike: calls up, puts down, with the price and the level where their sum changes sign."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

import numpy as np

from analysis.framework.result import Analysis
from handlers.locale.messages import N_
from handlers.render.candle_chart import LowerPanel
from handlers.render.panel import LOG_MARGIN, ChartPanel, LogAxis, Values, span
from handlers.render.sheet import LegendEntry, Sheet, Tick
from handlers.render.ticks import TimeTick, nice_step, value_ticks

REACH: Final = 1.3
"""Strikes are drawn from the price over this to the price times this."""
COLUMNS: Final = 60
"""At most so many; each stands on a round price, as strikes do, so that every column holds as many of them."""
HEIGHT: Final = 176
_AXIS_ROW, _AXIS_SHARE = 50, 40
_PRICES = 6

CALLS, PUTS, PRICE, ZERO = N_("Gamma per 1%: calls"), N_("puts"), N_("price"), N_("zero gamma")
STRIKE = N_("strike")
WORDS: Final = frozenset({CALLS, PUTS, PRICE, ZERO, STRIKE})
"""The texts that the panel writes."""


@dataclass(frozen=True, slots=True)
class _Gamma:
    """Dollars per 1 % in columns of strikes around ``centre``, and the levels beside them."""

    centre: Values
    calls: Values
    puts: Values
    price: float
    zero: float | None


def gamma_panel(analysis: Analysis) -> tuple[LowerPanel, ...]:
    """Return the panel; nothing where the answer has no gamma near its price."""
    found = _columns(analysis)
    return () if found is None else (LowerPanel(partial(_draw, found), HEIGHT),)


def _columns(analysis: Analysis) -> _Gamma | None:
    strike = analysis.curves.get("gamma_strike")
    if strike is None or not analysis.price > 0:
        return None
    low, high = analysis.price / REACH, analysis.price * REACH
    step = nice_step(high - low, COLUMNS)
    centre = step * np.arange(np.ceil(low / step), np.floor(high / step) + 1)
    edges = np.append(centre - step / 2, centre[-1] + step / 2)
    sums = [
        np.histogram(strike, bins=edges, weights=analysis.curves[name])[0]
        for name in ("gamma_calls", "gamma_puts")
    ]
    if not (sums[0] + sums[1]).any():
        return None
    zero = next((metric.value for metric in analysis.metrics if metric.id == "zero_gamma"), None)
    return _Gamma(centre, sums[0], sums[1], analysis.price, zero)


def _draw(gamma: _Gamma, chart: Sheet, top: int, height: int) -> int:
    labels, theme = chart.labels, chart.theme
    axis = LogAxis(tuple(gamma.centre.tolist()), chart.axis.width)
    sheet = replace(chart, axis=axis, times=_prices(gamma, chart), corner=labels.text(STRIKE))
    low, high = span((gamma.calls, -gamma.puts, np.zeros(1)), pad=0.08)
    panel = sheet.panel(height - _AXIS_ROW, low, high)
    sheet.grid(panel)
    panel.levels((0.0,))
    keys = [
        LegendEntry(labels.text(CALLS), theme.up_soft),
        LegendEntry(labels.text(PUTS), theme.down_soft),
        LegendEntry(labels.text(PRICE), theme.main, dashed=True),
    ]
    panel.columns(_positive(gamma.calls), [theme.up_soft] * len(gamma.calls))
    panel.columns(-_positive(gamma.puts), [theme.down_soft] * len(gamma.puts))
    _upright(panel, gamma.price, gamma, dashed=True)
    if gamma.zero is not None:
        keys.append(LegendEntry(labels.text(ZERO), theme.medium, labels.price(gamma.zero, 0)))
        _upright(panel, gamma.zero, gamma, dashed=False)
    marks = value_ticks(panel.low, panel.high, 3, 3)[0]
    below = sheet.finish(panel, top, keys, [Tick(value, labels.short(abs(value))) for value in marks])
    sheet.time_axis(below - 10)
    return below + _AXIS_SHARE


def _positive(values: Values) -> Values:
    return np.where(values > 0, values, np.nan)


def _prices(gamma: _Gamma, sheet: Sheet) -> tuple[TimeTick, ...]:
    """Return round prices at the columns nearest to them."""
    values, decimals = value_ticks(float(gamma.centre[0]), float(gamma.centre[-1]), _PRICES)
    places: Sequence[int] = [int(np.argmin(np.abs(np.log(gamma.centre / value)))) for value in values]
    return tuple(
        TimeTick(place, sheet.labels.number(value, decimals))
        for place, value in zip(places, values, strict=True)
    )


def _upright(panel: ChartPanel, level: float, gamma: _Gamma, *, dashed: bool) -> None:
    """Draw a vertical line at a level inside the panel."""
    first, last = float(gamma.centre[0]), float(gamma.centre[-1])
    if not first <= level <= last:
        return
    share = float(np.log(level / first) / np.log(last / first))
    middle = LOG_MARGIN + share * (panel.axis.width - 2 * LOG_MARGIN)
    ink = panel.theme.main if dashed else panel.theme.medium
    step = 18 if dashed else panel.height
    for start in range(0, panel.height, step):
        end = start + (12 if dashed else panel.height)
        panel.canvas.box(middle - 1.5, start, middle + 1.5, min(end, panel.height), ink)
