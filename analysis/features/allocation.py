"""The ways to share money among coins, side by side, from one window of returns and under one set of limits."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from analysis.arrays import Floats
from analysis.features.allocation_methods import (
    ALLOCATION_METHODS,
    BLACK_LITTERMAN,
    EQUAL,
    ERC,
    HRP,
    INVERSE,
    MIN_VARIANCE,
)
from analysis.features.black_litterman import (
    MarketViews,
    confident_omega,
    equilibrium_returns,
    posterior,
)
from analysis.features.bounded_quadratic import bounded_minimum, least_variance
from analysis.features.hierarchical_parity import hierarchical_weights, inverse_variance_weights
from analysis.features.risk_parity import equal_risk_weights
from analysis.features.shrunk_covariance import ShrunkCovariance
from analysis.features.weight_limits import capped, without_small


@dataclass(frozen=True, slots=True)
class WeightLimits:
    """Long-only weights, each at most ``cap`` and none below ``smallest``; what they leave over stays in cash."""

    cap: float
    smallest: float


@dataclass(frozen=True, slots=True, eq=False)
class Outlook:
    """What Black-Litterman starts from: ``market`` weights (k) that sum to 1 and views on single coins.

    ``alpha`` (v, k) is what the view of each of v sources adds to the coin's equilibrium return, in the covariance's
    unit of time, with its ``confidence`` (v, k) in [0, 1]; 0 is no view. Sources err apart from each other.
    """

    market: Floats
    alpha: Floats
    confidence: Floats
    risk_aversion: float


NOTHING: Final = 1e-18
"""Variance below which a coin does not move."""


def allocations(estimate: ShrunkCovariance, outlook: Outlook, limits: WeightLimits) -> dict[str, Floats]:
    """Return the weights (k) of every method of ``ALLOCATION_METHODS``, each as `method_weights` gives them."""
    return {name: method_weights(name, estimate, outlook, limits) for name in ALLOCATION_METHODS}


def method_weights(method: str, estimate: ShrunkCovariance, outlook: Outlook, limits: WeightLimits) -> Floats:
    """Return the weights (k) of one method, from estimates of k coins that all move.

    ``ValueError`` where one does not; ``ArithmeticError`` where the method does not converge.
    """
    if not (np.diag(estimate.covariance) > NOTHING).all():
        raise ValueError("expected coins that move")
    found = _UNLIMITED[method](estimate, outlook, limits)
    if method == EQUAL:
        return capped(found, limits.cap)  # of many coins every equal share would be too small
    return without_small(np.maximum(found, 0), limits.smallest, limits.cap)


def blended_weights(covariance: Floats, outlook: Outlook, upper: Floats) -> Floats:
    """Return the long-only weights of best utility under the blended returns, each at most ``upper`` (k).

    The returns' own covariance is used, as by Idzorek (2005): without views the market's weights come back exactly.
    """
    prior = equilibrium_returns(covariance, outlook.market, outlook.risk_aversion)
    pick = np.tile(np.eye(len(prior)), (len(outlook.alpha), 1))
    omega = confident_omega(pick, covariance, outlook.confidence.ravel())
    views = MarketViews(pick, (prior + outlook.alpha).ravel(), omega)
    expected = posterior(prior, covariance, views).returns
    nothing, total = np.zeros(len(prior)), min(1.0, float(upper.sum()))
    return bounded_minimum(outlook.risk_aversion * covariance, -expected, nothing, upper, total)


def _caps(estimate: ShrunkCovariance, limits: WeightLimits) -> Floats:
    return np.full(len(estimate.covariance), limits.cap)


_UNLIMITED: Final[Mapping[str, Callable[[ShrunkCovariance, Outlook, WeightLimits], Floats]]] = {
    ERC: lambda estimate, _, __: equal_risk_weights(estimate.covariance),
    HRP: lambda estimate, _, __: hierarchical_weights(estimate.covariance, estimate.correlation),
    MIN_VARIANCE: lambda estimate, _, limits: least_variance(estimate.covariance, _caps(estimate, limits)),
    BLACK_LITTERMAN: lambda estimate, outlook, limits: blended_weights(
        estimate.covariance, outlook, _caps(estimate, limits)
    ),
    INVERSE: lambda estimate, _, __: inverse_variance_weights(estimate.covariance),
    EQUAL: lambda estimate, _, __: np.full(len(estimate.covariance), 1 / len(estimate.covariance)),
}
