"""The runner over sockets: module A against the sandbox exchange, live and past, whole and broken."""

import asyncio
from dataclasses import replace

import aiohttp
import numpy as np
import pytest

from analysis.framework.module import module_by
from analysis.framework.question import Request, Scope
from analysis.framework.runner import Runner
from analysis.registry import MODULES
from tests.analysis.sandboxed import break_path
from tests.support.clock import FakeClock
from utils.binance_api.binance_a import BinanceAggregator
from utils.http.errors import Rejected, SourceError
from utils.sandbox.exchange import ExchangeSandbox

LIVE = Request("BTCUSDT", "4h")
PAST = Request("BTCUSDT", "4h", as_of=1_710_000_000_000)


async def test_a_live_answer_is_whole(runner: Runner, clock: FakeClock) -> None:
    answer = await runner.run("trend", LIVE, other_timeframes=True, cost=True)
    assert answer.score is not None
    assert answer.coverage == pytest.approx(1.0)
    assert not answer.missing
    assert answer.computed_at == clock.now_ms()
    assert answer.bar_close <= answer.as_of
    assert answer.as_of - answer.bar_close <= 4 * 3_600_000
    assert [n.interval for n in answer.other_timeframes] == ["15m", "1h", "1d"]
    assert all(n.score is not None for n in answer.other_timeframes)
    cost = answer.cost
    assert cost is not None
    assert cost.spread is not None
    assert cost.slippage_10k is not None
    assert cost.spread > 0
    assert cost.slippage_10k >= 0
    assert (cost.fees, cost.funding) == (20.0, 0.0)


async def test_simultaneous_requests_compute_once_and_later_ones_are_remembered(
    runner: Runner, clock: FakeClock
) -> None:
    answers = await asyncio.gather(*(runner.run("trend", LIVE) for _ in range(20)))
    assert runner.counts["computed"] == 1
    assert len({answer.score for answer in answers}) == 1
    await runner.run("trend", LIVE)
    assert runner.counts == {**runner.counts, "computed": 1, "remembered": 1}
    fitted = runner.counts["fitted"]
    await clock.advance(4 * 3_600_000)
    later = await runner.run("trend", LIVE)
    assert later.bar_close > answers[0].bar_close
    assert runner.counts["computed"] == 2
    assert runner.counts["fitted"] - fitted <= 1


async def test_a_past_moment_reads_the_same_whatever_ran_before(runner: Runner) -> None:
    first = await runner.run("trend", PAST, cost=True)
    await runner.run("trend", LIVE)
    path = await runner.trace("trend", PAST, 2500)
    assert first.score is not None
    assert first.score == pytest.approx(float(path.score[-1]), abs=1e-5)
    assert first.cost is not None
    assert first.cost.spread is None
    assert first.cost.reasons["spread"].code == "no_history"
    assert first.bar_close < 1_710_000_000_000
    assert len(path.time) == 2500


async def test_the_perpetual_has_funding_in_its_cost(runner: Runner) -> None:
    answer = await runner.run("trend", Request("BTCUSDT", "4h", market="futures"), cost=True)
    assert answer.market == "futures"
    assert answer.coverage == pytest.approx(1.0)
    assert answer.cost is not None
    assert answer.cost.funding is not None
    assert answer.cost.fees == 10.0


async def test_a_symbol_that_exists_only_as_perpetual_says_so(
    runner: Runner, exchange: BinanceAggregator
) -> None:
    answer = await runner.run("trend", Request("1000SHIBUSDT", "4h"))
    assert answer.market == "futures"
    assert answer.notes[0].code == "spot_missing"
    assert answer.score is not None


async def test_a_perpetual_counted_in_thousands_has_an_ordinary_basis(runner: Runner) -> None:
    answer = await runner.run("trend", Request("SHIBUSDT", "4h"))
    basis = answer.metric("basis_bps").value
    assert basis is not None
    assert abs(basis) < 500


async def test_a_broken_perpetual_market_degrades(runner: Runner, sandbox: ExchangeSandbox) -> None:
    await break_path(sandbox.futures_url, "/fapi/v1/klines")
    answer = await runner.run("trend", LIVE, cost=True)
    assert answer.score is not None
    assert answer.coverage < 1
    reason = answer.metric("basis_bps").reason
    assert reason is not None
    assert reason.code == "source_down"


async def test_broken_books_cost_only_the_cost(runner: Runner, sandbox: ExchangeSandbox) -> None:
    await break_path(sandbox.spot_url, "/api/v3/depth")
    answer = await runner.run("trend", LIVE, cost=True)
    assert answer.cost is not None
    assert answer.cost.slippage_10k is None
    assert answer.cost.reasons["slippage_10k"].code == "source_down"
    assert answer.cost.spread is not None


