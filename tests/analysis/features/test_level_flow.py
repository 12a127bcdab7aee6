"""Ten-level flow: depth-normalised levels by hand, and the component against a decomposition by numpy."""

import numpy as np
import pytest

from analysis.features.level_flow import LEVELS, LevelFlow, first_component, integrated_flow, normalised

Side = list[tuple[float, float]]


def book(bid_quantities: list[float], ask_quantities: list[float]) -> tuple[Side, Side]:
    bids = [(100.0 - i, quantity) for i, quantity in enumerate(bid_quantities)]
    asks = [(101.0 + i, quantity) for i, quantity in enumerate(ask_quantities)]
    return bids, asks


def test_a_second_is_its_flow_over_its_mean_depth() -> None:
    flow = LevelFlow(60)
    flow.add(500, *book([1.0] * LEVELS, [1.0] * LEVELS))
    flow.add(1_100, *book([3.0] + [1.0] * 9, [1.0] * LEVELS))  # +2 at the first level, mean depth 22 / 20
    flow.add(1_200, *book([3.0] + [1.0] * 9, [1.0, 5.0] + [1.0] * 8))  # -4 at the second, mean depth 26 / 20
    flow.add(2_000, *book([3.0] + [1.0] * 9, [1.0, 5.0] + [1.0] * 8))
    rows = flow.rows(60)
    assert rows.shape == (2, LEVELS)
    assert np.isnan(rows[0]).all()
    assert rows[1, :3] == pytest.approx([2 / 1.2, -4 / 1.2, 0.0])


def test_a_short_book_and_lost_updates_give_no_flow() -> None:
    flow = LevelFlow(60)
    flow.add(500, *book([1.0] * LEVELS, [1.0] * LEVELS))
    flow.add(600, *book([1.0] * 3, [1.0] * LEVELS))
    flow.add(700, *book([1.0] * LEVELS, [1.0] * LEVELS))
    flow.lost()
    flow.add(800, *book([9.0] * LEVELS, [1.0] * LEVELS))
    flow.add(1_000, *book([9.0] * LEVELS, [1.0] * LEVELS))
    assert np.isnan(flow.rows(60)).all()


def test_the_component_is_the_leading_singular_vector_with_sizes_adding_up_to_one() -> None:
    rng = np.random.default_rng(4)
    rows = rng.normal(size=(200, 1)) * -np.linspace(1, 2, LEVELS) + 0.1 * rng.normal(size=(200, LEVELS))
    rows[5] = np.nan
    known = np.delete(rows, 5, axis=0)
    leading = np.linalg.svd(known - known.mean(axis=0))[2][0]
    weights = first_component(rows)
    assert weights is not None
    assert weights.sum() > 0
    assert np.abs(weights).sum() == pytest.approx(1.0)
    assert np.abs(weights) == pytest.approx(np.abs(leading) / np.abs(leading).sum())
    assert first_component(rows[:20]) is None


def test_the_component_is_fitted_on_earlier_rows_alone() -> None:
    rng = np.random.default_rng(6)
    rows = rng.normal(size=(100, LEVELS))
    changed = rows.copy()
    changed[61:] *= -50.0
    first, second = integrated_flow(rows, 60), integrated_flow(changed, 60)
    assert first is not None
    assert second is not None
    assert len(first) == 40
    assert first[0] == second[0]
    assert integrated_flow(rows, 10) is None


def test_a_step_without_depth_is_unknown() -> None:
    found = normalised(np.array([[1.0], [1.0]]), np.array([4.0, 0.0]), np.array([2.0, 0.0]))
    assert found[0, 0] == 0.5
    assert np.isnan(found[1, 0])
