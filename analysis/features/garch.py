"""GARCH(1,1) with Student-t errors: an own fit, the filter between fits, and what the parameters say of the future.

r_t = mean + e_t, e_t = s_t z_t, s_t^2 = omega + alpha e_{t-1}^2 + beta s_{t-1}^2 (Bollerslev 1986, 1987), z a
Student t scaled to variance 1. The model, the value before the sample and the bounds are those of ``arch``
(``ConstantMean`` + ``GARCH(1,1)`` + ``StudentsT``); parameters are in the returns' own unit.
"""

from dataclasses import dataclass
from functools import lru_cache
from math import inf, log, nan

import numpy as np
from scipy.optimize import minimize
from scipy.signal import lfilter
from scipy.special import stdtr

from analysis.arrays import Floats
from analysis.features.fit_checks import steepness, why_unfit
from analysis.features.garch_likelihood import Sample, loss_and_scores, loss_and_slope, start_value
from analysis.features.garch_search import Point, scoring_search
from analysis.features.windows import divide

MIN_RETURNS = 100
BOUNDS = ((-1.0, 1.0), (log(1e-8), log(10.0)), (0.0, 1.0), (0.0, 1.0), (2.05, 500.0))
AT_BOUND = 1e-4
MAX_STEEPNESS = 1e-4  # of the mean log-likelihood per parameter, inside the bounds, at an accepted optimum
RESTARTS = 3
FEW = 500  # returns: below it a second search starts the grid's best point again
FLAT_ALPHA, FLAT_DEGREES = 0.01, 30.0


@dataclass(frozen=True, slots=True)
class Garch:
    """Parameters per bar, the maximised log-likelihood, the variance forecast for the bar after the sample.

    ``converged`` False comes with the ``reason`` in words; then the parameters are the best found, NaN if none were.
    ``at_bound``: persistence stands at 0 or 1, or the degrees of freedom at an end of 2.05..500.
    """

    mean: float
    omega: float
    alpha: float
    beta: float
    degrees: float
    log_likelihood: float
    next_variance: float
    converged: bool
    at_bound: bool
    reason: str

    @property
    def persistence(self) -> float:
        """alpha + beta: the share of a variance shock left after one bar."""
        return self.alpha + self.beta

    @property
    def half_life(self) -> float:
        """Bars until half of a variance shock is gone, ln 0.5 / ln(alpha + beta); infinite at 1, 0 at 0."""
        p = self.persistence
        if not p < 1:
            return inf if p >= 1 else nan
        return log(0.5) / log(p) if p > 0 else 0.0

    @property
    def long_run_variance(self) -> float:
        """omega / (1 - alpha - beta) per bar; infinite at persistence 1."""
        left = 1 - self.persistence
        return self.omega / left if left > 0 else (inf if left <= 0 else nan)


def fit_garch(returns: Floats) -> Garch:
    """Fit by bounded maximum likelihood from a fixed grid's best point: scoring steps, L-BFGS-B where they stall.

    ``returns`` (n) log returns per bar in any unit. It needs 100 known returns without a gap, not all equal;
    otherwise NaN parameters and the reason. Log-likelihoods equal those of ``arch`` to 1e-4 on series both fit.
    """
    reason = why_unfit(returns, MIN_RETURNS)
    if reason:
        return Garch(nan, nan, nan, nan, nan, nan, nan, converged=False, at_bound=False, reason=reason)
    sample = Sample.of(returns)
    low, high = np.array(BOUNDS).T
    start = start_value(sample)
    found = scoring_search(lambda theta: loss_and_scores(theta, sample), start, low, high)
    if len(returns) < FEW or _is_flat(found.theta):
        found = min(found, _searched(sample, start), key=lambda point: point.loss)
    for _ in range(RESTARTS):  # a line search can stop early next to a bound; from there it goes on
        if steepness(found.theta, found.slope, BOUNDS) <= MAX_STEEPNESS:
            break
        found = _searched(sample, found.theta)
    steep = steepness(found.theta, found.slope, BOUNDS)
    return _result(sample, found.theta, -found.loss * len(returns), steep)


def _is_flat(theta: Floats) -> bool:
    """Say whether shocks hardly matter or tails are normal: then the likelihood is flat, with several tops."""
    alpha = theta[2] * theta[3]
    return bool(alpha < FLAT_ALPHA or theta[2] - alpha < FLAT_ALPHA or theta[4] > FLAT_DEGREES)


