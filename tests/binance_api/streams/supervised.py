"""A supervisor over an exchange whose sockets a test drives, on one clock, and listeners that remember."""

import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from tests.support.clock import FakeClock
from tests.support.stream_exchange import StreamExchange, serving_streams
from utils.binance_api.streams.decode import Payload
from utils.binance_api.streams.names import StreamKey
from utils.binance_api.streams.subscription import StreamState
from utils.binance_api.streams.supervisor import StreamSupervisor, StreamUrls

MARK = StreamKey("futures", "btcusdt@markPrice@1s")
TRADES = StreamKey("futures", "btcusdt@aggTrade")
BOOK = StreamKey("futures", "btcusdt@depth@100ms")
RARE = StreamKey("futures", "!forceOrder@arr")

Supervised = tuple[StreamExchange, StreamSupervisor]


class RecordingListener:
    """A listener that remembers everything."""

    def __init__(self) -> None:
        self.events: list[Any] = []
        self.losses: list[StreamState] = []
        self.lives = 0

    def event(self, payload: Payload) -> None:
        self.events.append(payload)

    def lost(self, state: StreamState) -> None:
        self.losses.append(state)

    def live(self) -> None:
        self.lives += 1

    @property
    def ids(self) -> list[int]:
        return [event.trade_id for event in self.events]


@asynccontextmanager
async def supervising(
    clock: FakeClock, market_ms: Callable[[], int] | None = None
) -> AsyncIterator[Supervised]:
    """Serve an exchange and make a supervisor of its streams; exchange time is the clock's unless given."""
    async with serving_streams(StreamExchange(clock)) as exchange, aiohttp.ClientSession() as session:
        made = StreamSupervisor(
            StreamUrls(exchange.ws_url, exchange.ws_url),
            session=session,
            clock=clock,
            market_ms=market_ms or clock.now_ms,
            rng=random.Random(1),
            ttl_s=30.0,
        )
        yield exchange, made
        await made.close()


def trade(number: int, clock: FakeClock) -> dict[str, Any]:
    """An aggregate trade of BTCUSDT as the stream sends it, of now."""
    now = clock.now_ms()
    fixed = {"e": "aggTrade", "s": "BTCUSDT", "p": "1", "q": "1", "f": number, "l": number, "m": False}
    return {**fixed, "a": number, "E": now, "T": now}


def mark(clock: FakeClock) -> dict[str, Any]:
    """A mark price of BTCUSDT as the stream sends it, of now."""
    fixed = {"e": "markPriceUpdate", "s": "BTCUSDT", "p": "1", "i": "1", "P": "1", "r": "0.0001", "T": 0}
    return {**fixed, "E": clock.now_ms()}


def state_of(supervisor: StreamSupervisor, key: StreamKey) -> StreamState:
    """Return the state of a stream; it must be subscribed."""
    return next(row.state for row in supervisor.status() if row.name == key.name)
