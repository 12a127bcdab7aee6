"""The leader pull per bar: what the fit in force says of the next bar, as far as such forecasts have been worth it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from analysis.arrays import Floats
from analysis.corr.fit import PullFit, pull_columns
from analysis.corr.inputs import CorrInputs
from analysis.features.windows import lag, rolling_sum
from config.c_corr import CorrelationConfig

FEWEST_PROOFS: Final = 100
"""Forecasts without which nothing is known of their worth."""


@dataclass(frozen=True, slots=True, eq=False)
class PullRows:
    """Per row of the joint bars (n): parts of the forecast of the next return, its error, and the bar's deviation.

    ``inside`` and ``outside`` are the shares explained where it was fitted and afterwards, ``shrink`` what is left of a
    forecast: 0 where the share afterwards is not above zero, at most 1.
    """

    leaders: Floats
    own: Floats
    error: Floats
    deviation: Floats
    inside: Floats
    outside: Floats
    shrink: Floats


def pull_rows(inputs: CorrInputs, fits: Mapping[int, PullFit | None], config: CorrelationConfig) -> PullRows:
    """Return the forecast of every row from the last refit before it; NaN where there is none."""
    returns = pull_columns(inputs)
    n = len(returns)
    leaders, own, error, inside, actual = np.full((5, n), np.nan)
    times = sorted(fits)
    for place, at in enumerate(times):
        fit = fits[at]
        stop = times[place + 1] if place + 1 < len(times) else None
        rows = _between(inputs, at, stop)
        if fit is None or not range(*rows.indices(n)):
            continue
        leaders[rows], own[rows], error[rows] = _forecast(returns, rows, fit)
        inside[rows] = fit.r2
        actual[rows] = np.clip(returns[rows, -1], -fit.limit[-1], fit.limit[-1])
    outside = _worth(actual, lag(leaders + own, 1), config.proof_bars)
    shrink = np.divide(outside, np.maximum(inside, outside), out=np.zeros(n), where=outside > 0)
    shrink[~np.isfinite(outside)] = np.nan
    return PullRows(leaders, own, error, _deviation(returns[:, -1], config), inside, outside, shrink)


def _between(inputs: CorrInputs, start: int, stop: int | None) -> slice:
    """Return the rows that close from a refit time on, before the next one."""
    closes = inputs.joint.close_time
    return slice(
        int(np.searchsorted(closes, start)), None if stop is None else int(np.searchsorted(closes, stop))
    )


def _forecast(returns: Floats, rows: slice, fit: PullFit) -> tuple[Floats, Floats, Floats]:
    """Return the leaders' and the own part of the forecast, and its error, for some rows; NaN where a lag is."""
    lags = len(fit.weights)
    first = rows.start
    padded = np.concatenate([np.full((lags, returns.shape[1]), np.nan), returns])
    part = padded[first : (len(returns) if rows.stop is None else rows.stop) + lags]
    clipped = np.clip(part, -fit.limit, fit.limit)
    count = len(clipped) - lags
    past = np.stack([clipped[lags - step : lags - step + count] for step in range(lags)], axis=1)
    terms = (past * fit.weights).sum(axis=1)
    flat = past.reshape(count, -1)
    error = np.sqrt(np.einsum("ni,ij,nj->n", flat, fit.spread, flat))
    return terms[:, :-1].sum(axis=1), terms[:, -1], error


def _worth(actual: Floats, forecast: Floats, bars: int) -> Floats:
    """Return 1 - squared errors over squared returns of the last ``bars`` forecasts; NaN below ``FEWEST_PROOFS``."""
    known = np.isfinite(actual) & np.isfinite(forecast)
    errors = np.where(known, (actual - forecast) ** 2, 0.0)
    whole = np.where(known, actual**2, 0.0)
    padding = np.zeros(bars - 1)
    sums = [
        rolling_sum(np.concatenate([padding, column]), bars)[bars - 1 :]
        for column in (errors, whole, known.astype(np.float64))
    ]
    usable = (sums[2] >= min(FEWEST_PROOFS, bars) - 0.5) & (sums[1] > 0)
    return np.asarray(1 - np.divide(sums[0], sums[1], out=np.full(len(actual), np.nan), where=usable))


def _deviation(returns: Floats, config: CorrelationConfig) -> Floats:
    """Return the smoothed deviation of a bar's return, from returns up to it over the rolling window."""
    weights = config.ewma_decay ** np.arange(config.rolling - 1, -1, -1.0)
    known = np.isfinite(returns)
    padded = np.concatenate([np.zeros(config.rolling - 1), np.where(known, returns, 0.0) ** 2])
    counted = np.concatenate([np.zeros(config.rolling - 1), known.astype(np.float64)])
    variance, mass = (np.convolve(column, weights[::-1], "valid") for column in (padded, counted))
    enough = mass > 0.5 * weights.sum()
    usable = enough & (variance > 0)
    return np.asarray(np.sqrt(np.divide(variance, mass, out=np.full(len(returns), np.nan), where=usable)))
