"""What the exchange refuses before it answers: odd parameters on spot, units of time, keys."""

from typing import Any

import pytest

from tests.sandbox.exchange.conftest import NOW_MS, Client
from tests.sandbox.exchange.listening import listening
from tests.sandbox.exchange.test_account import KEY, call, put_account
from utils.sandbox.exchange.rest.time_unit import MICROSECONDS_FROM
from utils.sandbox.exchange.server import ENDPOINTS

BTC = {"symbol": "BTCUSDT"}
HOUR_MS = 3_600_000
HOUR = NOW_MS // HOUR_MS * HOUR_MS


@pytest.mark.parametrize(
    ("path", "code", "words"),
    [
        (
            "/api/v3/klines?symbol=BTCUSDT&interval=1h&since=1",
            -1104,
            "read '2' parameter(s) but was sent '3'",
        ),
        (
            "/api/v3/klines?symbol=BTCUSDT&interval=1h&Limit=5",
            -1104,
            "read '2' parameter(s) but was sent '3'",
        ),
        ("/api/v3/depth?symbol=BTCUSDT&symbol=BTCUSDT", -1101, "Duplicate values"),
        ("/api/v3/ping?x=1", -1101, "expected '0' and received '1'"),
        ("/api/v3/time?x=1&y=2", -1101, "expected '0' and received '2'"),
        ("/api/v3/avgPrice?symbol=", -1105, "Parameter 'symbol' was empty."),
        ("/api/v3/klines?symbol=BTCUSDT&interval=1h&startTime=", -1105, "Parameter 'startTime' was empty."),
    ],
)
async def test_spot_refuses_odd_parameters(client: Client, path: str, code: int, words: str) -> None:
    status, body, _ = await client.ask(path)
    assert (status, body["code"]) == (400, code)
    assert words in body["msg"]


@pytest.mark.parametrize(
    "path",
    [
        "/fapi/v1/ping?x=1",
        "/fapi/v1/klines?symbol=BTCUSDT&interval=1h&since=1&limit=2",
        "/fapi/v1/openInterest?symbol=BTCUSDT&symbol=ETHUSDT",
        "/eapi/v1/time?x=1",
    ],
)
async def test_futures_and_options_ignore_them(client: Client, path: str) -> None:
    assert (await client.ask(path))[0] == 200


async def test_parameters_of_a_signed_request_are_counted_too(client: Client) -> None:
    await put_account(client)
    status, body = await call(client, "/api/v3/account", "recvWindow=5000&omitZeroBalance=true")
    assert (status, body["code"]) == (400, -1104)
    assert (await call(client, "/fapi/v3/account", "omitZeroBalance=true"))[0] == 200


def test_no_spot_endpoint_but_ping_and_time_goes_without_parameters() -> None:
    bare = [row.path for row in ENDPOINTS["spot"] if not row.parameters]
    assert bare == ["/api/v3/ping", "/api/v3/time"]


async def precise(client: Client, path: str, unit: str = "MICROSECOND", **query: object) -> tuple[int, Any]:
    params = {name: str(value) for name, value in query.items()}
    url, headers = client.sandbox.spot_url + path, {"X-MBX-TIME-UNIT": unit}
    async with client.session.get(url, params=params, headers=headers) as reply:
        return reply.status, await reply.json()


@pytest.mark.parametrize("unit", ["MICROSECOND", "microsecond"])
async def test_microseconds_on_request(client: Client, unit: str) -> None:
    assert await precise(client, "/api/v3/time", unit) == (200, {"serverTime": NOW_MS * 1000})
    _, bars = await precise(client, "/api/v3/klines", unit, **BTC, interval="1h", limit=2)
    plain = await client.get("/api/v3/klines", **BTC, interval="1h", limit=2)
    assert [row[0] for row in bars] == [row[0] * 1000 for row in plain]
    assert [row[6] for row in bars] == [(row[6] + 1) * 1000 - 1 for row in plain]
    assert [row[1:6] + row[7:] for row in bars] == [row[1:6] + row[7:] for row in plain]
    _, ticker = await precise(client, "/api/v3/ticker/24hr", unit, **BTC)
    assert ticker["closeTime"] == NOW_MS * 1000
    _, trades = await precise(client, "/api/v3/aggTrades", unit, **BTC, limit=1)
    assert trades[0]["T"] // 1000 == (await client.get("/api/v3/aggTrades", **BTC, limit=1))[0]["T"]
    _, book = await precise(client, "/api/v3/depth", unit, **BTC, limit=2)
    assert book == await client.get("/api/v3/depth", **BTC, limit=2)


