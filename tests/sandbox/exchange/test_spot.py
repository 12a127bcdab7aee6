"""Spot REST: shapes, paging and refusals as the exchange has them."""

from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise

import pytest

from tests.sandbox.exchange.conftest import NOW_MS, Client

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
HOUR = NOW_MS // HOUR_MS * HOUR_MS


async def test_time_and_ping(client: Client) -> None:
    assert await client.get("/api/v3/ping") == {}
    assert await client.get("/api/v3/time") == {"serverTime": NOW_MS}


async def test_any_prefix_is_accepted(client: Client) -> None:
    assert await client.get("/some/where/api/v3/time") == {"serverTime": NOW_MS}


async def test_exchange_info_lists_the_twelve(client: Client) -> None:
    info = await client.get("/api/v3/exchangeInfo")
    assert [row["symbol"] for row in info["symbols"]][:2] == ["BTCUSDT", "ETHUSDT"]
    assert len(info["symbols"]) == 12
    assert info["rateLimits"][0]["limit"] == 6000
    for query, count in (
        ({"permissions": '["SPOT"]'}, 12),
        ({"permissions": "LEVERAGED"}, 0),
        ({"symbolStatus": "HALT"}, 0),
    ):
        assert len((await client.get("/api/v3/exchangeInfo", **query))["symbols"]) == count
    one = await client.get("/api/v3/exchangeInfo", symbol="SHIBUSDT")
    price = next(row for row in one["symbols"][0]["filters"] if row["filterType"] == "PRICE_FILTER")
    assert price["tickSize"] == "0.00000001"


async def test_klines_have_twelve_fields_and_eight_decimals(client: Client) -> None:
    rows = await client.get("/api/v3/klines", symbol="BTCUSDT", interval="1h", limit=3)
    assert [row[0] for row in rows] == [HOUR - 2 * HOUR_MS, HOUR - HOUR_MS, HOUR]
    for row in rows:
        assert len(row) == 12
        assert row[6] == row[0] + HOUR_MS - 1
        assert all(len(row[i].split(".")[1]) == 8 for i in (1, 2, 3, 4, 5, 7, 9, 10))
        assert row[11] == "0"
        assert isinstance(row[8], int)
    assert rows[-1][6] > NOW_MS


async def test_paging_walks_through_history_without_holes(client: Client) -> None:
    start = HOUR - 2_500 * HOUR_MS
    opens: list[int] = []
    while rows := await client.get(
        "/api/v3/klines", symbol="ETHUSDT", interval="1h", startTime=start, endTime=HOUR - 1, limit=1000
    ):
        opens += [row[0] for row in rows]
        start = rows[-1][0] + 1
    assert len(opens) == 2_500
    assert {b - a for a, b in pairwise(opens)} == {HOUR_MS}


@pytest.mark.parametrize(
    ("query", "count", "first", "last"),
    [
        ({}, 500, HOUR - 499 * HOUR_MS, HOUR),
        ({"limit": 1500}, 1000, HOUR - 999 * HOUR_MS, HOUR),
        ({"startTime": HOUR - 9 * HOUR_MS, "limit": 4}, 4, HOUR - 9 * HOUR_MS, HOUR - 6 * HOUR_MS),
        ({"endTime": HOUR - 9 * HOUR_MS, "limit": 4}, 4, HOUR - 12 * HOUR_MS, HOUR - 9 * HOUR_MS),
        (
            {"startTime": HOUR - 9 * HOUR_MS, "endTime": HOUR - 8 * HOUR_MS},
            2,
            HOUR - 9 * HOUR_MS,
            HOUR - 8 * HOUR_MS,
        ),
        ({"startTime": HOUR - HOUR_MS + 1}, 1, HOUR, HOUR),
    ],
)
async def test_kline_windows(
    client: Client, query: dict[str, int], count: int, first: int, last: int
) -> None:
    rows = await client.get("/api/v3/klines", symbol="BTCUSDT", interval="1h", **query)
    assert (len(rows), rows[0][0], rows[-1][0]) == (count, first, last)


async def test_windows_outside_history_are_empty(client: Client) -> None:
    future = {"startTime": NOW_MS + DAY_MS}
    reversed_ = {"startTime": HOUR, "endTime": HOUR - DAY_MS}
    past = {"endTime": 1_000_000}
    for query in (future, reversed_, past):
        assert await client.get("/api/v3/klines", symbol="BTCUSDT", interval="1h", **query) == []


