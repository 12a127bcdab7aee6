"""Calibration: which form, that it never turns a forecast over, and that it never says never."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from composite.ensemble.calibration import Isotonic, Sigmoid, why_no_calibration
from composite.ensemble.fitting import calibrated, sigmoid
from composite.ensemble.model import probability_of


def test_a_sigmoid_recovers_scale_and_shift() -> None:
    rng = np.random.default_rng(1)
    raw = rng.standard_normal(50_000)
    y = (rng.random(50_000) < probability_of(0.5 * raw - 0.3)).astype(np.float64)
    found = sigmoid(raw, y)
    assert [found.slope, found.shift] == pytest.approx([0.5, -0.3], abs=0.03)
    assert_allclose(found.log_odds(raw), found.slope * raw + found.shift)


def test_the_form_follows_the_number_of_independent_samples() -> None:
    rng = np.random.default_rng(2)
    raw = rng.standard_normal(5000)
    y = (rng.random(5000) < probability_of(raw)).astype(np.float64)
    assert isinstance(calibrated(raw, y, 999.9), Sigmoid)
    assert isinstance(calibrated(raw, y, 1000.0), Isotonic)


def test_a_forecast_is_never_turned_over() -> None:
    rng = np.random.default_rng(3)
    raw = rng.standard_normal(5000)
    y = (rng.random(5000) < probability_of(-raw)).astype(np.float64)
    for found in (calibrated(raw, y, 100.0), calibrated(raw, y, 5000.0)):
        assert_allclose(probability_of(found.log_odds(np.array([-3.0, 0.0, 3.0]))), y.mean(), atol=0.02)
        assert why_no_calibration(found) == ""


def test_constant_forecasts_say_the_base_rate() -> None:
    y = np.tile([1.0, 0.0, 0.0, 0.0], 300)
    for independent in (100.0, 1200.0):
        found = calibrated(np.full(1200, 0.7), y, independent)
        assert_allclose(probability_of(found.log_odds(np.array([-1.0, 0.7, 2.0]))), 0.25, atol=1e-6)
        assert why_no_calibration(found) == ""


def test_isotonic_follows_a_curve_that_no_sigmoid_has_and_is_flat_outside() -> None:
    rng = np.random.default_rng(4)
    raw = rng.standard_normal(20_000)
    truth = np.where(raw < 0, 0.3, 0.3 + 0.4 * np.clip(raw, 0, 1))
    y = (rng.random(20_000) < truth).astype(np.float64)
    found = calibrated(raw, y, 20_000.0)
    assert isinstance(found, Isotonic)
    asked = np.array([-50.0, -3.0, 0.0, 0.5, 1.0, 50.0, np.nan])
    ours = probability_of(found.log_odds(asked))
    assert_allclose(ours, [0.3, 0.3, 0.3, 0.5, 0.7, 0.7, np.nan], atol=0.06)
    assert ours[0] == pytest.approx(found.probability[0])
    assert ours[5] == pytest.approx(found.probability[-1])
    line = sigmoid(raw, y)
    assert abs(probability_of(line.log_odds(asked[1:2])).item() - 0.3) > 0.06


def test_a_few_rows_at_an_end_are_not_called_certain() -> None:
    raw = np.concatenate([np.full(8, -9.0), np.linspace(-1, 1, 1992)])
    y = np.concatenate([np.zeros(8), np.tile([1.0, 0.0], 996)])
    ends = probability_of(calibrated(raw, y, 2000.0).log_odds(np.array([-20.0, 20.0])))
    assert_allclose(ends, 0.5, atol=0.1)
    coarse = probability_of(calibrated(np.repeat(raw[::40], 40), y, 2000.0).log_odds(np.array([-20.0, 20.0])))
    assert_allclose(coarse, 0.5, atol=0.1)


@pytest.mark.parametrize(
    "broken",
    [
        Sigmoid(-0.1, 0.0),
        Sigmoid(float("nan"), 0.0),
        Sigmoid(1.0, float("inf")),
        Isotonic(np.array([]), np.array([])),
        Isotonic(np.array([0.0, 1.0]), np.array([0.5])),
        Isotonic(np.array([0.0, 0.0]), np.array([0.4, 0.5])),
        Isotonic(np.array([0.0, np.nan]), np.array([0.4, 0.5])),
        Isotonic(np.array([0.0, 1.0]), np.array([0.5, 0.4])),
        Isotonic(np.array([0.0, 1.0]), np.array([0.0, 0.4])),
        Isotonic(np.array([0.0, 1.0]), np.array([0.4, 1.0])),
        Isotonic(np.array([0.0, 1.0]), np.array([0.4, np.nan])),
    ],
)
def test_numbers_that_are_no_calibration_are_named(broken: Sigmoid | Isotonic) -> None:
    assert "calibration" in why_no_calibration(broken)
