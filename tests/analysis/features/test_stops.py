"""Stops against a loop over bars with pandas' rolling extremes and TA-Lib's average true range."""

import numpy as np
import pandas as pd
import pytest
import talib
from numpy.testing import assert_allclose, assert_array_equal

from analysis.features import stops
from tests.support.recorded import walk_bars

BARS = walk_bars(300, seed=3)
ATR = talib.ATR(BARS.high, BARS.low, BARS.close, 14)
RANK = np.linspace(0, 1, 300)


def test_fixed_stops_by_hand() -> None:
    longs, shorts, away = stops.atr_stops(np.array([100.0, 5.0]), np.array([2.0, 2.0]), 3.0)
    assert_array_equal(longs, [94.0, np.nan])
    assert_array_equal(shorts, [106.0, 11.0])
    assert_allclose(away, [0.06, 1.2])


@pytest.mark.parametrize("multiple", [3.0, stops.regime_multiple(RANK, 2.0, 4.0)])
def test_chandelier_equals_pandas(multiple: float | np.ndarray) -> None:
    longs, shorts = stops.chandelier(BARS.high, BARS.low, ATR, 22, multiple)
    highest = pd.Series(BARS.high).rolling(22).max().to_numpy()
    lowest = pd.Series(BARS.low).rolling(22).min().to_numpy()
    assert_allclose(longs, highest - multiple * ATR, rtol=1e-14)
    assert_allclose(shorts, lowest + multiple * ATR, rtol=1e-14)
    assert np.isnan(longs[:21]).all()
    assert np.isfinite(longs[21:]).all()


def test_regime_multiple_goes_from_calm_to_stressed() -> None:
    found = stops.regime_multiple(np.array([0.0, 0.25, 1.0, np.nan, 1.5, -0.1]), 2.0, 4.0)
    assert_array_equal(found, [2.0, 2.5, 4.0, np.nan, np.nan, np.nan])


def test_nothing_after_the_cut_matters() -> None:
    def spoiled(values: np.ndarray) -> np.ndarray:
        return np.concatenate([values[:200], np.full(100, 1e9)])

    whole = stops.chandelier(BARS.high, BARS.low, ATR, 22, 3.0)
    cut = stops.chandelier(spoiled(BARS.high), spoiled(BARS.low), spoiled(ATR), 22, 3.0)
    for one, two in zip(whole, cut, strict=True):
        assert_array_equal(one[:200], two[:200])


def test_degenerate_inputs() -> None:
    holed = np.where(np.arange(300) == 100, np.nan, BARS.high)
    longs, shorts = stops.chandelier(holed, BARS.low, ATR, 22, 3.0)
    assert np.isnan(longs[100:122]).all()
    assert np.isfinite(longs[122:]).all()
    assert np.isfinite(shorts[21:]).all()
    for part in stops.chandelier(BARS.high[:10], BARS.low[:10], ATR[:10], 22, 3.0):
        assert np.isnan(part).all()
    flat = np.full(30, 5.0)
    assert_array_equal(stops.chandelier(flat, flat, np.zeros(30), 22, 3.0)[0][21:], 5.0)
