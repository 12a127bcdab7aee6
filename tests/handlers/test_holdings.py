"""The owner's coins named over the sandbox's sockets: the largest first, neither stablecoins nor dust, no amounts."""

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from handlers.holdings import AccountHoldings
from handlers.services import SymbolFound
from tests.analysis.account.test_reader import KEY, SECRET
from tests.analysis.sandboxed import QUICK
from utils.binance_api.binance_a import BinanceAggregator
from utils.binance_api.http.signing import credentials
from utils.binance_api.urls import BinanceUrls
from utils.clock import SystemClock
from utils.sandbox.exchange import ExchangeSandbox

BALANCES = [
    {"asset": "ETH", "free": "0.5"},
    {"asset": "BTC", "free": "0.1", "locked": "0.05"},
    {"asset": "SOL", "free": "0.000001"},
    {"asset": "USDT", "free": "713.37"},
    {"asset": "NOPRICE", "free": "9"},
]


@asynccontextmanager
async def exchange_of(
    balances: list[dict[str, str]], *, key: bool = True
) -> AsyncIterator[BinanceAggregator]:
    sandbox = ExchangeSandbox(bind="127.0.0.1:0", seed=5)
    await sandbox.start()
    try:
        async with aiohttp.ClientSession() as session:
            body: dict[str, Any] = {"key": {"api_key": KEY, "secret": SECRET}, "balances": balances}
            async with session.put(f"{sandbox.spot_url}/_sandbox/account", json=body) as response:
                assert response.status == 200, await response.text()
            exchange = BinanceAggregator(
                BinanceUrls(sandbox.spot_url, sandbox.futures_url, sandbox.options_url),
                session=session,
                clock=SystemClock(),
                rng=random.Random(1),
                credentials=credentials(KEY, SECRET) if key else None,
                tuning=QUICK,
            )
            await exchange.open()
            yield exchange
            await exchange.close()
    finally:
        await sandbox.stop()


async def test_the_largest_coin_comes_first_and_dust_and_money_stay_out() -> None:
    async with exchange_of(BALANCES) as exchange:
        found = await AccountHoldings(exchange).symbols()
    assert found == (SymbolFound("BTCUSDT", "spot"), SymbolFound("ETHUSDT", "spot"))


async def test_without_a_key_nothing_is_held() -> None:
    async with exchange_of(BALANCES, key=False) as exchange:
        assert await AccountHoldings(exchange).symbols() == ()
