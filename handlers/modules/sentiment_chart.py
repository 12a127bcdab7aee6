"""The positioning chart: the liquidation map under candles, funding, open interest, long/short ratios."""

from functools import partial
from typing import Final

import numpy as np

from analysis.framework.result import Analysis
from handlers.locale.messages import N_
from handlers.modules.gamma_panel import WORDS as GAMMA_WORDS
from handlers.modules.gamma_panel import gamma_panel
from handlers.render.candle_chart import ChartPlan, LowerPanel, draw_candle_chart, price_grid
from handlers.render.labels import ChartLabels
from handlers.render.look import Chart
from handlers.render.panel import ChartPanel, ChartSeries, Values, span
from handlers.render.scene import Scene
from handlers.render.sheet import LegendEntry, Line, Sheet, Tick, last
from handlers.render.theme import Theme
from handlers.render.ticks import value_ticks

ESTIMATED: Final = "liquidations_estimated"
MARKED_FROM: Final = 0.1
"""Share of the largest bar's liquidations from which a bar is marked."""
_SIDES = (("seen_longs", N_("longs seen"), "low", -1.0), ("seen_shorts", N_("shorts seen"), "high", 1.0))
_MARK, _AWAY = 4.0, 12.0
_HIGH, _LOW = (128, 104, 128), (100, 84, 100)
"""Heights of the panels without and with one more below them."""


def draw_sentiment(analysis: Analysis, theme: Theme, labels: ChartLabels) -> Scene:
    """Draw the chart of module ``sentiment``; what is missing leaves its line or panel out."""
    return draw_candle_chart(analysis, theme, labels, partial(_plan, analysis))


def _plan(analysis: Analysis, _: ChartSeries) -> ChartPlan:
    gamma = gamma_panel(analysis)
    funding, interest, ratios = _LOW if gamma else _HIGH
    return ChartPlan(
        behind=_behind,
        over=_seen,
        ends=("short", "long"),
        pad=0.12,
        parts=(
            LowerPanel(_funding, funding, ("funding_8h",)),
            LowerPanel(_open_interest, interest, ("open_interest",)),
            LowerPanel(_ratios, ratios, ("ls_global_residual", "ls_global_shifted")),
        ),
        tail=gamma,
        heatmap=next((one for one in analysis.heatmaps if one.id == ESTIMATED), None),
    )


def _behind(sheet: Sheet, panel: ChartPanel) -> list[LegendEntry]:
    price_grid(sheet, panel)
    return []


def _seen(sheet: Sheet, panel: ChartPanel) -> list[LegendEntry]:
    """Mark bars with many seen liquidations: of longs below their low, of shorts above their high."""
    keys = []
    inks = {"seen_longs": sheet.theme.medium, "seen_shorts": sheet.theme.fast}
    for name, words, edge, side in _SIDES:
        amounts, prices = sheet.series.get(name), sheet.series.get(edge)
        if amounts is None or prices is None or not np.nanmax(amounts, initial=0.0) > 0:
            continue
        marked = np.nan_to_num(amounts) >= MARKED_FROM * np.nanmax(amounts)
        for index in map(int, np.flatnonzero(marked)):
            x, y = panel.axis.centre(index), panel.y(float(prices[index])) - side * _AWAY
            panel.canvas.box(x - _MARK, y - _MARK, x + _MARK, y + _MARK, inks[name])
        keys.append(LegendEntry(sheet.labels.text(words), inks[name]))
    return keys


def _funding(sheet: Sheet, top: int, height: int) -> int:
    """Draw the rate per 8 hours as columns away from the coin's baseline."""
    theme, labels = sheet.theme, sheet.labels
    found = sheet.series.known("funding_8h", "funding_baseline")
    rate = found["funding_8h"]
    base = found.get("funding_baseline", np.zeros(rate.size))
    panel = sheet.panel(height, *span((rate, base, np.zeros(1)), pad=0.1))
    sheet.grid(panel)
    panel.levels((0.0,))
    above = np.nan_to_num(rate - base) >= 0
    foot = float(base[np.isfinite(base)][-1]) if np.isfinite(base).any() else 0.0
    panel.columns(rate, [theme.up_soft if up else theme.down_soft for up in above], foot)
    value = last(rate, partial(_rate, labels))
    keys = [
        LegendEntry(
            labels.text("Funding per 8 h"), theme.up_soft, value, ramp=(theme.down_soft, theme.up_soft)
        )
    ]
    if "funding_baseline" in found:
        panel.line(base, theme.main, 2.0, dash=(2, 2))
        keys.append(
            LegendEntry(labels.text("baseline"), theme.main, last(base, partial(_rate, labels)), dashed=True)
        )
    values, decimals = value_ticks(panel.low, panel.high, 4, 3)
    return sheet.finish(panel, top, keys, [Tick(value, labels.percent(value, decimals)) for value in values])


def _rate(labels: ChartLabels, value: float) -> str:
    return labels.percent(value, 4)


def _open_interest(sheet: Sheet, top: int, height: int) -> int:
    held = sheet.series.known("open_interest")["open_interest"]
    panel = sheet.panel(height, *span((held,), pad=0.08))
    sheet.grid(panel)
    keys = sheet.lines(
        panel,
        [Line("open_interest", sheet.labels.text("Open contracts"), sheet.theme.main, 3.0)],
        sheet.labels.short,
    )
    return sheet.finish(panel, top, keys, _short_ticks(sheet, panel))


def _ratios(sheet: Sheet, top: int, height: int) -> int:
    """Draw what the ratio of accounts says beyond the past return as columns, and the ratio itself as a line."""
    theme, labels = sheet.theme, sheet.labels
    found = sheet.series.known("ls_global_residual", "ls_global_shifted")
    panel = sheet.panel(height, *span((*found.values(), np.zeros(1)), pad=0.08))
    sheet.grid(panel)
    panel.levels((0.0,))
    keys = []
    if "ls_global_residual" in found:
        residual = found["ls_global_residual"]
        panel.columns(residual, [theme.up_soft if value >= 0 else theme.down_soft for value in residual])
        ramp = (theme.down_soft, theme.up_soft)
        keys.append(
            LegendEntry(
                labels.text("L/S beyond price"),
                theme.up_soft,
                last(residual, partial(_log, labels)),
                ramp=ramp,
            )
        )
    line = Line("ls_global_shifted", labels.text("log L/S of accounts"), theme.main, 2.5)
    keys += sheet.lines(panel, [line], partial(_log, labels))
    values, decimals = value_ticks(panel.low, panel.high, 4, 3)
    return sheet.finish(panel, top, keys, [Tick(value, labels.number(value, decimals)) for value in values])


def _log(labels: ChartLabels, value: float) -> str:
    return labels.number(value, 2, sign=True)


def _short_ticks(sheet: Sheet, panel: ChartPanel) -> list[Tick]:
    values: Values | list[float] = value_ticks(panel.low, panel.high, 3, 3)[0]
    return [Tick(float(value), sheet.labels.short(float(value))) for value in values]


CHART = Chart(
    draw_sentiment,
    frozenset(
        {
            N_("short"),
            N_("long"),
            N_("Liquidations (model)"),
            N_("USDT"),
            *(words for _, words, _, _ in _SIDES),
            N_("Funding per 8 h"),
            N_("baseline"),
            N_("Open contracts"),
            N_("L/S beyond price"),
            N_("log L/S of accounts"),
            *GAMMA_WORDS,
        }
    ),
)
