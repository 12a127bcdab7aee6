"""The grammar of an alert: ``[SYMBOL] CONDITION [for LENGTH] [cooldown LENGTH] [until TIME]``.

A condition is ``NAME OPERATOR LEVEL``, joined by ``&`` and ``|``, of which ``&`` binds closer, and by parentheses:
``btc trend_strength.4h > 0.8 & liquidity_pressure < 0.3 for 5m cooldown 2h until 2026-12-31``.
"""

from dataclasses import dataclass, replace
from typing import Final, Literal
from zoneinfo import ZoneInfo

from handlers.alerts.catalogue import PRICE, Catalogue, NoInterval, UnknownName
from handlers.alerts.condition import Condition, Joined, Predicate, WatchedValue, predicates
from handlers.alerts.lexer import Token, tokens_of
from handlers.alerts.rule import Rule
from handlers.time_argument import parse_future, takes_clock
from handlers.time_units import MONTH_UNIT, UNIT_MS, counted, unit_of

FaultCode = Literal[
    "empty",
    "name",
    "interval",
    "operator",
    "level",
    "thousands",
    "scale",
    "no_words",
    "no_number",
    "bracket",
    "word",
    "length",
    "until",
    "twice",
    "long",
]
EXAMPLE: Final = "btc trend_strength.4h > 0.8"
_PRICE_LEVEL, _SCORE_LEVEL = "70k", "0.8"
"""Levels of examples."""
MOST_PREDICATES: Final = 8
MOST_DEPTH: Final = 8
_END: Final = Token("other", "")
_PRICE: Final = Token("name", PRICE.name)


@dataclass(frozen=True, slots=True)
class AlertFault:
    """What is wrong with an alert's text: a code, the word as typed, and a correct example."""

    code: FaultCode
    word: str
    example: str


def _compared(name: str, operator: str = ">") -> str:
    """Return an example of a comparison."""
    return f"{name} {operator} {_PRICE_LEVEL if name == 'price' else _SCORE_LEVEL}"


class _InvalidAlert(Exception):
    def __init__(self, code: FaultCode, word: str, example: str = EXAMPLE) -> None:
        super().__init__(code)
        self.fault = AlertFault(code, word, example)


def parse_alert(text: str, catalogue: Catalogue, *, now_ms: int, zone: ZoneInfo) -> Rule | AlertFault:
    """Return the rule that a text asks for, or the first thing in it that cannot be understood. Pure.

    ``zone`` is the chat's, in which ``until`` is read.
    """
    try:
        return _Parser(tokens_of(text), catalogue, now_ms, zone).rule()
    except _InvalidAlert as invalid:
        return invalid.fault


