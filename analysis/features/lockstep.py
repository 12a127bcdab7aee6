"""Many bounded searches at once (L-BFGS-B, Byrd and others 1995): every round evaluates all that have not ended.

Each search takes the steps that ``scipy.optimize.minimize`` takes alone; only the evaluations are shared.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import _lbfgsb

from analysis.arrays import Floats

Places = NDArray[np.int64]

CORRECTIONS, LINE_STEPS = 10, 20  # as ``minimize`` has them
WANTS_VALUE: Final = 3
NEW_STEP: Final = 1
BOTH_BOUNDS: Final = 2
_advance: Callable[..., Any] = _lbfgsb.setulb


@dataclass(frozen=True, slots=True, eq=False)
class Ends:
    """Where searches ended: points (searches, k), losses (searches) and slopes (searches, k)."""

    theta: Floats
    loss: Floats
    slope: Floats

    def at(self, places: Places) -> "Ends":
        """Return some of them, copied."""
        return Ends(self.theta[places], self.loss[places], self.slope[places])

    def put(self, places: Places, others: "Ends") -> None:
        """Put others in the place of some."""
        self.theta[places], self.loss[places] = others.theta, others.loss
        self.slope[places] = others.slope


def search_all(
    losses_and_slopes: Callable[[Places, Floats], tuple[Floats, Floats]],
    starts: Floats,
    bounds: Sequence[tuple[float, float]],
    *,
    ftol: float,
    gtol: float,
) -> Ends:
    """Minimise one function from each of ``starts`` (searches, k) within finite bounds of the k coordinates.

    ``losses_and_slopes`` gets the places of the searches that go on and their points, (some) and (some, k), and
    returns losses (some) and slopes (some, k). A search ends where a step lowers the loss by less than the share
    ``ftol`` of it, where no slope inside the bounds exceeds ``gtol``, or where a line search fails.
    """
    searches = [_Search(start, np.array(bounds), ftol / np.finfo(np.float64).eps, gtol) for start in starts]
    going = list(range(len(searches)))
    while going := [at for at in going if searches[at].wants_value()]:
        theta = np.stack([searches[at].theta for at in going])
        for at, loss, slope in zip(going, *losses_and_slopes(np.array(going), theta), strict=True):
            searches[at].loss, searches[at].slope = np.array(loss), slope.copy()
    return Ends(
        np.stack([one.theta for one in searches]),
        np.array([float(one.loss) for one in searches]),
        np.stack([one.slope for one in searches]),
    )


class _Search:
    """The state of one search between evaluations."""

    def __init__(self, start: Floats, bounds: Floats, factor: float, gtol: float) -> None:
        size, kept = len(start), CORRECTIONS
        low, high = bounds.T.copy()
        self.theta = np.clip(start, low, high)
        self.loss, self.slope = np.array(0.0), np.zeros(size)
        self._task = np.zeros(2, np.int32)
        self._range = low, high, np.full(size, BOTH_BOUNDS, np.int32)
        self._ends = factor, gtol
        work = np.zeros(2 * kept * size + 5 * size + 11 * kept**2 + 8 * kept)
        self._kept = work, np.zeros(3 * size, np.int32), self._task
        self._saved = np.zeros(4, np.int32), np.zeros(44, np.int32), np.zeros(29)
        self._line = np.zeros(2, np.int32)

    def wants_value(self) -> bool:
        """Go on to the next point whose loss is wanted, ``False`` at the end."""
        while True:
            _advance(
                CORRECTIONS,
                self.theta,
                *self._range,
                self.loss,
                self.slope,
                *self._ends,
                *self._kept,
                *self._saved,
                LINE_STEPS,
                self._line,
            )
            if self._task[0] != NEW_STEP:
                return bool(self._task[0] == WANTS_VALUE)
