"""Local linear trend on log prices: filtered level and slope, and the noise variances by bounded likelihood.

Model (Harvey 1989, section 2.3.2; state a = (level, slope)):
    y_t = level_t + e_t;  level_{t+1} = level_t + slope_t + h_t;  slope_{t+1} = slope_t + z_t
with variances s2 * rho of e, s2 * (1 - rho) of h and s2 * q of z. s2 is concentrated out of the likelihood; 1/sqrt(q)
is the slope's memory in bars. The covariance recursion does not depend on the data: once the gain stands still the
rest of the series is one linear filter.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.optimize import minimize
from scipy.signal import lfilter

from analysis.arrays import Floats
from analysis.features.kalman_grid import best_start

STATIONARY = 1e-14
MAX_OBSERVATION_SHARE = 0.99
KEPT_PATHS = 64  # of up to 800 rows, 25 kB each, in each process


@dataclass(frozen=True, slots=True)
class TrendNoise:
    """``memory`` = 1/sqrt(q) in bars, ``observation_share`` = rho in [0, 1), ``scale`` = s2 (log price squared)."""

    memory: float
    observation_share: float
    scale: float = 1.0


@dataclass(frozen=True, slots=True)
class TrendState:
    """Filtered level and slope (log price, log price per bar) and their covariance in units of s2."""

    level: float
    slope: float
    p_level: float
    p_cross: float
    p_slope: float


@dataclass(frozen=True, slots=True, eq=False)
class TrendPath:
    """Filtered level, slope, slope variance (units of s2), innovation and its variance (units of s2), per row."""

    level: Floats
    slope: Floats
    slope_variance: Floats
    innovation: Floats
    innovation_variance: Floats
    end: TrendState


@dataclass(frozen=True, slots=True, eq=False)
class GainPath:
    """Gains of level and slope per row, the filtered covariance, the innovation's variance (both units of s2)."""

    level: Floats
    slope: Floats
    p_level: Floats
    p_cross: Floats
    p_slope: Floats
    variance: Floats


@dataclass(frozen=True, slots=True)
class TrendEstimate:
    """Noise by maximum likelihood, the state at the end of the sample, and whether memory stands at a bound."""

    noise: TrendNoise
    state: TrendState
    log_likelihood: float
    at_bound: bool
    converged: bool


def first_state(y: float) -> TrendState:
    """Return the state after the first observation: its level, slope 0, a prior of one s2 for each."""
    return TrendState(level=y, slope=0.0, p_level=1.0, p_cross=0.0, p_slope=1.0)


def gain_path(noise: TrendNoise, p_level: float, p_cross: float, p_slope: float, rows: int) -> GainPath:
    """Return the gains of the rows that follow a state of this covariance, until they stand still to 1e-14.

    They depend on no price, so that one path serves every series filtered with the same noise.
    """
    level_noise, slope_noise, rho = 1.0 - noise.observation_share, noise.memory**-2, noise.observation_share
    p11, p12, p22 = p_level, p_cross, p_slope
    k1 = k2 = np.inf
    found: list[tuple[float, ...]] = []
    for _ in range(rows):
        p11, p12, p22 = p11 + 2 * p12 + p22 + level_noise, p12 + p22, p22 + slope_noise
        variance = p11 + rho
        g1, g2 = p11 / variance, p12 / variance
        p11, p12, p22 = p11 - g1 * p11, p12 - g1 * p12, p22 - g2 * p12
        found.append((g1, g2, p11, p12, p22, variance))
        if abs(g1 - k1) < STATIONARY and abs(g2 - k2) < STATIONARY:
            break
        k1, k2 = g1, g2
    return GainPath(*np.array(found).reshape(-1, 6).T)


kept_gain_path = lru_cache(maxsize=KEPT_PATHS)(gain_path)


def filter_trend(y: Floats, noise: TrendNoise, state: TrendState, gains: GainPath | None = None) -> TrendPath:
    """Filter ``y`` (log prices, n) from the state that precedes its first row; row t uses rows <= t.

    Equal to pykalman's filter to 1e-8. A scalar recursion runs until the gain changes by less than 1e-14, a linear
    filter does the rest. ``gains`` is the ``gain_path`` of this noise and state over n rows or more.
    """
    if gains is None:
        gains = gain_path(noise, state.p_level, state.p_cross, state.p_slope, len(y))
    varied = min(len(gains.level), len(y))
    path = _varied_rows(y[:varied], state, gains)
    return path if varied == len(y) else _with_stationary_tail(y, path, gains)


