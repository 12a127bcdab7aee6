"""Forecasts of variance beside GARCH: exponential smoothing, Corsi's HAR-RV, their loss, and the share of jumps.

Variances are squared log returns per bar or per period, never annualised. A forecast at row t uses rows <= t and is
about the rows after t.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import gamma

import numpy as np
from scipy.signal import lfilter

from analysis.arrays import Floats
from analysis.features.look_backs import HAR_PERIODS
from analysis.features.windows import divide, lag, rolling_max, rolling_mean, rolling_min, rolling_sum

MIN_EIGENVALUE = 1e-10  # of the regressors' correlations: below it the fit is not determined
KNOWN_LOSSES = 0.5  # share of a window's losses that must be known
FLAT = 1e-12  # of the squared mean: a smaller variance is rounding
BIPOWER = np.pi / 2
JUMP_VARIANCE = np.pi**2 / 4 + np.pi - 5  # Barndorff-Nielsen and Shephard (2006)
TRIPOWER = 2 ** (2 / 3) * gamma(7 / 6) / gamma(1 / 2)  # E|Z|^(4/3) of a standard normal


@dataclass(frozen=True, slots=True, eq=False)
class Jumps:
    """``share`` of the variance that came in jumps, 0..1, and ``z`` of the test for any jump, each (rows)."""

    share: Floats
    z: Floats


def ewma_variance(returns: Floats, decay: float, min_count: int) -> Floats:
    """Return the smoothed variance sum(decay^i r_{t-i}^2) / sum(decay^i) over the known returns up to each row.

    RiskMetrics (1996), mean zero, decay 0.94 a day, made to start without a made-up first value. It forecasts every
    later bar alike. NaN below ``min_count`` known returns and where the row's own return is missing.
    """
    if not 0 < decay < 1:
        raise ValueError(f"decay must be between 0 and 1, was {decay}")
    known = np.isfinite(returns)
    squares = np.where(known, returns, 0.0) ** 2
    weight = lfilter([1.0], [1.0, -decay], known.astype(np.float64))
    variance = divide(lfilter([1.0], [1.0, -decay], squares), weight)
    return np.where(known & (np.cumsum(known) >= min_count), variance, np.nan)


def realised_variance(returns: Floats, n: int) -> Floats:
    """Return the sum of the last n squared log returns (Andersen and Bollerslev 1998)."""
    return rolling_sum(returns**2, n)


def har_forecast(variance: Floats, fit: int, horizon: int, periods: Sequence[int] = HAR_PERIODS) -> Floats:
    """Return Corsi's (2009) HAR-RV forecast of the mean variance of the next ``horizon`` rows, refitted each row.

    mean(v_{t+1..t+h}) = b0 + sum_k b_k mean(v_{t-p_k+1..t}) + e, least squares over the last ``fit`` rows whose
    target is known at t. A forecast outside the range of the targets it was fitted on is replaced by their mean
    (Swanson and White 1997; Bollerslev, Patton, Quaedvlieg 2016), so it is never negative. First value after
    max(periods) + fit + horizon - 1 rows; NaN at gaps and where the regressors do not determine the fit.
    """
    if horizon < 1 or fit <= len(periods) + 1:
        raise ValueError(f"har needs horizon >= 1 and fit > {len(periods) + 1}, was {horizon} and {fit}")
    regressors = [rolling_mean(variance, p) for p in periods]
    target, past = rolling_mean(variance, horizon), [lag(x, horizon) for x in regressors]
    means = np.array([rolling_mean(x, fit) for x in (*past, target)])
    beta = _least_squares([*past, target], means, fit)
    x = np.array(regressors) - means[:-1]
    forecast = means[-1] + np.einsum("tk,kt->t", beta, x)
    low, high = rolling_min(target, fit), rolling_max(target, fit)
    sane = np.isnan(forecast) | ((forecast >= low) & (forecast <= high))
    return np.asarray(np.where(sane, forecast, means[-1]), dtype=np.float64)


def _least_squares(columns: Sequence[Floats], means: Floats, n: int) -> Floats:
    """Coefficients (rows, k) of the last column on the others over trailing windows, by their covariances."""
    count, rows = len(columns), len(columns[0])
    covariance = np.empty((rows, count, count))
    for i in range(count):
        for j in range(i + 1):
            both = rolling_mean(columns[i] * columns[j], n) - means[i] * means[j]
            covariance[:, i, j] = covariance[:, j, i] = both
    spread = np.sqrt(np.maximum(np.einsum("tii->ti", covariance), 0))
    moves = (spread**2 > FLAT * means.T**2).all(axis=1)
    scale = np.where(moves[:, None], spread, 1.0)
    correlation = covariance / (scale[:, :, None] * scale[:, None, :])
    usable = moves & np.isfinite(correlation).all(axis=(1, 2))
    beta = np.full((rows, count - 1), np.nan)
    inner = correlation[usable][:, :-1, :-1]
    usable[usable] = np.linalg.eigvalsh(inner)[:, 0] > MIN_EIGENVALUE
    solved = np.linalg.solve(correlation[usable][:, :-1, :-1], correlation[usable][:, :-1, -1:])[:, :, 0]
    beta[usable] = solved * scale[usable, -1:] / scale[usable, :-1]
    return beta


def qlike(forecast: Floats, realised: Floats) -> Floats:
    """Return Patton's (2011) loss v/f - ln(v/f) - 1 of variance forecasts, 0 where right; NaN unless both are > 0."""
    usable = (forecast > 0) & (realised > 0)
    ratio = np.where(usable, realised, np.nan) / np.where(usable, forecast, 1.0)
    return np.asarray(ratio - np.log(ratio) - 1, dtype=np.float64)


