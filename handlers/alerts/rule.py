"""What an alert asks for: its condition, for how long it must hold, how often it is said, and until when."""

from dataclasses import dataclass
from typing import Final

from handlers.alerts.condition import Condition, condition_text
from handlers.time_units import UNIT_MS

DEFAULT_COOLDOWN_MS: Final = 2 * UNIT_MS["h"]


@dataclass(frozen=True, slots=True)
class Rule:
    """A condition that must hold for ``hold_ms``; said again after ``cooldown_ms`` at the earliest, until ``until_ms``.

    ``symbol`` is the word as it was typed, ``None`` for the chat's default symbol. Lengths are ms, times UTC ms.
    """

    symbol: str | None
    condition: Condition
    hold_ms: int = 0
    cooldown_ms: int = DEFAULT_COOLDOWN_MS
    until_ms: int | None = None


def length_text(length_ms: int) -> str:
    """Return a length of time as the grammar reads it, in its largest whole unit: ``90m``, ``2h``."""
    unit = next(unit for unit in "wdhm" if length_ms % UNIT_MS[unit] == 0)
    return f"{length_ms // UNIT_MS[unit]}{unit}"


def rule_text(rule: Rule) -> str:
    """Return the rule as its grammar writes it, without the time at which it ends."""
    hold = f" for {length_text(rule.hold_ms)}" if rule.hold_ms else ""
    symbol = "" if rule.symbol is None else f"{rule.symbol} "
    return f"{symbol}{condition_text(rule.condition)}{hold} cooldown {length_text(rule.cooldown_ms)}"
