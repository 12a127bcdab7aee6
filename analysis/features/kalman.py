"""Local linear trend on log prices: filtered level and slope, and the noise variances by bounded likelihood.

Model (Harvey 1989, section 2.3.2; state a = (level, slope)):
    y_t = level_t + e_t;  level_{t+1} = level_t + slope_t + h_t;  slope_{t+1} = slope_t + z_t
with variances s2 * rho of e, s2 * (1 - rho) of h and s2 * q of z. s2 is concentrated out of the likelihood; 1/sqrt(q)
is the slope's memory in bars. The covariance recursion does not depend on the data: once the gain stands still the
rest of the series is one linear filter.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.signal import lfilter

from analysis.features.kalman_grid import best_start
from analysis.features.windows import Floats

STATIONARY = 1e-14
MAX_OBSERVATION_SHARE = 0.99


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


def filter_trend(y: Floats, noise: TrendNoise, state: TrendState) -> TrendPath:
    """Filter ``y`` (log prices, n) from the state that precedes its first row; row t uses rows <= t.

    Equal to pykalman's filter to 1e-8. A scalar recursion runs until the gain changes by less than 1e-14, a linear
    filter does the rest.
    """
    path = _Recursion(y, noise, state)
    path.run()
    return path.finish()


class _Recursion:
    def __init__(self, y: Floats, noise: TrendNoise, state: TrendState) -> None:
        self.y = y
        self.state = state
        self.rho = noise.observation_share
        self.level_noise = 1.0 - noise.observation_share
        self.slope_noise = noise.memory**-2
        n = len(y)
        self.level, self.slope = np.empty(n), np.empty(n)
        self.p_slope, self.innovation, self.variance = np.empty(n), np.empty(n), np.empty(n)
        self.done = 0
        self.gain = (0.0, 0.0)

    def run(self) -> None:
        """Advance row by row until the gain is stationary or the series ends."""
        s = self.state
        level, slope, p11, p12, p22 = s.level, s.slope, s.p_level, s.p_cross, s.p_slope
        k1 = k2 = np.inf
        rows: list[tuple[float, float, float, float, float]] = []
        for value in self.y.tolist():
            p11, p12, p22 = p11 + 2 * p12 + p22 + self.level_noise, p12 + p22, p22 + self.slope_noise
            level += slope
            variance = p11 + self.rho
            g1, g2 = p11 / variance, p12 / variance
            innovation = value - level
            level, slope = level + g1 * innovation, slope + g2 * innovation
            p11, p12, p22 = p11 - g1 * p11, p12 - g1 * p12, p22 - g2 * p12
            rows.append((level, slope, p22, innovation, variance))
            if abs(g1 - k1) < STATIONARY and abs(g2 - k2) < STATIONARY:
                break
            k1, k2 = g1, g2
        self._keep(rows)
        self.gain = (g1, g2) if rows else (0.0, 0.0)
        self.state = TrendState(level, slope, p11, p12, p22)

    def _keep(self, rows: list[tuple[float, float, float, float, float]]) -> None:
        self.done = len(rows)
        if rows:
            columns = np.array(rows).T
            for target, column in zip(self._targets(), columns, strict=True):
                target[: self.done] = column

    def _targets(self) -> tuple[Floats, Floats, Floats, Floats, Floats]:
        return self.level, self.slope, self.p_slope, self.innovation, self.variance

    def finish(self) -> TrendPath:
        """Filter the remaining rows with the stationary gain and return everything."""
        if self.done < len(self.y):
            self._stationary_tail()
        return TrendPath(self.level, self.slope, self.p_slope, self.innovation, self.variance, self.state)

    def _stationary_tail(self) -> None:
        # v_t = (2 - k1 - k2) v_{t-1} - (1 - k1) v_{t-2} + second difference of y; the last state stands in for
        # the two observations before the first row.
        (k1, k2), start, s = self.gain, self.done, self.state
        rest = self.y[start:]
        curvature = np.diff(np.concatenate([[s.level - s.slope, s.level], rest]), n=2)
        innovation = lfilter([1.0], [1.0, k1 + k2 - 2.0, 1.0 - k1], curvature)
        self.innovation[start:] = innovation
        self.level[start:] = rest - (1 - k1) * innovation
        self.slope[start:] = s.slope + k2 * np.cumsum(innovation)
        self.p_slope[start:], self.variance[start:] = s.p_slope, self.variance[start - 1]
        self.state = TrendState(float(self.level[-1]), float(self.slope[-1]), s.p_level, s.p_cross, s.p_slope)


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
