"""Kaplan-Meier against scipy, and the lives of best prices on a hand-made tape of quotes."""

import numpy as np
import pytest
from scipy.stats import CensoredData, ecdf

from analysis.features.survival import QuoteLives, kaplan_meier
from utils.binance_api.touch import Touch


@pytest.mark.parametrize("seed", range(5))
def test_survival_equals_scipy_with_ties_zeros_and_cuts(seed: int) -> None:
    rng = np.random.default_rng(seed)
    length = rng.integers(0, 40, 300).astype(float)
    ended = rng.random(300) < 0.7
    reference = ecdf(CensoredData(uncensored=length[ended], right=length[~ended])).sf
    ours = kaplan_meier(length, ended)
    assert ours.share == pytest.approx(reference.evaluate(ours.time), abs=1e-12)


def test_the_median_is_the_first_length_at_which_half_are_gone() -> None:
    survival = kaplan_meier(np.array([1.0, 2.0, 3.0, 4.0]), np.ones(4, bool))
    assert survival.share.tolist() == pytest.approx([0.75, 0.5, 0.25, 0.0])
    assert survival.median == 2.0


def test_a_median_not_reached_is_longer_than_the_longest_seen() -> None:
    survival = kaplan_meier(np.array([1.0, 5.0, 5.0, 7.0]), np.array([True, False, False, False]))
    assert survival.median is None
    assert survival.time_median is None
    assert survival.longest == 7.0


def test_nothing_seen_has_no_median() -> None:
    survival = kaplan_meier(np.empty(0), np.empty(0, bool))
    assert (survival.median, survival.time_median, survival.longest) == (None, None, None)


def test_by_time_the_long_lives_count() -> None:
    length = np.array([1.0] * 90 + [100.0, 200.0])
    survival = kaplan_meier(length, np.ones(92, bool))
    assert survival.median == 1.0
    assert survival.time_median == 200.0  # 90 + 100 of 390 ms pass in shorter ones
    assert kaplan_meier(length[:-1], np.ones(91, bool)).time_median == 100.0


def test_a_life_is_from_becoming_best_to_the_next_price() -> None:
    lives = QuoteLives()
    for time, bid, quantity, ask in (
        (0, 100.0, 1.0, 101.0),  # stood before: no known birth
        (10, 100.5, 1.0, 101.0),  # the bid is born
        (15, 100.5, 9.0, 101.0),  # its quantity is no new quote
        (40, 100.0, 1.0, 102.0),  # it lived 30; a bid and an ask are born
        (90, 100.0, 1.0, 101.0),  # the ask lived 50
    ):
        lives.add(time, Touch(bid, quantity, ask, 1.0))
    survival = lives.survival(100, 1_000)  # standing: bid 60, ask 10
    assert survival.time.tolist() == [10.0, 30.0, 50.0, 60.0]
    assert survival.share.tolist() == pytest.approx([1.0, 2 / 3, 1 / 3, 1 / 3])
    assert lives.survival(100, 20).time.tolist() == [10.0, 50.0, 60.0]


def test_lost_quotes_leave_births_unknown_and_old_lives_make_room() -> None:
    lives = QuoteLives(kept=2)
    lives.add(0, Touch(100.0, 1.0, 200.0, 1.0))
    for time in range(1, 5):
        lives.add(time * time, Touch(100.0 + time, 1.0, 200.0, 1.0))
    assert lives.survival(16, 1_000).time.tolist() == [0.0, 5.0, 7.0]
    lives.lost()
    lives.add(50, Touch(99.0, 1.0, 200.0, 1.0))
    assert lives.survival(60, 1_000).time.tolist() == [5.0, 7.0]
