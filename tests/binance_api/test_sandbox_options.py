"""The option chain of the sandbox, whose surface is known: greeks, skew, parity and what one chain costs."""

import random
from collections.abc import AsyncIterator

import aiohttp
import numpy as np
import pytest

from utils.binance_api.binance_a import BinanceAggregator
from utils.binance_api.urls import BinanceUrls
from utils.clock import SystemClock
from utils.sandbox.exchange import ExchangeSandbox


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


async def test_a_chain_is_whole_and_fits_itself(client: BinanceAggregator) -> None:
    names = (await client.options.underlyings()).value
    assert "BTCUSDT" in names
    answer = await client.options.option_chain("BTCUSDT", quotes=True)
    chain = answer.value
    assert chain.missing == ()
    assert len(chain) > 20
    assert len(chain.expiries) >= 2
    assert (chain.expiry > client.market_time_ms()).all()
    spot = (await client.spot.ticker_price("BTCUSDT")).value.price
    assert chain.index_price == pytest.approx(spot, rel=0.02)
    known = ~np.isnan(chain.mark_iv)
    assert known.mean() > 0.9
    assert ((chain.mark_iv[known] > 0.05) & (chain.mark_iv[known] < 5)).all()
    assert (chain.delta[chain.is_call & known] >= 0).all()
    assert (chain.delta[~chain.is_call & known] <= 0).all()
    assert (chain.gamma[known] >= 0).all()
    quoted = ~np.isnan(chain.bid_iv) & ~np.isnan(chain.ask_iv)
    assert (chain.bid_iv[quoted] <= chain.ask_iv[quoted]).all()
    assert np.nansum(chain.open_interest) > 0
    assert chain.open_interest_at is not None
    assert abs(answer.age_ms(client.market_time_ms())) < 60_000


async def test_a_chain_costs_what_it_says(client: BinanceAggregator) -> None:
    await client.options.option_chain("BTCUSDT")
    used, limit = client.weight_used()["options"]
    assert used == 7
    assert limit > 0
    await client.options.option_chain("BTCUSDT")
    assert client.weight_used()["options"][0] == 7
