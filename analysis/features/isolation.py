"""Isolation forest (Liu, Ting and Zhou 2008): grown by scikit-learn, kept as flat arrays, scored in numpy.

A fitted forest of scikit-learn is a megabyte of objects and answers no row in less than some milliseconds. Its trees
as five arrays are a fifth of that and score a few rows at once; the numbers are those of ``score_samples``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import ceil, log2
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sklearn.tree._criterion import MSE
from sklearn.tree._splitter import RandomSplitter
from sklearn.tree._tree import DepthFirstTreeBuilder, Tree
from sklearn.utils.random import sample_without_replacement

from analysis.arrays import Floats

EULER = 0.5772156649015329
BLOCK = 512  # rows walked down all trees at once
LARGEST_SEED: Final = np.iinfo(np.int32).max
CELL_BITS = 5  # of the grid in each feature, by which rows are ordered


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
    return grow_and_score(rows, rows[:0], trees=trees, sample=sample, seed=seed)[0]


def grow_and_score(
    rows: Floats, asked: Floats, *, trees: int, sample: int, seed: int
) -> tuple[Forest, Floats]:
    """Return ``grow_forest`` of the rows and its scores of others: many rows pass the library's own trees faster."""
    known = rows[np.isfinite(rows).all(axis=1)].astype(np.float32)
    if len(known) < 2:
        raise ValueError(f"a forest needs two rows without a hole, has {len(known)}")
    drawn = min(sample, len(known))
    grown = _grown(known, trees, drawn, seed)
    forest, lengths = _flattened(grown, drawn)
    scores, whole = np.full(len(asked), np.nan), np.flatnonzero(np.isfinite(asked).all(axis=1))
    singles = asked[whole].astype(np.float32)
    order = _neighbours(singles)
    near, paths = singles[order], np.zeros(len(order))
    for tree, own in zip(grown, lengths, strict=True):
        paths += own[tree.apply(near)]
    scores[whole[order]] = 2.0 ** (-paths / trees / average_path(drawn))
    return forest, scores


def _neighbours(rows: NDArray[np.float32]) -> NDArray[np.int64]:
    """Return an order of the rows (n, features) in which each is near the next: on Morton's (1966) curve of ranks.

    They take the same way down a tree, which the processor then guesses.
    """
    cells = (rows.argsort(axis=0).argsort(axis=0) << CELL_BITS) // max(len(rows), 1)
    place = np.zeros(len(rows), np.int64)
    for bit in reversed(range(CELL_BITS)):
        for column in cells.T:
            place = place << 1 | column >> bit & 1
    return place.argsort()


def _grown(rows: NDArray[np.float32], trees: int, sample: int, seed: int) -> list[Any]:
    """Grow each tree as ``ExtraTreeRegressor`` does within ``IsolationForest``, without what surrounds it."""
    grown, outputs, generator = [], np.ones(1, np.intp), np.random.RandomState(seed)
    splitter = RandomSplitter(MSE(1, sample), 1, 1, 0.0, generator, None)
    builder = DepthFirstTreeBuilder(splitter, 2, 1, 0.0, ceil(log2(max(sample, 2))), 0.0)
    target, drawn, splits = _numbers(rows.shape[0], rows.shape[1], trees, sample, seed)
    for some, own in zip(drawn, splits.tolist(), strict=True):
        generator.seed(own)  # making a generator takes longer than growing a tree
        tree = Tree(rows.shape[1], outputs, 1)
        builder.build(tree, rows[some], target[some, None])
        grown.append(tree)
    return grown


@lru_cache(maxsize=4)
def _numbers(
    count: int, features: int, trees: int, sample: int, seed: int
) -> tuple[Floats, NDArray[np.int64], NDArray[np.int64]]:
    """Target of each of ``count`` rows, rows of each tree, seed of its splits, as ``IsolationForest`` draws them.

    They depend on no row's values.
    """
    generator = np.random.RandomState(seed)
    target = generator.uniform(size=count)  # a split is drawn, whatever the target
    generator.seed(seed)
    drawn, splits = np.empty((trees, sample), np.int64), np.empty(trees, np.int64)
    for tree, own in enumerate(generator.randint(LARGEST_SEED, size=trees).tolist()):
        generator.seed(own)
        splits[tree] = generator.randint(LARGEST_SEED)
        generator.seed(own)
        sample_without_replacement(features, features, random_state=generator)
        drawn[tree] = np.sort(sample_without_replacement(count, sample, random_state=generator))
    return target, drawn, splits


def _flattened(trees: Sequence[Any], sample: int) -> tuple[Forest, list[NDArray[np.float32]]]:
    """Return the forest, its nodes level by level with siblings together, and ``length`` by each tree's own nodes."""
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
    length = (depth + extra).astype(np.float32)
    forest = Forest(
        roots=place[first],
        feature=np.where(ends, 0, feature[order]).astype(np.int16),
        threshold=np.where(ends, np.float32(np.inf), _rounded_down(threshold[order])),
        child=place[child],
        length=length,
        depth=int(depth.max()),
        sample=sample,
    )
    return forest, np.split(length[place], first[1:])


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
