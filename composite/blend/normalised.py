"""Normalised mean: every input on the scale of its own past, all of them alike.

z = signed value / (1.4826 * median of its past sizes), not centred, since that would turn signs. tanh(z / 2) is
averaged with equal weights by group: half of an input's values then lie within 0.33 of neutral, whatever its spread.
A place between the lowest and the highest value of the window would be another scale: it moves neutral to their middle.

The min-max mean divides by the largest past size instead, so that the extremes of the past are the ends of the scale.
Neither is centred: the neutral value stays where it is.
"""

from typing import Final

import numpy as np
import pandas as pd

from analysis.arrays import Floats
from analysis.features.robust import direction_signals, uncentred_scale
from analysis.features.windows import divide, lag
from composite.blend.average import LinearAverage, RowTimes
from composite.input_rows import InputRows
from composite.weights import InputWeights, shared_weights

PAST_DAYS: Final = 90
MIN_PAST: Final = 60
"""Past values that a scale needs."""


def normalised_mean(inputs: InputRows, weights: InputWeights, times: RowTimes) -> LinearAverage:
    """Return the mean of the normalised values, equally weighted by group."""
    return _alike(inputs, weights, *normalised(inputs, times))


def min_max_mean(inputs: InputRows, weights: InputWeights, times: RowTimes) -> LinearAverage:
    """Return the mean of the values over their largest past size, held to [-1, 1], equally weighted by group."""
    window = max(MIN_PAST, times.in_days(PAST_DAYS))
    largest = np.array([largest_past(row, window, MIN_PAST) for row in inputs.signed])
    scaled = np.where(largest == 0, np.sign(inputs.signed), divide(inputs.signed, largest))
    values = np.clip(scaled, -1.0, 1.0)
    return _alike(inputs, weights, values, divide(inputs.se, largest))


def _alike(inputs: InputRows, weights: InputWeights, values: Floats, errors: Floats) -> LinearAverage:
    alike = tuple(spec.model_copy(update={"weight": 1.0}) for spec in inputs.specs)
    structural = (shared_weights(alike) * weights.match)[:, None]
    return LinearAverage(values, errors, structural * weights.staleness * weights.quality)


def largest_past(values: Floats, window: int, min_count: int) -> Floats:
    """Return the largest size among the ``window`` values before each (n); NaN below ``min_count`` known ones."""
    past = pd.Series(np.abs(lag(values, 1))).rolling(window, min_periods=min_count)
    return np.asarray(past.max(), dtype=np.float64)


def normalised(inputs: InputRows, times: RowTimes) -> tuple[Floats, Floats]:
    """Return normalised values and their errors (k, n); NaN below 60 past values of an input.

    Bars of which 60 take longer than 90 days look back on 60.
    """
    window = max(MIN_PAST, times.in_days(PAST_DAYS))
    values = np.array(direction_signals(list(inputs.signed), window, MIN_PAST))
    scales = np.array([uncentred_scale(row, window, MIN_PAST) for row in inputs.signed])
    return values, divide(inputs.se * (1 - values**2), 2 * scales)
