"""`/score` and `/scan` from update to answer against the sandbox servers, beside charts of mplfinance in one run."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Final

from scripts.bench.commands import EXPIRY_S, FEW_SYMBOLS, Bench, Peer, refreshed, running_bench
from scripts.bench.measure import Row, judged
from scripts.bench.peers import mplfinance_ms

INTERVALS: Final = ("4h", "1h")
SCANNED: Final = 50
LISTED: Final = 60
WARM_ROUNDS: Final = 3
TEXT_RATIO, CHART_RATIO, SCAN_RATIO = 2.7, 1.6, 0.08
"""How many answers there are to be in the time mplfinance takes for one chart: 150 ms, 250 ms and 5 s beside 409 ms."""


async def rows(_data: Path | None) -> AsyncIterator[Row]:
    """Measure all rows of this part."""
    async with running_bench(LISTED) as bench:
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            peer = Peer(pool)
            await asyncio.get_running_loop().run_in_executor(pool, mplfinance_ms)  # the first one imports it
            await peer.draw()
            async for row in _scores(bench, peer):
                yield row
            async for row in _scan(bench, peer):
                yield row


async def _scores(bench: Bench, peer: Peer) -> AsyncIterator[Row]:
    pairs = [(symbol, interval) for interval in INTERVALS for symbol in FEW_SYMBOLS]
    for symbol, interval in pairs:
        await bench.ask(f"/score {symbol} {interval}")
    texts, charts = list[float](), list[float]()
    for _ in range(WARM_ROUNDS):
        await peer.draw()
        await asyncio.sleep(EXPIRY_S)
        texts += [await refreshed(bench, "score", symbol, interval) for symbol, interval in pairs]
        await asyncio.sleep(EXPIRY_S)
        charts += [await bench.ask(f"/score {symbol} {interval}") for symbol, interval in pairs]
    yield peer.row("/score as text, warm, computed anew", texts, TEXT_RATIO)
    yield peer.row("/score with picture, warm, computed and drawn anew", charts, CHART_RATIO)


async def _scan(bench: Bench, peer: Peer) -> AsyncIterator[Row]:
    text = f"/scan {SCANNED} 4h"
    before = Counter(bench.core.exchange.requests)
    cold = await bench.ask(text)
    spent = Counter(bench.core.exchange.requests) - before
    yield judged(f"/scan {SCANNED}, cold", "ms", cold)
    yield judged("exchange requests per symbol of a cold scan", "requests", spent.total() / SCANNED)
    await peer.draw()
    await asyncio.sleep(EXPIRY_S)
    before = Counter(bench.core.exchange.requests)
    warm = await bench.ask(text)
    spent = Counter(bench.core.exchange.requests) - before
    yield peer.row(f"/scan {SCANNED}, warm, computed anew", [warm], SCAN_RATIO)
    worst = max((count for count in spent.values()), default=0)
    yield judged("most requests to one endpoint in a warm scan", "requests", worst, at_most=float(SCANNED))
