"""A followed symbol for the stream modules: cold and warm, late, out of sync, and small."""

import tracemalloc
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import msgspec
import pytest

from analysis.framework.question import Instrument, Sources
from analysis.sources.live_ticks import BOOK, QUOTES, TRADES, TickNeeds, late_reason, read_ticks
from analysis.sources.tick_state import TickState
from tests.binance_api.live import DEPTH, Pair, agg, diff, quote, tick_client
from tests.binance_api.live import QUOTES as QUOTES_STREAM
from tests.binance_api.live import TRADES as TRADES_STREAM
from tests.support.clock import FakeClock
from tests.support.followed_ticks import followed
from tests.support.stream_exchange import eventually
from utils.binance_api.book.state import BookState
from utils.binance_api.streams.events import AggTrade, BookTickerUpdate
from utils.binance_api.trades.live import KEPT_SECONDS, KEPT_TRADES
from utils.binance_api.trades.tape import TradeTape

MAX_BYTES = 1_500_000
BTC = Instrument("futures", "BTCUSDT")


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def pair(clock: FakeClock) -> AsyncIterator[Pair]:
    async with tick_client(clock) as made:
        yield made


def sources(pair: Pair) -> Sources:
    return cast(Sources, SimpleNamespace(exchange=pair[1]))


async def test_a_cold_symbol_is_answered_from_rest(pair: Pair) -> None:
    found = await read_ticks(sources(pair), BTC, 1.0)
    assert found.trades_s == 900
    assert (found.quotes_s, found.live_s) == (0, 0)
    assert found.state.trades.window(900).buy.orders > 0
    assert found.book is not None
    assert found.book.source.endswith("depth")
    assert set(found.missing) == {QUOTES}
    assert found.missing[QUOTES].code == "no_live"


async def live(pair: Pair, clock: FakeClock) -> None:
    exchange, _ = pair
    await read_ticks(sources(pair), BTC, 1.0)
    names = (QUOTES_STREAM, TRADES_STREAM, DEPTH)
    await eventually(lambda: all(exchange.carrying(name) for name in names), clock, 50)
    await exchange.send(QUOTES_STREAM, quote(clock, 5, 100.0))
    await exchange.send(TRADES_STREAM, agg(clock, 3001, p="101"))
    await exchange.send(DEPTH, diff(clock, 9, 11, 8))
    ticks = pair[1].ticks("BTCUSDT", "futures", lambda: TickState(1.0))
    await eventually(
        lambda: (
            ticks.quotes_since_ms is not None
            and ticks.book.state is BookState.SYNCED
            and ticks.tape.live_since_ms is not None
        ),
        clock,
        20,
    )


async def test_a_warm_symbol_has_everything_and_says_for_how_long(pair: Pair, clock: FakeClock) -> None:
    await live(pair, clock)
    await clock.advance(3_000)
    found = await read_ticks(sources(pair), BTC, 1.0)
    assert found.missing == {}
    assert found.quotes_s >= 3
    assert found.state.spreads.window(60).trades == 0  # its quote was of the same millisecond
    assert found.state.quotes.window(3).spread_bps == pytest.approx(1e4 / 100.5)
    assert [stamp.name.rpartition(".")[2] for stamp in found.stamps] == ["aggTrade", "bookTicker", "depth"]
    assert all(found.as_of - stamp.as_of >= 3_000 for stamp in found.stamps)


async def test_a_book_that_was_lost_is_missing_and_not_read_over_rest(pair: Pair, clock: FakeClock) -> None:
    await live(pair, clock)
    await pair[0].send(DEPTH, diff(clock, 90, 91, 89))
    ticks = pair[1].ticks("BTCUSDT", "futures", lambda: TickState(1.0))
    await eventually(lambda: ticks.book.state is not BookState.SYNCED)
    found = await read_ticks(sources(pair), BTC, 1.0)
    assert found.book is None
    assert found.missing[BOOK].text == "the order book is not in sync: an update was lost"


