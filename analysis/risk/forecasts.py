"""Volatility and one-bar tail of every bar: GARCH fitted at refit times, only its filter runs between them.

The tail is filtered historical simulation (Barone-Adesi, Giannopoulos and Vosper 1999): a quantile of the residuals
of the ``fit_bars`` returns before a refit time, times the volatility forecast of each bar after it. A return over a
hole in the bars is unknown: it is left out, and the forecast is carried over.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import nan

import numpy as np

from analysis.arrays import Floats
from analysis.features.filtered_returns import variance_path
from analysis.features.garch import mean_variance
from analysis.features.look_backs import MIN_COUNT, SEED_BARS, observations_needed
from analysis.features.tail_loss import loss_of_sorted
from analysis.features.volatility_forecast import ewma_variance
from analysis.features.windows import divide
from analysis.framework.bar_rules import bridged, rows_served
from analysis.framework.look_back import bar_minutes, day_bars
from analysis.framework.range_forecast import range_forecasts_of
from analysis.risk.fit import RiskFit
from analysis.risk.returns import known_before
from analysis.risk.specs import LEVELS
from config.c_risk import RiskExposureConfig
from utils.binance_api.bars import Bars


@dataclass(frozen=True, slots=True, eq=False)
class Forecasts:
    """Per bar (n), known at its close: variance of the next bar and mean variance of the next day (squared log
    return per bar) by HAR on ranges, the same by GARCH, which stands in where there is no other and is what the losses
    rest on, losses of the next bar at ``LEVELS`` (fractions of notional), and of the bar itself the
    probability of so large a loss under the forecast made before it (``loss_p``).
    """

    next_variance: Floats
    day_variance: Floats
    garch_variance: Floats
    garch_day: Floats
    filtered: tuple[Floats, Floats]
    cornish: tuple[Floats, Floats]
    loss_p: Floats


def forecasts(
    bars: Bars,
    returns: Floats,
    fits: Mapping[int, RiskFit],
    config: RiskExposureConfig,
    tail: int | None = None,
) -> Forecasts:
    """Return the forecasts made at each bar's close for the bar after it, by the fit of the last refit time until then.

    Before the first refit time the volatility is the exponentially smoothed one and the loss unknown. With ``tail``
    fits that answer for none of the last so many rows are passed over, and ``loss_p`` is that of the last row.
    """
    rows, ahead = len(bars), day_bars(bars.interval)
    needed = [observations_needed(level / 100, bar_minutes(bars.interval)) for level in LEVELS]
    following = ewma_variance(returns, config.ewma_decay, SEED_BARS)
    day, loss_p = following.copy(), np.full(rows, nan)
    deviations, cornish = np.full((len(LEVELS), rows), nan), np.full((len(LEVELS), rows), nan)
    for refit_time, fit in sorted(fits.items()):
        served = rows_served(bars, refit_time, config.refit_bars)
        if served.stop == served.start or (tail is not None and served.stop <= rows - tail):
            continue
        variance, residuals = run_filter(known_before(returns, served.start, config), returns[served], fit)
        ordered = np.sort(residuals[np.isfinite(residuals)])
        following[served], day[served] = variance, mean_variance(variance, fit.garch, ahead)
        for row, level in enumerate(LEVELS):
            deviations[row, served] = loss_of_sorted(ordered, level / 100, needed[row]).value_at_risk
            cornish[row, served] = fit.cornish[row]
        if tail is None or served.stop >= rows - 1:
            later = slice(served.start + 1, min(served.stop + 1, rows))
            sigma = np.sqrt(variance[: later.stop - later.start])
            loss_p[later] = loss_probability(divide(returns[later], sigma), ordered)
    losses = -np.expm1(-deviations * np.sqrt(following))
    by_ranges = {refit_time: fit.range_har for refit_time, fit in fits.items()}
    next_bar, next_day = range_forecasts_of(bridged(bars), by_ranges, (1, ahead), config.refit_bars, tail)
    return Forecasts(
        np.where(np.isfinite(next_bar) & np.isfinite(following), next_bar, following),
        np.where(np.isfinite(next_day) & np.isfinite(day), next_day, day),
        following,
        day,
        (losses[0], losses[1]),
        (cornish[0], cornish[1]),
        loss_p,
    )


def run_filter(before: Floats, block: Floats, fit: RiskFit) -> tuple[Floats, Floats]:
    """Return the variance forecast after each row of a block, and the residuals of the known returns before it."""
    known = np.isfinite(block)
    path = variance_path(np.concatenate([before, block[known]]) ** 2, fit.recursion)
    latest = len(before) - SEED_BARS + np.cumsum(known)  # over a hole the forecast is carried over
    variance = np.where(latest >= 0, np.append(path, nan)[np.maximum(latest, 0)], nan)
    residuals = divide(before[SEED_BARS:], np.sqrt(path[: max(0, len(before) - SEED_BARS)]))
    return variance, residuals


def loss_probability(standardised: Floats, residuals: Floats) -> Floats:
    """Return (1 + residuals at or below) / (N + 1): the probability of a return so low, standardised by its forecast.

    NaN for an unknown return and below 500 residuals.
    """
    known = np.sort(residuals[np.isfinite(residuals)])
    if len(known) < MIN_COUNT:
        return np.full(len(standardised), nan)
    count = np.searchsorted(known, standardised, side="right")
    return np.where(np.isfinite(standardised), (1 + count) / (len(known) + 1), np.nan)