def trailing_qlike(forecast: Floats, variance: Floats, horizon: int, n: int) -> Floats:
    """Return the mean loss of the last n forecasts whose ``horizon`` rows are over at t.

    The forecast of row t - horizon is judged by the mean variance of rows t - horizon + 1..t. NaN where fewer than
    half of the n losses are known.
    """
    loss = qlike(lag(forecast, horizon), rolling_mean(variance, horizon))
    known, before = np.isfinite(loss), np.zeros(n - 1)  # a history may be shorter than n
    count = rolling_sum(np.concatenate([before, known.astype(np.float64)]), n)[n - 1 :]
    mean = divide(rolling_sum(np.concatenate([before, np.where(known, loss, 0.0)]), n)[n - 1 :], count)
    return np.where(count >= KNOWN_LOSSES * n, mean, np.nan)


def jump_share(returns: Floats, n: int) -> Jumps:
    """Return 1 - BV/RV, floored at 0, over the last n returns, and the ratio test's z; n >= 3.

    BV = pi/2 * n/(n-1) * sum |r_i||r_{i-1}| (Barndorff-Nielsen and Shephard 2004); z = (1 - BV/RV) /
    sqrt((pi^2/4 + pi - 5)/n * max(1, TQ/BV^2)) with tripower quarticity TQ = n m^-3 n/(n-2) sum(|r_i||r_{i-1}|
    |r_{i-2}|)^(4/3), m = E|Z|^(4/3) (Huang and Tauchen 2005), standard normal without jumps. NaN where RV is 0.
    """
    if n < 3:
        raise ValueError(f"the share of jumps needs 3 returns or more, was {n}")
    size = np.abs(returns)
    realised = realised_variance(returns, n)
    bipower = BIPOWER * n / (n - 1) * _products(size, size, 1, n)
    power = size ** (4 / 3)
    tripower = n / TRIPOWER**3 * n / (n - 2) * _products(power * lag(power, 1), power, 2, n)
    raw = 1 - divide(bipower, realised)
    error = np.sqrt(JUMP_VARIANCE / n * np.maximum(1.0, divide(tripower, bipower**2)))
    return Jumps(np.maximum(raw, 0.0), raw / error)


def _products(left: Floats, right: Floats, back: int, n: int) -> Floats:
    """Sum over the last n values of left times right ``back`` rows earlier, pairs inside the window only."""
    return rolling_sum(left * lag(right, back), n - back)
