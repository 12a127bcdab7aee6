"""Hierarchical risk parity against the paper's own code and worked example, and PyPortfolioOpt's bisection."""

import random
from typing import Any

import numpy as np
import pandas as pd
import pytest
import scipy.cluster.hierarchy as sch
from pypfopt.hierarchical_portfolio import HRPOpt
from scipy.spatial.distance import pdist

from analysis.arrays import Floats
from analysis.features.hierarchical_parity import (
    bisected_weights,
    hierarchical_weights,
    inverse_variance_weights,
    leaf_order,
)

PUBLISHED_HRP = [7.00, 7.59, 10.84, 19.03, 9.72, 10.19, 6.62, 9.10, 7.12, 12.79]
"""Percent, the paper's table of weights by asset 1-10."""
PUBLISHED_IVP = [10.36, 10.28, 10.36, 10.25, 10.31, 9.74, 9.80, 9.65, 9.64, 9.61]


def published_data() -> Floats:
    """The paper's ``generateData(10000, 5, 5, .25)`` of seed 12345; Python 2's ``randint`` is int(random() * n)."""
    state, drawn = np.random.RandomState(12345), random.Random(12345)
    x = state.normal(0, 1, size=(10_000, 5))
    columns = [int(drawn.random() * 5) for _ in range(5)]
    return np.append(x, x[:, columns] + state.normal(0, 0.25, size=(10_000, 5)), axis=1)


def test_the_published_example() -> None:
    sample = published_data()
    covariance, correlation = np.atleast_2d(np.cov(sample.T)), np.atleast_2d(np.corrcoef(sample.T))
    found = 100 * hierarchical_weights(covariance, correlation)
    np.testing.assert_allclose(found, PUBLISHED_HRP, atol=0.0051)
    np.testing.assert_allclose(100 * inverse_variance_weights(covariance), PUBLISHED_IVP, atol=0.0051)


def published_code(cov: pd.DataFrame, corr: pd.DataFrame) -> Any:
    """The listing of the paper, its Python 2 made Python 3."""

    def get_ivp(cov: pd.DataFrame) -> Any:
        ivp = 1.0 / np.diag(cov)
        return ivp / ivp.sum()

    def get_cluster_var(cov: pd.DataFrame, items: list[Any]) -> Any:
        inner = cov.loc[items, items]
        w = get_ivp(inner).reshape(-1, 1)
        return (w.T @ inner.to_numpy() @ w)[0, 0]

    def get_quasi_diag(link: Any) -> list[Any]:
        link = link.astype(int)
        sort_ix = pd.Series([link[-1, 0], link[-1, 1]])
        num_items = link[-1, 3]
        while sort_ix.max() >= num_items:
            sort_ix.index = pd.RangeIndex(0, sort_ix.shape[0] * 2, 2)
            df0 = sort_ix[sort_ix >= num_items]
            i, j = df0.index, df0.to_numpy() - num_items
            sort_ix[i] = link[j, 0]
            sort_ix = pd.concat([sort_ix, pd.Series(link[j, 1], index=i + 1)]).sort_index()
            sort_ix.index = pd.RangeIndex(sort_ix.shape[0])
        return sort_ix.tolist()

    dist = ((1 - corr) / 2.0) ** 0.5
    items = corr.index[get_quasi_diag(sch.linkage(pdist(dist), "single"))].tolist()
    w, c_items = pd.Series(1.0, index=items), [items]
    while c_items:
        c_items = [
            i[j:k] for i in c_items for j, k in ((0, len(i) // 2), (len(i) // 2, len(i))) if len(i) > 1
        ]
        for i in range(0, len(c_items), 2):
            first, second = c_items[i], c_items[i + 1]
            alpha = 1 - get_cluster_var(cov, first) / (
                get_cluster_var(cov, first) + get_cluster_var(cov, second)
            )
            w[first] *= alpha
            w[second] *= 1 - alpha
    return w.sort_index().to_numpy()


def correlated(seed: int, k: int) -> tuple[Floats, Floats]:
    generator = np.random.default_rng(seed)
    mixed = generator.standard_normal((300, k)) @ generator.standard_normal((k, k))
    return np.atleast_2d(np.cov(mixed.T)), np.atleast_2d(np.corrcoef(mixed.T))


@pytest.mark.parametrize("k", [2, 3, 7, 16])
@pytest.mark.parametrize("seed", [1, 2])
def test_equals_the_published_listing(seed: int, k: int) -> None:
    covariance, correlation = correlated(seed, k)
    expected = published_code(pd.DataFrame(covariance), pd.DataFrame(correlation))
    np.testing.assert_allclose(hierarchical_weights(covariance, correlation), expected, atol=1e-12)


@pytest.mark.parametrize("k", [2, 5, 12])
def test_the_bisection_equals_pyportfolioopt(k: int) -> None:
    covariance, correlation = correlated(5, k)
    order = leaf_order(correlation)
    frame = pd.DataFrame(covariance)
    expected = HRPOpt._raw_hrp_allocation(frame, list(order)).sort_index().to_numpy()
    np.testing.assert_allclose(bisected_weights(covariance, order), expected, atol=1e-12)


def test_equals_pyportfolioopt_where_both_trees_agree() -> None:
    """Two pairs far apart: linking on d or on the distances between its columns gives the same leaves."""
    correlation = np.array([[1, 0.1, 0.8, 0.2], [0.1, 1, 0.1, 0.7], [0.8, 0.1, 1, 0.15], [0.2, 0.7, 0.15, 1]])
    deviation = np.array([0.5, 0.7, 1.0, 0.9])
    covariance = correlation * np.outer(deviation, deviation)
    names = list("abcd")
    expected = HRPOpt(cov_matrix=pd.DataFrame(covariance, names, names)).optimize()
    found = hierarchical_weights(covariance, correlation)
    np.testing.assert_allclose(found, [expected[name] for name in names], atol=1e-12)


def test_one_asset_gets_everything() -> None:
    np.testing.assert_array_equal(hierarchical_weights(np.eye(1), np.eye(1)), [1.0])


def test_equal_columns_share() -> None:
    """A singular covariance: twins split the half that they get."""
    covariance = np.array([[1.0, 1.0], [1.0, 1.0]])
    np.testing.assert_allclose(hierarchical_weights(covariance, covariance), [0.5, 0.5])


def test_no_variance_is_refused() -> None:
    with pytest.raises(ValueError, match="positive variances"):
        hierarchical_weights(np.diag([1.0, 0.0]), np.eye(2))
