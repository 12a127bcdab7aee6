"""Estimation of the two-state switching variance: exact likelihood, its slope from smoothed states, several starts.

The model is that of ``statsmodels`` ``MarkovRegression(2, trend="c", switching_trend=False, switching_variance=True)``
with its steady-state start. Smoothed states serve the slope alone; what is shown is filtered.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log, nan

import numpy as np
from scipy.special import expit, logit

from analysis.arrays import Floats
from analysis.features.fit_checks import steepness, why_unfit
from analysis.features.lockstep import Ends, Places, search_all
from analysis.features.markov_likelihood import losses_and_slopes
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
GTOL = 1e-7
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
    return fit_switchings([returns])[0]


def fit_switchings(samples: Sequence[Floats]) -> list[SwitchingFit]:
    """Return ``fit_switching`` of each of some samples of n returns: they share the work, and no result."""
    reasons = [why_unfit(returns, MIN_RETURNS) for returns in samples]
    usable = [returns for returns, reason in zip(samples, reasons, strict=True) if not reason]
    fitted = iter(_fitted(np.stack(usable)) if usable else ())
    unknown = SwitchingVariance(nan, nan, nan, nan, nan)
    return [
        SwitchingFit(unknown, nan, False, False, reason) if reason else next(fitted) for reason in reasons
    ]


def _fitted(samples: Floats) -> list[SwitchingFit]:
    centre, scale = samples.mean(axis=1), samples.std(axis=1)
    values = np.ascontiguousarray(((samples - centre[:, None]) / scale[:, None]).T)
    return [
        _result(found, float(middle), float(width), len(values))
        for found, middle, width in zip(_optima(values), centre, scale, strict=True)
    ]


def _optima(values: Floats) -> list["_Optimum"]:
    """Search each column from every start, and on from the best of its ends."""
    rows = np.arange(values.shape[1])
    starts = np.tile([_theta(*start) for start in STARTS], (len(rows), 1))
    ends = _searched(values, np.repeat(rows, len(STARTS)), starts, ROUGH)
    found = ends.at(ends.loss.reshape(len(rows), -1).argmin(axis=1) + rows * len(STARTS))
    for _ in range(SEARCHES):
        found.put(rows, _searched(values, rows, found.theta[rows], FINE))
        steep = [steepness(*end, BOUNDS) for end in zip(found.theta, found.slope, strict=True)]
        rows = np.flatnonzero(np.array(steep) > MAX_STEEPNESS)
        if not len(rows):
            break
    return [
        _Optimum(theta, -float(loss) * len(values), steepest)
        for theta, loss, steepest in zip(found.theta, found.loss, steep, strict=True)
    ]


def _theta(calm: float, stressed: float, stay_calm: float, stay_stressed: float) -> Floats:
    return np.array([0.0, log(calm), log(stressed / calm), *logit([stay_calm, stay_stressed])])


def _searched(values: Floats, samples: Places, starts: Floats, tolerance: float) -> Ends:
    """Search from each start on its own sample, a column of ``values``."""

    def at(going: Places, theta: Floats) -> tuple[Floats, Floats]:
        return losses_and_slopes(theta, values[:, samples[going]])

    return search_all(at, starts, BOUNDS, ftol=tolerance, gtol=GTOL)


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
