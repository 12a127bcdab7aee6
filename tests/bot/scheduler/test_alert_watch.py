"""Days of alerts under a fake clock: what fires, how often, what is asked for it, and that one failure stops nobody."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from bot.scheduler.alert_answers import AGAIN_MS
from bot.scheduler.alert_watch import FRESH_MS, LOOK_S
from handlers.alerts.condition import WatchedValue
from handlers.alerts.questions import LIVE_MS
from handlers.alerts.sight import TOLD_AFTER_MS, TOLD_WITH_MS
from handlers.alerts.truth import NO_VALUE
from tests.bot.scheduler.watched_alerts import (
    BOT,
    DAY,
    HOUR,
    MINUTE,
    START,
    UNSPEAKABLE,
    World,
)
from utils.http.errors import Unavailable
from utils.store.outbox import Destination
from utils.store.store import Store, open_store


@pytest.fixture
async def world(database_address: str) -> AsyncIterator[World]:
    async with open_store(database_address) as store:
        yield World(store)


async def test_true_for_three_cooldowns_gives_exactly_three_pushes(world: World) -> None:
    await world.add("price > 90.0 cooldown 2h")
    assert await world.go_on(6 * HOUR) == [0, 120, 240]
    assert await world.pushes() == ["1: BTCUSDT 100.00"] * 3


async def test_a_score_that_hovers_on_its_line_is_said_once_a_cooldown(world: World) -> None:
    world.market.score = lambda now: 0.805 if now // HOUR % 2 else 0.795
    await world.add("trend_strength > 0.8 cooldown 1d")
    assert len(await world.go_on(2 * DAY, step_ms=15 * MINUTE)) == 2


async def test_a_bar_is_asked_for_when_it_has_closed_and_a_price_every_few_seconds(world: World) -> None:
    await world.add("trend.4h > 0.9 cooldown 2h")
    await world.go_on(DAY, step_ms=5 * MINUTE)
    assert [name for name, _, _ in world.market.asked] == ["trend"] * 7
    await world.add("price > 1000.0 cooldown 2h")
    await world.go_on(10 * MINUTE, step_ms=LIVE_MS // 3)
    assert [name for name, _, _ in world.market.asked].count("price") == 10 * MINUTE // LIVE_MS


async def test_an_answer_is_asked_once_however_many_alerts_need_it(world: World) -> None:
    for chat in range(-140, -100):
        await world.add("trend > 0.9 & trend.rsi_14 > 5.0 & price > 5.0 cooldown 2h", chat=chat)
        await world.add("trend < 0.1 cooldown 2h", symbol="ETHUSDT", chat=chat)
    await world.watch.look()
    assert sorted(world.market.asked) == [
        ("price", "BTCUSDT", ""), ("trend", "BTCUSDT", "1h"), ("trend", "ETHUSDT", "1h"),
    ]  # fmt: skip


async def test_what_nobody_needs_any_more_is_not_asked(world: World) -> None:
    key = await world.add("price > 90.0 cooldown 2h")
    await world.watch.look()
    await world.store.alerts.remove(key)
    await world.go_on(HOUR)
    assert len(world.market.asked) == 1


@pytest.mark.parametrize("fault", ["ETHUSDT", "broken ETHUSDT"])
async def test_one_failing_alert_does_not_stop_the_others(world: World, fault: str) -> None:
    await world.add("trend > 0.1 cooldown 2h", symbol="ETHUSDT")
    await world.add("trend > 0.1 cooldown 2h")
    world.market.down = {fault}
    assert await world.watch.look() == 1
    assert await world.pushes() == ["2: BTCUSDT 0.50"]
    await world.clock.advance(AGAIN_MS - 1)
    await world.watch.look()
    assert len(world.market.asked) == 2
    world.market.down = set()
    await world.clock.advance(1)
    assert await world.watch.look() == 1


async def test_what_cannot_be_read_is_left_out(world: World) -> None:
    await world.add("trend.gone > 0.1 cooldown 2h")
    await world.add("price > 5.0 cooldown 2h")
    assert await world.watch.look() == 1


async def test_what_was_not_true_throughout_does_not_fire(world: World) -> None:
    world.market.price = lambda now: 100.0 if (now - START) // MINUTE % 10 < 9 else 50.0
    await world.add("price > 90.0 for 10m cooldown 2h")
    assert await world.go_on(3 * HOUR) == []
    await world.add("price > 90.0 for 8m cooldown 2h")
    assert await world.go_on(HOUR) == [188]


async def test_an_alert_ends_at_its_end(world: World) -> None:
    key = await world.add("price > 90.0 cooldown 1h", until=START + 90 * MINUTE)
    assert await world.go_on(3 * HOUR) == [0, 60]
    found = await world.store.alerts.get(key)
    assert found is not None
    assert (found.standing.phase, found.standing.fired) == ("expired", 2)


async def test_a_restart_forgets_nothing(world: World) -> None:
    world.market.price = lambda now: 80.0 if now < START + HOUR else 100.0
    await world.add("price crosses_up 90.0 cooldown 2h")
    assert await world.go_on(HOUR) == []
    world.watch = world.another()
    assert await world.go_on(3 * HOUR) == [60]


async def test_two_processes_say_it_once(world: World) -> None:
    await world.add("price > 90.0 cooldown 2h")
    other = world.another()
    for _ in range(3):
        await world.watch.look()
        await other.look()
        await world.clock.advance(LIVE_MS)
    assert await world.pushes() == ["1: BTCUSDT 100.00"]


async def test_what_fires_is_news_for_a_while(world: World) -> None:
    await world.add("price > 90.0 cooldown 2h")
    await world.watch.look()
    (claimed,) = await world.store.outbox.claim(BOT, now_ms=START, most=1)
    assert (claimed.message.due_at, claimed.message.fresh_until) == (START, START + FRESH_MS)
    assert claimed.message.to == Destination(BOT, -100, "group")


async def test_what_does_not_change_is_not_written(world: World) -> None:
    key = await world.add("price > 500.0 cooldown 2h")
    await world.go_on(HOUR)
    found = await world.store.alerts.get(key)
    assert found is not None
    assert found.version == 1  # the first look saw on which side the price is


async def test_without_a_database_nothing_is_asked(world: World) -> None:
    await world.add("price > 90.0 cooldown 2h")
    watch = world.another(lambda: None)
    assert await watch.look() == 0
    assert world.market.asked == []


async def test_an_alert_that_cannot_be_put_into_words_does_not_stop_the_others(world: World) -> None:
    await world.add("price > 5.0 cooldown 2h", person=UNSPEAKABLE)
    await world.add("price > 5.0 cooldown 2h")
    await world.watch.look()
    assert await world.pushes() == ["2: BTCUSDT 100.00"]
    assert world.watch.failures == 1


async def test_the_last_time_it_fired_is_kept(world: World) -> None:
    key = await world.add("price > 5.0 cooldown 2h")
    await world.go_on(3 * HOUR)
    found = await world.store.alerts.get(key)
    assert found is not None
    assert (found.standing.fired, found.standing.fired_at) == (2, START + 2 * HOUR)


async def test_a_chat_is_told_once_that_its_alerts_cannot_be_looked_at_and_once_that_they_can(
    world: World,
) -> None:
    await world.add("trend > 0.1 cooldown 2h", symbol="ETHUSDT")
    await world.add("trend.gone > 0.1 cooldown 2h")
    await world.add("trend < 0.1 cooldown 2h", symbol="SOLUSDT")
    await world.add("trend < 0.1 cooldown 2h")
    world.market.down = {"ETHUSDT", "refused SOLUSDT"}
    await world.go_on(TOLD_AFTER_MS)
    assert await world.pushes() == []
    await world.go_on(2 * HOUR)
    assert await world.pushes() == ["lost 1 silent, 2 name, 3 refused"]
    world.market.down = set()
    await world.go_on(2 * HOUR)
    assert await world.pushes() == ["1: ETHUSDT 0.50", "back 1, 3"]


async def test_what_fails_for_a_short_while_is_not_told(world: World) -> None:
    await world.add("trend < 0.1 cooldown 2h")
    for _ in range(5):
        world.market.down = {"BTCUSDT"}
        await world.go_on(TOLD_AFTER_MS)
        world.market.down = set()
        await world.go_on(HOUR)
    assert await world.pushes() == []


async def test_what_is_unknown_for_a_shorter_while_is_told_with_the_rest(world: World) -> None:
    await world.add("trend < 0.1 cooldown 2h")
    world.market.down = {"BTCUSDT"}
    await world.go_on(TOLD_AFTER_MS - TOLD_WITH_MS)
    await world.add("trend < 0.2 cooldown 2h")
    await world.add("trend < 0.2 cooldown 2h", thread=5)
    await world.go_on(2 * HOUR)
    assert await world.pushes() == ["lost 1 silent, 2 silent", "lost 3 silent"]


async def test_a_value_that_is_missing_makes_an_alert_unknown(world: World) -> None:
    world.market.score = lambda _: None
    await world.add("trend < 0.1 | price < 5.0 cooldown 2h")
    await world.go_on(2 * HOUR)
    assert await world.pushes() == ["lost 1 empty"]


async def test_what_is_known_without_a_missing_value_is_not_told(world: World) -> None:
    world.market.score = lambda _: None
    await world.add("trend < 0.1 & price < 5.0 cooldown 2h")
    await world.go_on(2 * HOUR)
    assert await world.pushes() == []


async def test_an_alert_that_has_ended_is_not_told_of(world: World) -> None:
    world.market.down = {"BTCUSDT"}
    await world.add("trend < 0.1 cooldown 2h", until=START + TOLD_AFTER_MS)
    await world.go_on(2 * HOUR)
    assert await world.pushes() == []


async def test_a_restart_tells_nothing_twice(world: World) -> None:
    await world.add("trend < 0.1 cooldown 2h")
    world.market.down = {"BTCUSDT"}
    await world.go_on(TOLD_AFTER_MS + 5 * MINUTE)
    world.watch = world.another()
    await world.go_on(2 * HOUR)
    assert await world.pushes() == ["lost 1 silent"]


async def test_what_fires_in_quiet_hours_is_due_after_them_as_old_news(world: World) -> None:
    await world.add("price > 5.0 cooldown 2h")
    world.quiet_until = START + 3 * HOUR
    await world.go_on(3 * HOUR)
    assert await world.store.outbox.claim(BOT, now_ms=START + 3 * HOUR - 1, most=9) == ()
    claimed = await world.store.outbox.claim(BOT, now_ms=START + 3 * HOUR, most=9)
    assert [(one.message.due_at, one.message.fresh_until) for one in claimed] == [
        (START + 3 * HOUR, START + 3 * HOUR - 1)
    ] * 2


async def test_present_values_are_those_that_alerts_have(world: World) -> None:
    await world.add("trend > 0.9 cooldown 2h")
    await world.watch.look()
    watched = WatchedValue("score", "trend")
    values = await world.watch.values("BTCUSDT", "spot", "1h", [watched])
    assert [one.number for one in values.values()] == [0.5]
    assert len(world.market.asked) == 1
    world.market.down = {"ETHUSDT"}
    assert await world.watch.values("ETHUSDT", "spot", "1h", [watched]) == {watched: NO_VALUE}
    assert len(world.market.asked) == 2


async def test_a_look_that_fails_is_followed_by_another(world: World) -> None:
    await world.add("price > 5.0 cooldown 2h")
    faults: list[Exception] = [Unavailable("database", "away"), ZeroDivisionError()]

    def store() -> Store:
        if faults:
            raise faults.pop()
        return world.store

    watch = world.another(store)
    running = asyncio.ensure_future(watch.run(world.wake))
    while not world.woken:
        await world.clock.advance(round(LOOK_S * 1000))
    running.cancel()
    assert watch.failures == 1
    assert await world.pushes() == ["1: BTCUSDT 100.00"]
