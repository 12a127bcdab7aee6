"""Training as a whole: what is recovered, what is refused, and that nothing sees its future."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from composite.ensemble.fitting import LogisticCandidate, TooFewRowsError, TreesCandidate
from composite.ensemble.leaks import LeakError, leaks
from composite.ensemble.logistic import PatternLogistic
from composite.ensemble.sample import LabelledRows, joined
from composite.ensemble.training import Plan, out_of_sample, train
from tests.composite.ensemble.made_up import HOUR, INTERCEPT, SLOPES, holed, known_truth, noise, truth

NAMES = ("trend.direction", "sentiment.tilt", "flow.bar_imbalance")


def plan(horizon: int = 1, **changes: object) -> Plan:
    whole = Plan(
        score="trend_strength",
        label="net_return",
        inputs=NAMES,
        polarities=(1, 1, 1),
        interval="1h",
        horizon_s=horizon * HOUR / 1000,
        horizon_ms=horizon * HOUR,
        embargo_ms=horizon * HOUR,
        candidates=(LogisticCandidate(0.1), LogisticCandidate(1.0), TreesCandidate(15, 2)),
        plausible_ic=0.35,
        outer=4,
        outer_first=2,
        inner=4,
    )
    return replace(whole, **changes)  # type: ignore[arg-type]


def test_a_known_truth_is_found_calibrated_and_usable() -> None:
    sample = known_truth(16_000, 1)
    found = train(sample, plan(), ["BTCUSDT"])
    assert found.verdict == ()
    compared = found.record.comparison
    assert compared.slope == pytest.approx(1.0, abs=0.1)
    tested = sample.of(sample.time >= sample.time[len(sample) // 2])
    odds = truth(tested.x)
    bayes = float(np.mean(odds * (1 - odds)))
    assert compared.model.brier == pytest.approx(bayes, abs=0.004)
    assert compared.model.brier < compared.weighted_mean.brier < compared.base.brier + 0.001
    assert found.record.chosen.startswith("logistic")
    assert isinstance(found.model, PatternLogistic)
    assert np.abs(found.probability(sample.x) - truth(sample.x)).mean() < 0.02
    whole = found.model.known.all(axis=1)
    assert_allclose(found.model.coefficient[whole][0], SLOPES, atol=0.1)


def test_the_raw_score_is_one_half_where_known_inputs_are_neutral() -> None:
    found = train(known_truth(6000, 2), plan(), ["BTCUSDT"])
    gaps = np.array([[0.0, 0.0, 0.0], [0.0, np.nan, 0.0], [np.nan, 0.0, np.nan], [np.nan, np.nan, np.nan]])
    assert_array_equal(found.predict(gaps), [0.5, 0.5, 0.5, np.nan])
    at_neutral = found.probability(gaps[:1]).item()
    assert at_neutral == pytest.approx(1 / (1 + np.exp(-INTERCEPT)), abs=0.06)
    high, low = found.predict(np.array([[1.0, -1.0, 0.0], [-1.0, 1.0, 0.0]]))
    assert high > 0.7
    assert low < 0.3


@pytest.mark.parametrize("seed", range(4))
def test_noise_is_refused_as_no_better_than_the_mean(seed: int) -> None:
    found = train(
        noise(4000, seed), plan(6, candidates=(LogisticCandidate(0.2), TreesCandidate(15, 2))), ["X"]
    )
    assert "ensemble_no_skill" in [one.code for one in found.verdict]


def test_skill_in_hits_that_loses_money_is_refused() -> None:
    """High forecasts are right more often and lose more when they are wrong."""
    sample = known_truth(8000, 3)
    score = sample.x @ SLOPES
    crash = (sample.y == 0) & (score > 0.5)
    skewed = replace(sample, forward=np.where(crash, 20 * sample.forward, sample.forward))
    found = train(skewed, plan(candidates=(LogisticCandidate(1.0),)), ["X"])
    assert [one.code for one in found.verdict] == ["ensemble_hits_only"]
    assert found.record.comparison.median_spread > 0 > found.record.comparison.mean_spread


def test_the_same_seed_gives_the_same_model() -> None:
    sample = replace(known_truth(2400, 4), x=holed(known_truth(2400, 4).x, 0.1, 1))
    trees = plan(candidates=(TreesCandidate(6, 2),))
    one, two = train(sample, trees, ["X"]), train(sample, trees, ["X"])
    assert one.record == two.record
    assert_array_equal(one.probability(sample.x), two.probability(sample.x))
    assert train(sample, replace(trees, seed=2), ["X"]).record.comparison != one.record.comparison


def test_a_forecast_cannot_see_its_future() -> None:
    """Whatever comes after a tested part, outcomes that end later included, changes nothing in its forecasts."""
    sample = replace(noise(5000, 5), x=holed(noise(5000, 5).x, 0.1, 1))
    chosen = plan(6)
    before = out_of_sample(sample, chosen)
    cut = int(np.linspace(sample.time[0], sample.time[-1] + 1, chosen.outer + 1)[-2])
    rng = np.random.default_rng(9)
    late, open_then = sample.time >= cut, sample.until >= cut
    spoiled = replace(
        sample,
        x=np.where(late[:, None], rng.normal(0, 9, sample.x.shape), sample.x),
        mean=np.where(late, rng.random(len(sample)), sample.mean),
        y=np.where(open_then, 1 - sample.y, sample.y),
        forward=np.where(open_then, -50.0, sample.forward),
    )
    after = out_of_sample(spoiled, chosen)
    earlier = before.sample.time < cut
    assert earlier.sum() > 1000
    for name in ("model", "weighted_mean", "base"):
        assert_array_equal(getattr(after, name)[earlier], getattr(before, name)[earlier])
    assert (after.model[~earlier] != before.model[~earlier]).mean() > 0.5
    assert_array_equal(after.base, before.base)


def planted(sample: LabelledRows, horizon: int) -> LabelledRows:
    """The share of the last outcomes that were right, counted by their beginning: most of them are not over yet."""
    leak = np.convolve(sample.y, np.ones(horizon), "full")[: len(sample)] / horizon - 0.5
    return replace(sample, x=np.column_stack([sample.x[:, :2], leak]))


def test_an_input_that_knows_its_outcome_by_overlap_is_caught_and_named() -> None:
    horizon = 24
    honest = noise(6000, 6, horizon=horizon)
    leaky = planted(honest, horizon)
    (found,) = leaks(leaky, NAMES, horizon * HOUR)
    assert found.name == "flow.bar_imbalance"
    assert abs(found.ic) > 0.4
    assert abs(found.purged_ic) < 0.1
    assert leaks(honest, NAMES, horizon * HOUR) == ()
    with pytest.raises(LeakError, match=r"look ahead.*flow\.bar_imbalance \(\+0\.") as caught:
        train(leaky, plan(horizon), ["X"])
    assert "trend.direction" not in str(caught.value)


def test_skill_by_overlap_collapses_where_the_planted_input_is_purged() -> None:
    horizon = 24
    leaky = planted(noise(12_000, 6, horizon=horizon), horizon)
    late = np.full(leaky.x.shape, np.nan)
    late[horizon:] = leaky.x[:-horizon]
    purged = replace(leaky, x=np.column_stack([leaky.x[:, :2], late[:, 2]])).of(
        np.arange(horizon, len(leaky))
    )
    one = plan(horizon, candidates=(LogisticCandidate(1.0),))
    gains = []
    for sample in (leaky, purged):
        forecasts = out_of_sample(sample, one)
        y = forecasts.sample.y
        losses = [np.mean(np.logaddexp(0, raw) - y * raw) for raw in (forecasts.base, forecasts.model)]
        gains.append(float(losses[0] - losses[1]))
    assert gains[0] > 0.1
    assert gains[1] < 0.01


def test_neighbours_of_a_test_row_teach_its_outcome_unless_they_are_purged() -> None:
    """A slow input names the moment: trees remember what overlapping outcomes were, and purged they know nothing."""
    horizon = 48
    sample = noise(4000, 7, horizon=horizon, width=1)
    moment = np.arange(len(sample))[:, None] / len(sample)
    trees = TreesCandidate(40, 6, 0.3)
    shuffled = np.random.default_rng(1).random(len(sample)) < 0.5
    parts = (np.arange(len(sample)) // (4 * horizon)) % 2 == 0
    apart = np.array([parts[max(0, k - horizon) : k + horizon + 1].all() for k in range(len(sample))])
    hits = []
    for fitted, tested in ((shuffled, ~shuffled), (apart, ~parts)):
        model = trees.fit(moment[fitted], sample.y[fitted], 1.0, seed=1)
        hits.append(np.mean((model.log_odds(moment[tested]) > 0) == (sample.y[tested] > 0)))
    assert hits[0] > 0.8
    assert hits[1] < 0.6


def test_honest_inputs_of_slow_outcomes_are_not_named() -> None:
    """Volatility is known from its own past: strong, and still strong a horizon late."""
    rng = np.random.default_rng(8)
    sample = noise(6000, 8)
    level = np.cumsum(rng.standard_normal(6000)) / 40
    forward = level + 0.3 * rng.standard_normal(6000)
    strong = replace(sample, x=np.column_stack([sample.x[:, :2], level]), forward=forward)
    assert leaks(strong, NAMES, 6 * HOUR) == ()


def test_symbols_of_one_moment_are_one_independent_row() -> None:
    one = known_truth(1000, 9)
    both = joined([one, replace(one, symbol=np.ones(1000, dtype=np.int64))])
    assert (np.diff(both.time) >= 0).all()
    assert both.symbol[:4].tolist() == [0, 1, 0, 1]
    assert both.independent(HOUR) == one.independent(HOUR) == 1000
    assert both.independent(5 * HOUR) == 200
    assert both.up_to(int(one.until[10])).time.max() == one.time[9]


def test_few_rows_and_short_embargoes_are_refused() -> None:
    with pytest.raises(TooFewRowsError):
        train(known_truth(150, 1), plan(), ["X"])
    with pytest.raises(TooFewRowsError):
        out_of_sample(known_truth(0, 1), plan())
    with pytest.raises(ValueError, match="embargo"):
        out_of_sample(known_truth(3000, 1), plan(embargo_ms=HOUR - 1))
