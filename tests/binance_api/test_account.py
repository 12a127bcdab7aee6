"""Private reads over real sockets: signed, clock mended once, keys explained, nothing told to anyone."""

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import msgspec
import pytest
from aiohttp import web
from structlog.testing import capture_logs

from tests.binance_api.exchange import Canned, SkippingClock, serving
from tests.binance_api.signed_exchange import KEY, SECRET, SignedExchange
from utils.binance_api import urls
from utils.binance_api.binance_a import BinanceAggregator
from utils.binance_api.http.errors import ClockSkewed
from utils.binance_api.http.signing import credentials
from utils.binance_api.urls import BinanceUrls
from utils.http.errors import Misconfigured, Rejected, Retryable

SPOT = {
    "makerCommission": 15,
    "commissionRates": {"maker": "0.00150000", "taker": "0.00150000", "buyer": "0", "seller": "0"},
    "canTrade": True,
    "canWithdraw": False,
    "updateTime": 123_456_789,
    "balances": [{"asset": "BTC", "free": "1.5", "locked": "0.5"}],
    "permissions": ["SPOT"],
}
POSITION = {
    "symbol": "ADAUSDT",
    "positionSide": "SHORT",
    "positionAmt": "-30",
    "entryPrice": "0.385",
    "breakEvenPrice": "0.385077",
    "markPrice": "0.41047590",
    "unRealizedProfit": "-0.76427700",
    "liquidationPrice": "0.9",
    "isolatedMargin": "0",
    "notional": "-12.31427700",
    "marginAsset": "USDT",
    "initialMargin": "0.61571385",
    "maintMargin": "0.08004280",
    "adl": 2,
    "updateTime": 1_720_736_417_660,
}
BRACKET = {
    "bracket": 1,
    "initialLeverage": 75,
    "notionalCap": 10000,
    "notionalFloor": 0,
    "maintMarginRatio": 0.0065,
    "cum": 0,
}


@pytest.fixture
async def exchange(clock: SkippingClock) -> AsyncIterator[SignedExchange]:
    async with serving(SignedExchange(clock)) as served:
        assert isinstance(served, SignedExchange)
        yield served


@asynccontextmanager
async def reading(
    exchange: SignedExchange,
    clock: SkippingClock,
    key: str | None = KEY,
    secret: str | None = SECRET,
    spot: str = "",
) -> AsyncIterator[BinanceAggregator]:
    hosts = BinanceUrls(spot=spot or exchange.url, futures=exchange.url)
    async with aiohttp.ClientSession() as session:
        made = BinanceAggregator(
            hosts, session=session, clock=clock, rng=random.Random(1), credentials=credentials(key, secret)
        )
        await made.open()
        yield made
        await made.close()


@pytest.fixture
async def client(exchange: SignedExchange, clock: SkippingClock) -> AsyncIterator[BinanceAggregator]:
    async with reading(exchange, clock) as made:
        yield made


async def test_the_spot_account(
    client: BinanceAggregator, exchange: SignedExchange, clock: SkippingClock
) -> None:
    exchange.answer("/api/v3/account", SPOT)
    answer = await client.account.spot()
    (balance,) = answer.value.balances
    assert (balance.asset, balance.total) == ("BTC", 2.0)
    assert answer.value.commission_rates is not None
    assert answer.value.commission_rates.taker == 0.0015
    assert (answer.source, answer.as_of) == ("binance.spot.account", clock.now_ms())
    assert exchange.signed[0]["omitZeroBalances"] == "true"
    assert list(exchange.signed[0])[-1] == "signature"
    assert client.weight_used()["spot"][0] >= 20


async def test_futures_positions_leave_out_the_flat_ones(
    client: BinanceAggregator, exchange: SignedExchange
) -> None:
    exchange.answer("/fapi/v3/positionRisk", [POSITION, {**POSITION, "positionAmt": "0"}])
    (position,) = (await client.account.positions()).value
    assert (position.position_amt, position.notional, position.liquidation_price) == (-30.0, -12.314277, 0.9)
    await client.account.positions("１２USDT")
    assert exchange.signed[1]["symbol"] == "１２USDT"


