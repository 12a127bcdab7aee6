"""The runner over the sandbox exchange's sockets, REST and streams."""

import random
from collections.abc import AsyncIterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager

import aiohttp

from analysis.framework.question import Sources
from analysis.framework.runner import Limits, Runner
from analysis.registry import MODULES
from config.base import ConfigModel
from config.c_cost import CostConfig
from tests.support.limits import PATIENCE_S
from utils.binance_api.binance_a import BinanceAggregator, Tuning
from utils.binance_api.streams.supervisor import StreamUrls
from utils.binance_api.urls import BinanceUrls
from utils.clock import Clock
from utils.http.retry import RetryPolicy
from utils.recorder.history import History
from utils.sandbox.exchange import ExchangeSandbox

NOW = 1_718_000_000_000
QUICK = Tuning(timeout_s=PATIENCE_S, retry=RetryPolicy(attempts=1, base_s=0.01, cap_s=0.02))


@asynccontextmanager
async def sandbox_client(sandbox: ExchangeSandbox, clock: Clock) -> AsyncIterator[BinanceAggregator]:
    """Open an aggregator on a sandbox."""
    spot, futures = sandbox.spot_url, sandbox.futures_url
    async with aiohttp.ClientSession() as session:
        made = BinanceAggregator(
            BinanceUrls(spot=spot, futures=futures, options=sandbox.options_url),
            session=session,
            clock=clock,
            rng=random.Random(1),
            stream_urls=StreamUrls(spot.replace("http", "ws"), futures.replace("http", "ws")),
            tuning=QUICK,
        )
        await made.open()
        yield made
        await made.close()


@asynccontextmanager
async def runner_on(
    exchange: BinanceAggregator, clock: Clock, *, live_ms: int = 60_000
) -> AsyncIterator[Runner]:
    """Open a runner whose live answers are kept for ``live_ms``."""
    sections: Mapping[str, ConfigModel] = {module.id: module.config() for module in MODULES} | {
        "cost": CostConfig()
    }
    with ThreadPoolExecutor(1) as pool:
        made = Runner(
            Sources(exchange, History(exchange, lambda: None)),
            MODULES,
            lambda: sections,
            clock=clock,
            executor=pool,
            limits=Limits(live_ms=live_ms),
        )
        yield made
        await made.close()


async def break_path(market_url: str, path: str) -> None:
    """Have a market answer 503 wherever the path is this, or fits it where it holds a `*`, sockets included."""
    async with aiohttp.ClientSession() as session:
        body = {"match": {"path": path}, "fault": {"status": {"code": 503}}, "count": 1000}
        async with session.post(f"{market_url}/_sandbox/faults", json=body) as response:
            assert response.status < 300, await response.text()
