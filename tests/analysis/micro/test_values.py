"""Values of module H on ticks made by hand and simulated: windows, units, and that the record judges what is shown."""

from dataclasses import replace

import numpy as np
import pytest

from analysis.framework.answer import compute
from analysis.framework.reasons import Message
from analysis.framework.result import Analysis
from analysis.micro.metrics import FACTORS
from analysis.micro.ticks import MicroTicks, micro_ticks
from analysis.micro.values import factor_rows, later_moves, micro_values, together
from analysis.microalpha import MODULE
from analysis.sources.live_ticks import BOOK, NOT_KEPT, QUOTES, TRADES
from analysis.sources.tick_state import TickState
from config.c_micro import MicroAlphaConfig
from tests.modules.inputs.micro import live
from tests.support.simulated_ticks import START_MS, Effects, now_of, quote_of, simulated_state, trade_of
from utils.binance_api.ticks.levels import BookLevels
from utils.binance_api.touch import Touch

CONFIG = MicroAlphaConfig()


def value(ticks: MicroTicks, name: str) -> float:
    return float(micro_values(ticks, CONFIG)[name][0])


def made(seconds: int = 400) -> TickState:
    """One quote and one trade a second: bought for 2 at 101 in even seconds, sold for 1 at 100 in odd ones."""
    state = TickState(1.0)
    for second in range(seconds):
        at, even = START_MS + 1000 * second, second % 2 == 0
        touch = Touch(100.0, 6.0 if even else 2.0, 101.0, 2.0)
        state.quote(quote_of(second, at + 100, touch), touch, at + 120)
        notional = 202.0 if even else -100.0
        price = 101.0 if even else 100.0
        state.trade(trade_of(second, at + 500, price, notional), at + 530)
    return state


@pytest.fixture(scope="module")
def ticks() -> MicroTicks:
    return micro_ticks(now_of(made(), START_MS + 400_000, 400), CONFIG)


def test_rates_and_shares_are_those_of_their_windows(ticks: MicroTicks) -> None:
    # of the last 60 seconds the open one is still empty: 59 trades, 29 bought and 30 sold
    assert value(ticks, "trade_rate") == pytest.approx(59 / 60)
    assert value(ticks, "volume_rate") == pytest.approx((29 * 202 + 30 * 100) / 60)
    assert value(ticks, "cvd_share") == pytest.approx((29 * 2 - 30) / (29 * 2 + 30))
    assert value(ticks, "direction_ratio") == pytest.approx(-1 / 9)
    assert value(ticks, "late_share") == 0.0
    assert value(ticks, "delay_median") == 30.0


def test_quotes_are_measured_in_their_units(ticks: MicroTicks) -> None:
    assert value(ticks, "touch_imbalance") == 0.0
    assert value(ticks, "weighted_mid") == 100.5
    assert value(ticks, "spread") == pytest.approx(1e4 / 100.5)
    assert value(ticks, "imbalance_mean") == pytest.approx(0.25, abs=0.01)
    assert value(ticks, "stability") == 100.0
    assert value(ticks, "flicker") == 0.0
    assert value(ticks, "last_move") == 0.0
    # nine quotes in the window: four of +4 and five of -4, over a mean of about 3 at the touch
    assert value(ticks, "ofi") == pytest.approx(-4 / 3, rel=0.05)
    assert value(ticks, "effective_spread") == pytest.approx(2e4 * 0.5 / 100.5)


def test_what_does_not_move_has_no_microprice_life_or_impact(ticks: MicroTicks) -> None:
    answer = answered(made(), 400)
    for name, code in (
        ("microprice", "few_moves"),
        ("life_count", "no_quote_change"),
        ("kyle_lambda", "constant"),
        ("ofi_r2", "constant"),
    ):
        reason = answer.metric(name).reason
        assert reason is not None
        assert reason.code == code, name
    assert np.isnan(value(ticks, "kyle_lambda"))


def answered(state: TickState, seconds: int) -> Analysis:
    at_ms = START_MS + 1000 * seconds
    return compute(MODULE, live(state, at_ms, seconds), {}, MODULE.config())


def test_few_seconds_are_said_and_leave_no_score() -> None:
    answer = answered(made(20), 20)
    reason = answer.metric("ofi").reason
    assert reason is not None
    assert reason.text == "needs 30 s of live flow, has 20"
    assert answer.metric("touch_imbalance").value is not None
    assert answer.score is None
    assert answer.null_reasons[0].code == "low_coverage"


