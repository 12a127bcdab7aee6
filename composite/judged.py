"""What happened after a score was published: pure, from its row and the bars that followed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from analysis.framework.reasons import Reason
from utils.binance_api.bars import Bars
from utils.binance_api.intervals import SHORTEST_MS
from utils.store.scores import PublishedScore

NOT_YET: Final = Reason("not_yet", {"event": "the end of its horizon"})
NO_BARS: Final = Reason("no_data", {"what": "bars"})
NO_BASKETS: Final = Reason("not_asked")
NEEDED: Final = 500
"""Scores whose horizons do not overlap before the record of published scores supports a verdict."""


@dataclass(frozen=True, slots=True)
class Aftermath:
    """A position taken at the open of the next bar after the score was shown, and held for its horizon.

    Times are UTC ms. ``change`` of the price, the ``worst`` low and the ``best`` high on the way are shares of the
    price at entry, before fees and funding.
    """

    entry_time: int
    entry_price: float
    exit_time: int
    exit_price: float
    change: float
    worst: float
    best: float


@dataclass(frozen=True, slots=True)
class JudgedScore:
    """A published score with what happened after it, or why that is not known."""

    row: PublishedScore
    after: Aftermath | Reason


@dataclass(frozen=True, slots=True)
class LiveRecord:
    """The published scores of one series, the oldest first."""

    scores: tuple[JudgedScore, ...]

    @property
    def withheld(self) -> int:
        """How many were withheld."""
        return sum(one.row.score is None for one in self.scores)

    @property
    def judged(self) -> tuple[JudgedScore, ...]:
        """Those whose horizon has ended, with the bars of it there."""
        return tuple(one for one in self.scores if isinstance(one.after, Aftermath))

    @property
    def independent(self) -> int:
        """How many of the judged ones, taken in order, begin when the one taken before has ended."""
        count, free_from = 0, 0
        for one in self.judged:
            if isinstance(one.after, Aftermath) and one.after.entry_time >= free_from:
                count, free_from = count + 1, one.after.exit_time
        return count


def judging_interval(interval: str, horizon_s: float) -> str:
    """Return the interval of the bars to judge by: the longest that exceeds neither the horizon nor ``interval``."""
    most = min(horizon_s * 1000, SHORTEST_MS[interval])
    fitting = [name for name, length in SHORTEST_MS.items() if length <= most]
    return fitting[-1] if fitting else next(iter(SHORTEST_MS))


def judged(rows: Sequence[PublishedScore], bars: Bars | Reason) -> LiveRecord:
    """Return each score with what happened after it in closed bars of one series, or why that is not known."""
    return LiveRecord(tuple(JudgedScore(row, _after(row, bars)) for row in rows))


def _after(row: PublishedScore, bars: Bars | Reason) -> Aftermath | Reason:
    if isinstance(bars, Reason):
        return bars
    if not len(bars) or row.as_of < bars.open_time[0]:
        return NO_BARS
    first = int(np.searchsorted(bars.open_time, row.as_of))
    if first == len(bars):
        return NOT_YET
    ends = int(bars.open_time[first]) + round(row.horizon_s * 1000)
    if bars.close_time[-1] + 1 < ends:
        return NOT_YET
    last = max(first + 1, int(np.searchsorted(bars.close_time, ends)))
    entry, exit_price = float(bars.open[first]), float(bars.close[last - 1])
    return Aftermath(
        entry_time=int(bars.open_time[first]),
        entry_price=entry,
        exit_time=int(bars.close_time[last - 1]) + 1,
        exit_price=exit_price,
        change=exit_price / entry - 1.0,
        worst=float(bars.low[first:last].min()) / entry - 1.0,
        best=float(bars.high[first:last].max()) / entry - 1.0,
    )
