"""The commands of the analysis modules: words to a symbol, an interval and a moment, and those to a card."""

from zoneinfo import ZoneInfo

from analysis.contract import AnyModule
from handlers.chat.cards import make_card_or_say
from handlers.chat.context import Turn
from handlers.chat.keyboard import CardAsk, suggestion_keyboard
from handlers.grammar import Arguments, Misunderstood, parse_arguments
from handlers.ports import Outgoing, SymbolMissing
from handlers.registry import CommandSpec
from handlers.render.html import Html, plain
from handlers.render.sentences import misunderstood, source_fault, symbol_missing
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


async def run(turn: Turn) -> Outgoing:
    """Answer ``/cmd [SYMBOL] [INTERVAL] [@TIME]`` with a card, or with the one line that helps."""
    asked = parse_arguments(
        turn.words, command=turn.spec.name, now_ms=turn.now_ms, zone=ZoneInfo(turn.config.time_zone)
    )
    if isinstance(asked, Misunderstood):
        return _line(misunderstood(asked, turn.tr))
    try:
        ask = await find_card(turn, asked)
    except SourceError as error:
        return _line(source_fault(error, turn.tr, zone=turn.config.time_zone))
    if isinstance(ask, SymbolMissing):
        line = symbol_missing(ask, turn.spec.name, turn.tr)
        interval = asked.interval or turn.config.default_interval
        keyboard = suggestion_keyboard(ask, turn.spec.name, interval, asked.at_ms)
        return Outgoing(line, plain(line), keyboard=keyboard)
    return await make_card_or_say(turn, ask)


async def find_card(turn: Turn, asked: Arguments) -> CardAsk | SymbolMissing:
    """Return which card the arguments mean, with the chat's defaults for what they leave open."""
    word = asked.symbols[0] if asked.symbols else turn.config.default_symbol
    found = await turn.desk.symbols.resolve(word, quote=turn.config.quote)
    if isinstance(found, SymbolMissing):
        return found
    return CardAsk(
        command=turn.spec.name,
        module=module_of(turn),
        symbol=found.symbol,
        market=found.market,
        interval=asked.interval or turn.config.default_interval,
        at_ms=asked.at_ms,
        asked_past=asked.at_ms is not None,
    )


def module_of(turn: Turn) -> AnyModule:
    """Return the module an analysis command runs."""
    if turn.spec.module is None:
        raise LookupError(f"/{turn.spec.name} runs no module: register it with one")
    return turn.spec.module


def _line(text: Html) -> Outgoing:
    return Outgoing(text, plain(text))