def test_the_way_from_event_to_receipt_to_reading_is_told() -> None:
    told = Message("live_delay", {"delay": 30, "p95": 30, "age": 470})
    assert answered(made(), 400).notes[1] == told


def test_without_quotes_the_touch_is_that_of_the_book() -> None:
    state = TickState(1.0)
    book = BookLevels(
        np.array([[100.0, 3.0], [99.0, 1.0]]), np.array([[101.0, 1.0]]), False, False, None, "depth"
    )
    now = replace(now_of(state, START_MS, 0), book=book)
    found = micro_ticks(replace(now, missing=dict.fromkeys((TRADES, QUOTES), NOT_KEPT)), CONFIG)
    assert found.touch == Touch(100.0, 3.0, 101.0, 1.0)
    assert value(found, "touch_imbalance") == 0.5
    assert np.isnan(value(found, "spread"))
    assert np.isnan(value(found, "trade_rate"))
    lost = micro_ticks(replace(now, book=None, missing=dict.fromkeys((QUOTES, BOOK), NOT_KEPT)), CONFIG)
    assert lost.touch is None
    assert np.isnan(value(lost, "touch_imbalance"))


def test_the_record_judges_the_factors_that_are_shown() -> None:
    state, at_ms = simulated_state(300)
    found = micro_ticks(now_of(state, at_ms, 300), CONFIG)
    rows, shown = factor_rows(found, CONFIG), micro_values(found, CONFIG)
    for name in ("touch_imbalance", "microprice_dev", "latency_flow"):
        assert rows[name][-1] == pytest.approx(float(shown[name][0]), rel=0.05), name
    # windows of the answer hold the open second, which is empty here, those of the record do not
    for name, whole in (("direction_ratio", CONFIG.flow_s), ("cvd_share", CONFIG.cvd_s)):
        state.trades.advance(at_ms)
        sums = state.trades.window(whole + 1)
        expected = sums.direction_ratio if name == "direction_ratio" else sums.cvd_share
        assert rows[name][-1] == pytest.approx(expected), name
    assert set(rows) == set(FACTORS)
    assert {len(row) for row in rows.values()} == {together(found)}


def test_later_moves_are_those_after_each_second() -> None:
    state, at_ms = simulated_state(120)
    found = micro_ticks(now_of(state, at_ms, 120), CONFIG)
    later, change = later_moves(found, 10), found.quotes.change_bps
    assert later[5] == pytest.approx(change[6:16].sum())
    assert np.isnan(later[-10:]).all()
    assert np.isfinite(later[:-10]).all()
    assert np.isnan(later_moves(replace(found, quotes_s=5.0), 10)).all()


def test_impact_rests_on_steps_of_more_than_an_hour() -> None:
    found = micro_ticks(now_of(made(5_000), START_MS + 5_000_000, 5_000), CONFIG)
    assert len(found.step_change) == len(found.step_notional) == len(found.step_root) == 499
    assert len(found.hour_notional) == 3_600
    # of ten seconds five are bought for 202 and five sold for 100
    assert np.allclose(found.step_notional, 5 * 202 - 5 * 100)
    assert np.allclose(found.step_root, 5 * np.sqrt(202) - 5 * np.sqrt(100))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_simulated_impact_and_lean_are_recovered_within_their_errors(seed: int) -> None:
    effects = Effects(impact=8.0, lean=0.15)
    state, _ = simulated_state(900, effects, seed)
    answer = answered(state, 900)
    slope, t = (answer.metric(name).value for name in ("kyle_lambda", "kyle_t"))
    assert slope is not None
    assert t is not None
    assert abs(slope - effects.impact) < 3 * slope / t
    curves, imbalance = answer.curves, list(FACTORS).index("touch_imbalance")
    assert curves["factor_hit_rate"][imbalance] > 0.5 + 2 * curves["factor_hit_error"][imbalance]
    assert curves["factor_correlation"][imbalance] > 2 * curves["factor_correlation_error"][imbalance]


def test_without_a_lean_no_factor_is_told_from_chance_by_four_errors() -> None:
    state, _ = simulated_state(900, Effects(impact=0.0, lean=0.0), 5)
    curves = answered(state, 900).curves
    assert (np.abs(curves["factor_correlation"]) < 4 * curves["factor_correlation_error"]).all()
