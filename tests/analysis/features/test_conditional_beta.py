"""Conditional betas against statsmodels' least squares with HC3 errors."""

import numpy as np
import pytest
import statsmodels.api as sm
from numpy.typing import NDArray

from analysis.arrays import Floats
from analysis.features.conditional_beta import FEWEST, Slope, conditional_beta

RNG = np.random.default_rng(4)
MARKET = 0.03 * RNG.standard_t(4, 600)
COIN = np.where(MARKET < 0, 1.6, 0.7) * MARKET + 0.01 * RNG.standard_normal(600) * (1 + 20 * np.abs(MARKET))


def reference(rows: NDArray[np.bool_], y: Floats = COIN, x: Floats = MARKET) -> tuple[float, float]:
    model = sm.OLS(y[rows], sm.add_constant(x[rows])).fit(cov_type="HC3")
    return float(model.params[1]), float(model.bse[1])


def assert_slope(found: Slope, rows: NDArray[np.bool_]) -> None:
    assert (found.value, found.error) == pytest.approx(reference(rows), rel=1e-9)
    assert found.bars == rows.sum()


def test_equals_statsmodels_and_finds_the_fall() -> None:
    found = conditional_beta(COIN, MARKET)
    assert_slope(found.all, np.ones(600, dtype=np.bool_))
    assert_slope(found.down, MARKET < 0)
    assert_slope(found.up, MARKET > 0)
    assert found.down.value == pytest.approx(1.6, abs=0.15)
    assert found.up.value == pytest.approx(0.7, abs=0.15)


def test_unknown_bars_are_left_out() -> None:
    coin, market = COIN.copy(), MARKET.copy()
    coin[::7], market[3::11] = np.nan, np.nan
    known = np.isfinite(coin) & np.isfinite(market)
    assert_slope(conditional_beta(coin, market).all, known)


def test_too_few_bars_or_a_still_market_have_none() -> None:
    few = conditional_beta(COIN[: FEWEST - 1], MARKET[: FEWEST - 1])
    assert np.isnan(few.all.value)
    assert np.isnan(conditional_beta(COIN, np.zeros(600)).all.value)
