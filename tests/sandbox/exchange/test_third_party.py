"""Unmodified programs of others can read the exchange."""

import warnings
from collections.abc import AsyncIterator
from typing import Any

import ccxt.async_support as ccxt
import pytest

from tests.sandbox.exchange.conftest import Client
from utils.sandbox.exchange import ExchangeSandbox

with warnings.catch_warnings():
    # its own import uses a name that websockets has deprecated
    warnings.simplefilter("ignore", DeprecationWarning)
    from binance import AsyncClient

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture
async def trader(client: Client) -> AsyncIterator[Any]:
    """ccxt pointed at the sandbox, nothing else changed."""
    sandbox = client.sandbox
    venue = ccxt.binance({"enableRateLimit": False})
    for name, url in venue.urls["api"].items():
        if isinstance(url, str):
            base = sandbox.spot_url
            if name.startswith(("fapi", "dapi")):
                base = sandbox.futures_url
            elif name.startswith("eapi"):
                base = sandbox.options_url
            venue.urls["api"][name] = base + "/" + url.split("//", 1)[1].split("/", 1)[1]
    yield venue
    await venue.close()


async def test_ccxt_reads_spot_and_swap(trader: Any) -> None:
    markets = await trader.load_markets()
    assert {"BTC/USDT", "BTC/USDT:USDT", "1000SHIB/USDT:USDT"} <= set(markets)
    assert markets["BTC/USDT"]["precision"]["price"] == 0.01
    for symbol in ("BTC/USDT", "BTC/USDT:USDT"):
        bars = await trader.fetch_ohlcv(symbol, "1h", limit=10)
        assert len(bars) == 10
        ticker = await trader.fetch_ticker(symbol)
        assert ticker["last"] == bars[-1][4]
        book = await trader.fetch_order_book(symbol, limit=20)
        assert book["bids"][0][0] < book["asks"][0][0]
        assert len(await trader.fetch_trades(symbol, limit=5)) == 5


async def test_ccxt_reads_derivative_data(trader: Any) -> None:
    rate = await trader.fetch_funding_rate("BTC/USDT:USDT")
    history = await trader.fetch_funding_rate_history("BTC/USDT:USDT", limit=5)
    held = await trader.fetch_open_interest("BTC/USDT:USDT")
    marks = await trader.fetch_mark_ohlcv("BTC/USDT:USDT", "1h", limit=3)
    assert rate["markPrice"] > 0
    assert len(history) == 5
    assert held["openInterestAmount"] > 0
    assert len(marks) == 3


async def test_python_binance_reads_spot_and_futures(
    client: Client, exchange: ExchangeSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(AsyncClient, "API_URL", exchange.spot_url + "/api")
    monkeypatch.setattr(AsyncClient, "FUTURES_URL", exchange.futures_url + "/fapi")
    reader = await AsyncClient.create()
    try:
        assert (await reader.get_symbol_info("BTCUSDT"))["baseAsset"] == "BTC"
        assert len(await reader.get_klines(symbol="BTCUSDT", interval="1h", limit=7)) == 7
        assert (await reader.get_ticker(symbol="BTCUSDT"))["symbol"] == "BTCUSDT"
        assert len((await reader.get_order_book(symbol="BTCUSDT", limit=50))["bids"]) == 50
        assert len(await reader.futures_klines(symbol="BTCUSDT", interval="1h", limit=7)) == 7
        assert len(await reader.futures_mark_price()) == 12
        assert len((await reader.futures_order_book(symbol="BTCUSDT", limit=50))["bids"]) == 50
        history = await reader.get_historical_klines("ETHUSDT", "1d", "1 Jan, 2024", "1 Jul, 2024")
        assert len(history) == 183
    finally:
        await reader.close_connection()
