"""Unmodified programs of others can listen to the exchange."""

import asyncio
import warnings
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.sandbox.exchange.conftest import NOW_MS
from tests.support.limits import PATIENCE_S
from utils.sandbox.control import SandboxClock
from utils.sandbox.exchange import ExchangeSandbox
from utils.sandbox.exchange.market.simulated import SimulatedMarket

with warnings.catch_warnings():
    # their own imports use names that websockets has deprecated
    warnings.simplefilter("ignore", DeprecationWarning)
    import ccxt.pro as ccxt
    from binance import AsyncClient, BinanceSocketManager
    from binance.ws.depthcache import DepthCacheManager

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture
async def running(market: SimulatedMarket) -> AsyncIterator[ExchangeSandbox]:
    """An exchange whose time runs."""
    sandbox = ExchangeSandbox(clock=SandboxClock(NOW_MS))
    sandbox.market = market
    await sandbox.start()
    yield sandbox
    await sandbox.stop()


def repointed(urls: dict[str, Any], sandbox: ExchangeSandbox) -> dict[str, Any]:
    """The addresses with other hosts, paths kept."""
    moved: dict[str, Any] = {}
    for name, url in urls.items():
        if isinstance(url, dict):
            moved[name] = repointed(url, sandbox)
            continue
        scheme, rest = url.split("//", 1)
        is_futures = any(host in rest for host in ("fapi", "dapi", "fstream", "dstream"))
        base = sandbox.options_url if "eapi" in rest else sandbox.spot_url
        base = sandbox.futures_url if is_futures else base
        base = base.replace("http", "ws", 1) if scheme == "wss:" else base
        # ccxt tells spot from futures by the host name in the address, so it stays there as a prefix
        moved[name] = f"{base}/{rest}"
    return moved


@pytest.fixture
async def trader(running: ExchangeSandbox) -> AsyncIterator[Any]:
    """ccxt.pro pointed at the sandbox, nothing else changed."""
    venue = ccxt.binance({"enableRateLimit": False})
    venue.urls["api"] = repointed(venue.urls["api"], running)
    yield venue
    await venue.close()


@pytest.mark.parametrize("symbol", ["BTC/USDT", "BTC/USDT:USDT"])
async def test_ccxt_pro_listens(trader: Any, symbol: str) -> None:
    async with asyncio.timeout(PATIENCE_S):
        book, trades, bars = await asyncio.gather(
            trader.watch_order_book(symbol), trader.watch_trades(symbol), trader.watch_ohlcv(symbol, "1m")
        )
        later = await trader.watch_order_book(symbol)
    assert book["bids"][0][0] < book["asks"][0][0]
    assert later["nonce"] >= book["nonce"]
    assert trades[-1]["symbol"] == symbol
    assert bars[-1][4] > 0


@pytest.fixture
async def reader(running: ExchangeSandbox, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Any]:
    """python-binance pointed at the sandbox."""
    monkeypatch.setattr(AsyncClient, "API_URL", running.spot_url + "/api")
    monkeypatch.setattr(AsyncClient, "FUTURES_URL", running.futures_url + "/fapi")
    spot, futures = (url.replace("http", "ws", 1) + "/" for url in (running.spot_url, running.futures_url))
    monkeypatch.setattr(BinanceSocketManager, "STREAM_URL", spot)
    monkeypatch.setattr(BinanceSocketManager, "FSTREAM_URL", futures)
    client = await AsyncClient.create()
    yield client
    await client.close_connection()


async def test_python_binance_listens(reader: Any) -> None:
    manager = BinanceSocketManager(reader)
    async with asyncio.timeout(PATIENCE_S):
        async with manager.kline_socket("BTCUSDT", interval="1m") as bars:
            assert (await bars.recv())["e"] == "kline"
        async with manager.multiplex_socket(["btcusdt@depth5@100ms", "ethusdt@bookTicker"]) as many:
            streams = {(await many.recv())["stream"] for _ in range(3)}
        assert "btcusdt@depth5@100ms" in streams
        async with manager.futures_multiplex_socket(["btcusdt@markPrice@1s"]) as futures:
            assert (await futures.recv())["data"]["e"] == "markPriceUpdate"


async def test_python_binance_keeps_a_book(reader: Any) -> None:
    async with asyncio.timeout(PATIENCE_S):
        async with DepthCacheManager(reader, symbol="BTCUSDT", ws_interval=100) as cache:
            for _ in range(5):
                book = await cache.recv()
    assert book.get_bids()[0][0] < book.get_asks()[0][0]
