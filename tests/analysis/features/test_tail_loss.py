"""Tail losses against scipy: minimisation, quadrature of the Edgeworth density, known distributions."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from scipy import integrate, stats

from analysis.arrays import Floats
from analysis.features import tail_loss
from analysis.features.look_backs import observations_needed

RNG = np.random.default_rng(3)
FAT = 0.01 * RNG.standard_t(4, 1500)


@pytest.mark.parametrize("confidence", [0.9, 0.95, 0.99, 0.975])
@pytest.mark.parametrize("count", [500, 501, 777])
def test_historical_minimises_the_rockafellar_uryasev_objective(confidence: float, count: int) -> None:
    losses = -FAT[:count]
    found = tail_loss.historical(FAT[:count], confidence)
    objective = [c + np.maximum(losses - c, 0).mean() / (1 - confidence) for c in losses]
    assert found.expected_shortfall == pytest.approx(min(objective), rel=1e-12)
    at_level = found.value_at_risk + np.maximum(losses - found.value_at_risk, 0).mean() / (1 - confidence)
    assert at_level == pytest.approx(min(objective), rel=1e-12)  # the level is a minimiser
    assert np.mean(losses > found.value_at_risk) <= 1 - confidence + 1e-12


def test_tenth_of_ten_by_hand() -> None:
    pnl = np.arange(-10.0, 0.0)  # losses 10, 9, ... 1
    found = tail_loss.historical(pnl, 0.75, 10)
    assert found.value_at_risk == 8.0
    assert found.expected_shortfall == pytest.approx((10 + 9 + 0.5 * 8) / 2.5)


def test_forecasts_look_only_back() -> None:
    forecasts = tail_loss.historical_forecasts(FAT, 500, 0.95)
    assert np.isnan(forecasts[:500]).all()
    for t in (500, 900, 1499):
        assert forecasts[t] == tail_loss.historical(FAT[t - 500 : t], 0.95).value_at_risk
    spoiled = np.concatenate([FAT[:900], np.full(600, 9.0)])
    assert_array_equal(tail_loss.historical_forecasts(spoiled, 500, 0.95)[:901], forecasts[:901])
    holed = np.where(np.arange(1500) == 600, np.nan, FAT)
    assert np.isnan(tail_loss.historical_forecasts(holed, 500, 0.95)[601:1101]).all()


@pytest.mark.parametrize("confidence", [0.95, 0.99])
def test_cornish_fisher_equals_scipy_moments_and_quadrature(confidence: float) -> None:
    shock = RNG.standard_t(10, 2000)
    pnl = 0.01 * (shock + 0.05 * np.square(shock))
    skew, excess = float(stats.skew(pnl)), float(stats.kurtosis(pnl))
    z = float(stats.norm.ppf(1 - confidence))
    quantile = z + (z**2 - 1) * skew / 6 + (z**3 - 3 * z) * excess / 24 - (2 * z**3 - 5 * z) * skew**2 / 36
    third, fourth, sixth = (np.polynomial.HermiteE.basis(k) for k in (3, 4, 6))

    def weighted(x: float) -> float:
        correction = skew / 6 * third(x) + excess / 24 * fourth(x) + skew**2 / 72 * sixth(x)
        return float(-x * stats.norm.pdf(x) * (1 + correction))

    beyond = integrate.quad(weighted, -40, quantile, epsabs=1e-13)[0] / (1 - confidence)
    found = tail_loss.cornish_fisher(pnl, confidence)
    assert found.value_at_risk == pytest.approx(-pnl.mean() - pnl.std() * quantile, rel=1e-10)
    assert found.expected_shortfall == pytest.approx(
        -pnl.mean() + pnl.std() * max(beyond, -quantile), rel=1e-8
    )
    assert found.expected_shortfall > found.value_at_risk


def test_mild_tails_are_met_closely() -> None:
    law = stats.t(20)
    losses = np.asarray(law.ppf((np.arange(200_000) + 0.5) / 200_000))
    found = tail_loss.cornish_fisher(-losses, 0.99)
    assert found.value_at_risk == pytest.approx(law.ppf(0.99), rel=1e-2)
    assert found.expected_shortfall == pytest.approx(losses[losses > law.ppf(0.99)].mean(), rel=3e-2)


@pytest.mark.parametrize(("skew", "excess"), [(0.0, 4.0), (0.5, 2.0), (-1.0, 3.0), (0.0, 0.0), (0.2, 0.5)])
def test_domain_inside(skew: float, excess: float) -> None:
    assert tail_loss.is_monotone(skew, excess)
    z = np.linspace(-30, 30, 20_001)
    assert (np.diff([tail_loss.expanded_quantile(x, skew, excess) for x in z]) > 0).all()


@pytest.mark.parametrize(("skew", "excess"), [(0.0, 9.0), (2.0, 3.0), (0.5, 0.0), (0.0, -0.5)])
def test_domain_outside(skew: float, excess: float) -> None:
    assert not tail_loss.is_monotone(skew, excess)
    z = np.linspace(-30, 30, 20_001)
    assert (np.diff([tail_loss.expanded_quantile(x, skew, excess) for x in z]) < 0).any()


def test_fat_tails_leave_the_domain() -> None:
    wild = 0.01 * np.random.default_rng(8).standard_t(2.5, 3000)
    assert stats.kurtosis(wild) > 8
    assert np.isnan(tail_loss.cornish_fisher(wild, 0.95)).all()
    assert np.isfinite(tail_loss.historical(wild, 0.95)).all()


def test_degenerate_inputs() -> None:
    short, flat, holed = FAT[:499], np.zeros(600), np.where(np.arange(600) % 5 == 0, np.nan, FAT[:600])
    for function in (tail_loss.historical, tail_loss.cornish_fisher):
        assert np.isnan(function(short, 0.95)).all()
        assert np.isnan(function(holed, 0.95)).all()  # 480 are known
        assert np.isnan(function(np.empty(0), 0.95, 0)).all()
        with pytest.raises(ValueError, match="confidence"):
            function(FAT, 0.05)
    assert tail_loss.historical(flat, 0.95) == (0.0, 0.0)
    assert np.isnan(tail_loss.cornish_fisher(flat, 0.95)).all()
    assert np.isnan(tail_loss.historical_forecasts(FAT[:100], 500, 0.95)).all()
    assert np.isfinite(tail_loss.historical(holed, 0.95, 480)).all()


def test_sides_and_counts() -> None:
    assert_array_equal(tail_loss.pnl_of(np.log([1.1, 0.9]), -1), -np.expm1(np.log([1.1, 0.9])))
    with pytest.raises(ValueError, match="side"):
        tail_loss.pnl_of(FAT, 0)
    assert observations_needed(0.99, 60) == 2000
    assert observations_needed(0.99, 1440) == observations_needed(0.95, 60) == 500


@pytest.mark.parametrize("pnl", [np.full(5, 0.1), np.full(3, np.nan), np.zeros(0)])
def test_what_does_not_vary_has_no_moments(pnl: Floats) -> None:
    known, *moments = tail_loss.moments_of(pnl)
    assert known == np.isfinite(pnl).sum()
    assert np.isnan(moments).all()
