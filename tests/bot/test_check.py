"""`check` tries the exchange's own answers, a signed one included, and shows no secret."""

import random
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from bot.check import check
from config.settings import Settings
from utils.clock import SystemClock
from utils.sandbox.deribit import DeribitSandbox
from utils.sandbox.exchange import ExchangeSandbox
from utils.sandbox.onchain import OnchainSandbox

EXAMPLE = Path(__file__).resolve().parents[2] / "config" / "bot.example.toml"
KEY, SECRET = "readonlykey" + "7" * 53, "the-shared-secret"
PLAN = "a-plan-that-was-paid"


@pytest.fixture
async def exchange() -> AsyncIterator[ExchangeSandbox]:
    sandbox = ExchangeSandbox()
    await sandbox.start()
    body = {"key": {"api_key": KEY, "secret": SECRET}, "balances": [{"asset": "USDT", "free": "12345.678"}]}
    async with (
        aiohttp.ClientSession() as session,
        session.put(f"{sandbox.spot_url}/_sandbox/account", json=body) as answer,
    ):
        assert answer.status == 200, await answer.text()
    yield sandbox
    await sandbox.stop()


@pytest.fixture
async def deribit(exchange: ExchangeSandbox) -> AsyncIterator[DeribitSandbox]:
    sandbox = DeribitSandbox(exchange)
    await sandbox.start()
    yield sandbox
    await sandbox.stop()


@pytest.fixture
async def onchain(exchange: ExchangeSandbox) -> AsyncIterator[OnchainSandbox]:
    sandbox = OnchainSandbox(exchange)
    await sandbox.start()
    yield sandbox
    await sandbox.stop()


def settings(
    exchange: ExchangeSandbox, deribit: DeribitSandbox, onchain: OnchainSandbox, folder: Path, secret: str
) -> Settings:
    return Settings.model_validate(
        {
            "binance_spot_rest_url": exchange.spot_url,
            "binance_futures_rest_url": exchange.futures_url,
            "binance_options_rest_url": exchange.options_url,
            "deribit_url": deribit.url,
            **{f"{name}_url": address for name, address in onchain.addresses.items()},
            "glassnode_api_key": PLAN,
            "coinglass_url": f"{onchain.url}/nowhere",
            "coinglass_api_key": PLAN,
            "farside_url": f"{onchain.url}/nowhere",
            "binance_api_key": KEY,
            "binance_api_secret": secret,
            "database_url": f"sqlite+aiosqlite:///{folder}/bot.db",
            "bot_config": EXAMPLE,
            "http_bind": "127.0.0.1:0",
        }
    )


@pytest.mark.parametrize(("secret", "begins"), [(SECRET, "works"), ("another secret", "FAILS")])
async def test_a_key_is_tried_and_never_shown(
    exchange: ExchangeSandbox,
    deribit: DeribitSandbox,
    onchain: OnchainSandbox,
    tmp_path: Path,
    secret: str,
    begins: str,
) -> None:
    said: list[str] = []
    code = await check(
        settings(exchange, deribit, onchain, tmp_path, secret), SystemClock(), random.Random(1), said.append
    )
    rows = {line[:18].strip(): line[19:] for line in said if line[0] != " "}
    assert rows["binance key"].startswith(begins)
    assert rows["binance options"].startswith("works")
    assert rows["deribit"].startswith("works")
    assert code == 1
    for name in ("coin metrics", "defillama", "glassnode", "bgeometrics"):
        assert rows[name].startswith("works"), said
    assert rows["farside"].startswith("silent")
    assert rows["cryptoquant"].startswith("not set")
    assert rows["coinglass"].startswith("FAILS")
    printed = "\n".join(said)
    assert not any(hidden in printed for hidden in (KEY, SECRET, secret, PLAN, "12345"))
