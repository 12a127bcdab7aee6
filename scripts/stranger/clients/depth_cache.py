"""unicorn's local depth cache: its books of spot and futures are built, stay in step and are not crossed."""

import asyncio
from typing import Any

from unicorn_binance_local_depth_cache import BinanceLocalDepthCacheManager
from unicorn_binance_rest_api import BinanceRestApiManager

from scripts.stranger.clients.notes import Notes, run

BTC = "BTCUSDT"
LOOKS = 20
PAUSE_S = 0.2
EXCHANGES = {"binance.com": "spot", "binance.com-futures": "futures"}


async def meet(servers: dict[str, str], notes: Notes) -> None:
    """Keep one book of each market."""
    BinanceRestApiManager.API_URL = servers["spot"] + "/api"
    BinanceRestApiManager.FUTURES_URL = servers["futures"] + "/fapi"
    for exchange, kind in EXCHANGES.items():
        manager = await asyncio.to_thread(_manager, servers, exchange, kind)
        try:
            await notes.ask(f"{kind} book", _stays_whole(manager))
        finally:
            await asyncio.to_thread(manager.stop_manager)


def _manager(servers: dict[str, str], exchange: str, kind: str) -> Any:
    # the client asks for the time while it is made: with a `tld` it takes the addresses of its class
    rest = BinanceRestApiManager(tld="com", warn_on_update=False, disable_colorama=True)
    manager = BinanceLocalDepthCacheManager(
        exchange=exchange, ubra_manager=rest, warn_on_update=False, disable_colorama=True, init_interval=0.5
    )
    manager.ubwa.websocket_base_uri = servers[kind].replace("http", "ws", 1) + "/"
    return manager


async def _stays_whole(manager: Any) -> bool:
    await asyncio.to_thread(manager.create_depthcache, BTC)
    while not manager.is_depth_cache_synchronized(BTC):  # noqa: ASYNC110 - nothing tells of it
        await asyncio.sleep(PAUSE_S)
    for _ in range(LOOKS):
        bids, asks = manager.get_bids(BTC, limit_count=1), manager.get_asks(BTC, limit_count=1)
        if bids[0][0] >= asks[0][0]:
            return False
        await asyncio.sleep(PAUSE_S)
    return True


if __name__ == "__main__":
    run(meet, "unicorn-binance-local-depth-cache")
