"""``/scan [N] [SCORE] [INTERVAL] [@TIME]``: the most traded symbols, ranked by a composite score."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from handlers.chat.cards import make_card_or_error
from handlers.chat.context import RequestContext
from handlers.chat.keyboard import MOST_SCANNED, USUAL_COUNT, USUAL_SCORE, CardRequest, ScanSubject
from handlers.composites.registry import SCAN, score_by_word
from handlers.grammar import Arguments, InvalidArgument, parse_arguments, unknown_word
from handlers.ports import MessageContent
from handlers.render.html import Html, code, plain
from handlers.render.sentences import invalid_argument, too_many_symbols
from handlers.time_units import unit_of

_MOST_DIGITS: Final = 4
_TOP: Final = ("top", "ilk")


@dataclass(frozen=True, slots=True)
class _Wanted:
    """How many symbols and which score are named, and the words that are left for the grammar."""

    count: int
    score: str
    rest: tuple[str, ...]


async def run(context: RequestContext) -> MessageContent:
    """Answer with a ranking, or with one line that says what is wrong."""
    wanted = _wanted(context.words)
    zone = ZoneInfo(context.config.time_zone)
    arguments = parse_arguments(wanted.rest, command=context.spec.name, now_ms=context.now_ms, zone=zone)
    if not isinstance(arguments, InvalidArgument) and arguments.symbols:
        arguments = unknown_word(context.spec.name, arguments.symbols[0], arguments)
    if isinstance(arguments, InvalidArgument):
        return _line(invalid_argument(_with_example(arguments), context.tr))
    if wanted.count > MOST_SCANNED:
        return _line(
            too_many_symbols(
                wanted.count, MOST_SCANNED, code(f"/{context.spec.name} {MOST_SCANNED}"), context.tr
            )
        )
    return await make_card_or_error(context, _card(context, wanted, arguments))


def _card(context: RequestContext, wanted: _Wanted, arguments: Arguments) -> CardRequest:
    return CardRequest(
        command=context.spec.name,
        topic=SCAN,
        symbol=context.config.default_symbol,
        market="spot",
        interval=arguments.interval or context.config.default_interval,
        at_ms=arguments.at_ms,
        asked_past=arguments.at_ms is not None,
        scan=ScanSubject(wanted.count, wanted.score),
    )


def _wanted(words: Sequence[str]) -> _Wanted:
    """Take the first number that is no part of an interval and the first word that names a score that has a number."""
    count, score, rest = None, None, []
    for place, word in enumerate(words):
        after = words[place + 1] if place + 1 < len(words) else ""
        number = _count(word) if count is None and not unit_of(after) else None
        topic = score_by_word(word)
        if number is not None:
            count = number
        elif word.casefold() in _TOP and count is None and _count(after) is not None:
            continue
        elif score is None and topic is not None and topic.basket is None:
            score = topic.id
        else:
            rest.append(word)
    return _Wanted(USUAL_COUNT if count is None else count, score or USUAL_SCORE, tuple(rest))


def _count(word: str) -> int | None:
    digits = next((word[len(top) :] for top in _TOP if word.casefold().startswith(top)), word)
    plain_number = digits.isascii() and digits.isdecimal() and len(digits) <= _MOST_DIGITS
    return int(digits) or None if plain_number else None


def _with_example(fault: InvalidArgument) -> InvalidArgument:
    return InvalidArgument(fault.code, fault.word, f"/{SCAN.commands[0]} {USUAL_COUNT} ts 4h", fault.mended)


def _line(text: Html) -> MessageContent:
    return MessageContent(text, plain(text), for_asker=True)
