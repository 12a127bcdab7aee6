"""Bars through the store: what is asked, what is answered, and that no moment sees later bars."""

import asyncio

import numpy as np
import pytest

from tests.binance_api.exchange import HOUR, Exchange, SkippingClock
from utils.binance_api.binance_a import BinanceAggregator
from utils.http.errors import Rejected, Unavailable

NOW = 1_700_000_000_000
OPEN = NOW // HOUR * HOUR  # opening of the unfinished bar


async def test_newest_bars_end_with_the_unfinished_one_marked(aggregator: BinanceAggregator) -> None:
    bars = await aggregator.spot.klines("BTCUSDT", "1h", rows=5)
    assert bars.open_time.tolist() == [OPEN - HOUR * k for k in (5, 4, 3, 2, 1, 0)]
    assert bars.is_final.tolist() == [True] * 5 + [False]
    assert (bars.as_of, bars.source, bars.market) == (NOW, "binance.spot.klines", "spot")
    assert len(bars.closed()) == 5
    assert bars.trades.tolist() == [7] * 6
    np.testing.assert_array_equal(bars.taker_quote, 100.0)
    np.testing.assert_array_equal(bars.quote_volume, 200.0)


async def test_hundred_callers_cost_one_request(aggregator: BinanceAggregator, exchange: Exchange) -> None:
    asked = [aggregator.spot.klines("BTCUSDT", "1h", rows=50) for _ in range(100)]
    answers = await asyncio.gather(*asked)
    assert len(exchange.calls) == 1
    assert {len(bars) for bars in answers} == {51}


async def test_a_fresh_unfinished_bar_is_not_asked_for_again(
    aggregator: BinanceAggregator, exchange: Exchange, clock: SkippingClock
) -> None:
    await aggregator.spot.klines("BTCUSDT", "1h", rows=50)
    await clock.advance(4_900)
    await aggregator.spot.klines("BTCUSDT", "1h", rows=20)
    assert len(exchange.calls) == 1
    await clock.advance(200)
    await aggregator.spot.klines("BTCUSDT", "1h", rows=50)
    assert exchange.limits == [51, 1]


async def test_after_closes_only_the_missing_bars_are_fetched(
    aggregator: BinanceAggregator, exchange: Exchange, clock: SkippingClock
) -> None:
    await aggregator.spot.klines("BTCUSDT", "1h", rows=50)
    await clock.advance(3 * HOUR)
    bars = await aggregator.spot.klines("BTCUSDT", "1h", rows=50)
    assert exchange.limits == [51, 4]
    assert exchange.calls[1][1]["startTime"] == str(OPEN)
    assert bars.open_time[-1] == OPEN + 3 * HOUR
    assert len(bars) == 51
    assert bars.gaps().size == 0


async def test_longer_history_fetches_only_the_older_part(
    aggregator: BinanceAggregator, exchange: Exchange
) -> None:
    await aggregator.spot.klines("BTCUSDT", "1h", rows=100)
    bars = await aggregator.spot.klines("BTCUSDT", "1h", rows=130)
    assert exchange.limits == [101, 30]
    assert int(exchange.calls[1][1]["endTime"]) < OPEN - 100 * HOUR
    assert len(bars.closed()) == 130


async def test_history_beyond_one_page_is_paged_backwards(
    aggregator: BinanceAggregator, exchange: Exchange
) -> None:
    bars = await aggregator.spot.klines("BTCUSDT", "1h", rows=2500)
    assert exchange.limits == [1000, 1000, 501]
    assert len(bars.closed()) == 2500
    assert np.all(np.diff(bars.open_time) == HOUR)


async def test_futures_pages_keep_to_the_cheapest_weight(
    aggregator: BinanceAggregator, exchange: Exchange
) -> None:
    await aggregator.futures.klines("BTCUSDT", "1h", rows=1200)
    assert exchange.limits == [499, 499, 203]
    used, _ = aggregator.weight_used()["futures"]
    assert used == 6


async def test_a_past_moment_sees_only_bars_closed_before_it(
    aggregator: BinanceAggregator, exchange: Exchange
) -> None:
    at_close = OPEN - 10 * HOUR
    bars = await aggregator.spot.klines("BTCUSDT", "1h", rows=24, as_of=at_close)
    assert bars.close_time[-1] == at_close - 1
    assert bars.is_final.all()
    assert (len(bars), bars.as_of) == (24, at_close)
    inside = await aggregator.spot.klines("BTCUSDT", "1h", rows=24, as_of=at_close + HOUR - 1)
    assert inside.open_time.tolist() == bars.open_time.tolist()
    at_its_last_ms = await aggregator.spot.klines("BTCUSDT", "1h", rows=3, as_of=at_close - 1)
    assert at_its_last_ms.close_time[-1] == at_close - HOUR - 1
    assert exchange.limits == [24]  # the second moment lies in the next bar: nothing new had closed


