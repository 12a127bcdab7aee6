"""A loopback exchange and an aggregator that reads it, on one clock."""

import random
from collections.abc import AsyncIterator

import aiohttp
import pytest

from tests.binance_api.exchange import Exchange, SkippingClock, serving
from tests.support.limits import PATIENCE_S
from utils.binance_api.binance_a import BinanceAggregator, Tuning
from utils.binance_api.urls import BinanceUrls


@pytest.fixture
def clock() -> SkippingClock:
    return SkippingClock()


@pytest.fixture
async def exchange(clock: SkippingClock) -> AsyncIterator[Exchange]:
    async with serving(Exchange(clock)) as served:
        yield served


@pytest.fixture
async def aggregator(exchange: Exchange, clock: SkippingClock) -> AsyncIterator[BinanceAggregator]:
    urls = BinanceUrls(spot=exchange.url, futures=exchange.url)
    async with aiohttp.ClientSession() as session:
        made = BinanceAggregator(
            urls, session=session, clock=clock, rng=random.Random(1), tuning=Tuning(timeout_s=PATIENCE_S)
        )
        await made.open()
        yield made
        await made.close()
