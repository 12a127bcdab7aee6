"""Fits with scikit-learn, turned into numbers of our own: the only place that needs it, and nothing live comes here."""

from dataclasses import dataclass
from itertools import combinations
from typing import Any, Final

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from analysis.arrays import Floats
from composite.ensemble.calibration import Isotonic, Sigmoid
from composite.ensemble.logistic import PatternLogistic
from composite.ensemble.sample import Rows
from composite.ensemble.trees import BoostedTrees
from composite.evidence.calibration import ISOTONIC_FROM

LEAST_SAMPLES: Final = 100
"""Independent rows that coefficients are fitted on, and in which an input must be missing to be learned about."""
LEAST_LEAF: Final = 30
"""Independent rows in a leaf."""
"""Independent samples from which the calibration may have any rising form."""
BIN_SAMPLES: Final = 50
"""Independent samples in a bin of an isotonic calibration."""
SMALLEST_SPREAD: Final = 1e-9
WEAK_PRIOR: Final = 1e4
"""Variance of the prior of a sigmoid's slope per standard deviation: felt only where a line parts the outcomes."""


class TooFewRowsError(ValueError):
    """There is too little to learn from: give more history."""


@dataclass(frozen=True, slots=True)
class LogisticCandidate:
    """Ridge logistic regression: each coefficient per standard deviation ~ N(0, ``prior_deviation``)."""

    prior_deviation: float

    def __str__(self) -> str:
        return f"logistic regression, prior deviation {self.prior_deviation:g}"

    def fit(
        self, x: Floats, y: Floats, overlap: float, *, seed: int, asked: Floats | None = None
    ) -> PatternLogistic:
        """Fit a set of coefficients for every combination of inputs that the rows (n, inputs) allow.

        A row counts 1 / ``overlap``. With ``asked`` (m, inputs) only the combinations of those rows are fitted.
        ``seed`` is not needed. ``TooFewRowsError`` where no combination has enough rows.
        """
        known = np.isfinite(x)
        fitted = []
        for pattern in _every_part(known) if asked is None else _combinations(np.isfinite(asked)):
            rows = known[:, pattern].all(axis=1)
            if _enough(y[rows], overlap):
                fitted.append((pattern, *self._fit(x[rows][:, pattern], y[rows], overlap)))
        if not fitted:
            raise TooFewRowsError(f"expected {LEAST_SAMPLES} independent rows of both outcomes")
        patterns, intercepts, slopes = zip(*fitted, strict=True)
        coefficient = np.zeros((len(fitted), x.shape[1]))
        for place, pattern, slope in zip(coefficient, patterns, slopes, strict=True):
            place[pattern] = slope
        return PatternLogistic(np.array(patterns), np.array(intercepts), coefficient)

    def _fit(self, x: Floats, y: Floats, overlap: float) -> tuple[float, Floats]:
        centre, scale = x.mean(axis=0), x.std(axis=0)
        scale = np.where(scale > 0, scale, 1.0)
        model = LogisticRegression(C=self.prior_deviation**2, solver="newton-cholesky", tol=1e-8)
        model.fit((x - centre) / scale, y, np.full(len(y), 1 / overlap))
        slopes = model.coef_[0] / scale
        return float(model.intercept_[0] - slopes @ centre), slopes


@dataclass(frozen=True, slots=True)
class TreesCandidate:
    """Boosted trees, all grown: no rows are held out to stop early, since they would overlap the others."""

    trees: int
    depth: int
    rate: float = 0.05

    def __str__(self) -> str:
        return f"{self.trees} boosted trees of depth {self.depth}, rate {self.rate:g}"

    def fit(
        self, x: Floats, y: Floats, overlap: float, *, seed: int, asked: Floats | None = None
    ) -> BoostedTrees:
        """Fit on the rows (n, inputs) that lack only inputs that are missing often enough to learn about.

        A row counts 1 / ``overlap``; ``asked`` is not needed. ``TooFewRowsError`` where there are too few.
        """
        missing = np.isnan(x)
        may_miss = missing.sum(axis=0) >= LEAST_SAMPLES * overlap
        rows = ~(missing & ~may_miss).any(axis=1) & ~missing.all(axis=1)
        if not _enough(y[rows], overlap):
            raise TooFewRowsError(f"expected {LEAST_SAMPLES} independent rows of both outcomes")
        model = HistGradientBoostingClassifier(
            max_iter=self.trees,
            max_depth=self.depth,
            learning_rate=self.rate,
            min_samples_leaf=max(round(LEAST_LEAF * overlap), 1),
            l2_regularization=overlap,  # as 1 where every row counts 1 / overlap, which is slow to bin
            early_stopping=False,
            categorical_features=None,
            random_state=seed,
        )
        with threadpool_limits(
            1, "openmp"
        ):  # threads that share cores with others wait for one another for seconds
            model.fit(x[rows], y[rows])
        return trees_of(model, may_miss)