async def test_futures_totals_balances_and_settings(
    client: BinanceAggregator, exchange: SignedExchange
) -> None:
    totals = {
        "totalWalletBalance": "103.12",
        "totalUnrealizedProfit": "-1",
        "totalMarginBalance": "102.12",
        "totalInitialMargin": "3",
        "totalMaintMargin": "1",
        "availableBalance": "99",
        "assets": [],
    }
    row = {
        "asset": "USDT",
        "balance": "122.1",
        "crossWalletBalance": "122.1",
        "crossUnPnl": "-0.5",
        "availableBalance": "120",
    }
    exchange.answer("/fapi/v3/account", totals)
    exchange.answer("/fapi/v3/balance", [row])
    exchange.answer("/accountConfig", {"feeTier": 2, "canTrade": True, "dualSidePosition": True})
    config = {"symbol": "BTCUSDT", "marginType": "ISOLATED", "leverage": 25, "maxNotionalValue": "2000000"}
    exchange.answer("/symbolConfig", [{**config, "isAutoAddMargin": "false"}])
    account = client.account
    assert (await account.futures()).value.total_margin_balance == 102.12
    assert (await account.futures_balances()).value["USDT"].cross_un_pnl == -0.5
    assert (await account.config()).value.dual_side_position
    assert (await account.symbol_configs()).value["BTCUSDT"].leverage == 25
    assert client.weight_used()["futures"][0] == 20


async def test_brackets_come_as_a_list_or_alone(client: BinanceAggregator, exchange: SignedExchange) -> None:
    table = {"symbol": "ETHUSDT", "notionalCoef": 1.5, "brackets": [BRACKET]}
    for body in ([table], table):
        exchange.answer("/leverageBracket", body)
        symbol = None if isinstance(body, list) else "ETHUSDT"
        brackets = (await client.account.brackets(symbol)).value["ETHUSDT"]
        assert (brackets.notional_coef, brackets.brackets[0].maint_margin_ratio) == (1.5, 0.0065)


async def test_own_liquidations_cost_less_with_a_symbol(
    client: BinanceAggregator, exchange: SignedExchange
) -> None:
    exchange.answer("/forceOrders", [])
    await client.account.own_liquidations("BTCUSDT", cause="ADL", limit=900)
    assert (exchange.signed[0]["autoCloseType"], exchange.signed[0]["limit"]) == ("ADL", "100")
    assert client.weight_used()["futures"][0] == 20
    await client.account.own_liquidations()
    assert client.weight_used()["futures"][0] == 70


async def test_equal_private_questions_share_one_request(
    client: BinanceAggregator, exchange: SignedExchange
) -> None:
    exchange.answer("/api/v3/account", SPOT)
    await client.account.spot()
    await client.account.spot()
    assert len(exchange.signed) == 1


async def test_a_refused_timestamp_is_measured_and_asked_once_more(
    client: BinanceAggregator, exchange: SignedExchange
) -> None:
    exchange.answer("/api/v3/account", SPOT)
    exchange.skew_ms = -4000  # our clock is 4 s ahead now; the offset was measured before
    assert (await client.account.spot()).value.can_trade
    assert exchange.refused == [-1021]
    assert client.clock_offset_ms == -4000


async def test_a_timestamp_refused_twice_is_told(client: BinanceAggregator, exchange: SignedExchange) -> None:
    body = '{"code":-1021,"msg":"Timestamp for this request was 1000ms ahead of the server\'s time."}'
    exchange.canned.extend([Canned(400, body)] * 5)
    with pytest.raises(ClockSkewed, match="ahead") as raised:
        await client.account.spot()
    assert raised.value.code == -1021
    assert len(exchange.canned) == 3


async def test_every_try_carries_a_fresh_timestamp(
    client: BinanceAggregator, exchange: SignedExchange
) -> None:
    exchange.answer("/api/v3/account", SPOT)
    exchange.canned.append(Canned(429, '{"code":-1003,"msg":"Too many requests."}', {"Retry-After": "20"}))
    await client.account.spot()
    first, second = (int(query["timestamp"]) for query in exchange.signed)
    assert second - first >= 20_000
    assert exchange.refused == []


