"""Filtered probabilities of the switching variance against statsmodels' MarkovRegression at the same parameters."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from statsmodels.tsa.regime_switching.markov_regression import MarkovRegression

from analysis.features.markov_variance import SwitchingVariance, stressed_probability

MODEL = SwitchingVariance(mean=0.1, calm=0.5, stressed=4.0, stay_calm=0.97, stay_stressed=0.9)
RETURNS = np.random.default_rng(3).standard_normal(400) * np.where(np.arange(400) // 100 % 2, 2.0, 0.7)


def test_equals_statsmodels_filtered_probabilities() -> None:
    reference = MarkovRegression(RETURNS, 2, trend="c", switching_trend=False, switching_variance=True)
    found = reference.filter(np.array([0.97, 0.1, 0.1, 0.5, 4.0]))
    assert_allclose(
        stressed_probability(RETURNS, MODEL), found.filtered_marginal_probabilities[:, 1], rtol=1e-8
    )


def test_states_are_ordered_by_variance() -> None:
    swapped = SwitchingVariance(0.1, 4.0, 0.5, 0.9, 0.97)
    assert_array_equal(stressed_probability(RETURNS, swapped), stressed_probability(RETURNS, MODEL))


def test_rows_before_the_cut_ignore_what_follows() -> None:
    garbage = np.concatenate([RETURNS[:250], np.resize([1e6, np.nan], 150)])
    assert_array_equal(stressed_probability(garbage, MODEL)[:250], stressed_probability(RETURNS, MODEL)[:250])


def test_a_gap_and_an_unusable_model_are_missing() -> None:
    holed = RETURNS.copy()
    holed[50] = np.nan
    found = stressed_probability(holed, MODEL)
    assert np.flatnonzero(np.isnan(found)).tolist() == [50]
    assert len(stressed_probability(RETURNS[:0], MODEL)) == 0


@pytest.mark.parametrize("change", [{"calm": 0.0}, {"stay_calm": 1.0}, {"stressed": np.nan}])
def test_models_without_sense_give_no_probability(change: dict[str, float]) -> None:
    assert np.isnan(stressed_probability(RETURNS, replace(MODEL, **change))).all()
