"""Fits of P(trend) and P(ahead): target, ridge logistic, walk-forward folds, calibration and scores, on arrays."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score

from analysis.arrays import Floats
from analysis.features.logistic import most_likely, slope_interval, with_ones
from analysis.features.regression import efficiency_ratio
from analysis.features.windows import lag, rolling
from analysis.regime.features import regime_features
from analysis.regime.odds import CLIP
from analysis.regime.odds_table import FeatureWindows, Scores
from analysis.regime.scored_metrics import AHEAD_FEATURES
from utils.binance_api.bars import Bars

Rows = NDArray[np.bool_]
SEGMENTS: Final = 8
"""Equal parts of the span in time; the first two only train."""
CLUSTER_TARGETS: Final = 5
"""Lengths of a target that one cluster of the standard errors spans."""


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """Rows of all symbols: ``x`` (n, features), ``y`` 0/1, close of the row and end of its target (UTC ms)."""

    x: Floats
    y: Floats
    time: NDArray[np.int64]
    until: NDArray[np.int64]

    def of(self, rows: Rows) -> "Sample":
        """Return some of the rows."""
        return Sample(self.x[rows], self.y[rows], self.time[rows], self.until[rows])


@dataclass(frozen=True, slots=True, eq=False)
class Logistic:
    """Raw logit = intercept + sum b (x - centre) / scale, clipped as at run time."""

    centre: Floats
    scale: Floats
    coefficient: Floats
    intercept: float

    def logit(self, x: Floats) -> Floats:
        """Return the raw logit of rows (n, features)."""
        away = np.clip((x - self.centre) / self.scale, -CLIP, CLIP)
        return np.asarray(self.intercept + away @ self.coefficient, dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Calibration:
    """Platt's sigmoid: slope * raw + shift."""

    slope: float
    shift: float


def target(close: Floats, horizon: int, median_bars: int, distance: int) -> Floats:
    """Return 1 where the efficiency ratio of the next ``horizon`` bars is above its trailing median, else 0.

    The median of row t is over the ``median_bars`` ratios up to row t - distance, all known at t; NaN where one is not.
    With no distance a reading that says "trended lately" also says "the median is high", and on a random walk, where
    there is nothing to forecast, the fit then finds an area under the curve of 0.54.
    """
    ratio = efficiency_ratio(close, horizon)
    median = lag(rolling(ratio, median_bars, _medians), distance)
    coming = lag(ratio[::-1], horizon)[::-1]
    return np.where(np.isfinite(coming - median), (coming > median).astype(np.float64), np.nan)


def _medians(block: Floats) -> Floats:
    return np.asarray(np.median(block, axis=1), dtype=np.float64)


def sample_of(bars: Bars, windows: FeatureWindows, horizon: int, median_bars: int) -> Sample:
    """Return the rows of one symbol that have every reading and a target."""
    readings = regime_features(bars, windows)
    x = np.column_stack([readings[name] for name in AHEAD_FEATURES])
    y = target(bars.close, horizon, median_bars, windows.bars)
    until = lag(bars.close_time[::-1].astype(np.float64), horizon)[::-1]
    known = np.isfinite(x).all(axis=1) & np.isfinite(y) & np.isfinite(until)
    return Sample(x[known], y[known], bars.close_time[known], until[known].astype(np.int64))


def joined(samples: list[Sample]) -> Sample:
    """Return the rows of several symbols in order of time."""
    parts = [
        np.concatenate(column) for column in zip(*((s.x, s.y, s.time, s.until) for s in samples), strict=True)
    ]
    order = np.argsort(parts[2], kind="stable")
    return Sample(*(part[order] for part in parts))


def fit_logistic(sample: Sample, horizon: int, prior_deviation: float) -> Logistic:
    """Fit by maximum posterior: intercept and each b per scale ~ N(0, prior_deviation).

    A row counts 1 / horizon, as targets overlap. The intercept is shrunk too: above or below a median is even by
    construction, and what a few independent targets read beyond that is noise.
    """
    centre, scale = sample.x.mean(axis=0), sample.x.std(axis=0)
    away = np.clip((sample.x - centre) / scale, -CLIP, CLIP)
    precision = np.full(away.shape[1] + 1, prior_deviation**-2)
    b = most_likely(with_ones(away), sample.y, 1 / horizon, precision)
    return Logistic(centre, scale, b[:-1], float(b[-1]))


def out_of_fold(sample: Sample, horizon: int, prior_deviation: float) -> Iterator[tuple[Rows, Floats]]:
    """Yield (rows, raw logits) of each later segment from a fit on rows whose targets ended before it began."""
    edges = np.linspace(sample.time[0], sample.time[-1] + 1, SEGMENTS + 1)
    for start, stop in pairwise(edges[2:]):
        rows = (sample.time >= start) & (sample.time < stop)
        earlier = sample.of(sample.until < start)
        yield rows, fit_logistic(earlier, horizon, prior_deviation).logit(sample.x[rows])


def calibrated(raw: Floats, y: Floats, horizon: int, prior_deviation: float) -> Calibration:
    """Fit Platt's sigmoid, its shift shrunk as the intercept and its slope kept in 0..1.

    So it shrinks forecasts, and never amplifies or turns them over.
    """
    weight, prior = 1 / horizon, prior_deviation**-2
    slope, shift = most_likely(with_ones(raw[:, None]), y, weight, np.array([0.0, prior])).tolist()
    if not 0 <= slope <= 1:
        slope = float(np.clip(slope, 0.0, 1.0))
        shift = float(most_likely(np.ones((len(y), 1)), y, weight, np.array([prior]), slope * raw)[0])
    return Calibration(slope, shift)


def nested_forecasts(
    folds: list[tuple[Floats, Floats, Rows]], horizon: int, prior_deviation: float
) -> list[tuple[Floats, Rows]]:
    """Return (probability, rows) of every fold but the first, each calibrated on the folds before it."""
    found = []
    for k in range(1, len(folds)):
        raw, y = (np.concatenate([fold[i] for fold in folds[:k]]) for i in (0, 1))
        line = calibrated(raw, y, horizon, prior_deviation)
        found.append((expit(line.slope * folds[k][0] + line.shift), folds[k][2]))
    return found


def scores(p: Floats, sample: Sample, cluster_ms: int) -> Scores:
    """Score forecasts ``p`` of the sample's targets."""
    y = sample.y
    base = np.full(len(y), y.mean())
    low, slope, high = slope_interval(logit(p), y, sample.time // cluster_ms)
    return Scores(
        rows=len(y),
        base_rate=round(float(y.mean()), 4),
        auc=round(float(roc_auc_score(y, p)), 4),
        brier=round(float(brier_score_loss(y, p)), 5),
        brier_base=round(float(brier_score_loss(y, base)), 5),
        log_loss=round(float(log_loss(y, p)), 5),
        log_loss_base=round(float(log_loss(y, base)), 5),
        slope=round(slope, 3),
        slope_low=round(low, 3),
        slope_high=round(high, 3),
    )