@pytest.mark.parametrize(
    ("key", "secret", "code", "advice"),
    [
        ("short", SECRET, -2014, "BINANCE_API_KEY"),
        ("stranger" * 8, SECRET, -2015, "address is on its list"),
        (KEY, "mistaken" * 8, -1022, "BINANCE_API_SECRET"),
    ],
)
async def test_a_refused_key_says_what_to_do(
    exchange: SignedExchange, clock: SkippingClock, key: str, secret: str, code: int, advice: str
) -> None:
    async with reading(exchange, clock, key, secret) as client:
        with pytest.raises(Misconfigured) as raised:
            await client.account.futures()
    assert raised.value.code == code
    assert advice in raised.value.what_to_do
    assert exchange.refused == [code]


async def test_a_plain_401_says_what_to_do(client: BinanceAggregator, exchange: SignedExchange) -> None:
    exchange.canned.append(Canned(401, ""))
    with pytest.raises(Misconfigured) as raised:
        await client.account.futures()
    assert "BINANCE_API_KEY" in raised.value.what_to_do


async def test_without_a_key_nothing_is_sent(exchange: SignedExchange, clock: SkippingClock) -> None:
    async with reading(exchange, clock, None, None) as client:
        assert not client.account.available
        with pytest.raises(Misconfigured) as raised:
            await client.account.spot()
        with pytest.raises(Misconfigured):
            await client._rest.get(urls.LISTEN_KEY_OPEN, {}, msgspec.json.Decoder())
        assert client.failing == ()
    assert "BINANCE_API_KEY" in raised.value.what_to_do
    assert [path for _, path in exchange.methods if "time" not in path] == []


async def test_a_host_of_public_data_is_not_asked_for_accounts(
    exchange: SignedExchange, clock: SkippingClock
) -> None:
    async with reading(exchange, clock, spot="https://data-api.binance.vision/") as client:
        exchange.answer("/fapi/v3/balance", [])
        sent = len(exchange.methods)
        with pytest.raises(Misconfigured, match="public market data only") as raised:
            await client.account.spot()
        assert "api.binance.com" in raised.value.what_to_do
        assert len(exchange.methods) == sent
        assert (await client.account.futures_balances()).value == {}


async def test_the_listen_key_shows_the_key_and_is_not_signed(
    client: BinanceAggregator, exchange: SignedExchange
) -> None:
    exchange.answer("/listenKey", {"listenKey": "abc"})
    anything = msgspec.json.Decoder(dict[str, str])
    for endpoint in (urls.LISTEN_KEY_OPEN, urls.LISTEN_KEY_RENEW, urls.LISTEN_KEY_CLOSE):
        got = await client._rest.get(endpoint, {}, anything)
        assert got.value == {"listenKey": "abc"}
    used = [method for method, path in exchange.methods if path == "/fapi/v1/listenKey"]
    assert used == ["POST", "PUT", "DELETE"]
    assert not exchange.signed
    assert not exchange.refused
    exchange.canned.append(Canned(400, '{"code":-1125,"msg":"This listenKey does not exist."}'))
    with pytest.raises(Rejected) as raised:
        await client._rest.get(urls.LISTEN_KEY_RENEW, {}, anything)
    assert raised.value.code == -1125


async def test_public_reads_do_not_show_the_key(client: BinanceAggregator, exchange: SignedExchange) -> None:
    exchange.answer("/ticker/price", {"symbol": "B", "price": "1"})
    seen: list[Any] = []
    plain = exchange._fault

    def watch(request: web.Request) -> tuple[int, int, str] | None:
        seen.append(request.path)
        return plain(request)

    exchange._fault = watch  # type: ignore[method-assign]
    await client.spot.ticker_price("B")
    assert seen == []


async def test_no_log_and_no_error_holds_any_part_of_the_key(
    client: BinanceAggregator, exchange: SignedExchange
) -> None:
    exchange.canned.extend([Canned(500), Canned(silent=False, status=200, body="{", cut=True)] * 4)
    with capture_logs() as logs, pytest.raises(Retryable) as raised:
        await client.account.spot()
    chain: list[BaseException] = [raised.value]
    while (cause := chain[-1].__cause__) is not None:
        chain.append(cause)
    text = repr(logs) + repr(client.requests) + "".join(map(repr, chain))
    for part in (KEY, SECRET, "signature", "readonly", "neverlog"):
        assert part not in text
    assert logs
