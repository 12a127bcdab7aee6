"""The ways to share money among coins, side by side, from one window of returns and under one set of limits."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from analysis.arrays import Floats
from analysis.features.allocation_methods import BLACK_LITTERMAN, EQUAL, ERC, HRP, INVERSE, MIN_VARIANCE
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

    ``alpha`` (k) is what each view adds to the coin's equilibrium return, in the covariance's unit of time, with its
    ``confidence`` (k) in [0, 1]; 0 is no view.
    """

    market: Floats
    alpha: Floats
    confidence: Floats
    risk_aversion: float


NOTHING: Final = 1e-18
"""Variance below which a coin does not move."""


def allocations(estimate: ShrunkCovariance, outlook: Outlook, limits: WeightLimits) -> dict[str, Floats]:
    """Return the weights (k) of every method of ``ALLOCATION_METHODS``, from estimates of k coins that all move.

    ``ValueError`` where one does not; ``ArithmeticError`` where a method does not converge.
    """
    covariance, k = estimate.covariance, len(estimate.covariance)
    if not (np.diag(covariance) > NOTHING).all():
        raise ValueError("expected coins that move")
    upper = np.full(k, limits.cap)
    found = {
        ERC: equal_risk_weights(covariance),
        HRP: hierarchical_weights(covariance, estimate.correlation),
        MIN_VARIANCE: least_variance(covariance, upper),
        BLACK_LITTERMAN: blended_weights(covariance, outlook, upper),
        INVERSE: inverse_variance_weights(covariance),
        EQUAL: np.full(k, 1 / k),
    }
    held = {
        name: without_small(np.maximum(one, 0), limits.smallest, limits.cap) for name, one in found.items()
    }
    return held | {
        EQUAL: capped(found[EQUAL], limits.cap)
    }  # of many coins every equal share would be too small


def blended_weights(covariance: Floats, outlook: Outlook, upper: Floats) -> Floats:
    """Return the long-only weights of best utility under the blended returns, each at most ``upper`` (k).

    The returns' own covariance is used, as by Idzorek (2005): without views the market's weights come back exactly.
    """
    prior = equilibrium_returns(covariance, outlook.market, outlook.risk_aversion)
    pick = np.eye(len(prior))
    views = MarketViews(pick, prior + outlook.alpha, confident_omega(pick, covariance, outlook.confidence))
    expected = posterior(prior, covariance, views).returns
    nothing, total = np.zeros(len(prior)), min(1.0, float(upper.sum()))
    return bounded_minimum(outlook.risk_aversion * covariance, -expected, nothing, upper, total)
