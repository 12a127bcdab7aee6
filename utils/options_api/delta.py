"""Delta of options by Black (1976), for sources that publish none; standard library only, for the main process."""

import math

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def black_delta(
    *, forward: Floats, strike: Floats, years: Floats, volatility: Floats, is_call: NDArray[np.bool_]
) -> Floats:
    """Return N(d1) of calls and N(d1) - 1 of puts, undiscounted, per unit of the forward.

    ``years`` is the time to expiry in years of 365 days, ``volatility`` an annual fraction; NaN where either is not
    above zero or an argument is NaN.
    """
    total = np.where((years > 0) & (volatility > 0), volatility * np.sqrt(np.maximum(years, 0)), np.nan)
    d1 = np.log(forward / strike) / total + total / 2
    below = np.array([0.5 * math.erfc(-value / math.sqrt(2)) for value in d1.tolist()], np.float64)
    return np.where(is_call, below, below - 1)
