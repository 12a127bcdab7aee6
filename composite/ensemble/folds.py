"""Walk-forward folds: fitted on what had come to its end, an embargo before what is tested begins."""

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from analysis.arrays import Times
from composite.ensemble.sample import Rows


class Fold(NamedTuple):
    """Rows (n) to fit on and later rows (n) to test on."""

    train: Rows
    test: Rows


def walk_forward(
    time: Times, until: Times, *, parts: int, first: int, horizon_ms: float, embargo_ms: float
) -> Iterator[Fold]:
    """Yield the folds over ``parts`` equal parts of the time; the ``first`` of them only train.

    A row trains where its outcome was known (``until``, UTC ms) at least ``embargo_ms`` before the part that is tested
    begins: that purges every outcome that overlaps one of the tested rows, and leaves a distance beside it. A part
    without rows is left out. ``ValueError`` for an embargo shorter than the horizon and where nothing would be tested.
    """
    if embargo_ms < horizon_ms:
        raise ValueError(
            f"expected an embargo of at least the horizon of {horizon_ms:g} ms, not {embargo_ms:g}"
        )
    if not 0 < first < parts:
        raise ValueError(f"expected fewer than {parts} parts that only train, and at least one, not {first}")
    if not len(time):
        return
    edges = np.linspace(time[0], time[-1] + 1, parts + 1)
    for start, stop in pairwise(edges[first:]):
        test = (time >= start) & (time < stop)
        if test.any():
            yield Fold(until + embargo_ms <= start, test)
