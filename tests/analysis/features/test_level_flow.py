"""The component of level flows against a decomposition by numpy."""

import numpy as np
import pytest

from analysis.features.level_flow import first_component, integrated_flow, normalised

LEVELS = 10


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
    found = normalised(np.array([[1.0], [1.0]]), np.array([2.0, 0.0]))
    assert found[0, 0] == 0.5
    assert np.isnan(found[1, 0])
