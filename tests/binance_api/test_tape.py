"""The ring of trades and its sums per second."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from utils.binance_api.streams.events import AggTrade, Trade
from utils.binance_api.trades.seconds import SecondRing
from utils.binance_api.trades.tape import TradeTape


def trade(trade_id: int, *, order_type: str = "MARKET", quantity: float = 1.0) -> Trade:
    return Trade(
        symbol="X", event_ms=1, trade_id=trade_id, price=10.0, quantity=quantity, trade_ms=trade_id * 100,
        buyer_is_maker=False, order_type=order_type,
    )  # fmt: skip


def agg_trade(trade_id: int, quantity: float, visible: float | None) -> AggTrade:
    return AggTrade(
        symbol="X", event_ms=1, trade_id=trade_id, price=10.0, quantity=quantity, visible_quantity=visible,
        first_trade_id=1, last_trade_id=1, trade_ms=1000, buyer_is_maker=True,
    )  # fmt: skip


def test_rows_come_back_oldest_first_with_the_side_of_the_aggressor() -> None:
    tape = TradeTape("X")
    tape.add(1, 1000, 10.0, 2.0, False)
    tape.add(2, 1001, 11.0, 3.0, True)
    rows = tape.recent()
    assert rows.trade_id.tolist() == [1, 2]
    assert rows.time_ms.tolist() == [1000, 1001]
    assert rows.price.tolist() == [10.0, 11.0]
    assert rows.quantity.tolist() == [2.0, 3.0]
    assert rows.side.tolist() == [1, -1]
    assert tape.cvd == -1.0
    assert tape.recent(1).trade_id.tolist() == [2]
    assert tape.since(1001).trade_id.tolist() == [2]


def test_a_full_ring_drops_the_oldest_and_counts() -> None:
    tape = TradeTape("X", capacity=3)
    for trade_id in range(1, 6):
        tape.add(trade_id, trade_id * 1000, float(trade_id), 1.0, False)
    assert len(tape) == 3
    assert tape.dropped == 2
    assert tape.recent().trade_id.tolist() == [3, 4, 5]
    assert tape.window(5).count == 5  # the sums still know them


def test_rows_are_copies() -> None:
    tape = TradeTape("X", capacity=1)
    tape.add(1, 1000, 10.0, 1.0, False)
    rows = tape.recent()
    tape.add(2, 2000, 20.0, 1.0, False)
    assert rows.price.tolist() == [10.0]


def test_duplicates_and_late_ids_are_ignored_and_holes_counted() -> None:
    tape = TradeTape("X")
    taken = [tape.add(trade_id, 1000, 1.0, 1.0, False) for trade_id in (10, 10, 9, 11, 15)]
    assert taken == [True, False, False, True, True]
    assert (tape.ignored, tape.missed, tape.accepted, tape.last_id) == (2, 3, 3, 15)
    assert tape.window(1).volume == 3.0


@pytest.mark.parametrize("order_type", ["INSURANCE_FUND", "ADL", "SOMETHING_NEW"])
def test_only_market_trades_enter(order_type: str) -> None:
    tape = TradeTape("X")
    assert tape.take(trade(1))
    assert not tape.take(trade(2, order_type=order_type, quantity=1e6))
    assert tape.take(trade(3))
    assert (tape.excluded, tape.missed) == (1, 0)
    assert tape.cvd == 2.0


def test_visible_only_leaves_out_rpi_quantity() -> None:
    whole, visible = TradeTape("X"), TradeTape("X", visible_only=True)
    for tape in (whole, visible):
        tape.take(agg_trade(1, 5.0, 2.0))
        tape.take(agg_trade(2, 3.0, None))  # spot sends no nq
    assert whole.cvd == -8.0
    assert visible.cvd == -5.0


def test_a_tape_refuses_to_mix_kinds_of_trades() -> None:
    tape = TradeTape("X")
    tape.take(trade(1))
    with pytest.raises(TypeError, match="takes Trade, was given AggTrade"):
        tape.take(agg_trade(2, 1.0, None))


def test_window_counts_whole_seconds_up_to_the_asked_moment() -> None:
    tape = TradeTape("X", seconds=10)
    tape.add(1, 1_999, 10.0, 1.0, False)
    tape.add(2, 2_000, 12.0, 2.0, True)
    tape.add(3, 2_999, 9.0, 4.0, False)
    tape.add(4, 5_000, 11.0, 8.0, False)
    window = tape.window(4)
    assert (window.volume, window.signed_volume, window.count) == (14.0, 10.0, 3)
    assert (window.high, window.low) == (12.0, 9.0)
    series = tape.series(5)
    assert series.second.tolist() == [1, 2, 3, 4, 5]
    assert series.count.tolist() == [1, 2, 0, 0, 1]
    assert series.high[1] == 12.0
    assert math.isnan(series.low[2])
    quiet = tape.window(2, until_ms=9_000)
    assert (quiet.volume, quiet.count, quiet.high) == (0.0, 0, None)


def test_what_the_ring_no_longer_holds_is_refused_not_guessed() -> None:
    tape = TradeTape("X", seconds=5)
    tape.add(1, 1_000, 1.0, 1.0, False)
    tape.add(2, 100_000, 1.0, 1.0, False)
    with pytest.raises(ValueError, match="no longer held"):
        tape.window(5, until_ms=99_000)
    with pytest.raises(ValueError, match="holds 5 seconds"):
        tape.window(6)


def test_a_trade_older_than_the_ring_is_counted_as_late() -> None:
    ring = SecondRing(5)
    ring.add(100_000, 1.0, 1.0, 1.0)
    ring.add(95_000, 1.0, 1.0, 1.0)
    ring.add(96_000, 1.0, 1.0, 1.0)
    assert ring.late == 1
    assert ring.window(5, 100).count == 2


def test_an_empty_tape_has_no_last_second() -> None:
    tape = TradeTape("X")
    with pytest.raises(ValueError, match="is empty"):
        tape.window(1)
    assert len(tape.recent()) == 0
    assert tape.window(60, until_ms=60_000).volume == 0.0


@pytest.mark.parametrize("arguments", [{"capacity": 0}, {"seconds": 0}])
def test_a_tape_needs_room(arguments: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="at least one"):
        TradeTape("X", **arguments)  # type: ignore[arg-type]


_TRADES = st.lists(
    st.tuples(st.integers(0, 2500), st.integers(1, 50), st.integers(1, 9), st.booleans()), max_size=60
)


@given(_TRADES)
def test_sums_equal_a_count_over_all_trades(steps: list[tuple[int, int, int, bool]]) -> None:
    tape = TradeTape("X", capacity=7, seconds=4)
    now, seen = 10_000, []
    for trade_id, (later, price, quantity, maker) in enumerate(steps):
        now += later
        seen.append((now // 1000, float(price), float(quantity), -1 if maker else 1))
        tape.add(trade_id, now, float(price), float(quantity), maker)
        within = [row for row in seen if row[0] > now // 1000 - 4]
        window = tape.window(4)
        assert window.count == len(within)
        assert window.volume == sum(row[2] for row in within)
        assert window.signed_volume == sum(row[2] * row[3] for row in within)
        assert window.high == max(row[1] for row in within)
        assert window.low == min(row[1] for row in within)
        assert np.array_equal(tape.recent().price, [row[1] for row in seen[-7:]])
