"""An aggregator over an exchange whose sockets a test drives, and what such an exchange sends."""

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from tests.support.clock import FakeClock
from tests.support.limits import PATIENCE_S
from tests.support.stream_exchange import StreamExchange, serving_streams
from utils.binance_api.binance_a import BinanceAggregator, Tuning
from utils.binance_api.http.signing import Credentials, HmacSigner
from utils.binance_api.streams.supervisor import StreamUrls
from utils.binance_api.urls import BinanceUrls
from utils.http.retry import RetryPolicy

START_MS = 1_700_000_000_000
QUICK = Tuning(timeout_s=PATIENCE_S, retry=RetryPolicy(attempts=1), ttl_s=120.0)
DEPTH = "btcusdt@depth@100ms"
TRADES = "btcusdt@aggTrade"
QUOTES = "btcusdt@bookTicker"
Pair = tuple[StreamExchange, BinanceAggregator]


@asynccontextmanager
async def live_client(
    clock: FakeClock, credentials: Credentials | None = None, *, skew_ms: int = 0
) -> AsyncIterator[tuple[StreamExchange, BinanceAggregator]]:
    """Serve an exchange and open an aggregator on it, both on one clock."""
    async with serving_streams(StreamExchange(clock)) as exchange, aiohttp.ClientSession() as session:
        exchange.skew_ms = skew_ms
        made = BinanceAggregator(
            BinanceUrls(spot=exchange.url, futures=exchange.url, options=exchange.url),
            session=session,
            clock=clock,
            rng=random.Random(1),
            credentials=credentials,
            stream_urls=StreamUrls(exchange.ws_url, exchange.ws_url, exchange.ws_url + "/ws-api/v3"),
            tuning=QUICK,
        )
        await made.open()
        yield exchange, made
        await made.close()


def hmac_key() -> Credentials:
    return Credentials("key-of-a-test", HmacSigner("secret-of-a-test"))


def diff(clock: FakeClock, first: int, final: int, previous: int, **sides: Any) -> dict[str, Any]:
    """A futures update of the book of BTCUSDT."""
    ids = {"U": first, "u": final, "pu": previous, "T": clock.now_ms()}
    names = {"e": "depthUpdate", "E": clock.now_ms(), "s": "BTCUSDT", "st": 1}
    return {**names, **ids, "b": sides.get("b", []), "a": sides.get("a", [])}


def snapshot(last: int, bid: float = 100.0, ask: float = 101.0) -> dict[str, Any]:
    """A REST book of one level a side."""
    return {"lastUpdateId": last, "bids": [[str(bid), "1"]], "asks": [[str(ask), "1"]]}


def agg(clock: FakeClock, number: int, **fields: Any) -> dict[str, Any]:
    """An aggregate trade of BTCUSDT as the stream sends it."""
    now = clock.now_ms()
    fixed = {"e": "aggTrade", "s": "BTCUSDT", "p": "100", "q": "1", "f": number, "l": number, "m": False}
    return {**fixed, "a": number, "E": now, "T": now, **fields}


def agg_page(query: dict[str, str], newest: int, now_ms: int) -> list[dict[str, Any]]:
    """A REST page of aggregate trades 1 to ``newest``."""
    limit = int(query["limit"])
    start = int(query["fromId"]) if "fromId" in query else max(1, newest - limit + 1)
    rows = range(start, min(newest, start + limit - 1) + 1)
    fixed = {"p": "100", "q": "1", "m": False}
    return [{**fixed, "a": i, "f": i, "l": i, "T": now_ms - newest + i} for i in rows]


@asynccontextmanager
async def tick_client(clock: FakeClock) -> AsyncIterator[Pair]:
    """The same, with 3,000 trades and a book of ten levels over REST."""
    async with live_client(clock) as made:
        made[0].rest["aggTrades"] = lambda query: agg_page(query, 3000, clock.now_ms())
        made[0].rest["depth"] = lambda _: snapshot(10)
        yield made


def quote(clock: FakeClock, number: int, bid: float, ask: float | None = None) -> dict[str, object]:
    now = clock.now_ms()
    fixed = {"e": "bookTicker", "s": "BTCUSDT", "B": "2", "A": "1", "E": now, "T": now, "st": 1}
    return {**fixed, "u": number, "b": str(bid), "a": str(bid + 1 if ask is None else ask)}
