"""What the estimators say of series generated from the very models they assume, over many seeded series.

Counts are held against binomial bands that a correct share leaves once in a thousand, so that all of them together
would fail by chance in a few seeds of a hundred; means against their own standard errors.
"""

from collections.abc import Callable

import numpy as np
import pytest
from arch import arch_model
from numpy.testing import assert_array_less
from scipy.linalg import cholesky, toeplitz
from scipy.signal import lfilter
from scipy.stats import binom

from analysis.arrays import Floats
from analysis.features import cusum, garch, hurst, var_backtest
from analysis.features import filtered_returns as fr
from analysis.features.tail_loss import historical_forecasts, pnl_of
from analysis.features.variance_ratio import variance_ratios

OMEGA, ALPHA, BETA, DEGREES = 0.05, 0.08, 0.90, 6.0  # of returns in percent
FORGOTTEN = 500  # rows simulated before the first one kept
HORIZONS = (2, 4, 8, 16)


def garch_returns(count: int, n: int, seed: int) -> Floats:
    """Fractions, (count, n): GARCH(1,1) with Student-t errors of variance 1."""
    z = np.random.default_rng(seed).standard_t(DEGREES, (FORGOTTEN + n, count))
    z *= np.sqrt((DEGREES - 2) / DEGREES)
    found, variance = np.empty_like(z), np.full(count, OMEGA / (1 - ALPHA - BETA))
    for row, shock in enumerate(z):
        found[row] = np.sqrt(variance) * shock
        variance = OMEGA + ALPHA * found[row] ** 2 + BETA * variance
    return np.ascontiguousarray(found[FORGOTTEN:].T) / 100


def fractional_noise(exponent: float, count: int, n: int, seed: int) -> Floats:
    """Fractional Gaussian noise by the Cholesky root of its covariance, (count, n)."""
    k = np.arange(n)
    covariance = [np.abs(k + step) ** (2 * exponent) for step in (-1.0, 0.0, 1.0)]
    root = cholesky(toeplitz(0.5 * (covariance[0] - 2 * covariance[1] + covariance[2])), lower=True)
    return np.asarray(np.random.default_rng(seed).standard_normal((count, n)) @ root.T)


def assert_share(found: int, count: int, share: float) -> None:
    low, high = binom.interval(0.999, count, share)
    assert low <= found <= high, f"{found} of {count}, a share of {share} gives {low:.0f}..{high:.0f}"


def fitted(returns: Floats) -> tuple[Floats, Floats]:
    """Our omega, alpha, beta, degrees and persistence of returns in percent, and their standard errors.

    The errors are the inverse Hessian of ``arch``'s own log-likelihood at our parameters.
    """
    fit = garch.fit_garch(returns)
    assert fit.converged
    theta = np.array([100 * fit.mean, 1e4 * fit.omega, fit.alpha, fit.beta, fit.degrees])
    model = arch_model(100 * returns, vol="GARCH", p=1, q=1, dist="t", rescale=False)
    model.fix(theta)
    covariance = model.compute_param_cov(theta, robust=False)
    total = np.array([0.0, 0.0, 1.0, 1.0, 0.0])
    variances = [*np.diag(covariance)[1:], total @ covariance @ total]
    return np.append(theta[1:], fit.persistence), np.sqrt(variances)


TRUTH = np.array([OMEGA, ALPHA, BETA, DEGREES, ALPHA + BETA])
# in deviations of one estimate: maximum likelihood's own bias at 2,000 returns, as measured on 1,000 other series
LEAN = np.array([0.29, 0.12, 0.10, 0.25, 0.32])


def test_garch_estimates_lie_within_their_standard_errors() -> None:
    count = 120
    found = np.array([fitted(returns) for returns in garch_returns(count, 2000, seed=11)])
    estimates, errors = found[:, 0], found[:, 1]
    for held in (np.abs(estimates - TRUTH) <= 1.96 * errors).sum(axis=0).tolist():
        assert_share(held, count, 0.95)
    spread = estimates.std(axis=0, ddof=1)
    assert np.median(errors, axis=0) == pytest.approx(spread, rel=0.25)
    bias = np.abs((estimates - TRUTH).mean(axis=0)) / spread
    assert_array_less(bias, LEAN + 2 / np.sqrt(count))  # two standard errors of the mean


def test_garch_lean_of_short_samples_is_gone_in_long_ones() -> None:
    count = 40
    estimates = np.array([fitted(returns)[0] for returns in garch_returns(count, 20_000, seed=12)])
    bias = (estimates - TRUTH).mean(axis=0) / (estimates.std(axis=0, ddof=1) / np.sqrt(count))
    assert_array_less(np.abs(bias), 2.0)
    assert estimates.mean(axis=0) == pytest.approx(TRUTH, rel=0.05)


def walk(count: int, n: int, seed: int) -> Floats:
    return np.random.default_rng(seed).standard_normal((count, n))


def ratios(returns: Floats) -> tuple[Floats, Floats]:
    """Variance ratio and z* over each whole series, both (series, horizons)."""
    prices = np.pad(np.cumsum(returns, axis=1), ((0, 0), (1, 0)))
    found = [variance_ratios(price, returns.shape[1], HORIZONS, clip=False) for price in prices]
    return np.array([one.ratio[:, -1] for one in found]), np.array([one.z[:, -1] for one in found])


