"""How long quotes live at the touch: the Kaplan-Meier estimate (1958), by count and by time."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.arrays import Floats

_EXACT = 1e-12
"""Products of fractions that are 0.5 in exact arithmetic may miss it by rounding."""


@dataclass(frozen=True, slots=True, eq=False)
class Survival:
    """``share`` (n) that lives longer than each of the distinct lengths ``time`` (n, ascending)."""

    time: Floats
    share: Floats

    @property
    def longest(self) -> float | None:
        """The longest length seen, ended or not; ``None`` without any."""
        return float(self.time[-1]) if len(self.time) else None

    @property
    def median(self) -> float | None:
        """The first length t with S(t) <= 0.5; ``None`` where it was not reached: longer than ``longest``."""
        return self._first(self.share <= 0.5 + _EXACT)

    @property
    def time_median(self) -> float | None:
        """The length below which half of the time passes: the life that a random moment meets; ``None`` likewise.

        Lengths weigh t * (S(t-) - S(t)); what had not ended by the longest weighs that length.
        """
        mass = self.time * -np.diff(self.share, prepend=1.0)
        total = mass.sum() + (self.share[-1] * self.time[-1] if len(self.time) else 0.0)
        return self._first(np.cumsum(mass) >= (0.5 - _EXACT) * total) if total > 0.0 else None

    def _first(self, reached: NDArray[np.bool_]) -> float | None:
        return float(self.time[np.argmax(reached)]) if reached.any() else None


def kaplan_meier(length: Floats, ended: NDArray[np.bool_]) -> Survival:
    """Return the survival of lengths (n), each ``ended`` or cut off while it lasted (right-censored).

    S(t) = product over t_i <= t of (1 - deaths_i / at risk_i); at equal times an end comes before a cut. Equal to
    ``scipy.stats.ecdf`` of ``CensoredData``.
    """
    time, place = np.unique(length, return_inverse=True)
    deaths = np.bincount(place, weights=ended, minlength=len(time))
    left = np.bincount(place, minlength=len(time))
    at_risk = len(length) - np.concatenate([[0], np.cumsum(left)[:-1]])
    return Survival(time, np.cumprod(1.0 - deaths / at_risk))
