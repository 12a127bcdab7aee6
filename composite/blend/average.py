"""The averaging step inside a score: one interface, whichever way the average is made."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from analysis.arrays import Floats, Times
from analysis.features.windows import divide
from analysis.framework.reasons import Message, Reason
from composite.input_rows import InputRows
from composite.weights import InputWeights
from utils.binance_api.intervals import DAY, SHORTEST_MS

Rows = slice | NDArray[np.intp]
"""Which of the n rows are asked: a stretch of them, or their places, of which any may be there several times."""


@dataclass(frozen=True, slots=True, eq=False)
class RowTimes:
    """What trailing statistics need: the moments of n rows (UTC ms, ascending) and the interval between them."""

    time: Times
    interval: str

    def in_days(self, days: float) -> int:
        """Return how many rows fit in so many days, at least one."""
        return max(1, int(days * DAY // SHORTEST_MS[self.interval]))


class Average(Protocol):
    """A prepared average of k inputs over n rows.

    ``values`` (k, n) are what is averaged, on the signed scale with 0 neutral, NaN where missing; ``errors`` (k, n)
    their standard errors in the same unit. Called with values (k, m) of the rows ``rows``, it returns their average (m)
    in [-1, 1]: an input set to 0 there speaks neutrally, one set to NaN is left out. ``weights`` (k, n) are those of a
    weighted mean, ``None`` where it is none. ``reason`` says why the last row has no average although inputs are there.
    """

    @property
    def values(self) -> Floats:
        """What is averaged (k, n)."""

    @property
    def errors(self) -> Floats:
        """Standard errors of the values (k, n)."""

    @property
    def weights(self) -> Floats | None:
        """The weights of a weighted mean (k, n)."""

    @property
    def reason(self) -> Reason | None:
        """Why the last row has no average."""

    @property
    def notes(self) -> tuple[Message, ...]:
        """What else is to be said of it."""

    def __call__(self, values: Floats, rows: Rows) -> Floats:
        """Return the average of some rows (m)."""
        ...


AverageMaker = Callable[[InputRows, InputWeights, RowTimes], Average]
"""A blending method: inputs, their weights and the moments of the rows to an average."""


@dataclass(frozen=True, slots=True, eq=False)
class LinearAverage:
    """A weighted mean of what is there."""

    values: Floats
    errors: Floats
    weights: Floats
    reason: Reason | None = None
    notes: tuple[Message, ...] = ()

    def __call__(self, values: Floats, rows: Rows) -> Floats:
        """Return the weighted mean of ``values`` (k, m), NaN where nothing counts."""
        return mean_of_known(values, self.weights[:, rows])


def mean_of_known(values: Floats, weights: Floats) -> Floats:
    """Return the weighted mean over the inputs (k, m) that are known, NaN where their weights are all 0."""
    held = np.where(np.isfinite(values), weights, 0.0)
    return divide((held * np.nan_to_num(values)).sum(axis=0), held.sum(axis=0))
