"""Bars of several instruments on one clock: joined by their opening times, never by their position."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.arrays import Floats, Times
from analysis.framework.bar_rules import follows
from utils.binance_api.bars import Bars
from utils.binance_api.intervals import missing_opens


@dataclass(frozen=True, slots=True, eq=False)
class JointBars:
    """Closes and one-bar log returns of k instruments over n bars, (n, k); NaN where unknown.

    ``open_time`` and ``close_time`` (n, UTC ms) have every bar from the first to the last that any instrument has,
    those that none has included, so that one row is one bar. A close is unknown where there is no bar. A return is
    known where the bar and the one before it were both traded: a price that nobody renewed says nothing of the bar,
    and its next move belongs to more than one.
    """

    symbols: tuple[str, ...]
    open_time: Times
    close_time: Times
    close: Floats
    returns: Floats

    def __len__(self) -> int:
        return len(self.open_time)

    def until(self, rows: int) -> "JointBars":
        """Return the first ``rows`` bars."""
        part = slice(None, rows)
        return JointBars(
            self.symbols,
            self.open_time[part],
            self.close_time[part],
            self.close[part],
            self.returns[part],
        )


def join_bars(bars: Sequence[Bars]) -> JointBars:
    """Join bars of one interval; ``ValueError`` for none or for several intervals."""
    intervals = {one.interval for one in bars}
    if len(intervals) != 1:
        raise ValueError(f"expected bars of one interval, not of {sorted(intervals)}")
    opens = _every_open(bars, intervals.pop())
    close, returns = np.full((2, len(opens), len(bars)), np.nan)
    for column, one in enumerate(bars):
        rows = np.searchsorted(opens, one.open_time)
        close[rows, column] = one.close
        returns[rows, column] = traded_returns(one)
    return JointBars(tuple(one.symbol for one in bars), opens, _closes(bars, opens), close, returns)


def traded_returns(bars: Bars) -> Floats:
    """Return the log return of each bar; NaN in the first, after missing bars, in and after a bar without a trade."""
    returns, traded = np.full(len(bars), np.nan), _traded(bars)
    known = follows(bars)[1:] & traded[1:] & traded[:-1]
    returns[1:][known] = np.diff(np.log(bars.close))[known]
    return returns


def _traded(bars: Bars) -> NDArray[np.bool_]:
    return np.asarray(bars.volume > 0, dtype=np.bool_)


def _every_open(bars: Sequence[Bars], interval: str) -> Times:
    some = np.unique(np.concatenate([one.open_time for one in bars]))
    return np.union1d(some, missing_opens(some, interval)).astype(np.int64)


def _closes(bars: Sequence[Bars], opens: Times) -> Times:
    """Return when each bar closes: as the exchange says, where nobody has it one ms before the next opens."""
    closes = np.append(opens[1:] - 1, 0)
    for one in bars:
        closes[np.searchsorted(opens, one.open_time)] = one.close_time
    return closes.astype(np.int64)
