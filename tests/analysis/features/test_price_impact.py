"""Impact regressions against statsmodels, and what shuffling a day tells."""

import numpy as np
import pytest
import statsmodels.api as sm

from analysis.arrays import Floats
from analysis.features.price_impact import (
    change_beyond_shuffle,
    kyle_lambda,
    r_squared,
    shuffled_slopes,
    slope_spread,
    window_slopes,
)


def flows(n: int = 400, slope: float = 0.7, seed: int = 5) -> tuple[Floats, Floats]:
    rng = np.random.default_rng(seed)
    x = rng.standard_t(4, n)
    noise = np.convolve(rng.normal(size=n + 4), np.ones(5) / 5, "valid")  # correlated over five buckets
    return slope * x + noise + 0.3, x


@pytest.mark.parametrize("lags", [0, 1, 6])
def test_slope_error_t_and_r2_equal_statsmodels(lags: int) -> None:
    y, x = flows()
    reference = sm.OLS(y, sm.add_constant(x)).fit(cov_type="HAC", cov_kwds={"maxlags": lags})
    found = kyle_lambda(y, x, lags)
    assert found is not None
    assert found.slope == pytest.approx(reference.params[1])
    assert found.error == pytest.approx(reference.bse[1])
    assert found.t == pytest.approx(reference.tvalues[1])
    assert found.r2 == pytest.approx(reference.rsquared)
    assert found.count == 400


def test_unknown_buckets_are_left_out() -> None:
    y, x = flows()
    holed = y.copy()
    holed[100:110] = np.nan
    kept = np.isfinite(holed)
    assert kyle_lambda(holed, x, 3) == kyle_lambda(y[kept], x[kept], 3)
    assert r_squared(x, holed) == pytest.approx(np.corrcoef(x[kept], y[kept])[0, 1] ** 2)


def test_there_is_no_slope_of_few_buckets_a_constant_flow_or_an_exact_fit() -> None:
    y, x = flows()
    assert kyle_lambda(y[:29], x[:29], 1) is None
    assert kyle_lambda(y, np.ones(400), 1) is None
    assert kyle_lambda(2 * x, x, 1) is None


def test_r2_of_the_same_and_of_the_next_interval() -> None:
    y, x = flows()
    assert r_squared(x, y) == pytest.approx(np.corrcoef(x, y)[0, 1] ** 2)
    assert r_squared(x, y, 1) == pytest.approx(np.corrcoef(x[:-1], y[1:])[0, 1] ** 2)
    assert r_squared(x, np.ones(400)) is None
    assert r_squared(x[:20], y[:20]) is None


def test_slopes_of_windows_are_those_of_each_part() -> None:
    y, x = flows(100)
    found = window_slopes(y, x, 30)
    expected = [np.polyfit(x[i : i + 30], y[i : i + 30], 1)[0] for i in (0, 30, 60)]
    assert found == pytest.approx(expected)


def test_shuffling_keeps_pairs_and_widens_nothing_where_the_slope_is_constant() -> None:
    y, x = flows(6_000)
    rng = np.random.default_rng(1)
    shuffled = shuffled_slopes(y, x, 300, rng, 20)
    assert shuffled.shape == (20, 20)
    own, theirs = window_slopes(y, x, 300).std(), shuffled.std()
    assert own == pytest.approx(theirs, rel=0.5)
    assert np.isnan(slope_spread(np.array([-1.0, 0.0, 5.0, 6.0])))
    assert slope_spread(np.linspace(1.0, 2.0, 101)) == pytest.approx(1.95 / 1.05)


def test_only_a_changed_slope_lies_beyond_what_shuffling_shows() -> None:
    y, x = flows(3_000)
    same = change_beyond_shuffle(y, x, 300, np.random.default_rng(2))
    moved = y.copy()
    moved[-300:] += 2.0 * x[-300:]
    changed = change_beyond_shuffle(moved, x, 300, np.random.default_rng(2))
    assert same is not None
    assert changed is not None
    assert same > 0.05
    assert changed < 0.01
    assert change_beyond_shuffle(y[:0], x[:0], 0, np.random.default_rng(2)) is None
    assert change_beyond_shuffle(y[:899], x[:899], 300, np.random.default_rng(2)) is None
    assert change_beyond_shuffle(y, np.zeros(3_000), 300, np.random.default_rng(2)) is None
