"""How long a score lasts: trailing ranks, autocorrelation, turnover, and its correlation over several horizons."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from analysis.arrays import Floats
from analysis.features.evidence import outcome_coefficient, rank_rows
from analysis.features.robust import mid_rank
from composite.evidence.outcomes import entered_return

DECAY: Final = (0.25, 0.5, 1.0, 2.0, 4.0)
"""Multiples of a score's horizon at which its correlation is read."""


def trailing_ranks(score: Floats, window: int, min_count: int) -> Floats:
    """Return each score's mid-rank (n, k) among its own past ``window`` values, 0..1; NaN below ``min_count``."""
    columns = [mid_rank(column, window, min_count) for column in score.T]
    return np.column_stack(columns)


@dataclass(frozen=True, slots=True)
class DecayPoint:
    """The rank correlation at a multiple of the score's horizon, with its Newey-West error; ``None`` if unmeasured."""

    multiple: float
    horizon: int
    ic: float | None
    error: float | None


def decay(score: Floats, opened: Floats, horizon: int) -> tuple[DecayPoint, ...]:
    """Return the rank correlation at a quarter to four times the horizon; multiples below one bar are left out."""
    points = []
    for multiple in DECAY:
        bars = round(horizon * multiple)
        if bars < 1:
            continue
        found = outcome_coefficient(score, entered_return(opened, bars), bars)
        points.append(
            DecayPoint(multiple, bars, None, None)
            if found is None
            else DecayPoint(multiple, bars, found.ic, found.error)
        )
    return tuple(points)


@dataclass(frozen=True, slots=True)
class Persistence:
    """``autocorrelation`` of the score by lag (bars); ``turnover``: the mean size of a change of trailing rank."""

    autocorrelation: Mapping[int, float]
    turnover: float


def persistence(score: Floats, ranks: Floats, lags: tuple[int, ...]) -> Persistence:
    """Return how slowly a score (n, k) moves, correlations being those of ranks, mean over symbols."""
    found = {}
    for lag in lags:
        ratio = rank_rows(score[:-lag], score[lag:]) if len(score) > lag else None
        found[lag] = ratio.value if ratio is not None else float("nan")
    steps = np.abs(np.diff(ranks, axis=0))
    known = steps[np.isfinite(steps)]
    return Persistence(found, float(known.mean()) if len(known) else float("nan"))
