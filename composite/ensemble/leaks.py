"""Inputs that know their own outcome: values made of what lies ahead, which no live input can be.

Such a value is made of moments that reach into the time its outcome spans. Purged, that is, used only once a whole
horizon has passed and everything it can be made of is known, it is worth nothing, while an honest input that is worth
that much is still worth something.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.stats import rankdata

from analysis.arrays import Floats
from composite.ensemble.sample import LabelledRows

PLAUSIBLE_IC: Final = 0.2
"""Rank correlation with the outcome that no honest input of bars comes near: they reach 0.05."""
LEFT_OVER: Final = 0.5
FEWEST: Final = 100


class LeakError(ValueError):
    """An input knows its outcome: mend how it is computed."""


@dataclass(frozen=True, slots=True)
class Leak:
    """An input's rank correlation with the outcome as it is, and a horizon late."""

    name: str
    ic: float
    purged_ic: float

    def __str__(self) -> str:
        return f"{self.name} ({self.ic:+.2f}, a horizon late {self.purged_ic:+.2f})"


def leaks(
    sample: LabelledRows, names: Sequence[str], horizon_ms: float, plausible_ic: float = PLAUSIBLE_IC
) -> tuple[Leak, ...]:
    """Return the inputs, columns of ``sample.x`` by ``names``, that are implausibly good until they are purged."""
    late = _late_rows(sample, horizon_ms)
    found = []
    for name, values in zip(names, sample.x.T, strict=True):
        ic = _ic(values, sample.forward)
        purged = _ic(np.where(late >= 0, values[late], np.nan), sample.forward)
        if abs(ic) > plausible_ic and abs(purged) < LEFT_OVER * abs(ic):
            found.append(Leak(name, ic, purged))
    return tuple(found)


def refuse_leaks(
    sample: LabelledRows, names: Sequence[str], horizon_ms: float, plausible_ic: float = PLAUSIBLE_IC
) -> None:
    """Raise ``LeakError`` with the names of inputs that know their outcome."""
    found = leaks(sample, names, horizon_ms, plausible_ic)
    if found:
        raise LeakError(
            f"inputs that look ahead, by rank correlation with the outcome: {', '.join(map(str, found))}"
        )


def _late_rows(sample: LabelledRows, horizon_ms: float) -> np.typing.NDArray[np.int64]:
    """Return for each row (n) the newest row of its symbol that is a horizon older, -1 where there is none."""
    found = np.full(len(sample), -1, dtype=np.int64)
    for symbol in np.unique(sample.symbol):
        rows = np.flatnonzero(sample.symbol == symbol)
        place = np.searchsorted(sample.time[rows], sample.time[rows] - int(horizon_ms), side="right") - 1
        found[rows] = np.where(place >= 0, rows[place], -1)
    return found


def _ic(values: Floats, forward: Floats) -> float:
    known = np.isfinite(values) & np.isfinite(forward)
    if known.sum() < FEWEST or np.ptp(values[known]) == 0 or np.ptp(forward[known]) == 0:
        return 0.0
    return float(np.corrcoef(rankdata(values[known]), rankdata(forward[known]))[0, 1])
