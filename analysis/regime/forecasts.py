"""Module B's forecasts of the next day's volatility, and how well each has done lately: the best is shown first."""

from collections.abc import Mapping

import numpy as np

from analysis.arrays import Floats
from analysis.features import range_volatility as ranges
from analysis.features import volatility_forecast as forecasts
from analysis.features.windows import on_last
from analysis.framework.measured import Measured
from analysis.framework.range_forecast import range_forecasts_of
from analysis.regime.fit import RegimeFit
from analysis.regime.horizons import har_periods, har_returns, horizons
from config.c_volat import VolatilityConfig
from utils.binance_api.bars import Bars
from utils.binance_api.intervals import MINUTE, SHORTEST_MS
from utils.units import PERCENT

DAY_FORECASTS = {
    "range_har_day": "range_har_qlike",
    "har_vol": "har_qlike",
    "garch_day": "garch_qlike",
    "ewma_vol": "ewma_qlike",
}
"""Forecasts of the next day's volatility, each with its trailing loss."""


def annual_percent(variance: Floats, interval: str) -> Floats:
    """Return percent per year from variance per bar."""
    return PERCENT * ranges.annualised(np.sqrt(variance), SHORTEST_MS[interval] / MINUTE)


def per_bar_variance(annual: Floats, interval: str) -> Floats:
    """Return variance per bar from percent per year."""
    return (annual / annual_percent(np.ones(1), interval)) ** 2


def range_forecasts(
    bars: Bars,
    fits: Mapping[int, RegimeFit],
    config: VolatilityConfig,
    last: int | None,
) -> dict[str, Floats]:
    """Return the volatility that HAR on ranges forecasts for the next bar and the next day, percent per year.

    With ``last`` those of the last so many rows, and the earlier ones that their losses are made of.
    """
    ahead = horizons(bars.interval)
    rows = None if last is None else last + config.qlike_bars + ahead.day
    models = {refit_time: fit.range_har for refit_time, fit in fits.items()}
    following, day = range_forecasts_of(bars, models, (1, ahead.day), config.refit_bars, rows)
    return {
        "range_har_vol": annual_percent(following, bars.interval),
        "range_har_day": annual_percent(day, bars.interval),
    }


def day_forecasts(
    bars: Bars, returns: Floats, known: Mapping[str, Floats], config: VolatilityConfig, last: int | None
) -> dict[str, Floats]:
    """Return HAR and EWMA forecasts of the next day (percent per year), and the mean loss of all on past days.

    ``known`` are the forecasts that were made by fits, by metric id.
    """
    day, periods = horizons(bars.interval).day, har_periods(bars.interval)
    squares, judged = returns**2, config.qlike_bars
    rows = None if last is None else last + judged + day
    (har,) = on_last(
        rows,
        har_returns(config, bars.interval),
        lambda v: (forecasts.har_forecast(v, config.har_fit_bars, day, periods),),
        squares,
    )
    ewma = forecasts.ewma_variance(returns, config.ewma_decay ** (1 / day), config.rank_min_bars)
    made = {"har_vol": np.where(har > 0, har, np.nan), "ewma_vol": np.where(ewma > 0, ewma, np.nan)}
    fitted = {name: per_bar_variance(annual, bars.interval) for name, annual in known.items()}
    losses = {
        DAY_FORECASTS[name]: _loss(forecast, squares, day, judged, last)
        for name, forecast in (made | fitted).items()
    }
    return {name: annual_percent(forecast, bars.interval) for name, forecast in made.items()} | losses


def best_forecast(values: Measured) -> Floats:
    """Return per row the day's forecast of the model with the smallest trailing loss; NaN where no loss is known."""
    offered = np.stack([values.column(name) for name in DAY_FORECASTS])
    losses = np.stack([values.column(loss) for loss in DAY_FORECASTS.values()])
    losses = np.where(np.isfinite(losses) & np.isfinite(offered), losses, np.inf)
    best = losses.argmin(axis=0)[None]
    found, loss = (np.take_along_axis(columns, best, 0)[0] for columns in (offered, losses))
    return np.where(np.isfinite(loss), found, np.nan)


def _loss(forecast: Floats, squares: Floats, day: int, judged: int, last: int | None) -> Floats:
    (loss,) = on_last(
        last,
        day + judged,
        lambda f, v: (forecasts.trailing_qlike(f, v, day, judged),),
        forecast,
        squares,
    )
    return loss
