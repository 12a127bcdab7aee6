"""The commands of modules and composite scores: from words to symbol, interval and time, and from those to a card."""

import structlog

from analysis.framework.module import AnyModule, TakesBasket
from handlers.chat.baskets import MOST_WORDS, named_notice, named_symbols, symbol_card, symbols_card, topic_of
from handlers.chat.cards import make_card_or_error
from handlers.chat.context import RequestContext
from handlers.chat.keyboard import CardRequest, mended_keyboard, suggestion_keyboard
from handlers.commands.arguments import read_arguments
from handlers.composites.topic import CompositeTopic, Topic
from handlers.grammar import Arguments, InvalidArgument, unknown_word
from handlers.ports import MessageContent
from handlers.question_log import note_fault
from handlers.registry import CommandSpec
from handlers.render.html import Html, plain
from handlers.render.sentences import (
    MOST_LEFT_OUT,
    invalid_argument,
    source_fault,
    symbol_missing,
    taken_as,
)
from handlers.render.view import NO_NOTICE
from handlers.services import SymbolFound, SymbolMissing
from utils.http.errors import SourceError

MOST_BARE_WORDS = 4
"""Words of a text without a command that may be a symbol, an interval and a time."""
log = structlog.get_logger(__name__)


def spec_of(module: AnyModule) -> CommandSpec:
    """Return the command of a module: the shortest of its names, the others as aliases."""
    short, *long = sorted(module.commands, key=len)
    return CommandSpec(
        name=short,
        aliases=tuple(long),
        role="anyone",
        quota=1,
        help_key=short,
        title=module.title,
        summary=module.question,
        module=module,
    )


def spec_of_composite(topic: CompositeTopic) -> CommandSpec:
    """Return the command about composite scores."""
    short, *others = topic.commands
    return CommandSpec(
        name=short,
        aliases=tuple(others),
        role="anyone",
        quota=topic.quota,
        help_key=short,
        title=topic.title,
        summary=topic.question,
        composite=topic,
    )


async def run(context: RequestContext) -> MessageContent:
    """Answer ``/cmd [SYMBOL…] [INTERVAL] [@TIME]`` with a card, or with one line that says what is wrong."""
    arguments = read_arguments(context, context.words, most_symbols=most_symbols(topic_of(context)))
    if isinstance(arguments, InvalidArgument):
        return await _not_understood(context, arguments)
    try:
        if (takes := topic_of(context).basket) is not None:
            return await _several(context, takes, arguments)
        unknown = await unknown_left_out(context, arguments)
        if unknown is not None:
            return await _not_understood(context, unknown)
        found = await _resolve(context, arguments)
    except SourceError as error:
        note_fault(error)
        return _line(source_fault(error, context.tr, zone=context.config.time_zone))
    if isinstance(found, SymbolMissing):
        line = symbol_missing(found, context.spec.name, context.tr)
        interval = arguments.interval or context.config.default_interval
        keyboard = suggestion_keyboard(found, context.spec.name, interval, arguments.at_ms)
        return MessageContent(line, plain(line), for_asker=True, keyboard=keyboard)
    as_typed = found.guessed_from is None and not arguments.left_out
    notice = NO_NOTICE if as_typed else taken_as(found, arguments.left_out, context.tr)
    return await make_card_or_error(context, _card(context, found, arguments), notice)


async def _several(context: RequestContext, takes: TakesBasket, arguments: Arguments) -> MessageContent:
    """Answer a command that takes several symbols."""
    named = await named_symbols(context, takes, arguments)
    if isinstance(named, MessageContent):
        return named
    card = symbols_card(context, named, arguments)
    return await make_card_or_error(context, card, named_notice(named, context))


async def names_symbol(context: RequestContext) -> bool:
    """Return whether words alone ask about one symbol: written exactly, or guessed beside an interval or a time."""
    if not 0 < len(context.words) <= MOST_BARE_WORDS:
        return False
    arguments = read_arguments(context, context.words)
    if isinstance(arguments, InvalidArgument) or len(arguments.symbols) != 1 or arguments.left_out:
        return False
    try:
        found = await _resolve(context, arguments)
    except SourceError as error:
        note_fault(error)
        log.info("no symbols to read words by", source=error.source, detail=error.detail)
        return False
    if isinstance(found, SymbolMissing):
        return found.why != "unknown"
    return found.guessed_from is None or arguments.interval is not None or arguments.at_ms is not None


def most_symbols(topic: Topic) -> int:
    """Return how many symbols of a command are read; one that takes several says itself which are too many."""
    return 1 if topic.basket is None else MOST_WORDS


async def find_card(context: RequestContext, arguments: Arguments) -> CardRequest | SymbolMissing:
    """Return the card that the arguments ask for, with the chat's defaults for what they omit."""
    found = await _resolve(context, arguments)
    return found if isinstance(found, SymbolMissing) else _card(context, found, arguments)


async def unknown_left_out(context: RequestContext, arguments: Arguments) -> InvalidArgument | None:
    """Return the fault of a left-out word that is no symbol either; of many, only the first are looked up."""
    for word in arguments.left_out[:MOST_LEFT_OUT]:
        found = await context.services.symbols.resolve(word, quote=context.config.quote)
        if isinstance(found, SymbolMissing) and found.why == "unknown":
            return unknown_word(context.spec.name, word, arguments)
    return None


async def _resolve(context: RequestContext, arguments: Arguments) -> SymbolFound | SymbolMissing:
    word = arguments.symbols[0] if arguments.symbols else context.config.default_symbol
    return await context.services.symbols.resolve(word, quote=context.config.quote)


def _card(context: RequestContext, found: SymbolFound, arguments: Arguments) -> CardRequest:
    return symbol_card(context, topic_of(context), found, arguments)


async def _not_understood(context: RequestContext, fault: InvalidArgument) -> MessageContent:
    """Say which word was not understood, with a button that asks for the rest."""
    line = invalid_argument(fault, context.tr)
    try:
        card = await find_card(context, fault.mended)
    except SourceError as error:
        log.info("no card to offer", source=error.source, detail=error.detail)
        return _line(line)
    if isinstance(card, SymbolMissing):
        return _line(line)
    return MessageContent(line, plain(line), for_asker=True, keyboard=mended_keyboard(card))


def _line(text: Html) -> MessageContent:
    return MessageContent(text, plain(text), for_asker=True)
