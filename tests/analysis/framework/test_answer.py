"""The answer of a trace's last row: its percentile among past scores, its contributions, why it has no score."""

from dataclasses import replace
from operator import attrgetter
from typing import Final

import numpy as np
import pytest

from analysis import trend_moment
from analysis.framework.answer import MIN_RANK, answer
from analysis.framework.metric import MetricSpec, ScoreSpec, SignalMap
from analysis.framework.module import AnyTrace, Trace, Words
from analysis.framework.question import MarketInputs
from analysis.framework.reasons import Reason
from analysis.framework.result import Analysis
from config.base import ConfigModel
from tests.support.recorded import walk_bars

BARS: Final = walk_bars(5, seed=1, interval="1h")
SPECS: Final = tuple(
    MetricSpec(name, name, "", name, group=group, signal=SignalMap())
    for name, group in (("fast", "speed"), ("slow", "speed"), ("broad", "breadth"))
)
WORDS: Final = Words(
    weights={"fast": 1.0, "slow": 3.0, "broad": 1.0},
    group_weights={"speed": 0.5, "breadth": 0.25},
    contributions={"fast": 5.0, "slow": -2.0, "broad": 4.0},
)


class Demo(ConfigModel):
    """What the framework reads of a configuration."""

    min_coverage: float = 0.6
    rank_bars: int = MIN_RANK + 2


SETTINGS: Final = Demo()
MODULE: Final = replace(
    trend_moment.MODULE,
    id="demo",
    score=ScoreSpec("score", 0.0, 100.0, 50.0),
    metrics=SPECS,
    scalars=(),
    rank_bars=attrgetter("rank_bars"),
)


def trace_of(score: list[float], *, coverage: float = 1.0, broad: float = 0.3) -> AnyTrace:
    """A trace of these scores whose metric ``broad`` is missing where it is NaN."""
    rows, line = len(score), np.array(score)
    values = {"fast": 0.5, "slow": -0.1, "broad": broad}
    columns = {name: np.full(rows, value) for name, value in values.items()}
    return Trace(
        time=np.arange(rows, dtype=np.int64) + 1_000,
        values=columns,
        signals=columns,
        groups={"speed": np.full(rows, 0.05), "breadth": np.full(rows, broad)},
        direction=line / 100,
        score=line,
        uncertainty=np.full(rows, 2.0),
        coverage=np.full(rows, coverage),
        scalars={},
        scalar_se={},
        detail=None,
        reasons={"broad": Reason("too_few_bars", {"needs": 9, "has": 4})} if np.isnan(broad) else {},
    )


def answered(trace: AnyTrace, config: Demo = SETTINGS, price: float | None = None) -> Analysis:
    inputs = MarketInputs(bars=BARS, as_of=BARS.as_of, price=price)
    return answer(MODULE, inputs, config, trace, WORDS)


def past(*last: float) -> list[float]:
    """So many equal scores that with these last ones before the score there are just enough to rank."""
    return [50.0] * (MIN_RANK - len(last) + 2) + list(last)


@pytest.mark.parametrize(
    ("scores", "percentile"),
    [
        ([*past(), 60.0], 1.0),
        ([*past(), 40.0], 0.0),
        ([*past(), 50.0], 0.5),
        ([*past(np.nan, 70.0), 60.0], (MIN_RANK) / (MIN_RANK + 1)),
        ([99.0, *past(), 60.0], 1.0),
    ],
)
def test_the_percentile_ranks_the_score_among_the_last_scores_before_it(
    scores: list[float], percentile: float
) -> None:
    assert answered(trace_of(scores)).percentile == pytest.approx(percentile)


def test_a_percentile_needs_enough_scores_before_the_last() -> None:
    found = answered(trace_of([*[50.0] * (MIN_RANK - 1), np.nan, np.nan, 60.0]))
    assert found.percentile is None
    assert found.notes == (Reason("few_past_values", {"needs": MIN_RANK, "has": MIN_RANK - 1}),)
    assert answered(trace_of([*[50.0] * MIN_RANK, 60.0])).percentile == 1.0
    unranked = answered(trace_of([1.0]), Demo(rank_bars=0))
    assert (unranked.percentile, unranked.notes) == (None, ())


def test_without_a_score_nothing_is_ranked_and_nothing_contributes() -> None:
    found = answered(trace_of([*past(), np.nan], coverage=0.5))
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
    assert answered(trace_of([50.0] * 5)).price == BARS.close[-1]
    assert answered(trace_of([50.0] * 5), price=7.0).price == 7.0


def test_an_answer_is_final_when_its_last_bar_had_closed_by_then() -> None:
    closed, open_still = trace_of([50.0]), trace_of([50.0])
    closed.time[-1], open_still.time[-1] = BARS.as_of, BARS.as_of + 1
    assert answered(closed).is_final
    assert not answered(open_still).is_final
