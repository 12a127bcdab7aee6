"""What a question costs while the exchange does not answer: few requests to each host, and a typed fault."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web

from analysis.framework.module import AnyModule
from analysis.framework.question import Request
from analysis.registry import MODULES
from tests.analysis.sandboxed import break_path, runner_on
from tests.support.clock import FakeClock
from tests.support.limits import PATIENCE_S
from utils.binance_api.binance_a import BinanceAggregator, Tuning
from utils.binance_api.urls import BinanceUrls
from utils.clock import SystemClock
from utils.http.errors import SourceError, Unavailable
from utils.http.retry import RetryPolicy
from utils.sandbox.exchange import ExchangeSandbox

MOST = 8
RETRYING = Tuning(timeout_s=PATIENCE_S, retry=RetryPolicy(base_s=0.001, cap_s=0.002))


@pytest.fixture
async def dead() -> AsyncIterator[tuple[str, Counter[str]]]:
    """The address of a host that answers 503 to everything, and how often each of its names was asked."""
    asked: Counter[str] = Counter()

    async def refuse(request: web.Request) -> web.Response:
        asked[request.host.split(":")[0]] += 1
        return web.Response(status=503)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", refuse)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f":{runner.addresses[0][1]}", asked
    await runner.cleanup()


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.id)
async def test_a_question_to_a_dead_exchange_costs_few_requests(
    module: AnyModule, dead: tuple[str, Counter[str]]
) -> None:
    port, asked = dead
    clock = SystemClock()
    async with aiohttp.ClientSession() as session:
        exchange = BinanceAggregator(
            BinanceUrls(spot=f"http://127.0.0.1{port}", futures=f"http://localhost{port}"),
            session=session,
            clock=clock,
            rng=random.Random(1),
            tuning=RETRYING,
        )
        await exchange.open()
        async with runner_on(exchange, clock) as runner:
            with pytest.raises(SourceError):
                await runner.run(module.id, Request("BTCUSDT", "1h"), other_timeframes=True, cost=True)
        await exchange.close()
    assert 0 < max(asked.values()) <= MOST


async def test_an_outage_after_a_good_answer_costs_few_requests(
    sandbox: ExchangeSandbox, exchange: BinanceAggregator, clock: FakeClock
) -> None:
    async with runner_on(exchange, clock) as runner:
        await runner.run("trend", Request("BTCUSDT", "1h"), other_timeframes=True, cost=True)
        before = Counter(exchange._rest.requests)
        await break_path(sandbox.spot_url, "/api/*")
        await break_path(sandbox.futures_url, "/f*")
        with pytest.raises(SourceError):
            await runner.run("trend", Request("ETHUSDT", "1h"), other_timeframes=True, cost=True)
    sent = Counter[str]()
    for (source, outcome), count in (Counter(exchange._rest.requests) - before).items():
        sent[source.split(".")[1]] += count if outcome == "retryable" else 0
    assert 0 < max(sent.values()) <= MOST


async def test_people_wait_together_and_not_one_after_the_other(dead: tuple[str, Counter[str]]) -> None:
    port, asked = dead
    async with aiohttp.ClientSession() as session:
        url = f"http://127.0.0.1{port}"
        exchange = BinanceAggregator(
            BinanceUrls(spot=url, futures=url),
            session=session,
            clock=SystemClock(),
            rng=random.Random(1),
            tuning=RETRYING,
        )
        await exchange.open()
        symbols = [f"C{n}USDT" for n in range(50)]
        asking = (exchange.spot.klines(symbol, "1h", rows=5) for symbol in symbols)
        found = await asyncio.gather(*asking, return_exceptions=True)
        await exchange.close()
    assert all(isinstance(one, SourceError) for one in found)
    assert sum(isinstance(one, Unavailable) for one in found) >= 46
    assert asked["127.0.0.1"] <= MOST