async def test_the_same_answer_whatever_was_asked_before(
    aggregator: BinanceAggregator, exchange: Exchange
) -> None:
    moment = OPEN - 30 * HOUR + 17
    alone = await aggregator.spot.klines("ETHUSDT", "1h", rows=40, as_of=moment)
    await aggregator.spot.klines("BTCUSDT", "1h", rows=200)
    await aggregator.spot.klines("BTCUSDT", "1h", rows=3, as_of=OPEN - 500 * HOUR)
    exchange.calls.clear()
    after = await aggregator.spot.klines("BTCUSDT", "1h", rows=40, as_of=moment)
    assert exchange.calls == []
    np.testing.assert_array_equal(after.open_time, alone.open_time)
    np.testing.assert_array_equal(after.close, alone.close)


async def test_separate_stretches_join_and_only_the_part_between_is_fetched(
    aggregator: BinanceAggregator, exchange: Exchange
) -> None:
    await aggregator.spot.klines("BTCUSDT", "1h", rows=10, as_of=OPEN - 100 * HOUR)
    await aggregator.spot.klines("BTCUSDT", "1h", rows=10, as_of=OPEN)
    bars = await aggregator.spot.klines("BTCUSDT", "1h", rows=110, as_of=OPEN)
    assert exchange.limits == [10, 10, 90]
    assert bars.gaps().size == 0
    assert len(bars) == 110


async def test_a_hole_is_asked_for_once_more_and_then_stays_visible(
    aggregator: BinanceAggregator, exchange: Exchange
) -> None:
    exchange.missing = {OPEN - 5 * HOUR, OPEN - 4 * HOUR}
    bars = await aggregator.spot.klines("BTCUSDT", "1h", rows=10)
    assert bars.gaps().tolist() == sorted(exchange.missing)
    assert exchange.limits == [11, 2]
    await aggregator.spot.klines("BTCUSDT", "1h", rows=10)
    assert exchange.limits == [11, 2]


async def test_a_hole_that_was_a_glitch_is_filled(aggregator: BinanceAggregator, exchange: Exchange) -> None:
    exchange.missing = {OPEN - 5 * HOUR}

    def mend() -> None:
        if len(exchange.calls) == 2:
            exchange.missing = set()

    exchange.before_reply = mend
    bars = await aggregator.spot.klines("BTCUSDT", "1h", rows=10)
    assert bars.gaps().size == 0
    assert len(bars.closed()) == 10


async def test_a_young_series_gives_what_there_is_without_asking_again(
    aggregator: BinanceAggregator, exchange: Exchange
) -> None:
    exchange.first_open = OPEN - 7 * HOUR
    bars = await aggregator.spot.klines("NEWUSDT", "1h", rows=500)
    assert len(bars.closed()) == 7
    again = await aggregator.spot.klines("NEWUSDT", "1h", rows=2000, as_of=OPEN - 3 * HOUR)
    assert len(again) == 4
    before = await aggregator.spot.klines("NEWUSDT", "1h", rows=5, as_of=OPEN - 100 * HOUR)
    assert len(before) == 0
    assert len(exchange.calls) == 1


async def test_the_bar_is_closed_by_exchange_time_not_ours(
    aggregator: BinanceAggregator, exchange: Exchange, clock: SkippingClock
) -> None:
    exchange.skew_ms = 2 * HOUR
    await clock.advance(3_600_000)  # past the next measurement of exchange time
    bars = await aggregator.spot.klines("BTCUSDT", "1h", rows=3)
    assert aggregator.clock_offset_ms == 2 * HOUR
    assert bars.open_time[-1] == OPEN + 3 * HOUR
    assert bars.as_of == clock.now_ms() + 2 * HOUR


async def test_just_after_a_close_the_next_bar_proves_the_last_one_closed(
    aggregator: BinanceAggregator, exchange: Exchange, clock: SkippingClock
) -> None:
    await clock.advance(OPEN + HOUR - clock.now_ms() + 20)
    bars = await aggregator.spot.klines("BTCUSDT", "1h", rows=4, as_of=OPEN + HOUR)
    assert bars.close_time[-1] == OPEN + HOUR - 1
    assert len(exchange.calls) == 1
    assert clock.slept == []


async def test_just_after_a_close_without_a_next_bar_it_waits_for_the_exchange(
    aggregator: BinanceAggregator, exchange: Exchange, clock: SkippingClock
) -> None:
    await clock.advance(OPEN + HOUR - clock.now_ms() + 20)
    exchange.missing = {OPEN + HOUR}
    live = await aggregator.spot.klines("BTCUSDT", "1h", rows=4)
    assert live.open_time[-1] == OPEN
    assert not live.is_final[-1]
    bars = await aggregator.spot.klines("BTCUSDT", "1h", rows=4, as_of=OPEN + HOUR)
    assert bars.close_time[-1] == OPEN + HOUR - 1
    assert clock.slept == [0.5]


