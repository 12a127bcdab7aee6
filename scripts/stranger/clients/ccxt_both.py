"""ccxt on spot and swaps: markets, bars, tickers, trades, books, funding, and its own books from streams."""

from typing import Any

import ccxt.pro as ccxt

from scripts.stranger.clients.notes import Notes, run

SPOT, SWAP = "BTC/USDT", "BTC/USDT:USDT"
SERVED = {"fapi": "futures", "dapi": "futures", "eapi": "options", "fstream": "futures"}
"""Beginnings of hosts, and which server stands for them; all others are spot."""


def venue_at(servers: dict[str, str]) -> Any:
    """Return ccxt's exchange with every address on the sandbox and nothing else changed.

    ccxt tells markets by the host in an address: it stays as the beginning of the path.
    """
    venue = ccxt.binance({"enableRateLimit": False})
    venue.urls["api"] = _moved(venue.urls["api"], servers)
    return venue


def _moved(url: Any, servers: dict[str, str]) -> Any:
    if isinstance(url, dict):
        return {name: _moved(one, servers) for name, one in url.items()}
    scheme, _, rest = str(url).partition("://")
    host = rest.split("/", 1)[0]
    base = servers[next((kind for start, kind in SERVED.items() if host.startswith(start)), "spot")]
    return (base.replace("http", "ws", 1) if scheme == "wss" else base) + "/" + rest


async def meet(servers: dict[str, str], notes: Notes) -> None:
    """Ask all of it."""
    venue = venue_at(servers)
    try:
        await notes.ask("load_markets", venue.load_markets(), lambda told: {SPOT, SWAP} <= set(told))
        for symbol in (SPOT, SWAP):
            await _market_data(venue, notes, symbol)
        await _derivatives(venue, notes)
    finally:
        await venue.close()


async def _market_data(venue: Any, notes: Notes, symbol: str) -> None:
    bars = venue.fetch_ohlcv(symbol, "1h", limit=10)
    await notes.ask(f"fetch_ohlcv {symbol}", bars, lambda rows: len(rows) == 10)
    await notes.ask(f"fetch_ticker {symbol}", venue.fetch_ticker(symbol), lambda row: row["last"] > 0)
    await notes.ask(
        f"fetch_trades {symbol}", venue.fetch_trades(symbol, limit=5), lambda rows: len(rows) == 5
    )
    await notes.ask(f"fetch_order_book {symbol}", venue.fetch_order_book(symbol, limit=20), _is_book)
    await notes.ask(f"watch_order_book {symbol}", venue.watch_order_book(symbol, limit=100), _is_book)
    await notes.ask(f"watch_trades {symbol}", venue.watch_trades(symbol))
    await notes.ask(f"watch_ohlcv {symbol}", venue.watch_ohlcv(symbol, "1m"))


async def _derivatives(venue: Any, notes: Notes) -> None:
    rates = venue.fetch_funding_rate_history(SWAP, limit=5)
    marks = venue.fetch_mark_ohlcv(SWAP, "1h", limit=3)
    await notes.ask("fetch_funding_rate", venue.fetch_funding_rate(SWAP), lambda row: row["markPrice"] > 0)
    await notes.ask("fetch_funding_rate_history", rates, lambda rows: len(rows) == 5)
    await notes.ask(
        "fetch_open_interest", venue.fetch_open_interest(SWAP), lambda row: row["openInterestAmount"]
    )
    await notes.ask("fetch_mark_ohlcv", marks, lambda rows: len(rows) == 3)
    await notes.ask("watch_mark_price", venue.watch_mark_price(SWAP), lambda row: row["markPrice"] > 0)


def _is_book(book: Any) -> bool:
    return bool(book["bids"][0][0] < book["asks"][0][0])


if __name__ == "__main__":
    run(meet, "ccxt")