Candidate = LogisticCandidate | TreesCandidate


def trees_of(model: Any, may_miss: Rows) -> BoostedTrees:
    """Return the trees of a fitted ``HistGradientBoostingClassifier`` of two classes without categories."""
    grown = [one.nodes for (one,) in model._predictors]
    sizes = np.array([len(nodes) for nodes in grown], dtype=np.int64)
    roots = np.cumsum(sizes) - sizes
    nodes = np.concatenate(grown)
    first, here = np.repeat(roots, sizes), np.arange(len(nodes))
    leaf = nodes["is_leaf"].astype(np.bool_)
    highest = np.finfo(np.float64).max  # a split of what is missing from what is not has no finite threshold
    return BoostedTrees(
        baseline=float(model._baseline_prediction.item()),
        roots=roots,
        feature=np.where(leaf, 0, nodes["feature_idx"]).astype(np.int64),
        threshold=np.where(leaf, 0.0, np.minimum(nodes["num_threshold"], highest)),
        missing_left=~leaf & nodes["missing_go_to_left"].astype(np.bool_),
        left=np.where(leaf, here, first + nodes["left"]).astype(np.int64),
        right=np.where(leaf, here, first + nodes["right"]).astype(np.int64),
        value=np.where(leaf, nodes["value"], 0.0),
        may_miss=np.asarray(may_miss, dtype=np.bool_),
    )


def calibrated(raw: Floats, y: Floats, independent: float) -> Sigmoid | Isotonic:
    """Fit a calibration on log-odds (n) of rows that their model has not seen.

    A sigmoid below 1,000 independent samples, isotonic from there on; neither ever turns a forecast over.
    """
    return _isotonic(raw, y, independent) if independent >= ISOTONIC_FROM else sigmoid(raw, y)


def sigmoid(raw: Floats, y: Floats) -> Sigmoid:
    """Fit Platt's sigmoid; where its slope would be negative, or the log-odds are one, the base rate is all it says."""
    centre, scale, rate = float(raw.mean()), float(raw.std()), float(y.mean())
    base = Sigmoid(0.0, float(np.log(rate / (1 - rate))))
    if scale < SMALLEST_SPREAD:
        return base
    model = LogisticRegression(C=WEAK_PRIOR, solver="newton-cholesky", tol=1e-8)
    model.fit((raw[:, None] - centre) / scale, y)
    slope = float(model.coef_.item()) / scale
    return Sigmoid(slope, float(model.intercept_.item()) - slope * centre) if slope > 0 else base


def _isotonic(raw: Floats, y: Floats, independent: float) -> Isotonic:
    """Fit a rising line through bins of 50 independent samples, its knots at the centres of the blocks it pools.

    Bins keep a few rows at an end from being called certain; each is drawn to the base rate by two samples. Centred
    (Oron and Flournoy 2017) the line rises between blocks too, instead of jumping from one to the next.
    """
    share = np.arange(BIN_SAMPLES, independent - BIN_SAMPLES / 2, BIN_SAMPLES) / independent
    place = np.searchsorted(np.unique(np.quantile(raw, share)), raw, side="right")
    _, place, count = np.unique(place, return_inverse=True, return_counts=True)
    centre, samples = np.bincount(place, raw) / count, count * independent / len(y)
    rate = (np.bincount(place, y) / count * samples + 2 * y.mean()) / (samples + 2)
    rising = IsotonicRegression(increasing=True).fit(centre, rate, sample_weight=count).predict(centre)
    probability, block = np.unique(rising, return_inverse=True)
    knots = np.bincount(block, centre * count) / np.bincount(block, count)
    return Isotonic(knots, np.asarray(probability, dtype=np.float64))


def _combinations(known: Rows) -> list[Rows]:
    """Return the different rows (n, inputs) that know an input."""
    return [pattern for pattern in np.unique(known, axis=0) if pattern.any()]


def _every_part(known: Rows) -> list[Rows]:
    """Return every combination of inputs that some row (n, inputs) knows, alone or among others."""
    whole = (np.flatnonzero(pattern).tolist() for pattern in _combinations(known))
    parts = {part for most in whole for size in range(1, len(most) + 1) for part in combinations(most, size)}
    return [np.isin(np.arange(known.shape[1]), part) for part in sorted(parts)]


def _enough(y: Floats, overlap: float) -> bool:
    return len(y) >= LEAST_SAMPLES * overlap and 0 < y.mean() < 1
