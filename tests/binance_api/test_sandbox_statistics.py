"""Positioning statistics against the sandbox, whose open interest and flow come from one simulated population."""

import random
from collections.abc import AsyncIterator

import aiohttp
import numpy as np
import pytest

from utils.binance_api.binance_a import BinanceAggregator
from utils.binance_api.urls import BinanceUrls
from utils.clock import SystemClock
from utils.sandbox.exchange import ExchangeSandbox

FIVE = 300_000
DAY = 86_400_000


@pytest.fixture
async def client() -> AsyncIterator[BinanceAggregator]:
    sandbox = ExchangeSandbox(bind="127.0.0.1:0", seed=5)
    await sandbox.start()
    urls = BinanceUrls(sandbox.spot_url, sandbox.futures_url, sandbox.options_url)
    async with aiohttp.ClientSession() as session:
        made = BinanceAggregator(urls, session=session, clock=SystemClock(), rng=random.Random(1))
        await made.open()
        yield made
        await made.close()
    await sandbox.stop()


async def test_the_statistics_fit_the_bars_and_the_present(client: BinanceAggregator) -> None:
    statistics = client.statistics
    taker = (await statistics.taker_volume("BTCUSDT", "1h", rows=24)).value
    bars = (await client.futures.klines("BTCUSDT", "1h", rows=30)).closed()
    shared, left, right = np.intersect1d(taker.stamp, bars.open_time, return_indices=True)
    assert len(shared) >= 23
    np.testing.assert_allclose(taker.buy_volume[left], bars.taker_base[right], rtol=1e-3)
    sold = bars.volume[right] - bars.taker_base[right]
    np.testing.assert_allclose(taker.sell_volume[left], sold, rtol=1e-3)

    history = (await statistics.open_interest("BTCUSDT", "5m", rows=12)).value
    now = (await client.futures.open_interest("BTCUSDT")).value.open_interest
    assert 0.5 < history.open_interest[-1] / now < 2.0
    assert (np.diff(history.stamp) == FIVE).all()

    for ratio in (statistics.global_accounts, statistics.top_accounts, statistics.top_positions):
        shares = (await ratio("BTCUSDT", "15m", rows=40)).value
        np.testing.assert_allclose(shares.long_share + shares.short_share, 1.0, atol=2e-4)
        np.testing.assert_allclose(shares.long_share / shares.short_share, shares.ratio, rtol=2e-3)

    basis = (await statistics.basis("BTCUSDT", "1h", rows=10)).value
    np.testing.assert_allclose(basis.futures_price - basis.index_price, basis.basis, atol=0.02)


async def test_a_month_of_five_minutes_is_paged_whole(client: BinanceAggregator) -> None:
    history = (await client.statistics.open_interest("ETHUSDT", "5m", rows=28 * 288)).value
    assert len(history) == 28 * 288
    assert (np.diff(history.stamp) == FIVE).all()
    past = (
        await client.statistics.taker_volume("ETHUSDT", "1h", rows=48, as_of=int(history.stamp[3 * 288]))
    ).value
    assert len(past) == 48
    assert past.known_at[-1] <= history.stamp[3 * 288]
    assert client.weight_used()["statistics"][0] < 25