async def test_streams_that_lag_are_missing_with_the_delay(pair: Pair, clock: FakeClock) -> None:
    await live(pair, clock)
    for number in range(6, 30):
        late = {**quote(clock, number, 100.0), "T": clock.now_ms() - 4_000}
        await pair[0].send(QUOTES_STREAM, late)
    ticks = pair[1].ticks("BTCUSDT", "futures", lambda: TickState(1.0))
    state = cast(TickState, ticks.sink)
    await eventually(lambda: (state.quote_delays.quantiles(0.5) or (0.0,))[0] >= 4_000)
    found = await read_ticks(sources(pair), BTC, 1.0, TickNeeds(max_delay_ms=2_000))
    assert {part: reason.code for part, reason in found.missing.items()} == dict.fromkeys(
        (TRADES, QUOTES, BOOK), "stream_lag"
    )
    assert found.delay_ms is not None
    patient = await read_ticks(sources(pair), BTC, 1.0, TickNeeds(max_delay_ms=9_000))
    assert patient.missing == {}


async def test_a_lost_connection_leaves_nothing_live(pair: Pair, clock: FakeClock) -> None:
    await live(pair, clock)
    await pair[0].drop()
    ticks = pair[1].ticks("BTCUSDT", "futures", lambda: TickState(1.0))
    await eventually(lambda: ticks.quotes_since_ms is None and ticks.book.state is not BookState.SYNCED)
    found = await read_ticks(sources(pair), BTC, 1.0)
    assert set(found.missing) == {TRADES, QUOTES, BOOK}


async def test_trades_that_rest_refuses_are_missing_with_its_fault(pair: Pair) -> None:
    del pair[0].rest["aggTrades"]
    found = await read_ticks(sources(pair), BTC, 1.0)
    assert found.missing[TRADES].code == "source_down"
    assert found.trades_s == 0


def test_clocks_apart_are_told_from_lag() -> None:
    late, early = late_reason((2_500.0, 3_000.0), 2_000), late_reason((-2_500.0, 0.0), 2_000)
    assert late is not None
    assert early is not None
    assert (late.code, early.code) == ("stream_lag", "clock_skew")
    assert late_reason((1_999.0, 9_000.0), 2_000) is None
    assert late_reason(None, 0) is None


def test_a_followed_symbol_stays_within_its_memory(shared_data: Path) -> None:
    path = shared_data / "ws" / "usdm_btcusdt_2024-08-08.jsonl.gz"
    first = next(followed(path, 0.1, 2_000))  # what is made once for all symbols
    tracemalloc.start()
    made = next(followed(path, 0.1, 60_000))
    tape = TradeTape("BTCUSDT", capacity=KEPT_TRADES, seconds=KEPT_SECONDS)
    used, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert first.state.quotes.window(60).quotes < made.state.quotes.window(60).quotes
    assert made.state.spreads.window(60).trades > 100
    assert len(made.state.depth.read()) > 2
    assert (made.book.state, len(tape)) == (BookState.SYNCED, 0)
    assert used < MAX_BYTES


def test_spot_quotes_without_a_time_stand_before_a_trade_by_the_rule_of_spot() -> None:
    state = TickState(0.01)
    fixed = {"event_ms": 1_000, "trade_ms": 1_000, "buyer_is_maker": False, "symbol": "BTCUSDT"}
    first = AggTrade(
        trade_id=1, price=101.0, quantity=1.0, first_trade_id=1, last_trade_id=1, **cast(Any, fixed)
    )
    state.trade(first, 1_015)  # the smallest delay of the line is 15 ms
    for number, received, bid in ((1, 1_100, 100.0), (2, 1_118, 200.0), (3, 1_200, 200.5)):
        update = BookTickerUpdate(
            symbol="BTCUSDT", update_id=number, bid=bid, bid_quantity=1.0, ask=bid + 1, ask_quantity=1.0
        )
        state.quote(update, update.touch, received)
    late = msgspec.structs.replace(first, trade_id=2, event_ms=1_104, trade_ms=1_104)
    state.trade(late, 1_130)
    paired = state.spreads.window(10)
    assert paired.trades == 1  # 1118 - 15 + 2 is not before 1104, 1100 - 15 + 2 is
    assert paired.effective_bps == pytest.approx(2e4 * (101.0 - 100.5) / 100.5)
