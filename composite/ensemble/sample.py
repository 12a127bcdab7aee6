"""Rows to learn from: what was known at a moment, and what came of it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.arrays import Floats, Times

Rows = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class LabelledRows:
    """Rows of one or several symbols in order of time.

    ``time`` (n, UTC ms) is when the row was known, ``until`` when its outcome was; ``x`` (n, inputs) on the signed
    scale, NaN where missing; ``y`` the label 0 or 1; ``forward`` the quantity behind it (log return net of fees, or
    realised variance); ``mean`` the weighted mean of the same row, NaN where withheld; ``symbol`` (n) a number.
    """

    time: Times
    until: Times
    x: Floats
    y: Floats
    forward: Floats
    mean: Floats
    symbol: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.time)

    def of(self, rows: Rows | NDArray[np.int64]) -> "LabelledRows":
        """Return some of the rows, told by (n) or by their numbers."""
        return LabelledRows(
            self.time[rows],
            self.until[rows],
            self.x[rows],
            self.y[rows],
            self.forward[rows],
            self.mean[rows],
            self.symbol[rows],
        )

    def up_to(self, moment: int) -> "LabelledRows":
        """Return the rows whose outcome was known before ``moment`` (UTC ms)."""
        return self.of(self.until < moment)

    def independent(self, horizon_ms: float) -> float:
        """Return the number of independent rows: moments, each counted once, over the moments one outcome spans."""
        moments = np.unique(self.time)
        if len(moments) < 2:
            return float(len(moments))
        overlap = max(horizon_ms / float(np.median(np.diff(moments))), 1.0)
        return len(moments) / overlap


def joined(samples: Sequence[LabelledRows]) -> LabelledRows:
    """Return the rows of several samples in order of time, those of one moment in the order given."""
    whole = LabelledRows(
        np.concatenate([one.time for one in samples]),
        np.concatenate([one.until for one in samples]),
        np.concatenate([one.x for one in samples]),
        np.concatenate([one.y for one in samples]),
        np.concatenate([one.forward for one in samples]),
        np.concatenate([one.mean for one in samples]),
        np.concatenate([one.symbol for one in samples]),
    )
    return whole.of(np.argsort(whole.time, kind="stable"))
