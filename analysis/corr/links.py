"""The pairs of coins that stand after correction: leads, or where none stands, whose past helps to predict whom."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from analysis.arrays import Floats
from analysis.framework.result import CoinMatrix

LEAD, CAUSE = "lead_lag_matrix", "causality"
"""Ids of the matrix of leads, and of that of the causality tests' corrected p."""


@dataclass(frozen=True, slots=True, eq=False)
class Links:
    """What one kind of test found between ``symbols``.

    ``pairs`` hold the places of leader and follower, the strongest first; ``net`` (k,) is what each coin gives less
    what it takes: of leads the sum of the cells that stand, of causes the number of pairs.
    """

    kind: Literal["lead", "cause"]
    symbols: tuple[str, ...]
    pairs: tuple[tuple[int, int], ...]
    net: Floats


def standing_links(matrices: Sequence[CoinMatrix]) -> Links | None:
    """Return the leads that stand, else the causes that stand; without pairs if neither; None where nothing was tested.

    The one rule by which the headline and the picture choose, so that they tell of the same test.
    """
    found = {matrix.id: matrix for matrix in matrices}
    made = [make(found[name]) for name, make in ((LEAD, _leads), (CAUSE, _causes)) if name in found]
    return next((links for links in made if links.pairs), made[0] if made else None)


def _leads(matrix: CoinMatrix) -> Links:
    given = np.where(matrix.marked, matrix.values, 0.0)
    return Links("lead", matrix.symbols, _pairs(given > 0, -given), given.sum(axis=1))


def _causes(matrix: CoinMatrix) -> Links:
    net = matrix.marked.sum(axis=1) - matrix.marked.sum(axis=0)
    return Links("cause", matrix.symbols, _pairs(matrix.marked, matrix.values), net.astype(np.float64))


def _pairs(standing: np.ndarray, order: Floats) -> tuple[tuple[int, int], ...]:
    rows, columns = np.nonzero(standing)
    first = np.argsort(order[rows, columns], kind="stable")
    return tuple((int(rows[place]), int(columns[place])) for place in first)
