"""Evidence of signals against scipy and statsmodels: causality, size without a signal, bias of short windows."""

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats

from analysis.arrays import Floats
from analysis.features.evidence import FEWEST, forward_returns, measured_evidence, sign_placebo

RNG = np.random.default_rng(21)


def column(values: Floats) -> Floats:
    return values[:, None]


def series(n: int = 600, loading: float = 0.3) -> tuple[Floats, Floats]:
    """A signal that moves the next bar."""
    signal = RNG.standard_normal(n)
    returns = 0.02 * RNG.standard_t(4, n)
    returns[1:] += 0.02 * loading * signal[:-1]
    return signal, returns


def test_equals_scipy() -> None:
    signal, returns = series()
    found = measured_evidence(column(signal), column(returns), 1)
    assert found is not None
    assert found.ic == pytest.approx(stats.spearmanr(signal[:-1], returns[1:]).statistic, abs=1e-12)
    assert found.pearson == pytest.approx(stats.pearsonr(signal[:-1], returns[1:]).statistic, abs=1e-12)
    assert found.count == 599
    low, high = np.quantile(signal[:-1], [0.1, 0.9])
    top, bottom = returns[1:][signal[:-1] >= high], returns[1:][signal[:-1] <= low]
    assert found.mean_spread == pytest.approx(top.mean() - bottom.mean())
    assert found.median_spread == pytest.approx(np.median(top) - np.median(bottom))
    assert found.is_measured


def test_the_error_is_newey_west_s() -> None:
    """Near 0 the influence is the product of ranks: its mean's error by statsmodels."""
    signal, returns = series(loading=0.0)
    found = measured_evidence(column(signal), column(returns), 1)
    assert found is not None
    x, y = (stats.zscore(stats.rankdata(one)) for one in (signal[:-1], returns[1:]))
    influence = np.append(x * y - found.ic / 2 * (x**2 + y**2), 0.0)
    model = sm.OLS(influence, np.ones(600)).fit(cov_type="HAC", cov_kwds={"maxlags": 2})
    assert found.error == pytest.approx(float(model.bse[0]) * 600 / 599, rel=1e-9)


def test_overlap_widens_the_interval_to_its_true_size() -> None:
    """A slow signal and overlapping returns without any relation: about one in twenty intervals excludes 0."""
    outside = naive = 0
    for _ in range(200):
        signal, returns = np.cumsum(RNG.standard_normal(700)), RNG.standard_normal(700)
        slow = signal - np.convolve(signal, np.ones(50) / 50)[:700]
        found = measured_evidence(column(slow), column(returns), 10)
        assert found is not None
        outside += found.is_measured
        naive += abs(found.ic) > 1.96 / np.sqrt(found.count)
    assert outside / 200 < 0.14
    assert naive / 200 > 0.3


def test_assets_that_move_together_count_once() -> None:
    signal, returns = series(loading=0.0)
    one = measured_evidence(column(signal), column(returns), 1)
    same = measured_evidence(np.tile(column(signal), 5), np.tile(column(returns), 5), 1)
    assert one is not None
    assert same is not None
    assert (same.ic, same.error) == pytest.approx((one.ic, one.error))


def test_nothing_after_the_last_row_is_used() -> None:
    signal, returns = series()
    found = measured_evidence(column(signal[:400]), column(returns[:400]), 5)
    later = forward_returns(column(returns[:400]), 5)
    assert np.isnan(later[-5:]).all()
    spoiled = signal.copy()
    spoiled[395:] = 1e6
    assert measured_evidence(column(spoiled[:400]), column(returns[:400]), 5) == found


def test_short_windows_are_biased_and_the_placebo_shows_it() -> None:
    """The sum of the past bars inside a short window leans against what is left of it."""

    def momentum(returns: Floats) -> Floats:
        return np.cumsum(returns, axis=0)

    placebo = sign_placebo(momentum, 0.02 * RNG.standard_normal((100, 1)), 1, draws=300, seed=4)
    assert np.mean([one.ic for one in placebo]) < -0.02
    again = sign_placebo(momentum, np.ones((100, 1)), 1, draws=2, seed=4)
    assert again == sign_placebo(momentum, np.ones((100, 1)), 1, draws=2, seed=4)


def test_reliability_grows_with_t() -> None:
    strong, weak = (
        measured_evidence(column(signal), column(returns), 1)
        for signal, returns in (series(loading=1.0), series(loading=0.02))
    )
    assert strong is not None
    assert weak is not None
    assert 0 <= weak.reliability < strong.reliability <= 1


def test_few_bars_or_a_constant_signal_have_none() -> None:
    signal, returns = series()
    assert measured_evidence(column(signal[:FEWEST]), column(returns[:FEWEST]), 1) is None
    assert measured_evidence(np.ones((600, 1)), column(returns), 1) is None
