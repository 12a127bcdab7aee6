"""Hurst exponents against polyfit loops over boxes and exact expectations; their intervals against their own z."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from analysis.arrays import Floats
from analysis.features import hurst

N = 256
NOISE = np.random.default_rng(1).standard_normal(600)
Estimate = Callable[[Floats, int], hurst.Hurst]
BOTH: tuple[Estimate, ...] = (hurst.dfa_hurst, hurst.rescaled_range_hurst)


def boxes(window: Floats, s: int) -> Floats:
    return window[len(window) % s :].reshape(-1, s)


def fluctuation(box: Floats) -> float:
    profile, x = np.cumsum(box), np.arange(len(box))
    return float(np.mean((profile - np.polyval(np.polyfit(x, profile, 1), x)) ** 2))


def range_over_deviation(box: Floats) -> float:
    profile = np.cumsum(box - box.mean())
    return float((profile.max() - profile.min()) / box.std())


def test_both_equal_a_loop_over_boxes_up_to_the_bias_of_noise() -> None:
    lengths = hurst.box_lengths(N)
    dfa, rs = hurst.dfa_hurst(NOISE, N).exponent, hurst.rescaled_range_hurst(NOISE, N).exponent
    loops: list[list[float]] = []
    for end in (256, 300, 411, 600):
        window = NOISE[end - N : end]
        f = [np.sqrt(np.mean([fluctuation(b) for b in boxes(window, int(s))])) for s in lengths]
        r = [np.mean([range_over_deviation(b) for b in boxes(window, int(s))]) for s in lengths]
        r = [np.log(x / hurst.expected_rescaled_range(int(s))) for x, s in zip(r, lengths, strict=True)]
        slopes = [np.polyfit(np.log(lengths), y, 1)[0] for y in (np.log(f), r)]
        loops.append([dfa[end - 1] - slopes[0], rs[end - 1] - slopes[1] - 0.5])
    assert np.ptp(loops, axis=0) == pytest.approx([0, 0], abs=1e-10)  # one constant per estimator: the bias
    assert np.abs(loops[0]).max() < 0.08


@pytest.mark.parametrize("length", [8, 31, 64])
def test_expected_rescaled_range_is_that_of_simulated_noise(length: int) -> None:
    draws = np.random.default_rng(3).standard_normal((20_000, length))
    found = np.mean([range_over_deviation(box) for box in draws])
    assert hurst.expected_rescaled_range(length) == pytest.approx(found, rel=0.01)


PINNED = [-2.4215984523139085, -1.8417490658439175, -2.065760702356981, 1.6349016961099285]


def test_z_is_still_the_one_the_trend_odds_were_fitted_on() -> None:
    """P(trend)'s shipped weights take the DFA z as it was then: a new z needs a new fit."""
    found = hurst.dfa_hurst(NOISE, N).z[[255, 300, 411, 599]]
    assert found == pytest.approx(PINNED, rel=1e-9)


@pytest.mark.parametrize("estimate", BOTH)
def test_interval_holds_the_exponent_and_leaves_out_no_memory_where_z_rejects_it(estimate: Estimate) -> None:
    smooth = np.convolve(np.random.default_rng(6).standard_normal(3000), [1.0, 0.5, 0.25], "valid")
    for returns in (
        NOISE,
        smooth,
        np.diff(smooth),
        np.cumsum(NOISE),
    ):  # the last beyond every simulated exponent
        found = estimate(returns, 128)
        exponent, low, high, z = (x[127:] for x in (found.exponent, found.low, found.high, found.z))
        assert (low <= exponent).all()
        assert (exponent <= high).all()
        assert_array_equal((low <= 0.5) & (high >= 0.5), np.abs(z) <= hurst.INTERVAL)
        order = np.argsort(exponent)
        assert (np.diff(low[order]) >= 0).all()
        assert (np.diff(high[order]) >= 0).all()


@pytest.mark.parametrize("estimate", BOTH)
def test_rows_before_the_cut_ignore_what_follows(estimate: Estimate) -> None:
    garbage = np.concatenate([NOISE[:400], np.resize([1e9, np.nan], 200)])
    ours, theirs = estimate(NOISE, 128), estimate(garbage, 128)
    for name in ("exponent", "low", "high", "z"):
        assert_array_equal(getattr(ours, name)[:400], getattr(theirs, name)[:400])


@pytest.mark.parametrize("estimate", BOTH)
def test_degenerate_series_are_missing(estimate: Estimate) -> None:
    line = np.diff(np.log(100) + 1e-3 * np.arange(400.0))
    for still in (np.zeros(300), np.full(300, 0.01), line, NOISE[:127], NOISE[:0]):
        found = estimate(still, 128)
        assert np.isnan(found.exponent).all()
        assert len(found.z) == len(still)
    holed = NOISE.copy()
    holed[200] = np.nan
    z = estimate(holed, 128).z
    assert np.isnan(z[200:328]).all()
    assert np.isfinite(z[328:]).all()
    assert np.isfinite(z[127:200]).all()


def test_too_few_returns_are_named() -> None:
    with pytest.raises(ValueError, match="64 returns or more"):
        hurst.dfa_hurst(NOISE, 63)
