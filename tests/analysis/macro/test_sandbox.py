"""/macro over the sandbox's exchange and providers: without a key, with each key, with providers dead, in the past."""

import random
from collections.abc import AsyncIterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp
import pytest
import pytest_asyncio

from analysis.framework.question import Request, Sources
from analysis.framework.result import Analysis
from analysis.framework.runner import Runner
from analysis.registry import MODULES
from bot.onchain import onchain_providers
from config.base import ConfigModel
from config.c_cost import CostConfig
from config.settings import Settings
from tests.analysis.sandboxed import sandbox_client
from tests.support.clock import FakeClock
from utils.http.retry import RetryPolicy
from utils.http.session import open_session
from utils.onchain_api.client import DailyTuning
from utils.onchain_api.reader import NAME, OnchainReader
from utils.recorder.history import History
from utils.sandbox.exchange import ExchangeSandbox
from utils.sandbox.onchain import OnchainSandbox

NOW = 1_795_178_096_789  # a Friday, 12:34 UTC
DAY = 86_400_000
ONCE = DailyTuning(retry=RetryPolicy(attempts=1))
KEYS = ("coinglass_api_key", "glassnode_api_key", "cryptoquant_api_key")


@dataclass
class Market:
    exchange: ExchangeSandbox
    onchain: OnchainSandbox
    clock: FakeClock
    session: aiohttp.ClientSession

    @asynccontextmanager
    async def runner(self, *keys: str, **urls: str) -> AsyncIterator[Runner]:
        addresses = {f"{name}_url": address for name, address in self.onchain.addresses.items()}
        settings = Settings.model_validate(addresses | urls | dict.fromkeys(keys, "any key"))
        sections: Mapping[str, ConfigModel] = {module.id: module.config() for module in MODULES} | {
            "cost": CostConfig()
        }
        async with sandbox_client(self.exchange, self.clock) as client:
            providers = onchain_providers(
                settings, self.session, self.clock, client.market_time_ms, random.Random(1), ONCE
            )
            reader = OnchainReader(providers, lambda: None, clock=self.clock, now_ms=client.market_time_ms)
            with ThreadPoolExecutor(1) as pool:
                sources = Sources(client, History(client, lambda: None), {NAME: reader})
                made = Runner(sources, MODULES, lambda: sections, clock=self.clock, executor=pool)
                yield made
                await made.close()
            await reader.close()

    async def condition(self, name: str, **body: object) -> None:
        url = f"{self.onchain.url}/_sandbox/providers/{name}"
        async with self.session.put(url, json=body) as answer:
            assert answer.status == 200, await answer.text()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def market() -> AsyncIterator[Market]:
    clock = FakeClock(NOW)
    exchange = ExchangeSandbox(clock=clock)
    await exchange.start()
    onchain = OnchainSandbox(exchange)
    await onchain.start()
    async with open_session() as session:
        yield Market(exchange, onchain, clock, session)
    await onchain.stop()
    await exchange.stop()


@pytest_asyncio.fixture(autouse=True, loop_scope="module")
async def _fresh(market: Market) -> None:
    """Forget conditions, and the requests that count in limits: the clock stands still."""
    await market.onchain.reset(None)


def codes(answer: Analysis) -> list[str]:
    return [note.code for note in answer.notes]


def providers_of(answer: Analysis) -> dict[str, str]:
    return {m.id: m.source for m in answer.metrics if m.source is not None}


@pytest.mark.asyncio(loop_scope="module")
async def test_without_a_key_it_answers_from_free_sources_and_says_what_a_key_adds(market: Market) -> None:
    async with market.runner() as runner:
        answer = await runner.run("macro", Request("BTCUSDT", "4h"))
    assert answer.interval == "1d"
    assert answer.score is not None
    assert 0.7 < answer.coverage < 1
    assert {"free_sources", "glassnode_key", "cryptoquant_key", "coinglass_key", "too_old"} <= set(
        codes(answer)
    )
    named = providers_of(answer)
    assert named["stable_30d"] == "DefiLlama"
    assert named["cex_net_7d"] == named["mvrv_z"] == named["balance_30d"] == "Coin Metrics"
    assert named["etf_residual"] == "Farside"
    assert named["sopr_7d"] == "BGeometrics"
    whale = answer.metric("whale_ratio")
    assert whale.reason is not None
    assert whale.reason.text == "needs CRYPTOQUANT_API_KEY"
    sopr = answer.metric("sopr_7d")
    assert sopr.value is not None
    assert (sopr.signal, sopr.reason and sopr.reason.code) == (None, "stale_value")
    today = NOW // DAY * DAY
    assert answer.metric("mvrv_z").as_of == today - 1
    assert answer.metric("cex_net_7d").as_of == today - 1
    assert sopr.as_of is not None
    assert today - 9 * DAY < sopr.as_of < today - 7 * DAY


