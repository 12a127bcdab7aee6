"""Boosted trees as plain arrays: what scikit-learn's histogram gradient boosting has grown, walked without it."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from analysis.arrays import Floats

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
ROWS_AT_ONCE: Final = 4096
"""Rows walked together: one place per row and tree is kept in memory."""


@dataclass(frozen=True, slots=True, eq=False)
class BoostedTrees:
    """Log-odds = ``baseline`` + the sum over trees of the leaf that a row falls into.

    Nodes of all trees stand in one list (m), each before its children; ``roots`` is where every tree begins. A row
    goes ``left`` where its ``feature`` is at most the ``threshold`` or missing with ``missing_left``, else ``right``;
    a leaf leads to itself and holds the ``value``. ``may_miss`` (inputs) says which inputs training has seen missing:
    where another one is missing nothing was learned about it, and the log-odds are unknown.
    """

    baseline: float
    roots: Ints
    feature: Ints
    threshold: Floats
    missing_left: Bools
    left: Ints
    right: Ints
    value: Floats
    may_miss: Bools

    def log_odds(self, x: Floats) -> Floats:
        """Return the log-odds (n) of rows (n, inputs), NaN in ``x`` being a missing input."""
        found = np.full(len(x), self.baseline)
        if len(self.roots):
            for start in range(0, len(x), ROWS_AT_ONCE):
                found[start : start + ROWS_AT_ONCE] += self._leaves(x[start : start + ROWS_AT_ONCE])
        missing = np.isnan(x)
        unknown = (missing & ~self.may_miss).any(axis=1) | missing.all(axis=1)
        return np.where(unknown, np.nan, found)

    def _leaves(self, x: Floats) -> Floats:
        rows = np.arange(len(x))[:, None]
        place = np.broadcast_to(self.roots, (len(x), len(self.roots)))
        while True:
            value = x[rows, self.feature[place]]
            goes_left = np.where(np.isnan(value), self.missing_left[place], value <= self.threshold[place])
            below = np.where(goes_left, self.left[place], self.right[place])
            if (below == place).all():
                return np.asarray(self.value[place].sum(axis=1))
            place = below


def why_no_trees(trees: BoostedTrees) -> str:
    """Return why arrays are no trees that can be walked, in words; empty where they are."""
    count, inputs = len(trees.feature), len(trees.may_miss)
    lengths = {
        len(part) for part in (trees.threshold, trees.missing_left, trees.left, trees.right, trees.value)
    }
    if lengths != {count}:
        return "the lists of nodes differ in length"
    numbers = np.concatenate([trees.threshold, trees.value, [trees.baseline]])
    if not np.isfinite(numbers).all():
        return "a number of a node is missing or infinite"
    if not ((trees.feature >= 0) & (trees.feature < inputs)).all():
        return "a node asks for an input that there is not"
    if not ((trees.roots >= 0) & (trees.roots < count)).all():
        return "a tree begins at a node that there is not"
    here = np.arange(count)
    leaf = (trees.left == here) & (trees.right == here)
    below = (trees.left > here) & (trees.right > here) & (trees.left < count) & (trees.right < count)
    return "" if (leaf | below).all() else "a node leads to one that does not stand after it"
