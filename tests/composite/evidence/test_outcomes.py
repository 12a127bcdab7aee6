"""What came after a bar, on numbers small enough to check by hand."""

import numpy as np
import pytest

from composite.evidence.outcomes import (
    drawdown_ahead,
    entered_return,
    grid_rows,
    on_grid,
    realised_variance_ahead,
)


def test_a_position_is_entered_at_the_next_open() -> None:
    opened = np.array([[1.0], [2.0], [4.0], [16.0], [8.0]])
    assert entered_return(opened, 1)[:3, 0] == pytest.approx(np.log([2, 4, 0.5]))
    assert entered_return(opened, 2)[:2, 0] == pytest.approx(np.log([8, 2]))
    assert np.isnan(entered_return(opened, 2)[2:]).all()
    assert np.isnan(entered_return(opened, 9)).all()


def test_variance_ahead_leaves_out_the_bar_itself() -> None:
    returns = np.array([[9.0], [1.0], [2.0], [3.0]])
    assert realised_variance_ahead(returns, 2)[:2, 0] == pytest.approx([2.5, 6.5])
    assert np.isnan(realised_variance_ahead(returns, 2)[2:]).all()


def test_drawdown_ahead_is_from_the_price_of_entry() -> None:
    opened = np.array([[9.0], [10.0], [12.0], [11.0]])
    low = np.array([[1.0], [8.0], [9.0], [11.0]])
    found = drawdown_ahead(opened, low, 2)
    assert found[:2, 0] == pytest.approx([0.2, 0.25])
    assert np.isnan(found[2:]).all()


def test_a_hole_of_the_clock_stays_a_hole() -> None:
    times = np.array([0, 10, 30], dtype=np.int64)
    grid = grid_rows(times, 10)
    assert grid.tolist() == [0, 10, 20, 30]
    placed = on_grid(grid, times, np.array([1.0, 2.0, 4.0]))
    assert placed[[0, 1, 3]].tolist() == [1.0, 2.0, 4.0]
    assert np.isnan(placed[2])
    assert np.isnan(on_grid(grid[:2], times, np.ones(3))).sum() == 0
