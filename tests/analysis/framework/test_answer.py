"""The answer of a trace's last row: its percentile among past scores, its contributions, why it has no score."""

from dataclasses import replace
from typing import Final

import numpy as np
import pytest

from analysis.arrays import Floats
from analysis.framework.answer import Declaration, Question, answer, linear_contributions
from analysis.framework.metric import MetricSpec, ScalarSpec, ScoreSpec
from analysis.framework.module import Trace
from analysis.framework.reasons import Reason
from analysis.framework.result import Analysis, Group
from analysis.framework.scoring import Ballot, Vote
from tests.support.recorded import walk_bars

STEPS: Final = (Group("rank", None, 0.0, -1.5),)
SPECS: Final = tuple(
    MetricSpec(name, name, "", name, group=group, signal="direction")
    for name, group in (("fast", "speed"), ("slow", "speed"), ("broad", "breadth"))
)
DECLARED: Final = Declaration(
    score=ScoreSpec("score", 0.0, 100.0, 50.0),
    metrics=SPECS,
    scalars=(
        ScalarSpec("demo.pull", "directional", "trend", 4.0, 2.0),
        ScalarSpec("demo.rare", "p_value", "surprise", 1.0, 1.0),
    ),
    weights={"fast": 1.0, "slow": 3.0, "broad": 1.0},
    group_weights={"speed": 0.5, "breadth": 0.25},
    contributions={"fast": 5.0, "slow": -2.0, "broad": 4.0},
    min_coverage=0.6,
    rank_bars=4,
    min_rank=3,
)


FEW: Final = Reason("too_few_bars", {"needs": 9, "has": 4})


def trace_of(score: list[float], *, coverage: float = 1.0, broad: float = 0.3) -> Trace:
    """A trace of these scores; in its last row the metric ``broad`` is missing where it is NaN."""
    rows, line = len(score), np.array(score)
    values = {"fast": 0.5, "slow": -0.1, "broad": broad}
    columns = {name: last_of(rows, value) for name, value in values.items()}
    return Trace(
        time=np.arange(rows, dtype=np.int64) + 1_000,
        values=columns,
        signals=columns,
        groups={"speed": last_of(rows, 0.05), "breadth": last_of(rows, broad)},
        multipliers={"calm": np.linspace(0.1, 0.5, rows), "unknown": np.full(rows, np.nan)},
        direction=line / 100,
        score=line,
        uncertainty=np.arange(2.0, rows + 2.0),
        coverage=last_of(rows, coverage),
        scalars={"demo.pull": line / 200, "demo.rare": np.full(rows, np.nan)},
        scalar_se={"demo.pull": line / 1000},
        reasons={"broad": FEW, "demo.rare": FEW, "demo.pull": FEW},
    )


def last_of(rows: int, value: float) -> Floats:
    """A value in the last row, others before it."""
    return np.append(np.full(rows - 1, 9.0), value)


def asked() -> Question:
    bars = walk_bars(5, seed=1, interval="1h")
    return Question("demo", bars, 1, bars.as_of, None, (), (), {}, "0", ())


def answered(trace: Trace, declared: Declaration = DECLARED) -> Analysis:
    return answer(asked(), trace, declared)


@pytest.mark.parametrize(
    ("score", "percentile"),
    [
        ([1.0, 2.0, 3.0, 4.0, 9.0], 1.0),
        ([1.0, 2.0, 3.0, 4.0, 0.0], 0.0),
        ([1.0, 2.0, 3.0, 4.0, 3.0], 0.625),
        ([1.0, np.nan, 3.0, 4.0, 3.5], 2 / 3),
        ([99.0, 1.0, 2.0, 3.0, 4.0, 9.0], 1.0),
    ],
)
def test_the_percentile_ranks_the_score_among_the_last_scores_before_it(
    score: list[float], percentile: float
) -> None:
    assert answered(trace_of(score)).percentile == pytest.approx(percentile)


def test_a_percentile_needs_enough_scores_before_the_last() -> None:
    found = answered(trace_of([1.0, np.nan, 3.0, 4.0]))
    assert found.percentile is None
    assert found.notes == (Reason("few_past_values", {"needs": 3, "has": 2}),)
    unranked = answered(trace_of([1.0]), replace(DECLARED, rank_bars=0))
    assert (unranked.percentile, unranked.notes) == (None, ())


def test_without_a_score_nothing_is_ranked_and_nothing_contributes() -> None:
    found = answered(trace_of([1.0, 2.0, 3.0, 4.0, np.nan], coverage=0.5))
    assert (found.score, found.percentile) == (None, None)
    assert {metric.contribution for metric in found.metrics} == {0.0}
    assert found.null_reasons == (Reason("low_coverage", {"has": "50%", "needs": "60%"}),)


