"""The micro chart: candles of minutes, and a table of the factors with their record against the next moves."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np

from analysis.framework.result import Analysis
from analysis.micro.metrics import FACTORS
from handlers.locale.messages import N_
from handlers.render.candle_chart import ChartPlan, LowerPanel, draw_candle_chart, price_grid
from handlers.render.labels import ChartLabels
from handlers.render.letters import text_width
from handlers.render.look import Chart
from handlers.render.panel import ChartPanel, ChartSeries, Values
from handlers.render.scene import Scene
from handlers.render.sheet import GAP, TITLE_ROW, LegendEntry, Sheet
from handlers.render.theme import AXIS_SIZE, MARGIN, WIDTH, Colour, Theme

SURE = 2.0
"""Standard errors from which a record is told from chance, and written in colour."""
CHANCE = 0.5
TITLE = N_("Factors now, and over the next {seconds} s")

_ROW, _BAR = 48, 20
_APART = 22


@dataclass(frozen=True, slots=True)
class _Factor:
    """A row of the table: signal in [-1, 1], hit rate and rank correlation with their errors; NaN where unknown."""

    title: str
    signal: float
    hit: float
    hit_error: float
    correlation: float
    correlation_error: float


def draw_micro(analysis: Analysis, theme: Theme, labels: ChartLabels) -> Scene:
    """Draw the chart of module ``micro``; where no factor is known the candles alone."""
    return draw_candle_chart(analysis, theme, labels, partial(_plan, analysis.curves))


def _plan(curves: Mapping[str, Values], _: ChartSeries) -> ChartPlan:
    factors = _factors(curves)
    horizon = curves.get("factor_horizon_s", np.zeros(1))
    table = LowerPanel(partial(_table, factors, float(horizon[0])), _ROW * len(factors))
    return ChartPlan(behind=_behind, over=_nothing, ends=("down", "up"), tail=(table,) if factors else ())


def _behind(sheet: Sheet, panel: ChartPanel) -> list[LegendEntry]:
    price_grid(sheet, panel)
    return []


def _nothing(sheet: Sheet, panel: ChartPanel) -> list[LegendEntry]:
    del panel
    return [
        LegendEntry(
            sheet.labels.text("minute candles"), sheet.theme.up, ramp=(sheet.theme.down, sheet.theme.up)
        )
    ]


def _factors(curves: Mapping[str, Values]) -> list[_Factor]:
    columns = [curves.get(f"factor_{name}") for name in _COLUMNS]
    if any(column is None or len(column) != len(FACTORS) for column in columns):
        return []
    rows = np.column_stack([column for column in columns if column is not None])
    if not np.isfinite(rows).any():
        return []
    return [_Factor(spec.title, *row) for spec, row in zip(FACTORS.values(), rows.tolist(), strict=True)]


_COLUMNS = ("signal", "hit_rate", "hit_error", "correlation", "correlation_error")


@dataclass(frozen=True, slots=True)
class _Columns:
    """Where the table's columns stand: the track of signals, and the right ends of hit rates and correlations."""

    track: tuple[float, float]
    ends: tuple[float, float]


def _table(factors: list[_Factor], horizon_s: float, sheet: Sheet, top: int, height: int) -> int:
    """Draw a row per factor: what it says now from down to up, how often its sign was right, and its correlation."""
    labels, scene, middle = sheet.labels, sheet.scene, top + TITLE_ROW / 2
    heads = labels.text("sign right"), labels.text("rank corr.")
    columns = _columns(factors, heads, labels)
    muted = sheet.theme.muted
    for head, end in zip(heads, columns.ends, strict=True):
        scene.text((end, middle), head, size=AXIS_SIZE, fill=muted, anchor="right")
    title, room = labels.text(TITLE, seconds=labels.whole(horizon_s)), columns.track[1] - MARGIN
    scene.text((MARGIN, middle), title, size=AXIS_SIZE, fill=muted, width=room)
    for row, one in enumerate(factors):
        _row(sheet, one, columns, top + TITLE_ROW + _ROW * (row + 0.5))
    return top + TITLE_ROW + height + GAP


def _columns(factors: list[_Factor], heads: tuple[str, str], labels: ChartLabels) -> _Columns:
    texts = ([_hit(one, labels) for one in factors], [_correlation(one, labels) for one in factors])
    hits, correlations = (
        max(text_width(text, AXIS_SIZE) for text in (head, *column)) + _APART
        for head, column in zip(heads, texts, strict=True)
    )
    right = float(WIDTH - MARGIN)
    left = MARGIN + max(text_width(labels.text(one.title), AXIS_SIZE) for one in factors) + _APART
    return _Columns((left, right - hits - correlations - _APART / 2), (right - correlations, right))


def _row(sheet: Sheet, factor: _Factor, columns: _Columns, y: float) -> None:
    theme, labels, scene = sheet.theme, sheet.labels, sheet.scene
    scene.text((MARGIN, y), labels.text(factor.title), size=AXIS_SIZE)
    _signal(scene, theme, factor.signal, columns.track, y)
    hit, correlation = columns.ends
    ink = _ink(theme, factor.hit - CHANCE, factor.hit_error)
    scene.text((hit, y), _hit(factor, labels), size=AXIS_SIZE, fill=ink, anchor="right")
    ink = _ink(theme, factor.correlation, factor.correlation_error)
    scene.text((correlation, y), _correlation(factor, labels), size=AXIS_SIZE, fill=ink, anchor="right")


def _signal(scene: Scene, theme: Theme, signal: float, track: tuple[float, float], y: float) -> None:
    """Draw a signal as a bar from the middle of its track; an empty track where it is not known."""
    scene.rectangle((track[0], y - _BAR / 2, track[1], y + _BAR / 2), theme.track)
    middle, half = (track[0] + track[1]) / 2, (track[1] - track[0]) / 2
    if np.isfinite(signal):
        end = middle + half * min(1.0, max(-1.0, signal))
        ink = theme.up if signal >= 0 else theme.down
        scene.rectangle((min(middle, end), y - _BAR / 2, max(middle, end), y + _BAR / 2), ink)
    scene.rectangle((middle - 1, y - _BAR / 2 - 4, middle + 1, y + _BAR / 2 + 4), theme.muted)


def _ink(theme: Theme, away: float, error: float) -> Colour:
    """Return the colour of a record: as far from chance as ``SURE`` errors on its own side, or on the wrong one."""
    if not np.isfinite(away) or abs(away) < SURE * error:
        return theme.muted
    return theme.text if away > 0 else theme.alert


def _hit(factor: _Factor, labels: ChartLabels) -> str:
    if not np.isfinite(factor.hit):
        return "–"
    rate, error = labels.percent(100 * factor.hit, 0), labels.number(100 * factor.hit_error, 0)
    return f"{rate} ± {error}"


def _correlation(factor: _Factor, labels: ChartLabels) -> str:
    if not np.isfinite(factor.correlation):
        return "–"
    found = labels.number(factor.correlation, 2, sign=True)
    return f"{found} ± {labels.number(factor.correlation_error, 2)}"


CHART = Chart(
    draw_micro,
    frozenset(
        {
            N_("down"),
            N_("up"),
            N_("minute candles"),
            TITLE,
            N_("sign right"),
            N_("rank corr."),
            *(spec.title for spec in FACTORS.values()),
        }
    ),
)
