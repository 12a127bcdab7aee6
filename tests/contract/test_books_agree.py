"""Our books and those that unmodified programs of others keep are the same at the same update id."""

import asyncio
import random
import warnings
from collections.abc import AsyncIterator, Coroutine, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import aiohttp
import pytest

from tests.sandbox.exchange.test_third_party_streams import repointed
from tests.support.limits import PATIENCE_S
from utils.binance_api.binance_a import BinanceAggregator
from utils.binance_api.book.live import LiveBook
from utils.binance_api.book.state import BookState
from utils.binance_api.streams.supervisor import StreamUrls
from utils.binance_api.urls import BinanceUrls, Market
from utils.clock import SystemClock
from utils.sandbox.control import SandboxClock
from utils.sandbox.exchange import ExchangeSandbox
from utils.sandbox.exchange.market.simulated import SimulatedMarket

with warnings.catch_warnings():
    # their own imports use names that websockets has deprecated
    warnings.simplefilter("ignore", DeprecationWarning)
    import ccxt.pro as ccxt
    from binance import AsyncClient, BinanceSocketManager
    from binance.ws.depthcache import DepthCacheManager

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::DeprecationWarning")]

START_MS = 1_795_178_096_789
"""2026-11-20T12:34:56.789Z."""
SYMBOL = "ETHUSDT"
"""1000 levels of it reach some 30 bps: no price leaves a snapshot's range while the test runs (bitcoin's 1 bp does)."""
LEVELS = 20
COMMON = 20
"""Update ids that both books must have shown."""
MOVES = 10
"""Changes of the best levels among them: a book that stands still proves nothing."""
SNAPSHOT_LEVELS = 1000

Side = tuple[tuple[float, float], ...]
Top = tuple[Side, Side]


def top(bids: Iterable[Sequence[float]], asks: Iterable[Sequence[float]]) -> Top:
    """The best levels of both sides as they stand now, best first."""

    def best(levels: Iterable[Sequence[float]]) -> Side:
        return tuple((price, quantity) for price, quantity, *_ in levels)[:LEVELS]

    return best(bids), best(asks)


@dataclass
class Sightings:
    """What each of two books showed, by update id."""

    ours: dict[int, Top] = field(default_factory=dict)
    theirs: dict[int, Top] = field(default_factory=dict)

    @property
    def common(self) -> list[int]:
        """The ids at which both were seen."""
        return sorted(self.ours.keys() & self.theirs.keys())

    @property
    def enough(self) -> bool:
        """Whether both showed enough ids, and levels that tell one id from the next."""
        common = self.common
        moves = sum(self.ours[one] != self.ours[other] for one, other in pairwise(common))
        return len(common) >= COMMON and moves >= MOVES


async def watch_ours(live: LiveBook, seen: Sightings) -> None:
    """Note our book after each update."""
    while not seen.enough:
        await live.changed()
        if live.book.state is BookState.SYNCED and live.book.local_id is not None:
            seen.ours[live.book.local_id] = top(*live.book.top(LEVELS))


async def watch_ccxt(venue: Any, symbol: str, seen: Sightings) -> None:
    """Note ccxt's book after each update; ``nonce`` is its update id."""
    while not seen.enough:
        book = await venue.watch_order_book(symbol)
        seen.theirs[book["nonce"]] = top(book["bids"], book["asks"])


async def watch_python_binance(reader: Any, symbol: str, seen: Sightings) -> None:
    """Note python-binance's book after each update.

    It joins a snapshot with an update older than it and takes over the older id, so its levels are those of its id
    only from the snapshot's id on.
    """
    snapshots: list[int] = []
    ask = reader.get_order_book

    async def asked(**query: Any) -> Any:
        answer = await ask(**query)
        snapshots.append(answer["lastUpdateId"])
        return answer

    reader.get_order_book = asked
    async with DepthCacheManager(reader, symbol, limit=SNAPSHOT_LEVELS, ws_interval=100) as manager:
        while not seen.enough:
            book = await manager.recv()
            update_id = manager._last_update_id  # told nowhere else
            if update_id >= snapshots[-1]:
                seen.theirs[update_id] = top(book.get_bids(), book.get_asks())


async def both(live: LiveBook, seen: Sightings, theirs: Coroutine[Any, Any, None]) -> None:
    """Watch both books until enough ids are common."""
    async with asyncio.timeout(PATIENCE_S), asyncio.TaskGroup() as watchers:
        watchers.create_task(watch_ours(live, seen))
        watchers.create_task(theirs)


def assert_agreement(live: LiveBook, seen: Sightings) -> None:
    """Both showed the same levels at every common id, and ours never had to start over."""
    assert seen.enough
    for update_id in seen.common:
        assert seen.ours[update_id] == seen.theirs[update_id], f"books differ at update {update_id}"
        assert [len(side) for side in seen.ours[update_id]] == [LEVELS, LEVELS]
    assert (live.book.counts.gaps, live.book.counts.resyncs, live.snapshots) == (0, 1, 1)


@pytest.fixture(scope="module")
def market() -> SimulatedMarket:
    """A market whose paths are drawn once."""
    return SimulatedMarket(1, START_MS)


@pytest.fixture
async def sandbox(market: SimulatedMarket) -> AsyncIterator[ExchangeSandbox]:
    """An exchange whose time runs."""
    made = ExchangeSandbox(clock=SandboxClock(START_MS))
    made.market = market
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def client(sandbox: ExchangeSandbox) -> AsyncIterator[BinanceAggregator]:
    """Our own client on that exchange."""
    spot, futures = sandbox.spot_url, sandbox.futures_url
    async with aiohttp.ClientSession() as session:
        made = BinanceAggregator(
            BinanceUrls(spot, futures, sandbox.options_url),
            session=session,
            clock=SystemClock(),
            rng=random.Random(1),
            stream_urls=StreamUrls(spot.replace("http", "ws"), futures.replace("http", "ws")),
        )
        await made.open()
        yield made
        await made.close()


@pytest.fixture
async def trader(sandbox: ExchangeSandbox) -> AsyncIterator[Any]:
    """ccxt.pro pointed at the sandbox, nothing else changed."""
    venue = ccxt.binance({"enableRateLimit": False})
    venue.urls["api"] = repointed(venue.urls["api"], sandbox)
    yield venue
    await venue.close()


@pytest.fixture
async def reader(sandbox: ExchangeSandbox, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Any]:
    """python-binance pointed at the sandbox."""
    monkeypatch.setattr(AsyncClient, "API_URL", sandbox.spot_url + "/api")
    monkeypatch.setattr(BinanceSocketManager, "STREAM_URL", sandbox.spot_url.replace("http", "ws", 1) + "/")
    made = await AsyncClient.create()
    yield made
    await made.close_connection()


@pytest.mark.parametrize(("name", "market_name"), [("ETH/USDT", "spot"), ("ETH/USDT:USDT", "futures")])
async def test_ccxt_pro_keeps_our_book(
    client: BinanceAggregator, trader: Any, name: str, market_name: Market
) -> None:
    live, seen = client.book(SYMBOL, market_name), Sightings()
    await both(live, seen, watch_ccxt(trader, name, seen))
    assert_agreement(live, seen)


async def test_python_binance_keeps_our_book(client: BinanceAggregator, reader: Any) -> None:
    live, seen = client.book(SYMBOL, "spot"), Sightings()
    await both(live, seen, watch_python_binance(reader, SYMBOL, seen))
    assert_agreement(live, seen)
