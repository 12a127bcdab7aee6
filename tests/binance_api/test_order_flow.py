"""Order flow between best quotes against worked values."""

import math

import numpy as np
import pytest

from utils.binance_api.book.order_flow import TouchTracker, level_flows, touch_flow
from utils.binance_api.touch import Touch

START = Touch(100.0, 5.0, 101.0, 7.0)


@pytest.mark.parametrize(
    ("after", "flow"),
    [
        (Touch(100.0, 8.0, 101.0, 7.0), 3.0),  # bids added
        (Touch(100.0, 2.0, 101.0, 7.0), -3.0),  # bids taken or cancelled
        (Touch(100.0, 5.0, 101.0, 9.0), -2.0),  # asks added
        (Touch(100.0, 5.0, 101.0, 1.0), 6.0),  # asks taken or cancelled
        (Touch(100.5, 4.0, 101.0, 7.0), 4.0),  # a better bid counts whole
        (Touch(99.0, 9.0, 101.0, 7.0), -5.0),  # the old bid counts as gone
        (Touch(100.0, 5.0, 100.5, 3.0), -3.0),  # a better ask counts whole
        (Touch(100.0, 5.0, 102.0, 3.0), 7.0),  # the old ask counts as gone
        (START, 0.0),
    ],
)
def test_touch_flow(after: Touch, flow: float) -> None:
    assert touch_flow(START, after) == pytest.approx(flow)


def test_flow_has_mirror_symmetry() -> None:
    after = Touch(100.5, 4.0, 100.9, 2.0)
    mirrored = [Touch(-t.ask, t.ask_quantity, -t.bid, t.bid_quantity) for t in (START, after)]
    assert touch_flow(*mirrored) == pytest.approx(-touch_flow(START, after))


def test_level_flows_compare_level_by_level_and_leave_the_unknown_out() -> None:
    before = ([(100.0, 5.0), (99.0, 1.0)], [(101.0, 7.0), (102.0, 2.0)])
    after = ([(100.0, 6.0), (98.0, 4.0)], [(101.0, 7.0), (102.0, 1.0)])
    flows = level_flows(before, after, 3)
    assert flows[0] == pytest.approx(1.0)
    assert flows[1] == pytest.approx(-1.0 + 1.0)
    assert math.isnan(flows[2])


def test_tracker_sums_and_ignores_what_is_not_newer() -> None:
    tracker = TouchTracker()
    assert tracker.feed(10, START) is None
    assert tracker.feed(11, Touch(100.0, 8.0, 101.0, 7.0)) == pytest.approx(3.0)
    assert tracker.feed(11, Touch(100.0, 80.0, 101.0, 7.0)) is None
    assert tracker.feed(5, START) is None
    assert (tracker.quotes, tracker.ignored) == (2, 2)
    assert tracker.total == pytest.approx(3.0)


def test_no_flow_is_computed_across_a_reset() -> None:
    tracker = TouchTracker()
    tracker.feed(10, START)
    tracker.reset()
    assert tracker.feed(3, Touch(50.0, 1.0, 51.0, 1.0)) is None
    assert tracker.total == 0.0


def test_ids_may_begin_anywhere_at_first_and_after_a_reset() -> None:
    tracker, more = TouchTracker(), Touch(100.0, 8.0, 101.0, 7.0)
    for _ in range(2):
        assert tracker.feed(0, START) is None
        assert tracker.feed(1, more) == pytest.approx(3.0)
        tracker.reset()
    assert (tracker.quotes, tracker.ignored) == (4, 0)
    assert tracker.total == pytest.approx(6.0)


def test_touch_derivations() -> None:
    assert START.mid == 100.5
    assert START.spread_bps == pytest.approx(1.0 / 100.5 * 1e4)
    assert START.weighted_mid == pytest.approx((100.0 * 7.0 + 101.0 * 5.0) / 12.0)
    assert Touch(100.0, 0.0, 101.0, 0.0).weighted_mid == 100.5


def test_level_flows_follow_the_rule_of_the_touch_on_every_level() -> None:
    rng = np.random.default_rng(3)
    for _ in range(200):
        books = []
        for _ in range(2):
            bids = [(float(price), float(size)) for price, size in rng.integers(1, 4, (5, 2))]
            asks = [(float(price), float(size)) for price, size in rng.integers(4, 7, (5, 2))]
            books.append((bids, asks))
        before, after = books
        expected = [
            touch_flow(Touch(*before[0][m], *before[1][m]), Touch(*after[0][m], *after[1][m]))
            for m in range(5)
        ]
        assert level_flows(before, after, 5) == expected
