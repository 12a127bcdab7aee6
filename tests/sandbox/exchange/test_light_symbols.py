"""Light symbols stream too, at a rate that a load test may choose."""

from itertools import pairwise

import aiohttp

from tests.sandbox.exchange.conftest import NOW_MS, Client
from tests.sandbox.exchange.listening import listening
from tests.support.clock import FakeClock
from utils.sandbox.exchange import ExchangeSandbox


async def test_best_prices_of_light_symbols_come_at_the_chosen_rate() -> None:
    sandbox = ExchangeSandbox(clock=FakeClock(NOW_MS), symbols=2, light_rate=20.0)
    await sandbox.start()
    names = ["sim001usdt@bookTicker", "sim002usdt@bookTicker"]
    try:
        async with (
            aiohttp.ClientSession() as session,
            listening(Client(session, sandbox), f"/stream?streams={'/'.join(names)}") as listener,
        ):
            messages = await listener.follow(4, 1_000)
    finally:
        await sandbox.stop()
    for name in names:
        mine = [message["data"]["u"] for message in messages if message["stream"] == name]
        assert 75 <= len(mine) <= 80
        assert {later - earlier for earlier, later in pairwise(mine)} == {50}


async def test_light_symbols_trade(client: Client) -> None:
    sandbox = ExchangeSandbox(clock=FakeClock(NOW_MS), symbols=1)
    await sandbox.start()
    try:
        path = "/stream?streams=sim001usdt@aggTrade/sim001usdt@kline_1m"
        async with listening(Client(client.session, sandbox), path) as listener:
            heard = {message["stream"] for message in await listener.follow(2, 60_000)}
    finally:
        await sandbox.stop()
    assert heard == {"sim001usdt@aggTrade", "sim001usdt@kline_1m"}
