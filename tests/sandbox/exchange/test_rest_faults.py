"""Every fault of the REST side does what it is called."""

import asyncio
import json

import aiohttp
import pytest

from tests.sandbox.exchange.conftest import NOW_MS, Client


async def order(client: Client, fault: object, count: int | None = None, **match: object) -> None:
    status, told = await client.control("POST", "/faults", match=match, fault=fault, count=count)
    assert status == 200, told


async def test_latency_and_jitter_are_waited_for(own_client: Client) -> None:
    waited: list[float] = []

    async def pause(seconds: float) -> None:
        waited.append(seconds)

    own_client.sandbox.pause = pause
    await order(own_client, {"latency": {"ms": 150, "jitter": 10}}, path="/api/v3/time")
    assert (await own_client.ask("/api/v3/time"))[0] == 200
    assert (await own_client.ask("/api/v3/ping"))[0] == 200
    assert len(waited) == 1
    assert 0.15 <= waited[0] <= 0.16


async def test_status_with_body_and_headers(own_client: Client) -> None:
    fault = {"status": {"code": 502, "body": {"code": -1000}, "headers": {"X-Odd": "1"}}}
    await order(own_client, fault, count=1)
    status, body, headers = await own_client.ask("/api/v3/time")
    assert (status, body, headers["x-odd"]) == (502, {"code": -1000}, "1")
    assert (await own_client.ask("/api/v3/time"))[0] == 200


async def test_ban_lasts_until_its_moment(own_client: Client) -> None:
    await order(own_client, {"ban": {"until": NOW_MS + 30_000}}, count=1, market="spot")
    for _ in range(2):
        status, body, headers = await own_client.ask("/api/v3/time")
        assert (status, headers["retry-after"]) == (418, "30")
        assert str(NOW_MS + 30_000) in body["msg"]
    assert (await own_client.ask("/fapi/v1/time"))[0] == 200
    await own_client.control("POST", "/clock/advance", ms=30_001)
    assert (await own_client.ask("/api/v3/time"))[0] == 200


async def test_truncate_promises_more_than_it_sends(own_client: Client) -> None:
    await order(own_client, {"truncate": {"bytes": 10}}, path="/api/v3/exchangeInfo")
    with pytest.raises(aiohttp.ClientPayloadError):
        await own_client.ask("/api/v3/exchangeInfo")


async def test_not_json_is_a_page_with_status_200(own_client: Client) -> None:
    await order(own_client, "not_json", path="/api/v3/time")
    with pytest.raises(json.JSONDecodeError):
        await own_client.ask("/api/v3/time")


async def test_close_hangs_up(own_client: Client) -> None:
    await order(own_client, "close", path="/api/v3/time")
    with pytest.raises(aiohttp.ClientError):
        await own_client.ask("/api/v3/time")


async def test_half_open_never_answers(own_client: Client) -> None:
    await order(own_client, "half_open", path="/api/v3/time")
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await own_client.ask("/api/v3/time")
    _, calls = await own_client.control("GET", "/calls")
    assert [call["status"] for call in calls["calls"]] == [0]


async def test_stale_snapshot_is_an_old_book(own_client: Client) -> None:
    fresh = await own_client.get("/fapi/v1/depth", symbol="BTCUSDT", limit=5)
    await order(own_client, {"stale_snapshot": {"ms": 30_000}}, path="/fapi/v1/depth")
    stale = await own_client.get("/fapi/v1/depth", symbol="BTCUSDT", limit=5)
    assert stale["E"] == fresh["E"] - 30_000
    assert stale["lastUpdateId"] < fresh["lastUpdateId"]


async def test_unknown_field_appears_everywhere(own_client: Client) -> None:
    await order(own_client, "unknown_field", market="spot")
    info = await own_client.get("/api/v3/exchangeInfo")
    assert "zzUnknown" in info
    assert "zzUnknown" in info["symbols"][0]["filters"][0]
    rows = await own_client.get("/api/v3/klines", symbol="BTCUSDT", interval="1m", limit=1)
    assert len(rows[0]) == 13
    assert "zzUnknown" not in await own_client.get("/fapi/v1/time")


async def test_clock_skew_moves_only_the_told_time(own_client: Client) -> None:
    await order(own_client, {"clock_skew": {"ms": -7_000}}, market="spot")
    assert await own_client.get("/api/v3/time") == {"serverTime": NOW_MS - 7_000}
    rows = await own_client.get("/api/v3/klines", symbol="BTCUSDT", interval="1m", limit=1)
    assert rows[0][0] == NOW_MS // 60_000 * 60_000


