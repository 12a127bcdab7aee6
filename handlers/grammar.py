"""The grammar of every command: ``/cmd[@Bot] [SYMBOL…] [INTERVAL] [@TIME]``, the arguments in any order."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal
from zoneinfo import ZoneInfo

from handlers.time_argument import MomentFault, parse_moment
from utils.binance_api.intervals import MONTH, SHORTEST_MS

LONGEST_WORD = 32  # the longest listed symbol with its quote has 22 characters

Fault = Literal["word", "interval", "two_intervals", "two_times", "too_many_symbols"] | MomentFault

_COMMAND = re.compile(r"/([A-Za-z0-9_]{1,64})(?:@([A-Za-z0-9_]{1,64}))?(?=\s|$)", re.ASCII)
_INTERVAL = re.compile(r"(\d{1,5})(m|min|h|d|w|M|H|D|W)", re.ASCII)
_UNIT_MS = {"m": 60_000, "min": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}
_NAMES = {length: name for name, length in SHORTEST_MS.items() if name != MONTH}


@dataclass(frozen=True, slots=True)
class CommandLine:
    """A message that is a command: its lower-case name, the bot it names, and the words behind it."""

    name: str
    addressed: str | None
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Arguments:
    """What a command was asked for; ``None`` and empty mean the chat's defaults. ``at_ms`` is UTC."""

    symbols: tuple[str, ...] = ()
    interval: str | None = None
    at_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Misunderstood:
    """What could not be understood: a code, the offending word as typed, and a correct example."""

    code: Fault
    word: str
    example: str


def read_command(text: str) -> CommandLine | None:
    """Return the command of a message, ``None`` when it is not one.

    Invisible marks (right-to-left, zero-width) and full-width letters are what phones and copying add: they are
    read as if they were not there.
    """
    visible = _visible(text).lstrip()
    match = _COMMAND.match(visible)
    if match is None:
        return None
    words = tuple(visible[match.end() :].split())
    return CommandLine(match[1].lower(), match[2], words)


def read_words(text: str) -> tuple[str, ...]:
    """Return the words of a text that is not a command, as `read_command` would."""
    return tuple(_visible(text).split())


def parse_arguments(
    words: tuple[str, ...], *, command: str, now_ms: int, zone: ZoneInfo, most_symbols: int = 1
) -> Arguments | Misunderstood:
    """Sort words into symbols, interval and moment. Pure; symbols are looked up later by the symbol table."""
    reader = _Reader(command, now_ms, zone, most_symbols)
    for word in words:
        fault = reader.take(word)
        if fault is not None:
            return Misunderstood(fault, word, reader.example(fault))
    return Arguments(tuple(reader.symbols.values()), reader.interval, reader.at_ms)


def normal_interval(word: str) -> str | None:
    """Return the exchange's name of an interval word (``60m`` is ``1h``, ``1D`` is ``1d``), ``None`` for no such.

    ``1m`` is a minute and ``1M`` a month, as on the exchange.
    """
    match = _INTERVAL.fullmatch(word)
    if match is None:
        return None
    if match[2] == "M":
        return MONTH if int(match[1]) == 1 else None
    unit = match[2] if match[2] in _UNIT_MS else match[2].lower()
    return _NAMES.get(int(match[1]) * _UNIT_MS[unit])


class _Reader:
    """Collects the arguments word by word; each taker returns what is wrong, or nothing."""

    def __init__(self, command: str, now_ms: int, zone: ZoneInfo, most_symbols: int) -> None:
        self._command = command
        self._now_ms = now_ms
        self._zone = zone
        self._most_symbols = most_symbols
        self.symbols: dict[str, str] = {}
        self.interval: str | None = None
        self.at_ms: int | None = None

    def take(self, word: str) -> Fault | None:
        if word.startswith("@"):
            return self._take_moment(word[1:])
        if _INTERVAL.fullmatch(word):
            return self._take_interval(word)
        return self._take_symbol(word)

    def example(self, fault: Fault) -> str:
        if fault in {"time", "future", "too_early", "two_times"}:
            return f"/{self._command} BTC @2024-08-05T12:00"
        return f"/{self._command} BTC 4h"

    def _take_moment(self, word: str) -> Fault | None:
        moment = parse_moment(word, self._now_ms, self._zone)
        if isinstance(moment, str):
            return moment
        if self.at_ms not in {None, moment}:
            return "two_times"
        self.at_ms = moment
        return None

    def _take_interval(self, word: str) -> Fault | None:
        interval = normal_interval(word)
        if interval is None:
            return "interval"
        if self.interval not in {None, interval}:
            return "two_intervals"
        self.interval = interval
        return None

    def _take_symbol(self, word: str) -> Fault | None:
        if len(word) > LONGEST_WORD or not any(char.isalnum() for char in word):
            return "word"
        self.symbols.setdefault(word.casefold(), word)
        return "too_many_symbols" if len(self.symbols) > self._most_symbols else None


def _visible(text: str) -> str:
    normal = unicodedata.normalize("NFKC", text)
    return "".join(char for char in normal if char.isspace() or unicodedata.category(char)[0] != "C")
