"""What a score of size was worth against the future size that it claims: ranks, and the loss of a variance from it."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from sklearn.isotonic import IsotonicRegression

from analysis.arrays import Floats
from analysis.features.evidence import FEWEST, rank_rows
from analysis.features.row_ratio import RowRatio, drawn_ratios, interval_of
from analysis.features.volatility_forecast import qlike
from composite.evidence.estimate import Estimate, Resampling

REFIT_ROWS: Final = 500


@dataclass(frozen=True, slots=True)
class IntensityRecord:
    """``rank`` correlation with the future quantity, its Newey-West error, and the same estimator's ``placebo``.

    ``count`` moments, ``independent`` of them without overlap.
    """

    horizon: int
    count: int
    independent: int
    rank: Estimate
    error: float
    placebo: float


@dataclass(frozen=True, slots=True)
class LossRecord:
    """Mean QLIKE of a variance forecast and of its ``benchmark`` over the same rows; a positive ``gain`` is better."""

    loss: float
    benchmark: float
    gain: Estimate
    count: int


def intensity_record(score: Floats, later: Floats, horizon: int, how: Resampling) -> IntensityRecord | None:
    """Return the rank record of ``score`` (n, k) with what came ``later`` (n, k); ``None`` if constant or too short.

    The placebo correlates with outcomes moved in time (`shifted_coefficients`), since sizes have no signs.
    """
    ranked = rank_rows(score, later)
    if ranked is None:
        return None
    drawn = ranked.drawn(how.block(horizon), how.draws, how.seed)
    count = int((ranked.below > 0).sum())
    return IntensityRecord(
        horizon,
        count,
        count // max(1, horizon),
        Estimate(ranked.value, *interval_of(drawn)),
        ranked.error(2 * horizon),
        float(np.mean(shifted_coefficients(score, later, how.seed))),
    )


def shifted_coefficients(score: Floats, later: Floats, seed: int, draws: int = 20) -> list[float]:
    """Return the rank correlation with outcomes moved around the span by a random quarter of it or more."""
    generator, n = np.random.default_rng(seed), len(later)
    found = []
    for shift in generator.integers(n // 4, n - n // 4, size=draws).tolist():
        ratio = rank_rows(score, np.roll(later, shift, axis=0))
        found.append(ratio.value if ratio is not None else float("nan"))
    return found


def mapped_variance(score: Floats, variance: Floats, horizon: int, refit: int = REFIT_ROWS) -> Floats:
    """Return the variance (n) that each score (n) stood for: isotonic in the past, refitted every ``refit`` rows.

    A fit at row t uses rows whose ``horizon`` bars were over at t. NaN before the first fit with 60 of them.
    """
    result = np.full(len(score), np.nan)
    for start in range(refit, len(score), refit):
        x, y = score[: start - horizon], variance[: start - horizon]
        known = np.isfinite(x) & np.isfinite(y)
        if known.sum() < FEWEST:
            continue
        fitted = IsotonicRegression(out_of_bounds="clip").fit(x[known], y[known])
        rows = slice(start, min(start + refit, len(score)))
        asked = np.isfinite(score[rows])
        result[rows][asked] = fitted.predict(score[rows][asked])
    return result


def loss_record(
    forecast: Floats, benchmark: Floats, variance: Floats, horizon: int, how: Resampling
) -> LossRecord | None:
    """Compare two variance forecasts (n, k) by QLIKE on the rows that both have; ``None`` where there are none."""
    ours, theirs = (_losses(one, variance) for one in (forecast, benchmark))
    known = np.isfinite(ours) & np.isfinite(theirs)
    if known.any(axis=1).sum() < FEWEST:
        return None
    count = known.sum(axis=1).astype(np.float64)
    ratios = tuple(RowRatio(np.where(known, part, 0.0).sum(axis=1), count) for part in (ours, theirs))
    drawn = drawn_ratios(ratios, how.block(horizon), how.draws, how.seed)
    gain = Estimate(ratios[1].value - ratios[0].value, *interval_of(drawn[:, 1] - drawn[:, 0]))
    return LossRecord(ratios[0].value, ratios[1].value, gain, int(known.any(axis=1).sum()))


def _losses(forecast: Floats, variance: Floats) -> Floats:
    return np.column_stack([qlike(f, v) for f, v in zip(forecast.T, variance.T, strict=True)])
