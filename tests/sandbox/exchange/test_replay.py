"""The replay tells the recorded rows, no more and no less."""

import csv
import gzip
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import numpy as np
import pytest

from tests.sandbox.exchange.conftest import Client
from utils.sandbox.exchange import ExchangeSandbox
from utils.sandbox.exchange.market.contract import LAST, Window
from utils.sandbox.exchange.market.intervals import INTERVALS
from utils.sandbox.exchange.replay.market import ReplayMarket
from utils.sandbox.exchange.replay.merge import merged, unfinished
from utils.sandbox.exchange.replay.recordings import Recording, decimals_of, recording_of
from utils.sandbox.exchange.server import REPLAY_START_MS

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS


@pytest.fixture(scope="session")
def recorded(shared_data: Path) -> ReplayMarket:
    """One market for all tests, so that files are read once."""
    return ReplayMarket(shared_data)


@pytest.fixture
async def replay(shared_data: Path, recorded: ReplayMarket) -> AsyncIterator[Client]:
    """Asks an exchange that replays the recorded data."""
    sandbox = ExchangeSandbox(data=shared_data)
    sandbox.market = recorded
    await sandbox.start()
    async with aiohttp.ClientSession() as session:
        yield Client(session, sandbox)
    await sandbox.stop()


def rows_of(path: Path) -> list[dict[str, str]]:
    with gzip.open(path, "rt") as lines:
        return list(csv.DictReader(lines))


def numbers(row: list[object]) -> list[float]:
    return [float(str(row[i])) for i in (0, 1, 2, 3, 4, 5, 7, 8, 9, 10)]


async def test_hours_are_the_recorded_rows(replay: Client, shared_data: Path) -> None:
    recorded_rows = rows_of(shared_data / "klines_spot" / "ETHUSDT-1h_2020-01-01_2024-12-31.csv.gz")[
        20_000:20_300
    ]
    told = await replay.get(
        "/api/v3/klines", symbol="ETHUSDT", interval="1h", startTime=recorded_rows[0]["open_time"], limit=300
    )
    expected = [[float(value) for value in row.values()] for row in recorded_rows]
    np.testing.assert_allclose([numbers(row) for row in told], expected, rtol=1e-12)
    assert told[0][4].split(".")[1].__len__() == 8


async def test_futures_and_mark_rows(replay: Client, shared_data: Path) -> None:
    for name, path in (("BTCUSDT", "klines"), ("BTCUSDT_MARK", "markPriceKlines")):
        file = next((shared_data / "klines_futures_um").glob(f"{name}-1h_*.csv.gz"))
        recorded_rows = rows_of(file)[-50:]
        told = await replay.get(f"/fapi/v1/{path}", symbol="BTCUSDT", interval="1h", limit=50)
        expected = [
            [float(row[n]) for n in ("open_time", "open", "high", "low", "close")] for row in recorded_rows
        ]
        np.testing.assert_allclose([[float(v) for v in row[:5]] for row in told], expected)


async def test_days_come_from_finer_rows_and_agree_with_the_recorded_day(
    replay: Client, shared_data: Path
) -> None:
    day = rows_of(shared_data / "klines_spot" / "BTCUSDT-1d_2017-08-17_2024-12-31.csv.gz")[-30:]
    told = await replay.get("/api/v3/klines", symbol="BTCUSDT", interval="1d", limit=30)
    expected = [[float(value) for value in row.values()] for row in day]
    np.testing.assert_allclose([numbers(row) for row in told], expected, rtol=1e-9)


async def test_older_four_hours_come_from_their_own_file(replay: Client) -> None:
    told = await replay.get("/api/v3/klines", symbol="BTCUSDT", interval="4h", startTime=0, limit=3)
    assert told[0][0] == 1_502_942_400_000
    assert (
        await replay.get("/api/v3/klines", symbol="BTCUSDT", interval="1h", endTime=1_577_836_799_999) == []
    )


async def test_what_is_finer_than_recorded_is_empty(replay: Client) -> None:
    assert await replay.get("/api/v3/klines", symbol="BNBUSDT", interval="30m") == []
    assert len(await replay.get("/api/v3/klines", symbol="BTCUSDT", interval="30m")) == 500


