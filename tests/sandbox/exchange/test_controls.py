"""Truth, market events and connections over HTTP."""

from decimal import Decimal

from tests.sandbox.exchange.conftest import NOW_MS, Client
from tests.support.clock import FakeClock
from utils.sandbox.exchange.connections import Connections

HOUR_MS = 3_600_000


async def test_truth_tells_states_up_to_now(own_client: Client) -> None:
    query = f"?symbol=ETHUSDT&from={NOW_MS - 10 * HOUR_MS}&to={NOW_MS + 10 * HOUR_MS}"
    status, told = await own_client.control("GET", f"/truth{query}")
    assert status == 200
    states = told["states"]
    assert states["time"][-1] == NOW_MS // HOUR_MS * HOUR_MS
    assert {len(states[name]) for name in states} == {11}
    assert told["parameters"]["coin"]["beta"] == 1.15
    assert (await own_client.control("GET", "/truth?symbol=NOPE"))[0] == 404


async def test_jump_moves_spot_and_perpetual_from_now_on(own_client: Client, clock: FakeClock) -> None:
    async def price(path: str) -> Decimal:
        return Decimal((await own_client.get(path, symbol="BTCUSDT"))["price"])

    past = {"symbol": "BTCUSDT", "interval": "1m", "endTime": NOW_MS - 60_000, "limit": 100}
    before = await own_client.get("/api/v3/klines", **past)
    spot, perpetual = await price("/api/v3/ticker/price"), await price("/fapi/v2/ticker/price")
    assert (await own_client.control("POST", "/market/BTCUSDT", event="jump", size=0.1))[0] == 200
    await clock.advance(60_000)
    assert abs(await price("/api/v3/ticker/price") / spot - Decimal("1.1")) < Decimal("0.02")
    assert abs(await price("/fapi/v2/ticker/price") / perpetual - Decimal("1.1")) < Decimal("0.02")
    assert await own_client.get("/api/v3/klines", **past) == before


