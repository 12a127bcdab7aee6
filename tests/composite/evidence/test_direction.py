"""Records of directions: scipy's rank correlation, costs, placebo, trailing edges that nothing later moves."""

import numpy as np
import pytest
from scipy import stats

from analysis.arrays import Floats
from composite.evidence.direction import (
    direction_record,
    placebo_coefficients,
    sign_hits,
    spread_of,
    turned_outcome,
)
from composite.evidence.estimate import Resampling
from composite.evidence.outcomes import entered_return
from composite.evidence.persistence import decay, persistence, trailing_ranks
from composite.evidence.trading import Costs, net_returns, positions

RNG = np.random.default_rng(5)
HOW = Resampling(draws=120, seed=2)
FREE = Costs(0.0)


def market(n: int = 900, skill: float = 0.0, k: int = 1) -> tuple[Floats, Floats]:
    """A score of row t and opens whose move from t + 1 to t + 2 it foretells."""
    score = RNG.standard_normal((n, k))
    moves = 0.01 * RNG.standard_normal((n, k))
    moves[2:] += 0.01 * skill * score[:-2]
    return score, 100 * np.exp(np.cumsum(moves, axis=0))


def test_the_coefficient_is_scipy_s() -> None:
    score, opened = market(skill=0.3)
    later = entered_return(opened, 1)
    found = direction_record(score, opened, trailing_ranks(score, 300, 100), 1, FREE, HOW)
    assert found is not None
    x, y = score[:-2, 0], later[:-2, 0]
    assert found.ic.value == pytest.approx(stats.spearmanr(x, y).statistic, abs=1e-12)
    assert found.pearson.value == pytest.approx(stats.pearsonr(x, y).statistic, abs=1e-12)
    assert found.hit_rate.value == pytest.approx(np.mean(np.sign(x) == np.sign(y)))
    assert found.base_rate == pytest.approx(max(np.mean(y > 0), np.mean(y < 0)))
    assert found.ic.excludes_zero
    assert found.ic.low < found.ic.value < found.ic.high
    assert (found.count, found.independent) == (898, 898)
    assert abs(found.placebo) < 3 * found.placebo_spread


def test_copies_of_a_symbol_add_no_certainty() -> None:
    score, opened = market(skill=0.1)
    one = direction_record(score, opened, trailing_ranks(score, 300, 100), 1, FREE, HOW)
    four = np.tile(score, 4)
    same = direction_record(four, np.tile(opened, 4), trailing_ranks(four, 300, 100), 1, FREE, HOW)
    assert one is not None
    assert same is not None
    assert (same.ic.low, same.ic.high) == pytest.approx((one.ic.low, one.ic.high))
    assert same.ic_error == pytest.approx(one.ic_error)


def test_edges_are_those_of_the_past() -> None:
    score, opened = market()
    ranks = trailing_ranks(score, 200, 50)
    spoiled = score.copy()
    spoiled[600:] = 1e6
    assert np.array_equal(trailing_ranks(spoiled, 200, 50)[:600], ranks[:600], equal_nan=True)
    share = np.nanmean(ranks[50:] >= 0.9)
    assert share == pytest.approx(0.1, abs=0.03)
    hindsight = np.argsort(np.argsort(score[:, 0])) / len(score)
    assert not np.array_equal(ranks[300:, 0] >= 0.9, hindsight[300:] >= 0.9)
    assert opened.shape == score.shape


def test_a_spread_by_hand_and_its_costs() -> None:
    ranks = np.array([[0.95], [0.05], [0.5], [1.0], [0.0], [0.92]])
    later = np.array([[0.04], [-0.02], [9.0], [0.02], [0.0], [np.nan]])
    found = spread_of(ranks, later, 0.1, 1, Costs(0.001), HOW)
    assert found.mean.value == pytest.approx(0.03 + 0.01)
    assert found.median.value == pytest.approx(0.03 + 0.01)
    assert found.net == pytest.approx(0.04 - 0.004)
    assert (found.top, found.bottom) == (2, 2)


def test_mean_and_median_may_disagree() -> None:
    score, opened = market(3000)
    later = entered_return(opened, 1)
    ranks = trailing_ranks(score, 300, 100)
    top = ranks >= 0.9
    later = np.where(top, np.where(RNG.random(later.shape) < 0.05, 1.0, -0.01), later)
    found = spread_of(ranks, later, 0.1, 1, FREE, HOW)
    assert found.mean.low > 0
    assert found.median.high < 0


