"""One side of the book against a plain dict, and its price range."""

from math import inf

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from utils.binance_api.book.ladder import MAX_LEVELS, MIN_LEVELS, Ladder, Level

_PRICES = st.integers(1, 40).map(lambda tick: tick * 0.1)
_LEVELS = st.lists(st.tuples(_PRICES, st.sampled_from([0.0, 0.0, 0.5, 1.25, 7.0])), max_size=12)


def _naive(levels: dict[float, float], sign: int) -> list[Level]:
    return sorted(((p, q) for p, q in levels.items() if q), key=lambda level: -sign * level[0])


@given(start=_LEVELS, updates=st.lists(_LEVELS, max_size=30), sign=st.sampled_from([1, -1]))
def test_equals_a_plain_dict_after_every_update(
    start: list[Level], updates: list[list[Level]], sign: int
) -> None:
    ladder = Ladder(1 if sign == 1 else -1)
    plain = dict(start)
    ladder.load(list(plain.items()), complete=True)
    for update in updates:
        ladder.update(update)
        plain.update(update)
        expected = _naive(plain, sign)
        assert list(ladder.walk()) == expected
        assert ladder.known().tolist() == [[*level] for level in expected]
        assert ladder.best() == (expected[0] if expected else None)
        assert ladder.top(5) == expected[:5]
        assert ladder.within(2.0) == [level for level in expected if sign * level[0] >= sign * 2.0]


def test_deleting_an_unknown_price_does_nothing() -> None:
    ladder = Ladder(1)
    ladder.load([(10.0, 1.0)], complete=True)
    ladder.update([(11.0, 0.0), (9.0, 0.0)])
    assert ladder.top(10) == [(10.0, 1.0)]


def test_reach_is_the_last_price_of_a_cut_off_snapshot() -> None:
    bids, asks = Ladder(1), Ladder(-1)
    bids.load([(10.0, 1.0), (9.0, 1.0)], complete=False)
    asks.load([(11.0, 1.0), (12.0, 1.0)], complete=False)
    assert (bids.known_to, asks.known_to) == (9.0, 12.0)
    assert bids.covers(9.0)
    assert not bids.covers(8.9)
    assert asks.covers(12.0)
    assert not asks.covers(12.1)


def test_a_complete_side_reaches_everywhere() -> None:
    bids, asks = Ladder(1), Ladder(-1)
    bids.load([], complete=True)
    asks.load([(11.0, 1.0)], complete=True)
    assert (bids.known_to, asks.known_to) == (0.0, inf)
    assert bids.covers(0.001)
    assert asks.covers(1e9)


def test_orphans_beyond_the_snapshot_give_way_to_better_levels() -> None:
    bids = Ladder(1)
    bids.load([(2000.0 + i, 1.0) for i in range(MIN_LEVELS)], complete=False)
    bids.update([(1000.0 + i, 1.0) for i in range(MIN_LEVELS // 2)])
    assert len(bids) == MIN_LEVELS
    assert bids.pruned == MIN_LEVELS // 2
    assert bids.known_to == 2000.0
    assert next(reversed(list(bids.walk())))[0] == 2000.0


def test_cutting_off_known_levels_shrinks_the_reach() -> None:
    asks = Ladder(-1)
    asks.load([(1000.0 + i, 1.0) for i in range(MAX_LEVELS + 10)], complete=True)
    assert len(asks) == MAX_LEVELS
    assert not asks.complete
    assert asks.known_to == 1000.0 + MAX_LEVELS - 1


def test_a_complete_side_of_the_greatest_size_stays_complete() -> None:
    asks = Ladder(-1)
    asks.load([(1000.0 + i, 1.0) for i in range(MAX_LEVELS)], complete=True)
    assert asks.complete
    assert asks.pruned == 0


def test_a_truncated_snapshot_beyond_the_greatest_size_is_cut_to_it() -> None:
    asks = Ladder(-1)
    asks.load([(1000.0 + i, 1.0) for i in range(MAX_LEVELS + 10)], complete=False)
    assert (len(asks), asks.known_to) == (MAX_LEVELS, 1000.0 + MAX_LEVELS - 1)


def test_levels_are_cut_off_only_when_a_quarter_too_many() -> None:
    bids = Ladder(1)
    bids.load([(2000.0 + i, 1.0) for i in range(MIN_LEVELS)], complete=False)
    bids.update([(1000.0 + i, 1.0) for i in range(MIN_LEVELS // 4)])
    assert (len(bids), bids.pruned) == (MIN_LEVELS + MIN_LEVELS // 4, 0)
    bids.update([(999.0, 1.0)])
    assert (len(bids), bids.pruned) == (MIN_LEVELS, MIN_LEVELS // 4 + 1)


def test_orphans_among_the_best_levels_do_not_extend_what_is_known() -> None:
    bids = Ladder(1)
    bids.load([(2000.0 + i, 1.0) for i in range(MIN_LEVELS)], complete=False)
    bids.update([(2500.0 + i, 0.0) for i in range(10)])
    bids.update([(1000.0 + i, 1.0) for i in range(MIN_LEVELS)])
    assert len(bids) == MIN_LEVELS
    assert min(price for price, _ in bids.walk()) == 1990.0
    assert bids.known_to == 2000.0
    assert not bids.covers(1999.0)


def test_top_of_nothing_is_nothing() -> None:
    ladder = Ladder(-1)
    assert ladder.best() is None
    assert ladder.top(3) == []
    ladder.load([(1.0, 2.0)], complete=True)
    assert ladder.top(0) == []
    assert ladder.top(-1) == []


def test_one_level_too_many_is_cut_off() -> None:
    bids = Ladder(1)
    bids.load([(1000.0 + i, 1.0) for i in range(MAX_LEVELS + 1)], complete=True)
    assert (len(bids), bids.pruned, bids.known_to) == (MAX_LEVELS, 1, 1001.0)


def test_a_side_may_be_made_of_updates_alone() -> None:
    ladder = Ladder(-1)
    ladder.update([(11.0, 1.0), (10.0, 2.0), (12.0, 0.0)])
    assert ladder.top(5) == [(10.0, 2.0), (11.0, 1.0)]
    assert (ladder.complete, ladder.capacity, ladder.pruned) == (True, MAX_LEVELS, 0)


def test_a_snapshot_may_be_an_array() -> None:
    ladder = Ladder(-1)
    ladder.load(np.array([[11.0, 1.0], [10.0, 2.0], [12.0, 0.0]]), complete=True)
    assert ladder.top(5) == [(10.0, 2.0), (11.0, 1.0)]
    assert {type(number) for level in ladder.walk() for number in level} == {float}


def test_what_lies_beyond_a_truncated_snapshot_is_not_known() -> None:
    ladder = Ladder(-1)
    ladder.load(np.array([[10.0, 1.0], [11.0, 2.0]]), complete=False)
    ladder.update([(12.0, 3.0), (10.5, 4.0)])
    assert ladder.known().tolist() == [[10.0, 1.0], [10.5, 4.0], [11.0, 2.0]]
    assert Ladder(1).known().shape == (0, 2)
