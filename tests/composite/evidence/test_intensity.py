"""Records of sizes and alarms: scipy's ranks, scikit-learn's isotonic fit on the past alone, precision by hand."""

import numpy as np
import pytest
from scipy import stats
from sklearn.isotonic import IsotonicRegression

from analysis.arrays import Floats
from composite.evidence.alarms import alarm_record, large_moves
from composite.evidence.estimate import Resampling
from composite.evidence.intensity import intensity_record, loss_record, mapped_variance
from composite.evidence.outcomes import realised_variance_ahead

RNG = np.random.default_rng(8)
HOW = Resampling(draws=100)


def clustered(n: int = 1500) -> tuple[Floats, Floats]:
    """Log volatility that lasts, and returns that have it."""
    level = 0.2 * RNG.standard_normal(n)
    for t in range(1, n):
        level[t] += 0.97 * level[t - 1]
    return level[:, None], (0.01 * np.exp(level) * RNG.standard_normal(n))[:, None]


def test_the_rank_is_scipy_s_and_the_placebo_has_none() -> None:
    level, returns = clustered()
    later = realised_variance_ahead(returns, 5)
    found = intensity_record(level, later, 5, HOW)
    assert found is not None
    assert found.rank.value == pytest.approx(stats.spearmanr(level[:-5, 0], later[:-5, 0]).statistic)
    assert found.rank.low > 0.2
    assert abs(found.placebo) < 0.2
    assert (found.count, found.independent) == (1495, 299)
    assert intensity_record(np.ones_like(level), later, 5, HOW) is None


def test_the_map_to_variance_is_isotonic_in_the_past() -> None:
    level, returns = clustered()
    variance = realised_variance_ahead(returns, 4)[:, 0]
    found = mapped_variance(level[:, 0], variance, 4, refit=300)
    assert np.isnan(found[:300]).all()
    oracle = IsotonicRegression(out_of_bounds="clip").fit(level[:596, 0], variance[:596])
    assert found[600:900] == pytest.approx(oracle.predict(level[600:900, 0]))
    spoiled = variance.copy()
    spoiled[596:] = 1e9
    again = mapped_variance(level[:, 0], spoiled, 4, refit=300)
    assert np.array_equal(again[:900], found[:900], equal_nan=True)


def test_a_better_forecast_gains() -> None:
    level, returns = clustered()
    variance = realised_variance_ahead(returns, 4)
    known = mapped_variance(level[:, 0], variance[:, 0], 4, refit=300)[:, None]
    flat = np.full(known.shape, np.nanmean(variance))
    found = loss_record(known, flat, variance, 4, HOW)
    turned = loss_record(flat, known, variance, 4, HOW)
    assert found is not None
    assert turned is not None
    assert found.gain.low > 0
    assert found.gain.value == pytest.approx(found.benchmark - found.loss)
    assert turned.gain.value == pytest.approx(-found.gain.value)
    assert loss_record(np.full(known.shape, np.nan), flat, variance, 4, HOW) is None


def test_precision_by_hand() -> None:
    ranks = np.array([[0.99], [0.2], [0.96], [0.5], [0.97], [np.nan]])
    event = np.array([[1.0], [1.0], [0.0], [0.0], [np.nan], [1.0]])
    found = alarm_record(ranks, event, 1.2, 24.0, 1, HOW)
    assert found is not None
    assert (found.alarms, found.precision, found.base) == (2, 0.5, 0.5)
    assert found.raised == pytest.approx(2 / 4 * 24)
    assert found.lift.value == 0
    assert alarm_record(ranks, event, 0.01, 24.0, 1, HOW) is None


def test_alarms_that_warn_are_told_from_those_that_do_not() -> None:
    event = (RNG.random((3000, 1)) < 0.05).astype(np.float64)
    knows = np.where(event > 0, 0.97, 0.5) + 0.02 * RNG.random((3000, 1))
    good = alarm_record(knows, event, 1.0, 24.0, 1, HOW)
    bad = alarm_record(RNG.random((3000, 1)), event, 1.0, 24.0, 1, HOW)
    assert good is not None
    assert bad is not None
    assert good.precision == 1.0
    assert good.lift.low > 0.9
    assert bad.lift.low < 0 < bad.lift.high


def test_large_moves_are_large_for_their_past() -> None:
    size = np.abs(RNG.standard_normal((1000, 1)))
    found = large_moves(size, 400, 0.05, 100)
    assert np.nanmean(found) == pytest.approx(0.05, abs=0.02)
    assert np.isnan(found[:100]).all()
    spoiled = size.copy()
    spoiled[700:] = 99.0
    assert np.array_equal(large_moves(spoiled, 400, 0.05, 100)[:700], found[:700], equal_nan=True)
