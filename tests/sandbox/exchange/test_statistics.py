"""Positioning statistics of futures: shapes, windows, and that they belong to one population."""

import pytest

from tests.sandbox.exchange.conftest import NOW_MS, Client

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
RATIOS = ("globalLongShortAccountRatio", "topLongShortAccountRatio", "topLongShortPositionRatio")


@pytest.mark.parametrize("name", RATIOS)
async def test_ratios_are_those_of_their_shares(client: Client, name: str) -> None:
    rows = await client.get(f"/futures/data/{name}", symbol="BTCUSDT", period="1h", limit=10)
    assert [row["timestamp"] for row in rows] == [
        NOW_MS // HOUR_MS * HOUR_MS - HOUR_MS * back for back in range(9, -1, -1)
    ]
    for row in rows:
        longs, shorts = float(row["longAccount"]), float(row["shortAccount"])
        assert longs + shorts == pytest.approx(1.0)
        assert float(row["longShortRatio"]) == pytest.approx(longs / shorts, abs=1e-3)


async def test_open_interest_history_leads_to_the_present(client: Client) -> None:
    rows = await client.get("/futures/data/openInterestHist", symbol="BTCUSDT", period="5m", limit=500)
    now = await client.get("/fapi/v1/openInterest", symbol="BTCUSDT")
    assert len(rows) == 500
    assert float(rows[-1]["sumOpenInterest"]) == pytest.approx(float(now["openInterest"]), rel=0.02)
    prices = [float(row["sumOpenInterestValue"]) / float(row["sumOpenInterest"]) for row in rows[-3:]]
    bars = await client.get("/fapi/v1/klines", symbol="BTCUSDT", interval="5m", limit=4)
    assert prices == pytest.approx([float(bar[4]) for bar in bars[:3]])


@pytest.mark.parametrize(("symbol", "supply"), [("BTCUSDT", 19.8e6), ("1000SHIBUSDT", 589e12)])
async def test_the_coins_in_circulation_stand_beside_open_interest(
    client: Client, symbol: str, supply: float
) -> None:
    rows = await client.get("/futures/data/openInterestHist", symbol=symbol, period="1h", limit=2)
    assert [float(row["CMCCirculatingSupply"]) for row in rows] == [supply, supply]


async def test_taker_volumes_are_those_of_the_bars(client: Client) -> None:
    rows = await client.get("/futures/data/takerlongshortRatio", symbol="BTCUSDT", period="1h", limit=5)
    bars = await client.get("/fapi/v1/klines", symbol="BTCUSDT", interval="1h", limit=6)
    closed = {bar[0]: bar for bar in bars[:-1]}
    assert [row["timestamp"] for row in rows] == list(closed)
    for row in rows:
        bar = closed[row["timestamp"]]
        assert float(row["buyVol"]) == float(bar[9])
        assert float(row["buyVol"]) + float(row["sellVol"]) == pytest.approx(float(bar[5]))
        assert "symbol" not in row


@pytest.mark.parametrize("limit", [1, 2, 500])
async def test_taker_volumes_are_of_as_many_closed_periods_as_asked(client: Client, limit: int) -> None:
    rows = await client.get("/futures/data/takerlongshortRatio", symbol="BTCUSDT", period="15m", limit=limit)
    newest = NOW_MS // (HOUR_MS // 4) * (HOUR_MS // 4) - HOUR_MS // 4
    assert len(rows) == limit
    assert rows[-1]["timestamp"] == newest


async def test_basis_compares_futures_with_index(client: Client) -> None:
    rows = await client.get(
        "/futures/data/basis", pair="BTCUSDT", contractType="PERPETUAL", period="1h", limit=3
    )
    index = await client.get("/fapi/v1/indexPriceKlines", pair="BTCUSDT", interval="1h", limit=4)
    assert [row["indexPrice"] for row in rows[-2:]] == [bar[4] for bar in index[1:3]]
    for row in rows:
        assert float(row["basis"]) == pytest.approx(float(row["futuresPrice"]) - float(row["indexPrice"]))


async def test_thirty_days_and_no_more(client: Client) -> None:
    path = "/futures/data/openInterestHist"
    start = NOW_MS - 30 * DAY_MS
    rows = await client.get(path, symbol="BTCUSDT", period="1d", startTime=start, limit=500)
    assert len(rows) == 30
    assert rows[0]["timestamp"] >= start
    status, body, _ = await client.ask(path, symbol="BTCUSDT", period="1d", startTime=start - 1)
    assert (status, body["code"]) == (400, -1130)


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"symbol": "BTCUSDT"}, -1102),
        ({"symbol": "BTCUSDT", "period": "3m"}, -1130),
        ({"symbol": "BTCUSDT", "period": "5m", "limit": 501}, -1130),
        ({"symbol": "NOPEUSDT", "period": "5m"}, -1121),
        ({"period": "5m"}, -1102),
    ],
)
async def test_refusals(client: Client, query: dict[str, object], code: int) -> None:
    status, body, _ = await client.ask("/futures/data/openInterestHist", **query)
    assert (status, body["code"]) == (400, code)


async def test_wrong_paths_answer_404(client: Client) -> None:
    for path in ("/fapi/v1/openInterestHist", "/fapi/v1/longShortRatio", "/fapi/v1/takerlongshortRatio"):
        assert (await client.ask(path, symbol="BTCUSDT", period="5m"))[0] == 404


async def test_statistics_have_a_bucket_of_their_own(client: Client) -> None:
    front = client.sandbox._fronts["futures"]  # a thousand requests would take seconds
    for _ in range(1_000):
        front.limits.charge("127.0.0.1", 0, "statistics", NOW_MS)
    status, body, _ = await client.ask(
        "/futures/data/globalLongShortAccountRatio", symbol="BTCUSDT", period="5m"
    )
    assert (status, body["code"]) == (429, -1003)
    assert (await client.ask("/fapi/v1/time"))[0] == 200
