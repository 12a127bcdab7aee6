"""Kaplan-Meier against scipy."""

import numpy as np
import pytest
from scipy.stats import CensoredData, ecdf

from analysis.features.survival import kaplan_meier


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
