"""The macro chart: daily candles, ETF flow, MVRV-Z in the bands of its past, and where every fact stands in its own."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np

from analysis.framework.result import Analysis
from analysis.macro.metrics import METRICS
from handlers.locale.messages import N_
from handlers.render.candle_chart import ChartPlan, LowerPanel, draw_candle_chart, price_grid
from handlers.render.labels import ChartLabels
from handlers.render.letters import text_width
from handlers.render.look import Chart
from handlers.render.panel import ChartPanel, ChartSeries, Values, span
from handlers.render.scene import Scene
from handlers.render.sheet import GAP, TITLE_ROW, LegendEntry, Line, Sheet, Tick
from handlers.render.theme import AXIS_SIZE, MARGIN, WIDTH, Colour, Theme
from handlers.render.ticks import value_ticks

SCORED: Final = tuple(spec for spec in METRICS if spec.group is not None)
TITLE: Final = N_("Rank in its own past")
BAND: Final = N_("10–90% band")
SIDES: Final = (N_("supports"), N_("against"), N_("not counted"))
MARKS: Final = (0.1, 0.5, 0.9)
PERCENT: Final = 100
_BANDS: Final = ("mvrv_low", "mvrv_middle", "mvrv_high", "mvrv_z")
_ROW, _TRACK, _DOT, _APART = 37, 14, 9, 22


@dataclass(frozen=True, slots=True)
class _Fact:
    """A row of the table: rank in the past in [0, 1], and what it says of the market in [-1, 1]; NaN where unknown."""

    title: str
    rank: float
    signal: float


def draw_macro(analysis: Analysis, theme: Theme, labels: ChartLabels) -> Scene:
    """Draw the chart of module ``macro``; what is missing leaves its panel or row out."""
    return draw_candle_chart(analysis, theme, labels, partial(_plan, analysis.curves))


def _plan(curves: Mapping[str, Values], _: ChartSeries) -> ChartPlan:
    facts = _facts(curves)
    table = LowerPanel(partial(_table, facts), _ROW * len(facts))
    return ChartPlan(
        behind=_behind,
        over=lambda sheet, panel: [],
        ends=("adverse", "supportive"),
        pad=0.06,
        parts=(
            LowerPanel(_etf, 116, ("etf_flow",)),
            LowerPanel(_valuation, 150, ("mvrv_z",)),
        ),
        tail=(table,) if facts else (),
    )


def _behind(sheet: Sheet, panel: ChartPanel) -> list[LegendEntry]:
    price_grid(sheet, panel)
    return []


def _etf(sheet: Sheet, top: int, height: int) -> int:
    """Draw the flow beside the bar of its day, inflow above and outflow below zero."""
    theme, labels = sheet.theme, sheet.labels
    flow = sheet.series.known("etf_flow")["etf_flow"]
    panel = sheet.panel(height, *span((flow, np.zeros(1)), pad=0.1))
    sheet.grid(panel)
    panel.levels((0.0,))
    panel.columns(flow, [theme.up_soft if value >= 0 else theme.down_soft for value in flow])
    known = flow[np.isfinite(flow)]
    key = LegendEntry(
        labels.text("ETF flow, M$"),
        theme.up_soft,
        labels.number(float(known[-1]), 0, sign=True),
        ramp=(theme.down_soft, theme.up_soft),
    )
    values, decimals = value_ticks(panel.low, panel.high, 3)
    return sheet.finish(panel, top, [key], [Tick(value, labels.number(value, decimals)) for value in values])


def _valuation(sheet: Sheet, top: int, height: int) -> int:
    """Draw MVRV-Z over the middle four fifths of its past as it was at each bar."""
    theme, labels = sheet.theme, sheet.labels
    found = sheet.series.known(*_BANDS)
    low, high = span(found.values(), pad=0.08)
    panel = sheet.panel(height, low, high)
    fill = theme.tint(theme.neutral, 0.25)
    keys = [LegendEntry(labels.text(BAND), fill)]
    if "mvrv_low" in found and "mvrv_high" in found:
        panel.between(found["mvrv_low"], found["mvrv_high"], fill)
    sheet.grid(panel)
    lines = (
        Line("mvrv_middle", labels.text("median"), theme.level, 2.5),
        Line("mvrv_z", labels.text("MVRV-Z"), theme.main, 3.0),
    )
    drawn = sheet.lines(panel, lines, lambda value: labels.number(value, 2))
    values, decimals = value_ticks(panel.low, panel.high, 3)
    ticks = [Tick(value, labels.number(value, decimals)) for value in values]
    return sheet.finish(panel, top, [*drawn[::-1], *keys], ticks)


def _facts(curves: Mapping[str, Values]) -> list[_Fact]:
    rank, signal = curves.get("fact_rank"), curves.get("fact_signal")
    if rank is None or signal is None or len(rank) != len(SCORED) or len(signal) != len(SCORED):
        return []
    rows = zip(SCORED, rank.tolist(), signal.tolist(), strict=True)
    return [_Fact(spec.title, place, says) for spec, place, says in rows if np.isfinite(place)]


def _table(facts: list[_Fact], sheet: Sheet, top: int, height: int) -> int:
    """Draw a row per fact: its rank on a track from the lowest of its past to the highest, coloured by its signal."""
    labels, scene, theme = sheet.labels, sheet.scene, sheet.theme
    titles = max(text_width(labels.text(fact.title), AXIS_SIZE) for fact in facts)
    number = max(text_width(_rank(fact, labels), AXIS_SIZE) for fact in facts)
    track = (MARGIN + titles + _APART, WIDTH - MARGIN - number - _APART)
    middle = top + TITLE_ROW / 2
    left = _legend(sheet, middle)
    room = left - MARGIN - _APART
    scene.text((MARGIN, middle), labels.text(TITLE), size=AXIS_SIZE, fill=theme.muted, width=room)
    for row, fact in enumerate(facts):
        _fact(sheet, fact, track, top + TITLE_ROW + _ROW * (row + 0.5))
    return top + TITLE_ROW + height + GAP


def _legend(sheet: Sheet, middle: float) -> float:
    """Name the colours at the right end of the title's row; return where that begins."""
    theme, scene, left = sheet.theme, sheet.scene, float(WIDTH - MARGIN)
    for word, ink in zip(SIDES[::-1], (theme.muted, theme.down, theme.up), strict=True):
        text = sheet.labels.text(word)
        scene.text((left, middle), text, size=AXIS_SIZE, fill=theme.muted, anchor="right")
        left -= text_width(text, AXIS_SIZE) + 3 * _DOT
        scene.rectangle((left, middle - _DOT, left + 2 * _DOT, middle + _DOT), ink)
        left -= _APART
    return left


