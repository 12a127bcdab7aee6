"""The life of a local book: joining, losing step, refusing to be read, joining again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.binance_api.books import joined, update
from utils.binance_api.book.book import MAX_BUFFERED, OrderBook
from utils.binance_api.book.ladder import Level
from utils.binance_api.book.order_flow import touch_flow
from utils.binance_api.book.state import BookFault, BookNotReady, BookState, Resync
from utils.binance_api.touch import Touch
from utils.http.errors import Unavailable

BIDS: list[Level] = [(99.0, 2.0), (98.0, 4.0)]
ASKS: list[Level] = [(101.0, 1.0), (102.0, 3.0)]


def reason_of(signal: Resync | None) -> BookFault | None:
    return None if signal is None else signal.reason


def test_the_first_update_asks_for_a_snapshot_and_the_next_ones_do_not() -> None:
    book = OrderBook("BTCUSDT", "spot")
    states = [book.state]
    signal = book.feed(update(101, 101))
    assert signal == Resync("BTCUSDT", "spot", BookFault.NO_SNAPSHOT, None, 101)
    assert book.feed(update(102, 102)) is None
    states.append(book.state)
    assert states == [BookState.EMPTY, BookState.BUFFERING]
    assert (book.flow, book.flow_total) == (0.0, 0.0)


def test_kept_updates_are_applied_after_the_snapshot() -> None:
    book = OrderBook("BTCUSDT", "spot")
    book.feed(update(95, 99, [(99.0, 50.0)]))  # inside the snapshot already
    book.feed(update(100, 103, [(99.0, 5.0)]))  # straddles it
    book.feed(update(104, 104, [], [(101.0, 0.0)]))
    assert book.snapshot(BIDS, ASKS, 101) is None
    assert book.state is BookState.SYNCED
    assert book.best() == Touch(99.0, 5.0, 102.0, 3.0)
    assert (book.local_id, book.event_ms) == (104, 104)
    assert (book.counts.applied, book.counts.stale) == (2, 1)


def test_a_snapshot_newer_than_everything_kept_is_the_book() -> None:
    book = OrderBook("BTCUSDT", "spot")
    book.feed(update(95, 99, [(99.0, 50.0)]))
    assert book.snapshot(BIDS, ASKS, 101) is None
    assert book.best() == Touch(99.0, 2.0, 101.0, 1.0)


def test_a_snapshot_before_any_update_waits_for_one() -> None:
    book = OrderBook("BTCUSDT", "spot")
    assert book.snapshot(BIDS, ASKS, 100) is None
    with pytest.raises(BookNotReady) as caught:
        book.best()
    assert caught.value.reason is BookFault.NOT_BRIDGED
    assert book.feed(update(101, 102)) is None
    assert book.state is BookState.SYNCED


@pytest.mark.parametrize("market", ["spot", "futures", "options"])
def test_a_snapshot_older_than_the_updates_is_refused_and_they_stay(market: str) -> None:
    book = OrderBook("X", market)  # type: ignore[arg-type]
    book.feed(update(110, 115, [(99.0, 7.0)], previous=105))
    signal = book.snapshot(BIDS, ASKS, 100)
    assert signal is not None
    assert (signal.reason, signal.local_id, signal.update_id) == (BookFault.SNAPSHOT_TOO_OLD, 100, 110)
    assert book.state is BookState.BUFFERING
    assert book.snapshot(BIDS, ASKS, 112) is None
    assert book.best().bid_quantity == 7.0


@pytest.mark.parametrize(
    ("market", "lost"),
    [("spot", update(103, 104, previous=101)), ("futures", update(102, 104, previous=102))],
)
def test_a_lost_update_makes_the_book_unreadable_until_a_newer_snapshot(market: str, lost: Resync) -> None:
    book = joined(BIDS, ASKS, market=market)  # type: ignore[arg-type]
    signal = book.feed(lost)  # type: ignore[arg-type]
    assert reason_of(signal) is BookFault.GAP
    assert signal is not None
    assert signal.local_id == 101
    assert book.state is BookState.STALE
    for read in (book.best, book.known_depth_bps, lambda: book.top(1), lambda: book.imbalance(1)):
        with pytest.raises(BookNotReady, match="an update was lost") as caught:
            read()
        assert isinstance(caught.value, Unavailable)
    assert book.feed(update(105, 105, [(99.0, 8.0)], previous=104)) is None  # kept, no second signal
    assert book.snapshot(BIDS, ASKS, 104) is None
    assert book.best().bid_quantity == 8.0


def test_a_hole_among_kept_updates_keeps_what_follows_it() -> None:
    book = OrderBook("X", "futures")
    book.feed(update(100, 101, previous=99))
    book.feed(update(110, 111, previous=105))
    assert reason_of(book.snapshot(BIDS, ASKS, 100)) is BookFault.GAP
    assert book.state is BookState.STALE
    assert book.snapshot(BIDS, ASKS, 107) is None
    assert book.local_id == 111


@pytest.mark.parametrize("market", ["spot", "futures"])
def test_duplicates_and_late_updates_change_nothing(market: str) -> None:
    book = joined(BIDS, ASKS, market=market)  # type: ignore[arg-type]
    newest = update(102, 103, [(99.0, 3.0)], previous=101)
    book.feed(newest)
    assert book.feed(newest) is None
    assert book.feed(update(90, 95, [(99.5, 9.0)], previous=80)) is None
    assert book.best() == Touch(99.0, 3.0, 101.0, 1.0)
    assert book.counts.stale == 2


def test_a_crossed_book_is_never_served() -> None:
    book = joined(BIDS, ASKS)
    assert reason_of(book.feed(update(102, 102, [(101.0, 1.0)]))) is BookFault.CROSSED
    with pytest.raises(BookNotReady, match="reached the best ask"):
        book.best()


def test_a_crossed_snapshot_is_refused() -> None:
    book = OrderBook("X", "spot")
    book.feed(update(100, 100))
    assert reason_of(book.snapshot([(102.0, 1.0)], ASKS, 101)) is BookFault.CROSSED


def test_kept_updates_that_cross_the_book_stay_for_the_next_snapshot_in_their_order() -> None:
    book = OrderBook("X", "spot")
    for number, bids in ((101, []), (102, [(101.5, 1.0)]), (103, [(101.5, 0.0)]), (104, [(99.0, 6.0)])):
        book.feed(update(number, number, bids))
    signal = book.snapshot(BIDS, ASKS, 100)
    assert signal is not None
    assert (signal.reason, signal.update_id) == (BookFault.CROSSED, 102)
    assert book.snapshot(BIDS, ASKS, 102) is None
    assert (book.local_id, book.best().bid_quantity) == (104, 6.0)


def test_junk_far_from_the_market_is_pruned() -> None:
    bids = [(5000.0 + tick, 1.0) for tick in range(1000)]
    book = joined(bids, [(6000.0, 1.0)], updates=[[(float(tick), 1.0) for tick in range(1, 400)], []])
    assert book.pruned == 399
    assert book.top(2000)[0][-1] == (5000.0, 1.0)


def test_an_emptied_side_is_lost_when_the_snapshot_was_cut_off() -> None:
    gone = [(price, 0.0) for price, _ in BIDS]
    assert reason_of(joined(BIDS, ASKS).feed(update(102, 102, gone))) is BookFault.SIDE_LOST
    whole = joined(BIDS, ASKS, limit=5)
    assert whole.feed(update(102, 102, gone)) is None
    assert whole.top(1) == ([], [(101.0, 1.0)])


def test_leaving_the_range_asks_once_and_the_book_stays_readable() -> None:
    book = joined(BIDS, ASKS)
    drop = update(102, 102, [(99.0, 0.0), (98.0, 0.0), (97.0, 1.0)])
    assert reason_of(book.feed(drop)) is BookFault.RANGE_LEFT
    assert book.feed(update(103, 103, [(97.0, 2.0)])) is None
    assert book.best().bid == 97.0
    assert not book.depth_within(300.0).complete
    # the answer describes id 102 while the book is at 103: the kept updates lead from one to the other
    assert book.snapshot([(97.0, 1.0), (96.0, 5.0)], ASKS, 102) is None
    assert book.top(2)[0] == [(97.0, 2.0), (96.0, 5.0)]
    assert (
        reason_of(book.feed(update(104, 104, [(97.0, 0.0), (96.0, 0.0), (90.0, 1.0)])))
        is BookFault.RANGE_LEFT
    )


def test_a_refresh_with_an_older_snapshot_leaves_the_book_as_it_is() -> None:
    book = joined(BIDS, ASKS)
    book.refresh()
    book.feed(update(102, 102, [(99.0, 9.0)]))
    assert reason_of(book.snapshot([(50.0, 1.0)], ASKS, 90)) is BookFault.SNAPSHOT_TOO_OLD
    assert book.best().bid_quantity == 9.0
    assert book.snapshot([(99.0, 2.0), (97.5, 1.0)], ASKS, 101) is None
    assert book.top(3)[0] == [(99.0, 9.0), (97.5, 1.0)]


def test_without_refresh_an_older_snapshot_is_ignored_and_a_newer_one_taken() -> None:
    book = joined(BIDS, ASKS)
    assert book.snapshot([(50.0, 1.0)], ASKS, 90) is None
    assert book.best().bid == 99.0
    assert book.snapshot([(98.5, 1.0)], ASKS, 120) is None
    assert book.best().bid == 98.5
    assert book.feed(update(110, 119)) is None
    assert book.feed(update(121, 121)) is None
    assert book.local_id == 121


def test_a_gap_during_a_refresh_keeps_only_what_follows() -> None:
    book = joined(BIDS, ASKS)
    book.refresh()
    book.feed(update(102, 102, [(99.0, 9.0)]))
    assert reason_of(book.feed(update(110, 110, [(99.0, 4.0)]))) is BookFault.GAP
    assert reason_of(book.snapshot(BIDS, ASKS, 105)) is BookFault.SNAPSHOT_TOO_OLD
    assert book.snapshot(BIDS, ASKS, 109) is None
    assert book.best().bid_quantity == 4.0


@pytest.mark.parametrize("reason", [BookFault.DISCONNECTED, BookFault.STREAM_STALE])
def test_an_invalidated_book_starts_over(reason: BookFault) -> None:
    book = joined(BIDS, ASKS)
    book.invalidate(reason)
    assert book.reason is reason
    with pytest.raises(BookNotReady) as caught:
        book.best()
    assert caught.value.reason is reason
    assert reason_of(book.feed(update(200, 200))) is BookFault.NO_SNAPSHOT
    assert book.snapshot(BIDS, ASKS, 199) is None
    assert book.reason is None


def test_the_buffer_is_bounded_and_drops_the_oldest() -> None:
    book = OrderBook("X", "spot")
    for first in range(1, MAX_BUFFERED + 4):
        book.feed(update(first, first))
    assert book.counts.overflowed == 3
    assert reason_of(book.snapshot(BIDS, ASKS, 2)) is BookFault.SNAPSHOT_TOO_OLD
    assert book.snapshot(BIDS, ASKS, 3) is None
    assert book.local_id == MAX_BUFFERED + 3


def test_flow_is_counted_between_live_updates_only() -> None:
    book = OrderBook("X", "spot")
    book.feed(update(101, 101, [(99.0, 50.0)]))
    book.snapshot(BIDS, ASKS, 100)
    assert (book.flow, book.flow_total) == (0.0, 0.0)
    book.feed(update(102, 102, [(99.0, 53.0)]))
    assert (book.flow, book.flow_total) == (3.0, 3.0)
    book.feed(update(103, 103, [(98.0, 1.0)]))
    assert (book.flow, book.flow_total) == (0.0, 3.0)


_BID_TICKS = st.integers(1, 49)
_ASK_TICKS = st.integers(50, 99)
_SIZES = st.sampled_from([0.0, 0.0, 1.0, 2.5, 40.0])


def _changes(ticks: st.SearchStrategy[int]) -> st.SearchStrategy[list[Level]]:
    return st.lists(st.tuples(ticks.map(float), _SIZES), max_size=8)


@given(st.lists(st.tuples(_changes(_BID_TICKS), _changes(_ASK_TICKS)), max_size=40))
def test_equals_a_naive_book_after_every_update(steps: list[tuple[list[Level], list[Level]]]) -> None:
    bids, asks = {49.0: 1.0, 20.0: 2.0}, {50.0: 1.0, 80.0: 2.0}
    book = joined(list(bids.items()), list(asks.items()), limit=1000)
    flow_total, before = 0.0, book.best()
    for step, (bid_changes, ask_changes) in enumerate(steps, start=102):
        kept = [*bid_changes, (1.0, 3.0)], [*ask_changes, (99.0, 3.0)]  # both sides always hold something
        assert book.feed(update(step, step, *kept)) is None
        bids.update(kept[0])
        asks.update(kept[1])
        naive_bids = sorted(((p, q) for p, q in bids.items() if q), reverse=True)
        naive_asks = sorted((p, q) for p, q in asks.items() if q)
        assert book.top(1000) == (naive_bids, naive_asks)
        touch = Touch(*naive_bids[0], *naive_asks[0])
        flow_total += touch_flow(before, touch)
        before = touch
        assert book.best() == touch
        assert book.flow_total == pytest.approx(flow_total)


def test_a_snapshot_of_the_very_id_of_the_book_replaces_its_levels() -> None:
    book = joined(BIDS, ASKS)
    assert book.local_id == 101
    assert book.snapshot([(99.5, 1.0), (97.0, 5.0)], ASKS, 101) is None
    assert book.top(5)[0] == [(99.5, 1.0), (97.0, 5.0)]
    assert (book.state, book.local_id, book.counts.stale) == (BookState.SYNCED, 101, 0)
    assert book.feed(update(102, 102, [(99.5, 2.0)])) is None
    assert book.best().bid_quantity == 2.0


def test_a_snapshot_one_older_than_the_book_is_ignored() -> None:
    book = joined(BIDS, ASKS)
    assert book.snapshot([(99.5, 1.0)], ASKS, 100) is None
    assert book.top(5)[0] == BIDS
    assert (book.counts.stale, book.counts.resyncs) == (1, 1)


@pytest.mark.parametrize(("snapshot", "quantity"), [(103, 2.0), (102, 2.0), (101, 9.0), (100, None)])
def test_a_refresh_joins_where_the_first_buffered_update_follows_exactly(
    snapshot: int, quantity: float | None
) -> None:
    book = joined(BIDS, ASKS)
    book.refresh()
    book.feed(update(102, 102, [(99.0, 9.0)]))
    book.feed(update(103, 103, [(98.0, 9.0)]))
    signal = book.snapshot([(99.0, 2.0), (98.0, 4.0), (96.0, 5.0)], ASKS, snapshot)
    assert (book.state, book.local_id) == (BookState.SYNCED, 103)
    if quantity is None:
        assert reason_of(signal) is BookFault.SNAPSHOT_TOO_OLD
        assert book.top(5)[0] == [(99.0, 9.0), (98.0, 9.0)]
    else:
        assert signal is None
        assert book.best().bid_quantity == quantity
        assert book.top(5)[0][-1] == (96.0, 5.0)


def test_after_a_refresh_updates_are_no_longer_buffered() -> None:
    book = joined(BIDS, ASKS)
    book.refresh()
    book.feed(update(102, 102))
    book.snapshot(BIDS, ASKS, 102)
    book.feed(update(103, 103, [(99.0, 9.0)]))
    assert book.snapshot([(50.0, 1.0)], ASKS, 102) is None  # older than the book and nothing leads on from it
    assert book.best() == Touch(99.0, 9.0, 101.0, 1.0)


@pytest.mark.parametrize(
    ("snapshot", "fits"),
    [(100, True), (104, True), (105, True), (99, False), (106, True)],
)
def test_the_first_futures_update_bridges_the_snapshot_at_both_of_its_edges(
    snapshot: int, fits: bool
) -> None:
    book = OrderBook("X", "futures")
    book.feed(update(103, 105, [(99.0, 7.0)], previous=100))
    signal = book.snapshot(BIDS, ASKS, snapshot)
    assert reason_of(signal) is (None if fits else BookFault.SNAPSHOT_TOO_OLD)
    if fits:
        assert book.best().bid_quantity == (2.0 if snapshot == 106 else 7.0)
        follower = update(107, 108, [(99.0, 8.0)], previous=max(snapshot, 105))
        assert book.feed(follower) is None
        assert (book.best().bid_quantity, book.local_id) == (8.0, 108)


def test_a_futures_snapshot_of_the_id_of_the_book_is_bridged_by_the_next_update() -> None:
    book = joined(BIDS, ASKS, market="futures")
    assert book.snapshot([(99.5, 1.0)], ASKS, 101) is None
    assert book.feed(update(110, 112, [(99.5, 3.0)], previous=101)) is None
    assert reason_of(book.feed(update(120, 121, previous=113))) is BookFault.GAP


@pytest.mark.parametrize(("limit", "complete"), [(2, False), (3, True), (None, False)])
def test_a_side_is_complete_only_where_the_snapshot_came_back_short(
    limit: int | None, complete: bool
) -> None:
    book = joined(BIDS, ASKS, limit=limit)
    assert (book.known_depth_bps() == float("inf")) is complete


@pytest.mark.parametrize(("bids", "asks"), [([*BIDS, (97.0, 1.0)], ASKS), (BIDS, [*ASKS, (103.0, 1.0)])])
def test_a_side_with_as_many_levels_as_requested_may_have_more(bids: list[Level], asks: list[Level]) -> None:
    assert joined(bids, asks, limit=3).known_depth_bps() == pytest.approx(300.0)


def test_a_range_signal_names_the_update_and_comes_once_per_snapshot() -> None:
    book = joined(BIDS, ASKS)
    signal = book.feed(update(102, 102, [(99.0, 0.0), (98.0, 0.0), (97.0, 1.0)]))
    assert signal == Resync("BTCUSDT", "spot", BookFault.RANGE_LEFT, 102, 102)
    assert book.feed(update(103, 103, [(97.0, 0.0), (96.0, 1.0)])) is None
    assert book.counts.resyncs == 2


def test_a_best_price_on_the_last_known_level_is_within_the_range() -> None:
    book = joined(BIDS, ASKS)
    assert book.feed(update(102, 102, [(99.0, 0.0)], [(101.0, 0.0)])) is None
    assert book.best() == Touch(98.0, 4.0, 102.0, 3.0)


def test_an_invalidated_book_forgets_its_buffer_and_its_flow_starts_anew() -> None:
    book = joined(BIDS, ASKS)
    book.refresh()
    book.feed(update(102, 102, [(99.0, 9.0)]))
    book.invalidate(BookFault.DISCONNECTED)
    assert (book.local_id, book.flow_total) == (None, 7.0)
    book.feed(update(201, 201))
    assert book.snapshot(BIDS, ASKS, 200) is None
    assert book.flow_total == 7.0
    book.feed(update(202, 202, [(99.0, 3.0)]))
    assert (book.flow, book.flow_total) == (1.0, 8.0)
    assert book.snapshot([(50.0, 1.0)], ASKS, 201) is None  # the refresh ended with the connection
    assert book.best().bid == 99.0
