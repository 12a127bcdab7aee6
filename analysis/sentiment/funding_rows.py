"""Settled funding per bar: rate, interval, baseline, distance from it, skew."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from analysis.arrays import Floats, Times
from analysis.features.as_of import newest_at
from analysis.features.funding import (
    DIGITS,
    annualised,
    baseline,
    interval_hours,
    per_8h,
    sign_skew,
    window_starts,
)
from analysis.features.moments import normal_skewness_error, sample_skewness
from analysis.features.robust import mid_rank, z_among
from analysis.features.windows import ragged
from analysis.framework.signals import from_z
from analysis.sentiment.columns import FUNDING_AGE, Columns, last_alone, placed_by
from analysis.sentiment.inputs import Funding
from config.c_deriv import DerivSentimentConfig
from utils.binance_api.intervals import DAY
from utils.units import PERCENT

WINDOWED = ("z", "signal_z", "skew", "skew_se", "skewness", "skewness_se")


def funding_rows(funding: Funding, moments: Times, config: DerivSentimentConfig) -> Columns:
    """Return the columns of funding at the moments; rates in percent."""
    settled = funding.settled
    times = np.empty(0, np.int64) if settled is None else settled.time
    rates = np.empty(0) if settled is None else settled.rate
    hours = interval_hours(times)
    if funding.hours is not None and len(times) < 2:
        hours = np.full(len(times), float(funding.hours))
    equivalent = np.round(per_8h(rates, hours), DIGITS)
    rests_at = baseline(times, equivalent, config.funding_days * DAY, config.funding_repeats)
    distance = np.round(equivalent - rests_at, DIGITS)
    at = placed_by(times, moments, FUNDING_AGE)
    windows = _windowed(times, distance, _read_rows(times, moments), config)
    current_hours = at(hours)
    if funding.hours is not None:
        current_hours[-1] = funding.hours
    values = {
        "funding_rate": PERCENT * at(rates),
        "funding_running": last_alone(
            None if funding.running is None else PERCENT * funding.running.rate, len(moments)
        ),
        "funding_hours": current_hours,
        "funding_8h": PERCENT * at(equivalent),
        "funding_baseline": PERCENT * at(rests_at),
        "funding_distance": PERCENT * at(distance),
        "funding_annual": PERCENT * at(annualised(rates, hours)),
        "funding_z": at(windows["z"]),
        **{f"funding_{name}": at(windows[name]) for name in WINDOWED[2:]},
    }
    signals = {
        "funding_distance": at(np.asarray(from_z(windows["signal_z"]))),
        "funding_skew": values["funding_skew"],
    }
    ranks = {"funding_distance": at(mid_rank(distance, config.funding_rank, config.rank_min))}
    return Columns(values, signals, ranks)


def _read_rows(times: Times, moments: Times) -> NDArray[np.int64]:
    """Return the settlements that some moment reads."""
    rows = newest_at(times, np.arange(len(times), dtype=np.float64), moments, FUNDING_AGE)
    return np.unique(rows[np.isfinite(rows)]).astype(np.int64)


def _windowed(
    times: Times, distance: Floats, rows: NDArray[np.int64], config: DerivSentimentConfig
) -> Mapping[str, Floats]:
    """Return what the settlements of the look-back say, at these rows; NaN with too few of them."""
    starts = window_starts(times, config.funding_days * DAY)
    rows = rows[rows - starts[rows] >= config.funding_min]
    columns = {name: np.full(len(times), np.nan) for name in WINDOWED}
    if not len(rows):
        return columns
    past, window = (ragged(distance, starts[rows], rows + own) for own in (0, 1))
    counts = rows + 1 - starts[rows]
    found = (
        z_among(distance[rows], past, centred=True),
        z_among(distance[rows], past, centred=False),
        *sign_skew(window),
        sample_skewness(window),
        np.array([normal_skewness_error(int(count)) for count in counts]),
    )
    for name, column in zip(WINDOWED, found, strict=True):
        columns[name][rows] = column
    return columns
