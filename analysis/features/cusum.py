"""Page's two-sided CUSUM on standardised values, and the threshold for a wanted time between false alarms."""

from dataclasses import dataclass
from math import isfinite

import numpy as np
from numpy.typing import NDArray

from analysis.arrays import Floats
from analysis.features.windows import rolling_max, rolling_min, trailing

Rows = NDArray[np.int64]

MIN_BLOCKS = 10  # a block bootstrap of fewer blocks than this repeats itself
CHAINS = 1000
HORIZON = 3  # chains run so many target run lengths; later alarms are censored
HALVINGS = 60


@dataclass(frozen=True, slots=True)
class Alarm:
    """One detected change; rows count from the array's start."""

    row: int  # where the sum crossed the threshold
    side: int  # 1 the level rose, -1 it fell
    change: (
        int  # last row where that side's sum was 0, the estimate of the change; -1 is before the first row
    )


@dataclass(frozen=True, slots=True, eq=False)
class CusumPath:
    """The two sums at every row, before the restart where they crossed, and the alarms in order."""

    upper: Floats  # (n,), NaN where the value is unknown
    lower: Floats
    alarms: tuple[Alarm, ...]


def page_cusum(standardised: Floats, drift: float, threshold: float) -> CusumPath:
    """Return Page's (1954) sums U = max(0, U + x - drift), L = max(0, L - x - drift) and alarms where one exceeds
    ``threshold``; both restart from 0 after an alarm.

    x is in deviations of the undisturbed process, drift (half the shift to find) and threshold likewise. An
    unknown value is passed over. A change at the first rows is dated no earlier than the start.
    """
    if not threshold > 0 or drift < 0:
        raise ValueError("cusum needs a threshold above 0 and a drift of 0 or more")
    upper, lower, alarms = np.full(len(standardised), np.nan), np.full(len(standardised), np.nan), []
    rise = fall = 0.0
    rise_zero = fall_zero = -1
    for row, value in enumerate(standardised.tolist()):
        if not isfinite(value):
            continue
        rise, fall = max(0.0, rise + value - drift), max(0.0, fall - value - drift)
        upper[row], lower[row] = rise, fall
        if rise > threshold or fall > threshold:
            side = 1 if rise > fall else -1
            alarms.append(Alarm(row, side, rise_zero if side > 0 else fall_zero))
            rise = fall = 0.0
        rise_zero = row if rise == 0 else rise_zero
        fall_zero = row if fall == 0 else fall_zero
    return CusumPath(upper, lower, tuple(alarms))


def windowed_cusum(
    standardised: Floats, window: int, drift: float, threshold: float
) -> tuple[Floats, Floats]:
    """Return both sums at every row as ``page_cusum`` of the last ``window`` values alone would end with.

    A sum is its path less the path's lowest point since the start, so that each start's first alarm, and with it the
    next start, follows from the path. NaN where the window holds an unknown value, and without a threshold above 0.
    """
    count = len(standardised)
    upper, lower = np.full(count, np.nan), np.full(count, np.nan)
    if count < window or not threshold > 0:
        return upper, lower
    known = np.isfinite(standardised)
    moves = np.where(known, standardised, 0.0)
    rise, fall = (np.concatenate([[0.0], np.cumsum(line - drift)]) for line in (moves, -moves))
    alarm = np.minimum(_first_passage(rise, window, threshold), _first_passage(fall, window, threshold))
    starts = _restarted(np.minimum.accumulate(alarm[::-1])[::-1], window)
    complete = rolling_min(known.astype(np.float64), window)[window - 1 :] > 0
    for path, found in ((rise, upper), (fall, lower)):
        found[window - 1 :] = np.where(complete, _above_lowest(path, starts, window), np.nan)
    return upper, lower


