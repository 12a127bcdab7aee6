"""Private reads against the sandbox, which checks signatures itself: all kinds of keys, wrong ones, wrong clocks."""

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

from utils.binance_api.binance_a import BinanceAggregator
from utils.binance_api.http.signing import credentials
from utils.binance_api.urls import BinanceUrls
from utils.clock import SystemClock
from utils.http.errors import Misconfigured
from utils.sandbox.exchange import ExchangeSandbox

KEY, SECRET = ("sandboxreader" * 5)[:64], "sandboxsecret" * 4
HOLDINGS = {
    "balances": [
        {"asset": "BTC", "free": "1.25", "locked": "0.25"},
        {"asset": "DUST", "free": "0"},
        {"asset": "USDT", "free": "10000", "market": "futures"},
    ],
    "positions": [
        {"symbol": "BTCUSDT", "amount": "0.5", "entry": "60000", "leverage": 10},
        {"symbol": "ETHUSDT", "amount": "-2", "entry": "3000", "leverage": 5, "isolated": True},
    ],
}


class WrongClock(SystemClock):
    """A machine whose clock is wrong by some milliseconds."""

    def __init__(self, wrong_ms: int) -> None:
        self.wrong_ms = wrong_ms

    def now_ms(self) -> int:
        return super().now_ms() + self.wrong_ms


@pytest.fixture
async def sandbox() -> AsyncIterator[ExchangeSandbox]:
    made = ExchangeSandbox(bind="127.0.0.1:0", seed=5)
    await made.start()
    yield made
    await made.stop()


async def give(sandbox: ExchangeSandbox, key: dict[str, Any]) -> None:
    body = {"key": {"api_key": KEY, **key}, **HOLDINGS}
    async with (
        aiohttp.ClientSession() as session,
        session.put(f"{sandbox.spot_url}/_sandbox/account", json=body) as response,
    ):
        assert response.status == 200, await response.text()


@asynccontextmanager
async def reading(
    sandbox: ExchangeSandbox, secret: str = SECRET, key: str = KEY, wrong_ms: int = 0
) -> AsyncIterator[BinanceAggregator]:
    urls = BinanceUrls(sandbox.spot_url, sandbox.futures_url, sandbox.options_url)
    async with aiohttp.ClientSession() as session:
        made = BinanceAggregator(
            urls,
            session=session,
            clock=WrongClock(wrong_ms),
            rng=random.Random(1),
            credentials=credentials(key, secret),
        )
        yield made
        await made.close()


async def test_everything_about_the_account(sandbox: ExchangeSandbox) -> None:
    await give(sandbox, {"secret": SECRET})
    async with reading(sandbox) as client:
        account = client.account
        spot = (await account.spot()).value
        assert [(b.asset, b.total) for b in spot.balances] == [("BTC", 1.5)]
        positions = {p.symbol: p for p in (await account.positions()).value}
        assert (positions["BTCUSDT"].position_amt, positions["ETHUSDT"].position_amt) == (0.5, -2.0)
        btc = positions["BTCUSDT"]
        assert btc.notional == pytest.approx(btc.position_amt * btc.mark_price, rel=1e-6)
        assert btc.un_realized_profit == pytest.approx(0.5 * (btc.mark_price - 60_000), abs=0.01)
        assert [p.symbol for p in (await account.positions("ETHUSDT")).value] == ["ETHUSDT"]
        configs = (await account.symbol_configs()).value
        assert (configs["BTCUSDT"].leverage, configs["ETHUSDT"].margin_type) == (10, "ISOLATED")
        totals = (await account.futures()).value
        assert totals.total_margin_balance == pytest.approx(
            totals.total_wallet_balance + totals.total_unrealized_profit
        )
        assert (await account.futures_balances()).value["USDT"].balance == 10_000
        assert (await account.config()).value.fee_tier >= 0
        brackets = (await account.brackets("BTCUSDT")).value["BTCUSDT"].brackets
        assert brackets[0].notional_floor == 0
        assert brackets[0].initial_leverage > brackets[-1].initial_leverage
        assert (await account.own_liquidations("BTCUSDT")).value == []
        assert client.failing == ()


@pytest.mark.parametrize("kind", ["rsa", "ed25519"])
async def test_key_pairs_are_accepted(sandbox: ExchangeSandbox, kind: str) -> None:
    private: rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey
    private = rsa.generate_private_key(65537, 2048) if kind == "rsa" else ed25519.Ed25519PrivateKey.generate()
    public = private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    await give(sandbox, {"public_key": public.decode()})
    async with reading(sandbox, pem.decode()) as client:
        for _ in range(3):
            assert (await client.account.futures_balances()).value["USDT"].balance == 10_000
        assert (await client.account.spot()).value.balances


@pytest.mark.parametrize("wrong_ms", [-5000, 5000, 3_600_000])
async def test_a_wrong_clock_is_measured_away(sandbox: ExchangeSandbox, wrong_ms: int) -> None:
    await give(sandbox, {"secret": SECRET})
    async with reading(sandbox, wrong_ms=wrong_ms) as client:
        assert (await client.account.spot()).value.balances
        assert client.clock_offset_ms == pytest.approx(-wrong_ms, abs=500)


@pytest.mark.parametrize(
    ("key", "secret", "code"),
    [(KEY, "mistaken" * 8, -1022), ("somebodyelsesnow" * 4, SECRET, -2015), ("not-a-key", SECRET, -2014)],
)
async def test_wrong_keys_are_told_apart(sandbox: ExchangeSandbox, key: str, secret: str, code: int) -> None:
    await give(sandbox, {"secret": SECRET})
    async with reading(sandbox, secret, key) as client:
        for read in (client.account.spot, client.account.futures):
            with pytest.raises(Misconfigured) as refused:
                await read()
            assert refused.value.code == code
            assert secret not in f"{refused.value} {refused.value.what_to_do}"


async def test_a_key_without_futures_reads_spot(sandbox: ExchangeSandbox) -> None:
    await give(sandbox, {"secret": SECRET, "futures": False})
    async with reading(sandbox) as client:
        assert (await client.account.spot()).value.balances
        with pytest.raises(Misconfigured, match="permissions") as refused:
            await client.account.positions()
        assert "futures" in refused.value.what_to_do
