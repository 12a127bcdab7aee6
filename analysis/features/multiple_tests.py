"""Many tests at once: which of them stand when a share of the found ones may be false."""

import numpy as np

from analysis.arrays import Floats


def benjamini_hochberg(p: Floats) -> Floats:
    """Return adjusted p-values of the same shape: found are those up to the accepted share of false ones.

    Benjamini and Hochberg (1995): p times tests over rank, made monotone. A NaN is no test: it stays NaN and counts
    for nothing.
    """
    known = np.flatnonzero(np.isfinite(p.ravel()))
    values = p.ravel()[known]
    order = np.argsort(values, kind="stable")
    ranked = values[order] * len(values) / np.arange(1, len(values) + 1)
    adjusted = np.full(p.size, np.nan)
    adjusted[known[order]] = np.minimum(np.minimum.accumulate(ranked[::-1])[::-1], 1.0)
    return adjusted.reshape(p.shape)
