"""Liquidations over a real socket: what is kept, and when we may say that we listened."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.recorder.conftest import recorder_of
from tests.recorder.exchange import MINUTE, Positioning, force_order
from tests.support.clock import FakeClock
from tests.support.stream_exchange import eventually
from utils.binance_api.binance_a import BinanceAggregator
from utils.recorder.forced_orders import GRACE_MS, Spans
from utils.recorder.names import LIQUIDATIONS
from utils.recorder.recorder import Recorder
from utils.store.listening import EVERY_SYMBOL, Span
from utils.store.store import Store

STREAM = "!forceOrder@arr"


@asynccontextmanager
async def recording(recorder: Recorder, exchange: Positioning, clock: FakeClock) -> AsyncIterator[None]:
    """A recorder that runs and listens."""
    task = asyncio.create_task(recorder.run())
    try:
        await eventually(lambda: exchange.carrying(STREAM) and recorder.counts["rows"], clock, 100)
        yield
    finally:
        task.cancel()
        await asyncio.wait({task})
    assert task.cancelled()


async def spans(store: Store, now: int) -> tuple[Span, ...]:
    return await store.listening.spans(LIQUIDATIONS, EVERY_SYMBOL, 0, now)


async def test_forced_orders_of_our_perpetuals_are_kept_once(
    store: Store, exchange: Positioning, aggregator: BinanceAggregator, clock: FakeClock
) -> None:
    recorder = recorder_of(store, aggregator, clock)
    async with recording(recorder, exchange, clock):
        at = clock.now_ms()
        await exchange.send(STREAM, force_order("BTCUSDT", at))
        await exchange.send(STREAM, force_order("BTCUSDT", at))  # told twice, as overlapping connections do
        await exchange.send(STREAM, force_order("BTCUSDT", at + 1, S="BUY"))
        await exchange.send(STREAM, force_order("BTCUSD_PERP", at, st=2))
        await exchange.send(STREAM, force_order("TSLAUSDT", at))
        await eventually(lambda: recorder.forced.writer.counts.taken == 3)
    found = await store.liquidations.window("BTCUSDT", 0, 2**62, as_of=clock.now_ms())
    assert found.side.tolist() == ["SELL", "BUY"]
    assert found.notional.tolist() == [273.0, 273.0]
    assert all(found.known_at >= at)
    assert recorder.forced.excluded >= 1
    assert len(await store.liquidations.window("TSLAUSDT", 0, 2**62, as_of=2**62)) == 0
    assert len(await store.liquidations.window("BTCUSDT", 0, 2**62, as_of=at - 1)) == 0


async def test_listening_is_noted_up_to_what_was_surely_heard_and_a_break_is_a_gap(
    store: Store, exchange: Positioning, aggregator: BinanceAggregator, clock: FakeClock
) -> None:
    recorder = recorder_of(store, aggregator, clock)
    async with recording(recorder, exchange, clock):
        since = clock.now_ms()
        for _ in range(6):  # a quiet market: no order for three minutes, yet we listened
            await recorder.forced.save()
            await clock.advance(MINUTE // 2)
        ((begun, heard),) = await spans(store, clock.now_ms())
        assert begun <= since
        assert since < heard <= clock.now_ms() - GRACE_MS + MINUTE // 2
        await exchange.drop()
        broken = clock.now_ms()
        await eventually(lambda: not exchange.carrying(STREAM))
        await eventually(lambda: exchange.carrying(STREAM), clock, 500)
        await clock.advance(3 * MINUTE)
    first, second = await spans(store, clock.now_ms())
    assert first[1] <= broken - GRACE_MS + 2000
    assert second[0] >= broken
    assert second[1] == clock.now_ms() - GRACE_MS


def test_a_span_ends_at_the_last_event_or_the_last_sure_moment() -> None:
    spans = Spans()
    spans.begin(1000)
    spans.connection_alive(1000 + GRACE_MS // 2)
    spans.end()
    assert spans.unsaved() == [(1000, 1000)]
    spans.begin(500_000)
    spans.connection_alive(500_000 + 2 * GRACE_MS)
    spans.received(500_000 + GRACE_MS + 1)
    assert spans.unsaved() == [(1000, 1000), (500_000, 500_000 + GRACE_MS + 1)]
    for span in spans.unsaved():
        spans.saved(span)
    assert spans.unsaved() == [(500_000, 500_000 + GRACE_MS + 1)]


@pytest.mark.parametrize("closing", [True, False], ids=["ended", "running"])
def test_nothing_is_claimed_before_the_stream_lives(closing: bool) -> None:
    spans = Spans()
    spans.connection_alive(10 * GRACE_MS)
    if closing:
        spans.end()
    assert spans.unsaved() == []
