"""Alerts in a real database under a fake clock, and a market that answers what they watch."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from analysis.framework.question import Instrument, Request
from analysis.framework.result import Analysis
from analysis.registry import MODULES
from bot.scheduler.alert_answers import AlertAnswers
from bot.scheduler.alert_look import AlertLook
from bot.scheduler.alert_watch import AlertWatch
from bot.scheduler.push import Push, push_of
from composite.record import TrackRecord
from composite.result import Composite
from handlers.alerts.catalogue import catalogue
from handlers.alerts.machine import NEW
from handlers.alerts.questions import AlertQuestions
from handlers.alerts.rule import Rule
from handlers.alerts.stored import standing_of
from handlers.alerts.truth import CurrentValues
from handlers.composites.registry import ONE
from handlers.render.html import Html
from tests.handlers.sample import analysis
from tests.support.clock import FakeClock
from tests.support.composites import sample_composite
from utils.http.errors import Rejected, Unavailable
from utils.store.alerts import AlertDefinition, AlertKey, StoredAlert
from utils.store.outbox import Destination
from utils.store.store import Store

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
    slow: set[str] = field(default_factory=set)
    answers: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the modules answer about ``slow`` symbols."""

    async def run(self, module_id: str, request: Request, **_: Any) -> Analysis:
        self._note(module_id, request)
        if request.symbol in self.slow:
            await self.answers.wait()
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
        answers = AlertAnswers(market, composites, market.price_of, questions, self.clock.now_ms, self.clock)
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
