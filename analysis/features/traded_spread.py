"""Effective and realised spread: each trade against the mid just before it, and against the mid some seconds later.

The mid before a trade is that of the last quote with a transaction time strictly before the trade's: "at or before"
takes quotes that the trade itself made, and turns 9-50 % of effective spreads negative. Spot quotes carry no time:
there the last quote received before trade time + smallest transport delay - 2 ms is taken.
"""

from array import array
from bisect import bisect_left
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from analysis.arrays import Floats, Times
from analysis.features.step_totals import StepTotals
from analysis.features.trade_flow import SECONDS_KEPT
from utils.units import BASIS_POINTS

HORIZONS_MS: Final = (5_000, 30_000)
SPOT_MARGIN_MS: Final = 2
LATE_MS: Final = 5_000
"""How much later than the quotes after it a trade may arrive and still be paired."""
_TRADES, _NEGATIVE, _WEIGHT, _EFFECTIVE = range(4)
_COLUMNS: Final = 4
_ROWS_LET_GO: Final = 256
_REALISED: Final = 4
"""The first of two columns per horizon: weight and weighted realised spread."""


@dataclass(frozen=True, slots=True)
class TradedSpread:
    """Means weighted by notional, bps of the mid, over the trades paired in a window; ``None`` without any.

    ``negative`` is the share of trades, by count, whose effective spread is below 0; ``realised`` by horizon.
    """

    trades: int
    negative: float | None
    effective_bps: float | None
    realised_bps: tuple[float | None, ...]


class _Waiting:
    """Trades of each millisecond until the longest horizon has passed, four numbers each in one array.

    Their time (UTC ms), and sums over them of w, w * side * price / mid and w * side / mid, mid that before the trade.
    ``heads`` are the first rows that each horizon still awaits.
    """

    __slots__ = ("cells", "heads")

    def __init__(self) -> None:
        self.cells = array("d")
        self.heads = [0] * len(HORIZONS_MS)

    def add(self, time_ms: int, weight: float, signed_price: float, signed: float) -> None:
        """Add one trade."""
        cells = self.cells
        if cells and cells[-_COLUMNS] == time_ms:
            cells[-3] += weight
            cells[-2] += signed_price
            cells[-1] += signed
        else:
            cells.extend((time_ms, weight, signed_price, signed))

    def due(self, horizon: int, time_ms: int) -> Iterator[tuple[float, float, float]]:
        """Yield the sums that a horizon has awaited until ``time_ms``."""
        cells, row, latest = self.cells, self.heads[horizon], time_ms - HORIZONS_MS[horizon]
        while row * _COLUMNS < len(cells) and cells[row * _COLUMNS] <= latest:
            place = row * _COLUMNS
            row += 1
            yield cells[place + 1], cells[place + 2], cells[place + 3]
        self.heads[horizon] = row

    def forget(self) -> None:
        """Let go of the rows that no horizon awaits, some at a time."""
        done = min(self.heads)
        if done >= _ROWS_LET_GO:
            del self.cells[: done * _COLUMNS]
            self.heads = [head - done for head in self.heads]

    def clear(self) -> None:
        """Let go of everything."""
        del self.cells[:]
        self.heads = [0] * len(HORIZONS_MS)


def spot_quote_time(receipt_ms: float, smallest_delay_ms: float) -> int:
    """Return the time (UTC ms) to give a spot quote, so that "strictly before the trade" follows the rule of spot."""
    return int(receipt_ms - smallest_delay_ms) + SPOT_MARGIN_MS


def quotes_before(trade_ms: Times, quote_ms: Times) -> NDArray[np.intp]:
    """Return for each trade the row of the last quote strictly before it, -1 where there is none; both ascending."""
    return np.searchsorted(quote_ms, trade_ms, "left") - 1


def effective_spread_bps(price: Floats, side: Floats, mid_before: Floats) -> Floats:
    """Return 2 * side * (price - mid before) / mid before, in bps: what the aggressor paid, both ways."""
    return 2.0 * side * (price - mid_before) / mid_before * BASIS_POINTS


def realised_spread_bps(price: Floats, side: Floats, mid_before: Floats, mid_later: Floats) -> Floats:
    """Return 2 * side * (price - mid later) / mid before, in bps: what the resting side kept after the move."""
    return 2.0 * side * (price - mid_later) / mid_before * BASIS_POINTS


