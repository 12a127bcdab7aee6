"""Ratios of sums over moments: Newey-West by statsmodels, the bootstrap by arch, clustering by a copied asset."""

import numpy as np
import pytest
import statsmodels.api as sm
from arch.bootstrap import StationaryBootstrap

from analysis.arrays import Floats
from analysis.features.row_ratio import RowRatio, drawn_ratios, interval_of

RNG = np.random.default_rng(33)


def persistent(n: int) -> Floats:
    steps = RNG.standard_normal(n)
    for t in range(1, n):
        steps[t] += 0.8 * steps[t - 1]
    return steps


def test_the_error_of_a_mean_is_statsmodels_hac_error() -> None:
    values = persistent(400)
    ratio = RowRatio(values, np.ones(400))
    model = sm.OLS(values, np.ones(400)).fit(cov_type="HAC", cov_kwds={"maxlags": 12})
    assert ratio.value == pytest.approx(values.mean())
    assert ratio.error(12) == pytest.approx(float(model.bse[0]), rel=1e-9)


def test_the_bootstrap_spreads_as_arch_s() -> None:
    values = persistent(500)
    ours = RowRatio(values, np.ones(500)).drawn(20, 1500, 1)
    theirs = StationaryBootstrap(20, values, seed=2).apply(np.mean, 1500)[:, 0]
    assert ours.std() == pytest.approx(theirs.std(), rel=0.1)
    assert interval_of(ours) == pytest.approx(np.quantile(theirs, [0.025, 0.975]), abs=0.1)


def test_moments_without_weight_do_not_count() -> None:
    values, weight = RNG.standard_normal(50), (np.arange(50) % 2).astype(np.float64)
    assert RowRatio(values * weight, weight).value == pytest.approx(values[1::2].mean())


def test_ratios_are_drawn_together() -> None:
    values = RNG.standard_normal(200)
    one, other = RowRatio(values, np.ones(200)), RowRatio(values + 1, np.ones(200))
    drawn = drawn_ratios((one, other), 5, 120, 3)
    assert drawn[:, 1] - drawn[:, 0] == pytest.approx(np.ones(120))
    assert drawn[:, 0] == pytest.approx(one.drawn(5, 120, 3))
    assert len(np.unique(drawn[:, 0])) == 120


def test_nothing_that_counts_is_unknown() -> None:
    empty = RowRatio(np.zeros(30), np.zeros(30))
    assert np.isnan(empty.value)
    assert np.isnan(interval_of(empty.drawn(3, 10, 1))).all()
