"""The grammar of every command: ``/cmd[@Bot] [SYMBOL…] [INTERVAL] [@TIME]``, arguments in any order.

People's own ways are read: ``4 h``, ``4hours``, ``240``, ``D``, ``4s`` (Turkish), ``BTC4h``, ``btc,eth``, a blank
before the time of day.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import log
from typing import Final, Literal
from zoneinfo import ZoneInfo

from handlers.time_argument import CLOCK, TimeFault, parse_time, takes_clock
from handlers.time_units import EVERY, MONTH_UNIT, UNIT_MS, counted, unit_of
from utils.binance_api.intervals import MONTH, SHORTEST_MS

MAX_WORD_LENGTH = 32  # the longest listed symbol with its quote has 22 characters

ArgumentFault = Literal["word", "interval", "two_intervals", "two_times"] | TimeFault

_COMMAND = re.compile(r"/([A-Za-z0-9_]{1,64})(?:@([A-Za-z0-9_]{1,64}))?(?=\s|$)", re.ASCII)
_MOST_DIGITS = 5
_MOST_TRADED: Final = frozenset({"top", "ilk"})  # "top 20" is one phrase
_LIST: Final = re.compile(r"[,;，、]")
_FINAL_MARKS: Final = ".!?:…"
_COUNT: Final = re.compile(r"(?:@[-−–]?)?\d{1,6}", re.ASCII)
_WITH_INTERVAL: Final = re.compile(r"(.*[^\W\d_]{2})(\d{1,4}[^\W\d_]+)")
# a unit alone is an interval, beside another interval it is the symbol of that name
_LETTERS = frozenset("DWMdw")
_NAMES = {length: name for name, length in SHORTEST_MS.items() if name != MONTH}


@dataclass(frozen=True, slots=True)
class CommandLine:
    """A message that is a command: its name in lower case, the bot it is addressed to, and its arguments."""

    name: str
    addressed: str | None
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Arguments:
    """The parsed arguments; ``None`` and empty mean the chat's defaults. ``at_ms`` is UTC.

    ``left_out`` are the words of symbols beyond those that the command takes.
    """

    symbols: tuple[str, ...] = ()
    interval: str | None = None
    at_ms: int | None = None
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class InvalidArgument:
    """An argument that could not be parsed: a fault code, the word as typed, and a correct example.

    ``mended`` are all arguments without it; the nearest interval stands for one that there is not.
    """

    code: ArgumentFault
    word: str
    example: str
    mended: Arguments


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


def symbol_word(text: str) -> str | None:
    """Return the word of a text that is to name one symbol, ``None`` if it is not one word of a usual length."""
    words = read_words(text)
    return words[0] if len(words) == 1 and len(words[0]) <= MAX_WORD_LENGTH else None


def parse_arguments(
    words: tuple[str, ...], *, command: str, now_ms: int, zone: ZoneInfo, max_symbols: int = 1
) -> Arguments | InvalidArgument:
    """Sort words into symbols, interval and time, or name the first invalid one. Pure; no symbol is looked up."""
    phrases = _phrases_of(words)
    others = any(normal_interval(phrase) for phrase in phrases if phrase not in _LETTERS)
    parser = _Parser(now_ms, zone, letters_are_symbols=others)
    invalid: tuple[ArgumentFault, str] | None = None
    for phrase in phrases:
        fault = parser.take(phrase)
        if fault is not None and invalid is None:
            invalid = fault, phrase
    symbols = tuple(parser.symbols.values())
    found = Arguments(symbols[:max_symbols], parser.interval, parser.at_ms, symbols[max_symbols:])
    if invalid is None:
        return found
    fault, word = invalid
    if fault == "interval" and found.interval is None:
        found = replace(found, interval=nearest_interval(word))
    return InvalidArgument(fault, word, _example(command, fault, found), found)


def unknown_word(command: str, word: str, arguments: Arguments) -> InvalidArgument:
    """Return the fault of a word that was taken for a further symbol and names none."""
    mended = replace(arguments, left_out=tuple(left for left in arguments.left_out if left != word))
    return InvalidArgument("word", word, _example(command, "word", mended), mended)


def normal_interval(word: str) -> str | None:
    """Return the exchange's name of an interval (``60m``, ``60`` and ``1saat`` are ``1h``), ``None`` if there is none.

    ``1m`` is a minute and ``1M`` a month, as on the exchange; a number alone is minutes, a unit alone is one of it.
    """
    if word in SHORTEST_MS:
        return word
    count = _counted_interval(word)
    if count is None:
        return None
    if count[1] == MONTH_UNIT:
        return MONTH if count[0] == 1 else None
    return _NAMES.get(count[0] * UNIT_MS[count[1]])


def nearest_interval(word: str) -> str | None:
    """Return the interval whose length is most similar to that of ``word``, ``None`` if it has no length."""
    count = _counted_interval(word)
    if count is None or count[0] == 0:
        return None
    length_ms = count[0] * (SHORTEST_MS[MONTH] if count[1] == MONTH_UNIT else UNIT_MS[count[1]])
    return min(SHORTEST_MS, key=lambda name: abs(log(SHORTEST_MS[name] / length_ms)))


def _counted_interval(word: str) -> tuple[int, str] | None:
    if word.isascii() and word.isdecimal() and len(word) <= _MOST_DIGITS:
        return (int(word), "m") if int(word) * UNIT_MS["m"] in _NAMES else None
    if word in _LETTERS or word.casefold() in EVERY:
        return 1, unit_of(word) or ""
    return counted(word) if word[:1].isdecimal() else None


def _example(command: str, fault: ArgumentFault, mended: Arguments) -> str:
    symbol = mended.symbols[0] if mended.symbols else "BTC"
    if fault in {"time", "future", "too_early", "two_times"}:
        return f"/{command} {symbol} @2024-08-05T12:00"
    return f"/{command} {symbol} {mended.interval or '4h'}"


def _phrases_of(words: Sequence[str]) -> list[str]:
    """Return ``btc,eth`` as two phrases, and ``4 h``, ``@ 3 days`` and ``@2024-08-05 12:00`` as one each."""
    phrases: list[str] = []
    for word in split_words(words):
        joined = _joined(phrases[-1], word) if phrases else None
        if joined is None:
            phrases.append(word)
        else:
            phrases[-1] = joined
    return phrases


def _split_symbol(phrase: str) -> tuple[str, str | None]:
    """Return ``BTC`` and ``4h`` of ``BTC4h``; the whole phrase and ``None`` if it has no such end."""
    match = _WITH_INTERVAL.fullmatch(phrase)
    return (match[1], match[2]) if match else (phrase, None)


def split_words(words: Sequence[str]) -> Iterator[str]:
    """Return ``btc,eth`` as two words, and each without the marks that end a sentence."""
    for word in words:
        parts = [part.rstrip(_FINAL_MARKS) for part in _LIST.split(word)]
        yield from [part for part in parts if part] or [word]


def _joined(before: str, word: str) -> str | None:
    if before == "@" or (_COUNT.fullmatch(before) and unit_of(word)):
        return before + word
    if before.casefold() in _MOST_TRADED and word.isascii() and word.isdecimal():
        return before + word
    named_day = before.startswith("@") and takes_clock(before[1:])
    return f"{before} {word}" if named_day and CLOCK.fullmatch(word) else None


class _Parser:
    """Collects the arguments word by word; each method returns what is wrong with its word, ``None`` if nothing."""

    def __init__(self, now_ms: int, zone: ZoneInfo, *, letters_are_symbols: bool) -> None:
        self._now_ms = now_ms
        self._zone = zone
        self._letters_are_symbols = letters_are_symbols
        self.symbols: dict[str, str] = {}
        self.interval: str | None = None
        self.at_ms: int | None = None

    def take(self, phrase: str) -> ArgumentFault | None:
        if phrase.startswith("@"):
            return self._take_time(phrase[1:])
        if self._letters_are_symbols and phrase in _LETTERS:
            return self._take_symbol(phrase)
        if phrase in SHORTEST_MS or _counted_interval(phrase):
            return self._take_interval(phrase)
        symbol, interval = _split_symbol(phrase)
        if interval is not None and normal_interval(interval):
            return self._take_symbol(symbol) or self._take_interval(interval)
        return self._take_symbol(phrase)

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
        return None


def _visible(text: str) -> str:
    normal = unicodedata.normalize("NFKC", text)
    return "".join(char for char in normal if char.isspace() or unicodedata.category(char)[0] != "C")
