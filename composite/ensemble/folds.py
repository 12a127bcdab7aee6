"""Walk-forward folds of training: as all evidence is split, with an embargo that is never shorter than the horizon."""

from collections.abc import Iterator

from analysis.arrays import Times
from composite.evidence.splits import Split, walk_forward_splits


def walk_forward(
    time: Times, until: Times, *, parts: int, first: int, horizon_ms: float, embargo_ms: float
) -> Iterator[Split]:
    """Yield the folds over ``parts`` equal parts of the time; the ``first`` of them only train.

    A row trains where its outcome was known (``until``, UTC ms) more than ``embargo_ms`` before the part that is
    tested begins: that purges every outcome that overlaps a tested row, and leaves a distance beside it. A part without
    rows is left out. ``ValueError`` for an embargo shorter than the horizon and where nothing would be tested.
    """
    if embargo_ms < horizon_ms:
        raise ValueError(
            f"expected an embargo of at least the horizon of {horizon_ms:g} ms, not {embargo_ms:g}"
        )
    if not 0 < first < parts:
        raise ValueError(f"expected fewer than {parts} parts that only train, and at least one, not {first}")
    if len(time):
        start = time[0] + (time[-1] + 1 - time[0]) * first / parts
        splits = walk_forward_splits(time, until, parts, int(embargo_ms))
        yield from (split for split in splits if time[split.test][0] >= start)
