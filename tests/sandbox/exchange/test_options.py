"""Options: shapes, and that prices, greeks and the surface belong together."""

import math
from itertools import pairwise

import pytest

from tests.sandbox.exchange.conftest import NOW_MS, Client
from tests.sandbox.exchange.listening import listening
from utils.sandbox.exchange.market.options import CURVATURE, SKEW, expiries

DAY_MS = 86_400_000
YEAR_MS = 365 * DAY_MS


def normal(value: float) -> float:
    return 0.5 * (1 + math.erf(value / math.sqrt(2)))


async def test_exchange_info_lists_two_underlyings(client: Client) -> None:
    info = await client.get("/eapi/v1/exchangeInfo")
    assert [row["underlying"] for row in info["optionContracts"]] == ["BTCUSDT", "ETHUSDT"]
    symbols = [row["symbol"] for row in info["optionSymbols"]]
    assert len(symbols) == len(set(symbols)) > 400
    for row in info["optionSymbols"][:50]:
        assert row["expiryDate"] % DAY_MS == 8 * 3_600_000
        assert row["symbol"].endswith("C") == (row["side"] == "CALL")


def test_expiries_lie_ahead_and_on_fridays() -> None:
    listed = expiries(NOW_MS)
    assert listed == sorted(set(listed))
    assert NOW_MS < listed[0] <= NOW_MS + DAY_MS
    assert all((moment // DAY_MS + 4) % 7 == 5 for moment in listed[3:])
    assert listed[-1] > NOW_MS + 90 * DAY_MS


async def test_marks_follow_black_scholes_and_the_known_surface(client: Client) -> None:
    index = float((await client.get("/eapi/v1/index", underlying="BTCUSDT"))["indexPrice"])
    rows = {row["symbol"]: row for row in await client.get("/eapi/v1/mark")}
    info = {row["symbol"]: row for row in (await client.get("/eapi/v1/exchangeInfo"))["optionSymbols"]}
    checked = [symbol for symbol in rows if symbol.startswith("BTC")][::7]
    for symbol in checked:
        row, strike = rows[symbol], float(info[symbol]["strikePrice"])
        years = (info[symbol]["expiryDate"] - NOW_MS) / YEAR_MS
        vol = float(row["markIV"])
        root = vol * math.sqrt(years)
        d1 = math.log(index / strike) / root + root / 2
        call = index * normal(d1) - strike * normal(d1 - root)
        is_call = symbol.endswith("C")
        assert float(row["markPrice"]) == pytest.approx(call if is_call else call - index + strike, abs=0.02)
        assert float(row["delta"]) == pytest.approx(normal(d1) - (not is_call), abs=1e-6)
    expiry = {symbol: info[symbol]["expiryDate"] for symbol in checked}
    far = max(expiry.values())
    wing = [symbol for symbol in info if symbol.startswith("BTC") and info[symbol]["expiryDate"] == far]
    low, high = (float(rows[symbol]["markIV"]) for symbol in (wing[0], wing[-1]))
    assert low > high
    assert SKEW < 0 < CURVATURE


async def test_parity_of_calls_and_puts(client: Client) -> None:
    rows = {row["symbol"]: float(row["markPrice"]) for row in await client.get("/eapi/v1/mark")}
    index = float((await client.get("/eapi/v1/index", underlying="ETHUSDT"))["indexPrice"])
    for symbol, price in rows.items():
        if symbol.startswith("ETH") and symbol.endswith("C"):
            strike = float(symbol.split("-")[2])
            assert price - rows[symbol[:-1] + "P"] == pytest.approx(index - strike, abs=0.01)


async def test_no_bid_is_told_as_minus_one(client: Client) -> None:
    rows = await client.get("/eapi/v1/mark")
    without = [row for row in rows if row["bidIV"] == "-1.0"]
    assert 0 < len(without) < len(rows) / 2
    assert all(0 < float(row["bidIV"]) < float(row["askIV"]) for row in rows if row not in without)


async def test_open_interest_depth_ticker_and_klines(client: Client) -> None:
    symbol = (await client.get("/eapi/v1/mark"))[24]["symbol"]
    expiry = symbol.split("-")[1]
    held = await client.get("/eapi/v1/openInterest", underlyingAsset="BTC", expiration=expiry)
    assert {row["symbol"].split("-")[1] for row in held} == {expiry}
    assert isinstance(held[0]["timestamp"], str)
    book = await client.get("/eapi/v1/depth", symbol=symbol, limit=10)
    assert set(book) == {"bids", "asks", "T", "lastUpdateId"}
    ticker = await client.get("/eapi/v1/ticker", symbol=symbol)
    assert float(ticker[0]["bidPrice"]) < float(ticker[0]["askPrice"])
    rows = await client.get("/eapi/v1/klines", symbol=symbol, interval="1h", limit=5)
    assert len(rows) == 5
    assert all(float(row[3]) <= float(row[4]) <= float(row[2]) for row in rows)


@pytest.mark.parametrize(
    ("path", "query", "code"),
    [
        ("/eapi/v1/mark", {"symbol": "BTC-991231-1-C"}, -1121),
        ("/eapi/v1/index", {"underlying": "NOPEUSDT"}, -1121),
        ("/eapi/v1/openInterest", {"underlyingAsset": "BTC"}, -1102),
        ("/eapi/v1/openInterest", {"underlyingAsset": "BTC", "expiration": "991231"}, -6010),
        ("/eapi/v1/depth", {"symbol": "BTC-991231-1-C", "limit": 5}, -6008),
    ],
)
async def test_refusals(client: Client, path: str, query: dict[str, object], code: int) -> None:
    status, body, _ = await client.ask(path, **query)
    assert (status, body["code"]) == (400, code)


async def test_streams_of_options(client: Client) -> None:
    option = (await client.get("/eapi/v1/mark"))[24]["symbol"]
    names = ["btcusdt@optionMarkPrice", f"btcusdt@openInterest@{option.split('-')[1]}", "!index@arr"]
    async with listening(client, "/market/stream?streams=" + "/".join(names), "futures") as listener:
        heard = {message["stream"]: message["data"] for message in await listener.follow(4, 15_000)}
    assert set(heard) == set(names)
    marks = {row["s"]: row for row in heard[names[0]]}
    assert float(marks[option]["vo"]) > 0
    assert set(heard[names[1]][0]) == {"e", "E", "s", "o", "h"}
    depth = f"{option.lower()}@depth@100ms"
    async with listening(client, f"/public/stream?streams={depth}", "futures") as listener:
        updates = [message["data"] for message in await listener.follow(30, 1_000)]
    assert len(updates) > 1
    for earlier, later in pairwise(updates):
        assert later["pu"] == earlier["u"]
