"""Books that are asked for again and again: what is kept between two moments changes nothing of what is told."""

import itertools
from dataclasses import replace
from typing import Final

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from utils.sandbox.exchange.market import book
from utils.sandbox.exchange.market.book import BookSnapshot, changed_levels, snapshot, tops

NOON_MS: Final = 1_800_000_000_000
BID: Final = 6_000_000
LEVELS: Final = 200


def _book(time_ms: int, typical: float = 40_000.0, bid: int = BID) -> BookSnapshot:
    return snapshot(bid, bid + 1, typical, 7, time_ms=time_ms, levels=LEVELS)


def _anew(told: BookSnapshot, typical: float = 40_000.0) -> BookSnapshot:
    """The same book as nobody has asked for it before."""
    book._shelf.cache_clear()
    return _book(told.time_ms, typical)


@given(st.lists(st.integers(0, 300_000), min_size=1, max_size=6), st.sampled_from([40_000.0, 90_000.0]))
def test_a_book_does_not_depend_on_who_has_looked_before(offsets: list[int], later: float) -> None:
    book._shelf.cache_clear()
    told = [_book(NOON_MS + offset) for offset in offsets] + [_book(NOON_MS + offsets[0], later)]
    for number, one in enumerate(told):
        alone = _anew(one, later if number == len(offsets) else 40_000.0)
        np.testing.assert_array_equal(one.bid_lots, alone.bid_lots)
        np.testing.assert_array_equal(one.ask_lots, alone.ask_lots)


def test_quantities_change_at_their_moments_and_stay_otherwise() -> None:
    states = [_book(NOON_MS + step * 100) for step in range(100)]
    changed = [int((after.bid_lots != before.bid_lots).sum()) for before, after in itertools.pairwise(states)]
    assert 0 < sum(changed) < LEVELS * len(changed) / 10


@given(st.lists(st.integers(0, 60_000), min_size=2, max_size=5).map(sorted))
def test_changes_of_a_standing_book_are_those_of_any_book(offsets: list[int]) -> None:
    states = [_book(NOON_MS + offset) for offset in offsets]
    copies = [
        replace(one, bid_prices=one.bid_prices.copy(), ask_prices=one.ask_prices.copy()) for one in states
    ]
    standing = changed_levels(states[0], states[1:-1], states[-1])
    general = changed_levels(copies[0], copies[1:-1], copies[-1])
    for side, other in zip(standing, general, strict=True):
        np.testing.assert_array_equal(side[0], other[0])
        np.testing.assert_array_equal(side[1], other[1])


def test_the_top_of_a_book_is_that_of_many_moments() -> None:
    times = np.array([NOON_MS, NOON_MS + 70_000])
    bids = np.array([BID, BID])
    bid_lots, ask_lots = tops(bids, bids + 1, np.array([40_000.0, 40_000.0]), 7, times)
    for row, time_ms in enumerate(times.tolist()):
        top = _book(time_ms).top
        assert (int(top.bid[0]), int(top.ask[0])) == (BID, BID + 1)
        assert (int(top.bid_lots[0]), int(top.ask_lots[0])) == (int(bid_lots[row]), int(ask_lots[row]))
        assert (top.time_ms.tolist(), top.update_id.tolist()) == ([time_ms], [_book(time_ms).update_id])
