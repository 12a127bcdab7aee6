"""Order flow and time-weighted means of best quotes on books made by hand."""

from math import log

import numpy as np
import pytest

from analysis.features.quote_flow import QuoteFlow, touch_imbalance
from utils.binance_api.touch import Touch

QUOTES = [
    (1_000, Touch(100.0, 5.0, 101.0, 7.0)),
    (1_200, Touch(100.0, 8.0, 101.0, 7.0)),  # bid grows by 3: +3
    (1_600, Touch(100.0, 8.0, 101.0, 2.0)),  # ask shrinks by 5: +5
    (2_500, Touch(100.5, 1.0, 101.0, 2.0)),  # bid steps up to 1: +1
    (2_600, Touch(100.5, 1.0, 102.0, 4.0)),  # the ask of 2 was taken: +2
    (2_700, Touch(100.5, 1.0, 101.5, 6.0)),  # the ask steps down to 6: -6
    (4_500, Touch(99.5, 9.0, 101.5, 6.0)),  # the bid of 1 was taken: -1
]
EXPECTED = [None, 3.0, 5.0, 1.0, 2.0, -6.0, -1.0]
"""Cont, Kukanov and Stoikov (2014), the rules below equation (3), each applied to its event by hand."""


def fed() -> QuoteFlow:
    flow = QuoteFlow(60)
    for time, touch in QUOTES:
        flow.add(time, touch)
    return flow


def test_flow_follows_the_event_rules_of_the_paper() -> None:
    flow = QuoteFlow(60)
    assert [flow.add(time, touch) for time, touch in QUOTES] == EXPECTED
    assert flow.window(10).ofi == 4.0
    assert flow.rows(10).ofi.tolist() == [8.0, -3.0, 0.0]


def test_means_weigh_quotes_by_the_time_they_stood() -> None:
    flow = fed()
    flow.advance(5_000)
    sums = flow.window(4)  # seconds 2, 3, 4 and the open 5
    stood = [500, 100, 100, 1800, 500]
    touches = [touch for _, touch in QUOTES[2:]]
    assert sums.observed_ms == 3_000
    spreads = [touch.spread_bps for touch in touches]
    assert sums.spread_bps == pytest.approx(np.average(spreads, weights=stood))
    imbalances = [touch_imbalance(touch) for touch in touches]
    assert sums.imbalance == pytest.approx(np.average(np.array(imbalances, float), weights=stood))
    bids = [touch.bid * touch.bid_quantity for touch in touches]
    assert sums.bid_notional == pytest.approx(np.average(bids, weights=stood))


def test_changes_stability_and_flicker_count_prices_alone() -> None:
    flow = fed()
    flow.advance(5_000)
    sums = flow.window(10)
    assert sums.changes == 4
    assert (sums.still, sums.whole) == (2.0, 4.0)  # seconds 1 and 3 of 1, 2, 3 and 4
    assert sums.stability == 0.5
    assert sums.flicker == pytest.approx(1.0)
    assert sums.quotes == 7


def test_changes_of_the_mid_are_log_changes_in_bps() -> None:
    flow = fed()
    rows = flow.rows(10)
    assert rows.second.tolist() == [1, 2, 3]
    assert rows.change_bps == pytest.approx([0.0, 1e4 * log(101.0 / 100.5), 0.0])
    assert flow.window(10).change_bps == pytest.approx(1e4 * log(100.5 / 100.5), abs=1e-9)


def test_what_stands_at_the_end_of_a_second_is_kept() -> None:
    flow = QuoteFlow(60)
    for time, touch in QUOTES:
        flow.add(time, touch)
        flow.hold_fair(touch.bid / 100 if time != 1_600 else None)
    rows = flow.rows(10)
    assert rows.imbalance_end.tolist() == pytest.approx([0.6, -5 / 7, -5 / 7])
    assert rows.fair_end.tolist() == pytest.approx([np.nan, 1.005, 1.005], nan_ok=True)
    flow.lost(5_000)
    flow.advance(7_000)
    assert np.isnan(flow.rows(2).imbalance_end).all()


def test_lost_quotes_are_neither_flow_nor_time() -> None:
    flow = fed()
    flow.lost(4_600)
    assert flow.add(9_500, Touch(90.0, 1.0, 91.0, 1.0)) is None
    assert flow.window(10).ofi == 4.0
    assert flow.window(10).observed_ms == 3_600
    assert flow.window(2).whole == 0.0
    assert flow.window(2).stability is None
    assert np.isnan(flow.rows(10).imbalance).tolist() == [False] * 4 + [True] * 4


def test_before_the_first_quote_nothing_is_known() -> None:
    flow = QuoteFlow(60)
    flow.advance(1_000)
    sums = flow.window(10)
    assert (sums.spread_bps, sums.imbalance, sums.flicker, sums.stability) == (None,) * 4
    assert touch_imbalance(Touch(1.0, 0.0, 2.0, 0.0)) is None
