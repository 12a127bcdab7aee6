"""The answer of a trace's last row: its percentile among past scores, its contributions, why it has no score."""

from dataclasses import replace
from typing import Final

import numpy as np
import pytest

from analysis.framework.answer import Declaration, Question, answer
from analysis.framework.metric import MetricSpec, ScoreSpec
from analysis.framework.module import Trace
from analysis.framework.reasons import Reason
from analysis.framework.result import Analysis
from tests.support.recorded import walk_bars

SPECS: Final = tuple(
    MetricSpec(name, name, "", name, group=group, signal="direction")
    for name, group in (("fast", "speed"), ("slow", "speed"), ("broad", "breadth"))
)
DECLARED: Final = Declaration(
    score=ScoreSpec("score", 0.0, 100.0, 50.0),
    metrics=SPECS,
    scalars=(),
    weights={"fast": 1.0, "slow": 3.0, "broad": 1.0},
    group_weights={"speed": 0.5, "breadth": 0.25},
    contributions={"fast": 5.0, "slow": -2.0, "broad": 4.0},
    min_coverage=0.6,
    rank_bars=4,
    min_rank=3,
)


def trace_of(score: list[float], *, coverage: float = 1.0, broad: float = 0.3) -> Trace:
    """A trace of these scores whose metric ``broad`` is missing where it is NaN."""
    rows, line = len(score), np.array(score)
    values = {"fast": 0.5, "slow": -0.1, "broad": broad}
    columns = {name: np.full(rows, value) for name, value in values.items()}
    return Trace(
        time=np.arange(rows, dtype=np.int64) + 1_000,
        values=columns,
        signals=columns,
        groups={"speed": np.full(rows, 0.05), "breadth": np.full(rows, broad)},
        multipliers={},
        direction=line / 100,
        score=line,
        uncertainty=np.full(rows, 2.0),
        coverage=np.full(rows, coverage),
        scalars={},
        scalar_se={},
        reasons={"broad": Reason("too_few_bars", {"needs": 9, "has": 4})} if np.isnan(broad) else {},
    )


def answered(trace: Trace, declared: Declaration = DECLARED) -> Analysis:
    bars = walk_bars(5, seed=1, interval="1h")
    question = Question("demo", bars, 1, bars.as_of, None, (), (), {}, "0", ())
    return answer(question, trace, declared)


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


def test_a_missing_metric_says_why_and_leaves_its_group_without_weight() -> None:
    found = answered(trace_of([50.0] * 5, broad=np.nan))
    missing = found.metric("broad")
    assert (missing.value, missing.as_of, missing.reason) == (
        None,
        None,
        Reason("too_few_bars", {"needs": 9, "has": 4}),
    )
    assert [(group.id, group.weight) for group in found.groups] == [("speed", 1.0), ("breadth", 0.0)]


def test_a_group_sums_its_metrics_and_weighs_its_share() -> None:
    found = answered(trace_of([50.0] * 5))
    assert [group.contribution for group in found.groups] == [3.0, 4.0]
    assert [group.weight for group in found.groups] == pytest.approx([2 / 3, 1 / 3])
    assert found.metric("fast").as_of == found.bar_close == 1_004


def test_a_past_answer_has_the_price_of_its_last_close_and_a_live_one_its_own() -> None:
    bars = walk_bars(5, seed=1, interval="1h")
    question = Question("demo", bars, 1, bars.as_of, None, (), (), {}, "0", ())
    assert question.price == bars.close[-1]
    assert replace(question, live_price=7.0).price == 7.0
    assert question.quality == pytest.approx(5 / 6)
