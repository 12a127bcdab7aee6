"""Every adapter against the sandbox's provider: the same numbers from all of them, and faults as errors of the tree."""

import random
from collections.abc import AsyncIterator
from dataclasses import dataclass

import aiohttp
import numpy as np
import pytest

from tests.support.clock import FakeClock
from utils.http.errors import SourceError
from utils.http.retry import RetryPolicy
from utils.http.session import open_session
from utils.onchain_api.bgeometrics import BGeometrics
from utils.onchain_api.client import DailyTuning, Network
from utils.onchain_api.coinglass import CoinGlass
from utils.onchain_api.coinmetrics import CoinMetrics
from utils.onchain_api.cryptoquant import CryptoQuant
from utils.onchain_api.defillama import DefiLlama
from utils.onchain_api.facts import (
    BALANCES,
    ETF,
    FACTS,
    FLOWS,
    MARKET,
    PROFIT,
    SOPR,
    STABLECOINS,
    VALUATION,
    DailyRows,
    OnchainProvider,
    Values,
)
from utils.onchain_api.farside import Farside
from utils.onchain_api.glassnode import Glassnode
from utils.onchain_api.reader import OnchainReader
from utils.sandbox.exchange import ExchangeSandbox
from utils.sandbox.onchain import OnchainSandbox
from utils.units import DAY_MS

NOW = 1_795_178_096_789  # a Friday


@dataclass
class World:
    providers: dict[str, OnchainProvider]
    server: OnchainSandbox
    session: aiohttp.ClientSession
    clock: FakeClock

    async def control(self, method: str, path: str, **body: object) -> None:
        url = f"{self.server.url}/_sandbox{path}"
        async with self.session.request(method, url, json=body) as answer:
            assert answer.status == 200, await answer.text()

    def reader(self, *names: str) -> OnchainReader:
        chosen = [self.providers[name] for name in names]
        return OnchainReader(chosen, lambda: None, clock=self.clock, now_ms=self.clock.now_ms)


def all_providers(addresses: dict[str, str], key: str | None, network: Network) -> dict[str, OnchainProvider]:
    made: tuple[OnchainProvider, ...] = (
        CoinMetrics(addresses["coinmetrics"], network),
        DefiLlama(addresses["defillama"], network),
        Farside(addresses["farside"], network),
        BGeometrics(addresses["bgeometrics"], network),
        CoinGlass(addresses["coinglass"], key, network),
        Glassnode(addresses["glassnode"], key, network, per_day=1_000),
        CryptoQuant(addresses["cryptoquant"], key, network, per_minute=100),
    )
    return {provider.name: provider for provider in made}


@pytest.fixture
async def world() -> AsyncIterator[World]:
    clock = FakeClock(NOW)
    exchange = ExchangeSandbox(clock=clock)
    await exchange.start()
    server = OnchainSandbox(exchange)
    await server.start()
    once = DailyTuning(retry=RetryPolicy(attempts=1))
    async with open_session() as session:
        network = Network(session, clock, clock.now_ms, random.Random(1), tuning=once)
        yield World(all_providers(server.addresses, "any key", network), server, session, clock)
    await server.stop()
    await exchange.stop()


def common(one: DailyRows, two: DailyRows, fact: str) -> tuple[Values, Values]:
    days = np.intersect1d(one.day, two.day)
    assert len(days) > 300
    first, second = (rows.values[fact][np.isin(rows.day, days)] for rows in (one, two))
    return first, second


async def test_all_providers_of_a_fact_tell_the_same(world: World) -> None:
    for asset in ("BTC", "ETH"):
        for topic, names in (
            (FLOWS, ("coinmetrics", "glassnode", "cryptoquant")),
            (BALANCES, ("coinmetrics", "glassnode", "cryptoquant", "coinglass")),
        ):
            first, *others = [await world.providers[name].read(topic, asset, 0) for name in names]
            for other in others:
                one, two = common(first, other, FACTS[topic][0])
                np.testing.assert_allclose(one, two, rtol=1e-8)
    for name in ("glassnode", "cryptoquant"):
        for fact in FACTS[VALUATION]:
            mine = await world.providers["coinmetrics"].read(VALUATION, "BTC", 0)
            np.testing.assert_allclose(
                *common(mine, await world.providers[name].read(VALUATION, "BTC", 0), fact), rtol=1e-8
            )
    free = await world.providers["bgeometrics"].read(SOPR, "BTC", 0)
    for name in ("glassnode", "cryptoquant"):
        np.testing.assert_allclose(
            *common(free, await world.providers[name].read(SOPR, "BTC", 0), "sopr"), rtol=1e-6
        )
    free = await world.providers["bgeometrics"].read(PROFIT, "BTC", 0)
    paid = await world.providers["glassnode"].read(PROFIT, "BTC", 0)
    np.testing.assert_allclose(*common(free, paid, "realised_pnl_usd"), rtol=1e-6)


