"""The switching-variance fit against statsmodels' best of several starts; the slope against differences."""

from collections.abc import Callable
from dataclasses import astuple
from math import log
from pathlib import Path
from warnings import catch_warnings, simplefilter

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.optimize import approx_fprime
from statsmodels.tsa.regime_switching.markov_regression import MarkovRegression

from analysis.arrays import Floats
from analysis.features import markov_fit
from analysis.features.markov_fit import fit_switching, fit_switchings
from analysis.features.markov_likelihood import FEW, losses_and_slopes
from analysis.features.markov_variance import stressed_probability
from analysis.features.oscillators import log_returns
from tests.support.recorded import recorded_bars


def simulated(seed: int, n: int, stressed: float, stay_calm: float, stay_stressed: float) -> Floats:
    """Returns around 1 % a bar whose variance is multiplied by ``stressed`` while the chain is there."""
    rng, state, found = np.random.default_rng(seed), 0, np.empty(n)
    for row in range(n):
        state = int(rng.random() < (stay_stressed if state else 1 - stay_calm))
        found[row] = 1e-4 + 0.01 * rng.standard_normal() * (stressed if state else 1.0) ** 0.5
    return found


RETURNS = simulated(1, 1000, 8.0, 0.98, 0.93)
FIT = fit_switching(RETURNS)
THEIR_STARTS = (None, (0.98, 0.05, 0.0, 0.5, 2.0), (0.95, 0.5, 0.0, 0.7, 6.0))


def best_of_statsmodels(returns: Floats) -> float:
    scale = float(returns.std())
    model = MarkovRegression(
        (returns - returns.mean()) / scale, 2, trend="c", switching_trend=False, switching_variance=True
    )
    with catch_warnings():
        simplefilter("ignore")  # of a start that does not converge
        fits = [model.fit(None if s is None else np.array(s), disp=False) for s in THEIR_STARTS]
    return float(max(fit.llf for fit in fits)) - len(returns) * log(scale)


def gaussian() -> Floats:
    return np.random.default_rng(7).standard_normal(300)


@pytest.mark.parametrize(
    "make",
    [
        lambda: RETURNS,
        lambda: simulated(2, 600, 4.0, 0.95, 0.7),
        lambda: simulated(3, 1000, 1.5, 0.99, 0.99),
        gaussian,
    ],
    ids=["long states", "bursts", "nearly one variance", "one variance"],
)
def test_likelihood_reaches_statsmodels_best(make: Callable[[], Floats]) -> None:
    returns = make()
    found = fit_switching(returns)
    assert found.converged
    assert found.log_likelihood >= best_of_statsmodels(returns) - 1e-3


@pytest.mark.parametrize(("name", "first"), [("BTCUSDT-1d", 1500), ("ETHUSDT-4h", 12_000)])
def test_recorded_returns_reach_statsmodels_best(shared_data: Path, name: str, first: int) -> None:
    symbol, interval = name.split("-")
    path = next((shared_data / "klines_spot").glob(f"{name}_*"))
    returns = log_returns(recorded_bars(path, symbol, interval).close)[first : first + 500]
    found = fit_switching(returns)
    assert found.converged
    assert found.log_likelihood >= best_of_statsmodels(returns) - 1e-3


def test_likelihood_and_steady_state_start_are_statsmodels() -> None:
    model = MarkovRegression(RETURNS, 2, trend="c", switching_trend=False, switching_variance=True)
    m = FIT.model
    params = np.array([m.stay_calm, 1 - m.stay_stressed, m.mean, m.calm, m.stressed])
    assert FIT.log_likelihood == pytest.approx(model.loglike(params), abs=1e-6)
    theirs = model.filter(params).filtered_marginal_probabilities[:, 1]
    assert_allclose(stressed_probability(RETURNS, m), theirs, rtol=1e-7)