async def test_a_halted_symbol_keeps_its_closed_bars_and_costs_little(
    aggregator: BinanceAggregator, exchange: Exchange, clock: SkippingClock
) -> None:
    exchange.missing = {OPEN + k * HOUR for k in range(-20, 200)}
    bars = await aggregator.spot.klines("OLDUSDT", "1h", rows=4)
    assert bars.is_final.all()
    assert bars.open_time[-1] == OPEN - 21 * HOUR
    await clock.advance(4_000)
    await aggregator.spot.klines("OLDUSDT", "1h", rows=4)
    assert exchange.limits == [5]
    await clock.advance(60_000)
    again = await aggregator.spot.klines("OLDUSDT", "1h", rows=4)
    assert exchange.limits == [5, 5]
    assert again.open_time.tolist() == bars.open_time.tolist()


async def test_an_old_answer_is_not_believed_for_ever(
    aggregator: BinanceAggregator, exchange: Exchange, clock: SkippingClock
) -> None:
    await aggregator.spot.klines("BTCUSDT", "1h", rows=4)
    old = exchange._row(OPEN)
    exchange.bodies["/klines"] = [[*old[:3], "1.5", "1.5", *old[5:]]]
    await clock.advance(HOUR)
    stale = await aggregator.spot.klines("BTCUSDT", "1h", rows=4)
    assert (stale.close[-1], stale.open_time[-1]) == (1.5, OPEN)
    exchange.bodies.clear()
    await clock.advance(5_000)
    mended = await aggregator.spot.klines("BTCUSDT", "1h", rows=4)
    assert mended.open_time[-1] == OPEN + HOUR
    assert mended.close[-2] == float(old[4])


async def test_a_moment_yet_to_come_sees_what_has_closed_by_now(
    aggregator: BinanceAggregator, exchange: Exchange
) -> None:
    bars = await aggregator.spot.klines("BTCUSDT", "1h", rows=4, as_of=NOW + 50 * HOUR)
    assert bars.open_time.tolist() == [OPEN - HOUR * k for k in (4, 3, 2, 1)]
    assert bars.as_of == NOW


async def test_a_cancelled_waiter_does_not_cancel_the_shared_request(
    aggregator: BinanceAggregator, exchange: Exchange
) -> None:
    exchange.hold = asyncio.Event()
    waiters = [asyncio.create_task(aggregator.spot.klines("BTCUSDT", "1h", rows=5)) for _ in range(3)]
    await exchange.called.wait()
    waiters[0].cancel()
    exchange.hold.set()
    assert [len(await waiter) for waiter in waiters[1:]] == [6, 6]
    assert len(exchange.calls) == 1


async def test_bars_outside_of_the_asked_time_are_refused(
    aggregator: BinanceAggregator, exchange: Exchange
) -> None:
    exchange.bodies["/klines"] = [exchange._row(OPEN - HOUR), exchange._row(OPEN)]
    with pytest.raises(Unavailable, match="outside of the asked time"):
        await aggregator.spot.klines("BTCUSDT", "1h", rows=2, as_of=OPEN - 50 * HOUR)


async def test_an_unknown_interval_is_refused_before_asking(
    aggregator: BinanceAggregator, exchange: Exchange
) -> None:
    with pytest.raises(Rejected) as refused:
        await aggregator.spot.klines("BTCUSDT", "7m", rows=2)
    assert refused.value.parameter == "interval"
    with pytest.raises(ValueError, match="at least 1"):
        await aggregator.spot.klines("BTCUSDT", "1h", rows=0)
    assert exchange.calls == []


async def test_futures_series_are_named_and_asked_as_the_exchange_wants(
    aggregator: BinanceAggregator, exchange: Exchange
) -> None:
    market = aggregator.futures
    bars = [
        await market.mark_klines("BTCUSDT", "1h", rows=2),
        await market.index_klines("BTCUSDT", "1h", rows=2),
        await market.premium_klines("BTCUSDT", "1h", rows=2),
        await market.continuous_klines("BTCUSDT", "1h", rows=2),
    ]
    assert [b.series for b in bars] == ["mark", "index", "premium", "continuous"]
    named = [(path.rsplit("/", 1)[1], "pair" in query, "symbol" in query) for path, query in exchange.calls]
    assert named == [
        ("markPriceKlines", False, True),
        ("indexPriceKlines", True, False),
        ("premiumIndexKlines", False, True),
        ("continuousKlines", True, False),
    ]
    assert exchange.calls[-1][1]["contractType"] == "PERPETUAL"
