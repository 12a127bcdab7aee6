"""Hurst exponents against polyfit loops over boxes, exact expectations and simulated fractional noise."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from analysis.features import hurst
from analysis.features.windows import Floats

N = 256
NOISE = np.random.default_rng(1).standard_normal(600)
Estimate = Callable[[Floats, int], hurst.Hurst]
BOTH: tuple[Estimate, ...] = (hurst.dfa_hurst, hurst.rescaled_range_hurst)


def fractional_noise(exponent: float, count: int, n: int, seed: int) -> Floats:
    """Exact fractional Gaussian noise by Davies and Harte's circulant embedding, (count, n)."""
    k = np.arange(n + 1.0)
    covariance = 0.5 * ((k + 1) ** (2 * exponent) - 2 * k ** (2 * exponent) + np.abs(k - 1) ** (2 * exponent))
    eigen = np.fft.fft(np.concatenate([covariance, covariance[-2:0:-1]])).real
    rng = np.random.default_rng(seed)
    z = rng.standard_normal((count, 2 * n)) + 1j * rng.standard_normal((count, 2 * n))
    return np.asarray(np.fft.fft(np.sqrt(np.maximum(eigen, 0) / (2 * n)) * z, axis=1).real[:, :n])


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


@pytest.mark.parametrize("estimate", BOTH)
@pytest.mark.parametrize("true", [0.35, 0.5, 0.7])
def test_recovers_the_exponent_of_fractional_noise(true: float, estimate: Estimate) -> None:
    found = np.array([measured(estimate, series) for series in fractional_noise(true, 150, 512, seed=2)])
    assert found[:, 0].mean() == pytest.approx(true, abs=0.04 if estimate is hurst.dfa_hurst else 0.08)
    covered = np.mean((found[:, 1] <= true) & (true <= found[:, 2]))
    assert covered >= (0.9 if true == 0.5 else 0.75 if estimate is hurst.dfa_hurst else 0.55)
    assert np.sign(found[:, 3].mean()) == np.sign(true - 0.5) or abs(found[:, 3].mean()) < 0.25


def measured(estimate: Estimate, series: Floats) -> list[float]:
    found = estimate(series, 512)
    return [getattr(found, name)[-1] for name in ("exponent", "low", "high", "z")]


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
