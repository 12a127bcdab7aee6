"""How fast a side of the book refills after it was swept: the half-life of the depth near the touch.

A sweep begins when the depth of a side falls below half of its usual size, the exponentially weighted mean before it.
It is half refilled when half of what was lost stands again. Sweeps that are not refilled within a minute count as
longer than that: the median is that of Kaplan and Meier (1958).
"""

from math import exp
from typing import Final

import numpy as np

from analysis.features.survival import Survival, kaplan_meier
from utils.binance_api.trades.columns import IntColumn

SWEPT_SHARE: Final = 0.5
USUAL_TAU_MS: Final = 20_000.0
LONGEST_MS: Final = 60_000
KEPT: Final = 128


class RefillMeter:
    """Takes the depth of one side after each update of the book, O(1) each."""

    __slots__ = ("_count", "_ended", "_ends", "_lengths", "_low", "_seen", "_swept_ms", "_time", "_usual")

    def __init__(self, kept: int = KEPT) -> None:
        self._ends, self._lengths, self._ended = IntColumn(kept), IntColumn(kept), IntColumn(kept)
        self._count = 0
        self._usual = 0.0
        self._seen = self._time = 0
        self._swept_ms: int | None = None
        self._low = 0.0

    def add(self, time_ms: int, depth: float) -> None:
        """Take a depth (base units) with its time (UTC ms); times do not fall."""
        if self._swept_ms is not None:
            self._follow(self._swept_ms, time_ms, depth)
        elif self._usual > 0.0 and self._seen >= USUAL_TAU_MS and depth < SWEPT_SHARE * self._usual:
            self._swept_ms, self._low = time_ms, depth
        else:
            self._learn(time_ms, depth)
        self._time = time_ms

    def lost(self) -> None:
        """Forget the usual depth and an open sweep: updates may be missing from now on."""
        self._usual, self._seen, self._swept_ms = 0.0, 0, None

    def survival(self, time_ms: int, within_ms: int) -> Survival:
        """Return the survival of the sweeps of the last ``within_ms``: how long each stayed less than half refilled."""
        kept = min(self._count, len(self._ends.view))
        recent = self._ends.view[:kept] > time_ms - within_ms
        lengths = self._lengths.view[:kept][recent].astype(np.float64)
        ended = self._ended.view[:kept][recent] > 0
        if self._swept_ms is not None:
            lengths, ended = np.append(lengths, time_ms - self._swept_ms), np.append(ended, False)
        return kaplan_meier(lengths, ended)

    def _follow(self, swept_ms: int, time_ms: int, depth: float) -> None:
        self._low = min(self._low, depth)
        refilled = depth >= (self._low + self._usual) / 2
        if refilled or time_ms - swept_ms >= LONGEST_MS:
            slot = self._count % len(self._ends.cells)
            self._ends.cells[slot], self._lengths.cells[slot] = time_ms, time_ms - swept_ms
            self._ended.cells[slot] = int(refilled)
            self._count += 1
            self._swept_ms = None
            if not refilled:
                self._usual = depth  # the usual depth is another now

    def _learn(self, time_ms: int, depth: float) -> None:
        elapsed = max(0, time_ms - self._time) if self._usual > 0.0 else 0
        share = 1.0 if self._usual <= 0.0 else 1.0 - exp(-elapsed / USUAL_TAU_MS)
        self._usual += share * (depth - self._usual)
        self._seen += elapsed
