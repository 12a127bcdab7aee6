"""How much a score depends on one choice: its ranks and its labels against those of the score as it stands."""

from dataclasses import dataclass

import numpy as np

from analysis.arrays import Floats
from analysis.features.evidence import rank_rows


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """One ``change``: rank correlation with the base score and the share of bars whose label changes; NaN if none."""

    change: str
    correlation: float
    relabelled: float
    count: int


def sensitivity(change: str, base: Floats, changed: Floats, edges: tuple[float, ...]) -> Sensitivity:
    """Compare two versions (n, k) of a score; a label is which of the intervals between ``edges`` it lies in.

    Rows that one of them lacks count for neither.
    """
    known = np.isfinite(base) & np.isfinite(changed)
    ranked = rank_rows(base, changed)
    labels = [np.digitize(part[known], edges) for part in (base, changed)]
    return Sensitivity(
        change,
        ranked.value if ranked is not None else float("nan"),
        float(np.mean(labels[0] != labels[1])) if known.any() else float("nan"),
        int(known.sum()),
    )
