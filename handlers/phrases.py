"""The words of a command as phrases: lists are taken apart, and what belongs together is joined."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from handlers.time_argument import CLOCK, takes_clock
from handlers.time_units import unit_of

_LIST: Final = re.compile(r"[,;，、]")
_FINAL_MARKS: Final = ".!?:…"
_COUNT: Final = re.compile(r"(?:@[-−–]?)?\d{1,6}", re.ASCII)
_WITH_INTERVAL: Final = re.compile(r"(.*[^\W\d_]{2})(\d{1,4}[^\W\d_]+)")


def phrases_of(words: Sequence[str]) -> list[str]:
    """Return ``btc,eth`` as two phrases, and ``4 h``, ``@ 3 days`` and ``@2024-08-05 12:00`` as one each."""
    phrases: list[str] = []
    for word in _single(words):
        joined = _joined(phrases[-1], word) if phrases else None
        if joined is None:
            phrases.append(word)
        else:
            phrases[-1] = joined
    return phrases


def split_symbol(phrase: str) -> tuple[str, str | None]:
    """Return ``BTC`` and ``4h`` of ``BTC4h``; the whole phrase and ``None`` if it has no such end."""
    match = _WITH_INTERVAL.fullmatch(phrase)
    return (match[1], match[2]) if match else (phrase, None)


def _single(words: Sequence[str]) -> Iterator[str]:
    for word in words:
        parts = [part.rstrip(_FINAL_MARKS) for part in _LIST.split(word)]
        yield from [part for part in parts if part] or [word]


def _joined(before: str, word: str) -> str | None:
    if before == "@" or (_COUNT.fullmatch(before) and unit_of(word)):
        return before + word
    named_day = before.startswith("@") and takes_clock(before[1:])
    return f"{before} {word}" if named_day and CLOCK.fullmatch(word) else None
