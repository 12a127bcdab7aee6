"""The bars of a hundred symbols, spot and futures, by a client that knows nothing yet: time, weight, refusals."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import aiohttp

from scripts.bench.children import child
from scripts.bench.measure import Row, judged
from utils.binance_api.binance_a import BinanceAggregator, Tuning
from utils.binance_api.urls import BinanceUrls
from utils.binance_api.weights import POOLS
from utils.clock import SystemClock

SYMBOLS: Final = 100
SPARE: Final = 20
"""Symbols beyond those measured: some were listed too late to have that many bars."""
BARS: Final = 1_000
INTERVAL: Final = "1h"
PATIENCE_S: Final = 300.0
"""A start may wait for the next minute's weight; a person's question waits less."""
REFUSED: Final = frozenset({418, 429})
MS_PER_S: Final = 1000.0


async def rows(_data: Path | None) -> AsyncIterator[Row]:
    """Measure a cold client against a sandbox that has drawn its market already."""
    for row in await measured():
        yield row


async def measured(symbols: int = SYMBOLS, bars: int = BARS) -> list[Row]:
    """Measure with that many symbols and bars of each."""
    arguments = ("--symbols", str(symbols + SPARE), "--no-chat", "--exchange", "127.0.0.1:0", "--parent-pipe")
    async with child("utils.sandbox", *arguments) as said, aiohttp.ClientSession() as session:
        urls = BinanceUrls(said["spot"], said["futures"])
        names = (await _drawn(session, urls, await _names(session, urls), bars))[-symbols:]
        if len(names) < symbols:
            raise RuntimeError(f"the sandbox has {bars} bars of {len(names)} symbols, {symbols} are needed")
        before = int((await _calls(session, urls.spot, 0))["last"])
        taken_ms = await _cold(session, urls, names, bars)
        seen = (await _calls(session, urls.spot, before))["calls"]
    return _judged(seen, taken_ms, f"cold start, {len(names)} symbols x {bars:,} bars x 2")


def _judged(seen: Sequence[dict[str, Any]], taken_ms: float, what: str) -> list[Row]:
    weights = {
        market: sum(call["weight"] for call in seen if call["market"] == market)
        for market in ("spot", "futures")
    }
    refused = sum(call["status"] in REFUSED for call in seen)
    return [
        judged(what, "s", taken_ms / MS_PER_S),
        judged(f"{what}: requests", "requests", len(seen)),
        judged(f"{what}: spot", "weight", weights["spot"], at_most=POOLS["spot"].limit),
        judged(f"{what}: futures", "weight", weights["futures"], at_most=POOLS["futures"].limit),
        judged(f"{what}: 429 and 418", "refusals", refused, at_most=0),
    ]


async def _names(session: aiohttp.ClientSession, urls: BinanceUrls) -> list[str]:
    """Return the symbols that both markets list."""
    async with _exchange(session, urls) as exchange:
        tables = [await market.symbols() for market in (exchange.spot, exchange.futures)]
    return [name for name in tables[0].rows if name in tables[1].rows]


async def _drawn(
    session: aiohttp.ClientSession, urls: BinanceUrls, names: Sequence[str], bars: int
) -> list[str]:
    """Let the sandbox make its bars first, which is no part of our start; return the symbols that are old enough."""
    async with _exchange(session, urls) as exchange:
        short = await _read_all(exchange, names, bars)
    return [name for name in names if name not in short]


async def _cold(session: aiohttp.ClientSession, urls: BinanceUrls, names: Sequence[str], bars: int) -> float:
    """Return the ms from nothing known to all bars there."""
    async with _exchange(session, urls) as exchange:
        start = time.perf_counter()
        short = await _read_all(exchange, names, bars)
        taken = (time.perf_counter() - start) * MS_PER_S
    if short:
        raise RuntimeError(f"fewer than {bars} closed bars of {', '.join(sorted(short)[:5])}")
    return taken


async def _read_all(exchange: BinanceAggregator, names: Sequence[str], bars: int) -> set[str]:
    """Read every symbol's bars on both markets and return the symbols with fewer closed ones than asked for."""
    markets = (exchange.spot, exchange.futures)
    read = await asyncio.gather(
        *(market.klines(name, INTERVAL, rows=bars) for name in names for market in markets)
    )
    return {answer.symbol for answer in read if int(answer.is_final.sum()) < bars}


async def _calls(session: aiohttp.ClientSession, url: str, after: int) -> dict[str, Any]:
    async with session.get(f"{url}/_sandbox/calls", params={"after": after}) as response:
        told: dict[str, Any] = await response.json()
    return told


@asynccontextmanager
async def _exchange(session: aiohttp.ClientSession, urls: BinanceUrls) -> AsyncIterator[BinanceAggregator]:
    """Give a client that knows nothing, opened."""
    tuning = Tuning(timeout_s=PATIENCE_S, max_wait_s=PATIENCE_S)
    exchange = BinanceAggregator(
        urls, session=session, clock=SystemClock(), rng=random.Random(1), tuning=tuning
    )
    await exchange.open()
    try:
        yield exchange
    finally:
        await exchange.close()
