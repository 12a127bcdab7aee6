"""Sweeps and refills of a side on hand-made depths."""

import pytest

from analysis.features.refill import LONGEST_MS, RefillMeter

STEP = 100


def usual(meter: RefillMeter, until: int = 30_000, depth: float = 10.0) -> int:
    for time in range(0, until, STEP):
        meter.add(time, depth)
    return until


def test_a_sweep_lasts_until_half_of_what_was_lost_stands_again() -> None:
    meter = RefillMeter()
    time = usual(meter)
    for depth in (2.0, 4.0, 5.9, 6.0, 10.0):
        meter.add(time, depth)
        time += STEP
    found = meter.survival(time, 900_000)
    assert found.time.tolist() == [300.0]
    assert found.median == 300.0


def test_a_small_loss_is_no_sweep() -> None:
    meter = RefillMeter()
    time = usual(meter)
    meter.add(time, 5.1)
    meter.add(time + STEP, 10.0)
    assert meter.survival(time, 900_000).median is None
    assert meter.survival(time, 900_000).longest is None


def test_before_the_usual_depth_is_known_nothing_is_swept() -> None:
    meter = RefillMeter()
    time = usual(meter, 10_000)
    meter.add(time, 1.0)
    meter.add(time + STEP, 10.0)
    assert meter.survival(time, 900_000).longest is None


def test_a_sweep_under_way_and_one_that_never_refills_are_cut_off() -> None:
    meter = RefillMeter()
    time = usual(meter)
    meter.add(time, 1.0)
    under_way = meter.survival(time + 5_000, 900_000)
    assert (under_way.median, under_way.longest) == (None, 5_000.0)
    meter.add(time + LONGEST_MS, 1.0)
    gone = meter.survival(time + LONGEST_MS, 900_000)
    assert (gone.median, gone.longest) == (None, float(LONGEST_MS))
    assert meter.survival(time + LONGEST_MS + 2_000, 1_000).longest is None


def test_lost_updates_leave_no_sweep_and_no_usual_depth() -> None:
    meter = RefillMeter()
    time = usual(meter)
    meter.add(time, 1.0)
    meter.lost()
    meter.add(time + STEP, 1.0)
    meter.add(time + 2 * STEP, 0.1)
    assert meter.survival(time + 3 * STEP, 900_000).longest is None


@pytest.mark.parametrize("half_life", [400, 1_000])
def test_an_exponential_refill_has_the_half_life_it_was_made_with(half_life: int) -> None:
    meter = RefillMeter()
    time = usual(meter)
    for _ in range(20):
        swept = time
        while time < swept + 8 * half_life:
            meter.add(time, 10.0 * (1 - 0.9 * 0.5 ** ((time - swept) / half_life)))
            time += STEP
        for _ in range(300):
            meter.add(time, 10.0)
            time += STEP
    assert meter.survival(time, 10_000_000).median == pytest.approx(half_life, abs=2 * STEP)
