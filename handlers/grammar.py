"""The grammar of every command: ``/cmd[@Bot] [SYMBOL…] [INTERVAL] [@TIME]``, arguments in any order."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal
from zoneinfo import ZoneInfo

from handlers.time_argument import TimeFault, parse_time
from utils.binance_api.intervals import MONTH, SHORTEST_MS

MAX_WORD_LENGTH = 32  # the longest listed symbol with its quote has 22 characters

ArgumentFault = Literal["word", "interval", "two_intervals", "two_times", "too_many_symbols"] | TimeFault

_COMMAND = re.compile(r"/([A-Za-z0-9_]{1,64})(?:@([A-Za-z0-9_]{1,64}))?(?=\s|$)", re.ASCII)
_INTERVAL = re.compile(r"(\d{1,5})(m|min|h|d|w|M|H|D|W)", re.ASCII)
_UNIT_MS = {"m": 60_000, "min": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}
_NAMES = {length: name for name, length in SHORTEST_MS.items() if name != MONTH}


@dataclass(frozen=True, slots=True)
class CommandLine:
    """A message that is a command: its name in lower case, the bot it is addressed to, and its arguments."""

    name: str
    addressed: str | None
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Arguments:
    """The parsed arguments; ``None`` and empty mean the chat's defaults. ``at_ms`` is UTC."""

    symbols: tuple[str, ...] = ()
    interval: str | None = None
    at_ms: int | None = None


@dataclass(frozen=True, slots=True)
class InvalidArgument:
    """An argument that could not be parsed: a fault code, the word as typed, and a correct example."""

    code: ArgumentFault
    word: str
    example: str


def read_command(text: str) -> CommandLine | None:
    """Return the command of a message, ``None`` if it is not one.

    Invisible marks (right-to-left, zero-width) are removed and full-width letters become plain ones: phone keyboards
    and copying add both.
    """
    visible = _visible(text).lstrip()
    match = _COMMAND.match(visible)
    if match is None:
        return None
    words = tuple(visible[match.end() :].split())
    return CommandLine(match[1].lower(), match[2], words)


def read_words(text: str) -> tuple[str, ...]:
    """Return the words of a text that is not a command, normalised as `read_command` does."""
    return tuple(_visible(text).split())


def parse_arguments(
    words: tuple[str, ...], *, command: str, now_ms: int, zone: ZoneInfo, max_symbols: int = 1
) -> Arguments | InvalidArgument:
    """Sort words into symbols, interval and time, or name the first invalid one. Pure; no symbol is looked up."""
    parser = _Parser(command, now_ms, zone, max_symbols)
    for word in words:
        fault = parser.take(word)
        if fault is not None:
            return InvalidArgument(fault, word, parser.example(fault))
    return Arguments(tuple(parser.symbols.values()), parser.interval, parser.at_ms)


def normal_interval(word: str) -> str | None:
    """Return the exchange's name of an interval (``60m`` is ``1h``, ``1D`` is ``1d``), ``None`` if there is none.

    ``1m`` is a minute and ``1M`` a month, as on the exchange.
    """
    match = _INTERVAL.fullmatch(word)
    if match is None:
        return None
    if match[2] == "M":
        return MONTH if int(match[1]) == 1 else None
    return _NAMES.get(int(match[1]) * _UNIT_MS[match[2].lower()])


class _Parser:
    """Collects the arguments word by word; each method returns what is wrong with its word, ``None`` if nothing."""

    def __init__(self, command: str, now_ms: int, zone: ZoneInfo, max_symbols: int) -> None:
        self._command = command
        self._now_ms = now_ms
        self._zone = zone
        self._max_symbols = max_symbols
        self.symbols: dict[str, str] = {}
        self.interval: str | None = None
        self.at_ms: int | None = None

    def take(self, word: str) -> ArgumentFault | None:
        if word.startswith("@"):
            return self._take_time(word[1:])
        if _INTERVAL.fullmatch(word):
            return self._take_interval(word)
        return self._take_symbol(word)

    def example(self, fault: ArgumentFault) -> str:
        if fault in {"time", "future", "too_early", "two_times"}:
            return f"/{self._command} BTC @2024-08-05T12:00"
        return f"/{self._command} BTC 4h"

    def _take_time(self, word: str) -> ArgumentFault | None:
        at_ms = parse_time(word, self._now_ms, self._zone)
        if isinstance(at_ms, str):
            return at_ms
        if self.at_ms not in {None, at_ms}:
            return "two_times"
        self.at_ms = at_ms
        return None

    def _take_interval(self, word: str) -> ArgumentFault | None:
        interval = normal_interval(word)
        if interval is None:
            return "interval"
        if self.interval not in {None, interval}:
            return "two_intervals"
        self.interval = interval
        return None

    def _take_symbol(self, word: str) -> ArgumentFault | None:
        if len(word) > MAX_WORD_LENGTH or not any(char.isalnum() for char in word):
            return "word"
        self.symbols.setdefault(word.casefold(), word)
        return "too_many_symbols" if len(self.symbols) > self._max_symbols else None


def _visible(text: str) -> str:
    normal = unicodedata.normalize("NFKC", text)
    return "".join(char for char in normal if char.isspace() or unicodedata.category(char)[0] != "C")
