"""A heatmap under the candles: a cell per bar and price level, the deeper the colour the higher its value."""

import numpy as np

from analysis.framework.result import Heatmap
from handlers.render.panel import ChartPanel, Values
from handlers.render.sheet import LegendEntry, Sheet

STEPS = 7
"""Colours of the scale: as many as the eye tells apart under candles."""

TOP_PERCENTILE = 98.0
"""Percentile of the values in view from which a cell has the deepest colour: one peak must not hide the rest."""


def draw_heatmap(sheet: Sheet, panel: ChartPanel, heatmap: Heatmap) -> list[LegendEntry]:
    """Draw what the panel shows of a heatmap, nothing where it is unknown or near its lowest; return its legend.

    Its title and unit must be among the chart's words. Fewer than two levels do not tell how far one reaches.
    """
    opens = sheet.series.get("time")
    if opens is None or len(heatmap.time) == 0 or len(heatmap.level) < 2:
        return []
    cells, edges = _on_bars(heatmap, opens), _edges(heatmap.level)
    visible = cells[(edges[1:] > panel.low) & (edges[:-1] < panel.high)]
    known = visible[np.isfinite(visible)]
    if not known.size:
        return []
    low, high = _scale(known)
    share = np.divide(
        cells - low, high - low, out=np.zeros_like(cells), where=np.isfinite(cells) & (high > low)
    )
    inks = np.rint(np.clip(share, 0, 1) * STEPS).astype(np.intp) - 1
    ramp = sheet.theme.heat_ramp(STEPS)
    panel.cells(inks, edges, ramp)
    labels = sheet.labels
    more = "+" if known.max() > high else ""
    unit = labels.text(heatmap.unit) if heatmap.unit else ""
    scale = f"{labels.short(low)}–{labels.short(high)}{more} {unit}".strip()
    return [LegendEntry(labels.text(heatmap.title), ramp[-1], scale, ramp=ramp)]


def _on_bars(heatmap: Heatmap, opens: Values) -> Values:
    """Return the values (level, bar) of the bars that open at ``opens``, NaN for bars that the heatmap lacks."""
    place = np.searchsorted(heatmap.time, opens).clip(max=len(heatmap.time) - 1)
    return np.where(heatmap.time[place] == opens, heatmap.values[:, place], np.nan)


def _edges(level: Values) -> Values:
    """Return the m + 1 borders of m levels: halfway between neighbours, the outer rows as wide as those steps."""
    middle = (level[1:] + level[:-1]) / 2
    return np.concatenate(([2 * level[0] - middle[0]], middle, [2 * level[-1] - middle[-1]]))


def _scale(known: Values) -> tuple[float, float]:
    """Return the lowest value, zero where none is negative, and the one from which the colour is deepest."""
    low = min(0.0, float(known.min()))
    above = known[known > low]
    return low, float(np.percentile(above, TOP_PERCENTILE)) if above.size else low