async def test_errors_of_the_asked_market_pass_through(runner: Runner, sandbox: ExchangeSandbox) -> None:
    with pytest.raises(Rejected):
        await runner.run("trend", Request("NOSUCHUSDT", "4h"))
    with pytest.raises(KeyError, match="there are trend"):
        await runner.run("nosuch", LIVE)
    await break_path(sandbox.spot_url, "/api/v3/klines")
    with pytest.raises(SourceError):
        await runner.run("trend", LIVE)


async def test_kalman_slope_follows_the_sandboxs_own_drift(runner: Runner, sandbox: ExchangeSandbox) -> None:
    path = await runner.trace("trend", Request("BTCUSDT", "1h"), 8000)
    begin, end = int(path.time[0]) + 1 - 3_600_000, int(path.time[-1]) + 1
    async with aiohttp.ClientSession() as session:
        query = {"symbol": "BTCUSDT", "from": str(begin), "to": str(end)}
        async with session.get(f"{sandbox.spot_url}/_sandbox/truth", params=query) as response:
            truth = await response.json()
    drift = np.interp(path.time, truth["states"]["time"], truth["states"]["drift"])
    slope = path.values["kalman_slope"]
    known = np.isfinite(slope)
    assert known.sum() > 7000
    assert np.corrcoef(slope[known], drift[known])[0, 1] > 0.2


def test_modules_are_found_by_command() -> None:
    assert module_by("t", MODULES).id == "trend"


async def test_scalars_of_closed_bars_are_computed_once_a_bar(runner: Runner, clock: FakeClock) -> None:
    asked = replace(LIVE, scope=Scope(scores_only=True))
    first = await runner.run("trend", asked)
    await clock.advance(61_000)
    second = await runner.run("trend", asked)
    assert runner.counts == {**runner.counts, "computed": 1, "unchanged": 1}
    assert (second.scalars, second.bar_close) == (first.scalars, first.bar_close)
    assert second.as_of == first.as_of + 61_000
    await clock.advance(4 * 3_600_000)
    third = await runner.run("trend", asked)
    assert third.bar_close > first.bar_close
    assert runner.counts["computed"] == 2


async def test_until_the_next_close_only_the_price_is_read_for_scalars_of_closed_bars(
    runner: Runner, sandbox: ExchangeSandbox, clock: FakeClock
) -> None:
    asked = replace(LIVE, scope=Scope(scores_only=True))
    first = await runner.run("trend", asked)
    await clock.advance(61_000)
    await break_path(sandbox.futures_url, "/fapi/v1/klines")
    second = await runner.run("trend", asked)
    assert runner.counts == {**runner.counts, "computed": 1, "unchanged": 1}
    assert second.sources == first.sources
    await break_path(sandbox.spot_url, "/api/v3/ticker/price")
    await clock.advance(61_000)
    assert (await runner.run("trend", asked)).as_of == first.as_of + 122_000
    await clock.advance(4 * 3_600_000)
    assert (await runner.run("trend", asked)).bar_close > first.bar_close
    assert runner.counts["computed"] == 2


async def test_a_source_that_an_answer_lacks_is_asked_again(
    runner: Runner, sandbox: ExchangeSandbox, exchange: BinanceAggregator, clock: FakeClock
) -> None:
    def asked_perpetual() -> int:
        return sum(
            count for (source, _), count in exchange.requests.items() if source.endswith("futures.klines")
        )

    alone = replace(LIVE, scope=Scope(scores_only=True))
    await break_path(sandbox.futures_url, "/fapi/v1/klines")
    await runner.run("trend", alone)
    before = asked_perpetual()
    await clock.advance(61_000)
    await runner.run("trend", alone)
    assert asked_perpetual() > before > 0


async def test_a_stream_module_follows_nothing_for_scalars_of_its_bars(
    runner: Runner, exchange: BinanceAggregator
) -> None:
    of_bars = Scope(scores_only=True, scalars=("flow.bar_imbalance",))
    answer = await runner.run("flow", replace(LIVE, scope=of_bars))
    values = {scalar.name: scalar.value for scalar in answer.scalars}
    assert values["flow.bar_imbalance"] is not None
    assert not {source for source, _ in exchange.requests} & {
        "binance.futures.depth",
        "binance.futures.aggTrades",
    }
    live = await runner.run("flow", replace(LIVE, scope=Scope(scores_only=True)))
    assert "binance.futures.aggTrades" in {source for source, _ in exchange.requests}
    assert {scalar.name: scalar.value for scalar in live.scalars} == {
        **{scalar.name: scalar.value for scalar in live.scalars},
        "flow.bar_imbalance": values["flow.bar_imbalance"],
    }
