"""The condition of an alert as a tree: comparisons of watched values, joined by *and* and *or*."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal

Kind = Literal["price", "score", "composite", "metric", "label"]
Bound = Literal[">", ">=", "<", "<="]
Move = Literal["crosses", "crosses_up", "crosses_down", "changes"]
Operator = Bound | Move

BOUNDS: Final[tuple[Bound, ...]] = (">", ">=", "<", "<=")
MOVES: Final[tuple[Move, ...]] = ("crosses", "crosses_up", "crosses_down", "changes")


@dataclass(frozen=True, slots=True)
class WatchedValue:
    """A value that an alert looks at: the price, the score of a module or composite, or a metric or label of a module.

    ``id`` is the module or composite, ``part`` the metric or label. ``interval`` is ``None`` for the price, for what
    has an interval of its own, and for the chat's.
    """

    kind: Kind
    id: str
    part: str = ""
    interval: str | None = None

    @property
    def name(self) -> str:
        """Its name as an alert writes it."""
        return ".".join(word for word in (self.id, self.part, self.interval) if word)


@dataclass(frozen=True, slots=True)
class Predicate:
    """One watched value against a ``level``; ``changes`` has none."""

    watched: WatchedValue
    operator: Operator
    level: float | None


@dataclass(frozen=True, slots=True)
class Joined:
    """Two or more conditions: true when all are (``&``), or when any is (``|``)."""

    by: Literal["&", "|"]
    parts: tuple["Condition", ...]


Condition = Predicate | Joined


def predicates(condition: Condition) -> Iterator[Predicate]:
    """Yield every comparison from left to right."""
    if isinstance(condition, Predicate):
        yield condition
        return
    for part in condition.parts:
        yield from predicates(part)


def condition_text(condition: Condition) -> str:
    """Return the condition as its grammar writes it; reading it again gives the same tree."""
    if isinstance(condition, Predicate):
        level = () if condition.level is None else (format(Decimal(repr(condition.level)), "f"),)
        return " ".join((condition.watched.name, condition.operator, *level))
    return f" {condition.by} ".join(_nested(part) for part in condition.parts)


def _nested(part: Condition) -> str:
    text = condition_text(part)
    return text if isinstance(part, Predicate) else f"({text})"
