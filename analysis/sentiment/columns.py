"""Columns of module C: values, signals and ranks per bar, and the moments that the bars stand for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from analysis.arrays import Floats, Times
from analysis.features.as_of import Irregular
from analysis.sentiment.inputs import SentimentInputs
from utils.binance_api.intervals import DAY

FUNDING_AGE: Final = DAY
"""How much older than the moment the last settlement may be, ms."""

Place = Callable[[Floats], Floats]


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """Values and signals by metric id, and the rank of a position in its past, each per bar (n); NaN where unknown."""

    values: Mapping[str, Floats]
    signals: Mapping[str, Floats] = field(default_factory=dict)
    ranks: Mapping[str, Floats] = field(default_factory=dict)


def moments_of(inputs: SentimentInputs) -> Times:
    """Return the moment each bar stands for (UTC ms): its close, and for the last one the moment asked.

    Positioning of now does not wait for the bar under way to close.
    """
    moments = inputs.bars.close_time + 1
    moments[-1] = max(int(moments[-1]), inputs.as_of)
    return moments


def placed_by(known_at: Times, moments: Times, max_age: int) -> Place:
    """Return what places a column of values known at some times at the moments."""
    return lambda column: Irregular(known_at, column).at(moments, max_age)


def last_alone(value: float | None, count: int) -> Floats:
    """Return a column that is known in its last row alone."""
    column = np.full(count, np.nan)
    if value is not None:
        column[-1] = value
    return column
