"""Mean returns shrunk towards one common mean: sample means of crypto returns are mostly noise."""

from typing import NamedTuple

import numpy as np

from analysis.arrays import Floats


class ShrunkMeans(NamedTuple):
    """Mean per bar of each asset (k), and the share of the common mean in it, 0..1."""

    means: Floats
    shrinkage: float


def shrunk_means(means: Floats, covariance: Floats, count: int) -> ShrunkMeans:
    """Return Bayes-Stein means (Jorion 1986) from sample ``means`` (k) of ``count`` rows and a covariance (k, k).

    The common mean is that of the minimum-variance portfolio (shorts allowed); its share is (k + 2) / (k + 2 + n d)
    with d the squared distance of the means from it in units of the covariance. One asset has nothing to be shrunk to.
    """
    k = len(means)
    if k < 2:
        return ShrunkMeans(means.copy(), 0.0)
    inverse = np.linalg.pinv(covariance, hermitian=True)
    ones = inverse.sum(axis=0)
    common = float(ones @ means / ones.sum())
    away = means - common
    share = (k + 2) / (k + 2 + count * float(away @ inverse @ away))
    return ShrunkMeans(np.asarray(common + (1 - share) * away), share)
