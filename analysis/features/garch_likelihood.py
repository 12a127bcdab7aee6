"""The Student-t GARCH(1,1) log-likelihood, its rows' exact slopes and a start, on a sample scaled to variance 1.

theta = (mean, ln omega, persistence = alpha + beta, share = alpha / persistence, degrees of freedom): with persistence
and share both in [0, 1] the stationarity condition is a plain bound.
"""

from dataclasses import dataclass

import numpy as np
from scipy.signal import lfilter
from scipy.special import digamma, gammaln

from analysis.arrays import Floats

BACKCAST_BARS, BACKCAST_DECAY = 75, 0.94  # arch: the squares whose weighted mean stands before the sample
PERSISTENCES = (0.5, 0.8, 0.95, 0.99)
SHARES = (0.03, 0.1, 0.25)
START_DEGREES = (4.5, 30.0)  # bounds of the moment estimate that starts the search


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """Returns less ``centre`` over ``scale``, and the square that stands before the first."""

    values: Floats
    centre: float
    scale: float
    backcast: float

    @classmethod
    def of(cls, returns: Floats) -> "Sample":
        """Scale returns (n) that vary and hold no gap."""
        centre, scale = float(returns.mean()), float(returns.std())
        values = (returns - centre) / scale
        weights = BACKCAST_DECAY ** np.arange(min(BACKCAST_BARS, len(values)))
        return cls(values, centre, scale, float(values[: len(weights)] ** 2 @ weights / weights.sum()))

    def variances(self, theta: Floats) -> Floats:
        """Return the conditional variance of each row, (n)."""
        alpha = float(theta[2] * theta[3])
        return self.recursion(float(np.exp(theta[1])) + alpha * self.earlier(theta), float(theta[2]) - alpha)

    def earlier(self, theta: Floats) -> Floats:
        """Return the squared error of the row before each row, (n)."""
        return np.concatenate([[self.backcast], (self.values[:-1] - theta[0]) ** 2])

    def recursion(self, drive: Floats, beta: float) -> Floats:
        """Return x_t = drive_t + beta x_{t-1} with the backcast before the first row."""
        return np.asarray(lfilter([1.0], [1.0, -beta], drive, zi=[beta * self.backcast])[0], dtype=np.float64)


def loss_and_scores(theta: Floats, sample: Sample) -> tuple[float, Floats]:
    """Return minus the mean log-likelihood at theta and each row's slopes of the log-likelihood, (5, n).

    ln L_t = lnG((v+1)/2) - lnG(v/2) - ln(pi (v-2))/2 - ln(s_t^2)/2 - (v+1)/2 ln(1 + e_t^2 / (s_t^2 (v-2))).
    """
    v = float(theta[4])
    rows = _Rows.at(theta, sample)
    pull = (rows.stretch - 1) / rows.stretch
    scores = np.empty((5, len(rows.error)))
    scores[:4] = _variance_slopes(theta, sample, rows.variance, rows.error)
    scores[:4] *= ((v + 1) * pull - 1) / (2 * rows.variance)
    scores[0] += (v + 1) / (v - 2) * rows.error / (rows.variance * rows.stretch)
    scores[4] = (0.5 * (v + 1) / (v - 2)) * pull - 0.5 * rows.logs
    scores[4] += 0.5 * (digamma((v + 1) / 2) - digamma(v / 2) - 1 / (v - 2))
    return rows.loss(v), scores


def loss_and_slope(theta: Floats, sample: Sample) -> tuple[float, Floats]:
    """Return minus the mean log-likelihood at theta and its slope (5)."""
    loss, scores = loss_and_scores(theta, sample)
    return loss, -scores.mean(axis=1)


@dataclass(frozen=True, slots=True, eq=False)
class _Rows:
    """Per row: error, conditional variance, stretch = 1 + e^2 / (s^2 (v-2)) and its logarithm."""

    error: Floats
    variance: Floats
    stretch: Floats
    logs: Floats

    @classmethod
    def at(cls, theta: Floats, sample: Sample) -> "_Rows":
        error, variance = sample.values - theta[0], sample.variances(theta)
        stretch = error**2 / (variance * (theta[4] - 2)) + 1
        return cls(error, variance, stretch, np.log(stretch))

    def loss(self, v: float) -> float:
        front = gammaln((v + 1) / 2) - gammaln(v / 2) - 0.5 * np.log(np.pi * (v - 2))
        return float(0.5 * np.log(self.variance).mean() + 0.5 * (v + 1) * self.logs.mean() - front)


def _variance_slopes(theta: Floats, sample: Sample, variance: Floats, error: Floats) -> Floats:
    """Slopes of the variances by mean, ln omega, persistence and share, (4, n): each the same recursion."""
    persistence, share = float(theta[2]), float(theta[3])
    alpha, beta = persistence * share, persistence * (1 - share)
    earlier = sample.earlier(theta)
    before = np.concatenate([[sample.backcast], variance[:-1]])
    drive = np.empty((4, len(error)))
    drive[0, 0], drive[0, 1:] = 0.0, -2 * alpha * error[:-1]
    drive[1] = np.exp(theta[1])
    drive[2] = share * earlier + (1 - share) * before
    drive[3] = persistence * (earlier - before)
    return np.asarray(lfilter([1.0], [1.0, -beta], drive, axis=1), dtype=np.float64)


def start_value(sample: Sample) -> Floats:
    """Return the best of a fixed grid: mean 0, variance targeted, degrees 4 + 6 / excess kurtosis (its moment)."""
    excess = float(np.mean(sample.values**4)) - 3
    degrees = float(np.clip(4 + 6 / excess, *START_DEGREES)) if excess > 0 else START_DEGREES[1]
    grid = [np.array([0.0, np.log(1 - p), p, share, degrees]) for p in PERSISTENCES for share in SHARES]
    losses = [_Rows.at(theta, sample).loss(degrees) for theta in grid]
    return grid[int(np.argmin(losses))]