async def test_time_zone_moves_the_day_only(client: Client) -> None:
    rows = await client.get("/api/v3/klines", symbol="BTCUSDT", interval="1d", limit=2, timeZone="+3")
    assert datetime.fromtimestamp(rows[-1][0] / 1000, UTC).hour == 21
    status, body, _ = await client.ask("/api/v3/klines", symbol="BTCUSDT", interval="1d", timeZone="15:00")
    assert (status, body["code"]) == (400, -1130)


async def test_months_and_weeks(client: Client) -> None:
    month = await client.get("/api/v3/klines", symbol="BTCUSDT", interval="1M", limit=3)
    assert [datetime.fromtimestamp(row[0] / 1000, UTC).month for row in month] == [9, 10, 11]
    week = await client.get("/api/v3/klines", symbol="BTCUSDT", interval="1w", limit=2)
    assert {datetime.fromtimestamp(row[0] / 1000, UTC).weekday() for row in week} == {0}
    assert week[-1][6] - week[-1][0] == 7 * DAY_MS - 1


async def test_seconds_are_gapless(client: Client) -> None:
    rows = await client.get("/api/v3/klines", symbol="BTCUSDT", interval="1s", limit=120)
    assert len(rows) == 120
    assert {b[0] - a[0] for a, b in pairwise(rows)} == {1000}
    assert any(row[8] == 0 and row[1] == row[4] for row in rows)


@pytest.mark.parametrize(
    ("path", "query", "code"),
    [
        ("klines", {"interval": "1h"}, -1102),
        ("klines", {"symbol": "BTCUSDT"}, -1102),
        ("klines", {"symbol": "BTCUSDT", "interval": "7m"}, -1120),
        ("klines", {"symbol": "BTCUSDT", "interval": "1D"}, -1120),
        ("klines", {"symbol": "NOPEUSDT", "interval": "1h"}, -1121),
        ("klines", {"symbol": "btcusdt", "interval": "1h"}, -1100),
        ("klines", {"symbol": "BTCUSDT", "interval": "1h", "limit": "ten"}, -1100),
        ("klines", {"symbol": "BTCUSDT", "interval": "1h", "startTime": "-5"}, -1100),
        ("klines", {"symbol": "BTCUSDT", "interval": "1h", "limit": "0"}, -1130),
        ("depth", {}, -1102),
        ("ticker/24hr", {"symbol": "BTCUSDT", "symbols": '["ETHUSDT"]'}, -1128),
        ("ticker/24hr", {"symbol": "BTCUSDT", "type": "HALF"}, -1139),
        ("ticker/price", {"symbols": '["BTCUSDT","BTCUSDT"]'}, -1151),
        ("ticker/price", {"symbols": '["BTCUSDT","NOPEUSDT"]'}, -1121),
        ("ticker/price", {"symbols": '["BTCUSDT", "ETHUSDT"]'}, -1100),
        ("ticker/price", {"symbols": "BTCUSDT"}, -1100),
        ("ticker/price", {"symbol": "BTCUSDT", "symbolStatus": "HALT"}, -1220),
        ("exchangeInfo", {"symbol": "NOPE"}, -1121),
        ("exchangeInfo", {"symbol": "BTCUSDT", "permissions": "SPOT"}, -1128),
        ("aggTrades", {"symbol": "BTCUSDT", "fromId": 1, "startTime": 5}, -1128),
    ],
)
async def test_refusals(client: Client, path: str, query: dict[str, str], code: int) -> None:
    status, body, _ = await client.ask(f"/api/v3/{path}", **query)
    assert (status, body["code"]) == (400, code)
    assert body["msg"]


async def test_unknown_and_retired_paths(client: Client) -> None:
    assert (await client.ask("/api/v3/nothing"))[0] == 404
    assert (await client.ask("/api/v1/klines", symbol="BTCUSDT"))[0] == 404
    assert (await client.ask("/api/v3/userDataStream"))[0] == 410


async def test_tickers_agree_with_bars_trades_and_book(client: Client) -> None:
    day = await client.get("/api/v3/ticker/24hr", symbol="BTCUSDT")
    trades = await client.get("/api/v3/trades", symbol="BTCUSDT", limit=1)
    best = await client.get("/api/v3/ticker/bookTicker", symbol="BTCUSDT")
    price = await client.get("/api/v3/ticker/price", symbol="BTCUSDT")
    assert price == {"symbol": "BTCUSDT", "price": day["lastPrice"]}
    assert trades[0]["price"] == day["lastPrice"]
    assert trades[0]["id"] == day["lastId"]
    assert trades[0]["qty"] == day["lastQty"]
    assert day["lastId"] - day["firstId"] + 1 == day["count"]
    assert day["lastPrice"] in {best["bidPrice"], best["askPrice"]}
    assert Decimal(day["lastPrice"]) - Decimal(day["openPrice"]) == Decimal(day["priceChange"])
    assert (day["bidPrice"], day["askPrice"]) == (best["bidPrice"], best["askPrice"])


