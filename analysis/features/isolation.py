"""Isolation forest (Liu, Ting and Zhou 2008): grown by scikit-learn, kept as flat arrays, scored in numpy.

A fitted forest of scikit-learn is a megabyte of objects and answers no row in less than some milliseconds. Its trees
as five arrays are a fifth of that and score a few rows at once; the numbers are those of ``score_samples``.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil, log2
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sklearn import config_context
from sklearn.tree import ExtraTreeRegressor
from sklearn.utils.random import sample_without_replacement

from analysis.arrays import Floats

EULER = 0.5772156649015329
BLOCK = 512  # rows walked down all trees at once
LARGEST_SEED: Final = np.iinfo(np.int32).max


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
    known = rows[np.isfinite(rows).all(axis=1)].astype(np.float32)
    if len(known) < 2:
        raise ValueError(f"a forest needs two rows without a hole, has {len(known)}")
    drawn = min(sample, len(known))
    with config_context(skip_parameter_validation=True, assume_finite=True):  # it costs as much as the trees
        return _flattened(list(_grown(known, trees, drawn, seed)), drawn)


def _grown(rows: NDArray[np.float32], trees: int, sample: int, seed: int) -> Iterator[Any]:
    """Grow the trees of ``IsolationForest``, with its random numbers but without its copies of the estimator.

    One generator is seeded again and again: making one takes longer than growing a tree.
    """
    generator = np.random.RandomState(seed)
    target = generator.uniform(size=len(rows))  # a split is drawn, whatever the target
    depth = ceil(log2(max(sample, 2)))
    generator.seed(seed)
    for own in generator.randint(LARGEST_SEED, size=trees).tolist():
        generator.seed(own)
        splits = generator.randint(LARGEST_SEED)
        generator.seed(own)
        sample_without_replacement(rows.shape[1], rows.shape[1], random_state=generator)
        drawn = np.sort(sample_without_replacement(len(rows), sample, random_state=generator))
        generator.seed(splits)
        tree = ExtraTreeRegressor(max_features=1, max_depth=depth, random_state=generator)
        yield tree.fit(rows[drawn], target[drawn], check_input=False).tree_


def _flattened(trees: Sequence[Any], sample: int) -> Forest:
    """All trees' nodes level by level, siblings together, so that the right child follows the left one."""
    sizes = np.array([tree.node_count for tree in trees])
    first = np.cumsum(sizes) - sizes
    offset = np.repeat(first, sizes)
    feature, threshold, left, right, rows = (
        np.concatenate([getattr(tree, name) for tree in trees])
        for name in ("feature", "threshold", "children_left", "children_right", "n_node_samples")
    )
    leaf = left < 0
    order, depth = _by_level(first, np.where(leaf, -1, left + offset), right + offset)
    place = np.empty(len(order), np.int32)
    place[order] = np.arange(len(order), dtype=np.int32)
    ends = leaf[order]
    extra = np.array([average_path(float(count)) for count in range(sample + 1)])[rows[order]]
    child = np.where(ends, order, (left + offset)[order])
    return Forest(
        roots=place[first],
        feature=np.where(ends, 0, feature[order]).astype(np.int16),
        threshold=np.where(ends, np.float32(np.inf), _rounded_down(threshold[order])),
        child=place[child],
        length=(depth + extra).astype(np.float32),
        depth=int(depth.max()),
        sample=sample,
    )


def _by_level(
    roots: NDArray[np.int64], left: NDArray[np.int64], right: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The nodes level by level, siblings together, and the depth of each; a leaf has no left child, below 0."""
    level = roots
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