@pytest.mark.asyncio(loop_scope="module")
async def test_each_key_adds_what_it_promised(market: Market) -> None:
    found = {}
    for keys in ((), *((key,) for key in KEYS), KEYS):
        await market.onchain.reset(None)
        async with market.runner(*keys) as runner:
            found[keys] = await runner.run("macro", Request("BTCUSDT", "1d"))
    bare, whole = found[()], found[KEYS]
    assert whole.coverage == pytest.approx(1.0)
    assert found[("glassnode_api_key",)].coverage > bare.coverage
    assert found[("cryptoquant_api_key",)].coverage > bare.coverage
    fresh = found[("coinglass_api_key",)].metric("etf_flow")
    assert fresh.source == "CoinGlass"
    assert (fresh.as_of or 0) > (bare.metric("etf_flow").as_of or 0)
    assert not {"free_sources", "glassnode_key", "too_old"} & set(codes(whole))
    assert "free_sources" not in codes(found[("glassnode_api_key",)])


@pytest.mark.asyncio(loop_scope="module")
async def test_the_wall_before_farside_costs_etf_flow_alone_and_a_key_brings_it_back(market: Market) -> None:
    await market.condition("farside", up=False)
    async with market.runner() as runner:
        bare = await runner.run("macro", Request("BTCUSDT", "1d"))
    async with market.runner("coinglass_api_key") as runner:
        keyed = await runner.run("macro", Request("BTCUSDT", "1d"))
    reason = bare.metric("etf_residual").reason
    assert reason is not None
    assert reason.text == "onchain.etf does not answer now"
    assert keyed.coverage > bare.coverage
    assert keyed.metric("etf_residual").source == "CoinGlass"


@pytest.mark.asyncio(loop_scope="module")
async def test_with_every_provider_dead_it_says_so_and_has_no_score(market: Market) -> None:
    for name in market.onchain.addresses:
        await market.condition(name, up=False)
    async with market.runner() as runner:
        answer = await runner.run("macro", Request("BTCUSDT", "1d"))
    assert answer.score is None
    assert answer.coverage == 0
    assert answer.null_reasons[0].code == "low_coverage"
    assert all(metric.reason is not None for metric in answer.metrics)
    assert answer.price > 0
    assert answer.scalars[0].value is None


@pytest.mark.asyncio(loop_scope="module")
async def test_ether_has_facts_of_its_own_and_another_coin_those_of_the_market(market: Market) -> None:
    async with market.runner(*KEYS) as runner:
        bitcoin, ether, other = [
            await runner.run("macro", Request(symbol, "1d")) for symbol in ("BTCUSDT", "ETHUSDT", "SOLUSDT")
        ]
    assert ether.metric("cex_inflow").value != bitcoin.metric("cex_inflow").value
    assert ether.metric("stable_30d").value == bitcoin.metric("stable_30d").value
    whale = ether.metric("whale_ratio").reason
    assert whale is not None
    assert whale.text == "no provider delivers it for ETH"
    assert other.score == pytest.approx(bitcoin.score)
    assert other.price != bitcoin.price
    (note,) = [note for note in other.notes if note.code == "market_wide"]
    assert "SOLUSDT" in note.text
    assert "market_wide" not in codes(ether)


@pytest.mark.asyncio(loop_scope="module")
async def test_a_past_moment_knows_what_was_known_then(market: Market) -> None:
    at = NOW // DAY * DAY - 30 * DAY
    async with market.runner(*KEYS) as runner:
        early = await runner.run("macro", Request("BTCUSDT", "1d", as_of=at + DAY // 24))
        later = await runner.run("macro", Request("BTCUSDT", "1d", as_of=at + 3 * DAY // 24))
    assert early.metric("mvrv_z").as_of == at - DAY - 1  # the day that ended at midnight is out at two
    assert later.metric("mvrv_z").as_of == at - 1
    assert early.score is not None


@pytest.mark.asyncio(loop_scope="module")
async def test_a_late_provider_makes_its_values_stale_and_not_the_others(market: Market) -> None:
    await market.condition("coinmetrics", lag_s=6 * 86_400)
    async with market.runner() as runner:
        answer = await runner.run("macro", Request("BTCUSDT", "1d"))
    late, fresh = answer.metric("cex_net_7d"), answer.metric("stable_30d")
    assert late.value is not None
    assert (late.signal, late.reason and late.reason.code) == (None, "stale_value")
    assert fresh.signal is not None
    assert answer.is_final
