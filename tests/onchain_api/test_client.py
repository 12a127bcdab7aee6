"""One provider's client on real sockets: faults as errors of the tree, limits, ETags, and keys that stay hidden."""

import pytest
import structlog

from tests.onchain_api.server import DAY, Lab, lab
from utils.http.errors import Misconfigured, Retryable, SourceError, Unavailable
from utils.onchain_api.coinglass import CoinGlass
from utils.onchain_api.cryptoquant import CryptoQuant
from utils.onchain_api.defillama import DefiLlama
from utils.onchain_api.facts import ETF, MARKET, PROFIT, SOPR, STABLECOINS
from utils.onchain_api.farside import Farside
from utils.onchain_api.glassnode import Glassnode

KEY = "k3y-that-nobody-may-see"


def glassnode(it: Lab, per_day: int = 50) -> Glassnode:
    return Glassnode(it.server.url, KEY, it.network, per_day=per_day)


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (401, Misconfigured),
        (402, Unavailable),
        (403, Unavailable),
        (404, Misconfigured),
        (429, Unavailable),
        (302, Unavailable),
        (400, Unavailable),
        (451, Unavailable),
        (500, Retryable),
        (503, Retryable),
    ],
)
async def test_every_status_is_an_error_of_the_tree_without_the_key(
    status: int, error: type[SourceError]
) -> None:
    async with lab() as it:
        it.server.status = status
        with structlog.testing.capture_logs() as lines, pytest.raises(error) as met:
            await glassnode(it).read(SOPR, "BTC", 0)
        assert len(it.server.asked) == (2 if error is Retryable else 1)
        said = f"{met.value} {met.value.__cause__} {getattr(met.value, 'what_to_do', '')} {lines}"
        assert KEY not in said
        assert "GLASSNODE_API_KEY" in said or status != 401


@pytest.mark.parametrize("body", ["", "[{", "not json", '{"a": 1}', '[{"t": "x", "v": 1}]', "[1, 2]"])
async def test_a_body_that_cannot_be_read_is_a_fault(body: str) -> None:
    async with lab() as it:
        it.server.bodies["/sopr"] = body
        with pytest.raises((Retryable, Unavailable)):
            await glassnode(it).read(SOPR, "BTC", 0)


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("30001", Misconfigured),
        ("401", Misconfigured),
        ("429", Unavailable),
        ("500", Retryable),
        ("400", Unavailable),
        ("odd", Unavailable),
    ],
)
async def test_coinglass_refuses_inside_a_good_status(code: str, error: type[SourceError]) -> None:
    async with lab() as it:
        it.server.bodies["/flow-history"] = {"code": code, "msg": f"bad {KEY}", "data": None}
        provider = CoinGlass(it.server.url, KEY, it.network)
        with pytest.raises(error) as met:
            await provider.read(ETF, "BTC", 0)
        assert KEY not in str(met.value)


async def test_after_too_many_requests_calls_pause_as_long_as_asked() -> None:
    async with lab() as it:
        provider = CryptoQuant(it.server.url, KEY, it.network, per_minute=20)
        it.server.status, it.server.headers = 429, {"Retry-After": "120"}
        for _ in range(2):
            with pytest.raises(Unavailable, match="request limit of CryptoQuant"):
                await provider.read(SOPR, "BTC", 0)
        assert len(it.server.asked) == 1
        it.server.status = 200
        it.server.bodies["/sopr"] = {"result": {"data": []}}
        await it.clock.advance(120_000)
        await provider.read(SOPR, "BTC", 0)
        assert len(it.server.asked) == 2


async def test_a_small_plan_ends_for_the_day_and_other_coins_cost_double() -> None:
    async with lab() as it:
        it.server.bodies["/net_realized_profit_loss"] = []
        provider = glassnode(it, per_day=10)
        for asset in ("BTC", "BTC", "ETH", "ETH", "ETH"):  # eight tenths of ten: 1 + 1 + 2 + 2 + 2
            await provider.read(PROFIT, asset, 0)
        with pytest.raises(Unavailable, match="budget of this window is spent"):
            await provider.read(PROFIT, "BTC", 0)
        assert len(it.server.asked) == 5
        assert provider.offers[0].recheck_ms == DAY // 4
        assert glassnode(it, per_day=10_000).offers[0].recheck_ms == DAY // 24


async def test_an_unchanged_answer_is_not_sent_twice() -> None:
    async with lab() as it:
        it.server.bodies["/all"] = [{"date": "1758931200", "totalCirculatingUSD": {"peggedUSD": 5}}]
        it.server.headers = {"ETag": '"v1"'}
        provider = DefiLlama(it.server.url, it.network)
        first = await provider.read(STABLECOINS, MARKET, 0)
        second = await provider.read(STABLECOINS, MARKET, 0)
        assert [asked.headers.get("if-none-match") for asked in it.server.asked] == [None, '"v1"']
        assert second.values["supply_usd"].tolist() == first.values["supply_usd"].tolist() == [5.0]


async def test_without_a_key_nothing_is_offered_but_the_wish_for_one() -> None:
    async with lab() as it:
        provider = Glassnode(it.server.url, None, it.network, per_day=50)
        assert not provider.has_access
        assert provider.key_setting == "GLASSNODE_API_KEY"


async def test_a_page_behind_a_wall_is_unavailable() -> None:
    async with lab() as it:
        it.server.status = 403
        with pytest.raises(Unavailable, match="Farside refuses this address"):
            await Farside(it.server.url, it.network).read(ETF, "ETH", 0)
