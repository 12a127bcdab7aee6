"""What the recorded streams of two perpetuals and a spot pair say of flow, quotes and pairing, and that sums kept as
messages arrive equal a second pass over all of them."""

from functools import cache
from pathlib import Path

import numpy as np
import pytest

from analysis.features.quote_flow import QuoteFlow
from analysis.features.survival import QuoteLives
from analysis.features.trade_flow import TradeFlow
from analysis.features.traded_spread import SpreadMeter, effective_spread_bps, quotes_before
from scripts.figures.ticks import TickFigures
from tests.support.recorded_ticks import BTC, ETH, SPOT, RecordedTicks, recorded_ticks
from utils.binance_api.touch import Touch

pytestmark = pytest.mark.slow
_TRADE = ("time", "price", "quantity", "side")


@cache
def load(path: Path) -> RecordedTicks:
    return recorded_ticks(path, levels=20)


@pytest.fixture(params=[BTC, ETH, SPOT])
def name(request: pytest.FixtureRequest) -> str:
    found: str = request.param
    return found


@pytest.fixture
def figures(shared_data: Path, name: str) -> TickFigures:
    return TickFigures(load(shared_data / "ws" / f"{name}.jsonl.gz"))


@pytest.fixture
def tens(figures: TickFigures) -> TickFigures:
    return TickFigures(figures.ticks, 10_000)


def test_count_and_root_explain_the_same_second_better_than_notional(figures: TickFigures) -> None:
    assert figures.same("count") > figures.same("notional")
    assert figures.same("root") > figures.same("notional")
    assert figures.same_joint("count", "ofi") > 0.7


def test_no_flow_explains_the_next_second(figures: TickFigures) -> None:
    assert all(figures.next_r2(flow) < 0.02 for flow in figures.flows)


def test_the_state_of_the_touch_ranks_the_next_second_best_then_order_flow(figures: TickFigures) -> None:
    found = {name: figures.next_rank(name) for name in (*figures.flows, *figures.states)}
    assert sorted(found, key=lambda name: -found[name])[:2] == ["imbalance", "ofi"]
    assert found["imbalance"] > 0.3


def test_over_ten_seconds_order_flow_beats_notional(tens: TickFigures) -> None:
    assert tens.same("ofi") > tens.same("notional")


def test_order_flow_of_every_quote_beats_ten_levels_of_the_depth_stream(figures: TickFigures) -> None:
    component, _, quotes = figures.ten_levels()
    assert quotes > component


def test_only_quotes_strictly_before_make_sense_of_spreads(figures: TickFigures, name: str) -> None:
    negative, mean = figures.effective("before")
    assert negative < 0.01
    assert mean > 0.5
    assert figures.effective("received")[0] > 0.08
    assert name == SPOT or figures.effective("at")[0] > 0.09


def test_samples_of_100_ms_miss_most_states_and_little_time(figures: TickFigures) -> None:
    states, time = figures.sampled()
    assert 0.63 < states < 0.9
    assert time < 0.03


def test_twenty_levels_reach_about_a_basis_point_and_a_snapshot_tens(figures: TickFigures) -> None:
    assert 0.8 < figures.reach_bps(20) < 1.4
    assert 20 < figures.ticks.known_bps < 105


def test_fills_and_orders_disagree_about_the_side(figures: TickFigures) -> None:
    fills, merged, most = figures.fills_per_order()
    assert 1.4 < fills < 4.1
    assert 1.2 < merged < 2.2
    assert most > 100
    assert figures.opposite_signs()[0] > 0.08


def test_prices_live_milliseconds_by_count_and_seconds_by_time(figures: TickFigures) -> None:
    lives = figures.lives()
    assert lives.median is not None
    assert lives.time_median is not None
    assert lives.median <= 28
    assert 1_500 < lives.time_median < 9_000


def test_the_log_of_flow_has_no_outliers_where_flow_has_a_tenth(figures: TickFigures) -> None:
    raw, logged, _ = figures.outliers()
    assert 0.05 < raw < 0.2
    assert logged == 0.0


def test_root_notional_steadies_impact_and_shuffling_spreads_it_as_wide(figures: TickFigures) -> None:
    plain, _ = figures.slopes(30, "notional")
    root, shuffled = figures.slopes(30, "root")
    assert root < plain
    assert root < 2 * shuffled


def test_running_sums_equal_a_second_pass_over_the_recording(figures: TickFigures) -> None:
    ticks, meter = figures.ticks, SpreadMeter(900)
    trades, quotes = TradeFlow(), QuoteFlow()
    columns = (ticks.quotes.bid, ticks.quotes.bid_quantity, ticks.quotes.ask, ticks.quotes.ask_quantity)
    touches = [Touch(*row) for row in zip(*(column.tolist() for column in columns), strict=True)]
    prints = list(zip(*(getattr(ticks.trades, field).tolist() for field in _TRADE), strict=True))
    receipt = np.concatenate([ticks.quotes.receipt, ticks.trades.receipt])
    for row in np.argsort(receipt, kind="stable").tolist():
        if row < len(touches):
            quotes.add(int(ticks.quotes.time[row]), touches[row])
            meter.quote(int(ticks.quotes.time[row]), touches[row].mid)
        else:
            trade = prints[row - len(touches)]
            trades.add(*trade)
            meter.trade(*trade)
    meter.advance(int(ticks.trades.time[-1]) + 1)
    signed = ticks.trades.side * ticks.trades.quantity
    assert trades.window(900).cvd == pytest.approx(signed.sum())
    assert quotes.window(900).ofi == pytest.approx(figures.touch_flows.sum(), rel=1e-9)
    before = quotes_before(ticks.trades.time, ticks.quotes.time)
    mid = ticks.quotes.mid[before[before >= 0]]
    price, side, quantity = (
        getattr(ticks.trades, field)[before >= 0] for field in ("price", "side", "quantity")
    )
    spread = effective_spread_bps(price, side.astype(np.float64), mid)
    found = meter.window(900)
    assert found.trades == len(spread)
    assert found.effective_bps == pytest.approx(np.average(spread, weights=price * quantity))


def test_lives_kept_as_quotes_arrive_are_those_of_a_second_pass(figures: TickFigures) -> None:
    ticks, lives = figures.ticks, QuoteLives(kept=8192)
    columns = (ticks.quotes.bid, ticks.quotes.bid_quantity, ticks.quotes.ask, ticks.quotes.ask_quantity)
    rows = zip(ticks.quotes.time.tolist(), *(column.tolist() for column in columns), strict=True)
    for time, *touch in rows:
        lives.add(time, Touch(*touch))
    found, expected = lives.survival(int(ticks.quotes.time[-1]), 3_600_000), figures.lives()
    assert (found.median, found.time_median) == (expected.median, expected.time_median)
