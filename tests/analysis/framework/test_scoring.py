"""Group means, contributions and coverage: sums exact, bounds kept, weights handed on."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from analysis.framework import signals as maps
from analysis.framework.scoring import SignalWeights, WeightedSignal, error_of_mean, jackknife_error

NAMES = ("a", "b", "c", "d")
WEIGHTS = SignalWeights(
    (
        WeightedSignal("a", "one", 1.0),
        WeightedSignal("b", "one", 3.0),
        WeightedSignal("c", "two", 1.0),
        WeightedSignal("d", "two", 0.0),
    ),
    {"one": 0.5, "two": 0.25},
)


def rows(**signals: float) -> dict[str, np.ndarray]:
    return {name: np.array([signals.get(name, np.nan)]) for name in NAMES}


def test_groups_first_then_their_weighted_mean() -> None:
    blend = WEIGHTS.blend(rows(a=1.0, b=0.0, c=-1.0))
    assert blend.groups["one"][0] == pytest.approx(0.25)
    assert blend.direction[0] == pytest.approx((0.5 * 0.25 - 0.25) / 0.75)


def test_a_missing_metric_hands_its_weight_to_its_group() -> None:
    blend = WEIGHTS.blend(rows(a=0.4, c=-1.0))
    assert blend.groups["one"][0] == pytest.approx(0.4)
    assert WEIGHTS.coverage(rows(a=0.4, c=-1.0))[0] == pytest.approx((0.5 * 0.25 + 0.25) / 0.75)


def test_everything_available_is_whole_coverage_whatever_the_weights_round_to() -> None:
    signals = tuple(
        WeightedSignal(str(n), "one", weight) for n, weight in enumerate([3.0, 0.1, 3.0, 0.6, 0.1])
    )
    assert SignalWeights(signals, {"one": 1.0}).coverage(
        {member.id: np.zeros(2) for member in signals}
    ).tolist() == [1, 1]


def test_a_missing_group_hands_its_weight_to_the_others() -> None:
    blend = WEIGHTS.blend(rows(a=0.4, b=0.4))
    assert blend.direction[0] == pytest.approx(0.4)
    assert np.isnan(blend.groups["two"][0])


def test_nothing_available_is_no_direction_and_no_shares() -> None:
    assert np.isnan(WEIGHTS.blend(rows()).direction[0])
    assert WEIGHTS.coverage(rows())[0] == 0
    assert WEIGHTS.shares(dict.fromkeys(NAMES, np.nan)) == {}


def test_the_standard_error_is_that_of_a_mean_over_its_groups() -> None:
    """With equal weights it is the textbook's: sample deviation (k - 1) over the root of k."""
    values = np.array([[0.9, 0.9], [0.1, 0.1], [-0.4, np.nan]])
    found = error_of_mean(values, np.ones((3, 1)), np.nanmean(values, axis=0))
    np.testing.assert_allclose(found, stats.sem(values, nan_policy="omit"), rtol=1e-12)
    alone = np.array([[0.5], [np.nan]])
    assert np.isnan(error_of_mean(alone, np.ones((2, 1)), np.array([0.5]))).all()


def test_a_signal_of_zero_weight_changes_nothing() -> None:
    with_it, without = WEIGHTS.blend(rows(a=1, b=1, c=0, d=1)), WEIGHTS.blend(rows(a=1, b=1, c=0))
    assert with_it.direction[0] == without.direction[0]


SIGNAL = st.one_of(st.just(float("nan")), st.floats(-1, 1))


@given(st.tuples(SIGNAL, SIGNAL, SIGNAL, SIGNAL), st.lists(st.floats(0.01, 10), min_size=6, max_size=6))
def test_contributions_add_up_and_direction_stays_in_bounds(
    values: tuple[float, ...], weights: list[float]
) -> None:
    signals = tuple(
        WeightedSignal(name, group, weight)
        for name, group, weight in zip(NAMES, ("one", "one", "two", "two"), weights[:4], strict=True)
    )
    ballot = SignalWeights(signals, {"one": weights[4], "two": weights[5]})
    row = dict(zip(NAMES, values, strict=True))
    direction = ballot.blend({name: np.array([value]) for name, value in row.items()}).direction[0]
    shares = ballot.shares(row)
    if np.isnan(direction):
        assert not shares
        return
    assert abs(sum(shares.values()) - 1) < 1e-12
    assert abs(sum(shares[name] * row[name] for name in shares) - direction) < 1e-12
    assert -1 - 1e-12 <= direction <= 1 + 1e-12


@given(st.floats(-1e9, 1e9), st.floats(-1e9, 1e9))
def test_every_map_is_bounded_and_monotone(left: float, right: float) -> None:
    low, high = np.array([min(left, right)]), np.array([max(left, right)])
    for to_signal, floor in (
        (maps.from_z, -1),
        (maps.level_from_z, 0),
        (lambda x: maps.native(x, 50, 50), -1),
        (lambda x: maps.share_of_full(x, 50), 0),
    ):
        assert floor <= to_signal(low)[0] <= to_signal(high)[0] <= 1
    assert 0 <= maps.size_from_z(low)[0] <= 1


def test_without_a_group_the_others_keep_their_weights() -> None:
    left = WEIGHTS.without("one")
    assert (left.groups(), dict(left.group_weights)) == (("two",), {"two": 0.25})
    assert left.signals == WEIGHTS.signals
    assert WEIGHTS.without("none").groups() == WEIGHTS.groups()


def test_the_jackknife_of_a_mean_is_the_error_of_the_mean() -> None:
    values = np.random.default_rng(7).random((4, 30))
    without = np.stack([np.delete(values, k, 0).mean(axis=0) for k in range(4)])
    found = jackknife_error(values.mean(axis=0), without, np.ones((4, 1)))
    assert found == pytest.approx(stats.sem(values, axis=0, ddof=1))


def test_the_jackknife_passes_over_what_is_missing() -> None:
    values = np.random.default_rng(8).random((3, 1))
    without = np.stack([np.delete(values, k, 0).mean(axis=0) for k in range(3)])
    three = jackknife_error(values.mean(axis=0), without, np.ones((3, 1)))
    padded = np.concatenate([without, np.full((1, 1), np.nan)])
    assert jackknife_error(values.mean(axis=0), padded, np.ones((4, 1))) == pytest.approx(three)
    alone = np.array([[0.4], [np.nan]])
    assert np.isnan(jackknife_error(np.array([0.4]), alone, np.ones((2, 1))))
