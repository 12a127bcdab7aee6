"""Recorded returns with random signs have no lead; the tests must say so where the classical one does not."""

from pathlib import Path

import numpy as np

from analysis.features.granger import granger_tests
from analysis.features.hayashi_yoshida import tick_lead
from analysis.features.lead_lag import lead_lag_matrix
from analysis.features.multiple_tests import benjamini_hochberg
from scripts.figures.corr import LAGS_MS, hourly, placebo, recorded_paths


def test_of_recorded_hours_without_a_lead_at_most_seven_in_a_hundred_pass(shared_data: Path) -> None:
    returns, rng = hourly(shared_data), np.random.default_rng(3)
    robust, classical, cells, found = [], [], [], 0
    for start in range(0, len(returns) - 2000, 1000):
        made = placebo(returns[start : start + 2000], rng)
        tests = granger_tests(made, 4, 200)
        known = np.isfinite(tests.p)
        robust += tests.p[known].tolist()
        classical += tests.p_classical[known].tolist()
        cells += lead_lag_matrix(made, 5).p[np.triu_indices(4, 1)].tolist()
        found += int((benjamini_hochberg(tests.p)[known] < 0.05).any())
    assert np.mean(np.array(robust) < 0.05) <= 0.07
    assert np.mean(np.array(cells) < 0.05) <= 0.07
    assert np.mean(np.array(classical) < 0.05) >= 0.17
    assert found <= 0.1 * len(range(0, len(returns) - 2000, 1000))


def test_the_perpetual_and_spot_move_together_by_ticks(shared_data: Path) -> None:
    paths = recorded_paths(shared_data)
    found = tick_lead(paths["perpetual"], paths["spot"], LAGS_MS)
    assert found is not None
    assert abs(found.lag) <= 500
    assert found.at_lag > 0.05
