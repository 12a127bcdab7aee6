"""The answer of a trace's last row: what every answer says, its percentile, its contributions, why it has no score."""

from dataclasses import replace
from operator import attrgetter
from typing import Final

import numpy as np
import pytest

from analysis import trend_moment
from analysis.arrays import Floats
from analysis.framework.answer import MIN_RANK, answer, linear_contributions
from analysis.framework.look_back import DRAWN_BARS
from analysis.framework.metric import MetricSpec, ScalarSpec, ScoreSpec, SignalMap
from analysis.framework.module import AnyTrace, ScoreRows, Trace, Words
from analysis.framework.question import MarketInputs
from analysis.framework.reasons import Message, Reason, low_coverage
from analysis.framework.result import Analysis, Group
from analysis.framework.scalar_past import NO_PAST
from analysis.framework.scoring import SignalWeights, WeightedSignal
from analysis.framework.uncertainty import withheld
from config.base import ConfigModel
from tests.support.recorded import walk_bars
from utils.binance_api.bars import Bars

BARS: Final = walk_bars(5, seed=1, interval="1h")
INPUTS: Final = MarketInputs(bars=BARS, as_of=BARS.as_of, price=None)
STEPS: Final = (Group("rank", None, 0.0, -1.5),)
FEW: Final = Reason("too_few_bars", {"needs": 9, "has": 4})
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
    scalars=(
        ScalarSpec("demo.pull", "directional", "trend", 4.0, 2.0, parents=("funding", "interest.{interval}")),
        ScalarSpec("demo.rare", "p_value", "tail", 1.0, 1.0),
    ),
    rank_bars=attrgetter("rank_bars"),
)


def trace_of(
    score: list[float], *, coverage: float = 1.0, broad: float = 0.3, error: float = 6.0
) -> Trace[None]:
    """A trace of these scores whose metric ``broad`` is missing where it is NaN."""
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
        uncertainty=last_of(rows, error),
        coverage=last_of(rows, coverage),
        scalars={"demo.pull": line / 200, "demo.rare": np.full(rows, np.nan)},
        scalar_se={"demo.pull": line / 1000},
        reasons={"broad": FEW, "demo.rare": FEW, "demo.pull": FEW},
        detail=None,
    )


def last_of(rows: int, value: float) -> Floats:
    """A value in the last row, others before it."""
    return np.append(np.full(rows - 1, 9.0), value)


def answered(
    trace: AnyTrace,
    words: Words = WORDS,
    *,
    config: Demo = SETTINGS,
    price: float | None = None,
    bars: Bars | None = None,
) -> Analysis:
    bars = walk_bars(len(trace.time), seed=1, interval="1h") if bars is None else bars
    inputs = MarketInputs(bars=bars, as_of=bars.as_of, price=price)
    return answer(MODULE, inputs, config, withheld(trace, MODULE), words)


def past(*last: float) -> list[float]:
    """Just as many scores as are ranked among, equal but for the last ones."""
    return [50.0] * (MIN_RANK + 2 - len(last)) + list(last)


