"""The sandbox exchange at a fixed moment, an aggregator on it, and a runner over that."""

from collections.abc import AsyncIterator

import pytest

from analysis.framework.runner import Runner
from tests.analysis.sandboxed import NOW, runner_on, sandbox_client
from tests.support.clock import FakeClock
from utils.binance_api.binance_a import BinanceAggregator
from utils.sandbox.exchange import ExchangeSandbox


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(NOW)


@pytest.fixture
async def sandbox(clock: FakeClock) -> AsyncIterator[ExchangeSandbox]:
    made = ExchangeSandbox(bind="127.0.0.1:0", seed=5, clock=clock)
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def exchange(sandbox: ExchangeSandbox, clock: FakeClock) -> AsyncIterator[BinanceAggregator]:
    async with sandbox_client(sandbox, clock) as made:
        yield made


@pytest.fixture
async def runner(exchange: BinanceAggregator, clock: FakeClock) -> AsyncIterator[Runner]:
    async with runner_on(exchange, clock) as made:
        yield made