async def test_missing_hours_stay_missing(replay: Client) -> None:
    start = 1_582_070_400_000  # 2020-02-19T00:00Z, a day with hours without trading
    told = await replay.get("/api/v3/klines", symbol="BTCUSDT", interval="1h", startTime=start, limit=24)
    hours = [(row[0] - start) // HOUR_MS for row in told]
    assert hours == [*range(12), *range(17, 29)]  # nobody traded from 12:00 to 17:00


async def test_only_recorded_symbols_are_listed(replay: Client) -> None:
    spot = await replay.get("/api/v3/exchangeInfo")
    assert {row["symbol"] for row in spot["symbols"]} == {"BTCUSDT", "ETHUSDT", "BNBUSDT", "SOLUSDT"}
    futures = {row["symbol"]: row for row in (await replay.get("/fapi/v1/exchangeInfo"))["symbols"]}
    assert len(futures) == 50
    assert futures["BTCUSDT"]["contractType"] == "PERPETUAL"
    status, body, _ = await replay.ask("/api/v3/klines", symbol="ADAUSDT", interval="1h")
    assert (status, body["code"]) == (400, -1121)


async def test_the_clock_starts_after_the_recordings(replay: Client) -> None:
    told = (await replay.get("/api/v3/time"))["serverTime"]
    assert 0 <= told - REPLAY_START_MS < 60_000


async def test_tickers_come_from_closed_bars(replay: Client, shared_data: Path) -> None:
    last = rows_of(shared_data / "klines_spot" / "SOLUSDT-1h_2020-08-11_2024-12-31.csv.gz")[-24:]
    day = await replay.get("/api/v3/ticker/24hr", symbol="SOLUSDT")
    assert float(day["lastPrice"]) == float(last[-1]["close"])
    assert float(day["openPrice"]) == float(last[0]["open"])
    assert float(day["volume"]) == pytest.approx(sum(float(row["volume"]) for row in last))
    assert day["count"] == sum(int(row["trades"]) for row in last)
    price = await replay.get("/api/v3/ticker/price", symbol="SOLUSDT")
    assert price["price"] == day["lastPrice"]


@pytest.mark.parametrize(
    "path",
    [
        "/api/v3/depth",
        "/api/v3/ticker/bookTicker",
        "/api/v3/trades",
        "/fapi/v1/depth",
        "/fapi/v1/openInterest",
    ],
)
async def test_what_was_not_recorded_is_503(replay: Client, path: str) -> None:
    status, body, _ = await replay.ask(path, symbol="BTCUSDT")
    assert status == 503
    assert "not recorded" in body["msg"]


async def test_funding_rows(replay: Client, shared_data: Path) -> None:
    file = shared_data / "funding" / "BTCUSDT-funding_2019-09-10_2024-12-31.csv.gz"
    expected = [(int(row["funding_time"]), float(row["funding_rate"])) for row in rows_of(file)[-7:]]
    told = await replay.get("/fapi/v1/fundingRate", symbol="BTCUSDT", limit=7)
    assert [(row["fundingTime"], float(row["fundingRate"])) for row in told] == expected
    assert await replay.get("/fapi/v1/fundingRate", symbol="XMRUSDT") == []
    premium = await replay.get("/fapi/v1/premiumIndex", symbol="BTCUSDT")
    assert float(premium["lastFundingRate"]) == expected[-1][1]


async def test_universe_symbols_have_days_and_four_hours(replay: Client) -> None:
    day = await replay.get("/fapi/v1/klines", symbol="XMRUSDT", interval="1d", limit=1500)
    four = await replay.get("/fapi/v1/klines", symbol="XMRUSDT", interval="4h", limit=6)
    assert len(day) > 350
    assert sum(float(row[5]) for row in four) == pytest.approx(float(day[-1][5]), rel=1e-6)


def test_the_past_is_told_only_up_to_the_clock(recorded: ReplayMarket) -> None:
    now_ms = 1_722_816_000_000 + 7 * HOUR_MS + 123_456  # 2024-08-05T07:02Z
    day = recorded.day("spot", "BTCUSDT", now_ms)
    assert now_ms - DAY_MS - 60_000 < day.bar.open_time[0] <= now_ms - DAY_MS
    hours = recorded.bars("spot", "BTCUSDT", LAST, Window(INTERVALS["1h"], 3), now_ms)
    assert hours.open_time[-1] == now_ms // HOUR_MS * HOUR_MS
    minutes = recorded.bars("spot", "BTCUSDT", LAST, Window(INTERVALS["1m"], 2), now_ms)
    assert minutes.open_time[-1] + 60_000 <= now_ms
    assert hours.close[-1] == minutes.close[-1]


def made(interval: str, first: int, count: int, full: bool = True, price: float = 1.0) -> Recording:
    step = INTERVALS[interval].ms
    opens = first + step * np.arange(count)
    width = 10 if full else 6
    table = np.column_stack([opens, *[np.full(count, price)] * (width - 1)])
    return recording_of(table, INTERVALS[interval])


def test_a_bucket_that_is_cut_is_taken_from_a_coarser_recording() -> None:
    fine = made("15m", 2 * HOUR_MS + 900_000, 8, price=2.0)
    coarse = made("1h", 0, 6, price=1.0)
    told = merged([fine, coarse], INTERVALS["1h"])
    assert told.close.tolist() == [1.0, 1.0, 1.0, 2.0, 1.0, 1.0]


def test_complete_columns_are_preferred() -> None:
    told = merged([made("15m", 0, 8, full=False, price=2.0), made("1h", 0, 2)], INTERVALS["1h"])
    assert told.close.tolist() == [1.0, 1.0]


def test_the_unfinished_bucket_has_closed_bars_only() -> None:
    told = unfinished([made("15m", 0, 40)], INTERVALS["1h"], 2 * HOUR_MS + 31 * 60_000)
    assert (told.open_time.tolist(), told.volume.tolist()) == ([2 * HOUR_MS], [2.0])


@pytest.mark.parametrize(
    ("values", "digits"), [([1.0, 20.0], 0), ([0.1, 0.25], 2), ([93_576.01], 2), ([0.0000123], 7)]
)
def test_decimals_of(values: list[float], digits: int) -> None:
    assert decimals_of(np.array(values)) == digits
