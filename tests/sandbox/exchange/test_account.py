"""Signed endpoints: who may call them, and what they answer."""

import base64
import hashlib
import hmac
from collections.abc import Callable
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa
from yarl import URL

from tests.sandbox.exchange.conftest import NOW_MS, Client

SECRET = "a secret of the sandbox"
KEY = "K" * 64
Sign = Callable[[bytes], str]


def hmac_sign(payload: bytes) -> str:
    return hmac.new(SECRET.encode(), payload, hashlib.sha256).hexdigest()


def pem(public: Any) -> str:
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return str(public.public_bytes(serialization.Encoding.PEM, form).decode())


async def put_account(client: Client, **fields: object) -> None:
    body = {"key": {"api_key": KEY, "secret": SECRET}, **fields}
    status, told = await client.control("PUT", "/account", **body)
    assert status == 200, told


async def call(
    client: Client,
    path: str,
    query: str = "",
    *,
    sign: Sign = hmac_sign,
    key: str | None = KEY,
    at_ms: int = NOW_MS,
    method: str = "GET",
) -> tuple[int, Any]:
    """A signed request, made by hand."""
    text = f"{query}&timestamp={at_ms}".removeprefix("&")
    text += f"&signature={quote(sign(text.encode()), safe='')}"
    base = client.sandbox.spot_url if path.startswith("/api") else client.sandbox.futures_url
    headers = {} if key is None else {"X-MBX-APIKEY": key}
    async with client.session.request(
        method, URL(f"{base}{path}?{text}", encoded=True), headers=headers
    ) as reply:
        return reply.status, await reply.json()


async def test_spot_account_with_hmac(client: Client) -> None:
    balances = [{"asset": "BTC", "free": "1.5", "locked": "0.5"}, {"asset": "ETH", "free": 0}]
    await put_account(client, balances=balances)
    status, body = await call(client, "/api/v3/account")
    assert status == 200, body
    assert body["balances"][0] == {"asset": "BTC", "free": "1.50000000", "locked": "0.50000000"}
    assert len(body["balances"]) == 2
    _, short = await call(client, "/api/v3/account", "omitZeroBalances=true")
    assert [row["asset"] for row in short["balances"]] == ["BTC"]


async def test_rsa_and_ed25519_signatures(client: Client) -> None:
    secret_rsa = rsa.generate_private_key(65537, 2048)
    secret_ed = ed25519.Ed25519PrivateKey.generate()
    signs: list[tuple[Any, Sign]] = [
        (
            secret_rsa,
            lambda text: base64.b64encode(
                secret_rsa.sign(text, padding.PKCS1v15(), hashes.SHA256())
            ).decode(),
        ),
        (secret_ed, lambda text: base64.b64encode(secret_ed.sign(text)).decode()),
    ]
    for secret, sign in signs:
        await put_account(client, key={"api_key": KEY, "public_key": pem(secret.public_key())})
        assert (await call(client, "/api/v3/account", sign=sign))[0] == 200
        status, body = await call(client, "/api/v3/account", sign=hmac_sign)
        assert (status, body["code"]) == (400, -1022)


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"key": None}, 401, -2014),
        ({"key": "no such key!"}, 401, -2014),
        ({"key": KEY[:-1]}, 401, -2014),
        ({"key": "J" * 64}, 401, -2015),
        ({"sign": lambda _: "00"}, 400, -1022),
        ({"at_ms": NOW_MS + 1_000}, 400, -1021),
        ({"at_ms": NOW_MS - 5_001}, 400, -1021),
    ],
)
async def test_refusals(client: Client, changes: dict[str, Any], status: int, code: int) -> None:
    await put_account(client)
    for path in ("/api/v3/account", "/fapi/v3/account"):
        told, body = await call(client, path, **changes)
        assert (told, body["code"]) == (status, code), path


async def test_a_longer_window_admits_an_older_request(client: Client) -> None:
    await put_account(client)
    assert (await call(client, "/api/v3/account", "recvWindow=9000", at_ms=NOW_MS - 8_000))[0] == 200
    status, body = await call(client, "/api/v3/account", "recvWindow=60001")
    assert (status, body["code"]) == (400, -1131)


async def test_a_key_without_futures_rights(client: Client) -> None:
    await put_account(client, key={"api_key": KEY, "secret": SECRET, "futures": False})
    assert (await call(client, "/api/v3/account"))[0] == 200
    assert (await call(client, "/fapi/v3/balance"))[1]["code"] == -2015


