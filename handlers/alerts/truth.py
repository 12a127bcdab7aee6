"""Whether a condition is true now, from what its values are and what is remembered of them.

A comparison with a level that has become true stays so until its value is back beyond the level by a margin: a value
that hovers on the line becomes true once. A crossing counts where the value came from beyond that margin; it is true at
the look that sees it, and while the alert waits for its ``for`` as long as the value stays where it came to. What has
no value is neither true nor false (Kleene's three-valued logic).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import ge, gt, le, lt
from typing import Final, Literal

from handlers.alerts.condition import Condition, Predicate, WatchedValue, predicates

Truth = bool | None
"""``None`` where it is not known."""
Way = Literal["up", "down", "word"]

_UPWARD: Final[Mapping[str, Callable[[float, float], bool]]] = {
    ">": gt,
    ">=": ge,
    "crosses": gt,
    "crosses_up": gt,
}
_DOWNWARD: Final[Mapping[str, Callable[[float, float], bool]]] = {
    "<": lt,
    "<=": le,
    "crosses": lt,
    "crosses_down": lt,
}


@dataclass(frozen=True, slots=True)
class CurrentValue:
    """What a watched value is now: a number, a word, or neither. ``margin`` is how far back it must go, in its unit."""

    number: float | None = None
    word: str | None = None
    margin: float = 0.0


@dataclass(frozen=True, slots=True)
class Memory:
    """What is remembered of one comparison.

    ``above`` and ``below`` say whether the value has gone beyond the level and not yet back by the margin, ``None``
    before it was seen; ``word`` which word it had. ``moved`` says which way it moved while the alert waits.
    """

    above: bool | None = None
    below: bool | None = None
    word: str | None = None
    moved: Way | None = None


NO_VALUE: Final = CurrentValue()
NOTHING_SEEN: Final = Memory()
CurrentValues = Mapping[WatchedValue, CurrentValue]


def look(
    condition: Condition, values: CurrentValues, memories: Sequence[Memory], *, waiting: bool
) -> tuple[Truth, tuple[Memory, ...]]:
    """Return whether a condition is true, and what is remembered of its predicates from left to right.

    ``waiting`` says that it was true at the look before and waits for its ``for``.
    """
    every = list(predicates(condition))
    before = list(memories) or [NOTHING_SEEN] * len(every)
    seen = [
        _look_at(one, values.get(one.watched, NO_VALUE), memory, waiting=waiting)
        for one, memory in zip(every, before, strict=True)
    ]
    truths = iter([truth for truth, _ in seen])
    return _joined(condition, lambda: next(truths)), tuple(memory for _, memory in seen)


def _joined(condition: Condition, truth_of_next: Callable[[], Truth]) -> Truth:
    if isinstance(condition, Predicate):
        return truth_of_next()
    truths = [_joined(part, truth_of_next) for part in condition.parts]
    decisive = condition.by == "|"
    if decisive in truths:
        return decisive
    return None if None in truths else not decisive


def _look_at(one: Predicate, current: CurrentValue, memory: Memory, *, waiting: bool) -> tuple[Truth, Memory]:
    if one.operator == "changes":
        return _look_at_word(current, memory, waiting=waiting)
    if current.number is None or one.level is None:
        return None, replace(memory, moved=None)
    above = _gone(_UPWARD.get(one.operator), current.number, one.level, -current.margin, held=memory.above)
    below = _gone(_DOWNWARD.get(one.operator), current.number, one.level, current.margin, held=memory.below)
    if one.operator in {">", ">="}:
        return above, Memory(above=above)
    if one.operator in {"<", "<="}:
        return below, Memory(below=below)
    still = memory.moved if waiting else None
    moved: Way | None = None
    if above and (memory.above is False or still == "up"):
        moved = "up"
    elif below and (memory.below is False or still == "down"):
        moved = "down"
    return moved is not None, Memory(above=above, below=below, moved=moved)


def _gone(
    beyond: Callable[[float, float], bool] | None,
    value: float,
    level: float,
    back: float,
    *,
    held: bool | None,
) -> bool | None:
    """Whether a value is beyond a level, or was and is not back by the margin; ``None`` on a side nobody asks about."""
    return None if beyond is None else beyond(value, level + back if held else level)


def _look_at_word(current: CurrentValue, memory: Memory, *, waiting: bool) -> tuple[Truth, Memory]:
    if current.word is None:
        return None, replace(memory, moved=None)
    changed = memory.word is not None and current.word != memory.word
    stays = waiting and memory.moved == "word" and current.word == memory.word
    return changed or stays, Memory(word=current.word, moved="word" if changed or stays else None)
