"""A symbol asked about stays warm: the next answer costs no request, and without streams it comes over REST."""

from collections.abc import AsyncIterator

import pytest

from analysis.framework.question import Market, Request
from analysis.framework.result import Analysis
from analysis.framework.runner import Runner
from tests.analysis.sandboxed import break_path, runner_on, sandbox_client
from tests.support.stream_exchange import eventually
from utils.binance_api.binance_a import BinanceAggregator
from utils.clock import SystemClock
from utils.sandbox.control import SandboxClock
from utils.sandbox.exchange import ExchangeSandbox

NOW = 1_718_000_400_000
"""Ten minutes before a bar closes: the sandbox's time runs as fast as ours from here."""
WATCHED = 8  # four intervals on two markets


@pytest.fixture
async def sandbox() -> AsyncIterator[ExchangeSandbox]:
    made = ExchangeSandbox(bind="127.0.0.1:0", seed=5, clock=SandboxClock(NOW))
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def exchange(sandbox: ExchangeSandbox) -> AsyncIterator[BinanceAggregator]:
    async with sandbox_client(sandbox, SystemClock()) as made:
        yield made


@pytest.fixture
async def runner(exchange: BinanceAggregator) -> AsyncIterator[Runner]:
    async with runner_on(exchange, SystemClock(), live_ms=0) as made:
        yield made


async def ask(runner: Runner, symbol: str = "BTCUSDT", market: Market = "spot") -> Analysis:
    return await runner.run("trend", Request(symbol, "1h", market=market), other_timeframes=True, cost=True)


def is_warm(exchange: BinanceAggregator) -> bool:
    streams = exchange.streams
    bars = list(streams.bars)
    told = len(bars) == WATCHED and all(live.counts["appended"] for live in bars)
    return told and all(quote.fresh for quote in streams.quotes)


@pytest.mark.parametrize("market", ["spot", "futures"])
async def test_the_next_answer_costs_no_request(
    runner: Runner, exchange: BinanceAggregator, market: Market
) -> None:
    first = await ask(runner, market=market)
    await eventually(lambda: is_warm(exchange))
    await ask(runner, market=market)  # the perpetual's settled funding is read once with the mark price live
    before, computed = dict(exchange.requests), runner.counts["computed"]
    second = await ask(runner, market=market)
    assert dict(exchange.requests) == before
    assert runner.counts["computed"] == computed + 1
    assert second.as_of > first.as_of
    assert second.cost is not None
    assert None not in (second.cost.spread, second.cost.slippage_10k, second.cost.funding)
    assert second.coverage == pytest.approx(1.0)


async def test_without_streams_it_comes_over_rest(
    runner: Runner, exchange: BinanceAggregator, sandbox: ExchangeSandbox
) -> None:
    await ask(runner)
    await eventually(lambda: is_warm(exchange))
    await break_path(sandbox.spot_url, "/stream")
    await sandbox.connections.close_all(1001)
    streams = exchange.streams
    await eventually(lambda: not any(quote.fresh for quote in streams.quotes))
    before = sum(exchange.requests.values())
    answer = await ask(runner)
    assert sum(exchange.requests.values()) > before
    assert answer.cost is not None
    assert answer.cost.spread is not None
    assert not answer.missing
