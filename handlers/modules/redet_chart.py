"""The anomaly chart: candles with change points and anomalous bars, the score, its groups, CUSUM."""

from functools import partial

import numpy as np
from numpy.typing import NDArray

from analysis.anomaly.channels import CHANNELS, GROUPS
from analysis.framework.result import Analysis
from handlers.locale.messages import N_
from handlers.render.candle_chart import ChartPlan, LowerPanel, draw_candle_chart, price_grid
from handlers.render.labels import ChartLabels
from handlers.render.look import Chart
from handlers.render.panel import ChartPanel, ChartSeries, Values, span
from handlers.render.scene import Scene
from handlers.render.sheet import LegendEntry, Sheet, Tick
from handlers.render.theme import Colour, Theme

ANOMALY_FROM = 0.5
"""Score from which a bar is marked: once in 100 bars."""

_LOG_TAILS = tuple(f"group_{group}" for group in GROUPS)  # -log10 of the tail probability per bar
_GROUP_OF_CHANNEL = np.array([GROUPS.index(channel.group) for channel in CHANNELS])
_MARKS = ((0.25, "1/10"), (0.5, "1/100"), (0.75, "1/1000"))
_ENDS = ((0.0, "1/1"), (1.0, "1/10000"))
_ROW = 34
_FAINT, _FULL = 0.5, 4.0  # -log10 p of no shade (p = 0.32) and of the deepest shade, where the score is 1
_STEPS = 6
_WEDGE = 13.0


def draw_redet(analysis: Analysis, theme: Theme, labels: ChartLabels) -> Scene:
    """Draw the chart of module ``redet``; a missing series leaves its marks or panel out."""
    return draw_candle_chart(analysis, theme, labels, _plan)


def _plan(series: ChartSeries) -> ChartPlan:
    rows = [group for group in GROUPS if series.known(f"group_{group}")]
    return ChartPlan(
        behind=_changes,
        over=_anomalies,
        ends=("ordinary", "rare"),
        pad=0.1,
        parts=(
            LowerPanel(_score, 142, ("score",)),
            LowerPanel(partial(_groups, rows), _ROW * len(rows), _LOG_TAILS),
            LowerPanel(_cusum, 112, ("cusum_up", "cusum_down")),
        ),
    )


def _changes(sheet: Sheet, panel: ChartPanel) -> list[LegendEntry]:
    """Draw changes of level as lines and changes of volatility as marks below; wedges point up for an increase."""
    price_grid(sheet, panel)
    theme, labels, keys = sheet.theme, sheet.labels, []
    if points := _points(sheet, "change_points"):
        for index, _ in points:
            x = panel.axis.centre(index)
            panel.canvas.box(x - 1, 0, x + 1, panel.height, theme.frame)
        _wedges(panel, points, theme.fast, at=_WEDGE)
        keys.append(LegendEntry(labels.text("change of level"), theme.fast))
    if points := _points(sheet, "volatility_change_points"):
        _wedges(panel, points, theme.level, at=panel.height - _WEDGE)
        keys.append(LegendEntry(labels.text("of volatility"), theme.level))
    return keys


def _points(sheet: Sheet, name: str) -> list[tuple[int, float]]:
    """Return where a series of change points is not zero, and its sign there."""
    values = sheet.series.get(name)
    known = np.zeros(0) if values is None else np.nan_to_num(values)
    return [(int(index), float(np.sign(known[index]))) for index in np.flatnonzero(known)]


def _wedges(panel: ChartPanel, points: list[tuple[int, float]], ink: Colour, *, at: float) -> None:
    for index, side in points:
        x, tip, foot = panel.axis.centre(index), at - side * _WEDGE * 0.7, at + side * _WEDGE * 0.7
        panel.canvas.polygon([(x, tip), (x - _WEDGE * 0.7, foot), (x + _WEDGE * 0.7, foot)], ink)


def _anomalies(sheet: Sheet, panel: ChartPanel) -> list[LegendEntry]:
    """Mark anomalous bars above their high; a mark on the strips below says which group was dominant."""
    high = sheet.series.get("high")
    if high is None or any(sheet.series.get(name) is None for name in ("score", "driver")):
        return []
    anomalous = _anomalous(sheet)
    _mark(panel, np.where(anomalous, high, np.nan), sheet.theme.main)
    count = sheet.labels.whole(float(anomalous.sum()))
    return [LegendEntry(sheet.labels.text("rare bars"), sheet.theme.main, count)]


def _anomalous(sheet: Sheet) -> NDArray[np.bool_]:
    """Say which bars are rare and have a dominant channel."""
    score, channel = sheet.series.get("score"), sheet.series.get("driver")
    if score is None or channel is None:
        return np.zeros(sheet.series.count, np.bool_)
    return (np.nan_to_num(score) >= ANOMALY_FROM) & np.isfinite(channel)


