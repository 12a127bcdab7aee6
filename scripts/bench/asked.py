"""Every registered module asked over a sandbox exchange, and the pure jobs that its answer consisted of."""

import random
from collections.abc import AsyncIterator, Callable, Mapping
from concurrent.futures import Executor, Future
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import aiohttp

from analysis.framework.module import AnyModule
from analysis.framework.question import Request, Sources
from analysis.framework.result import Analysis
from analysis.framework.runner import COST_SECTION, Runner
from analysis.macro.inputs import ONCHAIN
from analysis.registry import MODULES
from config.base import ConfigModel
from config.c_cost import CostConfig
from scripts.bench.children import child
from utils.binance_api.binance_a import BinanceAggregator
from utils.binance_api.streams.supervisor import StreamUrls
from utils.binance_api.urls import BinanceUrls
from utils.clock import SystemClock
from utils.onchain_api.client import Network
from utils.onchain_api.coinmetrics import CoinMetrics
from utils.onchain_api.defillama import DefiLlama
from utils.onchain_api.farside import Farside
from utils.onchain_api.reader import OnchainReader
from utils.recorder.history import History

SYMBOL: Final = "BTCUSDT"
INTERVAL: Final = "1h"
TRACED_BARS: Final = 5_000

Job = Callable[[], Any]


class Remembering(Executor):
    """Does each job at once, in the caller's thread, and keeps it for being done again."""

    def __init__(self) -> None:
        self.jobs: list[Job] = []

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Do the job."""
        self.jobs.append(partial(fn, *args, **kwargs))
        done: Future[Any] = Future()
        try:
            done.set_result(self.jobs[-1]())
        except Exception as error:
            done.set_exception(error)
        return done


@dataclass(frozen=True, slots=True)
class Asked:
    """One module's answer about BTCUSDT 1h over ``bars`` bars, and how to compute and to trace it again."""

    module: AnyModule
    bars: int
    answer: Analysis
    compute: Job


@dataclass(frozen=True, slots=True)
class Asker:
    """A runner whose jobs are kept."""

    runner: Runner
    computing: Remembering
    fitting: Remembering

    async def ask(self, module: AnyModule) -> Asked:
        """Answer once; its fits are part of the job that is kept."""
        answer = await self.runner.run(module.id, Request(SYMBOL, INTERVAL))
        bars = module.history(module.config(), INTERVAL)
        return Asked(module, bars, answer, self.computing.jobs[-1])

    async def trace(self, module: AnyModule, bars: int = TRACED_BARS) -> Job:
        """Return the tracing of this many bars, its fits at hand."""
        await self.runner.trace(module.id, Request(SYMBOL, INTERVAL), bars)
        return self.fitting.jobs[-1]


@asynccontextmanager
async def asker(data: Path | None) -> AsyncIterator[Asker]:
    """Open a runner on a sandbox that replays the recorded data, or simulates with ``None``."""
    replay = () if data is None else ("--data", str(data))
    arguments = ("--no-chat", "--exchange", "127.0.0.1:0", "--parent-pipe", *replay)
    async with child("utils.sandbox", *arguments) as said, aiohttp.ClientSession() as session:
        exchange = _exchange(session, said)
        await exchange.open()
        computing, fitting, onchain = Remembering(), Remembering(), _onchain(session, said, exchange)
        runner = Runner(
            Sources(exchange, History(exchange, lambda: None), {ONCHAIN: onchain}),
            MODULES,
            partial(dict, _sections()),
            clock=SystemClock(),
            executor=computing,
            heavy=fitting,
        )
        try:
            yield Asker(runner, computing, fitting)
        finally:
            await runner.close()
            await onchain.close()
            await exchange.close()


def _sections() -> Mapping[str, ConfigModel]:
    return {module.id: module.config() for module in MODULES} | {COST_SECTION: CostConfig()}


def _onchain(
    session: aiohttp.ClientSession, said: Mapping[str, str], exchange: BinanceAggregator
) -> OnchainReader:
    network = Network(session, SystemClock(), exchange.market_time_ms, random.Random(1))
    free = (
        CoinMetrics(said["coinmetrics"], network),
        DefiLlama(said["defillama"], network),
        Farside(said["farside"], network),
    )
    return OnchainReader(free, lambda: None, clock=SystemClock(), now_ms=exchange.market_time_ms)


def _exchange(session: aiohttp.ClientSession, said: Mapping[str, str]) -> BinanceAggregator:
    spot, futures = said["spot"], said["futures"]
    return BinanceAggregator(
        BinanceUrls(spot, futures, said["options"]),
        session=session,
        clock=SystemClock(),
        rng=random.Random(1),
        stream_urls=StreamUrls(spot.replace("http", "ws", 1), futures.replace("http", "ws", 1)),
    )
