"""Purge and embargo, to the millisecond."""

import numpy as np
import pytest

from composite.ensemble.folds import walk_forward

TIME = np.arange(0, 100, dtype=np.int64)


def test_a_row_trains_where_its_outcome_is_over_more_than_an_embargo_before_the_test() -> None:
    (fold,) = walk_forward(TIME, TIME + 10, parts=2, first=1, horizon_ms=10, embargo_ms=15)
    assert np.flatnonzero(fold.test).tolist() == list(range(50, 100))
    assert np.flatnonzero(fold.train).tolist() == list(range(25))  # 25 + 10 + 15 = 50


def test_an_outcome_that_took_longer_is_purged_by_its_own_end() -> None:
    until = TIME + 10
    until[3] = 35
    until[4] = 34
    (fold,) = walk_forward(TIME, until, parts=2, first=1, horizon_ms=10, embargo_ms=15)
    assert not fold.train[3]
    assert fold.train[4]


def test_every_later_row_is_tested_once_and_training_grows() -> None:
    folds = list(walk_forward(TIME, TIME + 2, parts=5, first=2, horizon_ms=2, embargo_ms=3))
    tested = np.sum([fold.test for fold in folds], axis=0)
    assert tested.tolist() == [0] * 40 + [1] * 60
    assert [int(fold.train.sum()) for fold in folds] == [35, 55, 75]
    for fold in folds:
        assert (TIME[fold.train] + 2 + 3).max() < TIME[fold.test].min()


def test_an_empty_part_and_no_rows_make_no_fold() -> None:
    gap = np.concatenate([np.arange(0, 40), np.arange(80, 100)]).astype(np.int64)
    folds = list(walk_forward(gap, gap + 1, parts=5, first=1, horizon_ms=1, embargo_ms=1))
    assert [int(fold.test.sum()) for fold in folds] == [20, 20]
    assert not list(walk_forward(TIME[:0], TIME[:0], parts=5, first=1, horizon_ms=1, embargo_ms=1))


def test_a_short_embargo_and_impossible_parts_are_refused() -> None:
    with pytest.raises(ValueError, match="at least the horizon"):
        list(walk_forward(TIME, TIME + 10, parts=2, first=1, horizon_ms=10, embargo_ms=9))
    for first in (0, 2):
        with pytest.raises(ValueError, match="parts"):
            list(walk_forward(TIME, TIME + 10, parts=2, first=first, horizon_ms=10, embargo_ms=10))
