"""The commands of the analysis modules: from words to symbol, interval and time, and from those to a card."""

from zoneinfo import ZoneInfo

from analysis.framework.module import AnyModule
from handlers.chat.cards import make_card_or_error
from handlers.chat.context import RequestContext
from handlers.chat.keyboard import CardRequest, suggestion_keyboard
from handlers.grammar import Arguments, InvalidArgument, parse_arguments
from handlers.ports import MessageContent, SymbolMissing
from handlers.registry import CommandSpec
from handlers.render.html import Html, plain
from handlers.render.sentences import invalid_argument, source_fault, symbol_missing
from utils.http.errors import SourceError


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


async def run(context: RequestContext) -> MessageContent:
    """Answer ``/cmd [SYMBOL] [INTERVAL] [@TIME]`` with a card, or with one line that says what is wrong."""
    arguments = parse_arguments(
        context.words,
        command=context.spec.name,
        now_ms=context.now_ms,
        zone=ZoneInfo(context.config.time_zone),
    )
    if isinstance(arguments, InvalidArgument):
        return _line(invalid_argument(arguments, context.tr))
    try:
        card = await find_card(context, arguments)
    except SourceError as error:
        return _line(source_fault(error, context.tr, zone=context.config.time_zone))
    if isinstance(card, SymbolMissing):
        line = symbol_missing(card, context.spec.name, context.tr)
        interval = arguments.interval or context.config.default_interval
        keyboard = suggestion_keyboard(card, context.spec.name, interval, arguments.at_ms)
        return MessageContent(line, plain(line), keyboard=keyboard)
    return await make_card_or_error(context, card)


async def find_card(context: RequestContext, arguments: Arguments) -> CardRequest | SymbolMissing:
    """Return the card that the arguments ask for, with the chat's defaults for what they omit."""
    word = arguments.symbols[0] if arguments.symbols else context.config.default_symbol
    found = await context.services.symbols.resolve(word, quote=context.config.quote)
    if isinstance(found, SymbolMissing):
        return found
    return CardRequest(
        command=context.spec.name,
        module=module_of(context),
        symbol=found.symbol,
        market=found.market,
        interval=arguments.interval or context.config.default_interval,
        at_ms=arguments.at_ms,
        asked_past=arguments.at_ms is not None,
    )


def module_of(context: RequestContext) -> AnyModule:
    """Return the module that an analysis command runs."""
    if context.spec.module is None:
        raise LookupError(f"/{context.spec.name} runs no module: register it with one")
    return context.spec.module


def _line(text: Html) -> MessageContent:
    return MessageContent(text, plain(text))
