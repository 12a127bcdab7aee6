"""Module D's values by hand, what each missing part costs, and how fragility follows the book."""

from dataclasses import replace

import numpy as np
import pytest
import statsmodels.api as sm

from analysis.features.walls import wall_cells
from analysis.flow.inputs import PARTS, FlowInputs
from analysis.flow.metrics import FRAGILITY_SCALAR, METRICS, PRESSURE_SCALAR, FlowSection
from analysis.flow.specs import FRAGILITY
from analysis.flow.values import bar_columns
from analysis.framework.answer import compute
from analysis.framework.reasons import Reason
from analysis.framework.result import Analysis
from analysis.order_micros import MODULE
from analysis.sources.live_ticks import BOOK, QUOTES, TRADES
from tests.analysis.flow.readings import live_inputs, minute_bars, past_inputs
from utils.binance_api.ticks.levels import BookLevels

CONFIG = FlowSection()
BARS = minute_bars()
WHOLE = live_inputs(BARS, CONFIG)


def answer(inputs: FlowInputs = WHOLE) -> Analysis:
    return compute(MODULE, inputs, {}, CONFIG)


def value(found: Analysis, name: str) -> float:
    known = found.metric(name).value
    assert known is not None, found.metric(name).reason
    return known


def fragility(found: Analysis) -> float:
    (headline,) = found.headlines
    assert headline.value is not None
    return headline.value


ANSWER = answer()


def test_taker_flow_is_that_of_the_sums() -> None:
    flow = WHOLE.flow
    assert flow is not None
    buy, sell = flow.fast.buy, flow.fast.sell
    assert value(ANSWER, "pressure_orders") == (buy.orders - sell.orders) / (buy.orders + sell.orders)
    assert value(ANSWER, "pressure_root") == (buy.root - sell.root) / (buy.root + sell.root)
    assert value(ANSWER, "buy_notional_s") == pytest.approx(buy.notional / CONFIG.fast_s)
    assert value(ANSWER, "dominance_1m") == value(ANSWER, "dominance_1m")
    slow = flow.slow
    assert value(ANSWER, "cvd") == pytest.approx(slow.buy.volume - slow.sell.volume)
    touch = flow.quotes
    assert touch.ask_notional is not None
    assert touch.bid_notional is not None
    hit = buy.notional / (buy.notional + touch.ask_notional)
    sold = sell.notional / (sell.notional + touch.bid_notional)
    assert value(ANSWER, "aggression") == pytest.approx(hit - sold)


def test_the_slope_of_the_volume_delta_equals_a_regression_with_newey_west_errors() -> None:
    flow = WHOLE.flow
    assert flow is not None
    signed = flow.trade_rows.signed_volume[-CONFIG.middle_s :]
    fitted = sm.OLS(signed, np.ones(len(signed))).fit(cov_type="HAC", cov_kwds={"maxlags": CONFIG.slope_lags})
    assert value(ANSWER, "cvd_slope") == pytest.approx(60 * fitted.params[0])
    assert value(ANSWER, "cvd_slope_t") == pytest.approx(fitted.tvalues[0])


def test_order_flow_is_measured_in_the_size_it_had_before_the_window() -> None:
    flow = WHOLE.flow
    assert flow is not None
    before = flow.quote_rows.ofi[: -CONFIG.fast_s]
    usual = np.sqrt(np.mean(before**2)) * np.sqrt(CONFIG.fast_s)
    assert value(ANSWER, "ofi_z") == pytest.approx(flow.quotes.ofi / usual)


def test_a_minute_of_buying_that_the_price_does_not_show_diverges() -> None:
    bars = minute_bars(400, seed=5)
    lifted = bars.taker_base.copy()
    lifted[-15:] = bars.volume[-15:]
    spoken = bar_columns(replace(bars, taker_base=lifted), CONFIG)
    plain = bar_columns(bars, CONFIG)
    assert spoken["cvd_divergence"][-1] > plain["cvd_divergence"][-1] + 2
    assert spoken["dominance_z"][-1] > 2
    np.testing.assert_array_equal(spoken["cvd_divergence"][:-15], plain["cvd_divergence"][:-15])


def test_buyers_press_in_ticks_made_of_buyers() -> None:
    assert ANSWER.score is not None
    assert value(ANSWER, "cvd_share") > 0
    assert ANSWER.coverage == pytest.approx(1.0)
    assert 0 < fragility(ANSWER) < 1
    assert ANSWER.notes[0].text == "900 s of live flow, trades of the last 15 min"


@pytest.mark.parametrize("part", PARTS)
def test_a_missing_part_costs_its_own_metrics_and_is_never_zero(part: str) -> None:
    why = Reason("stream_lag", {"seconds": "3.0"})
    found = answer(replace(WHOLE, missing={part: why}))
    for spec in METRICS:
        metric = found.metric(spec.id)
        if part in spec.needs:
            assert (metric.value, metric.signal) == (None, None), spec.id
            assert metric.reason == why, spec.id
        elif ANSWER.metric(spec.id).value is not None:
            assert metric.value == ANSWER.metric(spec.id).value, spec.id
    assert found.coverage < ANSWER.coverage