@pytest.mark.parametrize("steps", [walk, garch_returns])
def test_variance_ratio_accepts_walks_as_often_as_promised(steps: Callable[[int, int, int], Floats]) -> None:
    ratio, z = ratios(steps(1000, 500, 2))
    for rejected in (np.abs(z) > 1.96).sum(axis=0).tolist():
        assert_share(rejected, 1000, 0.05)
    assert_array_less(np.abs(ratio.mean(axis=0) - 1), 3 * ratio.std(axis=0) / np.sqrt(1000))
    if steps is garch_returns:
        # these clusters tell z* from the homoskedastic z, whose error of VR(2) is 1 / sqrt(n)
        assert np.mean(np.sqrt(500) * np.abs(ratio[:, 0] - 1) > 1.96) > 0.09


@pytest.mark.parametrize("carried", [0.2, -0.2])
def test_variance_ratio_rejects_autoregressions_on_their_side(carried: float) -> None:
    noise = np.random.default_rng(3).standard_normal((200, 1100))
    z = np.sign(carried) * ratios(lfilter([1.0], [1.0, -carried], noise, axis=1)[:, 100:])[1]
    # VR(2) - 1 is the first autocorrelation: its z has mean 0.2 sqrt(1000) = 6.3, VR(4) less as it weighs later ones
    assert (z[:, 0] > 1.96).sum() >= 198
    assert (z[:, 1] > 1.96).sum() >= 190
    assert z.min() > -1.96


ESTIMATES = (hurst.dfa_hurst, hurst.rescaled_range_hurst)


@pytest.mark.parametrize("estimate", ESTIMATES)
@pytest.mark.parametrize("true", [0.3, 0.5, 0.6, 0.7])
def test_hurst_intervals_cover_the_exponent(
    true: float, estimate: Callable[[Floats, int], hurst.Hurst]
) -> None:
    found = [estimate(series, 256) for series in fractional_noise(true, 400, 256, seed=4)]
    exponent, low, high, z = (
        np.array([getattr(f, x)[-1] for f in found]) for x in ("exponent", "low", "high", "z")
    )
    assert_share(int(((low <= true) & (true <= high)).sum()), 400, 0.95)
    # a reading deviates by 0.08 and so the mean of 400 by 0.004; R/S leans to 0.5 by a good third of the distance
    lean = 0.36 if estimate is hurst.rescaled_range_hurst else 0.06
    assert abs(exponent.mean() - true) <= 0.012 + lean * abs(true - 0.5)
    assert abs(z.mean()) < 0.2 if true == 0.5 else np.sign(true - 0.5) * z.mean() > 0.8


@pytest.mark.parametrize(
    ("threshold", "shift", "published"),
    [
        (4.0, 0.0, 168),
        (4.0, 1.0, 8.38),
        (4.0, 2.0, 3.34),
        (5.0, 0.0, 465),
        (5.0, 1.0, 10.4),
        (5.0, 2.0, 4.01),
    ],
)
def test_cusum_alarms_after_the_published_run_lengths(
    threshold: float, shift: float, published: float
) -> None:
    """Two-sided mean run lengths at drift 0.5 of normal values: Montgomery's table, as Lucas (1976)."""
    runs = 2000
    values = shift + np.random.default_rng(4).standard_normal(int(runs * published))
    for side in (1, -1):
        alarms = cusum.page_cusum(side * values, 0.5, threshold).alarms
        delays = np.diff([-1, *(alarm.row for alarm in alarms)])
        rounding = 0.5 * 10.0 ** -(2 if published < 10 else 1 if published < 100 else 0)
        assert abs(delays.mean() - published) <= 3 * delays.std() / np.sqrt(len(delays)) + rounding
        if shift:
            assert np.mean([alarm.side == side for alarm in alarms]) > 0.999


def test_filtered_forecasts_pass_backtests_as_promised_and_historical_ones_do_not() -> None:
    """500 rows against windows of 1,000: the filter is fitted on the rows before the first forecast alone."""
    count, window = 200, 1000
    rejected = np.zeros((2, 3), dtype=np.int64)
    for returns in garch_returns(count, window + 550, seed=7):
        fit = garch.fit_garch(returns[: window + 50])
        filtering = fr.filtered(returns, fr.Recursion(fit.omega, fit.alpha, fit.beta))
        pnl = pnl_of(returns, 1)
        plain = historical_forecasts(pnl, window, 0.95)
        plain[: window + 50] = np.nan
        for row, forecasts in enumerate((fr.filtered_forecasts(filtering, window, 0.95), plain)):
            found = var_backtest.backtest(pnl, forecasts, 0.95)
            assert found.bars == 500
            rejected[row] += [test.p_value < 0.05 for test in found[2:]]
    for passed in rejected[0].tolist():
        assert_share(passed, count, 0.05)
    # coverage, independence, both: by chance two equal shares differ by less than 3.3 sqrt(2 * 200 * 0.05 * 0.95) = 14
    assert_array_less(rejected[0] + 14, rejected[1])