def _mark(panel: ChartPanel, values: Values, ink: Colour) -> None:
    for index in map(int, np.flatnonzero(np.isfinite(values))):
        x, y = panel.axis.centre(index), panel.y(float(values[index])) - 14
        panel.canvas.polygon([(x, y - 9), (x + 9, y), (x, y + 9), (x - 9, y)], ink)


def _score(sheet: Sheet, top: int, height: int) -> int:
    theme, labels = sheet.theme, sheet.labels
    panel, score = sheet.panel(height, -0.03, 1.03), sheet.series.known("score")["score"]
    sheet.grid(panel)
    panel.levels(level for level, _ in _MARKS)
    fills = [theme.main if value >= ANOMALY_FROM else theme.band_edge for value in score]
    panel.columns(score, fills)
    last_one = labels.number(float(score[-1]), 2) if np.isfinite(score[-1]) else "–"
    key = LegendEntry(labels.text("Anomaly"), theme.main, last_one, ramp=(theme.band_edge, theme.main))
    return sheet.finish(panel, top, [key], [Tick(level, words) for level, words in (*_MARKS, *_ENDS)])


def _groups(rows: list[str], sheet: Sheet, top: int, height: int) -> int:
    """Draw one strip per group, the deeper the smaller its tail probability, with a mark where it made a bar rare."""
    theme, labels = sheet.theme, sheet.labels
    panel = sheet.panel(height, 0.0, float(len(rows)))
    sheet.grid(panel)
    ramp = [theme.tint(theme.alert, step / _STEPS) for step in range(1, _STEPS + 1)]
    for row, group in enumerate(rows):
        log_tail = sheet.series.known(f"group_{group}")[f"group_{group}"]
        depth = np.clip((np.nan_to_num(log_tail) - _FAINT) / (_FULL - _FAINT), 0, 1) * _STEPS
        for step, ink in enumerate(ramp, 1):
            cells = (depth >= step - 0.5) & (depth < step + 0.5)
            panel.shade(cells, ink, row * _ROW + 2, (row + 1) * _ROW - 2)
    _mark_dominant(sheet, panel, rows)
    ticks = [Tick(len(rows) - row - 0.5, labels.text(group)) for row, group in enumerate(rows)]
    key = LegendEntry(
        labels.text("Tail probability of each group"), ramp[-1], "1/3–1/10000", ramp=tuple(ramp)
    )
    return sheet.finish(panel, top, [key], ticks)


def _mark_dominant(sheet: Sheet, panel: ChartPanel, rows: list[str]) -> None:
    channel, fills = sheet.series.get("driver"), [sheet.theme.main] * sheet.series.count
    if channel is None:
        return
    groups, anomalous = _GROUP_OF_CHANNEL[np.nan_to_num(channel).astype(np.int64)], _anomalous(sheet)
    for row, group in enumerate(rows):
        own = anomalous & (groups == GROUPS.index(group))
        panel.dots(np.where(own, len(rows) - row - 0.5, np.nan), fills, 5.0)


def _cusum(sheet: Sheet, top: int, height: int) -> int:
    """Draw both sums, the lower one mirrored, between the thresholds that raise an alarm."""
    theme, labels = sheet.theme, sheet.labels
    found = sheet.series.known("cusum_up", "cusum_down", "cusum_threshold")
    sums = {"up": found.get("cusum_up"), "down": found.get("cusum_down")}
    mirrored = None if sums["down"] is None else -np.abs(sums["down"])
    limit = float(np.nanmax(np.abs(found["cusum_threshold"]))) if "cusum_threshold" in found else 0.0
    known = [
        values for values in (sums["up"], mirrored, np.array([limit, -limit, 0.0])) if values is not None
    ]
    panel = sheet.panel(height, *span(known, pad=0.08))
    sheet.grid(panel)
    panel.levels((0.0,))
    keys = []
    for values, words, ink in ((sums["up"], "CUSUM up", theme.up), (mirrored, "CUSUM down", theme.down)):
        if values is not None:
            panel.line(values, ink, 2.5)
            size = abs(float(values[-1]))
            keys.append(
                LegendEntry(labels.text(words), ink, labels.number(size, 1) if np.isfinite(size) else "–")
            )
    if "cusum_threshold" in found:
        for side in (1.0, -1.0):
            panel.line(side * np.abs(found["cusum_threshold"]), theme.alert, 2.0, dash=(2, 2))
        keys.append(LegendEntry(labels.text("threshold"), theme.alert, labels.number(limit, 1), dashed=True))
    return sheet.finish(panel, top, keys, [Tick(v, labels.number(v, 1)) for v in (-limit, 0.0, limit)])


CHART = Chart(
    draw_redet,
    frozenset(
        {
            N_("change of level"),
            N_("of volatility"),
            N_("Anomaly"),
            N_("CUSUM up"),
            N_("CUSUM down"),
            N_("threshold"),
            N_("Tail probability of each group"),
            N_("rare bars"),
            N_("ordinary"),
            N_("rare"),
            N_("price"),
            N_("volume"),
            N_("positioning"),
            N_("joint"),
            N_("spectral"),
            N_("change"),
        }
    ),
)
