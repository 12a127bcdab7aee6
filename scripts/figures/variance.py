"""How well five models foretell the variance of the next hour on recorded coins, by QLIKE against EWMA."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np

from analysis.arrays import Floats
from analysis.features.garch import filter_variance, fit_garch
from analysis.features.oscillators import log_returns
from analysis.features.range_har import RangeRows, fit_range_har, range_har_forecast, usual_spans
from analysis.features.volatility_forecast import ewma_variance
from analysis.framework.bar_rules import bridged
from analysis.framework.range_forecast import ranges_of
from analysis.regime.horizons import range_har_bars
from config.c_volat import VolatilityConfig
from scripts.fit_regime import MARKETS, recording
from utils.binance_api.bars import Bars
from utils.binance_api.intervals import SHORTEST_MS, WEEK

CONFIG: Final = VolatilityConfig()
HOURLY_DECAY: Final = 0.94
MODELS: Final = (
    "EWMA .94",
    "GARCH-t",
    "HAR on squared returns",
    "HAR on ranges",
    "HAR on ranges, hour of week",
)


def rows(data: Path) -> list[str]:
    """Return a line for each coin: the mean QLIKE of each model less that of EWMA; takes some minutes."""
    found = [f"variance: QLIKE of the next bar less that of EWMA; {', '.join(MODELS[1:])}"]
    for interval in ("1h", "4h", "1d"):
        losses = {name: measured(recording(data, name, interval)) for name in MARKETS[interval]}
        found += [f"  {symbol} {interval}: {_said(loss)}" for symbol, loss in losses.items()]
        found.append(f"  mean {interval}: {_said(np.nanmean(list(losses.values()), axis=0))}")
    return found


def _said(losses: Floats) -> str:
    return ", ".join(f"{loss:+.3f}" for loss in losses[1:] - losses[0])


def measured(bars: Bars) -> Floats:
    """Return the mean of ln f + r^2 / f of each model's forecasts of the next bar, over the rows that all have.

    It differs from QLIKE by what no forecast can change, and is known where the next return is 0.
    """
    bars = bridged(bars)
    returns = log_returns(bars.close)
    every = ranges_of(bars)
    timeless = replace(every, bar_ms=WEEK)  # bars so long have no hour of the week
    count = range_har_bars(CONFIG, bars.interval)
    forecasts = np.stack(
        [
            ewma_variance(returns, HOURLY_DECAY, 50),
            _refitted(returns, count, _garch),
            _by_har(replace(timeless, variance=returns**2), bars.interval, count),
            _by_har(timeless, bars.interval, count),
            _by_har(every, bars.interval, count),
        ]
    )[:, :-1]
    usable = (forecasts > 0).all(axis=0) & (np.arange(len(bars) - 1) >= count)
    known = forecasts[:, usable]
    if not usable.any():
        return np.full(len(MODELS), np.nan)
    return np.asarray((np.log(known) + returns[1:][usable] ** 2 / known).mean(axis=1), dtype=np.float64)


def _garch(returns: Floats, start: int, stop: int) -> Floats:
    fit = fit_garch(returns[start - CONFIG.garch_fit_bars : start])
    return filter_variance(returns[start:stop], fit) if fit.converged else np.full(stop - start, np.nan)


def _refitted(column: Floats, first: int, forecast: Callable[[Floats, int, int], Floats]) -> Floats:
    """Fill the rows from ``first`` on, a refit at a time."""
    found = np.full(len(column), np.nan)
    for start in range(first, len(column), CONFIG.refit_bars):
        stop = min(start + CONFIG.refit_bars, len(column))
        found[start:stop] = forecast(column, start, stop)
    return found


def _by_har(every: RangeRows, interval: str, count: int) -> Floats:
    def forecast(_: Floats, start: int, stop: int) -> Floats:
        model = fit_range_har(_part(every, start - count, start), usual_spans(SHORTEST_MS[interval]), (1,))
        if model is None:
            return np.full(stop - start, np.nan)
        lead = start - max(model.spans) + 1
        return range_har_forecast(model, _part(every, lead, stop))[1][start - lead :]

    return _refitted(every.returns, count, forecast)


def _part(rows: RangeRows, start: int, stop: int) -> RangeRows:
    some = slice(start, stop)
    return RangeRows(rows.open_time[some], rows.variance[some], rows.returns[some], rows.bar_ms)