class SpreadMeter:
    """Effective and realised spreads of trades as quotes and trades arrive, each O(1).

    Quotes come in the order of their times, trades in that of theirs, and neither waits for the other: a trade is
    paired once a quote at or after it shows that those before it are known. A trade counts in the second in which
    that is known, for each horizon.
    """

    __slots__ = ("_changes", "_fresh", "_mid", "_time", "_totals", "_waiting", "unpaired")

    def __init__(self, seconds: int = SECONDS_KEPT) -> None:
        self._totals = StepTotals(_REALISED + 2 * len(HORIZONS_MS), seconds)
        self._fresh: deque[tuple[int, float, float, int]] = deque()
        self._waiting = _Waiting()
        self._changes: deque[tuple[int, float]] = deque()
        self._mid: float | None = None
        self._time = 0
        self.unpaired = 0

    def quote(self, time_ms: int, mid: float) -> None:
        """Add one quote: its transaction time (UTC ms) and mid."""
        if time_ms > self._time:
            self.advance(time_ms)
        if mid != self._mid:
            self._mid = mid
            self._changes.append((self._time, mid))

    def advance(self, time_ms: int) -> None:
        """Pair what waits for quotes before ``time_ms`` (UTC ms); call it where no later quote has come by then."""
        self._totals.open(time_ms)
        self._time = time_ms
        while self._fresh and self._fresh[0][0] <= time_ms:
            self._pair(self._mid, *self._fresh.popleft())
        for horizon in range(len(HORIZONS_MS)):
            for sums in self._waiting.due(horizon, time_ms):
                self._settle(horizon, *sums)
        self._waiting.forget()
        while len(self._changes) > 1 and self._changes[1][0] < time_ms - LATE_MS:
            self._changes.popleft()

    def trade(self, time_ms: int, price: float, quantity: float, side: int) -> None:
        """Add one trade: its time (UTC ms), ``side`` +1 where the aggressor bought, else -1."""
        if time_ms > self._time:
            self._fresh.append((time_ms, price, quantity, side))
        else:
            self._pair(self._before(time_ms), time_ms, price, quantity, side)

    def lost(self) -> None:
        """Forget quotes and what waits for them: quotes may be missing from now on."""
        self.unpaired += len(self._fresh)
        self._mid = None
        self._fresh.clear()
        self._changes.clear()
        self._waiting.clear()

    def window(self, seconds: int) -> TradedSpread:
        """Return the means over the last ``seconds`` seconds, the open one among them; of fewer at the beginning."""
        sums = self._totals.window(seconds)
        trades = sums[_TRADES]
        return TradedSpread(
            int(trades),
            sums[_NEGATIVE] / trades if trades else None,
            _mean(sums[_EFFECTIVE], sums[_WEIGHT]),
            tuple(_mean(sums[i + 1], sums[i]) for i in range(_REALISED, _REALISED + 2 * len(HORIZONS_MS), 2)),
        )

    def _before(self, time_ms: int) -> float | None:
        """Return the mid just before a moment that quotes have already passed."""
        place = bisect_left(self._changes, time_ms, key=lambda change: change[0])
        return self._changes[place - 1][1] if place else None

    def _pair(self, mid: float | None, time_ms: int, price: float, quantity: float, side: int) -> None:
        if mid is None:
            self.unpaired += 1
            return
        now, weight = self._totals.now, price * quantity
        spread = 2.0 * side * (price - mid) / mid * BASIS_POINTS
        now[_TRADES] += 1.0
        now[_NEGATIVE] += spread < 0.0
        now[_WEIGHT] += weight
        now[_EFFECTIVE] += weight * spread
        signed = weight * side / mid
        self._waiting.add(time_ms, weight, signed * price, signed)

    def _settle(self, horizon: int, weight: float, signed_price: float, signed: float) -> None:
        if self._mid is None:
            return
        now, first = self._totals.now, _REALISED + 2 * horizon
        now[first] += weight
        now[first + 1] += 2.0 * (signed_price - signed * self._mid) * BASIS_POINTS


def _mean(total: float, weight: float) -> float | None:
    return total / weight if weight > 0.0 else None
