"""Days of alerts under a fake clock: what fires, how often, what is asked for it, and that one failure stops nobody."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from analysis.framework.question import Instrument, Request
from analysis.framework.result import Analysis
from analysis.registry import MODULES
from bot.scheduler.alert_answers import AGAIN_MS, AlertAnswers
from bot.scheduler.alert_look import AlertLook
from bot.scheduler.alert_watch import FRESH_MS, LOOK_S, AlertWatch
from bot.scheduler.push import Push, push_of
from composite.record import TrackRecord
from composite.result import Composite
from handlers.alerts.catalogue import catalogue
from handlers.alerts.condition import WatchedValue
from handlers.alerts.machine import NEW
from handlers.alerts.questions import LIVE_MS, AlertQuestions
from handlers.alerts.rule import Rule
from handlers.alerts.sight import TOLD_AFTER_MS, TOLD_WITH_MS
from handlers.alerts.stored import standing_of
from handlers.alerts.truth import NO_VALUE, CurrentValues
from handlers.composites.registry import ONE
from handlers.render.html import Html
from tests.handlers.sample import analysis
from tests.store.databases import fresh_sqlite
from tests.support.clock import FakeClock
from tests.support.composites import sample_composite
from utils.http.errors import Rejected, Unavailable
from utils.store.alerts import AlertDefinition, AlertKey, StoredAlert
from utils.store.outbox import Destination
from utils.store.store import Store, open_store

BOT, UNSPEAKABLE = 7, 13
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
START = 1_781_703_000_000  # 2026-06-17 13:30 UTC
EVERYTHING = catalogue(MODULES, ONE.values())


@dataclass
class Market:
    """Answers questions from functions of the time, and counts them."""

    clock: FakeClock
    price: Callable[[int], float] = lambda _: 100.0
    score: Callable[[int], float | None] = lambda _: 0.5
    down: set[str] = field(default_factory=set)
    asked: list[tuple[str, str, str]] = field(default_factory=list)

    async def run(self, module_id: str, request: Request, **_: Any) -> Analysis:
        self._note(module_id, request)
        return replace(analysis(request), score=self.score(self.clock.now_ms()))

    async def composite(self, name: str, request: Request) -> Composite:
        self._note(name, request)
        return sample_composite(score=self.score(self.clock.now_ms()))

    async def all(self, request: Request) -> tuple[Composite, ...]:
        raise AssertionError(request)

    async def evidence(self, name: str, request: Request) -> tuple[TrackRecord, ...]:
        raise AssertionError(name, request)

    async def price_of(self, instrument: Instrument) -> float:
        self._note("price", Request(instrument.symbol, ""))
        return self.price(self.clock.now_ms())

    def _note(self, name: str, request: Request) -> None:
        self.asked.append((name, request.symbol, request.interval))
        if request.symbol in self.down:
            raise Unavailable("binance.spot", "gone")
        if f"refused {request.symbol}" in self.down:
            raise Rejected("binance.spot", "invalid symbol")
        if f"broken {request.symbol}" in self.down:
            raise ZeroDivisionError


class _Composites:
    def __init__(self, market: Market) -> None:
        self.score, self.all, self.evidence = market.composite, market.all, market.evidence


class _Words:
    async def fired(self, alert: StoredAlert, rule: Rule, values: CurrentValues, now_ms: int) -> Push:
        if alert.definition.person_id == UNSPEAKABLE:
            raise ZeroDivisionError
        numbers = ", ".join(f"{one.number:.2f}" for one in values.values() if one.number is not None)
        return _push(f"{alert.key.number}: {rule.symbol} {numbers}")

    async def lost(self, to: Destination, looks: Sequence[AlertLook]) -> Push:
        return _push("lost " + ", ".join(f"{one.alert.key.number} {one.blind}" for one in looks))

    async def back(self, to: Destination, looks: Sequence[AlertLook]) -> Push:
        return _push("back " + ", ".join(str(one.alert.key.number) for one in looks))


def _push(text: str) -> Push:
    return Push(Html(text), Html("line"), "en")


class World:
    """Alerts in a real database, watched under a fake clock."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.clock = FakeClock(START)
        self.market = Market(self.clock)
        self.woken = 0
        self.quiet_until = 0
        self.watch = self.another()

    def another(self, store: Callable[[], Store | None] | None = None) -> AlertWatch:
        async def quiet_until(chat_id: int, now_ms: int) -> int | None:
            return self.quiet_until if self.quiet_until > now_ms else None

        questions = AlertQuestions(EVERYTHING, MODULES, ONE.values())
        market, composites = self.market, _Composites(self.market)
        answers = AlertAnswers(market, composites, market.price_of, questions, self.clock.now_ms)
        return AlertWatch(
            store or (lambda: self.store),
            answers,
            EVERYTHING,
            questions,
            self.clock,
            words=_Words(),
            bot_id=lambda: BOT,
            quiet_until=quiet_until,
        )

    def wake(self) -> None:
        self.woken += 1

    async def add(
        self,
        rule: str,
        *,
        symbol: str = "BTCUSDT",
        chat: int = -100,
        thread: int | None = None,
        until: int | None = None,
        person: int = 42,
    ) -> AlertKey:
        to = Destination(BOT, chat, "group", thread)
        asked = AlertDefinition(to, person, symbol, "spot", "1h", rule, until, "en")
        made = await self.store.alerts.add(
            asked, standing_of(NEW, fired=0), now_ms=self.clock.now_ms(), most=500
        )
        assert made is not None
        return made.key

    async def go_on(self, ms: int, *, step_ms: int = MINUTE) -> list[int]:
        """Look every ``step_ms`` for so long; return the minutes after the start at which something fired."""
        fired = list[int]()
        for _ in range(ms // step_ms):
            if await self.watch.look():
                fired.append((self.clock.now_ms() - START) // MINUTE)
            await self.clock.advance(step_ms)
        return fired

    async def pushes(self) -> list[str]:
        claimed = await self.store.outbox.claim(BOT, now_ms=self.clock.now_ms(), most=1000)
        for one in claimed:
            await self.store.outbox.sent(one.message.key, 1, now_ms=self.clock.now_ms())
        return [push_of(one.message.content).text for one in claimed]


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with open_store(fresh_sqlite(tmp_path)) as store:
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
