"""Boosted trees walked by our own code against scikit-learn's, and arrays that are no trees."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.ensemble import HistGradientBoostingClassifier
from threadpoolctl import threadpool_limits

from analysis.arrays import Floats
from analysis.features.oscillators import log_returns
from composite.ensemble.fitting import LEAST_SAMPLES, TooFewRowsError, TreesCandidate, trees_of
from composite.ensemble.trees import ROWS_AT_ONCE, BoostedTrees, why_no_trees
from scripts.fit_regime import recording
from tests.composite.ensemble.made_up import holed, known_truth


def grown(x: Floats, y: Floats, **changes: Any) -> HistGradientBoostingClassifier:
    with threadpool_limits(1):
        return HistGradientBoostingClassifier(
            early_stopping=False, random_state=3, **({"max_iter": 30} | changes)
        ).fit(x, y)


def assert_same(model: HistGradientBoostingClassifier, x: Floats) -> None:
    ours = trees_of(model, np.ones(x.shape[1], dtype=np.bool_))
    assert why_no_trees(ours) == ""
    asked = x[~np.isnan(x).all(axis=1)]
    assert_allclose(ours.log_odds(asked), model.decision_function(asked), rtol=0, atol=1e-12)


@pytest.mark.parametrize(
    "changes", [{"max_depth": 1}, {"max_depth": 3, "max_iter": 40}, {"max_leaf_nodes": 50}]
)
def test_trees_answer_as_scikit_learn_does(changes: dict[str, int]) -> None:
    sample = known_truth(4000, 1)
    for share in (0.0, 0.3):
        x = holed(sample.x, share, 2)
        model = grown(x, sample.y, **changes)
        assert_same(model, x)
        assert_same(model, holed(np.random.default_rng(4).normal(0, 3, (ROWS_AT_ONCE + 7, 3)), 0.2, 5))


def test_a_split_of_missing_from_known_is_kept() -> None:
    x = holed(known_truth(3000, 1).x, 0.4, 6)
    model = grown(x, np.isnan(x[:, 1]).astype(np.float64), max_depth=2)
    assert any(np.isinf(tree.nodes["num_threshold"]).any() for (tree,) in model._predictors)
    assert_same(model, x)


def test_a_tree_without_a_split_is_a_leaf() -> None:
    x = np.zeros((200, 2))
    assert_same(grown(x, np.arange(200.0) % 2, max_iter=2), x)


def test_trees_answer_as_scikit_learn_does_on_recorded_bars(shared_data: Path) -> None:
    returns = log_returns(recording(shared_data, "BTCUSDT", "1d").close)
    x = np.column_stack([returns[k : len(returns) - 4 + k] for k in range(4)])[1:]
    assert_same(grown(x, (returns[5:] > 0).astype(np.float64)), x)


def test_what_was_never_missing_in_training_is_not_guessed() -> None:
    sample = known_truth(4000, 7)
    x = sample.x.copy()
    x[: 3 * LEAST_SAMPLES, 2] = np.nan
    x[:10, 1] = np.nan
    trees = TreesCandidate(20, 2).fit(x, sample.y, 1.0, seed=1)
    assert trees.may_miss.tolist() == [False, False, True]
    row = np.array([[0.5, 0.5, 0.5]])
    asked = np.concatenate(
        [row, np.where([0, 1, 0], np.nan, row), np.where([0, 0, 1], np.nan, row), row * np.nan]
    )
    assert np.isfinite(trees.log_odds(asked)).tolist() == [True, False, True, False]


def test_few_rows_are_refused() -> None:
    sample = known_truth(300, 8)
    with pytest.raises(TooFewRowsError):
        TreesCandidate(20, 2).fit(sample.x, sample.y, 4.0, seed=1)
    with pytest.raises(TooFewRowsError):
        TreesCandidate(20, 2).fit(sample.x, np.ones(300), 1.0, seed=1)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"threshold": np.array([0.1, 0.0])}, "length"),
        ({"threshold": np.array([np.nan, 0.0, 0.0])}, "missing or infinite"),
        ({"value": np.array([0.0, np.inf, 0.0])}, "missing or infinite"),
        ({"baseline": float("nan")}, "missing or infinite"),
        ({"feature": np.array([2, 0, 0])}, "input"),
        ({"feature": np.array([-1, 0, 0])}, "input"),
        ({"roots": np.array([3])}, "begins"),
        ({"left": np.array([0, 1, 2])}, "after it"),
        ({"left": np.array([1, 0, 2])}, "after it"),
        ({"right": np.array([3, 1, 2])}, "after it"),
    ],
)
def test_arrays_that_are_no_trees_are_named(changes: dict[str, Any], problem: str) -> None:
    stump = BoostedTrees(
        baseline=0.1,
        roots=np.array([0]),
        feature=np.array([1, 0, 0]),
        threshold=np.array([0.5, 0.0, 0.0]),
        missing_left=np.array([True, False, False]),
        left=np.array([1, 1, 2]),
        right=np.array([2, 1, 2]),
        value=np.array([0.0, -1.0, 1.0]),
        may_miss=np.array([True, True]),
    )
    assert why_no_trees(stump) == ""
    asked = np.array([[0.0, 0.5], [0.0, 0.6], [0.0, np.nan], [np.nan, 0.6]])
    assert stump.log_odds(asked).tolist() == [-0.9, 1.1, -0.9, 1.1]
    assert problem in why_no_trees(replace(stump, **changes))
