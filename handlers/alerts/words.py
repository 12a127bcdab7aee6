"""An alert in the reader's words: what was understood, what its values are now, and what could not be read."""

from collections.abc import Mapping
from typing import Final

from handlers.alerts.catalogue import Catalogue
from handlers.alerts.condition import Condition, Joined, Operator, Predicate, WatchedValue, predicates
from handlers.alerts.grammar import AlertFault, FaultCode
from handlers.alerts.rule import Rule
from handlers.alerts.truth import NO_VALUE, CurrentValue
from handlers.locale.messages import N_, Translator
from handlers.render.html import Html, bold, code, esc, fill, glue, join
from handlers.render.words import DASH, moment_tag, number, price, span

_LEAST_DECIMALS: Final = 2
_MOST_DECIMALS: Final = 8

_OPERATORS: Final[Mapping[Operator, str]] = {
    ">": N_("{value} above {level}"),
    ">=": N_("{value} at or above {level}"),
    "<": N_("{value} below {level}"),
    "<=": N_("{value} at or below {level}"),
    "crosses": N_("{value} crosses {level}"),
    "crosses_up": N_("{value} rises through {level}"),
    "crosses_down": N_("{value} falls through {level}"),
    "changes": N_("{value} changes"),
}
_JOINS: Final = {"&": N_("and"), "|": N_("or")}
_FAULTS: Final[Mapping[FaultCode, str]] = {
    "empty": N_("A condition is missing. For example: {example}"),
    "name": N_("There is no {word} to watch. For example: {example}"),
    "interval": N_("{word} has an interval that cannot be watched. For example: {example}"),
    "operator": N_("After the name comes > < >= <= crosses or changes, not {word}. For example: {example}"),
    "level": N_("A number is missing at {word}. For example: {example}"),
    "thousands": N_("{word} can be read in two ways. For example: {example}"),
    "scale": N_("{word} is never reached. Its scale: {example}"),
    "no_words": N_("{word} is a number and has no word that changes. For example: {example}"),
    "no_number": N_("{word} is a word and no number. For example: {example}"),
    "bracket": N_("The bracket {word} has no partner. For example: {example}"),
    "word": N_("I do not understand {word}. For example: {example}"),
    "length": N_("{word} is no length of time. For example: {example}"),
    "until": N_("{word} is no moment to come. For example: {example}"),
    "twice": N_("{word} is said twice. For example: {example}"),
    "long": N_("An alert has at most {word} comparisons. For example: {example}"),
}


def fault_line(fault: AlertFault, tr: Translator) -> Html:
    """Return the one line that says what could not be read and what to type instead."""
    return fill(tr.gettext(_FAULTS[fault.code]), word=bold(fault.word), example=code(fault.example))


class AlertWords:
    """Says rules and values in one language; ``interval`` is that of names without one, ``zone`` the chat's."""

    def __init__(self, catalogue: Catalogue, tr: Translator, *, interval: str, zone: str) -> None:
        self._catalogue = catalogue
        self._tr = tr
        self._interval = interval
        self._zone = zone

    def rule(self, symbol: str, rule: Rule) -> Html:
        """Return what was understood: the condition, for how long, how often, until when."""
        said = [glue(bold(symbol), esc(": "), self.condition(rule.condition))]
        if rule.hold_ms:
            said.append(fill(self._tr.gettext("for at least {length}"), length=self._span(rule.hold_ms)))
        said.append(fill(self._tr.gettext("at most every {length}"), length=self._span(rule.cooldown_ms)))
        if rule.until_ms is not None:
            until = moment_tag(rule.until_ms, self._zone, self._tr.language)
            said.append(fill(self._tr.gettext("until {time}"), time=until))
        return join(", ", said)

    def condition(self, condition: Condition) -> Html:
        """Return a condition as a phrase; what is joined inside another stands in parentheses."""
        if isinstance(condition, Predicate):
            level = DASH if condition.level is None else self._level(condition.watched, condition.level)
            said = self._tr.gettext(_OPERATORS[condition.operator])
            return fill(said, value=self.title(condition.watched), level=esc(level))
        word = self._tr.gettext(_JOINS[condition.by])
        return join(f" {word} ", [self._nested(part) for part in condition.parts])

    def now(self, condition: Condition, values: Mapping[WatchedValue, CurrentValue]) -> Html:
        """Return the present values of what a condition looks at, each once; a dash where there is none."""
        watched = dict.fromkeys(one.watched for one in predicates(condition))
        return join(
            ", ",
            [glue(self.title(one), esc(" "), self._value(one, values.get(one, NO_VALUE))) for one in watched],
        )

    def title(self, watched: WatchedValue) -> Html:
        """Return what is watched by its title, with its interval where it has one."""
        found = self._catalogue.of(watched)
        title = esc(self._tr.gettext(found.title))
        return glue(title, esc(f" {watched.interval or self._interval}")) if found.intervals else title

    def _nested(self, part: Condition) -> Html:
        said = self.condition(part)
        return glue(esc("("), said, esc(")")) if isinstance(part, Joined) else said

    def _value(self, watched: WatchedValue, current: CurrentValue) -> Html:
        if current.number is not None:
            return bold(self._number(watched, current.number, self._catalogue.of(watched).decimals))
        return bold(DASH if current.word is None else self._tr.gettext(current.word))

    def _level(self, watched: WatchedValue, level: float) -> str:
        return self._number(watched, level, _decimals(level))

    def _number(self, watched: WatchedValue, value: float, decimals: int) -> str:
        if self._catalogue.of(watched).is_price:
            return price(value, self._tr.language)
        return number(value, decimals, self._tr.language)

    def _span(self, length_ms: int) -> Html:
        return esc(span(length_ms, self._tr.language))


def _decimals(level: float) -> int:
    """As many decimals as a level was written with, at least two."""
    fits = (places for places in range(_LEAST_DECIMALS, _MOST_DECIMALS) if round(level, places) == level)
    return next(fits, _MOST_DECIMALS)