def test_the_last_row_is_what_is_told() -> None:
    found = answered(trace_of([10.0, 20.0, 30.0, 40.0, 50.0]), replace(DECLARED, steps=STEPS))
    assert (found.score, found.uncertainty, found.direction) == (50.0, 6.0, 0.5)
    assert (found.low, found.high, found.neutral, found.score_name) == (0.0, 100.0, 50.0, "score")
    assert found.multipliers == {"calm": 0.5}
    assert found.is_final
    assert (found.module, found.symbol, found.market, found.interval) == ("demo", "BTCUSDT", "spot", "1h")
    assert found.price == walk_bars(5, seed=1, interval="1h").close[-1]
    assert found.groups[-1:] == STEPS
    assert [(m.id, m.value, m.signal, m.unit, m.weight, m.contribution) for m in found.metrics] == [
        ("fast", 0.5, 0.5, "", 1.0, 5.0),
        ("slow", -0.1, -0.1, "", 3.0, -2.0),
        ("broad", 0.3, 0.3, "", 1.0, 4.0),
    ]


def test_a_scalar_comes_with_its_error_times_and_origin() -> None:
    question = replace(asked(), parents=("binance.spot.klines",), gaps=5)
    pull, rare = answer(question, trace_of([10.0, 20.0, 40.0]), DECLARED).scalars
    assert (pull.name, pull.kind, pull.polarity) == ("demo.pull", "directional", "trend")
    assert (pull.value, pull.se, pull.reason) == (0.2, 0.04, None)
    assert (pull.horizon_s, pull.half_life_s) == (4 * 3600.0, 2 * 3600.0)
    assert (pull.quality, pull.parents, pull.as_of, pull.is_final) == (0.5, question.parents, 1_002, True)
    assert (rare.value, rare.se, rare.reason) == (None, None, FEW)


def test_a_metric_without_a_declared_weight_or_contribution_counts_nothing() -> None:
    bare = replace(DECLARED, weights={"fast": 1.0}, contributions={"fast": 5.0})
    assert [(m.weight, m.contribution) for m in answered(trace_of([50.0] * 5), bare).metrics] == [
        (1.0, 5.0),
        (0.0, 0.0),
        (0.0, 0.0),
    ]


def test_enough_coverage_without_a_score_is_explained_by_what_is_missing() -> None:
    found = answered(trace_of([np.nan] * 5, coverage=0.6, broad=np.nan), replace(DECLARED, steps=STEPS))
    assert found.null_reasons == (FEW,)
    assert STEPS[0] not in found.groups
    uncounted = replace(DECLARED, weights={**DECLARED.weights, "broad": 0.0})
    assert answered(trace_of([np.nan] * 5, coverage=0.6, broad=np.nan), uncounted).null_reasons == ()


def test_linear_contributions_are_the_terms_of_the_score() -> None:
    ballot = Ballot(
        (Vote("fast", "speed", 1.0), Vote("slow", "speed", 3.0), Vote("broad", "breadth", 1.0)),
        {"speed": 0.5, "breadth": 0.25},
    )
    terms = linear_contributions(trace_of([10.0, 20.0, 30.0]), ballot, 50.0)
    # 50 * calm 0.5 * group's share * weight's share * signal; what is unknown multiplies by one
    assert terms == pytest.approx({"fast": 25 / 6 * 0.5, "slow": -25 / 2 * 0.1, "broad": 25 / 3 * 0.3})
    assert linear_contributions(trace_of([10.0, np.nan]), ballot, 50.0) == {}


def test_a_missing_metric_says_why_and_leaves_its_group_without_weight() -> None:
    found = answered(trace_of([50.0] * 5, broad=np.nan))
    missing = found.metric("broad")
    assert (missing.value, missing.as_of, missing.reason) == (
        None,
        None,
        FEW,
    )
    assert [(group.id, group.weight) for group in found.groups] == [("speed", 1.0), ("breadth", 0.0)]


def test_a_group_sums_its_metrics_and_weighs_its_share() -> None:
    found = answered(trace_of([50.0] * 5))
    assert [group.contribution for group in found.groups] == [3.0, 4.0]
    assert [group.weight for group in found.groups] == pytest.approx([2 / 3, 1 / 3])
    assert found.metric("fast").as_of == found.bar_close == 1_004


def test_a_past_answer_has_the_price_of_its_last_close_and_a_live_one_its_own() -> None:
    question = asked()
    assert question.price == question.bars.close[-1]
    assert replace(question, live_price=7.0).price == 7.0
    assert question.quality == pytest.approx(5 / 6)
