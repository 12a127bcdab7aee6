"""The scoring search on likelihoods whose optimum is known in closed form or by scipy."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.optimize import minimize

from analysis.arrays import Floats
from analysis.features.garch import BOUNDS, fit_garch
from analysis.features.garch_likelihood import Sample, loss_and_scores, loss_and_slope, start_value
from analysis.features.garch_search import scoring_search

DRAWS = 2.0 + 3.0 * np.random.default_rng(2).standard_normal(800)
WIDE = (np.array([-50.0, -5.0]), np.array([50.0, 5.0]))


def normal(theta: Floats) -> tuple[float, Floats]:
    """Minus the mean log-likelihood of (mean, ln deviation) of normal draws, and the rows' slopes."""
    away = (DRAWS - theta[0]) / np.exp(theta[1])
    return float(theta[1] + 0.5 * np.mean(away**2)), np.array([away / np.exp(theta[1]), away**2 - 1])


def test_normal_likelihood_ends_at_mean_and_deviation() -> None:
    found = scoring_search(normal, np.array([10.0, 3.0]), *WIDE)
    assert_allclose(found.theta, [DRAWS.mean(), np.log(DRAWS.std())], atol=1e-5)
    assert_allclose(found.slope, 0, atol=1e-5)


def test_a_bound_holds_its_parameter_and_the_other_adjusts() -> None:
    found = scoring_search(normal, np.array([-3.0, 1.0]), np.array([-50.0, -5.0]), np.array([0.0, 5.0]))
    assert found.theta[0] == 0.0
    assert found.theta[1] == pytest.approx(0.5 * np.log(np.mean(DRAWS**2)), abs=1e-5)
    assert found.slope[0] < -0.1


def test_a_start_at_the_optimum_stays() -> None:
    best = np.array([DRAWS.mean(), np.log(DRAWS.std())])
    assert_allclose(scoring_search(normal, best, *WIDE).theta, best, rtol=1e-12)


def test_a_step_without_a_loss_is_not_taken() -> None:
    def holed(theta: Floats) -> tuple[float, Floats]:
        loss, scores = normal(theta)
        return (loss if theta[1] > 1.2 else float("nan")), scores  # the optimum lies in the hole

    found = scoring_search(holed, np.array([10.0, 3.0]), *WIDE)
    assert found.theta[1] == pytest.approx(1.2, abs=0.1)
    assert found.loss < normal(np.array([10.0, 3.0]))[0]


def test_scores_average_to_the_slope() -> None:
    sample = Sample.of(DRAWS)
    theta = np.array([0.05, -2.0, 0.9, 0.1, 6.0])
    loss, scores = loss_and_scores(theta, sample)
    assert scores.shape == (5, len(DRAWS))
    assert loss_and_slope(theta, sample)[0] == loss
    assert_allclose(-scores.mean(axis=1), loss_and_slope(theta, sample)[1], rtol=1e-12)


@pytest.mark.parametrize("seed", [0, 4, 7, 12, 20])
def test_noise_without_clusters_ends_no_lower_than_scipy(seed: int) -> None:
    """Where the likelihood is flat with several tops, scoring alone ends up to 0.5 below."""
    noise = np.random.default_rng(seed).standard_normal(300 if seed % 2 else 1000)
    sample = Sample.of(noise)
    theirs = minimize(loss_and_slope, start_value(sample), (sample,), "L-BFGS-B", True, bounds=BOUNDS)
    reference = -len(noise) * (float(theirs.fun) + np.log(sample.scale))
    assert fit_garch(noise).log_likelihood >= reference - 1e-4
