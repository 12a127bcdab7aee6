"""Estimation of the two-state switching variance: exact likelihood, its slope from smoothed states, several starts.

The model is that of ``statsmodels`` ``MarkovRegression(2, trend="c", switching_trend=False, switching_variance=True)``
with its steady-state start. Smoothed states serve the slope alone; what is shown is filtered.
"""

from dataclasses import dataclass
from math import log, nan, pi

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit, logit

from analysis.arrays import Floats
from analysis.features.fit_checks import steepness, why_unfit
from analysis.features.markov_variance import SwitchingVariance

MIN_RETURNS = 250
BOUNDS = ((-1.0, 1.0), (log(1e-4), log(10.0)), (0.0, log(1e5)), (-13.0, 13.0), (-13.0, 13.0))
"""Of theta = (mean, ln calm variance, ln stressed / calm, logits to stay) on returns scaled to variance 1: the order
of the states is a plain bound. The logits reach to where a chance is 0 or 1 but for 2e-6."""
STARTS = (  # calm and stressed variance, chances to stay
    (0.5, 2.0, 0.98, 0.95),
    (0.3, 3.0, 0.95, 0.80),
    (0.7, 6.0, 0.95, 0.50),
    (0.8, 1.3, 0.99, 0.99),
    (0.7, 1.5, 0.05, 0.10),
)
ROUGH, FINE = (
    1e-8,
    1e-13,
)  # relative change of the loss at which a search ends, from a start and from the best of them
AT_BOUND = 1e-3
EDGE = 7.0  # a logit beyond it is a state of one bar, or one that outlasts 1,000
NOTHING = 1e-18
MAX_STEEPNESS = 1e-4  # of the mean log-likelihood per parameter, inside the bounds, at an accepted optimum
SEARCHES = 3  # a line search can stop early next to a bound; from there it goes on


@dataclass(frozen=True, slots=True)
class SwitchingFit:
    """The model with states ordered by variance, its maximised log-likelihood, and how the search ended.

    ``converged`` False comes with the ``reason`` in words; then the model is the best found, NaN if none was.
    ``at_bound``: a parameter stands at an end of its range, so a state is degenerate (never left, or hardly there).
    """

    model: SwitchingVariance
    log_likelihood: float
    converged: bool
    at_bound: bool
    reason: str


def fit_switching(returns: Floats) -> SwitchingFit:
    """Fit by maximum likelihood (L-BFGS-B) from every start, and keep the best; the same input gives the same fit.

    Needs 250 returns that vary and hold no gap.
    """
    reason = why_unfit(returns, MIN_RETURNS)
    if reason:
        return SwitchingFit(SwitchingVariance(nan, nan, nan, nan, nan), nan, False, False, reason)
    centre, scale = float(returns.mean()), float(returns.std())
    values = (returns - centre) / scale
    ends = [_search(values, _theta(*start), ROUGH) for start in STARTS]
    theta = min(ends, key=lambda end: end[1])[0]
    for _ in range(SEARCHES):
        theta, loss, steep = _search(values, theta, FINE)
        if steep <= MAX_STEEPNESS:
            break
    return _result(_Optimum(theta, -loss * len(values), steep), centre, scale, len(values))


def _theta(calm: float, stressed: float, stay_calm: float, stay_stressed: float) -> Floats:
    return np.array([0.0, log(calm), log(stressed / calm), *logit([stay_calm, stay_stressed])])


def _search(values: Floats, theta: Floats, tolerance: float) -> tuple[Floats, float, float]:
    found = minimize(
        loss_and_slope,
        theta,
        (values,),
        "L-BFGS-B",
        True,
        bounds=BOUNDS,
        options={"ftol": tolerance, "gtol": 1e-7},
    )
    return found.x, float(found.fun), steepness(found.x, found.jac, BOUNDS)


@dataclass(frozen=True, slots=True, eq=False)
class _Optimum:
    theta: Floats
    log_likelihood: float
    steepness: float


