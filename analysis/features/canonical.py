"""The combination of leaders whose past goes best with a combination of the others' present, in and out of sample."""

from dataclasses import dataclass

import numpy as np
from sklearn.cross_decomposition import CCA

from analysis.arrays import Floats


@dataclass(frozen=True, slots=True)
class Canonical:
    """First canonical correlation on the rows it was fitted on, and that of the same weights on the later rows."""

    inside: float
    outside: float


def canonical(leaders: Floats, rest: Floats, train: int) -> Canonical | None:
    """Return the correlation of ``leaders`` at t - 1 with ``rest`` at t, columns of complete consecutive rows.

    Hotelling (1936). The weights come from the first ``train`` pairs of rows. ``None`` where a column does not vary or
    there are too few rows.
    """
    x, y = leaders[:-1], rest[1:]
    least = 2 * (x.shape[1] + y.shape[1])
    if train <= least or len(x) - train <= least or not _vary(x[:train], y[:train]):
        return None
    fitted = CCA(n_components=1, max_iter=1000).fit(x[:train], y[:train])
    return Canonical(*(_correlation(*fitted.transform(x[part], y[part])) for part in _parts(train)))


def _parts(train: int) -> tuple[slice, slice]:
    return slice(None, train), slice(train, None)


def _vary(*blocks: Floats) -> bool:
    return all(bool((np.ptp(block, axis=0) > 0).all()) for block in blocks)


def _correlation(left: Floats, right: Floats) -> float:
    return float(np.corrcoef(left[:, 0], right[:, 0])[0, 1])