async def test_unsigned_parameters_behind_the_signature_are_refused(client: Client) -> None:
    await put_account(client)
    status, body = await call(client, "/api/v3/account", sign=lambda text: hmac_sign(text) + "&a=b")
    assert (status, body["code"]) == (400, -1022)


async def test_futures_account_adds_up(client: Client) -> None:
    await put_account(
        client,
        balances=[{"asset": "USDT", "free": "10000", "market": "futures"}],
        positions=[
            {"symbol": "BTCUSDT", "amount": "0.1", "entry": "80000", "leverage": 10},
            {"symbol": "ETHUSDT", "amount": "-1", "entry": "17000", "leverage": 20, "isolated": True},
        ],
    )
    _, account = await call(client, "/fapi/v3/account")
    _, risks = await call(client, "/fapi/v3/positionRisk")
    _, balance = await call(client, "/fapi/v3/balance")
    profit = sum(Decimal(row["unRealizedProfit"]) for row in risks)
    assert Decimal(account["totalUnrealizedProfit"]) == profit
    assert Decimal(account["totalMarginBalance"]) == 10_000 + profit
    assert balance[0]["crossUnPnl"] == account["totalUnrealizedProfit"]
    btc = next(row for row in risks if row["symbol"] == "BTCUSDT")
    assert abs(Decimal(btc["notional"]) - Decimal("0.1") * Decimal(btc["markPrice"])) < Decimal("1e-7")
    assert "leverage" not in btc
    _, config = await call(client, "/fapi/v1/symbolConfig", "symbol=ETHUSDT")
    assert (config[0]["leverage"], config[0]["marginType"]) == (20, "ISOLATED")


async def test_liquidation_prices_are_where_margin_meets_maintenance(client: Client) -> None:
    brackets = {"BTCUSDT": [{"leverage": 50, "cap": 1_000_000, "ratio": "0.01"}]}
    position = {"symbol": "BTCUSDT", "amount": "1", "entry": "90000", "leverage": 10, "isolated": True}
    await put_account(client, positions=[position], brackets=brackets)
    _, risks = await call(client, "/fapi/v3/positionRisk", "symbol=BTCUSDT")
    price = Decimal(risks[0]["liquidationPrice"])
    margin = Decimal(9_000) + (price - 90_000)
    assert abs(margin - price * Decimal("0.01")) < Decimal("0.001")
    _, told = await call(client, "/fapi/v1/leverageBracket", "symbol=BTCUSDT")
    assert told[0]["brackets"][0]["notionalCap"] == 1_000_000


@pytest.mark.parametrize("path", ["/fapi/v1/account", "/fapi/v1/balance", "/fapi/v1/positionRisk"])
async def test_retired_account_paths_are_404(client: Client, path: str) -> None:
    status, _ = await call(client, path)
    assert status == 404


async def test_listen_keys_live_an_hour(own_client: Client) -> None:
    await put_account(own_client)
    path = "/fapi/v1/listenKey"
    status, body = await call(own_client, path, method="PUT")
    assert (status, body["code"]) == (400, -1125)
    first = (await call(own_client, path, method="POST"))[1]["listenKey"]
    assert (await call(own_client, path, method="POST"))[1]["listenKey"] == first
    await own_client.control("POST", "/clock/advance", ms=59 * 60_000)
    assert (await call(own_client, path, method="PUT"))[0] == 200
    await own_client.control("POST", "/clock/advance", ms=60 * 60_000)
    assert (await call(own_client, path, method="PUT"))[1]["code"] == -1125
    assert (await call(own_client, path, method="POST"))[1]["listenKey"] != first
    assert await call(own_client, path, method="DELETE") == (200, {})


async def test_secrets_do_not_reach_the_call_log(client: Client) -> None:
    await put_account(client)
    await call(client, "/api/v3/account")
    _, calls = await client.control("GET", "/calls")
    assert calls["calls"][-1]["query"]["signature"] == "***"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"key": {"api_key": KEY}},
        {"key": {"api_key": "short", "secret": "s"}},
        {"key": {"api_key": KEY, "public_key": "nonsense"}},
        {"key": {"api_key": KEY, "secret": "s"}, "balances": [{"free": 1}]},
        {"key": {"api_key": KEY, "secret": "s"}, "positions": [{"symbol": "A", "amount": "x", "entry": 1}]},
    ],
)
async def test_senseless_accounts_are_refused(client: Client, body: dict[str, object]) -> None:
    status, told = await client.control("PUT", "/account", **body)
    assert (status, list(told)) == (400, ["error"])
