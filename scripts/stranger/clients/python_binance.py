"""python-binance: REST of spot and futures, and its local books of both, kept from streams."""

import asyncio
import warnings
from typing import Any

with warnings.catch_warnings():
    # its own import uses a name that websockets has deprecated
    warnings.simplefilter("ignore", DeprecationWarning)
    from binance import AsyncClient, BinanceSocketManager
    from binance.ws.depthcache import DepthCacheManager, FuturesDepthCacheManager

from scripts.stranger.clients.notes import Notes, run

BTC = "BTCUSDT"
UPDATES = 10


async def meet(servers: dict[str, str], notes: Notes) -> None:
    """Ask all of it."""
    AsyncClient.API_URL = servers["spot"] + "/api"
    AsyncClient.FUTURES_URL = servers["futures"] + "/fapi"
    AsyncClient.FUTURES_DATA_URL = servers["futures"] + "/futures/data"
    AsyncClient.OPTIONS_URL = servers["options"] + "/eapi"
    BinanceSocketManager.STREAM_URL = servers["spot"].replace("http", "ws", 1) + "/"
    BinanceSocketManager.FSTREAM_URL = servers["futures"].replace("http", "ws", 1) + "/"
    client = await AsyncClient.create()
    try:
        await _spot(client, notes)
        await _futures(client, notes)
        await notes.ask("depth cache", _book(DepthCacheManager(client, BTC, ws_interval=100)))
        await notes.ask("futures depth cache", _book(FuturesDepthCacheManager(client, BTC)))
    finally:
        await client.close_connection()


async def _spot(client: Any, notes: Notes) -> None:
    history = client.get_historical_klines("ETHUSDT", "1d", "1 Jan, 2024", "1 Jul, 2024")
    await notes.ask("get_symbol_info", client.get_symbol_info(BTC), lambda row: row["baseAsset"] == "BTC")
    await notes.ask(
        "get_klines", client.get_klines(symbol=BTC, interval="1h", limit=7), lambda rows: len(rows) == 7
    )
    await notes.ask("get_historical_klines", history, lambda rows: len(rows) == 183)
    await notes.ask("get_ticker", client.get_ticker(symbol=BTC), lambda row: row["symbol"] == BTC)
    await notes.ask("get_all_tickers", client.get_all_tickers(), lambda rows: len(rows) >= 12)
    await notes.ask("get_avg_price", client.get_avg_price(symbol=BTC), lambda row: row["mins"] == 5)
    await notes.ask(
        "get_aggregate_trades", client.get_aggregate_trades(symbol=BTC, limit=5), lambda r: len(r) == 5
    )
    await notes.ask(
        "get_order_book", client.get_order_book(symbol=BTC, limit=50), lambda b: len(b["bids"]) == 50
    )


async def _futures(client: Any, notes: Notes) -> None:
    bars = client.futures_klines(symbol=BTC, interval="1h", limit=7)
    book = client.futures_order_book(symbol=BTC, limit=50)
    held = client.futures_open_interest_hist(symbol=BTC, period="1h", limit=5)
    await notes.ask("futures_klines", bars, lambda rows: len(rows) == 7)
    await notes.ask("futures_order_book", book, lambda told: len(told["bids"]) == 50)
    await notes.ask("futures_mark_price", client.futures_mark_price(), lambda rows: len(rows) >= 12)
    await notes.ask(
        "futures_funding_rate", client.futures_funding_rate(symbol=BTC, limit=5), lambda r: len(r) == 5
    )
    await notes.ask("futures_open_interest_hist", held, lambda rows: len(rows) == 5)


async def _book(manager: Any) -> bool:
    """Whether the book stays whole over some updates."""
    async with manager as updates:
        for _ in range(UPDATES):
            cache = await asyncio.wait_for(updates.recv(), 10)
            bids, asks = cache.get_bids(), cache.get_asks()
            if not bids or not asks or bids[0][0] >= asks[0][0]:
                return False
    return True


if __name__ == "__main__":
    run(meet, "python-binance")
