"""Reading back: beyond the exchange's 30 days, what was known first, and nothing from after the asked moment."""

import numpy as np
import pytest

from config.c_record import RecordConfig
from tests.recorder.conftest import ON_SQLITE, recorder_of, ticks
from tests.recorder.exchange import DAY, HOUR, Positioning, open_interest
from tests.support.clock import FakeClock
from utils.binance_api.binance_a import BinanceAggregator
from utils.http.errors import SourceError
from utils.recorder import names
from utils.recorder.history import History
from utils.store.liquidations import Liquidation
from utils.store.listening import EVERY_SYMBOL
from utils.store.store import Store

SYMBOL = "BTCUSDT"
DAYS = 24
ONE = RecordConfig(symbols=("BTC",), option_underlyings=(), periods=("1h",), keep_days=31)


@pytest.fixture
def history(store: Store, aggregator: BinanceAggregator) -> History:
    return History(aggregator, lambda: store)


@pytest.fixture
async def recorded(store: Store, aggregator: BinanceAggregator, clock: FakeClock) -> int:
    """Forty days later: what is in the store reaches 69 days back. Returns the present hour."""
    for pages, days in ((3, 20), (2, 20), (2, 0)):
        await ticks(recorder_of(store, aggregator, clock, ONE), clock, pages)
        await clock.advance(days * DAY)
    return clock.now_ms() // HOUR * HOUR


async def test_windows_grow_beyond_thirty_days(history: History, recorded: int) -> None:
    answer = await history.open_interest(SYMBOL, "1h", rows=60 * DAYS)
    found = answer.value
    assert len(found) == 60 * DAYS
    np.testing.assert_array_equal(found.stamp, recorded - HOUR * np.arange(60 * DAYS)[::-1])
    np.testing.assert_array_equal(found.open_interest, [open_interest(int(t)) for t in found.stamp])
    np.testing.assert_array_equal(found.value_usd, 2 * found.open_interest)
    assert answer.source == "store"
    taker = (await history.taker_volume(SYMBOL, "1h", rows=50 * DAYS)).value
    assert taker.stamp[-1] == recorded - HOUR
    assert set(taker.ratio) == {2.0}
    ratio = (await history.global_accounts(SYMBOL, "1h", rows=50 * DAYS)).value
    assert set(ratio.long_share) == {0.6}
    assert len((await history.top_accounts(SYMBOL, "1h", rows=50 * DAYS)).value) == 50 * DAYS
    assert len((await history.top_positions(SYMBOL, "1h", rows=50 * DAYS)).value) == 50 * DAYS


@ON_SQLITE
async def test_what_the_store_has_whole_costs_no_request(
    history: History, recorded: int, exchange: Positioning
) -> None:
    before = exchange.calls.total()
    await history.open_interest(SYMBOL, "1h", rows=40 * DAYS)
    await history.open_interest(SYMBOL, "1h", rows=24, as_of=recorded - 45 * DAY)
    assert exchange.calls.total() == before


@ON_SQLITE
async def test_the_exchange_fills_what_we_do_not_have_and_ours_stands_where_we_do(
    history: History, recorded: int, exchange: Positioning, clock: FakeClock
) -> None:
    exchange.revised = 0.5
    await clock.advance(10 * HOUR)  # during which nothing was recorded
    answer = await history.open_interest(SYMBOL, "1h", rows=40 * DAYS)
    found = answer.value
    assert np.all(np.diff(found.stamp) == HOUR)
    revised = found.open_interest != [open_interest(int(t)) for t in found.stamp]
    np.testing.assert_array_equal(found.stamp[revised], recorded + HOUR * np.arange(1, 11))
    assert answer.source == "binance.futures.openInterestHist + store"


