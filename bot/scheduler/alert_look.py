"""What one look makes of an alert: its values, its standing afterwards, whether it fires, and why it is not known."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bot.scheduler.alert_answers import Answered
from handlers.alerts.condition import WatchedValue
from handlers.alerts.grammar import AlertFault
from handlers.alerts.machine import step
from handlers.alerts.questions import AlertQuestion, AlertQuestions
from handlers.alerts.rule import Rule
from handlers.alerts.sight import TOLD_WITH_MS, Blindness, Sight
from handlers.alerts.stored import standing_after, state_of
from handlers.alerts.truth import NO_VALUE, CurrentValues
from utils.store.alerts import AlertStanding, StoredAlert

Answers = Mapping[AlertQuestion, Answered]
Needs = Mapping[WatchedValue, AlertQuestion]


@dataclass(frozen=True, slots=True)
class WatchedAlert:
    """An alert with its rule and the questions of what it watches; a fault and none where it cannot be read."""

    alert: StoredAlert
    rule: Rule | AlertFault
    needs: Needs


@dataclass(frozen=True, slots=True)
class AlertLook:
    """An alert after a look: ``blind`` says why its condition is not known."""

    watched: WatchedAlert
    values: CurrentValues
    standing: AlertStanding
    fires: bool
    blind: Blindness | None

    @property
    def alert(self) -> StoredAlert:
        """The alert as it stood before."""
        return self.watched.alert

    @property
    def sight(self) -> Sight:
        """Since when the condition is not known, and whether that was told."""
        return _sight(self.standing)

    @property
    def has_changed(self) -> bool:
        """Whether there is anything to store."""
        before = self.alert.standing
        return state_of(before) != state_of(self.standing) or _sight(before) != self.sight

    def told(self, *, is_told: bool) -> "AlertLook":
        """Return the look with what the chat knows of it."""
        return replace(self, standing=replace(self.standing, is_told_unknown=is_told))


def look_at(watched: WatchedAlert, answers: Answers, questions: AlertQuestions, now_ms: int) -> AlertLook:
    """Return what the answers make of an alert. Pure."""
    before = watched.alert.standing
    if isinstance(watched.rule, AlertFault):
        return AlertLook(watched, {}, _seeing(before, now_ms, known=False), False, "name")
    values = values_of(watched.needs, answers, questions)
    made = step(watched.rule, state_of(before), values, now_ms)
    known = made.truth is not None or made.state.phase == "expired"
    standing = _seeing(standing_after(before, made.state), now_ms, known=known)
    if made.fires:
        standing = replace(standing, fired=before.fired + 1, fired_at=now_ms)
    blind = None if known else _blindness(watched.needs, answers, values)
    return AlertLook(watched, values, standing, made.fires, blind)


def values_of(needs: Needs, answers: Answers, questions: AlertQuestions) -> CurrentValues:
    """Return the present values of what is watched."""
    found = {watched: answers[question].answer for watched, question in needs.items()}
    return {
        watched: NO_VALUE if isinstance(answer, str) else questions.value(watched, answer)
        for watched, answer in found.items()
    }


def lost(looks: Sequence[AlertLook], now_ms: int) -> list[AlertLook]:
    """Return the alerts of which a chat is told together that they cannot be looked at."""
    if not any(one.sight.is_lost(now_ms) for one in looks):
        return []
    return [one for one in looks if one.sight.is_lost(now_ms, least_ms=TOLD_WITH_MS)]


def _seeing(standing: AlertStanding, now_ms: int, *, known: bool) -> AlertStanding:
    sight = _sight(standing).after_look(known=known, now_ms=now_ms)
    return replace(standing, unknown_since=sight.unknown_since_ms)


def _sight(standing: AlertStanding) -> Sight:
    return Sight(standing.unknown_since, standing.is_told_unknown)


def _blindness(needs: Needs, answers: Answers, values: CurrentValues) -> Blindness:
    """Why the first value that is missing is missing."""
    for watched, question in needs.items():
        answer, value = answers[question].answer, values[watched]
        if isinstance(answer, str):
            return answer
        if value.number is None and value.word is None:
            return "empty"
    return "empty"
