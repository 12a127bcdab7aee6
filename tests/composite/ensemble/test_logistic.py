"""The logistic regression of every combination of known inputs."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.linear_model import LogisticRegression

from composite.ensemble.fitting import LogisticCandidate, TooFewRowsError
from composite.ensemble.logistic import PatternLogistic, why_no_logistic
from tests.composite.ensemble.made_up import INTERCEPT, SLOPES, holed, known_truth

WIDE = LogisticCandidate(10.0)


def test_a_known_truth_is_recovered() -> None:
    sample = known_truth(40_000, 1)
    found = WIDE.fit(sample.x, sample.y, 1.0, seed=1)
    whole = found.known.all(axis=1)
    assert_allclose(found.coefficient[whole][0], SLOPES, atol=0.06)
    assert_allclose(found.intercept[whole][0], INTERCEPT, atol=0.04)


def test_each_combination_is_fitted_on_all_rows_that_know_it() -> None:
    sample = known_truth(3000, 2)
    x = holed(sample.x, 0.3, 3)
    found = WIDE.fit(x, sample.y, 1.0, seed=1)
    assert len(found.known) == 7
    for row in range(7):
        pattern, slopes = found.known[row : row + 1].ravel(), found.coefficient[row : row + 1].ravel()
        rows = np.isfinite(x[:, pattern]).all(axis=1)
        scale = x[rows][:, pattern].std(axis=0)
        theirs = LogisticRegression(C=100.0, tol=1e-10, max_iter=5000)
        theirs.fit(x[rows][:, pattern] / scale, sample.y[rows])
        assert_allclose(slopes[pattern], theirs.coef_[0] / scale, atol=1e-5)
        assert found.intercept[row] == pytest.approx(theirs.intercept_[0], abs=1e-5)
    just = np.where(np.isfinite(x).all(axis=1, keepdims=True), x, np.nan)
    assert np.isfinite(found.log_odds(x)).all()
    assert np.isnan(found.log_odds(just[np.isnan(just).all(axis=1)][:1])).all()


def test_a_missing_input_is_left_out_and_not_taken_for_neutral() -> None:
    """Two inputs that are one fact: without the second the first speaks for both."""
    rng = np.random.default_rng(4)
    fact = rng.uniform(-1, 1, 20_000)
    x = np.column_stack([fact + 0.1 * rng.standard_normal(20_000), fact + 0.1 * rng.standard_normal(20_000)])
    y = (rng.random(20_000) < 1 / (1 + np.exp(-3 * fact))).astype(np.float64)
    found = WIDE.fit(x, y, 1.0, seed=1)
    both, one, neutral = found.log_odds(np.array([[0.5, 0.5], [0.5, np.nan], [0.5, 0.0]]))
    assert one == pytest.approx(both, abs=0.1)
    assert neutral < both - 0.5


def test_only_what_is_asked_is_fitted() -> None:
    sample = known_truth(2000, 5)
    x = holed(sample.x, 0.3, 3)
    asked = np.array([[0.1, np.nan, 0.2], [0.3, np.nan, 0.4], [np.nan, np.nan, np.nan]])
    part, whole = (WIDE.fit(x, sample.y, 1.0, seed=1, asked=rows) for rows in (asked, None))
    assert part.known.tolist() == [[True, False, True]]
    assert_allclose(part.log_odds(asked), whole.log_odds(asked), atol=1e-12)
    assert np.isnan(part.log_odds(np.array([[0.1, 0.2, 0.3]]))).all()


def test_overlapping_rows_leave_more_to_the_prior() -> None:
    sample = known_truth(8000, 6)
    strict = LogisticCandidate(0.05)
    alone, shared = (
        strict.fit(sample.x, sample.y, overlap, seed=1).coefficient[-1] for overlap in (1.0, 40.0)
    )
    assert np.abs(shared).sum() < 0.6 * np.abs(alone).sum()


def test_few_rows_or_one_outcome_are_refused() -> None:
    sample = known_truth(300, 8)
    with pytest.raises(TooFewRowsError):
        WIDE.fit(sample.x, sample.y, 4.0, seed=1)
    with pytest.raises(TooFewRowsError):
        WIDE.fit(sample.x, np.ones(300), 1.0, seed=1)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"known": np.array([[True, True], [True, True]])}, "twice"),
        ({"known": np.array([[True, True]])}, "belong"),
        ({"known": np.array([True, True])}, "belong"),
        ({"intercept": np.array([0.1])}, "intercepts"),
        ({"intercept": np.array([0.1, np.nan])}, "missing or infinite"),
        ({"coefficient": np.array([[1.0, np.inf], [0.5, 0.0]])}, "missing or infinite"),
        ({"coefficient": np.array([[1.0, 2.0], [0.5, 0.1]])}, "missing input"),
    ],
)
def test_numbers_that_are_no_regression_are_named(changes: dict[str, Any], problem: str) -> None:
    fine = PatternLogistic(
        np.array([[True, True], [True, False]]), np.array([0.1, 0.2]), np.array([[1.0, 2.0], [0.5, 0.0]])
    )
    assert why_no_logistic(fine) == ""
    assert problem in why_no_logistic(replace(fine, **changes))