class _Parser:
    """A recursive descent over the tokens, of limited depth."""

    def __init__(self, tokens: tuple[Token, ...], catalogue: Catalogue, now_ms: int, zone: ZoneInfo) -> None:
        self._tokens = tokens
        self._at = 0
        self._depth = 0
        self._catalogue = catalogue
        self._now_ms = now_ms
        self._zone = zone

    def rule(self) -> Rule:
        if not self._tokens:
            raise _InvalidAlert("empty", "")
        symbol = self._symbol()
        condition = self._any()
        if len(list(predicates(condition))) > MOST_PREDICATES:
            raise _InvalidAlert("long", str(MOST_PREDICATES))
        return self._options(Rule(symbol, condition))

    def _symbol(self) -> str | None:
        """The first word where a condition follows it; before an operator it is a symbol whose price is meant."""
        first, follows = self._look(), self._look(1).kind
        if first.kind == "name" and follows in {"name", "open"}:
            return self._take().text
        if first.kind == "name" and follows == "operator" and self._is_symbol(first.text):
            self._tokens = (first, _PRICE, *self._tokens[1:])
            return self._take().text
        return None

    def _is_symbol(self, word: str) -> bool:
        return isinstance(self._catalogue.find(word), UnknownName) and not set("._") & set(word)

    def _any(self) -> Condition:
        parts = [self._all()]
        while self._joins("|"):
            parts.append(self._all())
        return parts[0] if len(parts) == 1 else Joined("|", tuple(parts))

    def _all(self) -> Condition:
        parts = [self._one()]
        while self._joins("&"):
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else Joined("&", tuple(parts))

    def _joins(self, by: Literal["&", "|"]) -> bool:
        if self._look().kind != "join" or self._look().join != by:
            return False
        self._take()
        return True

    def _one(self) -> Condition:
        if self._look().kind == "open":
            return self._bracketed()
        return self._predicate()

    def _bracketed(self) -> Condition:
        opened = self._take()
        self._depth += 1
        if self._depth > MOST_DEPTH:
            raise _InvalidAlert("bracket", opened.text)
        inside = self._any()
        if self._take().kind != "close":
            raise _InvalidAlert("bracket", opened.text)
        self._depth -= 1
        return inside

    def _predicate(self) -> Predicate:
        word = self._take()
        if word.kind != "name":
            raise _InvalidAlert("word" if word.text else "empty", word.text)
        watched = self._watched(word.text)
        sign = self._take()
        if sign.kind != "operator":
            raise _InvalidAlert("operator", sign.text or word.text, _compared(watched.name))
        if sign.operator == "changes":
            return self._change(watched)
        return Predicate(watched, sign.operator, self._level(watched, sign))

    def _watched(self, name: str) -> WatchedValue:
        found = self._catalogue.find(name)
        if isinstance(found, UnknownName):
            raise _InvalidAlert("name", name, EXAMPLE if found.nearest is None else _compared(found.nearest))
        if isinstance(found, NoInterval):
            takes = self._catalogue.of(found.watched).intervals
            right = replace(found.watched, interval="4h") if takes else found.watched
            raise _InvalidAlert("interval", name, right.name)
        return found

    def _change(self, watched: WatchedValue) -> Predicate:
        if not self._catalogue.of(watched).words:
            raise _InvalidAlert("no_words", watched.name, _compared(watched.name, "crosses"))
        return Predicate(watched, "changes", None)

    def _level(self, watched: WatchedValue, sign: Token) -> float:
        found = self._catalogue.of(watched)
        if not found.numbers:
            raise _InvalidAlert("no_number", watched.name, f"{watched.name} changes")
        number = self._take()
        if number.kind != "number":
            raise _InvalidAlert("level", number.text or sign.text, _compared(watched.name, sign.operator))
        level = number.value
        if level is None:
            plain = number.text.replace(",", "")
            raise _InvalidAlert("thousands", number.text, f"{watched.name} {sign.operator} {plain}")
        if not found.scale.holds(level):
            raise _InvalidAlert(
                "scale", number.text, f"{watched.name}: {found.scale.low:g} … {found.scale.high:g}"
            )
        return level

    def _options(self, rule: Rule) -> Rule:
        given = set[str]()
        while (option := self._take()).text:
            name = option.text.casefold()
            if option.kind == "close":
                raise _InvalidAlert("bracket", option.text)
            if option.kind != "option":
                raise _InvalidAlert("word", option.text)
            if name in given:
                raise _InvalidAlert("twice", option.text)
            given.add(name)
            rule = self._with_option(rule, name)
        return rule

    def _with_option(self, rule: Rule, name: str) -> Rule:
        if name == "until":
            return replace(rule, until_ms=self._until())
        length = self._length(name)
        return replace(rule, hold_ms=length) if name == "for" else replace(rule, cooldown_ms=length)

    def _length(self, option: str) -> int:
        """A length of time: ``5m``, or a number and its unit apart."""
        word = self._take().text
        unit = unit_of(self._look().text) if word.isdecimal() else None
        whole = word + self._take().text if unit is not None else word
        found = counted(whole)
        if found is None or found[1] == MONTH_UNIT or found[0] == 0:
            raise _InvalidAlert("length", whole or option, f"{option} 5m")
        return found[0] * UNIT_MS[found[1]]

    def _until(self) -> int:
        word = self._take().text.removeprefix("@")
        if takes_clock(word) and self._look().kind not in {"option", "other"}:
            word = f"{word} {self._take().text}"
        until_ms = parse_future(word, self._now_ms, self._zone)
        if until_ms is None:
            raise _InvalidAlert("until", word or "until", "until 2026-12-31")
        return until_ms

    def _look(self, ahead: int = 0) -> Token:
        place = self._at + ahead
        return self._tokens[place] if place < len(self._tokens) else _END

    def _take(self) -> Token:
        token = self._look()
        self._at += 1
        return token
