"""Hurst exponents of trailing windows of returns, by detrended fluctuation and by rescaled range, with intervals.

Both cut the last n returns into boxes of equal length, counted back from the newest, at up to twelve lengths spaced
evenly in their logarithm from 8 to n / 4, and fit a line through (ln length, ln statistic). Boxes do not depend on
the window they stand in, so every box is measured once for all rows. 0.5 is no memory, more is trend.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from analysis.arrays import Floats
from analysis.features.windows import CHUNK, centred, divide, rolling_max, rolling_min, trailing

SHORTEST_BOX = 8
LENGTHS = 12
MIN_RETURNS = 64  # below it fewer than two octaves of box lengths remain
NULL_SERIES = 1000
NULL_SEED = 20240917
MEMORIES = (0.1, 0.3, 0.7, 0.9)  # true exponents the interval's table simulates; 0.5 is the noise itself
MEMORY_SERIES = 400
FAR = 10.0  # exponents beyond the table's ends, to which its last pieces are drawn out
ROUNDING = 1e-7  # a spread below this share of the largest |return| is rounding, not movement
INTERVAL = 1.959964  # standard deviations on each side of a 95 % interval
ONE_THREAD = (
    200_000  # multiplications; OpenBLAS splits larger products among threads, which cost more than they save
)

BoxStatistic = Callable[[Floats], Floats]


@dataclass(frozen=True, slots=True, eq=False)
class Hurst:
    """``exponent`` with its 95 % bounds and its z against no memory, each (rows), NaN where not computable.

    ``low``..``high`` holds the exponent and every true one that it does not reject at 5 %; it leaves 0.5 out exactly
    where |z| > 1.96, and need not be symmetric.
    """

    exponent: Floats
    low: Floats
    high: Floats
    z: Floats


def dfa_hurst(returns: Floats, n: int) -> Hurst:
    """Return the exponent of the last n returns by first-order detrended fluctuation (Peng et al. 1994).

    F(s) = root of the mean square left when the cumulated returns of each box are freed of their own line;
    exponent = slope of ln F on ln s, less what Gaussian noise of n values reads above 0.5; z divides by the standard
    deviation of that noise (1,000 series, fixed seed). The interval comes from readings of simulated fractional
    Gaussian noise of known exponents, so it widens with memory; volatility clusters would widen both further (at
    n = 256 it holds 0.5 in 88 of 100 GARCH(1,1)-t series). NaN before n returns, at gaps, where returns do not vary.
    """
    return _hurst(returns, n, _detrended_square, 0.5)


def rescaled_range_hurst(returns: Floats, n: int) -> Hurst:
    """Return the exponent of the last n returns by rescaled range (Hurst 1951) with Anis and Lloyd's correction.

    R/S(s) = mean over boxes of range of the cumulated deviations / standard deviation (divisor s);
    exponent = 0.5 + slope of ln(R/S) - ln(E[R/S]) on ln s (Weron 2002), E from ``expected_rescaled_range``, less what
    is left of the bias on Gaussian noise of n values. It leans to 0.5: at n = 512 a true 0.7 reads 0.64 on average. The
    exponent keeps that lean, the interval does not: it reaches further away from 0.5. z, interval and gaps as in
    ``dfa_hurst``; NaN also where a whole box stands still.
    """
    return _hurst(returns, n, _rescaled_range, 1.0)


@lru_cache(maxsize=512)
def expected_rescaled_range(length: int) -> float:
    """Return E[R/S] of ``length`` independent Gaussian values (Anis and Lloyd 1976), exact; length >= 2.

    Gamma((s-1)/2) / (sqrt(pi) Gamma(s/2)) * sum over r = 1..s-1 of sqrt((s - r) / r).
    """
    r = np.arange(1, length, dtype=np.float64)
    front = np.exp(gammaln((length - 1) / 2) - gammaln(length / 2)) / np.sqrt(np.pi)
    return float(front * np.sqrt((length - r) / r).sum())


def box_lengths(n: int) -> NDArray[np.int64]:
    """Return the box lengths used on n returns, ascending; ``ValueError`` below 64 returns."""
    return np.array(_lengths(n), dtype=np.int64)


@lru_cache(maxsize=32)
def _lengths(n: int) -> tuple[int, ...]:
    if n < MIN_RETURNS:
        raise ValueError(f"a hurst exponent needs {MIN_RETURNS} returns or more, was {n}")
    spaced = np.geomspace(SHORTEST_BOX, n // 4, LENGTHS).round().astype(np.int64)
    return tuple(np.unique(spaced).tolist())


def _hurst(returns: Floats, n: int, statistic: BoxStatistic, power: float) -> Hurst:
    mean, deviation = _noise(n, statistic, power)
    lines = [_mean_of_boxes(returns, n, s, statistic) for s in _lengths(n)]
    raw = _slope(np.array(lines), n, statistic, power)
    exponent = np.where(_moves(returns, n), raw - mean + 0.5, np.nan)
    least, most, true = _bounds(n, statistic, power)
    low = np.minimum(np.interp(exponent, most, true), exponent)
    high = np.maximum(np.interp(exponent, least, true), exponent)
    return Hurst(exponent, low, high, (exponent - 0.5) / deviation)


def _slope(means: Floats, n: int, statistic: BoxStatistic, power: float) -> Floats:
    """Slope of power * ln(statistic) on ln(length), relative to E[R/S] for rescaled range; means (lengths, rows)."""
    lengths = box_lengths(n)
    logs = power * np.log(np.where(means > 0, means, np.nan))
    if statistic is _rescaled_range:
        expected = np.log([expected_rescaled_range(s) for s in _lengths(n)])
        logs = logs - (expected - 0.5 * np.log(lengths))[:, None]
    x = np.log(lengths)
    x -= x.mean()
    return np.asarray(x @ logs / (x @ x), dtype=np.float64)


@lru_cache(maxsize=32)
def _noise(n: int, statistic: BoxStatistic, power: float) -> tuple[float, float]:
    """Mean and standard deviation of the slope on Gaussian noise of n values."""
    draws = np.random.default_rng(NULL_SEED).standard_normal((NULL_SERIES, n))
    return _reading(draws, statistic, power)


def _reading(series: Floats, statistic: BoxStatistic, power: float) -> tuple[float, float]:
    """Mean and standard deviation of the slope over series (count, n)."""
    count, n = series.shape
    means = [
        statistic(series[:, n % s :].reshape(-1, s)).reshape(count, -1).mean(axis=1) for s in _lengths(n)
    ]
    slopes = _slope(np.array(means), n, statistic, power)
    return float(slopes.mean()), float(slopes.std(ddof=1))


@lru_cache(maxsize=32)
def _bounds(n: int, statistic: BoxStatistic, power: float) -> tuple[Floats, Floats, Floats]:
    """Least and most that 95 % of series of each true exponent read, and those exponents, each ascending.

    Read backwards they are Neyman's (1937) interval: it covers at every exponent, whatever bias and spread are there.
    """
    mean, deviation = _noise(n, statistic, power)
    readings = {h: _reading(_fractional_noise(h, n), statistic, power) for h in MEMORIES}
    readings[0.5] = (mean, deviation)
    true = np.array(sorted(readings))
    centre, spread = np.array([readings[h] for h in true.tolist()]).T
    centre += 0.5 - mean
    knots = [_drawn_out(values) for values in (centre - INTERVAL * spread, centre + INTERVAL * spread, true)]
    return knots[0], knots[1], knots[2]


def _drawn_out(knots: Floats) -> Floats:
    """Add a point ``FAR`` away at each end, on the line through the two outermost."""
    pieces = FAR / (MEMORIES[1] - MEMORIES[0])
    first = knots[0] - pieces * (knots[1] - knots[0])
    last = knots[-1] + pieces * (knots[-1] - knots[-2])
    return np.concatenate([[first], knots, [last]])


def _fractional_noise(exponent: float, n: int) -> Floats:
    """Exact fractional Gaussian noise by Davies and Harte's (1987) circulant embedding, (series, n).

    Every exponent is made of the same Gaussian values, so the table is smooth in it.
    """
    k = np.arange(n + 1.0)
    power = 2 * exponent
    covariance = 0.5 * ((k + 1) ** power - 2 * k**power + np.abs(k - 1) ** power)
    eigen = np.fft.hfft(covariance) / (2 * n)
    parts = np.random.default_rng(NULL_SEED).standard_normal((2, MEMORY_SERIES // 2, 2 * n))
    pairs = np.fft.fft(np.sqrt(np.maximum(eigen, 0.0)) * (parts[0] + 1j * parts[1]), axis=1)[:, :n]
    return np.concatenate([pairs.real, pairs.imag])  # both parts are such noise, independent of each other


def _mean_of_boxes(returns: Floats, n: int, length: int, statistic: BoxStatistic) -> Floats:
    """Mean of the box statistic over the n // length boxes that end at each row, (rows)."""
    rows, boxes = len(returns), n // length
    result = np.full(rows, np.nan)
    if rows < n:
        return result
    if rows == n:  # one row: only the boxes it is made of
        each = statistic(returns[n - boxes * length :].reshape(boxes, length))
        result[-1] = sum(each[::-1].tolist()) / boxes
        return result
    view = trailing(returns, length)
    each = np.concatenate([statistic(view[start : start + CHUNK]) for start in range(0, len(view), CHUNK)])
    reach = (boxes - 1) * length
    total = sum(
        (each[reach - k * length : len(each) - k * length] for k in range(boxes)), np.zeros(len(each) - reach)
    )
    result[n - 1 :] = total[n - boxes * length :] / boxes
    return result


