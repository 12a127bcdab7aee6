"""What each score does with its own inputs, worked by hand."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from analysis.arrays import Floats
from analysis.framework.reasons import Message, Reason
from composite.answer import answer
from composite.asked import ScoreContext, Surroundings
from composite.core import CompositeRows
from composite.declared import BY_NAME, SCORES
from composite.defaults import default_specs
from composite.panel import Panel
from composite.result import Composite
from config.c_composite import CompositeSpec
from handlers.composites.registry import look_of_score
from tests.composite.panels import (
    CONTEXT,
    HOUR_S,
    averaged,
    column,
    panel,
    random_panel,
    scored,
    spec_of,
    with_column,
    without,
)

YEAR_ROWS = 365 * 24


def open_spec(name: str) -> CompositeSpec:
    return default_specs()[name].changed(min_coverage=0.0, min_groups=0)


def told(spec: CompositeSpec, whole: Panel, context: ScoreContext = CONTEXT) -> Composite:
    moment = int(whole.time[-1])
    return answer(spec, whole, context, Surroundings(as_of=moment + 5, bar_close=moment))


def one_row(values: dict[str, float]) -> Panel:
    return panel(*(column(name, [value]) for name, value in values.items()))


TREND = {
    "trend.direction": 0.6,
    "flow.bar_imbalance": -0.2,
    "sentiment.tilt": 0.5,
    "trend.strength": 0.64,
    "regime.p_trend": 0.25,
}


def test_trend_strength_is_direction_times_the_root_of_strength_and_p_trend() -> None:
    found = told(open_spec("trend_strength"), one_row(TREND))
    group = 0.5 * np.array([0.5, 0.1]) / 0.6
    direction = (group @ [0.6, -0.2] + 0.2 * 0.5) / 0.7
    part = {one.name: one.value for one in found.parts}
    assert part["direction"] == pytest.approx(direction)
    assert part["strength"] == pytest.approx(0.4)
    assert found.raw == found.score == pytest.approx(0.5 + 0.5 * direction * 0.4)
    assert {one.name: one.value for one in found.multipliers} == {
        "trend.strength": 0.64,
        "regime.p_trend": 0.25,
    }


def test_a_strong_fall_and_a_strong_rise_are_equally_strong() -> None:
    up = told(open_spec("trend_strength"), one_row(TREND))
    turned = TREND | {
        name: -TREND[name] for name in ("trend.direction", "flow.bar_imbalance", "sentiment.tilt")
    }
    down = told(open_spec("trend_strength"), one_row(turned))
    assert up.raw is not None
    assert down.raw == pytest.approx(1 - up.raw)
    assert [one.value for one in up.parts if one.name == "strength"] == [
        one.value for one in down.parts if one.name == "strength"
    ]


def test_a_missing_multiplier_lowers_coverage_and_two_leave_no_score() -> None:
    whole = one_row(TREND)
    found = told(open_spec("trend_strength"), without(whole, "regime.p_trend"))
    assert found.coverage < told(open_spec("trend_strength"), whole).coverage
    assert {one.name: one.value for one in found.parts}["strength"] == pytest.approx(0.64)
    none = told(open_spec("trend_strength"), without(whole, "regime.p_trend", "trend.strength"))
    assert (none.raw, none.score) == (None, None)
    assert [reason.code for reason in none.null_reasons] == ["no_multiplier"]


SET_UP = {
    "trend.slow": 0.64,
    "trend.pullback": 0.36,
    "trend.stretch": -0.5,
    "flow.bar_imbalance": 0.1,
    "flow.absorption": 0.3,
    "sentiment.crowding": -0.4,
    "corr.leader_pull": 0.2,
    "regime.p_trend": 0.75,
}
AROUND = {"flow.fragility": 0.5, "regime.stress": 0.1}


def by_hand(shape: float, shape_weight: float, group_weight: float) -> float:
    """The average of a set-up with flow, positioning and leaders; bar imbalance holds what the shape leaves over."""
    terms = np.array([shape, 0.1, 0.3, 0.4, 0.2])
    weights = np.array([shape_weight, group_weight - shape_weight, 0.2, 0.2, 0.1])
    return float(terms @ weights / weights.sum())


def test_buy_opportunity_mixes_pullback_and_reversal_by_p_trend() -> None:
    found = told(open_spec("buy_opportunity"), one_row(SET_UP | AROUND))
    pullback = by_hand(np.sqrt(0.64 * 0.36), 0.4 * 0.8 / 0.9, 0.4)
    reversal = by_hand(0.5, 0.4 * 0.4 / 0.5, 0.4)
    part = {one.name: one.value for one in found.parts}
    assert part["pullback"] == pytest.approx(pullback)
    assert part["reversal"] == pytest.approx(reversal)
    assert found.raw == pytest.approx(0.75 * pullback + 0.25 * reversal)
    assert found.neutral == 0
    assert part["short_side"] == pytest.approx(0)


def test_the_short_side_is_the_long_side_of_the_mirrored_market() -> None:
    directions = {name for name in SET_UP if name not in {"trend.pullback", "regime.p_trend"}}
    mirrored = {name: -value if name in directions else value for name, value in SET_UP.items()}
    found, turned = (told(open_spec("buy_opportunity"), one_row(one | AROUND)) for one in (SET_UP, mirrored))
    assert found.raw == pytest.approx({one.name: one.value for one in turned.parts}["short_side"])
    assert turned.raw == pytest.approx(0)


def test_a_set_up_without_its_shape_is_none() -> None:
    """With nothing left in the reversal there is no score, and no crash."""
    spec = open_spec("buy_opportunity").only(frozenset({"trend.slow", "trend.pullback", "regime.p_trend"}))
    assert told(spec, one_row(SET_UP | AROUND)).raw is None


def test_no_set_up_without_p_trend() -> None:
    found = told(open_spec("buy_opportunity"), without(one_row(SET_UP | AROUND), "regime.p_trend"))
    assert [reason.code for reason in found.null_reasons] == ["no_multiplier"]


@pytest.mark.parametrize(
    ("change", "gate"),
    [
        ({"flow.fragility": 0.95}, "fragile_book"),
        ({"regime.stress": 0.95}, "stressed_regime"),
    ],
)
def test_a_closed_gate_withholds_the_score_and_keeps_the_raw_one(change: dict[str, float], gate: str) -> None:
    whole = one_row(SET_UP | AROUND)
    free, shut = (
        told(open_spec("buy_opportunity"), one) for one in (whole, one_row(SET_UP | AROUND | change))
    )
    assert free.score == free.raw == shut.raw
    assert shut.score is None
    assert [one.name for one in shut.gates if one.closed] == [gate]
    assert [reason.code for reason in shut.null_reasons] == [f"gate_{gate}"]


def test_late_bars_close_a_gate() -> None:
    late = replace(one_row(SET_UP | AROUND).columns["trend.pullback"], age_s=np.array([0.5 * HOUR_S]))
    found = told(open_spec("buy_opportunity"), with_column(one_row(SET_UP | AROUND), late))
    assert [one.name for one in found.gates if one.closed] == ["stale_data"]


def test_a_gate_that_cannot_be_looked_at_is_open_and_says_why() -> None:
    whole = without(one_row(SET_UP | AROUND), "flow.fragility")
    found = told(open_spec("buy_opportunity"), replace(whole, absent={"flow": Reason("still_computing")}))
    (gate,) = [one for one in found.gates if one.name == "fragile_book"]
    assert (gate.value, gate.closed) == (None, False)
    assert gate.reason == Reason("still_computing")
    assert found.score is not None


@pytest.mark.parametrize(
    ("hours", "limit", "closed"), [(3.0, 4.0, True), (5.0, 4.0, False), (0.0, 0.0, False)]
)
def test_an_event_withholds_only_where_hours_are_set(hours: float, limit: float, closed: bool) -> None:
    spec = open_spec("buy_opportunity")
    gates = tuple(
        one.model_copy(update={"limit": limit}) if one.reads == "event" else one for one in spec.gates
    )
    context = replace(CONTEXT, event_hours=np.array([hours]))
    found = told(spec.changed(gates=gates), one_row(SET_UP | AROUND), context)
    assert (found.score is None) is closed


RISK = {
    "regime.vol_percentile": 0.9,
    "regime.stress": 0.6,
    "risk.tail": 0.4,
    "risk.market": 0.6,
    "macro.backdrop": 0.2,
    "redet.surprise": 0.3,
}


def test_risk_is_half_the_mean_and_half_the_worst_group() -> None:
    found = told(open_spec("risk_exposure").changed(horizon_bars=1), one_row(RISK))
    volatility = (0.4 * 0.9 + 0.2 * 0.6) / 0.6
    groups = np.array([volatility, 0.5, 0.4, 0.7])
    mean = groups @ [0.4, 0.3, 0.15, 0.15]
    assert found.raw == pytest.approx(0.5 * mean + 0.5 * volatility)
    assert found.score is None
    assert found.null_reasons[0] == Reason("few_past_values", {"needs": 250, "has": 0})


def test_risk_is_the_rank_of_its_raw_score_in_the_year_before() -> None:
    whole = random_panel(tuple(RISK), YEAR_ROWS + 400, 6)
    rows = scored(open_spec("risk_exposure"), whole)
    assert np.isnan(rows.percentile[:250]).all()
    assert np.isfinite(rows.percentile[250:]).all()
    assert np.array_equal(rows.score, np.where(rows.vague, np.nan, rows.percentile), equal_nan=True)
    for row in (250, 1000, len(rows.raw) - 1):
        past = rows.raw[max(0, row - YEAR_ROWS) : row]
        assert rows.percentile[row] == pytest.approx((past < rows.raw[row]).mean())
    found = told(open_spec("risk_exposure"), whole)
    (step,) = found.steps
    assert found.raw is not None
    assert found.score == pytest.approx(found.raw + step.contribution)
    assert step.id == "rank"


def test_more_outflow_is_more_risk() -> None:
    spec = open_spec("risk_exposure")
    calm, outflow = (told(spec, one_row(RISK | {"macro.backdrop": one})).raw for one in (0.5, -0.5))
    assert calm is not None
    assert outflow is not None
    assert outflow > calm


def test_macro_and_positioning_are_shown_apart() -> None:
    values = {"macro.backdrop": 0.4, "sentiment.crowding": 0.8, "corr.leader_pull": 0.0}
    spec = open_spec("macro_sentiment").changed(horizon_s=HOUR_S)
    found = told(spec, one_row(values))
    assert {one.name: one.value for one in found.parts} == {"slow": 0.4, "positioning": -0.8}
    assert found.raw == pytest.approx(0.5 + 0.5 * (0.5 * 0.4 - 0.3 * 0.8))


def pressure_panel(rows: int, slope: float, seed: int = 2) -> tuple[Panel, Floats, Floats]:
    rng = np.random.default_rng(seed)
    pressure, noise = rng.uniform(-0.5, 0.5, rows), rng.uniform(-0.3, 0.3, rows)
    alpha = slope * pressure + noise
    whole = panel(
        column("flow.pressure", pressure, horizon_s=60.0), column("micro.alpha", alpha, horizon_s=60.0)
    )
    return whole, pressure, alpha


def test_the_touch_enters_as_what_the_flow_does_not_say() -> None:
    whole, pressure, alpha = pressure_panel(400, 0.5)
    context = ScoreContext("BTCUSDT", "spot", "1m")
    rows: CompositeRows = scored(open_spec("liquidity_pressure"), whole, context)
    slope = (alpha[:-1] @ pressure[:-1]) / (pressure[:-1] @ pressure[:-1])
    residual = alpha[-1] - slope * pressure[-1]
    assert rows.parts["residual"][-1] == pytest.approx(residual)
    assert rows.raw[-1] == pytest.approx(0.5 + 0.5 * (0.65 * pressure[-1] + 0.35 * residual))
    assert abs(np.corrcoef(rows.parts["residual"][100:], pressure[100:])[0, 1]) < 0.15
    assert np.isnan(rows.parts["residual"][:60]).all()
    assert_allclose(rows.raw[:60], 0.5 + 0.5 * pressure[:60])


def test_the_slope_on_the_flow_never_turns_more_pressure_into_a_lower_score() -> None:
    whole, *_ = pressure_panel(400, 3.0)
    stale = replace(whole.columns["flow.pressure"], quality=np.full(400, 0.2))
    whole = with_column(whole, stale)
    lower, higher = (
        scored(open_spec("liquidity_pressure"), moved_last(whole, "flow.pressure", by)).raw[-1]
        for by in (0.0, 0.2)
    )
    assert higher >= lower - 1e-12


def moved_last(whole: Panel, name: str, by: float) -> Panel:
    one = whole.columns[name]
    return with_column(whole, replace(one, values=np.append(one.values[:-1], one.values[-1] + by)))


def test_the_touch_says_why_it_is_missing() -> None:
    whole, *_ = pressure_panel(30, 0.5)
    found = told(open_spec("liquidity_pressure"), whole)
    (alpha,) = [one for one in found.contributions if one.input == "micro.alpha"]
    assert alpha.reason == Reason("few_readings", {"needs": 60, "has": 29})
    assert alpha.value is None
    fragility = found.part("fragility")
    assert fragility is not None
    assert fragility.value is None
    assert fragility.reason is not None


def test_an_anomaly_is_a_test_of_channels_and_no_mean() -> None:
    spec = open_spec("anomaly_alert")
    values = {"redet.surprise": 0.001, "sentiment.surprise": 0.7, "risk.surprise": 0.4}
    found = told(spec, one_row(values))
    p = 1 - 0.999**3
    assert found.score == pytest.approx(-np.log10(p) / 4)
    part = {one.name: one.value for one in found.parts}
    assert part["p_value"] == pytest.approx(p)
    assert part["false_alarms_per_day"] == pytest.approx(24 * p)
    assert found.verdict is not None
    assert found.verdict.params == {"bars": round(1 / p), "channel": "redet.surprise"}
    fewer = told(spec, without(one_row(values), "risk.surprise"))
    assert fewer.score == pytest.approx(-np.log10(1 - 0.999**2) / 4)
    calm = told(spec, one_row(dict.fromkeys(values, 0.6)))
    assert calm.verdict is not None
    assert calm.verdict.code == "ordinary_bar"
    impossible = told(spec, one_row(values | {"redet.surprise": 0.0}))
    assert impossible.score == 1.0


def test_an_answer_says_what_it_rests_on() -> None:
    whole = without(one_row(TREND), "sentiment.tilt")
    whole = replace(whole, absent={"sentiment": Reason("no_perpetual", {"symbol": "BTCUSDT"})})
    old = replace(whole.columns["flow.bar_imbalance"], age_s=np.array([5 * HOUR_S]))
    found = told(default_specs()["trend_strength"], with_column(whole, old))
    assert [one.input for one in found.missing] == ["flow.bar_imbalance", "sentiment.tilt"]
    assert [one.reason for one in found.missing if one.input == "sentiment.tilt"] == [
        Reason("no_perpetual", {"symbol": "BTCUSDT"})
    ]
    assert [one.reason.code for one in found.missing if one.reason] == ["too_old_input", "no_perpetual"]
    assert all(one.contribution == 0 for one in found.missing)
    (direction,) = [one for one in found.contributions if one.input == "trend.direction"]
    assert (direction.module, direction.group, direction.neutral) == ("trend", "trend", 0.0)
    assert direction.parents == ("klines.1h",)
    assert found.config_hash == default_specs()["trend_strength"].digest
    assert found.series["raw"].tolist() == [found.raw]


def test_below_the_floor_an_answer_names_floor_and_inputs() -> None:
    whole = one_row({"trend.direction": 0.5})
    whole = replace(whole, absent={"regime": Reason("still_computing")})
    found = told(default_specs()["trend_strength"], whole)
    assert (found.score, found.raw, found.uncertainty) == (None, None, None)
    codes = [reason.code for reason in found.null_reasons]
    assert codes[:2] == ["low_coverage", "few_groups"]
    assert "still_computing" in codes
    assert all(one.contribution == 0 for one in found.contributions)


@pytest.mark.parametrize(
    ("value", "word"), [(0.9, "up"), (0.0, "neutral"), (-0.9, "down"), (0.2, "between_neutral_up")]
)
def test_a_score_with_a_direction_says_which(value: float, word: str) -> None:
    whole = panel(column("macro.backdrop", [value], se=0.1), column("corr.leader_pull", [value], se=0.1))
    found = told(open_spec("macro_sentiment"), whole)
    assert found.verdict == Message(word)
    assert told(default_specs()["macro_sentiment"], without(whole, "macro.backdrop")).verdict is None


@pytest.mark.parametrize("name", [score.name for score in SCORES if not score.is_weights])
def test_words_of_cards_and_of_answers_are_of_one_kind(name: str) -> None:
    assert BY_NAME[name].directed == (look_of_score(name).bands is None)


@pytest.mark.parametrize(
    "own",
    [
        Reason("low_coverage", {"has": "30%", "needs": "50%"}),
        Reason("too_uncertain", {"error": 0.4}),
        Reason("few_past_values", {"needs": 250, "has": 30}),
    ],
)
def test_what_a_module_says_of_its_own_score_is_said_with_its_name(own: Reason) -> None:
    silent = replace(column("flow.bar_imbalance", [np.nan]), reason=own)
    whole = one_row({"trend.direction": 0.5, "trend.strength": 0.5, "regime.p_trend": 0.5})
    spec = default_specs()["trend_strength"].changed(min_groups=1, min_coverage=0.5)
    found = told(spec, with_column(whole, silent))
    (reason,) = [one.reason for one in found.missing if one.input == "flow.bar_imbalance"]
    assert reason == Reason("of_module", {"module": "Order Flow"}, because=own)
    assert reason.text == f"module Order Flow: {own.text}"
    withheld = told(spec.changed(min_coverage=1), with_column(whole, silent))
    assert withheld.null_reasons[0].code == "low_coverage"
    assert reason in withheld.null_reasons
    kept = replace(silent, reason=Reason("source_down", {"source": "binance.futures"}))
    found = told(spec, with_column(whole, kept))
    assert kept.reason in [one.reason for one in found.missing]


def test_the_percentile_is_that_of_the_raw_score() -> None:
    specs = (averaged("macro.backdrop", 1, "slow"), averaged("corr.leader_pull", 1, "leaders"))
    whole = random_panel(("macro.backdrop", "corr.leader_pull"), 300, 9)
    rows = scored(spec_of("macro_sentiment", *specs, min_coverage=0.0, min_groups=0), whole)
    assert rows.percentile[-1] == pytest.approx((rows.raw[:-1] < rows.raw[-1]).mean())
    assert np.isnan(rows.percentile[249])


def test_a_panel_without_rows_is_refused() -> None:
    nothing = panel(column("trend.direction", []))
    with pytest.raises(ValueError, match="at least one row"):
        answer(default_specs()["trend_strength"], nothing, CONTEXT, Surroundings(as_of=0, bar_close=0))


def test_one_group_is_too_few_whatever_it_weighs() -> None:
    specs = (averaged("macro.backdrop", 1, "slow"), averaged("corr.leader_pull", 0.1, "leaders"))
    spec = spec_of("macro_sentiment", *specs, horizon_bars=7 * 24.0)
    found = told(spec, one_row({"macro.backdrop": 0.4}))
    assert found.coverage > spec.min_coverage
    assert found.score is None
    assert [reason.code for reason in found.null_reasons][:1] == ["few_groups"]
    alone = told(spec.only(frozenset({"macro.backdrop"})), one_row({"macro.backdrop": 0.4}))
    assert alone.min_groups == 1
    assert alone.score == pytest.approx(0.7)
