"""How long quotes live at the touch: the Kaplan-Meier estimate (1958), by count and by time."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.arrays import Floats
from utils.binance_api.touch import Touch
from utils.binance_api.trades.columns import IntColumn

LIVES_KEPT = 4096
_EXACT = 1e-12
"""Products of fractions that are 0.5 in exact arithmetic may miss it by rounding."""


@dataclass(frozen=True, slots=True, eq=False)
class Survival:
    """``share`` (n) that lives longer than each of the distinct lengths ``time`` (n, ascending)."""

    time: Floats
    share: Floats

    @property
    def longest(self) -> float | None:
        """The longest length seen, ended or not; ``None`` without any."""
        return float(self.time[-1]) if len(self.time) else None

    @property
    def median(self) -> float | None:
        """The first length t with S(t) <= 0.5; ``None`` where it was not reached: longer than ``longest``."""
        return self._first(self.share <= 0.5 + _EXACT)

    @property
    def time_median(self) -> float | None:
        """The length below which half of the time passes: the life that a random moment meets; ``None`` likewise.

        Lengths weigh t * (S(t-) - S(t)); what had not ended by the longest weighs that length.
        """
        mass = self.time * -np.diff(self.share, prepend=1.0)
        total = mass.sum() + (self.share[-1] * self.time[-1] if len(self.time) else 0.0)
        return self._first(np.cumsum(mass) >= (0.5 - _EXACT) * total) if total > 0.0 else None

    def _first(self, reached: NDArray[np.bool_]) -> float | None:
        return float(self.time[np.argmax(reached)]) if reached.any() else None


def kaplan_meier(length: Floats, ended: NDArray[np.bool_]) -> Survival:
    """Return the survival of lengths (n), each ``ended`` or cut off while it lasted (right-censored).

    S(t) = product over t_i <= t of (1 - deaths_i / at risk_i); at equal times an end comes before a cut. Equal to
    ``scipy.stats.ecdf`` of ``CensoredData``.
    """
    time, place = np.unique(length, return_inverse=True)
    deaths = np.bincount(place, weights=ended, minlength=len(time))
    left = np.bincount(place, minlength=len(time))
    at_risk = len(length) - np.concatenate([[0], np.cumsum(left)[:-1]])
    return Survival(time, np.cumprod(1.0 - deaths / at_risk))


class QuoteLives:
    """The lives of best prices: from the change that made a price best to the one that ended it, per side.

    Each quote O(1); the newest ``LIVES_KEPT`` lives are kept. A price that stood before the first quote, or while
    quotes were missing, has no known birth and is left out.
    """

    __slots__ = ("_born", "_count", "_ends", "_lengths", "_touch")

    def __init__(self, kept: int = LIVES_KEPT) -> None:
        self._ends = IntColumn(kept)
        self._lengths = IntColumn(kept)
        self._count = 0
        self._touch: Touch | None = None
        self._born: list[int | None] = [None, None]

    def add(self, time_ms: int, touch: Touch) -> None:
        """Add one quote (UTC ms of its transaction)."""
        before, self._touch = self._touch, touch
        if before is None:
            return
        if before.bid != touch.bid:
            self._change(0, time_ms)
        if before.ask != touch.ask:
            self._change(1, time_ms)

    def lost(self) -> None:
        """Forget the standing prices: quotes may be missing from now on."""
        self._touch, self._born = None, [None, None]

    def survival(self, time_ms: int, within_ms: int) -> Survival:
        """Return the survival of the prices that ended in the last ``within_ms``, or stand at ``time_ms`` (UTC ms)."""
        kept = min(self._count, len(self._ends.view))
        recent = self._ends.view[:kept] > time_ms - within_ms
        standing = [time_ms - born for born in self._born if born is not None]
        length = np.concatenate([self._lengths.view[:kept][recent], standing]).astype(np.float64)
        ended = np.arange(len(length)) < len(length) - len(standing)
        return kaplan_meier(length, ended)

    def _change(self, side: int, time_ms: int) -> None:
        born, self._born[side] = self._born[side], time_ms
        if born is None:
            return
        slot = self._count % len(self._ends.cells)
        self._ends.cells[slot], self._lengths.cells[slot] = time_ms, max(0, time_ms - born)
        self._count += 1
