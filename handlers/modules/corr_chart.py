"""The correlation chart: of one coin its candles with the rolling lead, of a basket its matrix and who leads whom."""

from functools import partial

import numpy as np

from analysis.framework.result import Analysis
from handlers.locale.messages import N_
from handlers.modules.corr_arcs import TITLES, arcs_panel
from handlers.modules.corr_matrix import matrix_panel
from handlers.render.candle_chart import ChartPlan, LowerPanel, draw_candle_chart, price_grid
from handlers.render.header import HEADER_HEIGHT, draw_header
from handlers.render.labels import ChartLabels
from handlers.render.look import Chart
from handlers.render.panel import ChartPanel, ChartSeries
from handlers.render.scene import Scene
from handlers.render.sheet import LegendEntry, Line, Sheet, Tick
from handlers.render.theme import Theme

MARKS = (-1.0, 0.0, 1.0)


def draw_corr(analysis: Analysis, theme: Theme, labels: ChartLabels) -> Scene:
    """Draw the chart of module ``corr``; a missing series leaves its panel out."""
    if analysis.basket is None:
        sure = analysis.curves.get("lead_sure", np.zeros(1))
        return draw_candle_chart(analysis, theme, labels, partial(_plan, float(sure[0])))
    scene = Scene(theme)
    draw_header(scene, analysis, labels)
    top = matrix_panel(scene, analysis, labels, HEADER_HEIGHT)
    arcs_panel(scene, analysis, labels, top)
    return scene


def _plan(sure: float, _: ChartSeries) -> ChartPlan:
    return ChartPlan(
        behind=_behind,
        over=_nothing,
        ends=("down", "up"),
        parts=(
            LowerPanel(_pull, 120, ("score",)),
            LowerPanel(_together, 170, ("correlation", "concentration")),
            LowerPanel(partial(_lead, sure), 190, ("lead",)),
        ),
    )


def _behind(sheet: Sheet, panel: ChartPanel) -> list[LegendEntry]:
    price_grid(sheet, panel)
    return []


def _nothing(sheet: Sheet, panel: ChartPanel) -> list[LegendEntry]:
    del panel
    return [LegendEntry(sheet.labels.text("price"), sheet.theme.up, ramp=(sheet.theme.down, sheet.theme.up))]


def _pull(sheet: Sheet, top: int, height: int) -> int:
    """Draw the score per bar as columns from zero."""
    theme, labels = sheet.theme, sheet.labels
    panel, score = sheet.panel(height, -1.05, 1.05), sheet.series.known("score")["score"]
    sheet.grid(panel)
    panel.levels((0.0,))
    panel.columns(score, [theme.up if value >= 0 else theme.down for value in score])
    value = labels.number(float(score[-1]), 2) if np.isfinite(score[-1]) else "–"
    key = LegendEntry(labels.text("Leader pull"), theme.up, value, ramp=(theme.down, theme.up))
    return sheet.finish(panel, top, [key], [Tick(mark, labels.number(mark, 0)) for mark in MARKS])


def _together(sheet: Sheet, top: int, height: int) -> int:
    """Draw the rolling correlation with the market and the share that all coins have in common."""
    theme, labels = sheet.theme, sheet.labels
    panel = sheet.panel(height, -1.05, 1.05)
    sheet.grid(panel)
    panel.levels((0.0,))
    lines = (
        Line("concentration", labels.text("common share"), theme.medium, 2.0, (4, 3)),
        Line("correlation", labels.text("rolling correlation"), theme.main, 3.0),
    )
    keys = sheet.lines(panel, lines, lambda value: labels.number(value, 2))
    return sheet.finish(panel, top, keys, [Tick(mark, labels.number(mark, 0)) for mark in MARKS])


def _lead(sure: float, sheet: Sheet, top: int, height: int) -> int:
    """Draw the lag of the strongest correlation per bar, in colour where chance seldom makes one as strong."""
    theme, labels = sheet.theme, sheet.labels
    found = sheet.series.known("lead", "lead_correlation")
    lead, strength = found["lead"], np.abs(found.get("lead_correlation", np.zeros(len(found["lead"]))))
    reach = max(3.0, float(np.nanmax(np.abs(lead))))
    panel = sheet.panel(height, -reach - 0.5, reach + 0.5)
    sheet.grid(panel)
    panel.levels((0.0,))
    panel.dots(lead, [theme.main if one > sure else theme.muted for one in strength], 3.0)
    keys = [
        LegendEntry(labels.text("market leads (+ bars)"), theme.main),
        LegendEntry(labels.text("as by chance"), theme.muted),
    ]
    ticks = [Tick(value, labels.whole(value)) for value in (-reach, 0.0, reach)]
    return sheet.finish(panel, top, keys, ticks)


CHART = Chart(
    draw_corr,
    frozenset(
        {
            N_("price"),
            N_("down"),
            N_("up"),
            N_("Leader pull"),
            N_("common share"),
            N_("rolling correlation"),
            N_("market leads (+ bars)"),
            N_("as by chance"),
            N_("correlation (below the diagonal)"),
            N_("row leads"),
            N_("column leads"),
            *TITLES.values(),
            N_("no lead found"),
            N_("too few coins"),
        }
    ),
)
