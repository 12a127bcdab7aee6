"""What a test orders happens to prices, holders and funding, and the streams tell of it."""

import numpy as np
import pytest

from tests.sandbox.exchange.conftest import Client
from tests.sandbox.exchange.listening import listening

HOUR_MS = 3_600_000


async def order(client: Client, symbol: str = "BTCUSDT", **event: object) -> None:
    status, told = await client.control("POST", f"/market/{symbol}", **event)
    assert status == 200, told


async def test_a_fall_liquidates_longs_and_takes_open_interest(own_client: Client) -> None:
    before = await own_client.get("/fapi/v1/openInterest", symbol="BTCUSDT")
    async with listening(own_client, "/market/stream?streams=!forceOrder@arr", "futures") as listener:
        await order(own_client, event="jump", size=-0.08)
        # so long a step is one message: the holders of few symbols have to be made
        orders = [message["data"]["o"] for message in await listener.follow(2, 120_000)]
    after = await own_client.get("/fapi/v1/openInterest", symbol="BTCUSDT")
    mine = [one for one in orders if one["s"] == "BTCUSDT"]
    assert {one["S"] for one in mine} == {"SELL"}
    assert all(float(one["p"]) < float(one["ap"]) for one in mine)
    assert float(after["openInterest"]) < 0.97 * float(before["openInterest"])
    assert {one["st"] for one in orders if one["s"] == "BTCUSD_PERP"} == {2}
    _, truth = await own_client.control("GET", "/truth?symbol=BTCUSDT")
    assert sum(one["sells"] for one in truth["holders"]["liquidations"]) > 20


async def test_at_most_one_liquidation_a_second(own_client: Client) -> None:
    async with listening(own_client, "/market/stream?streams=btcusdt@forceOrder", "futures") as listener:
        await order(own_client, event="jump", size=0.1)
        orders = [message["data"]["o"] for message in await listener.follow(30, 1_000)]
    assert orders
    seconds = [one["T"] // 1_000 for one in orders]
    assert len(seconds) == len(set(seconds))


async def test_an_ordered_liquidation(own_client: Client) -> None:
    async with listening(own_client, "/market/stream?streams=solusdt@forceOrder", "futures") as listener:
        await listener.advance(1_000)
        await order(own_client, "SOLUSDT", event="liquidation", side="BUY", usd=3e6)
        orders = [message["data"]["o"] for message in await listener.follow(3, 1_000)]
    largest = max(orders, key=lambda one: float(one["z"]))
    assert largest["S"] == "BUY"
    assert float(largest["z"]) * float(largest["ap"]) == pytest.approx(3e6, rel=0.01)


async def test_a_storm_moves_prices_more(own_client: Client) -> None:
    moves = []
    for name in ("calm", "storm"):
        await order(own_client, event="regime", name=name)
        await own_client.control("POST", "/clock/advance", ms=4 * HOUR_MS)
        rows = await own_client.get("/api/v3/klines", symbol="BTCUSDT", interval="1m", limit=230)
        moves.append(np.std(np.diff(np.log([float(row[4]) for row in rows]))))
    assert moves[1] > 2 * moves[0]


async def test_a_new_funding_interval(own_client: Client) -> None:
    await order(own_client, event="funding_interval", hours=2)
    info = {row["symbol"]: row for row in await own_client.get("/fapi/v1/fundingInfo")}
    assert info["BTCUSDT"]["fundingIntervalHours"] == 2
    now = await own_client.get("/fapi/v1/premiumIndex", symbol="BTCUSDT")
    assert now["nextFundingTime"] % (2 * HOUR_MS) == 0
    await own_client.control("POST", "/clock/advance", ms=10 * HOUR_MS)
    rows = await own_client.get("/fapi/v1/fundingRate", symbol="BTCUSDT", limit=10)
    hours = np.diff([round(row["fundingTime"] / HOUR_MS) for row in rows])
    assert hours.tolist() == [8, 8, 8, 8, 6, 2, 2, 2, 2]


@pytest.mark.parametrize(
    "event",
    [
        {"event": "regime", "name": "nonsense"},
        {"event": "funding_interval", "hours": 3},
        {"event": "liquidation", "side": "SELL"},
        {"event": "liquidation", "side": "UP", "usd": 1},
        {"event": "rain"},
    ],
)
async def test_senseless_events_are_refused(own_client: Client, event: dict[str, object]) -> None:
    status, told = await own_client.control("POST", "/market/BTCUSDT", **event)
    assert (status, list(told)) == (400, ["error"])


async def test_a_delisting_is_told(own_client: Client) -> None:
    async with listening(own_client, "/market/stream?streams=!contractInfo", "futures") as listener:
        await listener.advance(1_000)
        await order(own_client, "LTCUSDT", event="delist")
        messages = await listener.follow(2, 1_000)
    assert [(m["data"]["s"], m["data"]["cs"]) for m in messages] == [("LTCUSDT", "CLOSE")]
