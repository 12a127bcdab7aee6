"""Isolation forest (Liu, Ting and Zhou 2008): grown by scikit-learn, kept as flat arrays, scored in numpy.

A fitted forest of scikit-learn is a megabyte of objects and answers no row in less than some milliseconds. Its trees
as five arrays are a fifth of that and score a few rows at once; the numbers are those of ``score_samples``.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn import config_context
from sklearn.ensemble import IsolationForest

from analysis.arrays import Floats

EULER = 0.5772156649015329
BLOCK = 512  # rows walked down all trees at once


@dataclass(frozen=True, slots=True, eq=False)
class Forest:
    """All nodes of all trees in one line, siblings side by side; a leaf is its own child, so that walking on stays.

    ``depth`` is the tallest tree's; ``length`` at a leaf is its depth and what an average subtree of its rows adds.
    """

    roots: NDArray[np.int32]
    feature: NDArray[np.int16]
    threshold: NDArray[np.float32]
    child: NDArray[np.int32]
    length: NDArray[np.float32]
    depth: int
    sample: int

    def score(self, rows: Floats) -> Floats:
        """Return the anomaly score in (0, 1) of each row (n, features): 2^(-mean path / average path).

        0.5 is ordinary, near 1 is isolated after few cuts. NaN where a feature is unknown.
        """
        scores = np.full(len(rows), np.nan)
        (known,) = np.nonzero(np.isfinite(rows).all(axis=1))
        for start in range(0, len(known), BLOCK):
            some = known[start : start + BLOCK]
            paths = self._paths(rows[some].astype(np.float32))
            scores[some] = 2.0 ** (-paths / average_path(self.sample))
        return scores

    def _paths(self, rows: NDArray[np.float32]) -> Floats:
        flat, width = rows.ravel(), rows.shape[1]
        start = (np.arange(len(rows)) * width)[:, None]
        at = np.broadcast_to(self.roots, (len(rows), len(self.roots)))
        for _ in range(self.depth):
            above = flat.take(start + self.feature.take(at)) > self.threshold.take(at)
            at = self.child.take(at) + above
        return np.asarray(self.length.take(at).mean(axis=1, dtype=np.float64))


def average_path(count: float) -> float:
    """Return the mean path of an unsuccessful search among ``count`` rows: 2 H(n - 1) - 2 (n - 1) / n."""
    if count <= 1:
        return 0.0
    return 1.0 if count <= 2 else float(2 * (np.log(count - 1) + EULER) - 2 * (count - 1) / count)


def grow_forest(rows: Floats, *, trees: int, sample: int, seed: int) -> Forest:
    """Grow ``trees`` trees, each on ``sample`` of the known rows (n, features) drawn without return.

    ``ValueError`` with fewer than two rows without a hole.
    """
    known = rows[np.isfinite(rows).all(axis=1)]
    if len(known) < 2:
        raise ValueError(f"a forest needs two rows without a hole, has {len(known)}")
    drawn = min(sample, len(known))
    made = IsolationForest(n_estimators=trees, max_samples=drawn, random_state=seed, n_jobs=1)
    with config_context(skip_parameter_validation=True):  # it costs as much as the trees
        grown = made.fit(known)
    return _flattened([tree.tree_ for tree in grown.estimators_], drawn)


def _flattened(trees: list[object], sample: int) -> Forest:
    parts = [_tree(tree) for tree in trees]
    counts = [len(part.feature) for part in parts]
    roots = np.concatenate([[0], np.cumsum(counts)[:-1]]).astype(np.int32)
    return Forest(
        roots=roots,
        feature=np.concatenate([part.feature for part in parts]),
        threshold=np.concatenate([part.threshold for part in parts]),
        child=np.concatenate([part.child + root for part, root in zip(parts, roots, strict=True)]),
        length=np.concatenate([part.length for part in parts]),
        depth=max(part.depth for part in parts),
        sample=sample,
    )


class _Tree(NamedTuple):
    feature: NDArray[np.int16]
    threshold: NDArray[np.float32]
    child: NDArray[np.int32]
    length: NDArray[np.float32]
    depth: int


def _tree(tree: object) -> _Tree:
    """One fitted tree with its nodes renumbered so that the right child follows the left one."""
    feature, threshold, left, right, rows = (
        np.asarray(getattr(tree, name))
        for name in ("feature", "threshold", "children_left", "children_right", "n_node_samples")
    )
    order, depth = _by_level(left, right)
    place = np.empty(len(order), np.int32)
    place[order] = np.arange(len(order), dtype=np.int32)
    leaf = left[order] < 0
    extra = np.array([average_path(float(count)) for count in rows[order]])
    return _Tree(
        feature=np.where(leaf, 0, feature[order]).astype(np.int16),
        threshold=np.where(leaf, np.float32(np.inf), _rounded_down(threshold[order])),
        child=np.where(leaf, place[order], place[left[order]]).astype(np.int32),
        length=(depth + extra).astype(np.float32),
        depth=int(depth.max()),
    )


def _by_level(
    left: NDArray[np.int64], right: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The nodes level by level, siblings together, and the depth of each."""
    level = np.zeros(1, np.int64)
    order: list[NDArray[np.int64]] = []
    depths: list[NDArray[np.int64]] = []
    while len(level):
        order.append(level)
        depths.append(np.full(len(level), len(depths)))
        inner = level[left[level] >= 0]
        level = np.stack([left[inner], right[inner]], axis=1).ravel()
    return np.concatenate(order), np.concatenate(depths)


def _rounded_down(threshold: Floats) -> NDArray[np.float32]:
    """The largest single not above each threshold: features are singles, so every comparison stays what it was."""
    near = threshold.astype(np.float32)
    return np.where(near > threshold, np.nextafter(near, np.float32(-np.inf)), near)
