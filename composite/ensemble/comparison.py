"""Model, weighted mean and base rate on rows that none of them had seen: losses, and what chance makes of them."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.stats import rankdata

from analysis.arrays import Floats
from analysis.features.stationary_bootstrap import stationary_rows
from composite.ensemble.fitting import sigmoid
from composite.ensemble.model import probability_of
from composite.ensemble.record import Comparison, Difference, ForecastLosses
from composite.ensemble.sample import LabelledRows

DRAWS: Final = 2000
DRAWS_AT_ONCE: Final = 50
BLOCK_SPANS: Final = 5
"""Horizons in a mean block of the bootstrap."""
TOP_SHARE: Final = 0.2
TAIL: Final = 2.5
"""Per cent beyond each end of a 95 % interval."""


@dataclass(frozen=True, slots=True, eq=False)
class UnseenForecasts:
    """Log-odds (n) of the same rows by the model, by the calibrated weighted mean and by the base rate."""

    sample: LabelledRows
    model: Floats
    weighted_mean: Floats
    base: Floats


def compared(forecasts: UnseenForecasts, horizon_ms: float, seed: int) -> Comparison:
    """Compare forecasts of the rows that all of them know; ``ValueError`` where there are no two outcomes."""
    known = np.isfinite(forecasts.model) & np.isfinite(forecasts.weighted_mean)
    rows = forecasts.sample.of(known)
    if len(np.unique(rows.y)) < 2:
        raise ValueError("expected rows of both outcomes to compare on")
    log_odds = [part[known] for part in (forecasts.model, forecasts.weighted_mean, forecasts.base)]
    forward = _unit_ranks(rows.forward)
    model, mean, base = (_per_row(one, rows.y, forward) for one in log_odds)
    differences = np.column_stack(
        [mean[0] - model[0], mean[1] - model[1], model[2] - mean[2], base[0] - model[0]]
    )
    in_log_loss, in_brier, in_ic, on_base = _bootstrapped(
        differences, (rows.time - rows.time[0]) // int(horizon_ms), seed
    )
    top, bottom = _top_and_bottom(log_odds[0], rows.forward)
    return Comparison(
        rows=len(rows),
        independent=rows.independent(horizon_ms),
        base_rate=float(rows.y.mean()),
        model=_mean(model),
        weighted_mean=_mean(mean),
        base=_mean(base),
        log_loss_gain=in_log_loss,
        brier_gain=in_brier,
        ic_gain=in_ic,
        gain_on_base=on_base,
        slope=sigmoid(log_odds[0], rows.y).slope,
        mean_spread=float(top.mean() - bottom.mean()),
        median_spread=float(np.median(top) - np.median(bottom)),
    )


def _mean(per_row: Floats) -> ForecastLosses:
    log_loss, brier, ic = per_row.mean(axis=1).tolist()
    return ForecastLosses(log_loss, brier, ic)


def _per_row(log_odds: Floats, y: Floats, forward: Floats) -> Floats:
    """Return log loss, squared error and share in the rank correlation of every row, (3, n)."""
    loss = np.logaddexp(0.0, log_odds) - y * log_odds
    return np.array([loss, (probability_of(log_odds) - y) ** 2, _unit_ranks(log_odds) * forward])


def _unit_ranks(values: Floats) -> Floats:
    ranks = rankdata(values)
    spread = ranks.std()
    return np.asarray((ranks - ranks.mean()) / spread) if spread > 0 else np.zeros(len(ranks))


def _bootstrapped(
    differences: Floats, span: np.typing.NDArray[np.int64], seed: int
) -> tuple[Difference, ...]:
    """Return the mean of each column (n, k) with its interval; rows of one ``span`` (n) stay together.

    Spans are drawn in the blocks of the stationary bootstrap, a mean of five long.
    """
    place = np.unique(span, return_inverse=True)[1]
    sums = np.column_stack([np.bincount(place, column) for column in differences.T])
    counts = np.bincount(place)
    drawn = np.concatenate(
        [
            sums[rows].sum(axis=1) / counts[rows].sum(axis=1)[:, None]
            for rows in (
                stationary_rows(len(counts), BLOCK_SPANS, DRAWS_AT_ONCE, seed + k)
                for k in range(DRAWS // DRAWS_AT_ONCE)
            )
        ]
    )
    low, high = np.percentile(drawn, [TAIL, 100 - TAIL], axis=0)
    means = differences.mean(axis=0)
    return tuple(Difference(float(m), float(a), float(b)) for m, a, b in zip(means, low, high, strict=True))


def _top_and_bottom(forecast: Floats, forward: Floats) -> tuple[Floats, Floats]:
    low, high = np.quantile(forecast, [TOP_SHARE, 1 - TOP_SHARE])
    return forward[forecast >= high], forward[forecast <= low]
