"""A small market that goes on whatever happens to its sockets, and a client that watches it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.binance_api.live import agg, agg_page, diff, live_client, snapshot
from tests.support.clock import FakeClock
from tests.support.stream_exchange import StreamExchange, eventually
from utils.binance_api.binance_a import BinanceAggregator
from utils.binance_api.book.live import LiveBook
from utils.binance_api.book.state import BookState
from utils.binance_api.trades.live import LiveTape

PRICES = 50


@dataclass
class World:
    """One symbol whose book and trades advance by ``step``; the numbers go on while nobody receives them."""

    exchange: StreamExchange
    client: BinanceAggregator
    clock: FakeClock
    symbol: str = "BTCUSDT"
    update_id: int = 1000
    trade_id: int = 500
    skew_ms: int = 0
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def live(self) -> LiveBook:
        return self.client.book(self.symbol)

    @property
    def tape(self) -> LiveTape:
        return self.client.trades(self.symbol)

    @property
    def depth_name(self) -> str:
        return f"{self.symbol.lower()}@depth@100ms"

    @property
    def trade_name(self) -> str:
        return f"{self.symbol.lower()}@aggTrade"

    @property
    def price(self) -> float:
        return 100.0 + self.update_id % PRICES

    def depth(self) -> dict[str, Any]:
        """The next update: the whole book moves to a new price."""
        before, old = self.update_id, self.price
        self.update_id += 1
        bids = [[str(old), "0"], [str(self.price), "1"]]
        asks = [[str(old + 1), "0"], [str(self.price + 1), "1"]]
        made = diff(self.clock, self.update_id, self.update_id, before, b=bids, a=asks)
        return self._stamped(made)

    def trade(self) -> dict[str, Any]:
        """The next trade."""
        self.trade_id += 1
        return self._stamped(agg(self.clock, self.trade_id))

    def _stamped(self, made: dict[str, Any]) -> dict[str, Any]:
        stamp = self.clock.now_ms() + self.skew_ms
        return {**made, "s": self.symbol, "E": stamp, "T": stamp, **self.extra}

    async def step(self, ms: int = 500, *, depth: bool = True, trades: bool = True) -> None:
        """Let the market and the clock go on."""
        if depth:
            await self.exchange.send(self.depth_name, self.depth())
        if trades:
            await self.exchange.send(self.trade_name, self.trade())
        await self.clock.advance(ms)
        await self.clock.settle()

    async def steps(self, count: int, **how: Any) -> None:
        for _ in range(count):
            await self.step(**how)

    async def until(self, holds: Any) -> None:
        """Let the market go on until ``holds()``."""
        for _ in range(3000):
            if holds():
                return
            await self.step()
        raise AssertionError("what was waited for did not come")

    @property
    def whole(self) -> bool:
        """Whether the book shows the present and no trade is missing."""
        return (
            self.live.book.state is BookState.SYNCED
            and self.live.book.local_id == self.update_id
            and self.live.book.best().bid == self.price
            and self.tape.tape.last_id == self.trade_id
            and not self.tape.filling
        )

    async def healthy(self) -> None:
        """Go on until book and trades are whole, which they must become by themselves."""
        for _ in range(3000):
            await self.step()
            try:
                await eventually_soon(self)
            except AssertionError:
                continue
            return
        raise AssertionError("the client did not recover")


async def eventually_soon(world: World) -> None:
    for _ in range(20):
        if world.whole:
            return
        await world.clock.settle()
    raise AssertionError("not yet")


@asynccontextmanager
async def running_world(clock: FakeClock, symbol: str = "BTCUSDT", skew_ms: int = 0) -> AsyncIterator[World]:
    """A client in step with the market of one symbol."""
    async with live_client(clock, skew_ms=skew_ms) as (exchange, client):
        world = World(exchange, client, clock, symbol, skew_ms=skew_ms)
        exchange.rest["depth"] = lambda _: snapshot(world.update_id, world.price, world.price + 1)
        exchange.rest["aggTrades"] = lambda query: agg_page(query, world.trade_id, clock.now_ms() + skew_ms)
        hold = client.streams.books.lease(("futures", symbol))
        tape = client.streams.tapes.lease(("futures", symbol))
        names = (world.depth_name, world.trade_name)
        await eventually(lambda: all(exchange.carrying(name) for name in names), clock, 50)
        await world.healthy()
        yield world
        hold.close()
        tape.close()
