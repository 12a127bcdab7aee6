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
ROUNDING = 1e-9  # share of a sum; a block's largest is added up in another order than its single steps


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
    """Return how far each window's end stands above the path's lowest point since its start."""
    ends = np.arange(window, len(path))
    length, lowest, width, low = ends - starts + 1, np.empty(len(ends)), 1, path
    while (
        True
    ):  # low[i] is the lowest of ``width`` points from i on; two of them cover every length up to 2 * width
        rows = np.flatnonzero((length >= width) & (length < 2 * width))
        lowest[rows] = np.minimum(low[starts[rows]], low[ends[rows] - width + 1])
        if 2 * width > window + 1:
            return np.asarray(path[window:] - lowest)
        low, width = np.minimum(low[width:], low[: len(low) - width]), 2 * width


def threshold_for(
    standardised: Floats, drift: float, run_length: float, *, block: int, seed: int, chains: int = CHAINS
) -> float:
    """Return the threshold at which undisturbed values alarm once in ``run_length`` bars on average.

    Circular block bootstrap (Politis & Romano 1992) of the known values less their mean, ``block`` bars at a time,
    which keeps their tails and their short dependence. Chains run 3 run lengths; the mean is time at risk over
    alarms, which takes first alarms as exponential. Its own error is about 1 / sqrt(chains) of the run length.
    NaN with fewer than 10 blocks of known values, where they do not vary, and where the sums never rise.
    """
    (found,) = thresholds_for(
        standardised[None], drift, run_length, block=block, seed=seed, chains=chains
    ).tolist()
    return float(found)


def thresholds_for(
    lines: Floats, drift: float, run_length: float, *, block: int, seed: int, chains: int = CHAINS
) -> Floats:
    """Return ``threshold_for`` of each line (k, n), known in the same rows: one pass of the same draws serves all.

    A line without a known value has NaN.
    """
    if run_length <= 1 or block < 1 or chains < 1:
        raise ValueError("a threshold needs a run length above 1, a block and chains of 1 or more")
    known, found = lines[:, np.isfinite(lines).any(axis=0)], np.full(len(lines), np.nan)
    if known.shape[1] < MIN_BLOCKS * block:
        return found
    varying = np.flatnonzero(np.ptp(known, axis=1) > 0)
    centred = known[varying] - known[varying].mean(axis=1, keepdims=True)
    shape = (int(np.ceil(HORIZON * run_length)), chains)
    records = _records(centred, drift, block, np.random.default_rng(seed), shape, run_length)
    found[varying] = [_threshold(of_line, run_length) for of_line in records]
    return found


def _threshold(records: "_Records", run_length: float) -> float:
    """Return the smallest threshold with a mean run of at least ``run_length``: one of the records.

    A threshold at a record makes its chain wait until the next one, or to the end without an alarm.
    """
    if not len(records.value):
        return float("nan")
    order = np.argsort(records.chain, kind="stable")
    chain, time, value = records.chain[order], records.time[order], records.value[order]
    is_last = np.append(chain[1:] != chain[:-1], True)
    later = np.where(is_last, records.horizon, np.append(time[1:], 0)) - time
    rising = np.argsort(value, kind="stable")
    first = np.append(True, is_last[:-1])
    waited = time[first].sum() + records.horizon * (records.chains - first.sum()) + np.cumsum(later[rising])
    alarmed = first.sum() - np.cumsum(is_last[rising])
    return float(value[rising[np.argmax(waited >= run_length * alarmed)]])


@dataclass(frozen=True, slots=True, eq=False)
class _Records:
    """Where chains exceeded everything before, in time order: enough to know the first passage of any threshold."""

    chain: Rows
    time: Rows
    value: Floats
    horizon: int
    chains: int


