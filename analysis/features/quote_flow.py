"""Best quotes as they change: order flow between them, and their time-weighted means, in running sums.

Feed every ``bookTicker`` event: the 100 ms depth stream misses most states of the touch, and order flow computed from
it explains less.
"""

from dataclasses import dataclass
from math import log, nan
from typing import Final

import numpy as np

from analysis.arrays import Floats, Times
from analysis.features.step_totals import SECOND_MS, StepTotals
from analysis.features.trade_flow import SECONDS_KEPT, balance
from utils.binance_api.book.order_flow import touch_flow
from utils.binance_api.touch import Touch
from utils.units import BASIS_POINTS

_MID, _OFI, _QUOTES, _CHANGES, _STILL, _WHOLE, _OBSERVED, _SPREAD, _IMBALANCE, _BIDS, _ASKS = range(11)
_NOW, _FAIR = 11, 12
"""Columns that hold what stands: imbalance and deviation of the fair price; NaN while it is not known."""
_WIDTH: Final = 13


@dataclass(frozen=True, slots=True)
class QuoteSums:
    """Sums and time-weighted means over ``seconds`` seconds, the open one among them.

    ``observed_ms`` is how long quotes were known. Means are ``None`` where that is 0. ``ofi`` in base units;
    ``change_bps`` is the log change of the mid; ``bid_notional`` and ``ask_notional`` quote units at the touch;
    ``changes`` of either best price; ``still`` of the ``whole`` seconds, observed to their ends, passed without one.
    """

    seconds: int
    observed_ms: float
    ofi: float
    change_bps: float
    quotes: float
    changes: float
    still: float
    whole: float
    spread_bps: float | None
    imbalance: float | None
    bid_notional: float | None
    ask_notional: float | None

    @property
    def stability(self) -> float | None:
        """Share of the whole seconds in which neither best price changed, in [0, 1]."""
        return self.still / self.whole if self.whole > 0.0 else None

    @property
    def flicker(self) -> float | None:
        """Changes of a best price per observed second."""
        return self.changes * SECOND_MS / self.observed_ms if self.observed_ms > 0.0 else None


@dataclass(frozen=True, slots=True, eq=False)
class QuoteRows:
    """Closed seconds, oldest first, arrays (n): log change of the mid (bps), order flow (base units), change count.

    ``imbalance`` is time-weighted; ``imbalance_end`` and ``fair_end`` stand at the end of the second. NaN where no
    quote (or no fair price) was known.
    """

    second: Times
    change_bps: Floats
    ofi: Floats
    changes: Floats
    imbalance: Floats
    imbalance_end: Floats
    fair_end: Floats


def touch_imbalance(touch: Touch) -> float | None:
    """Return (bid - ask quantity) / their sum at the touch, in [-1, 1]."""
    return balance(touch.bid_quantity, touch.ask_quantity)


class QuoteFlow:
    """Sums of best quotes per second and over any window of up to ``seconds``, each quote O(1).

    Times (UTC ms) are transaction times; on spot, which sends none, those of receipt. ``lost`` when quotes may be
    missing: neither flow nor time is counted until the next quote.
    """

    __slots__ = ("_changes_before", "_imbalance", "_observed_before", "_time", "_totals", "first_ms", "touch")

    def __init__(self, seconds: int = SECONDS_KEPT) -> None:
        self._totals = StepTotals(_WIDTH, seconds, border=self._close_second)
        self.touch: Touch | None = None
        self.first_ms: int | None = None
        self._totals.now[_NOW] = self._totals.now[_FAIR] = nan
        self._imbalance = 0.0
        self._time = 0
        self._changes_before = self._observed_before = 0.0

    def add(self, time_ms: int, touch: Touch) -> float | None:
        """Add one quote; return its order flow e_n in base units, ``None`` where no quote is known before it."""
        before, now = self.touch, self._totals.now
        if self.first_ms is None:
            self.first_ms = time_ms
            now[_MID] = log(touch.mid) * BASIS_POINTS
        self._totals.open(time_ms)
        self._pass_time(time_ms)
        self.touch = touch
        self._imbalance = now[_NOW] = touch_imbalance(touch) or 0.0
        now[_QUOTES] += 1.0
        if before is None:
            now[_MID] = log(touch.mid) * BASIS_POINTS
            return None
        if before.bid != touch.bid or before.ask != touch.ask:
            now[_MID] = log(touch.mid) * BASIS_POINTS
            now[_CHANGES] += (before.bid != touch.bid) + (before.ask != touch.ask)
        flow = touch_flow(before, touch)
        now[_OFI] += flow
        return flow

    def hold_fair(self, deviation: float | None) -> None:
        """Note (fair price - mid) / spread at the newest quote, ``None`` where it is not known."""
        self._totals.now[_FAIR] = nan if deviation is None else deviation

    def advance(self, time_ms: int) -> None:
        """Let time pass with the newest quote standing (UTC ms)."""
        if self.first_ms is not None:
            self._totals.open(time_ms)
            self._pass_time(time_ms)

    def lost(self, time_ms: int) -> None:
        """Count the newest quote until ``time_ms`` (UTC ms) and forget it: quotes may be missing from now on."""
        self.advance(time_ms)
        self.touch = None
        self._totals.now[_NOW] = self._totals.now[_FAIR] = nan

    def window(self, seconds: int) -> QuoteSums:
        """Return the sums of the last ``seconds`` seconds, the open one among them; of fewer at the beginning."""
        sums = self._totals.window(seconds)
        observed = sums[_OBSERVED]
        means = [sums[i] / observed if observed > 0.0 else None for i in (_SPREAD, _IMBALANCE, _BIDS, _ASKS)]
        return QuoteSums(
            self._totals.covered(seconds),
            observed,
            sums[_OFI],
            sums[_MID],
            sums[_QUOTES],
            sums[_CHANGES],
            sums[_STILL],
            sums[_WHOLE],
            *means,
        )

    def rows(self, seconds: int) -> QuoteRows:
        """Return the last ``seconds`` closed seconds, fewer at the beginning."""
        ends = self._totals.at_ends(seconds)
        steps = np.diff(ends, axis=0)
        observed = steps[:, _OBSERVED]
        return QuoteRows(
            self._totals.numbers(seconds),
            steps[:, _MID],
            steps[:, _OFI],
            steps[:, _CHANGES],
            np.divide(steps[:, _IMBALANCE], observed, out=np.full(len(steps), np.nan), where=observed > 0.0),
            ends[1:, _NOW],
            ends[1:, _FAIR],
        )

    def _pass_time(self, time_ms: int) -> None:
        touch, elapsed = self.touch, time_ms - self._time
        if elapsed <= 0:
            return
        self._time = time_ms
        if touch is None:
            return
        now = self._totals.now
        now[_OBSERVED] += elapsed
        now[_SPREAD] += touch.spread_bps * elapsed
        now[_IMBALANCE] += self._imbalance * elapsed
        now[_BIDS] += touch.bid * touch.bid_quantity * elapsed
        now[_ASKS] += touch.ask * touch.ask_quantity * elapsed

    def _close_second(self, end_ms: int) -> None:
        self._pass_time(end_ms)
        now = self._totals.now
        if now[_OBSERVED] - self._observed_before >= SECOND_MS:
            now[_WHOLE] += 1.0
            now[_STILL] += now[_CHANGES] == self._changes_before
        self._changes_before, self._observed_before = now[_CHANGES], now[_OBSERVED]
