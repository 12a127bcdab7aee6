"""Days of alerts under a fake clock: what fires, how often, what is asked for it, and that one failure stops nobody."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from analysis.framework.question import Instrument, Request
from analysis.framework.result import Analysis
from analysis.registry import MODULES
from bot.scheduler.alert_watch import AGAIN_MS, FRESH_MS, AlertWatch
from bot.scheduler.push import Push, push_of
from composite.record import TrackRecord
from composite.result import Composite
from handlers.alerts.catalogue import catalogue
from handlers.alerts.machine import NEW
from handlers.alerts.questions import LIVE_MS, AlertQuestions
from handlers.alerts.rule import Rule
from handlers.alerts.stored import standing_of
from handlers.alerts.truth import CurrentValues
from handlers.composites.registry import ONE
from handlers.render.html import Html
from tests.handlers.sample import analysis
from tests.store.databases import fresh_sqlite
from tests.support.clock import FakeClock
from tests.support.composites import sample_composite
from utils.http.errors import Unavailable
from utils.store.alerts import AlertDefinition, AlertKey
from utils.store.outbox import Destination
from utils.store.store import Store, open_store

BOT = 7
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
        if f"broken {request.symbol}" in self.down:
            raise ZeroDivisionError


class _Composites:
    def __init__(self, market: Market) -> None:
        self.score, self.all, self.evidence = market.composite, market.all, market.evidence


class World:
    """Alerts in a real database, watched under a fake clock."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.clock = FakeClock(START)
        self.market = Market(self.clock)
        self.woken = 0
        self.watch = self.another()

    def another(self) -> AlertWatch:
        def words(alert: Any, rule: Rule, values: CurrentValues) -> Push:
            numbers = ", ".join(f"{one.number:.2f}" for one in values.values() if one.number is not None)
            return Push(Html(f"{alert.key.number}: {rule.symbol} {numbers}"), Html("line"), "en")

        def fired() -> None:
            self.woken += 1

        return AlertWatch(
            lambda: self.store,
            self.market,
            _Composites(self.market),
            self.market.price_of,
            EVERYTHING,
            AlertQuestions(EVERYTHING, MODULES, ONE.values()),
            self.clock,
            words=words,
            bot_id=lambda: BOT,
            now_ms=self.clock.now_ms,
            on_fired=fired,
        )

    async def add(
        self, rule: str, *, symbol: str = "BTCUSDT", chat: int = -100, until: int | None = None
    ) -> AlertKey:
        to = Destination(BOT, chat, "group")
        asked = AlertDefinition(to, 42, symbol, "spot", "1h", rule, until, "en")
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
        return [push_of(one.message.content).text for one in claimed]


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with open_store(fresh_sqlite(tmp_path)) as store:
        yield World(store)


async def test_true_for_three_cooldowns_gives_exactly_three_pushes(world: World) -> None:
    await world.add("price > 90.0 cooldown 2h")
    assert await world.go_on(6 * HOUR) == [0, 120, 240]
    assert await world.pushes() == ["1: BTCUSDT 100.00"] * 3
    assert world.woken == 3


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
    watch = world.another()
    watch._store = lambda: None
    assert await watch.look() == 0
    assert world.market.asked == []