def _first_passage(path: Floats, window: int, threshold: float) -> Rows:
    """For each start the row where ``path`` first stands more than ``threshold`` above it; past the end if never.

    Only ``window`` rows are looked at: no start is followed for longer.
    """
    count = len(path) - 1
    later = np.concatenate([path[1:], np.full(window - 1, -np.inf)])
    passage = np.full(count, count)
    (crossing,) = np.nonzero(rolling_max(later, window)[window - 1 :] - path[:-1] > threshold)
    above = trailing(later, window)[crossing] - path[crossing, None] > threshold
    passage[crossing] = crossing + above.argmax(axis=1)
    return passage


def _restarted(alarm: Rows, window: int) -> Rows:
    """For each window the row its sums were last started in, given the first alarm of every start."""
    starts = np.arange(len(alarm) - window + 1)
    ends = starts + window - 1
    while (again := alarm[starts] < ends).any():
        starts = np.where(again, alarm[starts] + 1, starts)
    return starts


def _above_lowest(path: Floats, starts: Rows, window: int) -> Floats:
    lowest = rolling_min(path, window + 1)[window:]
    skipped = starts - np.arange(len(starts))
    (later,) = np.nonzero(skipped)
    views = trailing(path, window + 1)[later]
    lowest[later] = np.where(np.arange(window + 1) >= skipped[later, None], views, np.inf).min(axis=1)
    return np.asarray(path[window:] - lowest)


def threshold_for(
    standardised: Floats, drift: float, run_length: float, *, block: int, seed: int, chains: int = CHAINS
) -> float:
    """Return the threshold at which undisturbed values alarm once in ``run_length`` bars on average.

    Circular block bootstrap (Politis & Romano 1992) of the known values less their mean, ``block`` bars at a time,
    which keeps their tails and their short dependence. Chains run 3 run lengths; the mean is time at risk over
    alarms, which takes first alarms as exponential. Its own error is about 1 / sqrt(chains) of the run length.
    NaN with fewer than 10 blocks of known values, where they do not vary, and where the sums never rise.
    """
    if run_length <= 1 or block < 1 or chains < 1:
        raise ValueError("a threshold needs a run length above 1, a block and chains of 1 or more")
    known = standardised[np.isfinite(standardised)]
    if len(known) < MIN_BLOCKS * block or np.ptp(known) == 0:
        return float("nan")
    horizon = int(np.ceil(HORIZON * run_length))
    records = _records(known - known.mean(), drift, block, np.random.default_rng(seed), (horizon, chains))
    if not len(records.value):
        return float("nan")
    low, high = 0.0, float(records.value.max())
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (low, middle) if _mean_run(records, middle) >= run_length else (middle, high)
    return high


@dataclass(frozen=True, slots=True, eq=False)
class _Records:
    """Where chains exceeded everything before, in time order: enough to know the first passage of any threshold."""

    chain: Rows
    time: Rows
    value: Floats
    horizon: int
    chains: int


def _records(
    values: Floats, drift: float, block: int, generator: np.random.Generator, shape: tuple[int, int]
) -> _Records:
    horizon, chains = shape
    rise, fall, best = np.zeros(chains), np.zeros(chains), np.zeros(chains)
    found, place = [], np.zeros(chains, np.int64)
    for step in range(horizon):
        place = generator.integers(len(values), size=chains) if step % block == 0 else place + 1
        drawn = values[place % len(values)]
        rise, fall = np.maximum(rise + drawn - drift, 0), np.maximum(fall - drawn - drift, 0)
        larger = np.maximum(rise, fall)
        (where,) = np.nonzero(larger > best)
        best[where] = larger[where]
        found.append((where, np.full(len(where), step + 1), larger[where]))
    chain, time, value = (np.concatenate(part) for part in zip(*found, strict=True))
    return _Records(chain, time, value, horizon, chains)


def _mean_run(records: _Records, threshold: float) -> float:
    crossed = records.value > threshold
    run = np.full(records.chains, records.horizon)
    run[records.chain[crossed][::-1]] = records.time[crossed][::-1]  # the earliest is written last
    alarms = len(np.unique(records.chain[crossed]))
    return float(run.sum() / alarms) if alarms else float("inf")
