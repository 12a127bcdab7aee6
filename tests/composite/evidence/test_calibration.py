"""Probabilities out of sample: no look ahead, a planted leak that must be caught, and when one may be shown."""

import numpy as np
import pytest

from analysis.arrays import Floats
from composite.evidence.calibration import (
    ISOTONIC_FROM,
    Outcomes,
    outcome_rows,
    reliability,
    walk_forward_probability,
)
from composite.evidence.splits import Split, purged_folds, walk_forward_splits

STEP = 3_600_000


def rows_of(score: Floats, happened: Floats, horizon: int) -> Outcomes:
    close = STEP * np.arange(1, len(score) + 1, dtype=np.int64)
    return outcome_rows(score[:, None], happened[:, None], close, STEP, horizon)


def ups(n: int) -> Floats:
    return (np.arange(n) % 2).astype(np.float64)


def made_up(n: int, slope: float, seed: int = 1) -> Outcomes:
    rng = np.random.default_rng(seed)
    score = rng.standard_normal(n)
    return rows_of(score, (rng.random(n) < 1 / (1 + np.exp(-slope * score))).astype(np.float64), 1)


def leaking(split: Split, rows: Outcomes) -> bool:
    """Whether a target of a training row overlaps one of a test row."""
    train, test = np.flatnonzero(split.train), np.flatnonzero(split.test)
    begins, ends = rows.time[test].min(), rows.until[test].max()
    return bool(((rows.time[train] <= ends) & (rows.until[train] >= begins)).any())


def test_training_targets_never_reach_into_the_test() -> None:
    rows = rows_of(np.arange(300.0), ups(300), 12)
    walks, folds = walk_forward_splits(rows.time, rows.until, 5, 0), purged_folds(rows.time, rows.until, 5, 0)
    splits = [*walks, *folds]
    assert len(splits) == 9
    assert not any(leaking(split, rows) for split in splits)
    assert not any((split.train & split.test).any() for split in splits)
    assert sum(split.test for split in splits[4:]).tolist() == [1] * 300  # type: ignore[union-attr]


def test_the_embargo_keeps_away_what_begins_just_after() -> None:
    rows = rows_of(np.arange(100.0), ups(100), 1)
    first, second = (next(purged_folds(rows.time, rows.until, 4, ms)) for ms in (0, 10 * STEP))
    assert first.train.sum() - second.train.sum() == 10
    walked, later = (next(walk_forward_splits(rows.time, rows.until, 4, ms)) for ms in (0, 10 * STEP))
    assert walked.train.sum() - later.train.sum() == 10


@pytest.mark.parametrize("cut", [walk_forward_splits, purged_folds])
def test_one_part_is_no_split(cut: object) -> None:
    with pytest.raises(ValueError, match="two"):
        list(cut(np.arange(5), np.arange(5), 1, 0))  # type: ignore[operator]


