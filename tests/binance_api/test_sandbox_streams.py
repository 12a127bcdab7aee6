"""Live reads against the sandbox exchange on loopback, as the bot uses them."""

import random
from collections.abc import AsyncIterator

import aiohttp
import pytest

from scripts.soak import Shadow
from tests.support.stream_exchange import eventually
from utils.binance_api.binance_a import BinanceAggregator
from utils.binance_api.book.state import BookState
from utils.binance_api.streams.names import StreamKey, depth_stream
from utils.binance_api.streams.subscription import StreamState
from utils.binance_api.streams.supervisor import StreamUrls
from utils.binance_api.urls import BinanceUrls, Market
from utils.clock import SystemClock
from utils.sandbox.exchange import ExchangeSandbox


@pytest.fixture
async def sandbox() -> AsyncIterator[ExchangeSandbox]:
    made = ExchangeSandbox(bind="127.0.0.1:0", seed=5)
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def client(sandbox: ExchangeSandbox) -> AsyncIterator[BinanceAggregator]:
    spot, futures = sandbox.spot_url, sandbox.futures_url
    sockets = StreamUrls(spot.replace("http", "ws"), futures.replace("http", "ws"))
    async with aiohttp.ClientSession() as session:
        made = BinanceAggregator(
            BinanceUrls(spot, futures, sandbox.options_url),
            session=session,
            clock=SystemClock(),
            rng=random.Random(1),
            stream_urls=sockets,
        )
        await made.open()
        yield made
        await made.close()


@pytest.mark.parametrize("market", ["spot", "futures"])
async def test_a_live_book_is_the_one_rest_shows(client: BinanceAggregator, market: Market) -> None:
    live = client.book("BTCUSDT", market)
    book = await live.ready()
    shadow = Shadow(live)
    client.streams.supervisor.subscribe(depth_stream(market, "BTCUSDT"), shadow)
    await eventually(lambda: shadow.book.state is not BookState.EMPTY)
    shown = await client.streams.books.read_snapshot(market, "BTCUSDT")
    shadow.book.snapshot(shown.bids, shown.asks, shown.last_update_id, limit=1000)
    await eventually(lambda: shadow.compared >= 10)
    assert shadow.wrong == 0
    assert book.counts.gaps == 0


@pytest.mark.parametrize("market", ["spot", "futures"])
async def test_a_live_tape_is_the_one_rest_shows(client: BinanceAggregator, market: Market) -> None:
    live = client.trades("BTCUSDT", market)
    await eventually(lambda: live.tape.accepted >= 1000)
    await eventually(lambda: live.live_since_ms is not None and not live.filling)
    rows = live.tape.recent()
    assert live.tape.missed == 0
    assert (rows.trade_id[1:] - rows.trade_id[:-1] == 1).all()


async def test_watched_bars_are_read_without_a_request(client: BinanceAggregator) -> None:
    client.watch("BTCUSDT", ["1m", "1h"])
    series = list(client.streams.bars)
    await eventually(lambda: all(live.counts["appended"] >= 1 for live in series))
    before = dict(client.requests)
    for interval in ("1m", "1h"):
        bars = await client.spot.klines("BTCUSDT", interval, rows=250)
        assert len(bars.closed()) >= 250
        assert bars.gaps().size == 0
        assert client.market_time_ms() - bars.as_of < 10_000
    assert dict(client.requests) == before


async def test_a_lost_connection_is_survived(client: BinanceAggregator, sandbox: ExchangeSandbox) -> None:
    live = client.book("BTCUSDT")
    await live.ready()
    await sandbox.connections.close_all(1001)
    await eventually(lambda: live.book.state is not BookState.SYNCED)
    await eventually(lambda: live.book.state is BookState.SYNCED)


async def test_streams_of_all_routes_bring_data(client: BinanceAggregator) -> None:
    class Ear:
        heard = 0

        def event(self, payload: object) -> None:
            self.heard += 1

        def lost(self, state: StreamState) -> None:
            raise AssertionError(state)

        def live(self) -> None:
            """Nothing to do."""

    names = {
        "spot": ("btcusdt@bookTicker", "btcusdt@depth20@100ms", "!miniTicker@arr", "btcusdt@kline_1m"),
        "futures": ("btcusdt@markPrice@1s", "btcusdt@bookTicker", "!markPrice@arr@1s"),
    }
    ears = {}
    for product, streams in names.items():
        for name in streams:
            ears[name] = Ear()
            key = StreamKey("spot" if product == "spot" else "futures", name)
            client.streams.supervisor.subscribe(key, ears[name])
    await eventually(lambda: all(ear.heard for ear in ears.values()))
