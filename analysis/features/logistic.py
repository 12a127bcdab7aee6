"""Logistic regression by Newton's method, with errors that know which rows belong together."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from analysis.arrays import Floats
from analysis.features.evidence import NORMAL_95


def most_likely(
    x: Floats, y: Floats, weight: float, precision: Floats, given: float | Floats = 0.0
) -> Floats:
    """Return b (columns) that maximises weight * log-likelihood of logit = given + x b, with b ~ N(0, 1 / precision).

    By Newton's method; ``ArithmeticError`` where it does not settle (classes that a line separates, no precision).
    """
    b = np.zeros(x.shape[1])
    for _ in range(50):
        p = expit(given + x @ b)
        slope = weight * (y - p) @ x - precision * b
        bend = weight * (x.T * (p * (1 - p))) @ x + np.diag(precision)
        step = np.linalg.solve(bend, slope)
        b = b + step
        if np.abs(step).max() < 1e-10:
            return b
    raise ArithmeticError("the logistic does not settle; give a prior or more rows")


def with_ones(x: Floats) -> Floats:
    """Return the columns (n, k) with one of ones after them, for the constant."""
    return np.column_stack([x, np.ones(len(x))])


def slope_interval(x: Floats, y: Floats, cluster: NDArray[np.int64]) -> tuple[float, float, float]:
    """Return (low, slope, high) of the logistic of y on x, standard error clustered (Liang and Zeger 1986)."""
    if np.ptp(x) < 1e-9:
        return 0.0, 0.0, 0.0
    line, errors = _clustered(with_ones(x[:, None]), y, cluster)
    slope, error = float(line[0]), float(errors[0])
    return slope - NORMAL_95 * error, slope, slope + NORMAL_95 * error


def offset_error(x: Floats, y: Floats, cluster: NDArray[np.int64]) -> float:
    """Return the clustered standard error of the constant of the logistic of y on x (log odds)."""
    return float(_clustered(with_ones(x[:, None]), y, cluster)[1][1])


def _clustered(design: Floats, y: Floats, cluster: NDArray[np.int64]) -> tuple[Floats, Floats]:
    """Coefficients of the logistic of y on the columns and their clustered standard errors."""
    line = most_likely(design, y, 1.0, np.zeros(design.shape[1]))
    p = expit(design @ line)
    bread = np.linalg.inv(design.T @ (design * (p * (1 - p))[:, None]))
    labels = np.unique(cluster, return_inverse=True)[1]
    sums = np.zeros((int(labels.max()) + 1, design.shape[1]))
    np.add.at(sums, labels, design * (y - p)[:, None])
    groups = len(sums)
    return line, np.sqrt(np.diag(bread @ (sums.T @ sums) @ bread) * groups / (groups - 1))