@pytest.mark.parametrize("back", [5 * DAY, 45 * DAY], ids=["exchange still has it", "only we have it"])
async def test_no_row_from_after_the_asked_moment(
    history: History, recorded: int, back: int, exchange: Positioning
) -> None:
    moment = recorded - back + HOUR // 2
    whole = (await history.open_interest(SYMBOL, "1h", rows=100, as_of=moment)).value
    assert whole.stamp[-1] == moment // HOUR * HOUR
    assert np.all(whole.known_at <= moment)
    taker = (await history.taker_volume(SYMBOL, "1h", rows=100, as_of=moment)).value
    assert taker.stamp[-1] == moment // HOUR * HOUR - HOUR
    assert len(whole) == len(taker) == 100


@ON_SQLITE
async def test_one_moment_has_one_answer_whatever_is_recorded_later(
    history: History, store: Store, aggregator: BinanceAggregator, recorded: int, clock: FakeClock
) -> None:
    moment = recorded - 3 * HOUR + 1
    first = (await history.open_interest(SYMBOL, "1h", rows=200, as_of=moment)).value
    await clock.advance(2 * DAY)
    await ticks(recorder_of(store, aggregator, clock), clock, 2)
    again = (await history.open_interest(SYMBOL, "1h", rows=200, as_of=moment)).value
    np.testing.assert_array_equal(first.stamp, again.stamp)
    np.testing.assert_array_equal(first.open_interest, again.open_interest)


async def test_without_a_database_the_exchange_alone_answers(
    aggregator: BinanceAggregator, clock: FakeClock
) -> None:
    bare = History(aggregator, lambda: None)
    answer = await bare.open_interest(SYMBOL, "1h", rows=48)
    assert len(answer.value) == 48
    assert await bare.liquidations(SYMBOL, 0, 1, as_of=clock.now_ms()) is None
    assert await bare.observed(names.MARK, SYMBOL, 0, 1, as_of=clock.now_ms()) is None
    assert await bare.option_figure("BTCUSDT", "atm_iv_30d_pct", 0, 1, as_of=clock.now_ms()) is None


@ON_SQLITE
async def test_when_the_exchange_fails_our_rows_answer_and_without_rows_its_error_does(
    history: History, recorded: int, exchange: Positioning, clock: FakeClock
) -> None:
    exchange.broken = {"openInterestHist"}
    await clock.advance(5 * HOUR)
    answer = await history.open_interest(SYMBOL, "1h", rows=48)
    assert answer.value.stamp[-1] == recorded
    assert answer.as_of == recorded
    with pytest.raises(SourceError):
        await history.open_interest("ETHUSDT", "1h", rows=48)


async def test_liquidations_come_with_the_share_we_listened(
    history: History, store: Store, clock: FakeClock
) -> None:
    now = clock.now_ms()
    rows = [
        Liquidation(SYMBOL, now + ts, "SELL", 1.0, 1.0, 1.0, 1.0, now + ts + 10) for ts in (0, 1000, 5000)
    ]
    await store.liquidations.append(rows)
    await store.listening.heard(names.LIQUIDATIONS, EVERY_SYMBOL, since=now, until=now + 2000)
    seen = await history.liquidations(SYMBOL, now, now + 8000, as_of=now + 4000)
    assert seen is not None
    assert seen.orders.ts.tolist() == [now, now + 1000]
    assert seen.share(now, now + 4000) == 0.5


async def test_recorded_series_and_option_figures_are_read_as_known(
    history: History, store: Store, aggregator: BinanceAggregator, clock: FakeClock
) -> None:
    begun = clock.now_ms()
    await ticks(recorder_of(store, aggregator, clock), clock, 1)
    marks = await history.observed(names.MARK, SYMBOL, begun, begun + HOUR, as_of=clock.now_ms())
    figure = await history.option_figure(
        "BTCUSDT", "atm_iv_30d_pct", begun, begun + HOUR, as_of=clock.now_ms()
    )
    assert marks is not None
    assert figure is not None
    assert marks.value.tolist() == [101.0]
    assert figure.value.tolist() == pytest.approx([50.0])
    early = await history.observed(names.MARK, SYMBOL, begun, begun + HOUR, as_of=begun - 1)
    assert early is not None
    assert len(early) == 0
