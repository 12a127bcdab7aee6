"""``/scan [N | SYMBOL…] [SCORE] [INTERVAL] [@TIME]``: the most traded symbols or named ones, ranked by a score."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from handlers.chat.baskets import MOST_WORDS, named_notice, named_symbols, symbols_card
from handlers.chat.cards import make_card_or_error
from handlers.chat.context import RequestContext
from handlers.chat.keyboard import (
    MOST_SCANNED,
    SCANNED,
    USUAL_COUNT,
    USUAL_SCORE,
    CardRequest,
    ScanSubject,
)
from handlers.commands.arguments import read_arguments
from handlers.composites.registry import ONE, SCAN, score_by_word
from handlers.grammar import Arguments, InvalidArgument, unknown_word
from handlers.ports import MessageContent
from handlers.question_log import note_fault
from handlers.render.html import Html, code, fill, plain
from handlers.render.sentences import invalid_argument, quoted, source_fault, too_many_symbols
from handlers.time_units import unit_of
from utils.http.errors import SourceError

_MOST_DIGITS: Final = 4
_OF_BASKETS: Final = tuple(topic for topic in ONE.values() if topic.basket is not None)
_TOP: Final = ("top", "ilk")


@dataclass(frozen=True, slots=True)
class _Wanted:
    """How many symbols and which score are named, and the words that are left for the grammar."""

    count: int | None
    score: str
    rest: tuple[str, ...]


async def run(context: RequestContext) -> MessageContent:
    """Answer with a ranking, or with one line that says what is wrong."""
    wanted = _wanted(context.words)
    arguments = _parsed(context, wanted)
    if isinstance(arguments, Arguments) and arguments.symbols and wanted.count is not None:
        # beside symbols a number is what it is in every command: an interval, or nothing
        word, wanted = arguments.symbols[0], _wanted(context.words, counts=False)
        arguments = _parsed(context, wanted)
        number = next((one for one in _understood(arguments).symbols if one.isdecimal()), None)
        if number is not None:
            return _line(_number_beside(context, number, word))
    if isinstance(arguments, InvalidArgument):
        return _line(invalid_argument(_with_example(arguments), context.tr))
    if arguments.symbols:
        return await _of_symbols(context, wanted, arguments)
    count = USUAL_COUNT if wanted.count is None else wanted.count
    if count > MOST_SCANNED:
        example = code(f"/{context.spec.name} {MOST_SCANNED}")
        return _line(too_many_symbols(count, MOST_SCANNED, example, context.tr))
    return await make_card_or_error(context, _card(context, ScanSubject(count, wanted.score), arguments))


async def _of_symbols(context: RequestContext, wanted: _Wanted, arguments: Arguments) -> MessageContent:
    """Rank what is named: coins, baskets and the chat's lists."""
    scan = ScanSubject(None, wanted.score)
    try:
        named = await named_symbols(context, SCANNED, arguments, scan)
    except SourceError as error:
        note_fault(error)
        return _line(source_fault(error, context.tr, zone=context.config.time_zone))
    if isinstance(named, MessageContent):
        return named
    card = replace(symbols_card(context, named, arguments), scan=scan)
    return await make_card_or_error(context, card, named_notice(named, context))


def _parsed(context: RequestContext, wanted: _Wanted) -> Arguments | InvalidArgument:
    """Return the words as the grammar reads them; a score that is no single symbol's cannot rank any."""
    arguments = read_arguments(context, wanted.rest, most_symbols=MOST_WORDS)
    word = next((word for word in _understood(arguments).symbols if score_by_word(word) in _OF_BASKETS), None)
    return arguments if word is None else unknown_word(context.spec.name, word, _understood(arguments))


def _number_beside(context: RequestContext, number: str, word: str) -> Html:
    said = context.tr.gettext(
        "{word} beside {number}: name symbols, or how many of the most traded. Example: {example}"
    )
    example = code(f"/{context.spec.name} BTC ETH SOL 4h")
    return fill(said, word=quoted(word), number=code(number), example=example)


def _understood(found: Arguments | InvalidArgument) -> Arguments:
    return found.mended if isinstance(found, InvalidArgument) else found


def _card(context: RequestContext, scan: ScanSubject, arguments: Arguments) -> CardRequest:
    return CardRequest(
        command=context.spec.name,
        topic=SCAN,
        symbol=context.config.default_symbol,
        market="spot",
        interval=arguments.interval or context.config.default_interval,
        at_ms=arguments.at_ms,
        asked_past=arguments.at_ms is not None,
        scan=scan,
    )


def _wanted(words: Sequence[str], *, counts: bool = True) -> _Wanted:
    """Take the first number that is no part of an interval and the first word that names a score that has a number.

    Without ``counts`` numbers are left for the grammar.
    """
    count, score, rest = None, None, []
    for place, word in enumerate(words):
        after = words[place + 1] if place + 1 < len(words) else ""
        number = _count(word) if counts and count is None and not unit_of(after) else None
        topic = score_by_word(word)
        if number is not None:
            count = number
        elif counts and word.casefold() in _TOP and count is None and _count(after) is not None:
            continue
        elif score is None and topic is not None and topic.basket is None:
            score = topic.id
        else:
            rest.append(word)
    return _Wanted(count, score or USUAL_SCORE, tuple(rest))


def _count(word: str) -> int | None:
    digits = next((word[len(top) :] for top in _TOP if word.casefold().startswith(top)), word)
    plain_number = digits.isascii() and digits.isdecimal() and len(digits) <= _MOST_DIGITS
    return int(digits) or None if plain_number else None


def _with_example(fault: InvalidArgument) -> InvalidArgument:
    return InvalidArgument(fault.code, fault.word, f"/{SCAN.commands[0]} {USUAL_COUNT} ts 4h", fault.mended)


def _line(text: Html) -> MessageContent:
    return MessageContent(text, plain(text), for_asker=True)