@pytest.mark.parametrize(
    ("unit", "status"), [("MILLISECOND", 200), ("millisecond", 200), ("SECOND", 400), ("", 400)]
)
async def test_other_units(client: Client, unit: str, status: int) -> None:
    told, body = await precise(client, "/api/v3/time", unit)
    assert told == status
    assert body == {"serverTime": NOW_MS} if status == 200 else body["code"] == -1194


async def test_streams_in_microseconds(client: Client) -> None:
    names = ("btcusdt@kline_1m", "btcusdt@ticker", "btcusdt@referencePrice", "btcusdt@depth")
    told: dict[str, dict[str, Any]] = {}
    for unit in ("MICROSECOND", "MILLISECOND"):
        address = f"/stream?streams={'/'.join(names)}&timeUnit={unit}"
        async with (
            listening(client, address) as fine,
            listening(client, f"/stream?streams={names[0]}") as plain,
        ):
            await fine.advance(3_000)
            told[unit] = {name: (await fine.read_until(name))[0] for name in names}
            same = (await plain.read_until(names[0]))[0]
        if unit == "MILLISECOND":
            assert told[unit][names[0]] == same
    bar, ticker, price, book = (told["MICROSECOND"][name] for name in names)
    assert (bar["k"]["T"] + 1 - bar["k"]["t"], bar["E"] % 1000) == (60_000_000, 0)
    assert ticker["C"] == ticker["E"] > MICROSECONDS_FROM
    assert min(price["t"], book["E"], ticker["O"], bar["k"]["t"]) > MICROSECONDS_FROM
    assert ticker["L"] < MICROSECONDS_FROM


async def test_futures_know_one_unit(client: Client) -> None:
    url = client.sandbox.futures_url + "/fapi/v1/time"
    async with client.session.get(url, headers={"X-MBX-TIME-UNIT": "MICROSECOND"}) as reply:
        assert await reply.json() == {"serverTime": NOW_MS}


async def test_times_may_be_asked_for_in_microseconds(client: Client) -> None:
    start, end = HOUR - 5 * HOUR_MS, HOUR - 2 * HOUR_MS
    ask = {**BTC, "interval": "1h"}
    plain = await client.get("/api/v3/klines", **ask, startTime=start, endTime=end)
    fine = await client.get("/api/v3/klines", **ask, startTime=start * 1000, endTime=end * 1000 + 999)
    later = await client.get("/api/v3/klines", **ask, startTime=start * 1000 + 1, endTime=end * 1000)
    assert (len(plain), fine) == (4, plain)
    assert later == plain[1:]


async def test_a_signature_may_be_timed_in_microseconds(client: Client) -> None:
    await put_account(client)
    assert (await call(client, "/api/v3/account", at_ms=NOW_MS * 1000))[0] == 200
    late = await call(client, "/api/v3/account", at_ms=(NOW_MS - 5_001) * 1000)
    assert (late[0], late[1]["code"]) == (400, -1021)
    assert (await call(client, "/fapi/v3/account", at_ms=NOW_MS * 1000))[1]["code"] == -1021


@pytest.mark.parametrize("key", ["", "short", KEY + "K", KEY[:-1] + "-"])
async def test_a_key_of_another_form(client: Client, key: str) -> None:
    await put_account(client)
    for path in ("/api/v3/account", "/fapi/v3/account"):
        status, body = await call(client, path, key=key)
        assert (status, body["code"]) == (401, -2014)
