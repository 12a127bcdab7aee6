"""Wavelet view of a trailing window: slope of its approximation and the energy share of its low band.

Both are fixed functionals of the window (linear, and linear then squared), so the transform is taken once, of the
identity, and its weights are applied to every window.
"""

from functools import lru_cache

import numpy as np
import pywt

from analysis.arrays import Floats
from analysis.features.windows import divide, rolling, weighted_sum


def approximation_slope(values: Floats, n: int, wavelet: str, level: int) -> Floats:
    """Return the slope, per bar, of the level-``level`` approximation of the last n values at their end.

    Symmetric extension; least squares over the last 2^(level+1) points of the approximation, because the slope of
    the last point alone is about half of the truth under that extension.
    """
    result = np.full(len(values), np.nan)
    result[1:] = weighted_sum(np.diff(values), _slope_weights(n, wavelet, level))
    return result


@lru_cache(maxsize=32)
def _slope_weights(n: int, wavelet: str, level: int) -> Floats:
    coefficients = pywt.wavedec(np.eye(n), wavelet, mode="symmetric", level=level, axis=1)
    kept = [coefficients[0], *(np.zeros_like(detail) for detail in coefficients[1:])]
    approximation = pywt.waverec(kept, wavelet, mode="symmetric", axis=1)[:, :n]
    points = min(2 ** (level + 1), n)
    time = np.arange(points) - (points - 1) / 2
    by_level = approximation[:, n - points :] @ time / (time @ time)
    return np.asarray(-np.cumsum(by_level)[:-1])  # by steps: a level is the last one less the steps after it


def low_band_share(returns: Floats, n: int, wavelet: str, level: int) -> Floats:
    """Return the share of the last n log returns' energy in the level-``level`` approximation, 0..1.

    Periodised transform, which is orthonormal, so that shares of all bands add up to 1. White noise reads
    2^-level. NaN where every return is 0.
    """
    # coefficient by coefficient: one product of all windows with the matrix would wake the threads of BLAS for little
    coefficients = (weighted_sum(returns, column) for column in _low_band_columns(n, wavelet, level))
    low = sum((one * one for one in coefficients), np.zeros(len(returns)))
    return divide(low, rolling(returns, n, lambda block: np.vecdot(block, block)))


@lru_cache(maxsize=32)
def _low_band_columns(n: int, wavelet: str, level: int) -> Floats:
    low = pywt.wavedec(np.eye(n), wavelet, mode="periodization", level=level, axis=1)[0]
    return np.ascontiguousarray(low.T, dtype=np.float64)
