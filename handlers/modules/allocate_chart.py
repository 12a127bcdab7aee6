"""The allocation chart: every coin's weight and share of the risk by method, and what the methods came to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np

from analysis.allocate.specs import BITCOIN, RECOMMENDED, SHORT_NAMES
from analysis.allocate.table_specs import BY_METHOD
from analysis.features.allocation_methods import ALLOCATION_METHODS, EQUAL, ERC
from analysis.framework.result import Analysis, Table
from handlers.locale.messages import N_
from handlers.render.header import HEADER_HEIGHT, draw_header
from handlers.render.labels import ChartLabels
from handlers.render.look import Chart
from handlers.render.panel import BarAxis, ChartSeries, Values, span
from handlers.render.scene import Scene
from handlers.render.sheet import (
    GAP,
    PLOT_WIDTHS,
    TIME_ROW,
    TITLE_ROW,
    LegendEntry,
    Line,
    Sheet,
    Tick,
)
from handlers.render.theme import AXIS_SIZE, HEIGHT, LABEL_SIZE, MARGIN, WIDTH, Theme
from handlers.render.ticks import local_times, time_ticks, value_ticks, years

MOST_COINS: Final = 9
LEAST_FULL: Final = 0.1
"""Weight that fills a bar at least; else the largest of one coin does."""
DRAWN_DAYS: Final = 300
ONE_RISK, SPREAD_OUT = N_("concentrated"), N_("diversified")
WEIGHT, RISK = N_("Weight in %"), N_("share of risk")
GROWTH, OTHERS = N_("Growth of 1, net of fees"), N_("other methods")
MORE: Final = N_("{count} more")
NO_BARS: Final = N_("no bars to draw")
_NAME, _ROW, _BAR, _THIN, _REACH = 158, 54, 22, 8, 66
_HEAD, _BOTTOM, _TICK_ROOM = 44, 10, 5


def draw_allocation(analysis: Analysis, theme: Theme, labels: ChartLabels) -> Scene:
    """Draw the chart of module ``allocate``; what is missing leaves its part out."""
    scene = Scene(theme)
    draw_header(scene, analysis, labels, (ONE_RISK, SPREAD_OUT))
    table, lines = analysis.table(BY_METHOD), _growth(analysis)
    if table is None or "time" not in analysis.series:
        at = (WIDTH / 2, (HEADER_HEIGHT + HEIGHT) / 2)
        words = labels.text(NO_BARS)
        scene.text(at, words, size=LABEL_SIZE, fill=theme.muted, anchor="centre", width=WIDTH * 0.9)
        return scene
    bottom = _weights(scene, labels, _rows(analysis, table, labels), analysis, HEADER_HEIGHT)
    if lines:
        _draw_growth(scene, labels, lines, analysis, bottom + GAP)
    return scene


@dataclass(frozen=True, slots=True)
class _Row:
    """A coin, or all smaller ones: weights and shares of the risk by method, both in [0, 1]."""

    name: str
    weights: Values
    risks: Values
    is_coin: bool = True


def _rows(analysis: Analysis, table: Table, labels: ChartLabels) -> list[_Row]:
    """Return the coins with the largest mean weight, those left out as one row, and cash where there is any."""
    risks = np.zeros(table.values.shape)
    for column, method in enumerate(table.columns):
        own = analysis.curves.get(f"risk_{method}", np.zeros(0))
        risks[: len(own), column] = own
    coins, cash = range(len(table.rows) - 1), len(table.rows) - 1
    order = sorted(coins, key=lambda place: -float(table.values[place].mean()))
    held = [place for place in order if table.values[place].max() > 0]
    shown = held[:MOST_COINS] if len(held) > MOST_COINS + 1 else held
    rows = [_Row(table.rows[place], table.values[place], risks[place]) for place in shown]
    if rest := held[len(shown) :]:
        name = labels.text(MORE, count=labels.whole(len(rest)))
        rows.append(_Row(name, table.values[rest].sum(axis=0), risks[rest].sum(axis=0), is_coin=False))
    if table.values[cash].max() >= 0.005:
        rows.append(_Row(table.rows[cash], table.values[cash], risks[cash], is_coin=False))
    return rows


def _weights(
    scene: Scene, labels: ChartLabels, rows: Sequence[_Row], analysis: Analysis, top: float
) -> float:
    """Draw a column per method and a row per coin; return where it ends."""
    theme = scene.theme
    y = _keys(
        scene, top + TITLE_ROW / 2, ((labels.text(WEIGHT), theme.main), (labels.text(RISK), theme.fast))
    )
    left, step = MARGIN + _NAME, (WIDTH - 2 * MARGIN - _NAME) / len(ALLOCATION_METHODS)
    chosen = analysis.labels.get(RECOMMENDED, ERC)
    for column, method in enumerate(ALLOCATION_METHODS):
        at, bold = (left + column * step, y + _HEAD / 2), method == chosen
        ink = theme.text if bold else theme.muted
        scene.text(at, labels.text(SHORT_NAMES[method]), size=AXIS_SIZE, fill=ink, bold=bold, width=step - 8)
    full = max([LEAST_FULL, *(float(row.weights.max()) for row in rows if row.is_coin)])
    for place, row in enumerate(rows):
        middle = y + _HEAD + _ROW * (place + 0.5)
        scene.text((MARGIN, middle), row.name, size=AXIS_SIZE, width=_NAME - 12)
        for column in range(len(ALLOCATION_METHODS)):
            cell = (left + column * step, middle)
            _cell(scene, labels, cell, (float(row.weights[column]), float(row.risks[column])), full)
    return y + _HEAD + _ROW * len(rows)


def _cell(
    scene: Scene, labels: ChartLabels, at: tuple[float, float], shares: tuple[float, float], full: float
) -> None:
    """Draw one weight with its number, and under it the share of the risk."""
    (x, y), (weight, risk), theme = at, shares, scene.theme
    top = y - (_BAR + _THIN) / 2
    scene.rectangle((x, top, x + _REACH, top + _BAR), theme.track)
    if weight >= 0.005:
        scene.rectangle((x, top, x + _REACH * min(1.0, weight / full), top + _BAR), theme.main)
        scene.text((x + _REACH + 8, y - 2), labels.whole(100 * weight), size=AXIS_SIZE)
    if risk >= 0.005:
        scene.rectangle(
            (x, top + _BAR + 2, x + _REACH * min(1.0, risk / full), top + _BAR + 2 + _THIN), theme.fast
        )


def _keys(scene: Scene, y: float, keys: Sequence[tuple[str, tuple[int, int, int]]]) -> float:
    x = float(MARGIN)
    for name, ink in keys:
        scene.rectangle((x, y - 6, x + 30, y + 6), ink, radius=3)
        x += 39 + scene.text((x + 39, y), name, size=LABEL_SIZE, fill=scene.theme.muted) + 22
    scene.legends.append(tuple(((ink,), False) for _, ink in keys))
    return y + TITLE_ROW / 2


def _growth(analysis: Analysis) -> dict[str, Values]:
    """Return what one unit of money became from the first drawn day on, by method and for bitcoin."""
    series = ChartSeries(analysis.series, DRAWN_DAYS)
    found = {}
    for name in (*ALLOCATION_METHODS, BITCOIN):
        line = series.get(f"growth_{name}")
        if line is not None:
            found[f"growth_{name}"] = line / line[np.isfinite(line)][0]
    return found


def _draw_growth(
    scene: Scene, labels: ChartLabels, lines: Mapping[str, Values], analysis: Analysis, top: float
) -> None:
    """Draw the recommended method, equal weight and bitcoin, the other methods thin behind them."""
    theme, opens = scene.theme, analysis.series["time"][-DRAWN_DAYS:]
    times = local_times(opens.tolist(), labels.zone)
    plot = PLOT_WIDTHS[0]
    shown = {"time": opens, **lines}
    ticks = tuple(time_ticks(times, labels, plot // 135))
    sheet = Sheet(
        scene, labels, ChartSeries(shown, DRAWN_DAYS), BarAxis(len(opens), plot), ticks, years(times)
    )
    height = int(HEIGHT - top - 2 * TITLE_ROW - TIME_ROW - _BOTTOM)
    scene.text((MARGIN, top + TITLE_ROW / 2), labels.text(GROWTH), size=AXIS_SIZE, fill=theme.muted)
    panel = sheet.panel(height, *span(list(lines.values()), pad=0.06))
    values, decimals = value_ticks(panel.low, panel.high, _TICK_ROOM, 3)
    sheet.grid(panel, values)
    panel.levels((1.0,))
    chosen = analysis.labels.get(RECOMMENDED, ERC)
    bold = [name for name in (chosen, EQUAL, BITCOIN) if f"growth_{name}" in lines]
    behind = [name for name in lines if name.removeprefix("growth_") not in bold]
    for name in behind:
        panel.line(lines[name], theme.neutral, 1.2, dash=(4, 2))
    inks = {chosen: theme.main, EQUAL: theme.medium, BITCOIN: theme.fast}
    drawn = [
        Line(f"growth_{name}", labels.text(SHORT_NAMES[name]), inks[name], 3.5)
        for name in reversed(list(dict.fromkeys(bold)))
    ]
    keys = sheet.lines(panel, drawn, partial(_times, labels))[::-1]
    if behind:
        keys.append(LegendEntry(labels.text(OTHERS), theme.neutral, dashed=True))
    marks = [Tick(value, labels.number(value, decimals)) for value in values]
    below = sheet.finish(panel, int(top) + TITLE_ROW, keys, marks)
    sheet.time_axis(below - GAP)


def _times(labels: ChartLabels, value: float) -> str:
    return labels.number(value, 2)


CHART = Chart(
    draw_allocation,
    frozenset({ONE_RISK, SPREAD_OUT, WEIGHT, RISK, GROWTH, OTHERS, MORE, NO_BARS, *SHORT_NAMES.values()}),
)
