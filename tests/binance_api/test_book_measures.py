"""Depth, imbalance and sweep cost against a book small enough to reckon by hand."""

import pytest

from tests.binance_api.books import joined
from utils.binance_api.book.state import BookNotReady

BIDS = [(99.0, 2.0), (98.0, 4.0), (90.0, 10.0)]
ASKS = [(101.0, 1.0), (102.0, 3.0), (110.0, 20.0)]


def test_depth_within_counts_levels_up_to_the_border() -> None:
    depth = joined(BIDS, ASKS, limit=5).depth_within(200.0)
    assert (depth.bid_quantity, depth.ask_quantity) == (6.0, 4.0)
    assert depth.bid_notional == pytest.approx(99.0 * 2 + 98.0 * 4)
    assert depth.ask_notional == pytest.approx(101.0 + 102.0 * 3)
    assert depth.complete
    assert depth.imbalance == pytest.approx(0.2)


def test_depth_beyond_the_snapshot_says_that_it_is_a_lower_bound() -> None:
    book = joined(BIDS, ASKS, limit=3)
    assert book.depth_within(900.0).complete
    assert not book.depth_within(1200.0).complete


def test_imbalance_by_levels_and_by_distance() -> None:
    book = joined(BIDS, ASKS, limit=5)
    assert book.imbalance(1) == pytest.approx(1.0 / 3.0)
    assert book.imbalance(2) == pytest.approx(0.2)
    assert book.imbalance(bps=100.0) == pytest.approx(1.0 / 3.0)
    assert book.imbalance(bps=1.0) is None


def test_the_imbalance_does_not_depend_on_the_unit_of_quantities() -> None:
    book = joined([(99.0, 3e-8)], [(101.0, 1e-8)], limit=5)
    assert book.imbalance(1) == pytest.approx(0.5)
    assert book.imbalance(bps=100.0) == pytest.approx(0.5)


@pytest.mark.parametrize("arguments", [{}, {"levels": 3, "bps": 5.0}])
def test_imbalance_takes_one_of_two(arguments: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="either levels or bps"):
        joined(BIDS, ASKS, limit=5).imbalance(**arguments)  # type: ignore[arg-type]


def test_a_small_order_pays_half_the_spread() -> None:
    book = joined(BIDS, ASKS, limit=5)
    assert book.sweep_cost(50.0, "buy") == pytest.approx(100.0)
    assert book.sweep_cost(50.0, "sell") == pytest.approx(100.0)


def test_a_large_order_pays_the_average_of_what_it_takes() -> None:
    book = joined(BIDS, ASKS, limit=5)
    notional = 101.0 + 204.0
    average = notional / 3.0
    assert book.sweep_cost(notional, "buy") == pytest.approx((average - 100.0) * 100.0)


def test_an_order_that_does_not_fit_has_no_cost() -> None:
    book = joined(BIDS, ASKS, limit=5)
    everything = sum(price * size for price, size in BIDS)
    assert book.sweep_cost(everything, "sell") is not None
    assert book.sweep_cost(everything + 1.0, "sell") is None


def test_a_sweep_does_not_go_beyond_what_the_snapshot_showed() -> None:
    book = joined(BIDS, ASKS, limit=3, updates=[[], [(120.0, 1000.0)]])
    assert book.sweep_cost(50_000.0, "buy") is None


@pytest.mark.parametrize("notional", [0.0, -1.0])
def test_a_sweep_needs_a_notional(notional: float) -> None:
    with pytest.raises(ValueError, match="notional must be positive"):
        joined(BIDS, ASKS, limit=5).sweep_cost(notional, "buy")


def test_reach_is_the_nearer_end_of_what_is_known() -> None:
    assert joined(BIDS, ASKS, limit=3).known_depth_bps() == pytest.approx(1000.0)
    assert joined(BIDS, ASKS, limit=5).known_depth_bps() == float("inf")


def test_a_one_sided_book_has_depth_but_no_best() -> None:
    book = joined([], ASKS, limit=5)
    assert book.top(1) == ([], [(101.0, 1.0)])
    assert book.imbalance(3) == -1.0
    with pytest.raises(BookNotReady, match="one side has no orders"):
        book.best()
