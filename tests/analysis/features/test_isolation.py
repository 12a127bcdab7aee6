"""Isolation forest: every score is scikit-learn's, holes stay holes, and what is kept is small."""

import pickle

import numpy as np
import pytest
from sklearn.ensemble import IsolationForest

from analysis.features.isolation import average_path, grow_and_score, grow_forest


def sample(rows: int, *, seed: int = 0, features: int = 5) -> np.ndarray:
    return np.random.default_rng(seed).standard_t(4, (rows, features))


@pytest.mark.parametrize(("rows", "trees", "drawn"), [(1000, 100, 256), (300, 20, 64), (50, 10, 256)])
def test_scores_are_those_of_scikit_learn(rows: int, trees: int, drawn: int) -> None:
    grown, asked = sample(rows), np.concatenate([sample(400, seed=1), 50 * sample(20, seed=2)])
    oracle = IsolationForest(n_estimators=trees, max_samples=min(drawn, rows), random_state=3).fit(grown)
    forest = grow_forest(grown, trees=trees, sample=drawn, seed=3)
    np.testing.assert_allclose(forest.score(asked), -oracle.score_samples(asked), rtol=1e-6)


def test_equal_rows_and_rounded_thresholds_agree_too() -> None:
    grown = np.round(sample(500), 1)
    oracle = IsolationForest(n_estimators=30, max_samples=128, random_state=1).fit(grown)
    forest = grow_forest(grown, trees=30, sample=128, seed=1)
    np.testing.assert_allclose(forest.score(grown), -oracle.score_samples(grown), rtol=1e-6)


def test_an_outlier_is_isolated_early() -> None:
    forest = grow_forest(sample(800), trees=100, sample=256, seed=0)
    ordinary, far = forest.score(np.zeros((1, 5)))[0], forest.score(np.full((1, 5), 30.0))[0]
    assert ordinary < 0.5
    assert far > 0.65


def test_rows_with_holes_have_no_score_and_do_not_grow_trees() -> None:
    grown = sample(300)
    holed = np.concatenate([grown, np.full((40, 5), np.nan)])
    first, second = (grow_forest(rows, trees=20, sample=64, seed=5) for rows in (grown, holed))
    asked = sample(10, seed=4)
    asked[3, 2] = np.nan
    np.testing.assert_array_equal(first.score(asked), second.score(asked))
    assert np.flatnonzero(np.isnan(first.score(asked))).tolist() == [3]


def test_the_order_and_number_of_rows_asked_do_not_matter() -> None:
    forest, asked = grow_forest(sample(300), trees=20, sample=64, seed=5), sample(1300, seed=9)
    whole = forest.score(asked)
    np.testing.assert_array_equal(whole[::-1], forest.score(asked[::-1]))
    np.testing.assert_array_equal(whole[700:701], forest.score(asked[700:701]))


def test_a_kept_forest_is_a_fraction_of_the_library_s() -> None:
    grown = sample(1000)
    library = IsolationForest(n_estimators=100, max_samples=256, random_state=3).fit(grown)
    kept = len(pickle.dumps(grow_forest(grown, trees=100, sample=256, seed=3)))
    assert kept < len(pickle.dumps(library)) / 3


def test_the_average_path_is_that_of_the_paper() -> None:
    harmonic = sum(1 / k for k in range(1, 256))
    assert average_path(256) == pytest.approx(2 * harmonic - 2 * 255 / 256, rel=1e-3)
    assert (average_path(1), average_path(2)) == (0.0, 1.0)


def test_too_few_rows_are_refused() -> None:
    with pytest.raises(ValueError, match="two rows"):
        grow_forest(np.full((5, 2), np.nan), trees=5, sample=8, seed=0)


def test_rows_scored_with_the_growing_have_the_scores_of_the_kept_forest() -> None:
    grown, asked = np.round(sample(500), 1), np.round(sample(300, seed=1), 1)
    asked[7, 1] = np.nan
    forest, scores = grow_and_score(grown, asked, trees=30, sample=128, seed=1)
    np.testing.assert_array_equal(scores, forest.score(asked))
    np.testing.assert_array_equal(forest.length, grow_forest(grown, trees=30, sample=128, seed=1).length)
