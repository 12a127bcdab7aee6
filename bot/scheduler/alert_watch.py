"""Looks at every alert, again and again: what it watches is asked once for all, what fires goes to the outbox.

An alert is looked at as soon as what it watches is answered; it waits for no other one.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from itertools import groupby
from typing import Final, Protocol

import structlog

from analysis.framework.question import Market
from bot.scheduler.alert_answers import AlertAnswers
from bot.scheduler.alert_look import AlertLook, Needs, WatchedAlert, look_at, lost, values_of
from bot.scheduler.looking import look_until_cancelled
from bot.scheduler.push import Push
from handlers.alerts.catalogue import Catalogue
from handlers.alerts.condition import WatchedValue, predicates
from handlers.alerts.grammar import AlertFault
from handlers.alerts.questions import AlertQuestions
from handlers.alerts.rule import Rule
from handlers.alerts.stored import market_of, rule_of
from handlers.alerts.truth import CurrentValues
from utils.caching import LruMap
from utils.clock import Clock
from utils.http.errors import SourceError
from utils.store.alerts import Advance, AlertDefinition, AlertKey, StoredAlert
from utils.store.outbox import Destination, Outgoing
from utils.store.store import Store
from utils.units import MINUTE_MS
from utils.yielding import by_turns

LOOK_S: Final = 5.0
"""The time between two looks."""
FRESH_MS: Final = 30 * MINUTE_MS
"""So long a push is news."""
REMEMBERED: Final = 16_384
"""Rules that are not read anew at every look."""
log = structlog.get_logger(__name__)


class PushWords(Protocol):
    """Says what has become of alerts, in the language and the zone of their chat."""

    async def fired(self, alert: StoredAlert, rule: Rule, values: CurrentValues, now_ms: int) -> Push:
        """Return the push of an alert that the values made fire."""
        ...

    async def lost(self, to: Destination, looks: Sequence[AlertLook]) -> Push:
        """Return what a chat is told of alerts that cannot be looked at."""
        ...

    async def back(self, to: Destination, looks: Sequence[AlertLook]) -> Push:
        """Return what a chat is told of alerts that can be looked at again."""
        ...


class AlertWatch:
    """Looks at all alerts of a bot until it is cancelled.

    ``store`` returns the open database, ``None`` without one; ``quiet_until`` when the quiet hours of a chat end (UTC
    ms), ``None`` where it is not quiet. ``failures`` counts internal errors, ``looked_ms`` is the end of the last look
    that succeeded (UTC ms), 0 before the first.
    """

    def __init__(
        self,
        store: Callable[[], Store | None],
        answers: AlertAnswers,
        catalogue: Catalogue,
        questions: AlertQuestions,
        clock: Clock,
        *,
        words: PushWords,
        bot_id: Callable[[], int],
        quiet_until: Callable[[int, int], Awaitable[int | None]],
    ) -> None:
        self._store = store
        self._answers = answers
        self._catalogue = catalogue
        self._questions = questions
        self._clock = clock
        self._words = words
        self._bot_id = bot_id
        self._quiet_until = quiet_until
        self._rules: LruMap[AlertDefinition, Rule | AlertFault] = LruMap(REMEMBERED)
        self.failures = 0
        self.looked_ms = 0

    async def run(self, on_written: Callable[[], None]) -> None:
        """Look again and again, behind the answers to people; what fails is tried at the next look.

        ``on_written`` is called when messages were written to the outbox.
        """
        try:
            await look_until_cancelled(
                self.look,
                "alerts",
                self._clock,
                every_s=LOOK_S,
                on_written=on_written,
                on_failure=self._note_failure,
            )
        finally:
            await self._answers.close()

    async def look(self) -> int:
        """Look once at every alert that has all its answers; return of how many something is said.

        Raises `SourceError` without the database.
        """
        store = self._store()
        if store is None:
            return 0
        live = await store.alerts.live(self._bot_id())
        alerts = [self._watched(alert) async for alert in by_turns(live)]
        answers = await self._answers.keep({one for alert in alerts for one in alert.needs.values()})
        now_ms = self._clock.now_ms()
        looks = [
            look_at(alert, answers, self._questions, now_ms)
            async for alert in by_turns(alerts)
            if all(one in answers for one in alert.needs.values())
        ]
        advances = await self._advances(looks, now_ms)
        await store.alerts.advance(advances, now_ms=now_ms)
        self.looked_ms = self._clock.now_ms()
        return sum(bool(one.messages) for one in advances)

    async def values(
        self, symbol: str, market: Market, interval: str, watched: Iterable[WatchedValue]
    ) -> CurrentValues:
        """Return present values, those that alerts keep where they are still right."""
        needs = {one: self._questions.question(one, symbol, market, interval) for one in watched}
        return values_of(needs, await self._answers.read(needs.values()), self._questions)

    def _note_failure(self) -> None:
        self.failures += 1

    def _watched(self, alert: StoredAlert) -> WatchedAlert:
        rule = self._rule(alert.definition)
        needs = {} if isinstance(rule, AlertFault) else self._needs(alert.definition, rule)
        return WatchedAlert(alert, rule, needs)

    def _rule(self, definition: AlertDefinition) -> Rule | AlertFault:
        """The rule of an alert; that one watches what there is no longer is logged once."""
        rule = self._rules.get(definition)
        if rule is None:
            rule = rule_of(definition, self._catalogue)
            self._rules.put(definition, rule)
            if isinstance(rule, AlertFault):
                log.warning("alert cannot be read", rule=definition.rule, word=rule.word)
        return rule

    def _needs(self, asked: AlertDefinition, rule: Rule) -> Needs:
        market = market_of(asked)
        return {
            one.watched: self._questions.question(one.watched, asked.symbol, market, asked.interval)
            for one in predicates(rule.condition)
        }

    async def _advances(self, looks: Sequence[AlertLook], now_ms: int) -> list[Advance]:
        """What is stored of the looks, with what is said of them."""
        told = dict[AlertKey, tuple[AlertLook, Outgoing]]()
        for to, some in groupby(sorted(looks, key=_topic_order), key=lambda one: one.alert.definition.to):
            told |= await self._told(to, list(some), now_ms)
        advances = list[Advance]()
        for look in looks:
            after, *notices = told.get(look.alert.key, (look,))
            if look.has_changed or notices:
                advances += await self._advance(after, notices, now_ms)
        return advances

    async def _told(
        self, to: Destination, looks: Sequence[AlertLook], now_ms: int
    ) -> dict[AlertKey, tuple[AlertLook, Outgoing]]:
        """The alerts of a chat or topic of which it is told that they cannot be looked at, or can again."""
        told = dict[AlertKey, tuple[AlertLook, Outgoing]]()
        back = [one for one in looks if one.sight.is_back]
        for some, say, is_told in (
            (lost(looks, now_ms), self._words.lost, True),
            (back, self._words.back, False),
        ):
            if some:
                first = some[0].alert
                name = f"alerts {'lost' if is_told else 'back'} {_name(first)} {first.version}"
                notice = await self._outgoing(name, to, await say(to, some), now_ms)
                told |= {one.alert.key: (one.told(is_told=is_told), notice) for one in some}
        return told

    async def _advance(self, look: AlertLook, notices: list[Outgoing], now_ms: int) -> list[Advance]:
        """What is stored of a look; nothing for an alert whose push cannot be made, which waits for the next look."""
        alert = look.alert
        if look.fires and isinstance(look.watched.rule, Rule):
            try:
                push = await self._words.fired(alert, look.watched.rule, look.values, now_ms)
            except SourceError:
                raise
            except Exception:
                self._note_failure()
                log.exception("push of an alert was not made", chat_id=alert.key.chat_id)
                return []
            name = f"alert {_name(alert)} {alert.version}"
            notices = [*notices, await self._outgoing(name, alert.definition.to, push, now_ms)]
        return [Advance(alert.key, alert.version, look.standing, tuple(notices))]

    async def _outgoing(self, name: str, to: Destination, push: Push, now_ms: int) -> Outgoing:
        """The message of a push: due now, or after the quiet hours, when it is told in one message with others."""
        until_ms = await self._quiet_until(to.chat_id, now_ms)
        if until_ms is None:
            return Outgoing(name, to, push.to_json(), now_ms, now_ms + FRESH_MS)
        return Outgoing(name, to, push.to_json(), until_ms, until_ms - 1)


def _name(alert: StoredAlert) -> str:
    key = alert.key
    return f"{key.bot_id} {key.chat_id} {key.number} {alert.created_at}"


def _topic_order(look: AlertLook) -> tuple[int, int, int]:
    to = look.alert.definition.to
    return to.chat_id, to.thread_id or 0, look.alert.key.number
