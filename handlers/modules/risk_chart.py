"""The risk chart: candles with stops and liquidation prices, drawdown, returns against VaR, past crashes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray

from analysis.features.stress import EVENTS
from analysis.framework.result import Analysis
from handlers.locale.messages import N_
from handlers.render.candle_chart import ChartPlan, LowerPanel, draw_candle_chart, price_grid
from handlers.render.labels import ChartLabels
from handlers.render.letters import text_width
from handlers.render.liquidation_marks import (
    LEVEL_COLUMN,
    LIQUIDATION_WORDS,
    LiquidationSide,
    draw_levels,
    liquidation_sides,
    write_levels,
)
from handlers.render.look import Chart
from handlers.render.panel import ChartPanel, ChartSeries, Values, span
from handlers.render.scene import Scene
from handlers.render.sheet import GAP, TITLE_ROW, LegendEntry, Line, Sheet, Tick, last
from handlers.render.theme import AXIS_SIZE, MARGIN, WIDTH, Theme
from handlers.render.ticks import value_ticks

_ROW = 36
_BAR = 20


def draw_risk(analysis: Analysis, theme: Theme, labels: ChartLabels) -> Scene:
    """Draw the chart of module ``risk``; what is missing leaves its line or panel out."""
    return draw_candle_chart(analysis, theme, labels, partial(_plan, analysis))


def _plan(analysis: Analysis, _: ChartSeries) -> ChartPlan:
    sides = liquidation_sides(analysis.curves)
    crashes = _crashes(analysis)
    return ChartPlan(
        behind=_behind,
        over=partial(_stops, sides, analysis),
        overlays=("trail_long", "trail_short"),
        levels=tuple(level.price for side in sides for level in side.levels),
        beside=LEVEL_COLUMN if sides else 0,
        ends=("calm", "risky"),
        write=lambda sheet, panel, place: write_levels(sheet, panel, place, sides, analysis.price),
        pad=0.1,
        parts=(
            LowerPanel(_drawdown, 96, ("drawdown",)),
            LowerPanel(_returns, 150, ("return", "var_95", "var_99")),
        ),
        tail=(LowerPanel(partial(_stress, crashes), _ROW * len(crashes)),) if crashes else (),
    )


def _behind(sheet: Sheet, panel: ChartPanel) -> list[LegendEntry]:
    price_grid(sheet, panel)
    return []


_TRAILS: Final[dict[str, tuple[str, str]]] = {
    "long": (N_("trailing stop, long"), N_("trailing stop, long: passed")),
    "short": (N_("trailing stop, short"), N_("trailing stop, short: passed")),
}


def _trail(analysis: Analysis, side: str) -> str:
    """The word of a trailing stop, which says whether the price has passed it."""
    stops = analysis.series.get(f"trail_{side}")
    stop = float("nan") if stops is None else float(stops[-1])
    passed = analysis.price < stop if side == "long" else analysis.price > stop
    return _TRAILS[side][passed]


def _stops(
    sides: Sequence[LiquidationSide], analysis: Analysis, sheet: Sheet, panel: ChartPanel
) -> list[LegendEntry]:
    theme, labels = sheet.theme, sheet.labels
    lines = (
        Line("trail_long", labels.text(_trail(analysis, "long")), theme.level, 2.5),
        Line("trail_short", labels.text(_trail(analysis, "short")), theme.fast, 2.5),
    )
    keys = sheet.lines(panel, lines, partial(_distance, labels, analysis.price))
    draw_levels(panel, sides)
    if sides:
        keys.append(LegendEntry(labels.text("liquidation"), theme.medium, dashed=True))
    return keys


def _drawdown(sheet: Sheet, top: int, height: int) -> int:
    """Draw how far below its highest close the price stands, in percent, hanging from zero."""
    theme, labels = sheet.theme, sheet.labels
    depth = -np.abs(sheet.series.known("drawdown")["drawdown"])
    low = min(-1e-9, float(np.nanmin(depth))) * 1.1
    panel = sheet.panel(height, low, -low * 0.04)
    panel.between(depth, np.zeros(depth.size), theme.tint(theme.medium, 0.25))
    sheet.grid(panel)
    panel.line(depth, theme.medium, 2.5)
    key = LegendEntry(labels.text("Drawdown"), theme.medium, last(depth, partial(_percent, labels)))
    return sheet.finish(panel, top, [key], _ticks(panel, labels, 4, 3))


def _returns(sheet: Sheet, top: int, height: int) -> int:
    """Draw each bar's return in percent above the loss that was forecast for it; those beyond it stand out."""
    theme, labels = sheet.theme, sheet.labels
    found = sheet.series.known("return", "var_95", "var_99")
    limits: dict[str, Values] = {name: -np.abs(found[name]) for name in ("var_95", "var_99") if name in found}
    moves = found.get("return", np.full(sheet.series.count, np.nan))
    panel = sheet.panel(height, *span((moves, *limits.values(), np.zeros(1)), pad=0.08))
    sheet.grid(panel)
    panel.levels((0.0,))
    beyond = _beyond(moves, limits)
    soft = [theme.up_soft if move >= 0 else theme.down_soft for move in moves]
    panel.columns(moves, [theme.alert if hit else ink for hit, ink in zip(beyond, soft, strict=True)])
    columns = (theme.down_soft, theme.up_soft)
    value = last(moves, partial(_percent, labels))
    keys = [LegendEntry(labels.text("Return"), theme.up_soft, value, ramp=columns)]
    for name, title, ink in (("var_95", "VaR 95", theme.fast), ("var_99", "VaR 99", theme.main)):
        if name in limits:
            panel.line(limits[name], ink, 2.5)
            keys.append(LegendEntry(labels.text(title), ink, last(limits[name], partial(_percent, labels))))
    if beyond.any():
        panel.dots(np.where(beyond, moves, np.nan), [theme.alert] * moves.size, 4.0)
        keys.append(LegendEntry(labels.text("beyond VaR"), theme.alert, labels.whole(float(beyond.sum()))))
    return sheet.finish(panel, top, keys, _ticks(panel, labels, 4, 3))


