"""USD-M futures and options REST: shapes, paging and refusals as the exchange has them."""

from decimal import Decimal

import pytest

from tests.sandbox.exchange.conftest import NOW_MS, Client

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
HOUR = NOW_MS // HOUR_MS * HOUR_MS


async def test_exchange_info(client: Client) -> None:
    info = await client.get("/fapi/v1/exchangeInfo")
    symbols = {row["symbol"]: row for row in info["symbols"]}
    assert "1000SHIBUSDT" in symbols
    assert "SHIBUSDT" not in symbols
    assert symbols["BTCUSDT"]["contractType"] == "PERPETUAL"
    assert symbols["BTCUSDT"]["pricePrecision"] == 1
    assert info["rateLimits"][0]["limit"] == 2400


async def test_klines_in_natural_precision(client: Client) -> None:
    rows = await client.get("/fapi/v1/klines", symbol="BTCUSDT", interval="15m", limit=2)
    assert [len(rows[0][i].split(".")[1]) for i in (1, 5, 7)] == [1, 3, 4]
    assert rows[-1][6] > NOW_MS
    same = await client.get(
        "/fapi/v1/continuousKlines", pair="BTCUSDT", contractType="PERPETUAL", interval="15m", limit=2
    )
    assert same == rows


@pytest.mark.parametrize(
    ("path", "name"),
    [("markPriceKlines", "symbol"), ("indexPriceKlines", "pair"), ("premiumIndexKlines", "symbol")],
)
async def test_price_series_klines(client: Client, path: str, name: str) -> None:
    rows = await client.get(f"/fapi/v1/{path}", interval="1h", limit=1500, **{name: "ETHUSDT"})
    assert len(rows) == 1500
    assert rows[-1][0] == HOUR
    assert all(row[5] == "0" and row[7] == "0" for row in rows)
    assert all(Decimal(row[3]) <= Decimal(row[4]) <= Decimal(row[2]) for row in rows)
    status, body, _ = await client.ask(
        f"/fapi/v1/{path}", interval="1h", **{"pair" if name == "symbol" else "symbol": "ETHUSDT"}
    )
    assert (status, body["code"]) == (400, -1102)


async def test_premium_is_mark_over_index(client: Client) -> None:
    told = await client.get("/fapi/v1/premiumIndex", symbol="BTCUSDT")
    premium = (await client.get("/fapi/v1/premiumIndexKlines", symbol="BTCUSDT", interval="1m", limit=1))[0]
    ratio = Decimal(told["markPrice"]) / Decimal(told["indexPrice"]) - 1
    assert float(ratio) == pytest.approx(float(premium[4]), abs=2e-5)
    assert told["nextFundingTime"] % (8 * HOUR_MS) == 0
    assert told["time"] == NOW_MS
    assert len(await client.get("/fapi/v1/premiumIndex")) == 12


async def test_funding_history_paging(client: Client) -> None:
    newest = await client.get("/fapi/v1/fundingRate", symbol="BTCUSDT")
    assert len(newest) == 200
    assert set(newest[0]) == {"symbol", "fundingTime", "fundingRate", "markPrice", "rateType"}
    assert newest[-1]["fundingTime"] <= NOW_MS
    start = newest[50]["fundingTime"]
    from_start = await client.get("/fapi/v1/fundingRate", symbol="BTCUSDT", startTime=start)
    assert from_start == newest[50:150]
    cut = await client.get("/fapi/v1/fundingRate", symbol="BTCUSDT", startTime=start, endTime=NOW_MS, limit=3)
    assert cut == newest[50:53]


async def test_only_unusual_intervals_are_in_funding_info(client: Client) -> None:
    told = await client.get("/fapi/v1/fundingInfo")
    assert {row["symbol"]: row["fundingIntervalHours"] for row in told} == {"LINKUSDT": 4, "1000SHIBUSDT": 4}


async def test_tickers(client: Client) -> None:
    day = await client.get("/fapi/v1/ticker/24hr", symbol="BTCUSDT")
    assert "bidPrice" not in day
    assert day["lastId"] - day["firstId"] + 1 == day["count"]
    for version in ("v1", "v2"):
        price = await client.get(f"/fapi/{version}/ticker/price", symbol="BTCUSDT")
        assert price == {"symbol": "BTCUSDT", "price": day["lastPrice"], "time": NOW_MS}
    best = await client.get("/fapi/v1/ticker/bookTicker", symbol="BTCUSDT")
    assert day["lastPrice"] in {best["bidPrice"], best["askPrice"]}


