"""Pattern entropies against Bandt and Pompe's printed example, a counting loop and known chances."""

from collections import Counter
from collections.abc import Iterable
from math import factorial, log

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from analysis.arrays import Floats
from analysis.features import ordinal

RETURNS = np.random.default_rng(2).standard_normal(500).round(1)  # rounded: with ties and zeros


def entropy(words: Iterable[object]) -> float:
    counts = Counter(words)
    total = sum(counts.values())
    return -sum(k / total * log(k / total) for k in counts.values())


@pytest.mark.parametrize(("order", "bits"), [(2, 0.918), (3, 1.522)])
def test_the_example_of_the_paper(order: int, bits: float) -> None:
    series = np.array([4.0, 7, 9, 10, 6, 11, 3])  # Bandt and Pompe (2002), section 1
    found = ordinal.permutation_entropy(series, 7, order)[-1]
    assert found * np.log2(factorial(order)) == pytest.approx(bits, abs=5e-4)


@pytest.mark.parametrize("order", [3, 4, 5])
def test_permutation_entropy_equals_a_counting_loop(order: int) -> None:
    ours = ordinal.permutation_entropy(RETURNS, 60, order)
    assert np.isnan(ours[:59]).all()
    for end in range(60, 501, 23):
        window = RETURNS[end - 60 : end].tolist()
        words = [
            tuple(sorted(range(order), key=window[i : i + order].__getitem__)) for i in range(61 - order)
        ]
        assert ours[end - 1] == pytest.approx(entropy(words) / log(factorial(order)), rel=1e-12)


@pytest.mark.parametrize("length", [1, 3])
def test_sign_word_entropy_equals_a_counting_loop(length: int) -> None:
    ours = ordinal.sign_word_entropy(RETURNS, 60, length)
    for end in range(60, 501, 23):
        signs = np.sign(RETURNS[end - 60 : end]).tolist()
        words = [tuple(signs[i : i + length]) for i in range(61 - length)]
        assert ours[end - 1] == pytest.approx(
            entropy(w for w in words if 0 not in w) / (length * log(2)), rel=1e-12
        )


def test_monotone_share_equals_a_loop_and_the_chances() -> None:
    ours = ordinal.monotone_share(RETURNS, 60, 3)
    for end in range(60, 501, 23):
        w = RETURNS[end - 60 : end]
        hits = [w[i] < w[i + 1] < w[i + 2] or w[i] > w[i + 1] > w[i + 2] for i in range(58)]
        assert ours[end - 1] == pytest.approx(np.mean(hits), rel=1e-12)
    noise = np.random.default_rng(4).standard_normal(20_000)
    assert ordinal.monotone_share(noise, 20_000, 4)[-1] == pytest.approx(2 / 24, abs=0.01)
    assert ordinal.monotone_share(np.cumsum(noise), 20_000, 4)[-1] == pytest.approx(0.25, abs=0.015)


def test_noise_is_near_one_and_an_alternation_is_low() -> None:
    noise = np.random.default_rng(4).standard_normal(5000)
    assert ordinal.permutation_entropy(noise, 5000, 4)[-1] > 0.998
    assert ordinal.sign_word_entropy(noise, 5000, 3)[-1] > 0.998
    saw = np.resize([1.0, -1.0], 100)
    assert ordinal.sign_word_entropy(saw, 100, 3)[-1] == pytest.approx(1 / 3, abs=0.01)
    assert ordinal.permutation_entropy(np.arange(100.0), 100, 3)[-1] == 0


def features(values: Floats) -> list[Floats]:
    return [
        ordinal.permutation_entropy(values, 50, 4),
        ordinal.monotone_share(values, 50, 3),
        ordinal.sign_word_entropy(values, 50, 3),
    ]


def test_rows_before_the_cut_ignore_what_follows() -> None:
    garbage = np.concatenate([RETURNS[:300], np.resize([1e9, -1e9, 0, np.nan], 200)])
    for ours, theirs in zip(features(RETURNS), features(garbage), strict=True):
        assert_array_equal(ours[:300], theirs[:300])


def test_gaps_still_and_short_series_are_missing() -> None:
    holed = np.random.default_rng(6).standard_normal(300)
    holed[100] = np.nan
    for found in features(holed):
        assert np.isnan(found[100:150]).all()
        assert np.isfinite(found[49:100]).all()
        assert np.isfinite(found[150:]).all()
    for still in (np.zeros(80), RETURNS[:49], RETURNS[:2], RETURNS[:0]):
        for found in features(still):
            assert len(found) == len(still)
            assert np.isnan(found).all()


def test_parameters_out_of_range_are_named() -> None:
    with pytest.raises(ValueError, match="2 <= order <= n"):
        ordinal.permutation_entropy(RETURNS, 50, 1)
    with pytest.raises(ValueError, match="1 <= length <= n"):
        ordinal.sign_word_entropy(RETURNS, 50, 0)
