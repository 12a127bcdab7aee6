"""Module B's fits at a refit time, GARCH and the switching variance, and what they say of the rows after it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from analysis.arrays import Floats
from analysis.features.garch import (
    Garch,
    filter_variance,
    fit_garch,
    mean_variance,
    residuals_of,
    tail_probability,
)
from analysis.features.markov_fit import SwitchingFit, fit_switching
from analysis.features.markov_variance import stressed_probability
from analysis.features.windows import on_last
from analysis.framework.refit import rows_served
from config.c_volat import VolatilityConfig
from utils.binance_api.bars import Bars

FADE_BARS = 250
"""Rows before a refit time that the switching filter reads first: its start at the stationary state has faded."""


@dataclass(frozen=True, slots=True)
class RegimeFit:
    """What was estimated before a refit time; ``None`` where there were too few bars for it."""

    garch: Garch | None
    switching: SwitchingFit | None
    variance: float
    """Of the returns GARCH was fitted on, around its mean; NaN without a fit."""

    @property
    def reverting(self) -> Garch | None:
        """GARCH with the long-run variance held at that of its own sample (variance targeting, Engle and Mezrich 1996).

        What horizons are forecast with: under heavy tails the maximum-likelihood omega often puts the long run far
        above anything seen, or, at persistence 1, nowhere; then this one stays where it is.
        """
        if self.garch is None or not self.garch.converged:
            return None
        return replace(self.garch, omega=(1 - self.garch.persistence) * self.variance)


def fit_before(returns: Floats, config: VolatilityConfig) -> RegimeFit:
    """Fit both models on the newest of the known ``returns`` before a refit time."""
    mine, theirs = returns[-config.garch_fit_bars :], returns[-config.markov_fit_bars :]
    garch = fit_garch(mine) if len(mine) == config.garch_fit_bars else None
    switching = fit_switching(theirs) if len(theirs) == config.markov_fit_bars else None
    variance = np.nan if garch is None else float(np.mean((mine - garch.mean) ** 2))
    return RegimeFit(garch, switching, variance)


@dataclass(frozen=True, slots=True)
class Horizons:
    """Bars of the next day and of the next 30 days, at least one each."""

    day: int
    month: int


def garch_rows(
    bars: Bars,
    returns: Floats,
    fits: Mapping[int, RegimeFit],
    horizons: Horizons,
    config: VolatilityConfig,
    last: int | None = None,
) -> dict[str, Floats]:
    """Return per bar the variance forecasts (one bar, next day, next 30 days, per bar) and the fit in force.

    Row t is forecast from rows <= t with the fit of the last refit time at or before it; NaN where that fit did not
    converge. With ``last`` the dear tail probability is computed for the last so many rows alone.
    """
    names = ("next", "day", "month", "persistence", "half_life", "degrees", "residual", "tail")
    found = {name: np.full(len(bars), np.nan) for name in names}
    for refit_time, fit in fits.items():
        rows = rows_served(bars, refit_time, config.refit_bars)
        if fit.garch is not None and fit.reverting is not None and rows.stop > rows.start:
            for name, values in _of_garch(returns[rows], fit.garch, fit.reverting, horizons, last).items():
                found[name][rows] = values
    return found


def _of_garch(
    returns: Floats, fit: Garch, reverting: Garch, horizons: Horizons, last: int | None
) -> dict[str, Floats | float]:
    variance = filter_variance(returns, fit)
    residual = residuals_of(returns, fit, variance)
    (tail,) = on_last(last, 1, lambda z: (tail_probability(z, fit),), residual)
    return {
        "next": variance,
        "day": mean_variance(variance, reverting, horizons.day),
        "month": mean_variance(variance, reverting, horizons.month),
        "persistence": fit.persistence,
        "half_life": fit.half_life,
        "degrees": fit.degrees,
        "residual": residual,
        "tail": tail,
    }


def switching_rows(
    bars: Bars, returns: Floats, fits: Mapping[int, RegimeFit], config: VolatilityConfig
) -> dict[str, Floats]:
    """Return per bar the filtered P(stressed) and the two states' variances per bar; NaN as in ``garch_rows``."""
    found = {name: np.full(len(bars), np.nan) for name in ("stressed", "calm_variance", "stressed_variance")}
    for refit_time, fit in fits.items():
        rows = rows_served(bars, refit_time, config.refit_bars)
        if fit.switching is None or not fit.switching.converged or rows.stop == rows.start:
            continue
        model, start = fit.switching.model, max(rows.start - FADE_BARS, 0)
        chance = stressed_probability(returns[start : rows.stop], model)
        found["stressed"][rows] = chance[rows.start - start :]
        found["calm_variance"][rows], found["stressed_variance"][rows] = model.calm, model.stressed
    return found


def fit_in_force(fits: Mapping[int, RegimeFit]) -> RegimeFit | None:
    """Return the newest refit time's fit."""
    return fits[max(fits)] if fits else None