async def test_etf_flows_are_dollars_wherever_they_come_from(world: World) -> None:
    millions = await world.providers["farside"].read(ETF, "BTC", 0)
    dollars = await world.providers["coinglass"].read(ETF, "BTC", 0)
    one, two = common(millions, dollars, "flow_usd")
    np.testing.assert_allclose(one, two, atol=0.06e6)
    assert np.abs(one).max() > 1e8
    assert set((millions.day // DAY_MS + 3) % 7) == set(range(5))
    assert dollars.day[-1] > millions.day[-1]  # the newest row of the page is provisional


async def test_the_supply_of_stablecoins_is_known_after_its_day(world: World) -> None:
    found = await world.reader("defillama").topic(STABLECOINS, MARKET, as_of=None)
    series = found.series["supply_usd"]
    assert series.time[-1] == NOW // DAY_MS * DAY_MS - DAY_MS
    assert 5e10 < series.value[-1] < 1e12


async def test_a_revised_past_is_told_and_not_believed(world: World) -> None:
    reader = world.reader("coinmetrics")
    before = (await reader.topic(VALUATION, "BTC", as_of=None)).series["mvrv"]
    await world.control("PUT", "/providers/coinmetrics", revise=True)
    await world.clock.advance(2 * DAY_MS)
    after = (await reader.topic(VALUATION, "BTC", as_of=None)).series["mvrv"]
    np.testing.assert_array_equal(after.value[: len(before.value)], before.value)
    assert len(after.value) == len(before.value) + 2


async def test_a_dead_provider_is_replaced_by_the_next_capable_one(world: World) -> None:
    await world.control("PUT", "/providers/coinmetrics", up=False)
    found = await world.reader("coinmetrics", "glassnode").topic(FLOWS, "ETH", as_of=None)
    assert found.title == "Glassnode"
    await world.control("PUT", "/providers/glassnode", up=False)
    with pytest.raises(SourceError, match="no values from Coin Metrics, Glassnode"):
        await world.reader("coinmetrics", "glassnode").topic(FLOWS, "ETH", as_of=None)


async def test_a_late_provider_makes_its_values_old(world: World) -> None:
    await world.control("PUT", "/providers/coinmetrics", lag_s=5 * 86_400)
    found = (await world.reader("coinmetrics").topic(FLOWS, "BTC", as_of=None)).series["inflow_native"]
    assert found.time[-1] <= NOW - 6 * DAY_MS


@pytest.mark.parametrize(
    "fault",
    [
        {"not_json": {}},
        {"truncate": {"bytes": 40}},
        {"maintenance": {}},
        {"status": {"code": 429}},
        {"status": {"code": 403}},
        {"redirect": {}},
        {"close": {"code": 0}},
        {"huge": {"mb": 40}},
    ],
)
async def test_what_they_send_wrong_is_an_error_of_the_tree(world: World, fault: object) -> None:
    await world.control("POST", "/faults", fault=fault)
    for name, topic, asset in (
        ("coinmetrics", FLOWS, "BTC"),
        ("defillama", STABLECOINS, MARKET),
        ("farside", ETF, "BTC"),
        ("coinglass", ETF, "BTC"),
        ("glassnode", SOPR, "BTC"),
        ("cryptoquant", SOPR, "BTC"),
        ("bgeometrics", SOPR, "BTC"),
    ):
        with pytest.raises(SourceError):
            await world.providers[name].read(topic, asset, 0)


async def test_unknown_fields_change_nothing(world: World) -> None:
    plain = await world.providers["coinmetrics"].read(VALUATION, "BTC", 0)
    await world.control("POST", "/faults", fault={"unknown_field": {}})
    for name, topic in (("coinmetrics", VALUATION), ("cryptoquant", VALUATION)):
        rows = await world.providers[name].read(topic, "BTC", 0)
        assert len(rows) >= len(plain)


async def test_without_a_key_they_refuse(world: World) -> None:
    network = Network(world.session, world.clock, world.clock.now_ms, random.Random(1))
    bare = all_providers(world.server.addresses, None, network)
    for name, topic in (("coinglass", ETF), ("glassnode", SOPR), ("cryptoquant", SOPR)):
        assert not bare[name].has_access
        with pytest.raises(SourceError, match="refuses the key"):
            await bare[name].read(topic, "BTC", 0)