def _varied_rows(y: Floats, state: TrendState, gains: GainPath) -> TrendPath:
    n, level, slope = len(y), state.level, state.slope
    found: list[tuple[float, float, float]] = []
    for value, g1, g2 in zip(y.tolist(), gains.level[:n].tolist(), gains.slope[:n].tolist(), strict=True):
        level += slope
        innovation = value - level
        level, slope = level + g1 * innovation, slope + g2 * innovation
        found.append((level, slope, innovation))
    levels, slopes, innovations = np.array(found).reshape(-1, 3).T
    end = state if n == 0 else _state(level, slope, gains, n - 1)
    return TrendPath(levels, slopes, gains.p_slope[:n], innovations, gains.variance[:n], end)


def _state(level: float, slope: float, gains: GainPath, row: int) -> TrendState:
    covariance = (gains.p_level[row], gains.p_cross[row], gains.p_slope[row])
    return TrendState(float(level), float(slope), *(float(part) for part in covariance))


def _with_stationary_tail(y: Floats, head: TrendPath, gains: GainPath) -> TrendPath:
    # v_t = (2 - k1 - k2) v_{t-1} - (1 - k1) v_{t-2} + second difference of y; the last state stands in for the
    # two observations before the first row.
    k1, k2, state, last = float(gains.level[-1]), float(gains.slope[-1]), head.end, len(gains.level) - 1
    rest = y[last + 1 :]
    curvature = np.diff(np.concatenate([[state.level - state.slope, state.level], rest]), n=2)
    innovation = lfilter([1.0], [1.0, k1 + k2 - 2.0, 1.0 - k1], curvature)
    level = np.concatenate([head.level, rest - (1 - k1) * innovation])
    slope = np.concatenate([head.slope, state.slope + k2 * np.cumsum(innovation)])
    still = (np.full(len(rest), gains.p_slope[-1]), np.full(len(rest), gains.variance[-1]))
    return TrendPath(
        level,
        slope,
        np.concatenate([head.slope_variance, still[0]]),
        np.concatenate([head.innovation, innovation]),
        np.concatenate([head.innovation_variance, still[1]]),
        _state(level[-1], slope[-1], gains, last),
    )


def log_likelihood(path: TrendPath) -> tuple[float, float]:
    """Return the concentrated Gaussian log-likelihood (up to a constant) and s2, from innovations in units of s2."""
    n = len(path.innovation)
    scale = float(np.mean(path.innovation**2 / path.innovation_variance))
    if scale <= 0:
        return -np.inf, 0.0
    return -0.5 * (n * float(np.log(scale)) + float(np.log(path.innovation_variance).sum())), scale


def estimate_trend(y: Floats, memory_min: float, memory_max: float) -> TrendEstimate:
    """Fit the noise variances to ``y`` (log prices, n >= 3) with 1/sqrt(q) inside [memory_min, memory_max] bars.

    L-BFGS-B on (log memory, rho) from the best point of a fixed grid. Without bounds the likelihood sends the slope
    noise to zero on most price windows. A constant series is not fitted: ``converged`` is False and the scale 0.
    """
    bounds = ((np.log(memory_min), np.log(memory_max)), (0.0, MAX_OBSERVATION_SHARE))
    if np.ptp(y) == 0:
        noise = TrendNoise(memory_max, 0.0, 0.0)
        return TrendEstimate(noise, first_state(float(y[-1])), -np.inf, at_bound=False, converged=False)

    def loss(theta: Floats) -> float:
        return -log_likelihood(_filter_from_first(y, _noise(theta)))[0]

    best = minimize(loss, best_start(y, memory_min, memory_max), method="L-BFGS-B", bounds=bounds)
    path = _filter_from_first(y, _noise(best.x))
    likelihood, scale = log_likelihood(path)
    noise = TrendNoise(float(np.exp(best.x[0])), float(best.x[1]), scale)
    at_bound = bool(np.min(np.abs(np.array(bounds[0]) - best.x[0])) < 1e-6)
    return TrendEstimate(noise, path.end, likelihood, at_bound, bool(np.isfinite(likelihood)))


def _noise(theta: Floats) -> TrendNoise:
    return TrendNoise(memory=float(np.exp(theta[0])), observation_share=float(theta[1]))


def _filter_from_first(y: Floats, noise: TrendNoise) -> TrendPath:
    return filter_trend(y[1:], noise, first_state(float(y[0])))
