"""Variance ratios against arch.unitroot.VarianceRatio, and the joint test against its published form."""

import numpy as np
import pytest
from arch.unitroot import VarianceRatio
from numpy.testing import assert_array_equal
from scipy.stats import median_abs_deviation, norm

from analysis.features.variance_ratio import chow_denning, variance_ratios

Q = (2, 4, 8, 16)
RNG = np.random.default_rng(5)
LOGS = 4 + np.cumsum(RNG.standard_t(4, 900) * 0.01)


@pytest.mark.parametrize("n", [64, 250])
def test_equals_arch(n: int) -> None:
    ours = variance_ratios(LOGS, n, Q, clip=False)
    assert np.isnan(ours.ratio[:, :n]).all()
    for end in range(n, len(LOGS), 83):
        for row, q in enumerate(Q):
            reference = VarianceRatio(LOGS[end - n : end + 1], lags=q, trend="c", robust=True, debiased=True)
            assert ours.ratio[row, end] == pytest.approx(reference.vr, rel=1e-9)
            assert ours.z[row, end] == pytest.approx(reference.stat, rel=1e-7, abs=1e-9)


@pytest.mark.parametrize("n", [64, 250])
def test_clipped_equals_arch_on_the_path_of_clipped_returns(n: int) -> None:
    ours = variance_ratios(LOGS, n, Q, clip=True)
    for end in range(n, len(LOGS), 83):
        steps = np.diff(LOGS[end - n : end + 1])
        middle = np.median(steps)
        reach = 3 * median_abs_deviation(steps, scale="normal")
        path = np.concatenate([[0.0], np.cumsum(np.clip(steps, middle - reach, middle + reach))])
        for row, q in enumerate(Q):
            reference = VarianceRatio(path, lags=q, trend="c", robust=True, debiased=True)
            assert ours.ratio[row, end] == pytest.approx(reference.vr, rel=1e-4)
            assert ours.z[row, end] == pytest.approx(reference.stat, rel=1e-3, abs=1e-4)


def test_one_wick_makes_the_plain_ratio_and_not_the_clipped_one() -> None:
    wick, inside = LOGS.copy(), slice(702, 827)
    wick[700] += np.log(10)
    for clip, low, high in ((True, 0.0, 0.2), (False, 0.5, 2.0)):
        before, after = (variance_ratios(prices, 128, Q, clip=clip) for prices in (LOGS, wick))
        moved = np.abs(after.ratio - before.ratio)[:, inside].mean(axis=1)
        assert ((moved > low) & (moved < high)).all()
        if clip:
            assert np.abs(after.z - before.z)[:, inside].max() < 1.3


def test_clipped_is_plain_where_nothing_stands_out() -> None:
    even = 4 + np.cumsum(np.random.default_rng(3).uniform(-0.01, 0.01, 400))
    found, expected = (variance_ratios(even, 128, Q, clip=clip) for clip in (True, False))
    assert found.z[:, 128:] == pytest.approx(expected.z[:, 128:], abs=1e-9)


def test_sign_says_trend_or_reversal() -> None:
    noise = RNG.standard_normal(600)
    trending = np.cumsum(noise[1:] + 0.5 * noise[:-1])
    assert variance_ratios(trending, 500, Q, clip=False).z[0, -1] > 3
    assert variance_ratios(noise, 500, Q, clip=False).z[0, -1] < -3


def test_joint_test_by_hand_and_its_size_on_walks() -> None:
    largest, p = chow_denning(np.array([[1.0, 0.0], [-2.5, np.nan]]))
    assert largest[0] == 2.5
    assert p[0] == pytest.approx(1 - (2 * norm.cdf(2.5) - 1) ** 2, rel=1e-9)
    assert np.isnan(p[1])
    walk = np.cumsum(np.random.default_rng(8).standard_normal(60_000))
    p_walk = chow_denning(variance_ratios(walk, 200, Q, clip=False).z[:, 200::200])[1]
    assert 0.01 < np.mean(p_walk < 0.05) < 0.08


def test_joint_p_keeps_its_digits_in_the_far_tail_and_at_zero() -> None:
    _, p = chow_denning(np.array([[7.0, 0.0]]))
    assert p[0] == pytest.approx(2 * norm.sf(7), rel=1e-3)
    assert p[1] == pytest.approx(1)


def test_rows_before_the_cut_ignore_what_follows() -> None:
    garbage = np.concatenate([LOGS[:400], np.full(500, 1e6)])
    ours, theirs = variance_ratios(LOGS, 100, Q, clip=False), variance_ratios(garbage, 100, Q, clip=False)
    assert_array_equal(ours.z[:, :400], theirs.z[:, :400])
    assert_array_equal(ours.ratio[:, :400], theirs.ratio[:, :400])


@pytest.mark.parametrize("slope", [0.0, 1e-3, 0.37])
def test_a_line_has_no_ratio(slope: float) -> None:
    line = variance_ratios(11 + slope * np.arange(300.0), 100, Q, clip=False)
    assert np.isnan(line.ratio).all()
    assert np.isnan(line.z).all()


def test_gaps_and_short_series_are_missing() -> None:
    holed = LOGS.copy()
    holed[300] = np.nan
    z = variance_ratios(holed, 100, Q, clip=False).z
    assert np.isnan(z[:, 300:401]).all()
    assert np.isfinite(z[:, 401:]).all()
    assert np.isnan(variance_ratios(LOGS[:100], 100, Q, clip=False).z).all()
    assert variance_ratios(LOGS[:0], 100, Q, clip=False).z.shape == (4, 0)


def test_one_jump_alone_has_a_ratio_but_no_z() -> None:
    step = np.where(np.arange(150) < 100, 1.0, 2.0)
    found = variance_ratios(step, 64, (2,), clip=False)
    assert not np.isinf(found.z).any()


@pytest.mark.parametrize("horizons", [(), (1, 2), (2, 33)])
def test_horizons_out_of_range_are_named(horizons: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="2 <= q <= n / 2"):
        variance_ratios(LOGS, 64, horizons, clip=False)
