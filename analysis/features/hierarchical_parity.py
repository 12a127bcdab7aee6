"""Hierarchical risk parity as published: López de Prado (2016), "Building diversified portfolios that outperform out of
sample".

A single-linkage tree over the distances between the columns of d = sqrt((1 - rho) / 2), its leaves in the tree's
order, and money split down the ordered list in halves, inversely to each half's inverse-variance portfolio variance.
PyPortfolioOpt links on d itself, skfolio re-orders the leaves: other trees, other weights.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import leaves_list, linkage
from scipy.spatial.distance import pdist

from analysis.arrays import Floats


def hierarchical_weights(covariance: Floats, correlation: Floats) -> Floats:
    """Return long-only weights (k) that sum to 1, from positive variances and correlations (k, k).

    ``ValueError`` where a variance is not positive.
    """
    if not (np.diag(covariance) > 0).all():
        raise ValueError("expected positive variances")
    return bisected_weights(covariance, leaf_order(correlation))


def leaf_order(correlation: Floats) -> NDArray[np.int64]:
    """Return the columns in the order of the tree's leaves, similar ones next to each other."""
    if len(correlation) < 2:
        return np.arange(len(correlation))
    distance = np.sqrt(np.clip((1 - correlation) / 2, 0, 1))
    return np.asarray(leaves_list(linkage(pdist(distance), "single")), dtype=np.int64)


def bisected_weights(covariance: Floats, order: NDArray[np.int64]) -> Floats:
    """Return the weights that splitting an ordered list in halves gives."""
    weights, lists = np.ones(len(order)), [order]
    while lists:
        halves = [(one[: len(one) // 2], one[len(one) // 2 :]) for one in lists if len(one) > 1]
        for left, right in halves:
            risks = _cluster_variance(covariance, left), _cluster_variance(covariance, right)
            share = 1 - risks[0] / sum(risks)
            weights[left] *= share
            weights[right] *= 1 - share
        lists = [half for pair in halves for half in pair]
    return weights


def inverse_variance_weights(covariance: Floats) -> Floats:
    """Return weights (k) in proportion to 1 / variance: a benchmark of its own."""
    inverse = 1 / np.diag(covariance)
    return np.asarray(inverse / inverse.sum())


def _cluster_variance(covariance: Floats, members: NDArray[np.int64]) -> float:
    inner = covariance[np.ix_(members, members)]
    weights = inverse_variance_weights(inner)
    return float(weights @ inner @ weights)
