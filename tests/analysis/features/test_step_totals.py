"""Windows of running totals against sums of the events inside them."""

import numpy as np
import pytest

from analysis.features.step_totals import StepTotals


def test_windows_equal_the_sums_of_the_events_inside_them() -> None:
    rng = np.random.default_rng(7)
    times = np.sort(rng.integers(0, 40_000, 500))
    values = rng.normal(size=500)
    totals = StepTotals(1, 10)
    for row, (time, value) in enumerate(zip(times.tolist(), values.tolist(), strict=True)):
        totals.open(time)
        totals.now[0] += value
        for steps in (1, 3, 10):
            inside = times[: row + 1] // 1000 > time // 1000 - steps
            assert totals.window(steps)[0] == pytest.approx(values[: row + 1][inside].sum(), abs=1e-12)


def test_closed_steps_are_the_sums_between_ends_and_quiet_ones_are_zero() -> None:
    totals = StepTotals(2, 5)
    for time, value in ((500, 1.0), (900, 2.0), (3100, 4.0), (4100, 8.0)):
        totals.open(time)
        totals.now[0] += value
    assert np.diff(totals.at_ends(5), axis=0)[:, 0].tolist() == [3.0, 0.0, 0.0, 4.0]
    assert totals.numbers(5).tolist() == [0, 1, 2, 3]
    assert totals.numbers(2).tolist() == [2, 3]
    assert (totals.covered(3), totals.covered(5), totals.steps) == (3, 5, 5)


def test_a_pause_longer_than_what_is_kept_leaves_nothing() -> None:
    totals = StepTotals(1, 3)
    totals.open(0)
    totals.now[0] = 5.0
    totals.open(100_000)
    assert totals.window(3) == [0.0]
    assert np.diff(totals.at_ends(3), axis=0).ravel().tolist() == [0.0, 0.0, 0.0]


def test_an_event_of_an_earlier_step_counts_in_the_open_one() -> None:
    totals = StepTotals(1, 3)
    totals.open(2_000)
    totals.open(1_000)
    totals.now[0] += 1.0
    assert totals.step == 2
    assert totals.window(1) == [1.0]


def test_the_border_is_told_of_every_end_before_it_is_kept() -> None:
    ends: list[int] = []

    def passed(end_ms: int) -> None:
        ends.append(end_ms)
        totals.now[0] = float(end_ms)

    totals = StepTotals(1, 4, step_ms=10, border=passed)
    totals.open(5)
    totals.open(32)
    assert ends == [10, 20, 30]
    assert totals.at_ends(3).ravel().tolist() == [0.0, 10.0, 20.0, 30.0]


def test_before_the_first_event_nothing_is_known() -> None:
    totals = StepTotals(2, 3)
    assert totals.window(3) == [0.0, 0.0]
    assert totals.at_ends(3).shape == (0, 2)
    assert len(totals.numbers(3)) == 0


@pytest.mark.parametrize("steps", [0, 4])
def test_more_or_less_than_what_is_kept_is_refused(steps: int) -> None:
    with pytest.raises(ValueError, match="3 steps are kept"):
        StepTotals(1, 3).window(steps)


def test_sizes_are_checked() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        StepTotals(0, 3)