def _detrended_square(boxes: Floats) -> Floats:
    """Mean square around the line through the cumulated values of each box (boxes, s) -> (boxes)."""
    count, length = boxes.shape
    matrix, step, result = _detrending(length), max(1, ONE_THREAD // length**2), np.empty(count)
    for start in range(0, count, step):
        left = boxes[start : start + step] @ matrix
        result[start : start + step] = np.vecdot(left, left)
    return result


@lru_cache(maxsize=512)
def _detrending(length: int) -> Floats:
    """The matrix that cumulates a row of values less their mean, takes out its line, and divides by sqrt(length)."""
    cumulated = np.cumsum(np.eye(length) - 1 / length, axis=1)
    x = np.arange(length, dtype=np.float64) - (length - 1) / 2
    level = cumulated - cumulated.mean(axis=1, keepdims=True)
    matrix = (level - np.outer(level @ x, x) / (x @ x)) / np.sqrt(length)
    matrix.flags.writeable = False
    return np.asarray(matrix, dtype=np.float64)


def _rescaled_range(boxes: Floats) -> Floats:
    """Range of the cumulated deviations over the standard deviation, divisor s, (boxes, s) -> (boxes)."""
    away = centred(boxes)
    profile = np.cumsum(away, axis=1)
    deviation = np.sqrt(np.vecdot(away, away) / boxes.shape[1])
    still = deviation <= ROUNDING * np.abs(boxes).max(axis=1)
    return divide(profile.max(axis=1) - profile.min(axis=1), np.where(still, 0.0, deviation))


def _moves(returns: Floats, n: int) -> NDArray[np.bool_]:
    high, low = rolling_max(returns, n), rolling_min(returns, n)
    return np.asarray(high - low > ROUNDING * np.maximum(np.abs(high), np.abs(low)))