def test_scalars_are_missing_as_the_numbers_that_they_hand_on() -> None:
    why = Reason("no_live", {"what": "order book"})
    found = answer(replace(WHOLE, missing={BOOK: why, QUOTES: why}))
    (fragile,), scalars = found.headlines, {scalar.name: scalar for scalar in found.scalars}
    assert (fragile.value, found.score is None) == (None, True)
    assert scalars[FRAGILITY_SCALAR].reason == fragile.null_reasons[0]
    assert scalars[PRESSURE_SCALAR].reason == found.null_reasons[0]


def test_without_any_live_part_there_is_no_score_and_every_reason() -> None:
    found = answer(replace(WHOLE, missing=dict.fromkeys(PARTS, Reason("no_live", {"what": "trades"}))))
    assert found.score is None
    assert found.headlines[0].value is None
    assert found.null_reasons[0].code == "low_coverage"
    assert found.headlines[0].null_reasons[0].code == "low_coverage"


def test_of_a_past_moment_minutes_alone_are_known() -> None:
    found = answer(past_inputs(BARS))
    assert found.score is None
    known = {metric.id for metric in found.metrics if metric.value is not None}
    assert known == {"dominance_z", "cvd_divergence"}
    reasons = {metric.reason.text for metric in found.missing if metric.reason is not None}
    assert reasons == {"order flow has no history for a past moment"}
    assert found.heatmaps == ()
    assert np.isfinite(found.series["cvd"]).all()


def test_few_live_seconds_leave_out_what_needs_more() -> None:
    young = live_inputs(BARS, CONFIG, 60)
    found = answer(young)
    assert found.metric("ofi_z").reason == Reason("few_live_seconds", {"needs": 180, "has": 60})
    assert found.metric("imbalance_touch_mean").value is not None
    assert young.flow is not None
    infant = answer(replace(young, flow=replace(young.flow, quotes_s=4.0)))
    needed = Reason("few_live_seconds", {"needs": CONFIG.least_live_s, "has": 4})
    assert infant.metric("imbalance_touch_mean").reason == needed
    assert infant.metric("realised_30s").reason == Reason("few_live_seconds", {"needs": 40, "has": 4})


def with_book(depth: float, levels: int, *, complete: bool = False, step: float = 1.0) -> FlowInputs:
    """The same ticks over an even book of ``levels`` levels of ``depth`` each."""
    distance = step * (0.5 + np.arange(levels))
    sides = [np.column_stack([10_000 + side * distance, np.full(levels, depth)]) for side in (-1, 1)]
    assert WHOLE.flow is not None
    book = BookLevels(sides[0], sides[1], complete, complete, WHOLE.as_of, "binance.futures.depth")
    return replace(WHOLE, flow=replace(WHOLE.flow, book=book))


def test_a_band_beyond_the_reach_of_the_book_is_missing_and_the_reach_named() -> None:
    found = answer(with_book(1.0, 20))
    assert value(found, "imbalance_10bps") == 0.0
    assert found.metric("imbalance_25bps").reason == Reason("beyond_reach", {"reach": 19.5})
    assert answer(with_book(1.0, 20, complete=True)).metric("imbalance_50bps").value == 0.0


def test_what_does_not_fit_in_the_book_is_said_and_costs_nothing_made_up() -> None:
    found = answer(with_book(1.0, 20))
    assert value(found, "slip_buy_10k") == pytest.approx(0.5)
    assert value(found, "slip_buy_100k") == pytest.approx(5.0, abs=0.1)
    assert found.metric("slip_buy_1m").reason == Reason("beyond_book", {"notional": "1,000,000"})


def test_a_thinner_and_wider_book_is_more_fragile_and_presses_nobody() -> None:
    deep, thin = (answer(with_book(depth, 80)) for depth in (50.0, 0.5))
    wide = answer(with_book(50.0, 80, step=8.0))
    assert fragility(deep) < fragility(thin)
    assert fragility(deep) < fragility(wide)
    assert deep.score == pytest.approx(thin.score or 0.0)


def test_an_empty_or_crossed_side_is_no_book() -> None:
    found = answer(with_book(1.0, 0))
    assert found.metric("spread").reason == Reason("one_sided")
    assert found.metric("slip_buy_10k").reason == Reason("one_sided")


def test_the_map_of_resting_orders_lies_over_the_drawn_bars() -> None:
    (heat,) = ANSWER.heatmaps
    assert set(heat.time.tolist()) <= set(ANSWER.series["time"].tolist())
    assert 13 <= len(heat.time) <= 16
    assert np.isfinite(heat.values).any(axis=0).all()
    assert WHOLE.flow is not None
    assert wall_cells(WHOLE.flow.depth, 1.0).any()


def test_which_streams_a_metric_needs_is_declared() -> None:
    assert {need for spec in METRICS for need in spec.needs} == {TRADES, QUOTES, BOOK}
    assert {spec.group for spec in METRICS if spec.weight_key or spec.group} == {
        "book",
        "taker",
        "cvd",
        "ofi",
        FRAGILITY,
    }
