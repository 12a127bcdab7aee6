"""Market data beside bars, books and trades: other windows, rules, blocks, indices, funds and sessions."""

from typing import Any

import pytest

from tests.sandbox.exchange.conftest import NOW_MS, Client
from tests.sandbox.exchange.listening import listening
from tests.support.clock import FakeClock

BTC = {"symbol": "BTCUSDT"}
MINUTE_MS, HOUR_MS, DAY_MS = 60_000, 3_600_000, 86_400_000


@pytest.mark.parametrize(("size", "minutes"), [("1m", 1), ("59m", 59), ("2h", 120), ("7d", 7 * 1440)])
async def test_a_window_of_any_size_is_its_bars(client: Client, size: str, minutes: int) -> None:
    told = await client.get("/api/v3/ticker", **BTC, windowSize=size)
    first = (NOW_MS - minutes * MINUTE_MS) // MINUTE_MS * MINUTE_MS
    bars: list[Any] = []
    while not bars or bars[-1][6] < NOW_MS:
        start = bars[-1][6] + 1 if bars else first
        bars += await client.get("/api/v3/klines", **BTC, interval="1m", startTime=start, limit=1000)
    assert (told["openTime"], told["closeTime"]) == (first, NOW_MS)
    assert (told["openPrice"], told["lastPrice"]) == (bars[0][1], bars[-1][4])
    assert float(told["highPrice"]) == max(float(bar[2]) for bar in bars)
    assert float(told["volume"]) == pytest.approx(sum(float(bar[5]) for bar in bars))
    assert told["count"] == sum(bar[8] for bar in bars)
    assert "bidPrice" not in told
    assert "lastQty" not in told


async def test_the_trading_day_begins_at_midnight_of_a_zone(client: Client) -> None:
    for zone, shift in (("0", 0), ("+05:30", 19_800_000), ("-8", -8 * HOUR_MS)):
        told = await client.get("/api/v3/ticker/tradingDay", **BTC, timeZone=zone)
        first = (NOW_MS + shift) // DAY_MS * DAY_MS - shift
        assert (told["openTime"], told["closeTime"]) == (first, first + DAY_MS - 1)
        bar = (await client.get("/api/v3/klines", **BTC, interval="1d", timeZone=zone, limit=1))[0]
        assert (told["openPrice"], told["highPrice"], told["volume"]) == (bar[1], bar[2], bar[5])


async def test_windows_of_several_symbols(client: Client) -> None:
    both = await client.get("/api/v3/ticker", symbols='["BTCUSDT","ETHUSDT"]', type="MINI")
    assert [row["symbol"] for row in both] == ["BTCUSDT", "ETHUSDT"]
    assert "priceChange" not in both[0]
    _, _, one = await client.ask("/api/v3/ping")
    _, _, two = await client.ask("/api/v3/ticker/tradingDay", symbols='["BTCUSDT","ETHUSDT"]')
    assert int(two["x-mbx-used-weight-1m"]) - int(one["x-mbx-used-weight-1m"]) == 8


@pytest.mark.parametrize(
    ("path", "query", "code"),
    [
        ("/api/v3/ticker", {}, -1102),
        ("/api/v3/ticker/tradingDay", {}, -1102),
        ("/api/v3/ticker", BTC | {"windowSize": "60m"}, -1130),
        ("/api/v3/ticker", BTC | {"windowSize": "8d"}, -1130),
        ("/api/v3/ticker", BTC | {"windowSize": "1d2h"}, -1130),
        ("/api/v3/ticker", BTC | {"type": "TINY"}, -1139),
        ("/api/v3/ticker/tradingDay", BTC | {"timeZone": "+15:00"}, -1130),
        ("/api/v3/executionRules", BTC | {"symbolStatus": "TRADING"}, -1128),
        ("/api/v3/executionRules", {"symbol": "NOPEUSDT"}, -1121),
        ("/api/v3/referencePrice", {"symbol": "NOPEUSDT"}, -1121),
        ("/api/v3/historicalBlockTrades", BTC, -1102),
        ("/fapi/v1/assetIndex", {"symbol": "NOPEUSD"}, -1121),
        ("/fapi/v1/indexInfo", {"symbol": "BTCUSDT"}, -1121),
        ("/fapi/v1/insuranceBalance", {"symbol": "NOPEUSDT"}, -1121),
        ("/fapi/v1/symbolAdlRisk", {"symbol": "NOPEUSDT"}, -1121),
        ("/eapi/v1/trades", {}, -1102),
        ("/eapi/v1/trades", {"symbol": "BTC-1"}, -1121),
    ],
)
async def test_refusals(client: Client, path: str, query: dict[str, object], code: int) -> None:
    status, body, _ = await client.ask(path, **query)
    assert (status, body["code"]) == (400, code)


async def test_the_reference_price_is_the_mean_of_ten_seconds(client: Client) -> None:
    told = await client.get("/api/v3/referencePrice", **BTC)
    last = NOW_MS // 1000 * 1000
    bars = await client.get("/api/v3/klines", **BTC, interval="1s", startTime=last - 10_000, endTime=last - 1)
    assert told["timestamp"] == last
    assert float(told["referencePrice"]) == pytest.approx(sum(float(bar[4]) for bar in bars) / 10, abs=0.006)
    made = await client.get("/api/v3/referencePrice/calculation", **BTC)
    assert made == BTC | {"calculationType": "ARITHMETIC_MEAN", "bucketCount": 10, "bucketWidthMs": 1000}
    async with listening(client, "/ws/btcusdt@referencePrice") as listener:
        await listener.advance(1_000)
        event = await listener.read()
    assert (event["e"], event["t"]) == ("referencePrice", last + 1_000)


