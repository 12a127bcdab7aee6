"""Volatility and one-bar tail of every bar: GARCH fitted at refit times, only its filter runs between them.

The tail is filtered historical simulation (Barone-Adesi, Giannopoulos and Vosper 1999): a quantile of the residuals
of the ``fit_bars`` returns before a refit time, times the volatility forecast of each bar after it. A return over a
hole in the bars is unknown: it is left out, and the forecast stands. Where a fit does not converge, exponential
smoothing (RiskMetrics 1996) stands in.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import nan

import numpy as np

from analysis.arrays import Floats
from analysis.features.filtered_returns import SEED_BARS, Recursion, ewma, variance_path
from analysis.features.garch import Garch, fit_garch, mean_variance
from analysis.features.tail_loss import (
    MIN_COUNT,
    cornish_fisher,
    loss_of_sorted,
    observations_needed,
    pnl_of,
)
from analysis.features.volatility_forecast import ewma_variance
from analysis.features.windows import divide
from analysis.framework.refit import rows_served
from config.c_risk import RiskExposureConfig
from utils.binance_api.bars import Bars
from utils.binance_api.intervals import DAY, MINUTE, SHORTEST_MS

HOLES = 100
"""Bars a window reaches further back than its returns, so that some may be missing."""
LEVELS = (95, 99)


@dataclass(frozen=True, slots=True)
class RiskFit:
    """What stands at a refit time: the recursion (``garch.converged`` False: smoothing stands in) and Cornish-Fisher's
    one-bar losses at ``LEVELS``, fractions of notional, NaN where the expansion fails.
    """

    garch: Garch
    cornish: tuple[float, float]

    @property
    def recursion(self) -> Recursion:
        """The variance recursion."""
        return Recursion(self.garch.omega, self.garch.alpha, self.garch.beta)


def window_bars(config: RiskExposureConfig) -> int:
    """Return how many bars before a refit time its fit may read."""
    return config.fit_bars + SEED_BARS + 1 + HOLES


def fewest_bars() -> int:
    """Return how many bars a fit needs where trading began later: the observations of 95 %, and the seed."""
    return MIN_COUNT + SEED_BARS + 1


def bar_minutes(interval: str) -> float:
    """Return the length of a bar."""
    return SHORTEST_MS[interval] / MINUTE


def day_bars(interval: str) -> int:
    """Return how many bars a day is; 1 for bars of a day or longer."""
    return max(1, DAY // SHORTEST_MS[interval])


def log_returns(bars: Bars) -> Floats:
    """Return log returns per bar; NaN in the first row and over a hole in the bars."""
    result = np.full(len(bars), np.nan)
    joined = np.diff(bars.open_time) <= SHORTEST_MS[bars.interval] * 1.5
    result[1:] = np.where(joined, np.diff(np.log(bars.close)), np.nan)
    return result


def known_before(returns: Floats, row: int, config: RiskExposureConfig) -> Floats:
    """Return the last known returns before a row: the seed's and those the residuals are made of."""
    before = returns[max(0, row - window_bars(config) + 1) : row]
    return before[np.isfinite(before)][-config.fit_bars - SEED_BARS :]


def fit_before(returns: Floats, row: int, config: RiskExposureConfig) -> RiskFit:
    """Fit GARCH and Cornish-Fisher on the last ``fit_bars`` known returns before a row."""
    sample = known_before(returns, row, config)[-config.fit_bars :]
    garch = fit_garch(sample)
    if not garch.converged:
        smooth = ewma(config.ewma_decay)
        garch = replace(garch, omega=0.0, alpha=smooth.alpha, beta=smooth.beta)
    losses = [cornish_fisher(pnl_of(sample, 1), level / 100).value_at_risk for level in LEVELS]
    return RiskFit(garch, (losses[0], losses[1]))


@dataclass(frozen=True, slots=True, eq=False)
class Forecasts:
    """Per bar (n), known at its close: variance of the next bar and mean variance of the next day (squared log
    return per bar), losses of the next bar at ``LEVELS`` (fractions of notional), and of the bar itself the chance
    of so large a loss under the forecast made before it.
    """

    next_variance: Floats
    day_variance: Floats
    filtered: tuple[Floats, Floats]
    cornish: tuple[Floats, Floats]
    surprise: Floats


def forecasts(
    bars: Bars,
    returns: Floats,
    fits: Mapping[int, RiskFit],
    config: RiskExposureConfig,
    shown: int | None = None,
) -> Forecasts:
    """Return what each bar's close says of the bar after it, by the fit of the last refit time at or before it.

    Before the first refit time the volatility is the exponentially smoothed one and the tail unknown. With ``shown``
    fits that answer for none of the last so many rows are passed over, and the surprise is that of the last row.
    """
    rows, ahead = len(bars), day_bars(bars.interval)
    needed = [observations_needed(level / 100, bar_minutes(bars.interval)) for level in LEVELS]
    following = ewma_variance(returns, config.ewma_decay, SEED_BARS)
    day, surprise = following.copy(), np.full(rows, nan)
    deviations, cornish = np.full((len(LEVELS), rows), nan), np.full((len(LEVELS), rows), nan)
    for refit_time, fit in sorted(fits.items()):
        served = rows_served(bars, refit_time, config.refit_bars)
        if served.stop == served.start or (shown is not None and served.stop <= rows - shown):
            continue
        variance, residuals = run_filter(known_before(returns, served.start, config), returns[served], fit)
        ordered = np.sort(residuals[np.isfinite(residuals)])
        following[served], day[served] = variance, mean_variance(variance, fit.garch, ahead)
        for row, level in enumerate(LEVELS):
            deviations[row, served] = loss_of_sorted(ordered, level / 100, needed[row]).value_at_risk
            cornish[row, served] = fit.cornish[row]
        if shown is None or served.stop >= rows - 1:
            later = slice(served.start + 1, min(served.stop + 1, rows))
            sigma = np.sqrt(variance[: later.stop - later.start])
            surprise[later] = loss_chance(divide(returns[later], sigma), ordered)
    losses = -np.expm1(-deviations * np.sqrt(following))
    return Forecasts(following, day, (losses[0], losses[1]), (cornish[0], cornish[1]), surprise)


def run_filter(before: Floats, block: Floats, fit: RiskFit) -> tuple[Floats, Floats]:
    """Return the variance forecast after each row of a block, and the residuals of the known returns before it."""
    known = np.isfinite(block)
    path = variance_path(np.concatenate([before, block[known]]) ** 2, fit.recursion)
    latest = len(before) - SEED_BARS + np.cumsum(known)  # over a hole the forecast stands
    variance = np.where(latest >= 0, np.append(path, nan)[np.maximum(latest, 0)], nan)
    residuals = divide(before[SEED_BARS:], np.sqrt(path[: max(0, len(before) - SEED_BARS)]))
    return variance, residuals


def loss_chance(standardised: Floats, residuals: Floats) -> Floats:
    """Return (1 + residuals at or below) / (N + 1): the chance of a return so low, standardised by its forecast.

    NaN for an unknown return and below 500 residuals.
    """
    known = np.sort(residuals[np.isfinite(residuals)])
    if len(known) < MIN_COUNT:
        return np.full(len(standardised), nan)
    count = np.searchsorted(known, standardised, side="right")
    return np.where(np.isfinite(standardised), (1 + count) / (len(known) + 1), np.nan)
