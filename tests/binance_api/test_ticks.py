"""Following a symbol: events in order, trades from REST before those of the stream, what is lost, and letting go."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest

from tests.binance_api.live import (
    DEPTH,
    QUOTES,
    TRADES,
    Pair,
    agg,
    diff,
    quote,
    tick_client,
)
from tests.support.clock import FakeClock
from tests.support.stream_exchange import eventually
from utils.binance_api.book.book import OrderBook
from utils.binance_api.streams.events import AggTrade, BookTickerUpdate
from utils.binance_api.streams.subscription import StreamState
from utils.binance_api.ticks.live import LiveTick
from utils.binance_api.touch import Touch
from utils.binance_api.trades.agg_trades import AggTrades
from utils.http.errors import Unavailable
from utils.priority import Urgency, background, urgency


@dataclass
class Heard:
    """A sink that notes what it is given."""

    trades: list[int] = field(default_factory=list)
    live: list[bool] = field(default_factory=list)
    quotes: list[tuple[int, float]] = field(default_factory=list)
    books: list[float] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    ticks: list[bool] = field(default_factory=list)

    def history(self, trades: AggTrades) -> None:
        self.trades += trades.trade_id.tolist()
        self.live += [False] * len(trades)

    def trade(self, trade: AggTrade, received_ms: int | None) -> None:
        self.trades.append(trade.trade_id)
        self.live.append(received_ms is not None)

    def quote(self, update: BookTickerUpdate, touch: Touch, received_ms: int) -> None:
        self.quotes.append((update.update_id, touch.mid))

    def quotes_lost(self, now_ms: int) -> None:
        self.lost.append("quotes")

    def book(self, event_ms: int, book: OrderBook) -> None:
        self.books.append(book.best().mid)

    def book_lost(self) -> None:
        self.lost.append("book")

    def tick(self, now_ms: int, book: OrderBook | None) -> None:
        self.ticks.append(book is not None)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def pair(clock: FakeClock) -> AsyncIterator[Pair]:
    async with tick_client(clock) as made:
        yield made


async def followed(pair: Pair, clock: FakeClock, ttl_s: float = 60.0) -> tuple[LiveTick, Heard]:
    heard = Heard()
    live = pair[1].ticks("BTCUSDT", "futures", lambda: heard, ttl_s=ttl_s)
    await eventually(lambda: all(pair[0].carrying(name) for name in (QUOTES, TRADES, DEPTH)), clock, 50)
    return live, heard


async def with_history(pair: Pair, live: LiveTick, since: int) -> None:
    async def read() -> AggTrades:
        return (await pair[1].futures.agg_trades("BTCUSDT", since=since, max_rows=5000)).value

    await live.with_history(read, since)


async def test_trades_before_the_stream_come_first_and_each_comes_once(pair: Pair, clock: FakeClock) -> None:
    exchange, _ = pair
    live, heard = await followed(pair, clock)
    await exchange.send(TRADES, agg(clock, 3001))
    await eventually(lambda: live.tape.tape.last_id == 3001)
    assert heard.trades == []  # it waits for what was before
    await with_history(pair, live, clock.now_ms() - 2_500)
    assert heard.trades[-1] == 3001
    assert heard.trades == list(range(heard.trades[0], 3002))
    assert len(heard.trades) >= 2_400
    assert live.trades_since_ms == clock.now_ms() - 2_500
    await exchange.send(TRADES, agg(clock, 3002))
    await eventually(lambda: heard.trades[-1] == 3002)
    assert heard.live[-1]
    assert not any(heard.live[:-2])


async def test_callers_share_one_reading_of_the_past(pair: Pair, clock: FakeClock) -> None:
    live, heard = await followed(pair, clock)
    since = clock.now_ms() - 500
    await asyncio.gather(with_history(pair, live, since), with_history(pair, live, since))
    await with_history(pair, live, since)
    assert len(heard.trades) == len(set(heard.trades)) > 0


async def test_the_reading_of_the_past_is_as_urgent_as_who_waits_for_it(pair: Pair, clock: FakeClock) -> None:
    live, _ = await followed(pair, clock)
    seen, release = list[Urgency](), asyncio.Event()

    async def read() -> AggTrades:
        seen.append(urgency())
        await release.wait()
        seen.append(urgency())
        return (await pair[1].futures.agg_trades("BTCUSDT", since=0, max_rows=5)).value

    with background():
        first = asyncio.create_task(live.with_history(read, 0))
    await clock.settle()
    second = asyncio.create_task(live.with_history(read, 0))
    await clock.settle()
    release.set()
    await asyncio.gather(first, second)
    assert seen == [Urgency.BACKGROUND, Urgency.ANSWER]


async def test_where_no_trades_can_be_followed_the_book_is_let_go(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    streams = pair[1].streams
    monkeypatch.setattr(streams.tapes, "_capacity", 1)
    monkeypatch.setattr(streams.books, "_capacity", 1)
    with streams.tapes.lease(("futures", "ETHUSDT")):
        with pytest.raises(Unavailable):
            pair[1].ticks("BTCUSDT", "futures", Heard)
        streams.books.lease(("futures", "ETHUSDT")).close()  # there is room for it


async def test_without_a_past_the_stream_goes_on_alone(pair: Pair, clock: FakeClock) -> None:
    live, heard = await followed(pair, clock)

    async def fails() -> AggTrades:
        raise OSError("no route")

    with pytest.raises(OSError, match="no route"):
        await live.with_history(fails, 0)
    await pair[0].send(TRADES, agg(clock, 3001))
    await eventually(lambda: heard.trades and heard.trades[-1] == 3001)
    assert live.trades_since_ms is not None


async def test_quotes_and_book_are_told_in_order_and_their_loss_too(pair: Pair, clock: FakeClock) -> None:
    exchange, _ = pair
    live, heard = await followed(pair, clock)
    for number, bid in ((5, 100.0), (7, 101.0), (6, 99.0)):
        await exchange.send(QUOTES, quote(clock, number, bid))
    await exchange.send(QUOTES, quote(clock, 8, 101.0, ask=101.0))
    await exchange.send(DEPTH, diff(clock, 9, 11, 8, b=[["100.5", "1"]]))
    await eventually(lambda: live.book.counts.applied == 1, clock, 50)
    await exchange.send(DEPTH, diff(clock, 12, 12, 11, a=[["101", "2"]]))
    await eventually(lambda: heard.books)
    assert heard.quotes == [(5, 100.5), (7, 101.5)]
    assert heard.books == [100.75]
    assert live.quotes_state is StreamState.LIVE
    await exchange.drop()
    await eventually(lambda: live.quotes_since_ms is None)
    assert set(heard.lost) == {"quotes", "book"}
    assert live.levels() is None


async def test_a_followed_symbol_is_ticked_with_its_book_once_it_is_in_sync(
    pair: Pair, clock: FakeClock
) -> None:
    live, heard = await followed(pair, clock)
    await pair[0].send(DEPTH, diff(clock, 9, 11, 8))
    await eventually(lambda: heard.ticks and heard.ticks[-1], clock, 200)
    levels = live.levels()
    assert levels is not None
    assert levels.bids.tolist() == [[100.0, 1.0]]
    assert levels.sides()[1].best() == (101.0, 1.0)


async def test_streams_are_let_go_a_while_after_the_last_use(pair: Pair, clock: FakeClock) -> None:
    exchange, client = pair
    await followed(pair, clock, ttl_s=5.0)
    client.ticks("BTCUSDT", "futures", Heard, ttl_s=5.0)
    for _ in range(4):
        await clock.advance(1000)
    assert len(client.streams.ticks) == 1
    for _ in range(3):
        await clock.advance(1000)
    assert len(client.streams.ticks) == 0
    for _ in range(400):
        await clock.advance(1000)
    assert not exchange.carrying(QUOTES)


async def test_a_book_whose_known_depth_has_halved_asks_for_a_snapshot(pair: Pair, clock: FakeClock) -> None:
    exchange, _ = pair
    exchange.rest["depth"] = lambda _: {
        "lastUpdateId": 10,
        "bids": [[str(100 - n * 0.01), "1"] for n in range(1000)],
        "asks": [[str(100.01 + n * 0.01), "1"] for n in range(1000)],
    }
    _, heard = await followed(pair, clock)
    await exchange.send(DEPTH, diff(clock, 9, 11, 8))
    await eventually(lambda: heard.ticks and heard.ticks[-1], clock, 200)
    gone = [[str(round(100 - n * 0.01, 2)), "0"] for n in range(700)]
    await exchange.send(DEPTH, diff(clock, 12, 12, 11, b=gone, a=[["93.5", "1"]]))
    before = len([path for path, _ in exchange.queries if "depth" in path])
    await eventually(
        lambda: len([path for path, _ in exchange.queries if "depth" in path]) > before, clock, 500
    )
