"""No alert, and nobody who asks, waits for what takes long and concerns others."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from analysis.framework.question import Instrument
from bot.scheduler.alert_answers import AT_ONCE, WAIT_S
from handlers.alerts.condition import WatchedValue
from tests.bot.scheduler.watched_alerts import (
    World,
)
from tests.support.stream_exchange import eventually
from utils.priority import Attention, Urgency, urgency
from utils.store.store import open_store


@pytest.fixture
async def world(database_address: str) -> AsyncIterator[World]:
    async with open_store(database_address) as store:
        yield World(store)


async def look_without_slow_answers(world: World) -> int:
    """Look once, and let the time pass that a look waits for answers."""
    looking = asyncio.create_task(world.watch.look())
    await eventually(lambda: world.clock.sleeping > 0)
    await world.clock.advance(round(WAIT_S * 1000))
    return await looking


async def test_an_alert_does_not_wait_for_what_others_watch(world: World) -> None:
    world.market.slow = {f"C{number}USDT" for number in range(2 * AT_ONCE)}
    for symbol in world.market.slow:
        await world.add("trend > 0.1 cooldown 2h", symbol=symbol)
    await world.add("price > 90.0 cooldown 2h", symbol="ZZZUSDT")
    assert await look_without_slow_answers(world) == 1
    assert await world.pushes() == ["9: ZZZUSDT 100.00"]
    assert await look_without_slow_answers(world) == 0
    assert len([name for name, _, _ in world.market.asked if name == "trend"]) == AT_ONCE
    world.market.answers.set()
    assert await world.watch.look() == 2 * AT_ONCE
    asked = [symbol for name, symbol, _ in world.market.asked if name == "trend"]
    assert sorted(asked) == sorted(world.market.slow)


async def test_who_asks_for_present_values_does_not_wait_behind_the_alerts(world: World) -> None:
    world.market.slow = {f"C{number}USDT" for number in range(2 * AT_ONCE)}
    for symbol in world.market.slow:
        await world.add("trend > 0.1", symbol=symbol)
    await look_without_slow_answers(world)
    watched = WatchedValue("score", "trend")
    values = await world.watch.values("BTCUSDT", "spot", "1h", [watched])
    assert [one.number for one in values.values()] == [0.5]
    world.market.answers.set()
    await world.watch.look()


async def test_what_is_under_way_ends_with_the_watch_and_is_asked_again_by_the_next(world: World) -> None:
    world.market.slow = {f"C{number}USDT" for number in range(2 * AT_ONCE)}
    for symbol in world.market.slow:
        await world.add("trend > 0.1", symbol=symbol)
    before = asyncio.all_tasks()
    task = asyncio.create_task(world.watch.run(world.wake))
    await eventually(lambda: bool(world.market.asked))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await world.clock.settle()
    assert asyncio.all_tasks() == before
    world.market.answers.set()
    assert await world.watch.look() == 2 * AT_ONCE


async def test_looks_are_behind_answers_and_wait_for_no_quiet_moment(world: World) -> None:
    attention, seen = Attention(world.clock), list[Urgency]()

    async def price(instrument: Instrument) -> float:
        async with attention.request():
            seen.append(urgency())
        return 100.0

    world.market.price_of = price  # type: ignore[method-assign]
    watch = world.another()
    await world.add("price > 90.0")
    with attention.question():
        task = asyncio.create_task(watch.run(world.wake))
        await eventually(lambda: world.woken == 1)
    task.cancel()
    assert set(seen) == {Urgency.BESIDE}
