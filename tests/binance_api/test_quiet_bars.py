"""A kline stream without trades is left in peace, one that keeps trades to itself is found and cured."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import structlog

from tests.binance_api.exchange import HOUR
from tests.binance_api.live import live_client
from tests.support.clock import FakeClock
from tests.support.stream_exchange import StreamExchange, eventually
from utils.binance_api.binance_a import BinanceAggregator
from utils.binance_api.klines.live import LiveSeries
from utils.binance_api.streams.subscription import StreamState

KLINE = "btcusdt@kline_1h"
STATE_CHANGES = {"streams are stale or lagging", "streams are live again"}


class Trading:
    """An exchange with one symbol, whose trades of the running hour are counted in ``trades``."""

    def __init__(self, exchange: StreamExchange, client: BinanceAggregator, clock: FakeClock) -> None:
        self.exchange, self.client, self.clock = exchange, client, clock
        self.trades = 9
        exchange.rest["klines"] = self._rows

    @property
    def opening(self) -> int:
        return self.clock.now_ms() // HOUR * HOUR

    def _rows(self, query: dict[str, str]) -> list[list[Any]]:
        first = max(int(query.get("startTime", 0)), self.opening - (int(query["limit"]) - 1) * HOUR)
        opens = range(first, self.opening + 1, HOUR)
        row = ["1", "1", "1", "1", "2"]
        counts = [self.trades if t == self.opening else 7 for t in opens]
        return [
            [t, *row, t + HOUR - 1, "200", n, "1", "100", "0"] for t, n in zip(opens, counts, strict=True)
        ]

    async def speak(self) -> None:
        """Tell the running candle over the stream."""
        times = {"t": self.opening, "T": self.opening + HOUR - 1, "s": "BTCUSDT", "i": "1h", "x": False}
        prices = {"o": "1", "h": "1", "l": "1", "c": "1", "v": "2", "q": "200", "V": "1", "Q": "100"}
        candle = {**times, **prices, "f": 1, "L": 2, "B": "0", "n": self.trades}
        event = {"e": "kline", "E": self.clock.now_ms(), "s": "BTCUSDT", "k": candle}
        await self.exchange.send(KLINE, event)

    async def watched(self) -> LiveSeries:
        self.client.streams.bars.lease(("spot", "BTCUSDT", "1h"))
        await eventually(lambda: self.exchange.carrying(KLINE))
        return next(iter(self.client.streams.bars))

    async def trade(self, live: LiveSeries) -> None:
        """Let a trade happen and wait until the stream delivers it."""
        before = self.client.streams.supervisor.status()[0].frames
        self.trades += 1
        await self.speak()
        await eventually(lambda: self.client.streams.supervisor.status()[0].frames > before)
        await settled(live)

    async def pass_time(self, live: LiveSeries, seconds: int) -> None:
        for _ in range(seconds // 5):
            await self.clock.advance(5000)
            await settled(live)

    def state(self) -> StreamState:
        return self.client.streams.supervisor.status()[0].state


async def settled(live: LiveSeries) -> None:
    await eventually(lambda: live._task is None or live._task.done())


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(1_700_000_000_000 // HOUR * HOUR + 60_000)


@pytest.fixture
async def trading(clock: FakeClock) -> AsyncIterator[Trading]:
    async with live_client(clock) as (exchange, client):
        yield Trading(exchange, client, clock)


def state_changes(logs: list[Any]) -> list[str]:
    return [log["event"] for log in logs if log["event"] in STATE_CHANGES]


async def test_a_symbol_that_trades_every_five_minutes_is_never_in_trouble(trading: Trading) -> None:
    live = await trading.watched()
    await trading.trade(live)
    with structlog.testing.capture_logs() as logs:
        for _ in range(4):
            await trading.pass_time(live, 300)
            assert trading.state() is StreamState.IDLE
            await trading.trade(live)
            assert trading.state() is StreamState.LIVE
    assert state_changes(logs) == []
    assert live.counts["missed"] == 0
    assert trading.exchange.opened == 1


async def test_thirty_seconds_without_trades_are_nothing_at_all(trading: Trading) -> None:
    live = await trading.watched()
    await trading.trade(live)
    await trading.pass_time(live, 55)
    assert trading.state() is StreamState.LIVE
    assert all(message["method"] != "UNSUBSCRIBE" for message in trading.exchange.sockets[0].messages)


async def test_a_stream_that_keeps_trades_to_itself_is_subscribed_again(trading: Trading) -> None:
    live = await trading.watched()
    await trading.trade(live)
    trading.trades += 5  # not sent by the stream
    await trading.pass_time(live, 70)
    assert live.counts["missed"] == 1
    asked = [m["method"] for m in trading.exchange.sockets[0].messages if m.get("params") == [KLINE]]
    assert asked == ["SUBSCRIBE", "UNSUBSCRIBE", "SUBSCRIBE"]
    with structlog.testing.capture_logs() as logs:
        await trading.trade(live)
        await trading.pass_time(live, 50)
    assert trading.state() is StreamState.LIVE
    assert state_changes(logs) == []
    assert trading.exchange.opened == 1


async def test_one_that_stays_deaf_is_told_once_and_moved_to_a_new_connection(trading: Trading) -> None:
    live = await trading.watched()
    await trading.trade(live)
    with structlog.testing.capture_logs() as logs:
        for _ in range(40):
            trading.trades += 1
            await trading.pass_time(live, 5)
        assert trading.exchange.opened >= 2
        assert state_changes(logs) == ["streams are stale or lagging"]
        assert trading.state() is StreamState.STALE
        await trading.trade(live)
        await trading.pass_time(live, 5)
    assert trading.state() is StreamState.LIVE
    assert state_changes(logs) == ["streams are stale or lagging", "streams are live again"]


async def test_one_that_never_spoke_is_found_as_well(trading: Trading) -> None:
    """As on a wrong route: acknowledged, and nothing comes."""
    live = await trading.watched()
    with structlog.testing.capture_logs() as logs:
        for _ in range(60):
            trading.trades += 1
            await trading.pass_time(live, 5)
    assert "streams are stale or lagging" in state_changes(logs)
    assert trading.exchange.opened >= 2
