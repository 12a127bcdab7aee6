"""What every score has to beat: momentum for directions, HAR on ranges with hour-of-week factors for sizes."""

from typing import Final

import numpy as np

from analysis.arrays import Floats
from analysis.features.range_har import fit_range_har, range_har_forecast, usual_spans
from analysis.features.robust import mid_rank
from analysis.features.volatility_forecast import ewma_variance
from analysis.features.windows import lag
from analysis.framework.bar_rules import bridged
from analysis.framework.look_back import YEAR_DAYS
from analysis.framework.range_forecast import ranges_of
from composite.uncertainty import MIN_PAST
from utils.binance_api.bars import Bars
from utils.binance_api.intervals import DAY, SHORTEST_MS

FIT_DAYS: Final = 730
REFIT_DAYS: Final = 30
FEWEST_DAYS: Final = 120
DECAY: Final = 0.94


def momentum(close: Floats, bars: int) -> Floats:
    """Return the log return of the last ``bars`` rows of a column (n)."""
    logs = np.log(close)
    return logs - lag(logs, bars)


def har_variance(bars: Bars, horizon: int) -> Floats:
    """Return the forecast of the mean variance of the next ``horizon`` bars at each close (n), refitted every month.

    Each fit reads the two years before it, 120 days at least; NaN before the first one.
    """
    rows = ranges_of(bridged(bars))
    in_days = max(1, DAY // SHORTEST_MS[bars.interval])
    found, refit = np.full(len(bars), np.nan), REFIT_DAYS * in_days
    spans = usual_spans(rows.bar_ms)
    for start in range(FEWEST_DAYS * in_days, len(bars), refit):
        past = rows.select(slice(max(0, start - FIT_DAYS * in_days), start))
        model = fit_range_har(past, spans, (horizon,))
        if model is None:
            continue
        first = max(0, start - max(model.spans) + 1)
        stop = min(start + refit, len(bars))
        ahead = range_har_forecast(model, rows.select(slice(first, stop)))
        found[start:stop] = ahead[horizon][start - first :]
    return found


def har_rank(bars: Bars) -> Floats:
    """Return where the variance forecast for the next day lies among the forecasts of the year before (n), 0..1."""
    in_days = max(1, DAY // SHORTEST_MS[bars.interval])
    return mid_rank(har_variance(bars, in_days), YEAR_DAYS * in_days, MIN_PAST)


def smoothed_variance(returns: Floats) -> Floats:
    """Return RiskMetrics' variance of the bars so far (n), decay 0.94."""
    return ewma_variance(returns, DECAY, 60)