def _fact(sheet: Sheet, fact: _Fact, track: tuple[float, float], y: float) -> None:
    theme, labels, scene = sheet.theme, sheet.labels, sheet.scene
    ink = _ink(theme, fact.signal)
    scene.text((MARGIN, y), labels.text(fact.title), size=AXIS_SIZE)
    scene.rectangle((track[0], y - _TRACK / 2, track[1], y + _TRACK / 2), theme.track)
    for mark in MARKS:
        at = track[0] + mark * (track[1] - track[0])
        scene.rectangle((at - 1, y - _TRACK / 2, at + 1, y + _TRACK / 2), theme.muted)
    at = track[0] + fact.rank * (track[1] - track[0])
    scene.rectangle((at - _DOT, y - _DOT, at + _DOT, y + _DOT), ink)
    scene.text((WIDTH - MARGIN, y), _rank(fact, labels), size=AXIS_SIZE, fill=theme.text, anchor="right")


def _ink(theme: Theme, signal: float) -> Colour:
    """Return the colour of what a fact says, muted where it does not count."""
    if not np.isfinite(signal):
        return theme.muted
    return theme.up if signal >= 0 else theme.down


def _rank(fact: _Fact, labels: ChartLabels) -> str:
    return labels.percent(PERCENT * fact.rank, 0)


CHART = Chart(
    draw_macro,
    frozenset(
        {
            N_("adverse"),
            N_("supportive"),
            N_("ETF flow, M$"),
            N_("MVRV-Z"),
            N_("median"),
            BAND,
            TITLE,
            *SIDES,
            *(spec.title for spec in SCORED),
        }
    ),
)