async def test_rules_stand_for_all_or_for_some(client: Client) -> None:
    everything = await client.get("/api/v3/executionRules")
    some = await client.get("/api/v3/executionRules", symbols='["BTCUSDT","ETHUSDT"]')
    assert len(everything["symbolRules"]) == 12
    assert [row["symbol"] for row in some["symbolRules"]] == ["BTCUSDT", "ETHUSDT"]
    assert (await client.get("/api/v3/executionRules", symbolStatus="HALT"))["symbolRules"] == []


async def test_block_trades_are_told_once_and_found_again(own_client: Client, clock: FakeClock) -> None:
    hour = NOW_MS // HOUR_MS
    rows = await own_client.get("/api/v3/historicalBlockTrades", **BTC, fromId=hour - 3)
    assert [row["id"] for row in rows] == [hour - 3, hour - 2, hour - 1, hour]
    assert float(rows[0]["quoteQty"]) == pytest.approx(1e6, rel=1e-3)
    await clock.advance((hour + 1) * HOUR_MS - 1_000 - NOW_MS)
    async with listening(own_client, "/ws/btcusdt@blockTrade") as listener:
        await listener.advance(1_000)
        event = await listener.read()
    again = await own_client.get("/api/v3/historicalBlockTrades", **BTC, fromId=hour + 1)
    assert (event["t"], event["p"], event["q"], event["T"]) == (
        hour + 1,
        again[0]["price"],
        again[0]["qty"],
        again[0]["time"],
    )


async def test_indices_are_those_of_the_perpetuals(client: Client) -> None:
    premium = await client.get("/fapi/v1/premiumIndex", **BTC)
    row = await client.get("/fapi/v1/assetIndex", symbol="BTCUSD")
    assert row["index"] == premium["indexPrice"]
    assert float(row["bidRate"]) == pytest.approx(float(row["index"]) * 0.9)
    assert float(row["autoExchangeAskRate"]) == pytest.approx(float(row["index"]) * 1.05)
    assert len(await client.get("/fapi/v1/assetIndex")) == 4
    info = (await client.get("/fapi/v1/indexInfo", symbol="DEFIUSDT"))[0]
    assert sum(float(part["weightInPercentage"]) for part in info["baseAssetList"]) == pytest.approx(1.0)


async def test_index_streams_agree_with_rest(client: Client) -> None:
    async with listening(client, "/market/ws/btcusd@assetIndex", "futures") as listener:
        await listener.advance(1_000)
        event = await listener.read()
    row = await client.get("/fapi/v1/assetIndex", symbol="BTCUSD")
    assert row["time"] - event["E"] < 1_000
    assert float(event["i"]) == pytest.approx(float(row["index"]), rel=1e-3)
    async with listening(client, "/market/ws/defiusdt@compositeIndex", "futures") as listener:
        await listener.advance(1_000)
        event = await listener.read()
    parts = [float(part["w"]) * float(part["i"]) for part in event["c"]]
    assert sum(parts) == pytest.approx(float(event["p"]))


async def test_funds_and_risk(client: Client) -> None:
    funds = await client.get("/fapi/v1/insuranceBalance")
    one = await client.get("/fapi/v1/insuranceBalance", symbol="ETHUSDT")
    assert one in funds
    assert sorted(name for fund in funds for name in fund["symbols"]) == sorted(
        row["symbol"] for row in await client.get("/fapi/v1/symbolAdlRisk")
    )
    risk = await client.get("/fapi/v1/symbolAdlRisk", **BTC)
    assert risk == BTC | {"adlRisk": "low", "updateTime": NOW_MS // (30 * MINUTE_MS) * 30 * MINUTE_MS}


async def test_sessions_follow_each_other_without_a_hole(client: Client) -> None:
    told = (await client.get("/fapi/v1/tradingSchedule"))["marketSchedules"]
    assert set(told) == {"EQUITY", "COMMODITY", "KR_EQUITY", "HK_EQUITY", "CN_EQUITY"}
    for market in told.values():
        rows = market["sessions"]
        assert [row["startTime"] for row in rows[1:]] == [row["endTime"] for row in rows[:-1]]
        assert rows[-1]["endTime"] - rows[0]["startTime"] == 7 * DAY_MS
    async with listening(client, "/market/ws/tradingSession", "futures") as listener:
        await listener.advance(1_000)
        events = [await listener.read() for _ in range(5)]
    regular = next(row for row in told["EQUITY"]["sessions"] if row["endTime"] > NOW_MS)
    assert (events[0]["e"], events[0]["S"], events[0]["t"]) == (
        "EquityUpdate",
        regular["type"],
        regular["startTime"],
    )


async def test_trades_of_an_option_lie_at_its_price(client: Client) -> None:
    info = await client.get("/eapi/v1/exchangeInfo")
    symbol = next(row["symbol"] for row in info["optionSymbols"] if row["underlying"] == "BTCUSDT")
    rows = await client.get("/eapi/v1/trades", symbol=symbol, limit=5)
    assert [row["time"] for row in rows] == [
        NOW_MS // MINUTE_MS * MINUTE_MS - back * MINUTE_MS for back in range(4, -1, -1)
    ]
    assert {row["side"] for row in rows} == {1, -1}
    for row in rows:
        assert float(row["quoteQty"]) == pytest.approx(float(row["price"]) * 0.1)
    assert await client.get("/eapi/v1/blockTrades") == []
