"""Principal component: the direction in which the inputs have moved together, offered for diagnosis.

Weights are the loadings of the first component of the normalised inputs' correlation over the past 365 days, fitted
anew every 7 days at fixed UTC moments on the rows before. A component has no sign of its own: it is turned so that its
loadings add up to more than 0. Where a loading then speaks against the declared polarity the method is refused: the
inputs do not measure one thing. A component favours what is redundant, which is why it is not the default.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from analysis.arrays import Floats
from analysis.framework.missing import FEW_PAST, too_few
from analysis.framework.reasons import Message, Reason
from composite.blend.average import LinearAverage, RowTimes
from composite.blend.normalised import normalised
from composite.input_rows import InputRows
from composite.weights import InputWeights
from utils.binance_api.intervals import DAY

FIT_DAYS: Final = 365
REFIT_DAYS: Final = 7
MIN_ROWS: Final = 250
"""Rows with all inputs that a fit needs."""
USABLE_SHARE: Final = 0.5
"""Share of a fit's rows that an input must be known in to take part."""
AGAINST: Final = -0.1
"""Loading from which an input contradicts its polarity; a correlation of 0 wavers around a loading of 0."""


@dataclass(frozen=True, slots=True, eq=False)
class FirstComponent:
    """Loadings (k) of length 1, NaN for inputs that took no part; ``share`` of the variance explained, ``rows`` used.

    ``against`` (k) says which inputs contradict their polarity.
    """

    loadings: Floats
    share: float
    rows: int
    against: NDArray[np.bool_]

    @property
    def usable(self) -> bool:
        """Whether there is a component and no input contradicts it."""
        return bool(np.isfinite(self.loadings).any()) and not self.against.any()


def first_component(values: Floats) -> FirstComponent:
    """Return the first component of inputs (k, rows); without loadings below 250 complete rows or two inputs."""
    known = np.isfinite(values)
    kept = np.flatnonzero(known.mean(axis=1) >= USABLE_SHARE) if values.size else np.empty(0, np.intp)
    rows = values[kept][:, known[kept].all(axis=0)]
    moving = rows.std(axis=1) > 0 if rows.shape[1] else np.zeros(len(kept), np.bool_)
    kept, rows = kept[moving], rows[moving]
    loadings, nobody = np.full(len(values), np.nan), np.zeros(len(values), np.bool_)
    if rows.shape[1] < MIN_ROWS or len(kept) < 2:
        return FirstComponent(loadings, np.nan, rows.shape[1], nobody)
    sizes, vectors = np.linalg.eigh(np.corrcoef(rows))
    vector = vectors[:, -1] * (-1.0 if vectors[:, -1].sum() < 0 else 1.0)
    loadings[kept] = vector
    against = np.isfinite(loadings) & (np.nan_to_num(loadings) < AGAINST)
    return FirstComponent(loadings, float(sizes[-1] / sizes.sum()), rows.shape[1], against)


def principal_component(inputs: InputRows, weights: InputWeights, times: RowTimes) -> LinearAverage:
    """Return the mean of the normalised values by their loadings, NaN in rows whose fit is refused."""
    values, errors = normalised(inputs, times)
    loadings, newest = _loadings(values, times)
    held = np.nan_to_num(loadings) * weights.staleness * weights.quality
    if newest is None or not newest.usable:
        return LinearAverage(values, errors, held, reason=_refused(inputs, newest))
    note = Message("pca_share", {"share": f"{newest.share:.0%}", "rows": newest.rows})
    return LinearAverage(values, errors, held, notes=(note,))


def _loadings(values: Floats, times: RowTimes) -> tuple[Floats, FirstComponent | None]:
    """Return the loadings in force in each row (k, n), 0 where refused, and the newest fit."""
    period, window = times.time // (REFIT_DAYS * DAY), times.in_days(FIT_DAYS)
    starts = [0, *(np.flatnonzero(np.diff(period)) + 1).tolist(), values.shape[1]]
    found, newest = np.zeros_like(values), None
    for start, stop in pairwise(starts):
        newest = first_component(values[:, max(0, start - window) : start])
        if newest.usable:
            found[:, start:stop] = np.maximum(np.nan_to_num(newest.loadings), 0.0)[:, None]
    return found, newest


def _refused(inputs: InputRows, newest: FirstComponent | None) -> Reason:
    if newest is not None and newest.against.any():
        names = [spec.scalar for spec, bad in zip(inputs.specs, newest.against, strict=True) if bad]
        return Reason("pca_contradicts", {"inputs": ", ".join(names)})
    return too_few(MIN_ROWS, 0 if newest is None else newest.rows, FEW_PAST) or Reason("no_part")
