#!/bin/sh
# PyPortfolioOpt 1.6.0, HRPOpt: its docstring and manual name the method of López de Prado (2016), whose listing hands
# the square matrix of distances to scipy's linkage, so that assets are clustered by the distances between the columns
# of that matrix. HRPOpt hands over the condensed matrix: assets are clustered by their distances themselves. The tree,
# the order of the leaves and the weights differ, here by half of the money. Either is a sound method; weights of the
# one are no test of the other. (scikit-base, which the package needs, imports packaging without requiring it.)
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
  'PyPortfolioOpt==1.6.0' 'scipy==1.17.1' 'numpy==2.4.6' 'pandas==3.1.1' 'packaging==25.0'
"$folder/venv/bin/python" - <<'PYTHON'
import warnings
from importlib.metadata import version

import numpy as np
import pandas as pd
from pypfopt import HRPOpt
from scipy.cluster.hierarchy import leaves_list, linkage

NAMES = list("ABCDE")
CORRELATION = np.array(
    [
        [1.00, 0.82, 0.67, 0.55, -0.69],
        [0.82, 1.00, 0.88, 0.79, -0.89],
        [0.67, 0.88, 1.00, 0.80, -0.86],
        [0.55, 0.79, 0.80, 1.00, -0.80],
        [-0.69, -0.89, -0.86, -0.80, 1.00],
    ]
)
DEVIATION = np.array([0.2, 0.3, 0.4, 0.5, 0.6])
COVARIANCE = CORRELATION * np.outer(DEVIATION, DEVIATION)


def variance(members: list[int]) -> float:
    """Variance of members weighted by inverse variance."""
    part = COVARIANCE[np.ix_(members, members)]
    shares = 1 / np.diag(part)
    shares /= shares.sum()
    return float(shares @ part @ shares)


def bisected(order: list[int]) -> np.ndarray:
    """Weights by recursive bisection of an order of the assets; the same in the paper and in the package."""
    weights, groups = np.ones(len(order)), [order]
    while groups:
        halves = [(one[: len(one) // 2], one[len(one) // 2 :]) for one in groups if len(one) > 1]
        for left, right in halves:
            share = 1 - variance(left) / (variance(left) + variance(right))
            weights[left] *= share
            weights[right] *= 1 - share
        groups = [half for pair in halves for half in pair]
    return weights


def published_order() -> list[int]:
    """Leaves of the tree as the paper's listing makes it, of the square matrix."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # scipy suspects that the matrix should have been condensed
        return leaves_list(linkage(np.sqrt((1 - CORRELATION) / 2), "single")).tolist()


package = HRPOpt(cov_matrix=pd.DataFrame(COVARIANCE, NAMES, NAMES))
found = np.array([package.optimize()[name] for name in NAMES])
order, published = leaves_list(package.clusters).tolist(), bisected(published_order())
print("PyPortfolioOpt", version("PyPortfolioOpt"), "scipy", version("scipy"))
print("published", [NAMES[i] for i in published_order()], published.round(3))
print("package  ", [NAMES[i] for i in order], found.round(3))
print("greatest difference", np.abs(found - published).max().round(3))

assert np.allclose(bisected(order), found, atol=1e-9)  # the bisection is the same
assert order != published_order()
assert np.abs(found - published).max() > 0.5
print("as described")
PYTHON