def _records(
    lines: Floats,
    drift: float,
    block: int,
    generator: np.random.Generator,
    shape: tuple[int, int],
    run_length: float,
) -> list[_Records]:
    """Return the records of each line (k, n) about its threshold, in chains of blocks that are drawn alike for all.

    What a block does to a sum follows from where it begins, and between which values the threshold lies from its
    blocks, so that only blocks with a record between them are looked into.
    """
    (horizon, chains), (each, count) = shape, lines.shape
    circle = np.take(lines, np.arange(count + block - 1), axis=1, mode="wrap")
    steps = np.concatenate([circle, -circle]) - drift
    begun = generator.integers(count, size=(-(-horizon // block), chains))
    entering, reached = _chained(_block_effects(steps, block), begun)
    sides = np.maximum(reached[..., :each], reached[..., each:])
    before = np.maximum.accumulate(np.concatenate([np.zeros((1, chains, each)), sides[:-1]]))
    place, chain, line = np.nonzero(sides > before)
    blocks = _Blocks(place, chain, line, block, horizon, chains)
    bounds = np.array([blocks.bounds(sides, one, run_length) for one in range(each)]).reshape(each, 2)
    place, chain, line = np.nonzero((sides > before) & (sides >= bounds[:, 0]) & (before <= bounds[:, 1]))
    rows = np.add.outer(begun[place, chain], np.arange(block))
    rises, falls = (
        _sums_within(steps[side[:, None], rows], entering[place, chain, side]) for side in (line, line + each)
    )
    highest = np.maximum.accumulate(
        np.column_stack([before[place, chain, line], np.maximum(rises, falls)]), axis=1
    )
    found, step = np.nonzero(highest[:, 1:] > highest[:, :-1])
    time, value = place[found] * block + step + 1, highest[found, step + 1]
    return [
        _Records(chain[found[own]], time[own], value[own], horizon, chains)
        for one in range(each)
        for own in [(line[found] == one) & (time <= horizon) & (value >= bounds[one, 0])]
    ]


@dataclass(frozen=True, slots=True, eq=False)
class _Blocks:
    """Blocks with a record: their place in a chain (ascending), chain and line, and the bars of a block."""

    place: Rows
    chain: Rows
    line: Rows
    length: int
    horizon: int
    chains: int

    def bounds(self, largest: Floats, line: int, run_length: float) -> tuple[float, float]:
        """Return values that a line's threshold lies between, given the largest sums (blocks, chains, lines).

        Alarms at the end of each block come too late and at its first bar too soon.
        """
        own = self.line == line
        place, chain = self.place[own], self.chain[own]
        value, end = largest[place, chain, line], (place + 1) * self.length
        whole = end <= self.horizon
        late = _Records(chain[whole], end[whole], value[whole], self.horizon, self.chains)
        soon = _Records(chain, place * self.length + 1, value, self.horizon, self.chains)
        low, high = _threshold(late, run_length), _threshold(soon, run_length)
        is_between = low > late.value.min(initial=np.inf)  # else any lower one may do
        return (low * (1 - ROUNDING) if is_between else 0.0), high * (1 + ROUNDING)


def _block_effects(steps: Floats, block: int) -> Floats:
    """Return what the ``block`` steps from each row on do to a sum that is held at 0 or above, (4, n, lines).

    A sum s leaves them as max(s + first, second) and is at most max(s + third, fourth) within.
    """
    count = steps.shape[1] - block + 1
    found = np.empty((4, count, len(steps)))
    for line, moves in enumerate(steps):
        total, lowest = np.zeros(count), np.full(count, np.inf)
        peak, climb = np.full(count, -np.inf), np.zeros(count)
        for step in range(block):
            total += moves[step : step + count]
            np.minimum(lowest, total, out=lowest)
            np.maximum(peak, total, out=peak)
            np.maximum(climb, total - lowest, out=climb)
        found[:, :, line] = total, total - lowest, peak, climb
    return found


def _chained(effects: Floats, begun: Rows) -> tuple[Floats, Floats]:
    """Return the sums that enter each block and their largest within it, (blocks, chains, lines)."""
    entering = np.zeros((*begun.shape, effects.shape[2]))
    reached, sums = np.empty_like(entering), entering[0]
    for block, rows in enumerate(begun):
        end, least_end, peak, least_peak = effects.take(rows, axis=1)
        entering[block] = sums
        reached[block] = np.maximum(sums + peak, least_peak)
        sums = np.maximum(sums + end, least_end)
    return entering, reached


def _sums_within(steps: Floats, entering: Floats) -> Floats:
    """Return the sums at each step of some blocks (blocks, steps), given those that enter them."""
    path = np.cumsum(steps, axis=1)
    return np.maximum(entering[:, None] + path, path - np.minimum.accumulate(path, axis=1))