def test_a_zero_score_has_no_sign() -> None:
    score = np.array([[1.0], [0.0], [-1.0], [2.0]])
    ratio, ups = sign_hits(score, np.array([[1.0], [1.0], [1.0], [-1.0]]))
    assert ratio.value == pytest.approx(1 / 3)
    assert ups == pytest.approx(2 / 3)


def test_the_placebo_shows_the_bias_of_a_short_window() -> None:
    """A score made of all moves so far leans against those left, whatever their signs."""
    biased = []
    for seed in range(60):
        moves = 0.01 * np.random.default_rng(seed).standard_normal((120, 1))
        opened = np.exp(np.cumsum(moves, axis=0))
        found = placebo_coefficients(np.sign(moves), opened, 3, seed, draws=10)
        biased.append(np.mean(found))
    assert abs(np.mean(biased)) < 0.02
    score, opened = market(skill=2.0)
    true = direction_record(score, opened, trailing_ranks(score, 300, 100), 1, FREE, HOW)
    assert true is not None
    assert true.ic.value > 0.5
    assert abs(true.placebo) < 0.05


def test_the_placebo_keeps_overlap_and_entry() -> None:
    score, opened = market()
    same = turned_outcome(opened, np.ones((900, 1)), 4)
    assert np.allclose(same, entered_return(opened, 4), equal_nan=True, atol=1e-12)
    one, four = (np.std(placebo_coefficients(np.cumsum(score, axis=0), opened, h, 3, 60)) for h in (1, 16))
    assert four > 1.3 * one


def test_intervals_of_persistent_unrelated_signals_cover() -> None:
    """A slow score and overlapping outcomes without relation: about one interval in twenty excludes 0."""
    wrong, naive = 0, 0.0
    for seed in range(120):
        rng = np.random.default_rng(seed)
        steps = rng.standard_normal((800, 1))
        score = np.cumsum(steps, axis=0) - np.cumsum(np.roll(steps, 40, axis=0), axis=0)
        opened = np.exp(np.cumsum(0.01 * rng.standard_normal((800, 1)), axis=0))
        later = entered_return(opened, 12)
        found = stats.spearmanr(score[:-13, 0], later[:-13, 0])
        record = direction_record(
            score, opened, np.full(score.shape, np.nan), 12, FREE, Resampling(draws=100, seed=seed)
        )
        assert record is not None
        wrong += record.ic.excludes_zero
        naive += float(found.pvalue < 0.05)
    assert wrong / 120 < 0.17
    assert naive / 120 > 0.35


def test_decay_reads_each_multiple_of_the_horizon() -> None:
    score, opened = market(skill=1.0)
    points = decay(score, opened, 2)
    assert [(p.multiple, p.horizon) for p in points] == [(0.5, 1), (1.0, 2), (2.0, 4), (4.0, 8)]
    strengths = [p.ic for p in points if p.ic is not None]
    assert strengths == sorted(strengths, reverse=True)
    assert strengths[0] == pytest.approx(
        stats.spearmanr(score[:-2, 0], entered_return(opened, 1)[:-2, 0]).statistic
    )
    assert [p.ic for p in decay(score[:70], opened[:70], 20)][-1] is None


def test_persistence_of_a_slow_and_a_quick_score() -> None:
    noise = RNG.standard_normal((2000, 1))
    slow = np.copy(noise)
    for t in range(1, 2000):
        slow[t] += 0.9 * slow[t - 1]
    quick, lasting = (persistence(x, trailing_ranks(x, 300, 100), (1, 5)) for x in (noise, slow))
    assert abs(quick.autocorrelation[1]) < 0.06
    assert lasting.autocorrelation[1] == pytest.approx(0.9, abs=0.04)
    assert lasting.autocorrelation[5] == pytest.approx(0.9**5, abs=0.12)
    assert quick.turnover == pytest.approx(1 / 3, abs=0.02)
    assert lasting.turnover < 0.2


def test_a_position_earns_the_move_after_its_entry_and_pays() -> None:
    held = positions(np.array([[0.9], [0.5], [0.1], [np.nan]]))
    assert held[:, 0].tolist() == [1.0, 0.0, -1.0, 0.0]
    opened = np.array([[1.0], [1.0], [2.0], [4.0], [4.0]])
    position = np.array([[1.0], [1.0], [-1.0], [0.0], [0.0]])
    found = net_returns(position, opened, Costs(0.01, 0.001))
    assert found[:3] == pytest.approx(
        [np.log(2) - 0.01 - 0.001, np.log(2) - 0.001, -np.log(1) + 0.001 - 0.02]
    )
    assert np.isnan(found[3:]).all()