async def test_halt_stops_trades_for_its_time(own_client: Client, clock: FakeClock) -> None:
    await own_client.control("POST", "/market/BTCUSDT", event="halt", for_ms=300_000)
    info = await own_client.get("/api/v3/exchangeInfo", symbol="BTCUSDT")
    assert info["symbols"][0]["status"] == "HALT"
    await clock.advance(600_000)
    info = await own_client.get("/api/v3/exchangeInfo", symbol="BTCUSDT")
    assert info["symbols"][0]["status"] == "TRADING"
    rows = await own_client.get("/api/v3/klines", symbol="BTCUSDT", interval="1m", startTime=NOW_MS - 60_000)
    minutes = [(row[0] - NOW_MS // 60_000 * 60_000) // 60_000 for row in rows]
    assert minutes == [0, 5, 6, 7, 8, 9, 10]


async def test_delisted_symbols_are_gone(own_client: Client) -> None:
    await own_client.control("POST", "/market/TRXUSDT", event="delist")
    status, body, _ = await own_client.ask("/api/v3/ticker/price", symbol="TRXUSDT")
    assert (status, body["code"]) == (400, -1121)
    assert len((await own_client.get("/fapi/v1/exchangeInfo"))["symbols"]) == 11


async def test_a_coin_may_have_no_perpetual(own_client: Client) -> None:
    await own_client.control("POST", "/market/TRXUSDT", event="spot_only")
    assert len(await own_client.get("/api/v3/klines", symbol="TRXUSDT", interval="1d", limit=5)) == 5
    for path in ("/fapi/v1/ticker/price", "/fapi/v1/premiumIndex", "/fapi/v1/openInterest"):
        status, body, _ = await own_client.ask(path, symbol="TRXUSDT")
        assert (status, body["code"]) == (400, -1121), path
    assert "TRXUSDT" not in {
        one["symbol"] for one in (await own_client.get("/fapi/v1/exchangeInfo"))["symbols"]
    }
    assert len((await own_client.get("/api/v3/exchangeInfo"))["symbols"]) == 12


async def test_a_coin_may_have_been_listed_days_ago(own_client: Client) -> None:
    await own_client.control("POST", "/market/TRXUSDT", event="list", days=3)
    for path in ("/api/v3/klines", "/fapi/v1/klines", "/fapi/v1/premiumIndexKlines"):
        rows = await own_client.get(path, symbol="TRXUSDT", interval="4h", limit=500)
        assert len(rows) == 19, path
        assert rows[0][0] == (NOW_MS - 3 * 86_400_000) // 14_400_000 * 14_400_000
    settled = await own_client.get("/fapi/v1/fundingRate", symbol="TRXUSDT", limit=1000)
    assert len(settled) == 9
    (row,) = [
        one
        for one in (await own_client.get("/fapi/v1/exchangeInfo"))["symbols"]
        if one["symbol"] == "TRXUSDT"
    ]
    assert row["onboardDate"] == (NOW_MS - 3 * 86_400_000) // 60_000 * 60_000
    assert await own_client.get("/futures/data/openInterestHist", symbol="TRXUSDT", period="1h", limit=500)


async def test_a_coin_may_have_no_spot_market(own_client: Client) -> None:
    await own_client.control("POST", "/market/TRXUSDT", event="perpetual_only")
    assert len(await own_client.get("/fapi/v1/klines", symbol="TRXUSDT", interval="1d", limit=5)) == 5
    assert float((await own_client.get("/fapi/v1/premiumIndex", symbol="TRXUSDT"))["indexPrice"]) > 0
    for path in ("/api/v3/ticker/price", "/api/v3/depth"):
        status, body, _ = await own_client.ask(path, symbol="TRXUSDT")
        assert (status, body["code"]) == (400, -1121), path
    assert len((await own_client.get("/api/v3/exchangeInfo"))["symbols"]) == 11
    assert len((await own_client.get("/fapi/v1/exchangeInfo"))["symbols"]) == 12


async def test_a_coin_may_have_been_listed_hours_ago(own_client: Client) -> None:
    await own_client.control("POST", "/market/TRXUSDT", event="list", hours=3)
    listed = (NOW_MS - 3 * HOUR_MS) // 60_000 * 60_000
    for path in ("/api/v3", "/fapi/v1"):
        rows = await own_client.get(f"{path}/klines", symbol="TRXUSDT", interval="1h", limit=500)
        assert [row[0] for row in rows] == [listed // HOUR_MS * HOUR_MS + hour * HOUR_MS for hour in range(4)]
        day = await own_client.get(f"{path}/ticker/24hr", symbol="TRXUSDT")
        assert day["count"] == sum(row[8] for row in rows)
        trades = await own_client.get(f"{path}/aggTrades", symbol="TRXUSDT", startTime=0, limit=1)
        assert trades[0]["T"] >= listed
        first = await own_client.get(f"{path}/klines", symbol="TRXUSDT", interval="1m", startTime=0, limit=1)
        assert [row[0] for row in first] == [listed]
    assert await own_client.get("/fapi/v1/fundingRate", symbol="TRXUSDT", limit=1000) == []
    assert float((await own_client.get("/fapi/v1/openInterest", symbol="TRXUSDT"))["openInterest"]) > 0
    rows = await own_client.get("/futures/data/openInterestHist", symbol="TRXUSDT", period="1h", limit=500)
    assert {row["timestamp"] > listed for row in rows} == {True}


async def test_senseless_events_are_refused(own_client: Client) -> None:
    assert (await own_client.control("POST", "/market/BTCUSDT", event="boom"))[0] == 400
    assert (await own_client.control("POST", "/market/BTCUSDT", event="jump"))[0] == 400
    assert (await own_client.control("POST", "/market/BTCUSDT", event="jump", size=-1))[0] == 400
    assert (await own_client.control("POST", "/market/BTCUSDT", event="list", hours=0))[0] == 400
    assert (await own_client.control("POST", "/market/BTCUSDT", event="list", days=2.5))[0] == 400
    assert (await own_client.control("POST", "/market/NOPE", event="halt"))[0] == 404


async def test_connections_are_listed_and_closed() -> None:
    closed: list[int] = []

    async def close(code: int) -> None:
        closed.append(code)

    table = Connections()
    opened = table.add("spot", "127.0.0.1", "/ws", NOW_MS, close)
    opened.streams.add("btcusdt@trade")
    assert table.describe()[0]["streams"] == ["btcusdt@trade"]
    assert await table.close(opened.id, 1011)
    assert closed == [1011]
    table.remove(opened)
    assert not await table.close(opened.id, 1000)


async def test_no_such_connection(own_client: Client) -> None:
    assert (await own_client.control("GET", "/connections")) == (200, [])
    assert (await own_client.control("POST", "/connections/3/close", code=1001))[0] == 404
