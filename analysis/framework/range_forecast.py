"""HAR on ranges over bars: how bars are read for it, and its forecasts per bar by the fit in force."""

from collections.abc import Mapping, Sequence

import numpy as np

from analysis.arrays import Floats
from analysis.features.oscillators import log_returns
from analysis.features.range_har import RangeHar, RangeRows, range_har_forecast, range_rows
from analysis.framework.bar_rules import rows_served
from utils.binance_api.bars import Bars
from utils.binance_api.intervals import SHORTEST_MS


def ranges_of(bars: Bars) -> RangeRows:
    """Return bars without holes in their prices (``bridged``) as HAR on ranges reads them."""
    step = SHORTEST_MS[bars.interval]
    return range_rows(bars.open_time, bars.high, bars.low, log_returns(bars.close), step)


def range_forecasts_of(
    bars: Bars,
    fits: Mapping[int, RangeHar | None],
    horizons: Sequence[int],
    refit_bars: int,
    last: int | None = None,
) -> tuple[Floats, ...]:
    """Return per horizon (bars ahead) the variance per bar that is forecast at each of the ``bridged`` bars.

    ``fits`` by refit time. NaN where the fit in force has no such model, and before the ``last`` so many rows.
    """
    every = ranges_of(bars)
    columns = tuple(np.full(len(bars), np.nan) for _ in horizons)
    wanted = 0 if last is None else len(bars) - last
    for refit_time, model in fits.items():
        rows = rows_served(bars, refit_time, refit_bars)
        if model is None or rows.stop <= max(rows.start, wanted):
            continue
        start = max(0, rows.start - max(model.spans) + 1)
        found = range_har_forecast(model, every.select(slice(start, rows.stop)))
        for column, ahead in zip(columns, horizons, strict=True):
            column[rows] = found[ahead][rows.start - start :]
    return columns
