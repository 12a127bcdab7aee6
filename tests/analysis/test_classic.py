"""TA-Lib's indicators, as the features hand them on, against plain loops and pandas."""

import numpy as np
import pandas as pd
import pytest
import talib
from numpy.testing import assert_allclose, assert_array_equal
from numpy.typing import NDArray

from analysis.features import bands, directional, moving_average, oscillators
from tests.analysis import wilder
from tests.support.recorded import walk_bars

BARS = walk_bars(400, seed=3)


def assert_tight(ours: NDArray[np.float64], theirs: object) -> None:
    assert_allclose(ours, np.asarray(theirs, dtype=np.float64), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("period", [2, 20, 50, 200])
def test_ema_equals_the_recursion(period: int) -> None:
    assert_tight(moving_average.ema(BARS.close, period), wilder.ema_loop(BARS.close, period))


@pytest.mark.parametrize("row", [59, 60, 150, len(BARS.close) - 1])
def test_ema_of_last_is_that_of_the_window_alone(row: int) -> None:
    window = BARS.close[max(0, row - 59) : row + 1]
    found = moving_average.ema_of_last(BARS.close, 20, 60)
    assert found[row] == pytest.approx(moving_average.ema(window, 20)[-1], rel=1e-12)
    assert np.isnan(found[:19]).all()
    assert_tight(found[19:59], moving_average.ema(BARS.close, 20)[19:59])


def test_macd_equals_pandas_once_the_seed_has_faded() -> None:
    line, signal, histogram = moving_average.macd(BARS.close, 12, 26, 9)
    close = pd.Series(BARS.close)
    theirs = close.ewm(span=12, adjust=False).mean() - close.ewm(span=26, adjust=False).mean()
    assert_allclose(line[-50:], theirs.to_numpy()[-50:], rtol=1e-7, atol=1e-7)
    assert_allclose(
        signal[-50:], theirs.ewm(span=9, adjust=False).mean().to_numpy()[-50:], rtol=1e-7, atol=1e-7
    )
    assert_tight(histogram, line - signal)
    assert int(np.isnan(histogram).sum()) == 26 + 9 - 2


def test_rsi_equals_wilders_loop() -> None:
    assert_tight(oscillators.rsi(BARS.close, 14), wilder.rsi_loop(BARS.close, 14))


def test_rsi_of_a_satoshi_coin_equals_that_of_the_same_coin_in_other_units() -> None:
    tiny = BARS.close * 1e-10
    assert_tight(oscillators.rsi(tiny, 14), wilder.rsi_loop(BARS.close, 14))


def test_atr_equals_wilders_loop() -> None:
    ours = bands.atr(BARS.high, BARS.low, BARS.close, 14)
    assert_tight(ours, wilder.atr_loop(BARS.high, BARS.low, BARS.close, 14))


def test_directional_movement_equals_wilders_loop() -> None:
    ours = directional.directional(BARS.high, BARS.low, BARS.close, 14)
    for mine, theirs in zip(ours, wilder.directional_loop(BARS.high, BARS.low, BARS.close, 14), strict=True):
        assert_tight(mine, theirs)


def test_bollinger_equals_pandas() -> None:
    upper, middle, lower = bands.bollinger(BARS.close, 20, 2.0)
    window = pd.Series(BARS.close).rolling(20)
    mean, deviation = window.mean().to_numpy(), window.std(ddof=0).to_numpy()
    assert_tight(middle, mean)
    assert_allclose(upper, mean + 2 * deviation, rtol=1e-8)
    share = bands.percent_b(BARS.close, upper, lower, 20)
    assert_tight(share, (BARS.close - lower) / (upper - lower))
    assert_allclose(bands.bandwidth(upper, middle, lower), 400 * deviation / mean, rtol=1e-7)


def test_zscore_equals_pandas() -> None:
    window = pd.Series(BARS.close).rolling(50)
    expected = (BARS.close - window.mean()) / window.std()
    assert_tight(bands.zscore(BARS.close, 50), expected.to_numpy())


def test_stochastic_rsi_is_talibs_fast_line_smoothed_as_charts_do() -> None:
    k, d = oscillators.stochastic_rsi(oscillators.rsi(BARS.close, 14), 14, 3, 3)
    raw, _ = talib.STOCHRSI(BARS.close, 14, 14, 1)
    smooth = pd.Series(raw).rolling(3).mean()
    assert_allclose(k[40:], smooth.to_numpy()[40:], rtol=1e-6, atol=1e-6)
    assert_allclose(d[40:], smooth.rolling(3).mean().to_numpy()[40:], rtol=1e-6, atol=1e-6)


def test_momentum_and_rate_of_change_by_hand() -> None:
    close = np.array([100.0, 102.0, 99.0, 110.0])
    assert_array_equal(oscillators.momentum(close, 2)[2:], [-1.0, 8.0])
    assert_allclose(oscillators.rate_of_change(close, 2)[2:], [-1.0, 100 * (110 / 102 - 1)])


def test_scaled_rate_of_change_by_pandas() -> None:
    logs = pd.Series(np.log(BARS.close))
    expected = logs.diff(10) / (logs.diff().rolling(100).std() * np.sqrt(10))
    assert_allclose(oscillators.scaled_rate_of_change(BARS.close, 10, 100), expected.to_numpy(), rtol=1e-9)


def test_alignment_counts_the_six_pairs() -> None:
    one = np.ones(1)
    assert moving_average.alignment(4 * one, 3 * one, 2 * one, one)[0] == 1.0
    assert moving_average.alignment(one, 2 * one, 3 * one, 4 * one)[0] == -1.0
    assert moving_average.alignment(4 * one, 2 * one, 3 * one, one)[0] == pytest.approx(4 / 6)


def test_slope_in_atr_by_hand() -> None:
    line, atr = np.array([1.0, 2.0, 4.0, 7.0]), np.array([1.0, 1.0, 2.0, 0.0])
    slope = moving_average.slope_in_atr(line, atr, 2)
    assert slope[2] == pytest.approx(0.75)
    assert np.isnan(slope[[0, 1, 3]]).all()


@pytest.mark.parametrize("name", ["rsi", "stoch_k", "percent_b", "zscore", "adx", "plus_di"])
def test_a_price_that_stands_still_has_no_oscillator(name: str) -> None:
    flat = np.full(120, 100.1)
    upper, _, lower = bands.bollinger(flat, 20, 2.0)
    adx, plus, _ = directional.directional(flat, flat, flat, 14)
    values = {
        "rsi": oscillators.rsi(flat, 14),
        "stoch_k": oscillators.stochastic_rsi(oscillators.rsi(flat, 14), 14, 3, 3)[0],
        "percent_b": bands.percent_b(flat, upper, lower, 20),
        "zscore": bands.zscore(flat, 50),
        "adx": adx,
        "plus_di": plus,
    }
    assert np.isnan(values[name]).all()