def _searched(sample: Sample, theta: Floats) -> Point:
    end = minimize(
        loss_and_slope,
        theta,
        (sample,),
        "L-BFGS-B",
        True,
        bounds=BOUNDS,
        options={"ftol": 1e-13, "gtol": 1e-7},
    )
    return Point(end.x, float(end.fun), end.jac)


def _result(sample: Sample, theta: Floats, log_likelihood: float, steep: float) -> Garch:
    mean, log_omega, persistence, share, degrees = theta.tolist()
    alpha, scale = persistence * share, sample.scale
    beta = persistence - alpha
    variance = sample.variances(theta)[-1]
    following = np.exp(log_omega) + alpha * (sample.values[-1] - mean) ** 2 + beta * variance
    edges = (persistence, 1 - persistence, degrees - BOUNDS[4][0], BOUNDS[4][1] - degrees)
    converged = bool(np.isfinite(log_likelihood) and steep <= MAX_STEEPNESS)
    return Garch(
        mean=sample.centre + scale * mean,
        omega=float(np.exp(log_omega)) * scale**2,
        alpha=alpha,
        beta=beta,
        degrees=degrees,
        log_likelihood=log_likelihood - len(sample.values) * log(scale),
        next_variance=float(following) * scale**2,
        converged=converged,
        at_bound=min(edges) < AT_BOUND,
        reason=""
        if converged
        else f"the likelihood still rises: slope {steep:.1e} after {RESTARTS} searches",
    )


def filter_variance(returns: Floats, fit: Garch, variance: float | None = None) -> Floats:
    """Return at row t the variance forecast for row t + 1, from ``returns`` after the fitted sample (rows <= t).

    ``variance`` is the forecast for row 0, that of the fit unless given. A missing return has the row NaN and passes
    on its expectation, s_{t+1}^2 = omega + (alpha + beta) s_t^2. All NaN where the fit has no parameters.
    """
    current = fit.next_variance if variance is None else variance
    result = np.full(len(returns), np.nan)
    if not np.isfinite(current):
        return result
    squares = (returns - fit.mean) ** 2
    if np.isfinite(squares).all():
        drive = fit.omega + fit.alpha * squares
        return np.asarray(
            lfilter([1.0], [1.0, -fit.beta], drive, zi=[fit.beta * current])[0], dtype=np.float64
        )
    for row, square in enumerate(squares.tolist()):
        known = square < inf
        current = fit.omega + fit.alpha * (square if known else current) + fit.beta * current
        result[row] = current if known else nan
    return result


def standardised(returns: Floats, fit: Garch, variance: float | None = None) -> Floats:
    """Return (r_t - mean) / s_t, s_t forecast before row t; the row after a missing return is NaN too."""
    return residuals_of(returns, fit, filter_variance(returns, fit, variance), variance)


def residuals_of(returns: Floats, fit: Garch, ahead: Floats, variance: float | None = None) -> Floats:
    """Return ``standardised`` from what ``filter_variance`` gave for the same returns."""
    before = np.concatenate([[fit.next_variance if variance is None else variance], ahead])[:-1]
    return divide(returns - fit.mean, np.sqrt(before))


def mean_variance(next_variance: Floats, fit: Garch, horizon: int) -> Floats:
    """Return the expected mean variance of the next ``horizon`` bars from one-step forecasts (rows).

    E[s_{t+1+k}^2] = omega (1 + p + .. + p^(k-1)) + p^k s_{t+1}^2, p = alpha + beta, averaged over k = 0..horizon-1; its
    root is the horizon's mean volatility per bar. Holds at p = 1 too. ``ValueError`` below one bar.
    """
    if horizon < 1:
        raise ValueError(f"a forecast needs a horizon of one bar or more, was {horizon}")
    drift, share = _over_horizon(fit.persistence, horizon)
    return np.asarray(fit.omega * drift + share * next_variance, dtype=np.float64)


@lru_cache(maxsize=256)
def _over_horizon(persistence: float, horizon: int) -> tuple[float, float]:
    """Means over k = 0..horizon-1 of 1 + p + .. + p^(k-1) and of p^k; the same for every row, symbol and question."""
    powers = persistence ** np.arange(horizon)
    drift = np.concatenate([[0.0], np.cumsum(powers)[:-1]])
    return float(drift.mean()), float(powers.mean())


def tail_probability(z: Floats, fit: Garch) -> Floats:
    """Return P(|Z| > |z|) of standardised residuals under the fitted Student t scaled to variance 1, (rows)."""
    stretched = np.abs(z) * np.sqrt(fit.degrees / (fit.degrees - 2))
    return np.asarray(2 * stdtr(fit.degrees, -stretched), dtype=np.float64)