def test_slope_equals_differences() -> None:
    values = (RETURNS[:400] - RETURNS[:400].mean()) / RETURNS[:400].std()

    def loss(point: Floats) -> float:
        return float(losses_and_slopes(point[None], values[:, None])[0][0])

    for theta in ([0.05, -0.5, 1.2, 2.0, 1.0], [-0.1, -2.0, 3.0, 4.0, -2.0], [0.0, 0.1, 0.0, -3.0, 6.0]):
        point = np.array(theta)
        found = approx_fprime(point, loss, 1e-7)
        assert_allclose(losses_and_slopes(point[None], values[:, None])[1][0], found, rtol=1e-5, atol=1e-6)


def test_a_point_has_the_same_bits_alone_beside_few_and_beside_many() -> None:
    rng = np.random.default_rng(9)
    theta = np.array([0.0, -0.6, 1.4, 3.0, 2.0]) + 0.3 * rng.standard_normal((3 * FEW, 5))
    values = rng.standard_t(4, (333, 3 * FEW))
    losses, slopes = losses_and_slopes(theta, values)
    for some in (slice(1), slice(1, FEW), slice(FEW, None)):
        loss, slope = losses_and_slopes(theta[some], values[:, some])
        assert_array_equal(loss, losses[some])
        assert_array_equal(slope, slopes[some])


def test_samples_fitted_together_are_fitted_as_each_alone() -> None:
    samples = [simulated(seed, 300, 6.0, 0.97, 0.9) for seed in range(5)]
    samples.insert(2, np.zeros(300))
    together = fit_switchings(samples)
    assert [found.reason for found in together] == ["", "", "returns do not vary", "", "", ""]
    del together[2], samples[2]
    assert together == [fit_switching(returns) for returns in samples]


def test_parameters_of_a_long_sample_are_found() -> None:
    model = fit_switching(simulated(4, 6000, 9.0, 0.98, 0.94)).model
    assert model.calm == pytest.approx(1e-4, rel=0.1)
    assert model.stressed == pytest.approx(9e-4, rel=0.15)
    assert [model.stay_calm, model.stay_stressed] == pytest.approx([0.98, 0.94], abs=0.015)


def test_unit_of_returns_does_not_matter_and_states_are_ordered() -> None:
    other = fit_switching(RETURNS * 1e4)
    assert FIT.model.calm < FIT.model.stressed
    assert other.model.stressed == pytest.approx(FIT.model.stressed * 1e8, rel=1e-5)
    assert other.log_likelihood == pytest.approx(FIT.log_likelihood - len(RETURNS) * log(1e4), abs=1e-6)
    assert fit_switching(RETURNS) == FIT


def test_a_state_of_single_bars_is_told() -> None:
    assert not FIT.at_bound
    found = fit_switching(gaussian() * np.where(np.arange(300) % 2, 3.0, 1.0))
    assert found.at_bound
    assert [found.model.stay_calm, found.model.stay_stressed] == pytest.approx([0, 0], abs=0.05)


@pytest.mark.parametrize(
    ("returns", "reason"),
    [
        (RETURNS[:249], "needs 250 returns, has 249"),
        (RETURNS[:0], "needs 250 returns, has 0"),
        (np.full(300, 0.001), "returns do not vary"),
        (np.where(np.arange(300) == 7, np.nan, RETURNS[:300]), "1 returns are missing"),
    ],
)
def test_what_cannot_be_fitted_says_why(returns: Floats, reason: str) -> None:
    found = fit_switching(returns)
    model, log_likelihood, *ending = astuple(found)
    assert np.isnan([*model, log_likelihood]).all()
    assert ending == [False, False, reason]
    assert np.isnan(stressed_probability(RETURNS[:5], found.model)).all()


def test_a_steep_end_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(markov_fit, "MAX_STEEPNESS", 0.0)
    found = fit_switching(RETURNS[:300])
    assert not found.converged
    assert "still rises" in found.reason
