"""HAR on ranges: the variance of coming bars from Parkinson's over several spans, freed of the hour of the week.

Corsi's (2009) regression on logarithms: log mean(x_{t+1..t+h}) = b0 + sum_k b_k log mean(x_{t-p_k+1..t}) + e, x a bar's
Parkinson (1980) variance over the usual one of its hour of the week. The forecast is the exponential of the fitted
value, times the mean factor of the coming hours, times one scale at which squared return / forecast is 1 on average
over the sample: where QLIKE is smallest, whatever the bias of ranges and of the logarithm. Variances are per bar.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log

import numpy as np

from analysis.arrays import Floats, Times
from analysis.features.look_backs import HAR_PERIODS
from analysis.features.tail_probability import WEEK_HOURS, Cells, hour_of_week
from analysis.features.windows import rolling_mean
from utils.binance_api.intervals import DAY, WEEK

LEAST = 0.01  # of the sample's median variance: a bar that hardly moved counts as this much
PRIOR_BARS = 5.0  # bars of ordinary size that every hour of the week is given
LONGEST_SPAN = 1 / 3  # of the sample


@dataclass(frozen=True, slots=True, eq=False)
class RangeRows:
    """Bars as the model reads them, (n) each: opening time (UTC ms), Parkinson's variance and log return.

    ``bar_ms`` is the length of a bar.
    """

    open_time: Times
    variance: Floats
    returns: Floats
    bar_ms: int

    def select(self, rows: slice) -> "RangeRows":
        """Return some of the rows."""
        return RangeRows(self.open_time[rows], self.variance[rows], self.returns[rows], self.bar_ms)


@dataclass(frozen=True, slots=True)
class HorizonFit:
    """The regression for the mean of the next ``bars``: b0 and the b of each span, bounds of its log, and the scale."""

    bars: int
    coefficients: tuple[float, ...]
    low: float
    high: float
    scale: float


@dataclass(frozen=True, slots=True)
class RangeHar:
    """The fit: ``season`` by hour of the week (168, mean 1 over the sample), the smallest variance a bar counts as."""

    spans: tuple[int, ...]
    season: tuple[float, ...]
    floor: float
    horizons: tuple[HorizonFit, ...]


def usual_spans(bar_ms: int) -> tuple[int, ...]:
    """Return in bars the last bar, a quarter of a day, and Corsi's day, week and month."""
    day = max(1, DAY // bar_ms)
    return tuple(sorted({1, max(2, day // 4), *(day * days for days in HAR_PERIODS)}))


def range_rows(open_time: Times, high: Floats, low: Floats, returns: Floats, bar_ms: int) -> RangeRows:
    """Return the rows of some bars: ln(high / low)^2 / (4 ln 2) is the variance of each."""
    return RangeRows(open_time, np.log(high / low) ** 2 / (4 * log(2)), returns, bar_ms)


def fit_range_har(rows: RangeRows, spans: Sequence[int], horizons: Sequence[int]) -> RangeHar | None:
    """Fit season and regressions on these bars; ``None`` where most of them, or the returns, do not move.

    Spans longer than a third of the bars are left out. ``None`` too where none is left or a horizon is too long.
    """
    count = len(rows.variance)
    used = tuple(span for span in spans if span <= LONGEST_SPAN * count)
    if not used or max(used) + max(horizons) + len(used) >= count:
        return None
    floor = LEAST * float(np.median(rows.variance))
    if not floor > 0 or not np.nansum(rows.returns**2) > 0:
        return None
    season = _usual(np.log(np.maximum(rows.variance, floor)), _hours(rows))
    sizes = _seasonless(rows, season, floor)
    past = [np.log(rolling_mean(sizes, span)) for span in used]
    fitted = tuple(_fitted(rows, past, sizes, season, max(used), bars) for bars in horizons)
    return RangeHar(used, tuple(season.tolist()), floor, fitted)


def range_har_forecast(model: RangeHar, rows: RangeRows) -> dict[int, Floats]:
    """Return by horizon the forecast mean variance of the bars after each row, from the rows up to it (n).

    NaN in the first rows, before the longest span. A forecast beyond all targets of the sample is the nearest of them.
    """
    season = np.array(model.season)
    sizes = _seasonless(rows, season, model.floor)
    past = [np.log(rolling_mean(sizes, span)) for span in model.spans]
    return {
        fit.bars: fit.scale * _coming(season, rows, fit.bars) * np.exp(_clipped_log(fit, past))
        for fit in model.horizons
    }


def _fitted(
    rows: RangeRows, past: Sequence[Floats], sizes: Floats, season: Floats, first: int, bars: int
) -> HorizonFit:
    known = slice(first - 1, len(sizes) - bars)
    design = np.column_stack([np.ones(known.stop - known.start), *(column[known] for column in past)])
    target = np.log(rolling_mean(sizes, bars))[first - 1 + bars :]
    coefficients = np.linalg.lstsq(design, target, rcond=None)[0]
    forecast = np.exp(design @ coefficients) * _coming(season, rows, bars)[known]
    realised = rolling_mean(rows.returns**2, bars)[first - 1 + bars :]
    scale = float(np.mean(realised / forecast))
    return HorizonFit(bars, tuple(coefficients.tolist()), float(target.min()), float(target.max()), scale)


def _clipped_log(fit: HorizonFit, past: Sequence[Floats]) -> Floats:
    constant, *slopes = fit.coefficients
    line = constant + sum(slope * column for slope, column in zip(slopes, past, strict=True))
    return np.clip(line, fit.low, fit.high)


def _seasonless(rows: RangeRows, season: Floats, floor: float) -> Floats:
    return np.maximum(rows.variance, floor) / season[_hours(rows)]


def _hours(rows: RangeRows) -> Cells:
    """The hour of the week each bar opens in; bars longer than a day have no season: all 0."""
    return hour_of_week(rows.open_time) if rows.bar_ms <= DAY else np.zeros(len(rows.open_time), np.int64)


def _usual(logs: Floats, hours: Cells) -> Floats:
    """Factor of each hour of the week (168): its mean log size above that of all, ``PRIOR_BARS`` of which it holds."""
    count = np.bincount(hours, minlength=WEEK_HOURS)
    factor = np.exp(np.bincount(hours, logs - logs.mean(), WEEK_HOURS) / (count + PRIOR_BARS))
    return np.asarray(factor / factor[hours].mean(), dtype=np.float64)


def _coming(season: Floats, rows: RangeRows, bars: int) -> Floats:
    """Mean factor of the next ``bars`` bars after each row, by the clock: missing bars do not shift it."""
    if rows.bar_ms > DAY:
        return np.full(len(rows.open_time), season[0])
    slots = WEEK // rows.bar_ms
    week = season[hour_of_week(np.arange(slots, dtype=np.int64) * rows.bar_ms)]
    mean = rolling_mean(np.resize(week, slots + bars), bars)  # over the ``bars`` slots that end at each
    return mean[rows.open_time // rows.bar_ms % slots + bars]
