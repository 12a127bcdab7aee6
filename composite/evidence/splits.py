"""Which rows may train a forecast of which: walk-forward and folds, purged of targets that reach into the test.

A row at ``time`` has a target that ends at ``until`` (UTC ms, later). Where intervals [time, until] of a training and a
test row meet, they share what they are to forecast; an embargo keeps rows that begin just after the test away too,
since their inputs still look back on it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from analysis.arrays import Times

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """Rows (n) that train and rows that test; never one of both."""

    train: Mask
    test: Mask


def walk_forward_splits(time: Times, until: Times, parts: int, embargo_ms: int) -> Iterator[Split]:
    """Yield a split for each part of the span but the first: trained on what had ended before the part began.

    ``parts`` equal lengths of time; a target must have ended ``embargo_ms`` before the part. Parts without rows to
    train or to test on are left out. ``ValueError`` below two parts.
    """
    if parts < 2:
        raise ValueError(f"a walk-forward needs two parts or more, was {parts}")
    for start, stop in _edges(time, parts)[1:]:
        test = (time >= start) & (time < stop)
        train = until + embargo_ms < start
        if test.any() and train.any():
            yield Split(train, test)


def purged_folds(time: Times, until: Times, parts: int, embargo_ms: int) -> Iterator[Split]:
    """Yield a split for each part of the span: trained on the rows before and after it, purged and embargoed."""
    if parts < 2:
        raise ValueError(f"folds need two parts or more, was {parts}")
    for start, stop in _edges(time, parts):
        test = (time >= start) & (time < stop)
        if not test.any():
            continue
        ends = int(until[test].max())
        train = (until + embargo_ms < start) | (time > ends + embargo_ms)
        if train.any():
            yield Split(train, test)


def _edges(time: Times, parts: int) -> list[tuple[float, float]]:
    return list(pairwise(np.linspace(time.min(), time.max() + 1, parts + 1).tolist()))
