"""Residuals against statsmodels, the band of crowding, imbalance, quadrants."""

import numpy as np
import pytest
import statsmodels.api as sm

from analysis.features.positioning import (
    QUADRANTS,
    divergence,
    imbalance,
    outside_band,
    quadrant,
    residual_of_past,
)


def made(rows: int = 400, seed: int = 2) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    regressors = 0.03 * generator.standard_normal((2, rows))
    values = 0.5 - 4 * regressors[0] + 2 * regressors[1] + 0.1 * generator.standard_normal(rows)
    return values, regressors


def test_each_row_is_measured_by_a_fit_of_the_rows_before_it() -> None:
    values, regressors = made()
    found = residual_of_past(values, regressors, 150, 40)
    assert np.isnan(found[:40]).all()
    for row in (40, 151, 399):
        past = slice(max(0, row - 150), row)
        oracle = sm.OLS(values[past], sm.add_constant(regressors[:, past].T, has_constant="add")).fit()
        wanted = values[row] - oracle.predict([[1.0, *regressors[:, row]]])[0]
        assert found[row] == pytest.approx(wanted, abs=1e-10)


def test_a_ratio_that_is_the_return_leaves_nothing() -> None:
    _, regressors = made()
    found = residual_of_past(1 - 3 * regressors[0], regressors, 200, 50)
    np.testing.assert_allclose(found[50:], 0, atol=1e-10)


def test_unknown_rows_are_left_out_of_the_fits() -> None:
    values, regressors = made()
    holed, hole = values.copy(), np.arange(100, 130)
    holed[hole] = np.nan
    found = residual_of_past(holed, regressors, 10_000, 40)
    assert np.isnan(found[hole]).all()
    kept = np.delete(np.arange(len(values)), hole)
    np.testing.assert_allclose(
        found[kept], residual_of_past(values[kept], regressors[:, kept], 10_000, 40), atol=1e-12
    )


def test_regressors_that_do_not_vary_give_nothing() -> None:
    values, regressors = made()
    regressors[1] = 0.01
    assert np.isnan(residual_of_past(values, regressors, 100, 40)).all()
    assert np.isnan(residual_of_past(values[:20], regressors[:, :20], 100, 40)).all()


@pytest.mark.parametrize(
    ("percentile", "crowding"),
    [(0.0, -1.0), (0.05, -0.5), (0.1, 0.0), (0.5, 0.0), (0.9, 0.0), (0.95, 0.5), (1.0, 1.0)],
)
def test_crowding_begins_at_the_band_and_ends_at_one(percentile: float, crowding: float) -> None:
    assert outside_band(np.array([percentile]))[0] == pytest.approx(crowding)


def test_unknown_ranks_are_not_crowded() -> None:
    assert np.isnan(outside_band(np.array([np.nan]))[0])


def test_imbalance_is_buying_less_selling_over_all() -> None:
    np.testing.assert_allclose(
        imbalance(np.array([3.0, 0.0, 0.0]), np.array([4.0, 4.0, 0.0])), [0.5, -1.0, np.nan]
    )


@pytest.mark.parametrize(
    ("price", "interest", "who"), [*zip((1, 1, -1, -1), (1, -1, 1, -1), QUADRANTS, strict=True)]
)
def test_the_four_ways_price_and_open_interest_move(price: float, interest: float, who: str) -> None:
    assert quadrant(price, interest) == who


def test_what_did_not_move_names_nobody() -> None:
    assert quadrant(0.0, 1.0) is None
    assert quadrant(1.0, float("nan")) is None


def test_independent_moves_diverge_with_variance_one() -> None:
    generator = np.random.default_rng(8)
    ours, theirs = generator.standard_normal((2, 100_000))
    assert divergence(ours, theirs).std() == pytest.approx(1.0, abs=0.01)
