"""The features of P(trend) against the formulas they come from, on walks; nothing looks ahead."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from analysis.features.fractal import fractal_dimension, random_walk_dimension
from analysis.features.ordinal import monotone_share
from analysis.features.range_expansion import range_expansion_index
from analysis.features.variance_ratio import variance_ratios
from analysis.regime.features import regime_features
from analysis.regime.odds_table import FeatureWindows
from analysis.regime.scored_metrics import AHEAD_FEATURES as FEATURES
from tests.support.recorded import walk_bars
from utils.binance_api.bars import Bars

WINDOWS = FeatureWindows()
BARS = walk_bars(700, seed=3)
FULL = regime_features(BARS, WINDOWS)


def garbled(bars: Bars, cut: int) -> Bars:
    """Return the same bars up to ``cut`` with prices that make no sense after it."""

    def spoiled(prices: np.typing.NDArray[np.float64]) -> np.typing.NDArray[np.float64]:
        return np.concatenate([prices[:cut], np.resize([1e-3, 7e5], len(prices) - cut)])

    return replace(
        bars,
        open=spoiled(bars.open),
        high=spoiled(bars.high),
        low=spoiled(bars.low),
        close=spoiled(bars.close),
    )


def test_each_feature_is_its_formula() -> None:
    close, price = BARS.close, np.log(BARS.close)
    mean, deviation = random_walk_dimension(64)
    expected = {
        "vr_z": variance_ratios(price, 128, (4,), clip=True).z[0],
        "fdi_z": (mean - fractal_dimension(price, 64)) / deviation,
        "monotone_share": monotone_share(price, 64, 4),
        "rei_abs": np.abs(range_expansion_index(BARS.high, BARS.low, close)) / 100,
    }
    for name, values in expected.items():
        assert_allclose(FULL[name], values, rtol=1e-9, err_msg=name)
    assert tuple(FULL) == FEATURES


def test_squeeze_is_the_rank_of_the_band_by_hand() -> None:
    windows = np.lib.stride_tricks.sliding_window_view(BARS.close, 20)
    width = windows.std(axis=1) / windows.mean(axis=1)  # the factor of both is the same in every row
    for row in (269, 500, 699):
        now, past = width[row - 19], width[row - 19 - 250 : row - 19]
        assert FULL["squeeze"][row] == pytest.approx(np.mean(past < now))
    assert np.isnan(FULL["squeeze"][268])


@pytest.mark.parametrize("tail", [1, 60, 300, 5000])
def test_the_last_rows_alone_are_the_same(tail: int) -> None:
    part = regime_features(BARS, WINDOWS, tail)
    for name in FEATURES:
        assert_allclose(part[name][-tail:], FULL[name][-tail:], rtol=1e-10, atol=1e-12, err_msg=name)
        assert np.isnan(part[name][:-tail]).all()


def test_rows_before_the_cut_ignore_what_follows() -> None:
    spoiled = regime_features(garbled(BARS, 500), WINDOWS)
    for name in FEATURES:
        assert_allclose(spoiled[name][:500], FULL[name][:500], rtol=1e-10, atol=1e-12, err_msg=name)
        assert np.isfinite(FULL[name][400:500]).all()


def test_every_feature_is_known_from_the_declared_bar_on() -> None:
    known = np.isfinite(np.array(list(FULL.values()))).all(axis=0)
    assert known[WINDOWS.bars - 1 :].all()
    assert not known[: WINDOWS.bars - 1].any()
    short = walk_bars(10)
    assert all(np.isnan(values).all() for values in regime_features(short, WINDOWS).values())


def test_windows_are_those_asked_for() -> None:
    other = regime_features(BARS, replace(WINDOWS, horizon=8, order=3, rank=100))
    price = np.log(BARS.close)
    assert_array_equal(other["vr_z"], variance_ratios(price, 128, (8,), clip=True).z[0])
    assert_array_equal(other["monotone_share"], monotone_share(price, 64, 3))
    assert np.isfinite(other["squeeze"][119])


def test_a_still_market_has_no_feature_of_persistence() -> None:
    still = np.full(700, 100.0)
    found = regime_features(replace(BARS, open=still, high=still, low=still, close=still), WINDOWS)
    for name in ("vr_z", "fdi_z", "monotone_share", "rei_abs"):
        assert np.isnan(found[name]).all()