def test_a_planted_leak_is_caught() -> None:
    """The score of the last rows of each training part names its own outcome: unpurged fits believe it.

    Outcomes over 20 rows are one coin for 20 rows; a nearest-row forecaster that may see rows whose targets overlap
    the test's first ones knows them. Purged, it knows nothing.
    """
    rng = np.random.default_rng(3)
    horizon, n = 40, 4000
    coin = np.repeat(rng.integers(0, 2, n // horizon), horizon).astype(np.float64)
    rows = rows_of(np.arange(n, dtype=np.float64), coin, horizon)

    def skill(splits: list[Split]) -> float:
        right = []
        for split in splits:
            train = np.flatnonzero(split.train)
            for row in np.flatnonzero(split.test)[: horizon // 2]:
                right.append(coin[train[np.argmin(np.abs(train - row))]] == coin[row])
        return float(np.mean(right))

    purged = list(purged_folds(rows.time, rows.until, 53, 0))
    unpurged = [Split(~split.test, split.test) for split in purged]
    assert skill(unpurged) > 0.75
    assert abs(skill(purged) - 0.5) < 0.2


def test_forecasts_know_nothing_of_what_comes_after() -> None:
    rows = made_up(2000, 1.0)
    forecast, base = walk_forward_probability(rows, 5, 0)
    assert np.isnan(forecast[:400]).all()
    assert np.isfinite(forecast[400:]).all()
    late = rows.happened.copy()
    late[1200:] = 1 - late[1200:]
    spoiled = Outcomes(rows.score, late, rows.time, rows.until, 1, 1)
    again, same_base = walk_forward_probability(spoiled, 5, 0)
    assert np.array_equal(again[:1600], forecast[:1600], equal_nan=True)
    assert not np.array_equal(again[1600:], forecast[1600:])
    assert base[400] == pytest.approx(rows.happened[:398].mean())
    assert np.array_equal(same_base[:1600], base[:1600], equal_nan=True)


def test_a_true_edge_is_found_and_calibrated() -> None:
    rows = made_up(6000, 1.2)
    found = reliability(rows, *walk_forward_probability(rows, 6, 0))
    assert found is not None
    assert found.has_edge
    assert found.slope == pytest.approx(1.0, abs=0.12)
    assert found.slope_high - found.slope_low < 0.4
    assert found.brier < found.brier_base
    assert [one.count for one in found.bins] == [1000] * 5
    for one in found.bins:
        assert one.observed == pytest.approx(one.forecast, abs=0.06)


def test_no_edge_is_said_to_be_none() -> None:
    shown = 0
    for seed in range(30):
        rows = made_up(1500, 0.0, seed)
        found = reliability(rows, *walk_forward_probability(rows, 5, 0))
        assert found is not None
        shown += found.has_edge
    assert shown <= 3


def test_an_edge_that_turns_over_is_none() -> None:
    """Trained upwards, met downwards: the slope's interval excludes 0 on the wrong side."""
    one, other = made_up(2000, 2.0), made_up(2000, -2.0, 2)
    rows = rows_of(np.append(one.score, other.score), np.append(one.happened, other.happened), 1)
    found = reliability(rows, *walk_forward_probability(rows, 2, 0))
    assert found is not None
    assert found.slope_high < 0
    assert not found.has_edge


def test_overlapping_targets_widen_the_interval() -> None:
    """Outcomes of 25 rows that are one coin, forecast by a slow score: rarely an edge, though rows are many."""
    shown = 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        slow = np.repeat(rng.standard_normal(120), 25) + 0.01 * rng.standard_normal(3000)
        coin = np.repeat(rng.integers(0, 2, 120), 25).astype(np.float64)
        rows = rows_of(slow, coin, 25)
        found = reliability(rows, *walk_forward_probability(rows, 4, 0))
        shown += found is not None and found.has_edge
    assert shown <= 6


def test_isotonic_only_from_a_thousand_independent_samples() -> None:
    """A step is followed by isotonic forecasts alone."""
    steps = []
    for n in (ISOTONIC_FROM, 4 * ISOTONIC_FROM):
        rng = np.random.default_rng(1)
        score = rng.standard_normal(n)
        rows = rows_of(score, (score > 0.5).astype(np.float64) * (rng.random(n) < 0.9), 1)
        forecast, _ = walk_forward_probability(rows, 2, 0)
        tested = np.isfinite(forecast)
        steps.append(np.ptp(forecast[tested & (score > 0.7)]))
    assert steps[0] > 0.2
    assert steps[1] < 0.2


def test_few_rows_have_no_record() -> None:
    rows = made_up(30, 1.0)
    assert reliability(rows, *walk_forward_probability(rows, 5, 0)) is None
    same = made_up(100, 1.0)
    certain = Outcomes(same.score, np.ones(100), same.time, same.until, 1, 1)
    assert reliability(certain, *walk_forward_probability(certain, 5, 0)) is None