async def test_tickers_for_some_and_for_all(client: Client) -> None:
    some = await client.get("/api/v3/ticker/price", symbols='["ETHUSDT","BTCUSDT"]')
    assert [row["symbol"] for row in some] == ["ETHUSDT", "BTCUSDT"]
    everything = await client.get("/api/v3/ticker/24hr", type="MINI")
    assert len(everything) == 12
    assert "bidPrice" not in everything[0]
    assert await client.get("/api/v3/ticker/price", symbols='["ETHUSDT"]', symbolStatus="HALT") == []


async def test_depth_is_sorted_and_limited(client: Client) -> None:
    book = await client.get("/api/v3/depth", symbol="ETHUSDT", limit=50)
    bids, asks = ([Decimal(price) for price, _ in book[side]] for side in ("bids", "asks"))
    assert len(bids) == len(asks) == 50
    assert bids == sorted(bids, reverse=True)
    assert asks == sorted(asks)
    assert bids[0] < asks[0]
    deepest = await client.get("/api/v3/depth", symbol="ETHUSDT", limit=9000)
    assert len(deepest["bids"]) == 5000


async def test_trades_and_aggregate_trades(client: Client) -> None:
    trades = await client.get("/api/v3/trades", symbol="BTCUSDT", limit=20)
    assert set(trades[0]) == {"id", "price", "qty", "quoteQty", "time", "isBuyerMaker", "isBestMatch"}
    assert Decimal(trades[0]["price"]) * Decimal(trades[0]["qty"]) == Decimal(trades[0]["quoteQty"])
    grouped = await client.get("/api/v3/aggTrades", symbol="BTCUSDT", fromId=trades[5]["id"], limit=3)
    assert [(row["a"], row["p"], row["m"]) for row in grouped] == [
        (row["id"], row["price"], row["isBuyerMaker"]) for row in trades[5:8]
    ]
    assert set(grouped[0]) == {"a", "p", "q", "f", "l", "T", "m", "M"}
    between = await client.get(
        "/api/v3/aggTrades", symbol="BTCUSDT", startTime=NOW_MS - 60_000, endTime=NOW_MS
    )
    assert all(NOW_MS - 60_000 <= row["T"] <= NOW_MS for row in between)


async def test_average_price_is_turnover_over_volume(client: Client) -> None:
    rows = await client.get("/api/v3/klines", symbol="BTCUSDT", interval="1m", limit=5)
    told = await client.get("/api/v3/avgPrice", symbol="BTCUSDT")
    expected = sum(Decimal(r[7]) for r in rows) / sum(Decimal(r[5]) for r in rows)
    assert float(told["price"]) == pytest.approx(float(expected))
    assert told["mins"] == 5


@pytest.mark.parametrize(
    ("path", "query", "weight"),
    [
        ("klines", {"symbol": "BTCUSDT", "interval": "1h"}, 2),
        ("exchangeInfo", {}, 20),
        ("ticker/24hr", {"symbol": "BTCUSDT"}, 2),
        ("ticker/24hr", {}, 80),
        ("ticker/24hr", {"symbols": '["BTCUSDT","ETHUSDT"]'}, 2),
        ("ticker/24hr", {"symbols": "[" + ",".join(f'"X{i}"' for i in range(21)) + "]"}, 40),
        ("ticker/24hr", {"symbols": "[" + ",".join(f'"X{i}"' for i in range(101)) + "]"}, 80),
        ("ticker/price", {}, 4),
        ("depth", {"symbol": "BTCUSDT"}, 5),
        ("depth", {"symbol": "BTCUSDT", "limit": "500"}, 25),
        ("depth", {"symbol": "BTCUSDT", "limit": "1000"}, 50),
        ("depth", {"symbol": "BTCUSDT", "limit": "5000"}, 250),
        ("trades", {"symbol": "BTCUSDT"}, 25),
        ("aggTrades", {"symbol": "BTCUSDT"}, 4),
    ],
)
async def test_weights(client: Client, path: str, query: dict[str, str], weight: int) -> None:
    _, _, headers = await client.ask(f"/api/v3/{path}", **query)
    assert headers["x-mbx-used-weight-1m"] == str(weight)
