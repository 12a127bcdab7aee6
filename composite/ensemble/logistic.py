"""Logistic regression where inputs may be missing: one set of coefficients for each combination of known inputs.

A missing input is not replaced by a guess: the row is judged by the regression that was fitted without that input, on
all rows that know the others (the available-case form of the pattern submodel, Fletcher Mercaldo and Blume 2020,
doi 10.1093/biostatistics/kxy040). That is right where a value is missing for a reason of its own, such as a source that
was down or a history that begins late, and not because of what it would have been.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.arrays import Floats


@dataclass(frozen=True, slots=True, eq=False)
class PatternLogistic:
    """Log-odds = intercept + sum of coefficient * input, by the row of ``known`` (m, inputs) that has a row's inputs.

    ``intercept`` (m); ``coefficient`` (m, inputs) is 0 for inputs that its row of ``known`` does not have.
    """

    known: NDArray[np.bool_]
    intercept: Floats
    coefficient: Floats

    def log_odds(self, x: Floats) -> Floats:
        """Return the log-odds (n) of rows (n, inputs); NaN where no regression has just the known inputs."""
        found = np.full(len(x), np.nan)
        known = np.isfinite(x)
        for pattern, intercept, coefficient in zip(self.known, self.intercept, self.coefficient, strict=True):
            rows = (known == pattern).all(axis=1)
            found[rows] = intercept + x[rows][:, pattern] @ coefficient[pattern]
        return found


def why_no_logistic(logistic: PatternLogistic) -> str:
    """Return why numbers are no logistic regression, in words; empty where they are."""
    if logistic.known.ndim != 2 or logistic.coefficient.shape != logistic.known.shape:
        return "coefficients do not belong to the combinations of inputs"
    if len(logistic.intercept) != len(logistic.known):
        return "intercepts do not belong to the combinations of inputs"
    if len(np.unique(logistic.known, axis=0)) < len(logistic.known):
        return "a combination of inputs stands twice"
    if not (np.isfinite(logistic.coefficient).all() and np.isfinite(logistic.intercept).all()):
        return "a coefficient is missing or infinite"
    return "a coefficient stands for a missing input" if logistic.coefficient[~logistic.known].any() else ""
