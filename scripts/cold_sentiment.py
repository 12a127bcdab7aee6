"""Asks `/s` of a coin that nothing has read while every REST answer is late by `LATE_MS`.

Judged is the answer with all its sources and without the wait for other timeframes and the chart: at most `MOST` times
the slowest single request, since no request waits for another one. The same question in the chat is printed beside it.
The market has been drawn before, and what the bot reads at its start (symbol tables, time) is known.
"""

import argparse
import asyncio
import random
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Final

import aiohttp

from analysis.framework.question import Request, Sources
from analysis.framework.runner import Limits, Runner
from analysis.registry import MODULES
from config.base import ConfigModel
from config.c_cost import CostConfig
from tests.support.app_under_test import AppUnderTest
from utils.binance_api.binance_a import BinanceAggregator
from utils.binance_api.urls import BinanceUrls
from utils.clock import SystemClock
from utils.options_api.deribit import Deribit
from utils.recorder.history import History
from utils.recorder.names import DERIBIT_OPTIONS
from utils.sandbox.command import DERIBIT_OFFSET

ASKED: Final = Request("LINKUSDT", "4h")
IN_CHAT: Final = "/s link 4h"
LATE_MS: Final = 2_000
MOST: Final = 1.3
QUIET_S: Final = 4.0


@dataclass(slots=True)
class Requests:
    """How long each request of a session took, from before its connection to the head of its answer (s)."""

    took: list[float] = field(default_factory=list)

    def traced(self) -> aiohttp.TraceConfig:
        """Return what notes them."""
        config = aiohttp.TraceConfig()
        config.on_request_start.append(self._began)
        config.on_request_end.append(self._ended)
        return config

    async def _began(self, _: object, context: SimpleNamespace, __: object) -> None:
        context.began = time.perf_counter()

    async def _ended(self, _: object, context: SimpleNamespace, __: object) -> None:
        self.took.append(time.perf_counter() - context.began)


@dataclass(frozen=True, slots=True)
class Servers:
    """Addresses of the sandbox."""

    spot: str
    futures: str
    options: str
    deribit: str


def servers_of(app: AppUnderTest) -> Servers:
    """Return the neighbouring ports of an app's sandbox."""
    host, port = app.exchange_url.rsplit(":", 1)
    return Servers(*(f"{host}:{int(port) + offset}" for offset in range(DERIBIT_OFFSET + 1)))


@asynccontextmanager
async def asking(servers: Servers) -> AsyncIterator[tuple[Runner, Requests]]:
    """Give a runner that knows the symbol tables and nothing else."""
    clock, requests = SystemClock(), Requests()
    sections: Mapping[str, ConfigModel] = {module.id: module.config() for module in MODULES}
    async with aiohttp.ClientSession(trace_configs=[requests.traced()]) as session:
        exchange = BinanceAggregator(
            BinanceUrls(servers.spot, servers.futures, servers.options),
            session=session,
            clock=clock,
            rng=random.Random(1),
        )
        deribit = Deribit(
            servers.deribit,
            session=session,
            clock=clock,
            now_ms=exchange.market_time_ms,
            rng=random.Random(1),
        )
        await exchange.open()
        tables = (exchange.spot.symbols(), exchange.futures.symbols(), exchange.options.underlyings())
        await asyncio.gather(*tables)
        sources = Sources(exchange, History(exchange, lambda: None), {DERIBIT_OPTIONS: deribit})
        with ThreadPoolExecutor(1) as pool:
            runner = Runner(
                sources,
                MODULES,
                lambda: {**sections, "cost": CostConfig()},
                clock=clock,
                executor=pool,
                limits=Limits(),
            )
            yield runner, requests
            await runner.close()
        await deribit.close()
        await exchange.close()


async def quiet(app: AppUnderTest) -> None:
    """Wait until the bot asks the exchange for nothing."""
    seen = -1
    while (now := (await app.call("GET", app.exchange_url, "/calls"))["last"]) != seen:
        seen = now
        await asyncio.sleep(QUIET_S)


async def cold_sentiment() -> int:
    """Run everything, print the times, and return 0 if the answer took at most `MOST` times its slowest request."""
    with tempfile.TemporaryDirectory(prefix="cold-sentiment-") as folder:
        async with AppUnderTest(Path(folder)) as app:
            servers = servers_of(app)
            async with asking(servers) as (drawing, _):
                await drawing.run("sentiment", ASKED, cost=True)
            await quiet(app)
            async with asking(servers) as (runner, requests):
                requests.took.clear()
                for url in (servers.spot, servers.deribit):
                    await app.fault(url, {"kind": "rest"}, {"latency": {"ms": LATE_MS}})
                began = time.perf_counter()
                await runner.run("sentiment", ASKED, cost=True)
                took = time.perf_counter() - began
            person = await app.person()
            began = time.perf_counter()
            said = await app.ask(person, person, IN_CHAT)
            in_chat = time.perf_counter() - began
    if "LINKUSDT" not in said.text:
        raise RuntimeError(f"{IN_CHAT} was answered with {said.text!r}")
    slowest = max(requests.took)
    print(f"{IN_CHAT}, every answer {LATE_MS / 1000:g} s late: {len(requests.took)} requests")
    print(f"slowest single request   {slowest:5.2f} s")
    print(f"answer                   {took:5.2f} s   {took / slowest:.2f} x (at most {MOST} x)")
    print(f"in the chat, with chart  {in_chat:5.2f} s   {in_chat / slowest:.2f} x")
    return int(took > MOST * slowest)


def main() -> int:
    """Run."""
    argparse.ArgumentParser(prog="scripts/cold_sentiment", description=__doc__).parse_args()
    return asyncio.run(cold_sentiment())


if __name__ == "__main__":
    sys.exit(main())
