"""Weighted mean, the default: values as they are, by the priorities of the configuration."""

from composite.blend.average import LinearAverage, RowTimes
from composite.input_rows import InputRows
from composite.weights import InputWeights


def weighted_mean(inputs: InputRows, weights: InputWeights, times: RowTimes) -> LinearAverage:
    """Return the mean of the signed values by their effective weights."""
    del times
    return LinearAverage(inputs.signed, inputs.se, weights.effective)
