"""Panels put values where they belong and leave gaps where nothing is known."""

import numpy as np
import pytest
from numpy.typing import NDArray

from handlers.render.inks import inks_of
from handlers.render.panel import BarAxis, ChartPanel, ChartSeries, LogAxis, span
from handlers.render.theme import DARK, Colour

INK: Colour = DARK.medium


def panel(
    bars: int = 10, width: int = 100, height: int = 50, low: float = 0.0, high: float = 10.0
) -> ChartPanel:
    return ChartPanel(DARK, BarAxis(bars, width), height, low, high)


def inked(drawn: ChartPanel, ink: Colour = INK) -> NDArray[np.bool_]:
    return np.asarray(drawn.canvas.reduced() == inks_of(DARK).place(ink))


def touched(drawn: ChartPanel, ink: Colour = INK) -> NDArray[np.bool_]:
    """Which pixel columns hold the ink."""
    return np.asarray(np.any(inked(drawn, ink), axis=0))


def test_values_rise_upwards() -> None:
    drawn = panel()
    assert (drawn.y(10.0), drawn.y(5.0), drawn.y(0.0)) == (0.0, 25.0, 50.0)


def test_far_values_stay_drawable() -> None:
    assert abs(panel().y(1e30)) <= 11 * 50


def test_equal_ratios_are_equally_high_on_a_logarithmic_value_axis() -> None:
    drawn = ChartPanel(DARK, BarAxis(10, 100), 60, 1.0, 1000.0, is_log=True)
    assert [drawn.y(value) for value in (1000.0, 100.0, 10.0, 1.0)] == pytest.approx([0, 20, 40, 60])
    assert drawn.y(0.0) > 60


@pytest.mark.parametrize("is_log", [False, True])
def test_values_have_their_rows_one_by_one_and_all_at_once(is_log: bool) -> None:
    drawn = ChartPanel(DARK, BarAxis(10, 100), 60, 1.0, 1000.0, is_log=is_log)
    values = [0.5, 1.0, 10.0, 999.0, 1e30, -1e30, 0.0]
    assert drawn.rows(np.array(values)) == pytest.approx([drawn.y(value) for value in values])
    assert np.isnan(drawn.rows(np.array([np.nan]))).all()


@pytest.mark.parametrize("axis", [BarAxis(7, 90), BarAxis(1, 90), LogAxis((1.0, 3.0, 90.0), 400)])
def test_rows_have_their_middles_one_by_one_and_all_at_once(axis: BarAxis | LogAxis) -> None:
    assert axis.centres == pytest.approx([axis.centre(row) for row in range(axis.count)])


def test_a_full_axis_fills_the_plot_and_a_short_one_stands_at_the_right() -> None:
    full, short = BarAxis(120, 900), BarAxis(3, 900)
    assert (full.step, full.centre(0), full.centre(119)) == (7.5, 3.75, 896.25)
    assert short.centre(2) > short.centre(0) > 800


def test_a_line_is_interrupted_where_values_are_missing() -> None:
    drawn, values = panel(), np.full(10, 5.0)
    values[4:6] = np.nan
    drawn.line(values, INK, 3.0)
    columns = touched(drawn)
    assert columns[5:34].all()
    assert not columns[38:62].any()
    assert columns[67:94].all()


def test_a_lone_value_between_gaps_is_a_dot() -> None:
    drawn, values = panel(), np.full(10, np.nan)
    values[5] = 5.0
    drawn.line(values, INK, 3.0)
    assert inked(drawn).sum() >= 9


def test_dashes_leave_gaps() -> None:
    drawn = panel()
    drawn.line(np.full(10, 5.0), INK, 3.0, dash=(2, 1))
    columns = touched(drawn)[5:95]
    assert 0.5 < columns.mean() < 0.85


def test_candles_take_the_colour_of_their_direction_and_skip_missing_bars() -> None:
    bars = {
        "open": np.array([2.0, 8.0, np.nan]),
        "high": np.array([9.0, 9.0, 9.0]),
        "low": np.array([1.0, 1.0, 1.0]),
        "close": np.array([8.0, 2.0, 5.0]),
    }
    drawn = panel(bars=3, width=30)
    drawn.candles(bars)
    up, down = touched(drawn, DARK.up), touched(drawn, DARK.down)
    assert up[:10].any()
    assert not up[10:].any()
    assert down[10:20].any()
    assert not down[20:].any()


def test_columns_grow_from_their_base() -> None:
    drawn = panel(bars=2, width=20, low=-10.0, high=10.0)
    drawn.columns(np.array([5.0, -5.0]), [INK, INK])
    rows = inked(drawn)
    assert rows[13:25, :10].any()
    assert not rows[26:, :10].any()
    assert rows[26:37, 10:].any()
    assert not rows[:24, 10:].any()


def test_between_fills_only_where_both_lines_are_known() -> None:
    drawn, low = panel(), np.full(10, 2.0)
    low[5:] = np.nan
    drawn.between(low, np.full(10, 8.0), INK)
    columns = inked(drawn)[25]
    assert columns[6:44].all()
    assert not columns[48:].any()


@pytest.mark.parametrize("value", [0.0, 1e-8, 1.0, 1e6])
def test_span_of_a_constant_has_room(value: float) -> None:
    low, high = span([np.full(5, value)])
    assert low < value < high


def test_span_ignores_missing_values_and_knows_nothing_of_nothing() -> None:
    assert span([np.array([np.nan, 1.0, 2.0])], pad=0.0) == (1.0, 2.0)
    assert span([np.array([np.nan])]) == (-1.0, 1.0)


def test_series_reads_absent_unknown_and_infinite_values_as_missing() -> None:
    series = ChartSeries(
        {"time": np.arange(3.0), "gone": np.full(3, np.nan), "far": np.array([1.0, np.inf, 2.0])}, 2
    )
    assert series.get("gone") is None
    assert series.get("never") is None
    far = series.get("far")
    assert far is not None
    assert np.isnan(far[0])
    assert far[1] == 2.0


def test_equal_ratios_are_equally_far_apart_on_a_logarithmic_axis() -> None:
    axis = LogAxis((1.0, 2.0, 4.0, 8.0), 400)
    places = [axis.centre(index) for index in range(axis.count)]
    assert np.diff(places) == pytest.approx(np.full(3, places[1] - places[0]))
    assert 0 < places[0] == 400 - places[-1]
    assert LogAxis((5.0,), 400).centre(0) == 200


def test_shade_fills_whole_bars_and_only_the_rows_asked_for() -> None:
    drawn, bars = panel(), np.zeros(10, np.bool_)
    bars[2:4] = True
    drawn.shade(bars, INK, 10, 20)
    rows = inked(drawn)
    assert rows[10:20, 20:40].all()
    assert rows.sum() == 200


def test_dots_stand_on_known_values() -> None:
    drawn, values = panel(), np.full(10, np.nan)
    values[3] = 5.0
    drawn.dots(values, [INK] * 10, 2.0)
    assert touched(drawn)[34:36].all()
    assert inked(drawn).sum() == 16
