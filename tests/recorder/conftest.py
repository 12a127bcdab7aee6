"""Both databases, a loopback exchange, and a recorder on one clock that a test moves."""

import random
from collections.abc import AsyncIterator

import aiohttp
import pytest

from config.c_record import RecordConfig
from tests.recorder.exchange import Positioning
from tests.store.conftest import address, store
from tests.support.clock import FakeClock
from tests.support.limits import PATIENCE_S
from tests.support.stream_exchange import serving_streams
from utils.binance_api.binance_a import BinanceAggregator, Tuning
from utils.binance_api.streams.supervisor import StreamUrls
from utils.binance_api.urls import BinanceUrls
from utils.http.retry import RetryPolicy
from utils.recorder.recorder import TICK_S, Recorder
from utils.store.store import Store

__all__ = ["address", "store"]

ON_SQLITE = pytest.mark.parametrize("address", ["sqlite"], indirect=True)
"""For what has nothing to do with the kind of database."""
SMALL = RecordConfig(symbols=("BTC", "SHIB"), option_underlyings=("BTC",), periods=("1h",), keep_days=60)


@pytest.fixture
async def exchange(clock: FakeClock) -> AsyncIterator[Positioning]:
    made = Positioning(clock)
    async with serving_streams(made):
        yield made


@pytest.fixture
async def aggregator(exchange: Positioning, clock: FakeClock) -> AsyncIterator[BinanceAggregator]:
    async with aiohttp.ClientSession() as session:
        made = BinanceAggregator(
            BinanceUrls(spot=exchange.url, futures=exchange.url, options=exchange.url),
            session=session,
            clock=clock,
            rng=random.Random(1),
            stream_urls=StreamUrls(exchange.ws_url, exchange.ws_url),
            tuning=Tuning(timeout_s=PATIENCE_S, retry=RetryPolicy(attempts=1)),
        )
        await made.open()
        yield made
        await made.close()


def recorder_of(
    store: Store, aggregator: BinanceAggregator, clock: FakeClock, config: RecordConfig = SMALL
) -> Recorder:
    """A recorder as the bot makes it."""
    return Recorder(store, aggregator, config, clock=clock, rng=random.Random(2))


async def ticks(recorder: Recorder, clock: FakeClock, count: int) -> None:
    """Let the recorder look that often, in its own rhythm."""
    for _ in range(count):
        await recorder.tick()
        await clock.advance(round(TICK_S * 1000))
