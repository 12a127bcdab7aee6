"""From a score to a probability, and whether that probability may be shown: only where it has an edge out of sample."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.special import expit, logit
from scipy.stats import rankdata
from sklearn.isotonic import IsotonicRegression

from analysis.arrays import Floats, Times
from analysis.features.logistic import most_likely, slope_interval, with_ones
from composite.evidence.splits import walk_forward_splits

BINS: Final = 5
ISOTONIC_FROM: Final = 1000
"""Independent samples from which the map is isotonic; a sigmoid below."""
CLUSTER_TARGETS: Final = 5
"""Lengths of a target that one cluster of the slope's error spans."""
NARROWEST: Final = 1e-3
"""No forecast nearer to 0 or 1: an isotonic step may be exactly either, which no outcome may contradict."""


@dataclass(frozen=True, slots=True, eq=False)
class Outcomes:
    """Rows of all symbols in order of time: ``score``, ``happened`` 0/1, close of the row and end of its target (ms).

    ``overlap`` is how many rows of one symbol a target spans.
    """

    score: Floats
    happened: Floats
    time: Times
    until: Times
    symbols: int
    overlap: int


@dataclass(frozen=True, slots=True)
class Bin:
    """A fifth of the forecasts: their mean, how often it happened, and how many they are."""

    forecast: float
    observed: float
    count: int


@dataclass(frozen=True, slots=True)
class Reliability:
    """The record of forecasts out of sample, with the slope of outcomes on their log odds and its 95 % interval.

    A slope of 1 is calibrated; Brier scores are of the forecasts and of the frequency known before each part.
    """

    bins: tuple[Bin, ...]
    slope: float
    slope_low: float
    slope_high: float
    brier: float
    brier_base: float
    count: int

    @property
    def has_edge(self) -> bool:
        """Whether a probability may be shown: the slope's interval lies above 0."""
        return self.slope_low > 0


def outcome_rows(score: Floats, happened: Floats, close: Times, step_ms: int, horizon: int) -> Outcomes:
    """Return the known rows of ``score`` and ``happened`` (n, k; 0/1 or NaN), in order of time.

    The target of row t is over with the open of row t + 1 + ``horizon``.
    """
    known = np.isfinite(score) & np.isfinite(happened)
    rows, _ = np.nonzero(known)
    time = close[rows]
    return Outcomes(
        score[known],
        happened[known],
        time,
        time + (horizon + 1) * step_ms,
        int(known.any(axis=0).sum()),
        max(1, horizon),
    )


def walk_forward_probability(rows: Outcomes, parts: int, embargo_ms: int) -> tuple[Floats, Floats]:
    """Return (forecast, frequency known before) per row; NaN in the first part, which only trains.

    Each part is mapped by a fit on rows whose targets had ended before it: a sigmoid below 1,000 independent samples,
    isotonic from there.
    """
    forecast, base = np.full(len(rows.score), np.nan), np.full(len(rows.score), np.nan)
    for split in walk_forward_splits(rows.time, rows.until, parts, embargo_ms):
        x, y = rows.score[split.train], rows.happened[split.train]
        if not 0 < y.mean() < 1:
            continue
        independent = len(x) / (rows.overlap * rows.symbols)
        mapped = _isotonic if independent >= ISOTONIC_FROM else _sigmoid
        forecast[split.test] = np.clip(mapped(x, y, rows.score[split.test]), NARROWEST, 1 - NARROWEST)
        base[split.test] = y.mean()
    return forecast, base


def reliability(rows: Outcomes, forecast: Floats, base: Floats) -> Reliability | None:
    """Return the record of ``forecast``; ``None`` below five rows a bin. Errors are clustered over time."""
    known = np.isfinite(forecast)
    p, y, time = forecast[known], rows.happened[known], rows.time[known]
    if len(p) < 5 * BINS or not 0 < y.mean() < 1:
        return None
    cluster_ms = CLUSTER_TARGETS * max(1, int(np.median(rows.until - rows.time)))
    low, slope, high = slope_interval(logit(p), y, time // cluster_ms)
    return Reliability(
        _bins(p, y),
        slope,
        low,
        high,
        float(np.mean((p - y) ** 2)),
        float(np.mean((base[known] - y) ** 2)),
        len(p),
    )


def _bins(p: Floats, y: Floats) -> tuple[Bin, ...]:
    parts = np.array_split(np.argsort(p, kind="stable"), BINS)
    return tuple(Bin(float(p[part].mean()), float(y[part].mean()), len(part)) for part in parts)


def _sigmoid(x: Floats, y: Floats, asked: Floats) -> Floats:
    centre, scale = x.mean(), x.std()
    if not scale > 0:
        return np.full(len(asked), y.mean())
    design = with_ones(((x - centre) / scale)[:, None])
    slope, shift = most_likely(design, y, 1.0, np.array([1e-6, 0.0])).tolist()
    return np.asarray(expit(slope * (asked - centre) / scale + shift), dtype=np.float64)


def _isotonic(x: Floats, y: Floats, asked: Floats) -> Floats:
    rises = bool(np.cov(rankdata(x), y)[0, 1] >= 0)
    fitted = IsotonicRegression(increasing=rises, out_of_bounds="clip").fit(x, y)
    return np.asarray(fitted.predict(asked), dtype=np.float64)
