"""Looks at every alert, again and again: what it watches is asked once for all, what fires goes to the outbox."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, cast

import structlog

from analysis.framework.question import Instrument, Market, Request
from analysis.framework.result import Analysis
from bot.scheduler.push import Push
from composite.result import Composite
from handlers.alerts.catalogue import Catalogue
from handlers.alerts.condition import WatchedValue, predicates
from handlers.alerts.grammar import AlertFault
from handlers.alerts.machine import step
from handlers.alerts.questions import AlertQuestion, AlertQuestions
from handlers.alerts.rule import Rule
from handlers.alerts.stored import rule_of, standing_of, state_of
from handlers.alerts.truth import CurrentValues
from handlers.ports import AnalysisRunner, CompositePort
from utils.caching import LruMap
from utils.clock import Clock
from utils.http.errors import SourceError
from utils.priority import background
from utils.store.alerts import Advance, AlertDefinition, StoredAlert
from utils.store.outbox import Outgoing
from utils.store.store import Store
from utils.units import MINUTE_MS

LOOK_S: Final = 5.0
"""The time between two looks."""
AT_ONCE: Final = 4
"""Questions that are under way at the same time."""
AGAIN_MS: Final = MINUTE_MS
"""So long after a failure a question is asked again."""
FRESH_MS: Final = 30 * MINUTE_MS
"""So long a push is news."""
REMEMBERED: Final = 16_384
"""Rules that are not read anew at every look."""
Answer = float | Analysis | Composite
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Answered:
    """The answer to a question, ``None`` where there was none, and when to ask again (UTC ms)."""

    answer: Answer | None
    next_ms: int


class AlertWatch:
    """Looks at all alerts of a bot until it is cancelled.

    ``store`` returns the open database, ``None`` without one; ``price`` the price of an instrument; ``words`` makes the
    push of an alert that fires from its rule and the values that made it fire; ``now_ms`` is market time.
    """

    def __init__(
        self,
        store: Callable[[], Store | None],
        runner: AnalysisRunner,
        composites: CompositePort,
        price: Callable[[Instrument], Awaitable[float]],
        catalogue: Catalogue,
        questions: AlertQuestions,
        clock: Clock,
        *,
        words: Callable[[StoredAlert, Rule, CurrentValues], Push],
        bot_id: Callable[[], int],
        now_ms: Callable[[], int],
        on_fired: Callable[[], None],
    ) -> None:
        self._store = store
        self._runner = runner
        self._composites = composites
        self._price = price
        self._catalogue = catalogue
        self._questions = questions
        self._clock = clock
        self._words = words
        self._bot_id = bot_id
        self._now_ms = now_ms
        self._on_fired = on_fired
        self._answered: dict[AlertQuestion, _Answered] = {}
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._rules: LruMap[AlertDefinition, Rule | AlertFault] = LruMap(REMEMBERED)

    async def run(self) -> None:
        """Look again and again, as background work; a database that fails is tried at the next look."""
        with background():
            while True:
                try:
                    await self.look()
                except SourceError as error:
                    log.warning("alerts not looked at, trying again", detail=error.detail)
                await self._clock.sleep(LOOK_S)

    async def look(self) -> int:
        """Look at every alert once; return how many fired. Raises `SourceError` when the database fails."""
        store = self._store()
        if store is None:
            return 0
        alerts = [
            (alert, rule, self._needs(alert, rule))
            for alert in await store.alerts.live(self._bot_id())
            if (rule := self._rule(alert))
        ]
        await self._ask({question for _, _, needs in alerts for question in needs.values()})
        advances = [one for each in alerts if (one := self._advance(*each)) is not None]
        await store.alerts.advance(advances, now_ms=self._clock.now_ms())
        fired = sum(one.message is not None for one in advances)
        if fired:
            self._on_fired()
        return fired

    def _rule(self, alert: StoredAlert) -> Rule | None:
        """The rule of an alert; ``None`` for one that watches what there is no longer, which is said once."""
        rule = self._rules.get(alert.definition)
        if rule is None:
            rule = rule_of(alert.definition, self._catalogue)
            self._rules.put(alert.definition, rule)
            if isinstance(rule, AlertFault):
                log.warning("alert cannot be read", rule=alert.definition.rule, word=rule.word)
        return None if isinstance(rule, AlertFault) else rule

    def _needs(self, alert: StoredAlert, rule: Rule) -> Mapping[WatchedValue, AlertQuestion]:
        asked = alert.definition
        market = cast(Market, asked.market)
        return {
            one.watched: self._questions.question(one.watched, asked.symbol, market, asked.interval)
            for one in predicates(rule.condition)
        }

    async def _ask(self, questions: Iterable[AlertQuestion]) -> None:
        """Ask what has another answer by now; forget what nobody needs."""
        needed = set(questions)
        self._answered = {one: found for one, found in self._answered.items() if one in needed}
        now_ms = self._now_ms()
        due = [one for one in needed if one not in self._answered or self._answered[one].next_ms <= now_ms]
        async with asyncio.TaskGroup() as group:
            for one in sorted(due, key=lambda question: (question.symbol, question.source, question.id)):
                group.create_task(self._ask_one(one))

    async def _ask_one(self, question: AlertQuestion) -> None:
        async with self._turns:
            answer = await self._answer(question)
        now_ms = self._now_ms()
        next_ms = now_ms + AGAIN_MS if answer is None else self._questions.next_ms(question, now_ms)
        self._answered[question] = _Answered(answer, next_ms)

    async def _answer(self, question: AlertQuestion) -> Answer | None:
        """The answer to a question; ``None`` after a failure, which concerns the alerts that need it alone."""
        request = Request(question.symbol, question.interval, market=question.market)
        try:
            if question.source == "price":
                return await self._price(Instrument(question.market, question.symbol))
            if question.source == "composite":
                return await self._composites.score(question.id, request)
            return await self._runner.run(question.id, request)
        except SourceError as error:
            log.info(
                "value of an alert not known",
                question=question.id,
                symbol=question.symbol,
                detail=error.detail,
            )
        except Exception:
            log.exception("value of an alert failed", question=question.id, symbol=question.symbol)
        return None

    def _advance(
        self, alert: StoredAlert, rule: Rule, needs: Mapping[WatchedValue, AlertQuestion]
    ) -> Advance | None:
        """What this look makes of an alert; ``None`` where nothing changes."""
        values = {
            watched: self._questions.value(watched, self._answered[question].answer)
            for watched, question in needs.items()
        }
        before, now_ms = state_of(alert.standing), self._clock.now_ms()
        made = step(rule, before, values, now_ms)
        if made.state == before:
            return None
        fired = alert.standing.fired + made.fires
        message = self._message(alert, rule, values, now_ms) if made.fires else None
        return Advance(alert.key, alert.version, standing_of(made.state, fired=fired), message)

    def _message(self, alert: StoredAlert, rule: Rule, values: CurrentValues, now_ms: int) -> Outgoing:
        key = alert.key
        name = f"alert {key.bot_id} {key.chat_id} {key.number} {alert.created_at} {alert.version}"
        push = self._words(alert, rule, values)
        return Outgoing(name, alert.definition.to, push.to_json(), now_ms, now_ms + FRESH_MS)
