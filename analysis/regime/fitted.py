"""Forecasts, residuals and P(stressed) of the rows after each refit time, by module B's fit of that time."""

from collections.abc import Mapping

import numpy as np

from analysis.arrays import Floats
from analysis.features.garch import Garch, filter_variance, mean_variance, residuals_of, tail_probability
from analysis.features.markov_variance import stressed_probability
from analysis.features.windows import on_last
from analysis.framework.bar_rules import rows_served
from analysis.regime.fit import RegimeFit
from analysis.regime.horizons import Horizons
from config.c_volat import VolatilityConfig
from utils.binance_api.bars import Bars

FADE_BARS = 250
"""Rows before a refit time that the switching filter reads first, until its start has faded."""


def garch_rows(
    bars: Bars,
    returns: Floats,
    fits: Mapping[int, RegimeFit],
    horizons: Horizons,
    config: VolatilityConfig,
    tail: int | None = None,
) -> dict[str, Floats]:
    """Return per bar the variance forecasts (one bar, next day, next 30 days, per bar) and the fit in force.

    Row t is forecast from rows <= t with the fit of the last refit time at or before it; NaN where that fit did not
    converge. With ``tail`` the expensive tail probability is computed for the last so many rows alone.
    """
    names = ("next", "day", "month", "persistence", "half_life", "degrees", "residual", "tail")
    found = {name: np.full(len(bars), np.nan) for name in names}
    for refit_time, fit in fits.items():
        rows = rows_served(bars, refit_time, config.refit_bars)
        if fit.garch is not None and fit.reverting is not None and rows.stop > rows.start:
            for name, values in _of_garch(returns[rows], fit.garch, fit.reverting, horizons, tail).items():
                found[name][rows] = values
    return found


def _of_garch(
    returns: Floats, fit: Garch, reverting: Garch, horizons: Horizons, tail: int | None
) -> dict[str, Floats | float]:
    variance = filter_variance(returns, fit)
    residual = residuals_of(returns, fit, variance)
    (probability,) = on_last(tail, 1, lambda z: (tail_probability(z, fit),), residual)
    return {
        "next": variance,
        "day": mean_variance(variance, reverting, horizons.day),
        "month": mean_variance(variance, reverting, horizons.month),
        "persistence": fit.persistence,
        "half_life": fit.half_life,
        "degrees": fit.degrees,
        "residual": residual,
        "tail": probability,
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