async def test_depth_and_its_limits(client: Client) -> None:
    book = await client.get("/fapi/v1/depth", symbol="BTCUSDT", limit=5)
    assert set(book) == {"lastUpdateId", "E", "T", "bids", "asks"}
    assert len(book["bids"]) == len(book["asks"]) == 5
    status, body, _ = await client.ask("/fapi/v1/depth", symbol="BTCUSDT", limit=7)
    assert (status, body["code"]) == (400, -4021)


async def test_trades_open_interest_and_aggregate_trades(client: Client) -> None:
    trades = await client.get("/fapi/v1/trades", symbol="ETHUSDT", limit=2)
    assert set(trades[0]) == {"id", "price", "qty", "quoteQty", "time", "isBuyerMaker", "isRPITrade"}
    grouped = await client.get("/fapi/v1/aggTrades", symbol="ETHUSDT", limit=2)
    assert [row["a"] for row in grouped] == [row["id"] for row in trades]
    assert grouped[0]["nq"] == grouped[0]["q"]
    held = await client.get("/fapi/v1/openInterest", symbol="ETHUSDT")
    assert Decimal(held["openInterest"]) > 0


@pytest.mark.parametrize(
    ("path", "query", "code"),
    [
        ("v1/klines", {"symbol": "NOPEUSDT", "interval": "1h"}, -1121),
        ("v1/klines", {"symbol": "BTCUSDT", "interval": "1s"}, -1120),
        ("v1/klines", {"symbol": "BTCUSDT", "interval": "1h", "limit": "1501"}, -1130),
        ("v1/klines", {"symbol": "BTCUSDT", "interval": "1h", "startTime": "9", "endTime": "3"}, -1023),
        ("v1/continuousKlines", {"pair": "BTCUSDT", "contractType": "FOREVER", "interval": "1h"}, -4104),
        ("v1/continuousKlines", {"pair": "BTCUSDT", "contractType": "NEXT_QUARTER", "interval": "1h"}, -1121),
        ("v1/aggTrades", {"symbol": "BTCUSDT", "startTime": "0", "endTime": str(2 * HOUR_MS)}, -1127),
        ("v1/fundingRate", {"symbol": "BTCUSDT", "limit": "1001"}, -1130),
        ("v1/premiumIndex", {"symbol": "NOPEUSDT"}, -1121),
        ("v1/openInterest", {}, -1102),
    ],
)
async def test_refusals(client: Client, path: str, query: dict[str, str], code: int) -> None:
    status, body, _ = await client.ask(f"/fapi/{path}", **query)
    assert (status, body["code"]) == (400, code)


@pytest.mark.parametrize(
    ("path", "query", "weight"),
    [
        ("v1/klines", {"limit": "99"}, 1),
        ("v1/klines", {"limit": "100"}, 2),
        ("v1/klines", {"limit": "499"}, 2),
        ("v1/klines", {}, 5),
        ("v1/klines", {"limit": "1001"}, 10),
        ("v1/depth", {"limit": "50"}, 2),
        ("v1/depth", {"limit": "100"}, 5),
        ("v1/depth", {}, 10),
        ("v1/depth", {"limit": "1000"}, 20),
        ("v1/premiumIndex", {}, 1),
        ("v1/fundingRate", {}, 0),
    ],
)
async def test_weights(client: Client, path: str, query: dict[str, str], weight: int) -> None:
    _, _, headers = await client.ask(f"/fapi/{path}", symbol="BTCUSDT", interval="1h", **query)
    assert headers["x-mbx-used-weight-1m"] == str(weight)


async def test_the_dishonest_header(client: Client) -> None:
    await client.get("/fapi/v1/premiumIndex")
    _, _, headers = await client.ask("/fapi/v2/ticker/price", symbol="BTCUSDT")
    assert headers["x-mbx-used-weight-1m"] == "1"
    _, _, headers = await client.ask("/fapi/v1/ping")
    assert headers["x-mbx-used-weight-1m"] == "12"


async def test_unknown_and_retired_paths(client: Client) -> None:
    assert (await client.ask("/fapi/v1/longShortRatio"))[0] == 404
    status, body, _ = await client.ask("/fapi/v1/allForceOrders")
    assert (status, body["code"]) == (400, -1016)


async def test_the_coin_margined_list_is_empty(client: Client) -> None:
    assert (await client.get("/dapi/v1/exchangeInfo"))["symbols"] == []
    assert await client.get("/eapi/v1/time") == {"serverTime": NOW_MS}