@pytest.mark.parametrize(
    ("scores", "percentile"),
    [
        ([*past(), 60.0], 1.0),
        ([*past(), 40.0], 0.0),
        ([*past(), 50.0], 0.5),
        ([*past(np.nan, 70.0), 60.0], MIN_RANK / (MIN_RANK + 1)),
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
    assert found.notes == (Message("few_past_scores", {"needs": MIN_RANK, "has": MIN_RANK - 1}),)
    assert answered(trace_of([*[50.0] * MIN_RANK, 60.0])).percentile == 1.0
    unranked = answered(trace_of([1.0]), config=Demo(rank_bars=0))
    assert (unranked.percentile, unranked.notes) == (None, ())


def test_without_a_score_nothing_is_ranked_and_nothing_contributes() -> None:
    found = answered(trace_of([*past(), np.nan], coverage=0.5))
    assert (found.score, found.percentile) == (None, None)
    assert {metric.contribution for metric in found.metrics} == {0.0}
    assert found.null_reasons == (Reason("low_coverage", {"has": "50%", "needs": "60%"}),)


def test_a_score_whose_error_is_over_a_third_of_the_range_is_withheld() -> None:
    found = answered(trace_of([*past(), 60.0], error=33.4), replace(WORDS, verdict=Message("constant")))
    assert (found.score, found.percentile, found.verdict, found.uncertainty) == (None, None, None, 33.4)
    assert found.null_reasons == (Reason("too_uncertain", {"error": 33.4}),)
    assert {metric.contribution for metric in found.metrics} == {0.0}
    assert answered(trace_of([*past(), 60.0], error=33.3)).score == 60.0


@pytest.mark.parametrize(
    ("score", "error", "code"),
    [
        (60.0, 6.0, "up"),
        (40.0, 6.0, "down"),
        (51.0, 1.0, "neutral"),
        (55.0, 6.0, "between_neutral_up"),
        (45.0, 6.0, "between_neutral_down"),
    ],
)
def test_a_score_with_a_direction_says_it_within_its_error(score: float, error: float, code: str) -> None:
    assert answered(trace_of([50.0, score], error=error)).verdict == Message(code)
    own = answered(trace_of([50.0, score], error=error), replace(WORDS, verdict=Message("constant")))
    assert own.verdict == Message("constant")


def test_the_last_row_is_the_answer() -> None:
    found = answered(trace_of([10.0, 20.0, 30.0, 40.0, 50.0]), replace(WORDS, steps=STEPS))
    assert (found.score, found.uncertainty, found.direction) == (50.0, 6.0, 0.5)
    assert (found.low, found.high, found.neutral, found.score_name) == (0.0, 100.0, 50.0, "score")
    assert found.multipliers == {"calm": 0.5}
    assert found.groups[-1:] == STEPS
    assert [(m.id, m.value, m.signal, m.unit, m.weight, m.contribution) for m in found.metrics] == [
        ("fast", 0.5, 0.5, "", 1.0, 5.0),
        ("slow", -0.1, -0.1, "", 3.0, -2.0),
        ("broad", 0.3, 0.3, "", 1.0, 4.0),
    ]


def test_a_scalar_comes_with_its_error_times_and_origin() -> None:
    holed = BARS._pick(slice(0, 5, 2))
    found = answered(trace_of([10.0, 20.0, 40.0]), replace(WORDS, published={"demo.rare": 7}), bars=holed)
    pull, rare = found.scalars
    assert (pull.name, pull.kind, pull.polarity) == ("demo.pull", "directional", "trend")
    assert (pull.value, pull.se, pull.reason) == (0.2, 0.04, None)
    assert (pull.horizon_s, pull.half_life_s) == (4 * 3600.0, 2 * 3600.0)
    assert (pull.quality, pull.parents) == (0.6, ("funding", "interest.1h"))
    assert (pull.as_of, pull.is_final, pull.period_s) == (1_002, True, 3600.0)
    assert (rare.as_of, rare.parents) == (7, ("klines.1h",))
    assert (rare.value, rare.se, rare.reason) == (None, None, FEW)
    assert found.notes[0] == Message("gaps", {"count": 2})


def test_the_past_of_the_scalars_is_what_is_ranked_and_the_answer() -> None:
    trace = trace_of([99.0, *past(), 60.0])
    found = answered(trace).past
    assert len(found.time) == SETTINGS.rank_bars + 1
    np.testing.assert_array_equal(found.time, trace.time[1:])
    np.testing.assert_array_equal(found.values["demo.pull"], trace.scalars["demo.pull"][1:])
    nothing = replace(trace, scalars={}, scalar_se={})
    assert answer(replace(MODULE, scalars=()), INPUTS, SETTINGS, nothing, WORDS).past is NO_PAST


def test_the_past_is_missing_where_hardly_anything_was_traded() -> None:
    bars = walk_bars(300, seed=1, interval="1h")
    quiet = replace(bars, volume=np.where(np.arange(300) < 180, bars.volume, 0.0))
    known = np.isfinite(answered(trace_of([50.0] * 300), bars=quiet).past.values["demo.pull"])
    np.testing.assert_array_equal(np.flatnonzero(~known), np.arange(203, 300) - (300 - len(known)))


def test_a_metric_without_a_weight_or_contribution_counts_nothing() -> None:
    bare = replace(WORDS, weights={"fast": 1.0}, contributions={"fast": 5.0})
    assert [(m.weight, m.contribution) for m in answered(trace_of([50.0] * 5), bare).metrics] == [
        (1.0, 5.0),
        (0.0, 0.0),
        (0.0, 0.0),
    ]


def test_enough_coverage_without_a_score_is_explained_by_what_is_missing() -> None:
    first = Reason("few_past_values", {"needs": 3, "has": 1})
    said = replace(WORDS, steps=STEPS, null_reasons=(first,))
    found = answered(trace_of([np.nan] * 5, coverage=0.6, broad=np.nan), said)
    assert found.null_reasons == (first, FEW)
    assert STEPS[0] not in found.groups
    uncounted = replace(WORDS, weights={**WORDS.weights, "broad": 0.0})
    assert answered(trace_of([np.nan] * 5, coverage=0.6, broad=np.nan), uncounted).null_reasons == ()


def test_linear_contributions_are_the_terms_of_the_score() -> None:
    weights = SignalWeights(
        (
            WeightedSignal("fast", "speed", 1.0),
            WeightedSignal("slow", "speed", 3.0),
            WeightedSignal("broad", "breadth", 1.0),
        ),
        {"speed": 0.5, "breadth": 0.25},
    )
    terms = linear_contributions(trace_of([10.0, 20.0, 30.0]), weights, 50.0)
    # 50 * calm 0.5 * group's share * weight's share * signal; what is unknown multiplies by one
    assert terms == pytest.approx({"fast": 25 / 6 * 0.5, "slow": -25 / 2 * 0.1, "broad": 25 / 3 * 0.3})
    assert linear_contributions(trace_of([10.0, np.nan]), weights, 50.0) == {}


def test_a_missing_metric_says_why_and_leaves_its_group_without_weight() -> None:
    found = answered(trace_of([50.0] * 5, broad=np.nan))
    missing = found.metric("broad")
    assert (missing.value, missing.as_of, missing.reason) == (None, None, FEW)
    assert [(group.id, group.weight) for group in found.groups] == [("speed", 1.0), ("breadth", 0.0)]


def test_a_group_sums_its_metrics_and_weighs_its_share() -> None:
    found = answered(trace_of([50.0] * 5))
    assert [group.contribution for group in found.groups] == [3.0, 4.0]
    assert [group.weight for group in found.groups] == pytest.approx([2 / 3, 1 / 3])
    assert [group.signal for group in found.groups] == [0.05, 0.3]
    assert found.metric("fast").as_of == found.bar_close == 1_004


def test_a_past_answer_has_the_price_of_its_last_close_and_a_live_one_its_own() -> None:
    assert answered(trace_of([50.0] * 5)).price == BARS.close[-1]
    assert answered(trace_of([50.0] * 5), price=7.0).price == 7.0


def test_an_answer_is_final_when_its_last_bar_had_closed_by_then() -> None:
    closed, open_still = trace_of([50.0] * 5), trace_of([50.0] * 5)
    closed.time[-1], open_still.time[-1] = BARS.as_of, BARS.as_of + 1
    assert answered(closed).is_final
    assert not answered(open_still).is_final
    assert not answered(open_still).scalars[0].is_final


def test_drawn_columns_stand_over_the_candles_and_are_cut_to_what_is_drawn() -> None:
    bars = walk_bars(DRAWN_BARS + 7, seed=1, interval="1h")
    line = np.arange(len(bars), dtype=np.float64)
    found = answered(trace_of([50.0] * len(bars)), replace(WORDS, series={"line": line}), bars=bars).series
    assert list(found) == ["time", "open", "high", "low", "close", "volume", "line"]
    np.testing.assert_array_equal(found["line"], line[-DRAWN_BARS:])
    np.testing.assert_array_equal(found["time"], bars.open_time[-DRAWN_BARS:])
    np.testing.assert_array_equal(found["close"], bars.close[-DRAWN_BARS:])


def test_further_headlines_stand_beside_the_score() -> None:
    spec = ScoreSpec("crowding", -1.0, 1.0, 0.0)
    module = replace(MODULE, headlines=(spec, replace(spec, name="fragility")))
    rows = ScoreRows(np.array([0.1, 0.4]), np.array([0.2, 0.3]), np.array([1.0, 0.8]))
    absent = ScoreRows(np.array([0.1, np.nan]), np.array([0.2, np.nan]), np.array([1.0, 0.2]))
    trace = replace(trace_of([50.0, 51.0]), headlines={"crowding": rows, "fragility": absent})
    said = replace(WORDS, headline_reasons={"crowding": (FEW,), "fragility": (FEW,)})
    inputs = MarketInputs(bars=BARS, as_of=BARS.as_of, price=None)
    crowding, fragility = answer(module, inputs, SETTINGS, trace, said).headlines
    assert (crowding.value, crowding.uncertainty, crowding.coverage, crowding.null_reasons) == (
        0.4,
        0.3,
        0.8,
        (),
    )
    assert (crowding.low, crowding.high, crowding.neutral) == (-1.0, 1.0, 0.0)
    assert (fragility.value, fragility.uncertainty, fragility.null_reasons) == (None, None, (FEW,))


@pytest.mark.parametrize(("share", "said"), [(0.318, "31%"), (0.29, "29%"), (0.999, "99%"), (1.0, "100%")])
def test_shares_of_weights_are_rounded_down(share: float, said: str) -> None:
    assert low_coverage(share, 0.5).params == {"has": said, "needs": "50%"}