def _beyond(moves: Values, limits: Mapping[str, Values]) -> NDArray[np.bool_]:
    """Say which bars lost more than the 95 % line (the 99 % one where only that is known)."""
    line = limits.get("var_95", limits.get("var_99", np.full(moves.size, np.nan)))
    return np.less(
        moves, line, where=np.isfinite(moves) & np.isfinite(line), out=np.zeros(moves.size, np.bool_)
    )


@dataclass(frozen=True, slots=True)
class _Crash:
    """A crash, what a long lost in it in percent of its size, and the highest leverage that outlived it (or NaN)."""

    title: str
    loss: float
    leverage: float


def _crashes(analysis: Analysis) -> list[_Crash]:
    """Return the events whose loss is known."""
    losses = analysis.curves.get("stress_loss", np.zeros(0))
    leverages = analysis.curves.get("stress_leverage", np.full(len(losses), np.nan))
    rows = zip(EVENTS, losses.tolist(), leverages.tolist(), strict=False)
    return [_Crash(event.title, abs(loss), lever) for event, loss, lever in rows if np.isfinite(loss)]


def _stress(crashes: Sequence[_Crash], sheet: Sheet, top: int, height: int) -> int:
    """Draw one bar per crash, the whole width being the whole position, with the leverage that outlived it."""
    theme, labels, scene = sheet.theme, sheet.labels, sheet.scene
    levers, right = any(np.isfinite(crash.leverage) for crash in crashes), float(WIDTH - MARGIN)
    survives = labels.text("survives") if levers else ""
    column = (
        max(text_width("100×", AXIS_SIZE, bold=True), text_width(survives, AXIS_SIZE)) + 24 if levers else 0
    )
    middle, title = top + TITLE_ROW / 2, labels.text("Worst loss of a 1× long in past crashes")
    room = WIDTH - 2 * MARGIN - column
    scene.text((MARGIN, middle), title, size=AXIS_SIZE, fill=theme.muted, width=room)
    scene.text((right, middle), survives, size=AXIS_SIZE, fill=theme.muted, anchor="right")
    left = MARGIN + max(text_width(labels.text(crash.title), AXIS_SIZE) for crash in crashes) + 16
    end = right - column - text_width("−100.0%", AXIS_SIZE, bold=True) - 12
    for row, crash in enumerate(crashes):
        y = top + TITLE_ROW + _ROW * (row + 0.5)
        scene.text((MARGIN, y), labels.text(crash.title), size=AXIS_SIZE, fill=theme.text)
        scene.rectangle((left, y - _BAR / 2, end, y + _BAR / 2), theme.track)
        reach = left + (end - left) * min(1.0, crash.loss / 100)
        scene.rectangle((left, y - _BAR / 2, reach, y + _BAR / 2), theme.medium)
        loss = _percent(labels, -crash.loss)
        scene.text((right - column, y), loss, size=AXIS_SIZE, anchor="right", bold=True)
        if np.isfinite(crash.leverage):
            lever = f"{labels.whole(crash.leverage)}×"
            scene.text((right, y), lever, size=AXIS_SIZE, anchor="right", bold=True)
    return top + TITLE_ROW + height + GAP


def _percent(labels: ChartLabels, value: float) -> str:
    return labels.percent(value, 1 if abs(value) >= 1 else 2)


def _distance(labels: ChartLabels, price: float, level: float) -> str:
    """Word how far a level is from the price, in percent of it."""
    away = (level / price - 1) * 100
    return ("+" if away > 0 else "") + _percent(labels, away)


def _ticks(panel: ChartPanel, labels: ChartLabels, parts: int, least: int) -> list[Tick]:
    values, decimals = value_ticks(panel.low, panel.high, parts, least)
    return [Tick(value, labels.percent(value, decimals)) for value in values]


CHART = Chart(
    draw_risk,
    frozenset(
        {
            *LIQUIDATION_WORDS,
            N_("calm"),
            N_("risky"),
            *(event.title for event in EVENTS),
            *(word for words in _TRAILS.values() for word in words),
            N_("liquidation"),
            N_("Drawdown"),
            N_("Return"),
            N_("VaR 95"),
            N_("VaR 99"),
            N_("beyond VaR"),
            N_("Worst loss of a 1× long in past crashes"),
            N_("survives"),
        }
    ),
)