async def test_maintenance_is_503(own_client: Client) -> None:
    await order(own_client, "maintenance", market="futures")
    status, body, _ = await own_client.ask("/fapi/v1/time")
    assert (status, body["code"]) == (503, -1008)
    assert (await own_client.ask("/api/v3/time"))[0] == 200


async def test_faults_can_be_aimed_at_one_symbol(own_client: Client) -> None:
    await order(own_client, {"status": {"code": 500}}, symbol="BTCUSDT")
    assert (await own_client.ask("/api/v3/ticker/price", symbol="BTCUSDT"))[0] == 500
    assert (await own_client.ask("/api/v3/ticker/price", symbol="TRXUSDT"))[0] == 200


@pytest.mark.parametrize("path", ["/api/v3/klines", "/fapi/v1/klines"])
async def test_one_impossible_bar_in_a_page(own_client: Client, path: str) -> None:
    ask = {"symbol": "BTCUSDT", "interval": "1h", "limit": 5}
    good = await own_client.get(path, **ask)
    await order(own_client, "high_low_swapped", count=1, path=path)
    swapped = await own_client.get(path, **ask)
    assert swapped == [*good[:2], [good[2][0], good[2][1], good[2][3], good[2][2], *good[2][4:]], *good[3:]]
    await order(own_client, "zero_price", count=1, path=path)
    zero = await own_client.get(path, **ask)
    assert [float(price) for price in zero[2][1:5]] == [0.0] * 4
    assert zero[:2] + zero[3:] == good[:2] + good[3:]


async def test_an_empty_page_is_no_row_at_all(own_client: Client) -> None:
    await order(own_client, "empty_page", symbol="BTCUSDT")
    ask = {"interval": "1h", "limit": 5}
    assert await own_client.get("/api/v3/klines", symbol="BTCUSDT", **ask) == []
    assert len(await own_client.get("/api/v3/klines", symbol="ETHUSDT", **ask)) == 5
    assert (await own_client.get("/api/v3/avgPrice", symbol="BTCUSDT"))["mins"] == 5


async def test_one_odd_field_in_one_row(own_client: Client) -> None:
    fault = {"odd_field": {"symbol": "ETHUSDT", "field": "status", "value": None}}
    await order(own_client, fault, path="*/exchangeInfo")
    for path in ("/api/v3/exchangeInfo", "/fapi/v1/exchangeInfo"):
        rows = (await own_client.get(path))["symbols"]
        assert [row["symbol"] for row in rows if row["status"] is None] == ["ETHUSDT"]
    await order(
        own_client, {"odd_field": {"symbol": "BTCUSDT", "field": "price", "value": ""}}, market="spot"
    )
    rows = await own_client.get("/api/v3/ticker/price")
    assert [row["symbol"] for row in rows if row["price"] == ""] == ["BTCUSDT"]


async def test_a_small_answer_unpacks_to_many_megabytes(own_client: Client) -> None:
    await order(own_client, {"huge": {"mb": 40}}, path="/api/v3/time")
    url = own_client.sandbox.spot_url + "/api/v3/time"
    async with own_client.session.get(url) as reply:
        body = await reply.read()
    assert int(reply.headers["Content-Length"]) < 100_000
    assert len(body) > 40 * 1024 * 1024
    assert json.loads(body) == {"serverTime": NOW_MS}


async def test_a_drip_takes_a_pause_for_every_byte(own_client: Client) -> None:
    waited: list[float] = []

    async def pause(seconds: float) -> None:
        waited.append(seconds)

    own_client.sandbox.pause = pause
    await order(own_client, {"drip": {"ms": 700}}, path="/api/v3/time")
    status, body, headers = await own_client.ask("/api/v3/time")
    assert (status, body) == (200, {"serverTime": NOW_MS})
    assert waited == [0.7] * int(headers["content-length"])


async def test_redirects_lead_back_or_elsewhere(own_client: Client) -> None:
    await order(own_client, "redirect", path="/api/v3/time")
    with pytest.raises(aiohttp.TooManyRedirects):
        await own_client.ask("/api/v3/time")
    await own_client.control("DELETE", "/faults")
    await order(own_client, {"redirect": {"to": "/api/v3/ping"}}, path="/api/v3/time")
    assert (await own_client.ask("/api/v3/time"))[:2] == (200, {})
