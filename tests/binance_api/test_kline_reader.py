"""The reader's memory stays bounded and the least recently read series leaves first."""

import random

import aiohttp

from tests.binance_api.exchange import Exchange, SkippingClock
from utils.binance_api.binance_a import BinanceAggregator, Tuning
from utils.binance_api.urls import BinanceUrls


async def test_rows_in_memory_are_bounded(exchange: Exchange, clock: SkippingClock) -> None:
    urls = BinanceUrls(spot=exchange.url, futures=exchange.url)
    async with aiohttp.ClientSession() as session:
        small = BinanceAggregator(
            urls, session=session, clock=clock, rng=random.Random(1), tuning=Tuning(max_rows=250)
        )
        for symbol in ("A", "B", "A", "C"):
            await small.spot.klines(symbol, "1h", rows=100)
        assert small.kept["rows"] == 200
        asked = len(exchange.calls)
        await small.spot.klines("A", "1h", rows=100)
        assert len(exchange.calls) == asked
        await small.spot.klines("B", "1h", rows=100)
        assert len(exchange.calls) == asked + 1
        await small.close()
