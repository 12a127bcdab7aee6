"""Every way to share money, under limits, on any sample: sums, bounds, singular and single cases, and the market's own
weights where nobody has a view.
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.arrays import Floats
from analysis.features.allocation import Outlook, WeightLimits, allocations
from analysis.features.allocation_methods import (
    ALLOCATION_METHODS,
    BLACK_LITTERMAN,
    EQUAL,
    ERC,
    HRP,
    INVERSE,
    MIN_VARIANCE,
)
from analysis.features.hierarchical_parity import hierarchical_weights
from analysis.features.risk_parity import risk_contributions
from analysis.features.shrunk_covariance import ShrunkCovariance, shrunk_covariance

FREE = WeightLimits(1.0, 0.0)


def sample(seed: int, k: int, n: int, scale: float = 0.04) -> Floats:
    generator = np.random.default_rng(seed)
    market = generator.standard_normal((n, 1))
    return np.asarray(scale * generator.uniform(0.3, 2, k) * (market + generator.standard_normal((n, k))))


def neutral(k: int) -> Outlook:
    return Outlook(np.full(k, 1 / k), np.zeros((1, k)), np.zeros((1, k)), 2.5)


def of(returns: Floats, limits: WeightLimits = FREE, outlook: Outlook | None = None) -> dict[str, Floats]:
    estimate = shrunk_covariance(returns)
    return allocations(estimate, outlook or neutral(returns.shape[1]), limits)


def test_each_method_is_its_own_formula() -> None:
    returns = sample(1, 5, 400)
    estimate, found = shrunk_covariance(returns), of(returns)
    assert tuple(found) == ALLOCATION_METHODS
    np.testing.assert_allclose(risk_contributions(found[ERC], estimate.covariance), 0.2, atol=1e-7)
    np.testing.assert_allclose(found[EQUAL], 0.2)
    inverse = 1 / np.diag(estimate.covariance)
    np.testing.assert_allclose(found[INVERSE], inverse / inverse.sum())
    expected = hierarchical_weights(estimate.covariance, estimate.correlation)
    np.testing.assert_allclose(found[HRP], expected)
    variances = {name: one @ estimate.covariance @ one for name, one in found.items()}
    assert min(variances, key=variances.__getitem__) == MIN_VARIANCE


def test_without_views_the_market_s_own_weights_come_back() -> None:
    market = np.array([0.5, 0.3, 0.15, 0.05])
    outlook = Outlook(market, np.zeros((2, 4)), np.zeros((2, 4)), 2.5)
    np.testing.assert_allclose(of(sample(2, 4, 500), FREE, outlook)[BLACK_LITTERMAN], market, atol=1e-6)


def test_a_view_moves_weight_and_more_with_confidence() -> None:
    returns, market = sample(3, 3, 500), np.full(3, 1 / 3)
    annual = shrunk_covariance(returns * np.sqrt(365))
    weights = [
        allocations(annual, Outlook(market, np.array([[0.1, 0, 0]]), np.array([[c, 0, 0]]), 2.5), FREE)
        for c in (0.0, 0.2, 0.8)
    ]
    assert market[0] == pytest.approx(weights[0][BLACK_LITTERMAN][0], abs=1e-6)
    assert weights[0][BLACK_LITTERMAN][0] < weights[1][BLACK_LITTERMAN][0] < weights[2][BLACK_LITTERMAN][0]


@settings(max_examples=80, deadline=None)
@given(
    st.integers(0, 10_000),
    st.integers(1, 15),
    st.integers(20, 80),
    st.floats(0.1, 1.0),
    st.floats(0.0, 0.1),
    st.floats(1e-5, 0.2),
)
def test_weights_and_cash_sum_to_one_within_bounds(
    seed: int, k: int, n: int, cap: float, smallest: float, scale: float
) -> None:
    """Few rows, twins and coins of very different size among them."""
    returns = sample(seed, k, n, scale)
    if seed % 3 == 0:
        returns = np.hstack([returns, returns])
    for name, weights in of(returns, WeightLimits(cap, smallest)).items():
        held = weights[weights > 0]
        assert 0 < weights.sum() <= 1 + 1e-9, name
        assert (weights <= cap + 1e-9).all(), name
        assert name == EQUAL or len(held) == 1 or held.min() >= smallest - 1e-12, name
        room = cap * len(held)
        assert weights.sum() == pytest.approx(min(1.0, room), abs=1e-6), name


def test_one_coin_takes_the_cap_and_the_rest_is_cash() -> None:
    for weights in of(sample(4, 1, 100), WeightLimits(0.4, 0.02)).values():
        np.testing.assert_allclose(weights, [0.4])


def test_a_coin_that_does_not_move_is_refused() -> None:
    still = ShrunkCovariance(np.eye(2), np.diag([0.0, 1.0]), np.array([0.0, 1.0]), 0.0)
    with pytest.raises(ValueError, match="coins that move"):
        allocations(still, neutral(2), FREE)
