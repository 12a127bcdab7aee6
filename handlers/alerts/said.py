"""What is said of stored alerts: of one with its state, of all in a list, and of one that fired."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from handlers.alerts.buttons import push_keyboard
from handlers.alerts.catalogue import Catalogue
from handlers.alerts.condition import Condition
from handlers.alerts.rule import Rule
from handlers.alerts.sight import Blindness
from handlers.alerts.stored import rule_of, subject
from handlers.alerts.truth import CurrentValues, look
from handlers.alerts.typed import typed_rule, with_intervals
from handlers.alerts.words import AlertWords
from handlers.locale.messages import N_, Translator
from handlers.ports import Keyboard
from handlers.render.html import Html, bold, code, dotted, esc, fill, glue, join
from handlers.render.words import moment_tag
from utils.store.alerts import AlertDefinition, StoredAlert

_BLIND: Final[Mapping[Blindness, str]] = {
    "refused": N_("the exchange refuses the question; perhaps it lists the symbol no more"),
    "silent": N_("the source does not answer"),
    "empty": N_("a value of it is missing now"),
    "name": N_("it watches what there is no longer"),
}
_PHASES: Final[Mapping[str, str]] = {
    "armed": N_("waiting"),
    "pending": N_("true, and watched for how long"),
    "cooling": N_("in its cooldown"),
    "expired": N_("ended"),
}


@dataclass(frozen=True, slots=True)
class Notice:
    """A message that nobody asked for now, and the line that stands for it in a summary of several."""

    text: Html
    line: Html
    keyboard: Keyboard = ()


class AlertSayings:
    """Says stored alerts in one language and zone."""

    def __init__(self, catalogue: Catalogue, tr: Translator, zone: str) -> None:
        self._catalogue = catalogue
        self._tr = tr
        self._zone = zone

    def rule(self, alert: StoredAlert) -> Html:
        """Return what an alert watches, in full; its text where that cannot be read any more."""
        return self.asked(alert.definition)

    def asked(self, definition: AlertDefinition) -> Html:
        """Return what somebody asked for, in full."""
        rule = rule_of(definition, self._catalogue)
        if not isinstance(rule, Rule):
            return glue(bold(subject(definition)), esc(": "), code(definition.rule))
        return self._words(definition).rule(subject(definition), rule)

    def short(self, definition: AlertDefinition) -> Html:
        """Return the symbol and the condition."""
        rule = rule_of(definition, self._catalogue)
        said = (
            self._condition(definition, rule.condition) if isinstance(rule, Rule) else code(definition.rule)
        )
        return glue(bold(subject(definition)), esc(": "), said)

    def now(self, definition: AlertDefinition, rule: Rule, values: CurrentValues) -> Html:
        """Return the present values, and whether the condition is true now."""
        truth, _ = look(rule.condition, values, (), waiting=False)
        said = {
            True: self._tr.gettext("It is true now."),
            False: self._tr.gettext("It is not true now."),
            None: self._tr.gettext("Whether it is true now is not known."),
        }[truth]
        return fill(
            self._tr.gettext("Now: {values}. {truth}"),
            values=self._words(definition).now(rule.condition, values),
            truth=bold(said),
        )

    def state(self, alert: StoredAlert, now_ms: int) -> Html:
        """Return the state of an alert in one line: its phase, snooze, how often and when it fired last."""
        tr, standing = self._tr, alert.standing
        said = [esc(tr.gettext(_PHASES[standing.phase]))]
        if standing.phase != "expired":
            if standing.unknown_since is not None:
                since = self._at(standing.unknown_since)
                said = [fill(tr.gettext("not known since {time}"), time=since)]
            if standing.silent_until > now_ms:
                until = self._at(standing.silent_until)
                said.append(fill(tr.gettext("snoozed until {time}"), time=until))
            elif standing.is_seen:
                said.append(esc(tr.gettext("seen: silent until it was false once")))
        if standing.fired_at is not None:
            times = tr.ngettext("fired {count} time", "fired {count} times", standing.fired)
            last = fill(tr.gettext("last {time}"), time=self._at(standing.fired_at))
            said.append(glue(esc(f"{times}, "), last))
        return dotted(said)

    def fired(self, alert: StoredAlert, rule: Rule, values: CurrentValues, now_ms: int) -> Notice:
        """Return the push of an alert that fired: what came true, the values, the time, and its buttons."""
        asked = alert.definition
        head = glue(bold(subject(asked)), esc(": "), self._condition(asked, rule.condition))
        current = self._words(asked).now(rule.condition, values)
        number = esc(self._tr.gettext("Alert {number}", number=alert.key.number))
        foot = glue(number, esc(" · "), self._at(now_ms))
        text = join("\n", [head, current, foot])
        line = glue(self._at(now_ms), esc(" "), head, esc(" ("), current, esc(")"))
        return Notice(text, line, push_keyboard(alert, self._tr))

    def lost(self, alerts: Sequence[tuple[StoredAlert, Blindness]]) -> Notice:
        """Return that alerts cannot be looked at, each with the reason."""
        head = self._tr.ngettext(
            "I cannot watch {count} alert now, and go on trying:",
            "I cannot watch {count} alerts now, and go on trying:",
            len(alerts),
        )
        return self._notice(
            head,
            [
                fill("{alert} – {why}", alert=self._numbered(alert), why=esc(self._tr.gettext(_BLIND[why])))
                for alert, why in alerts
            ],
        )

    def back(self, alerts: Sequence[StoredAlert]) -> Notice:
        """Return that alerts can be looked at again."""
        head = self._tr.ngettext(
            "I can watch {count} alert again:", "I can watch {count} alerts again:", len(alerts)
        )
        return self._notice(head, [self._numbered(alert) for alert in alerts])

    def command(self, alert: StoredAlert) -> str:
        """Return the command that asks for the same alert again, to be changed and sent."""
        asked = alert.definition
        rule = rule_of(asked, self._catalogue)
        text = f"{subject(asked)} {asked.rule}"
        if isinstance(rule, Rule):
            condition = with_intervals(rule.condition, asked.interval, self._catalogue)
            text = typed_rule(replace(rule, condition=condition), subject(asked), self._zone)
        return f"/alert edit {alert.key.number} {text}"

    def _notice(self, head: str, lines: list[Html]) -> Notice:
        text = join("\n", [bold(head), *(glue(esc("• "), line) for line in lines)])
        return Notice(text, join(" ", [esc(head), join("; ", lines)]))

    def _numbered(self, alert: StoredAlert) -> Html:
        return glue(esc(f"{alert.key.number} "), self.short(alert.definition))

    def _condition(self, definition: AlertDefinition, condition: Condition) -> Html:
        return self._words(definition).condition(condition)

    def _words(self, definition: AlertDefinition) -> AlertWords:
        return AlertWords(self._catalogue, self._tr, interval=definition.interval, zone=self._zone)

    def _at(self, at_ms: int) -> Html:
        return moment_tag(at_ms, self._zone, self._tr.language)
