"""The stationary bootstrap against arch, and what its seed decides."""

import numpy as np
import pytest
from arch.bootstrap import StationaryBootstrap

from analysis.features.stationary_bootstrap import stationary_rows


def test_bootstrap_rows_are_blocks_as_long_as_arch_s() -> None:
    ours = stationary_rows(200, 8, 300, 1)
    reference = StationaryBootstrap(8, np.arange(200), seed=1)
    theirs = np.array([data[0][0] for data in reference.bootstrap(300)])
    runs = [np.mean(np.diff(rows, axis=1) % 200 == 1) for rows in (ours, theirs)]
    assert runs[0] == pytest.approx(1 - 1 / 8, abs=0.01)
    assert runs[1] == pytest.approx(runs[0], abs=0.01)
    assert np.bincount(ours.ravel(), minlength=200).min() > 200


def test_equal_seeds_draw_equal_rows_and_a_generator_goes_on() -> None:
    np.testing.assert_array_equal(stationary_rows(50, 5, 3, 7), stationary_rows(50, 5, 3, 7))
    generator = np.random.default_rng(7)
    first, second = (stationary_rows(50, 5, 3, generator) for _ in range(2))
    np.testing.assert_array_equal(first, stationary_rows(50, 5, 3, 7))
    assert (first != second).any()