def _result(found: _Optimum, centre: float, scale: float, rows: int) -> SwitchingFit:
    mean, log_calm, log_ratio = found.theta[:3].tolist()
    stay_calm, stay_stressed = expit(found.theta[3:]).tolist()
    calm = float(np.exp(log_calm)) * scale**2
    low, high = np.array([*BOUNDS[:3], (-EDGE, EDGE), (-EDGE, EDGE)]).T
    converged = bool(np.isfinite(found.log_likelihood) and found.steepness <= MAX_STEEPNESS)
    return SwitchingFit(
        SwitchingVariance(
            centre + scale * mean, calm, calm * float(np.exp(log_ratio)), stay_calm, stay_stressed
        ),
        log_likelihood=found.log_likelihood - rows * log(scale),
        converged=converged,
        at_bound=bool(np.minimum(found.theta - low, high - found.theta).min() < AT_BOUND),
        reason=""
        if converged
        else f"the likelihood still rises: slope {found.steepness:.1e} after {SEARCHES} searches",
    )


def loss_and_slope(theta: Floats, values: Floats) -> tuple[float, Floats]:
    """Return minus the mean log-likelihood at theta of values (n), and its slope (5).

    By Hamilton's filter; the slope is the mean slope of the complete likelihood under the smoothed states (Fisher's
    identity), so it costs one backward pass.
    """
    mean, calm, ratio = float(theta[0]), float(np.exp(theta[1])), float(np.exp(theta[2]))
    stay_calm, stay = expit(theta[3:]).tolist()
    error = values - mean
    square = error**2
    # density calm : stressed, at most sqrt(ratio)
    against = np.sqrt(ratio) * np.exp((0.5 / ratio - 0.5) / calm * square)
    chance, norm = _predicted(against, 1 - stay_calm, stay)
    stressed = calm * ratio
    value = np.log(norm).mean() - 0.5 * (square.mean() / stressed + log(2 * pi * stressed))
    smooth = _smoothed(chance, chance / norm, stay)
    slope = np.empty(5)
    weight = (1 - smooth) / calm + smooth / stressed
    slope[0] = weight @ error
    slope[1] = 0.5 * (weight @ square - len(values))
    slope[2] = 0.5 * (smooth @ square / stressed - smooth.sum())
    slope[3:] = _stay_slopes(chance, chance / norm, smooth, stay_calm, stay)
    return -float(value), -slope / len(values)


def _predicted(against: Floats, leave_calm: float, stay: float) -> tuple[Floats, Floats]:
    """P(stressed at t | before t) and the density of row t over that of the stressed state, each (n)."""
    chance = leave_calm / (leave_calm + 1 - stay)  # the chain starts at its stationary distribution
    chances, keep = [chance], stay - leave_calm
    put = chances.append
    for other in against[:-1].tolist():
        chance = leave_calm + keep * chance / (chance + other - chance * other)
        put(chance)
    found = np.array(chances)
    return found, found + (1 - found) * against


def _smoothed(chance: Floats, filtered: Floats, stay: float) -> Floats:
    """P(stressed at t | all rows) by Kim's (1994) recursion, s_t = a_t + b_t s_{t+1}, (n).

    Solved by doubling: after k rounds row t holds the chain of 2^k rows, and |b| < 1 makes later rounds vanish.
    """
    following = chance[1:]
    a, b = np.empty(len(chance)), np.zeros(len(chance))
    a[0] = filtered[-1]
    a[1:] = (filtered[:-1] * (1 - stay) / (1 - following))[::-1]
    b[1:] = (filtered[:-1] * stay / following)[::-1] - a[1:]
    reach = 1
    while reach < len(a) and np.abs(b).max() > NOTHING:
        a[reach:] += b[reach:] * a[:-reach]
        b[reach:] *= b[:-reach].copy()
        reach *= 2
    return a[::-1]


def _stay_slopes(
    chance: Floats, filtered: Floats, smooth: Floats, stay_calm: float, stay: float
) -> tuple[float, float]:
    """Slopes of the log-likelihood by the logits of the two chances to stay."""
    leave_calm, leave = 1 - stay_calm, 1 - stay
    stayed = float(filtered[:-1] @ (smooth[1:] / chance[1:])) * stay
    began = float(smooth[:-1].sum())
    arrived = float(smooth[1:].sum()) - stayed  # from calm to stressed
    calm_rows = len(smooth) - 1 - began
    first, both = float(smooth[0]), 1 / (leave_calm + leave)
    by_calm = calm_rows - arrived - calm_rows * stay_calm
    by_stressed = stayed - began * stay
    by_calm -= stay_calm * leave_calm * (first / leave_calm - both)
    by_stressed -= stay * leave * ((1 - first) / leave - both)
    return by_calm, by_stressed
