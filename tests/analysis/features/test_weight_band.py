"""Bands of weights: they hold the weight itself, narrow with more days, follow their seed, and tell luck from size."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.arrays import Floats
from analysis.features.allocation import Outlook, WeightLimits
from analysis.features.allocation_methods import ALLOCATION_METHODS, EQUAL, ERC, INVERSE
from analysis.features.shrunk_covariance import ShrunkCovariance, shrunk_covariance
from analysis.features.weight_band import Redraws, WeightRule, drawn_weights, weight_band

FREE = WeightLimits(1.0, 0.0)
REDRAWS = Redraws(block=5, count=100, seed=1)


def sample(seed: int, k: int, n: int) -> Floats:
    generator = np.random.default_rng(seed)
    common, own = generator.standard_t(5, (n, 1)), generator.standard_t(5, (n, k))
    return np.asarray(0.03 * np.linspace(0.5, 2, k) * (common + own))


def rule(k: int, method: str = ERC, limits: WeightLimits = FREE) -> WeightRule:
    outlook = Outlook(np.full(k, 1 / k), np.zeros((1, k)), np.zeros((1, k)), 2.5)
    return WeightRule(method, shrunk_covariance, outlook, limits)


def band(returns: Floats, how: WeightRule, redraws: Redraws = REDRAWS) -> tuple[Floats, Floats]:
    found = weight_band(returns, how, redraws)
    assert found is not None
    return found.low, found.high


def width(returns: Floats, how: WeightRule, redraws: Redraws = REDRAWS) -> float:
    low, high = band(returns, how, redraws)
    return float((high - low).mean())


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 6), st.integers(40, 200), st.sampled_from(ALLOCATION_METHODS))
def test_it_holds_the_weight_within_the_limits(seed: int, k: int, n: int, method: str) -> None:
    returns, how = sample(seed, k, n), rule(k, method, WeightLimits(0.6, 0.02))
    low, high = band(returns, how, replace(REDRAWS, count=40))
    weights = how.weights(returns)
    assert (low <= weights).all()
    assert (weights <= high).all()
    assert (low >= 0).all()
    assert (high <= 0.6 + 1e-9).all()


def test_its_ends_are_the_central_ninety_five_of_a_hundred_draws() -> None:
    returns, how = sample(1, 4, 300), rule(4)
    drawn = np.sort(drawn_weights(returns, how, REDRAWS), axis=0)
    low, high = band(returns, how)
    assert len(drawn) == 100
    assert ((drawn[2] <= low) & (low <= drawn[3])).all()
    assert ((drawn[96] <= high) & (high <= drawn[97])).all()


def test_it_is_widened_to_a_weight_that_its_draws_miss() -> None:
    """Estimates that call every draw twice as risky in the first coin as it is leave the weight itself outside."""
    returns, whole = sample(2, 3, 300), 300

    def biased(rows: Floats) -> ShrunkCovariance:
        found = shrunk_covariance(rows)
        if len(np.unique(rows, axis=0)) == whole:
            return found
        scale = np.diag([2.0, 1.0, 1.0])
        return replace(found, covariance=scale @ found.covariance @ scale)

    how = replace(rule(3), estimate=biased)
    low, high = band(returns, how)
    weights, drawn = how.weights(returns), drawn_weights(returns, how, REDRAWS)
    assert drawn[:, 0].max() < weights[0] == high[0]
    assert drawn[:, 2].min() > weights[2] == low[2]
    assert low[0] < weights[0]
    assert weights[2] < high[2]


@pytest.mark.parametrize("method", [ERC, INVERSE])
def test_it_is_about_twice_as_wide_with_a_quarter_of_the_days(method: str) -> None:
    ratios = []
    for seed in range(6):
        returns = sample(seed, 4, 800)
        ratios.append(width(returns[:200], rule(4, method)) / width(returns, rule(4, method)))
    assert min(ratios) > 1.2
    assert 1.6 < np.mean(ratios) < 2.5


def test_runs_of_days_that_belong_together_count_as_fewer() -> None:
    """Volatility that comes in spells leaves fewer independent days than there are."""
    generator = np.random.default_rng(4)
    spells = np.repeat(np.exp(generator.standard_normal((40, 3))), 20, axis=0)
    returns = 0.02 * spells * generator.standard_normal((800, 3))
    assert width(returns, rule(3), replace(REDRAWS, block=40)) > 1.5 * width(
        returns, rule(3), replace(REDRAWS, block=1)
    )


def test_the_seed_decides_and_alters_little() -> None:
    returns = sample(3, 3, 300)
    first, again, other = (band(returns, rule(3), replace(REDRAWS, count=200, seed=s)) for s in (5, 5, 6))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)
    np.testing.assert_allclose(first, other, atol=0.015)


def test_equal_weights_hang_on_no_past() -> None:
    low, high = band(sample(1, 4, 100), rule(4, EQUAL))
    np.testing.assert_array_equal(low, high)


@pytest.mark.parametrize(("failing", "known"), [(0, True), (50, True), (51, False)])
@pytest.mark.parametrize("error", [ValueError, ArithmeticError])
def test_draws_without_weights_are_left_out_and_half_suffice(
    failing: int, known: bool, error: type[Exception]
) -> None:
    returns, asked = sample(1, 2, 120), iter(range(1000))

    def estimate(rows: Floats) -> ShrunkCovariance:
        if next(asked) < failing:
            raise error
        return shrunk_covariance(rows)

    found = weight_band(returns, replace(rule(2), estimate=estimate), REDRAWS)
    assert (found is not None) == known


def test_a_coin_that_moved_on_one_day_is_in_two_draws_of_three() -> None:
    returns = sample(1, 2, 120)
    returns[:, 1] = 0.0
    returns[60, 1] = 0.05
    assert 50 <= len(drawn_weights(returns, rule(2), replace(REDRAWS, block=1))) < 80
