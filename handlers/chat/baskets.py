"""Cards about several coins: from the words of a command to the card, or to the line that says what is wrong."""

from dataclasses import replace
from typing import Final

from analysis.framework.module import TakesBasket
from analysis.framework.question import Basket
from handlers.baskets import NamedSymbols, WrongNumber, basket_of, read_symbols
from handlers.chat.account import may_see_account
from handlers.chat.context import RequestContext
from handlers.chat.keyboard import (
    SCANNED,
    CardRequest,
    ScanSubject,
    basket_key,
    first_of,
    mended_keyboard,
)
from handlers.composites.topic import Topic
from handlers.favourites.lists import USUAL, ChatSymbols, list_name
from handlers.grammar import Arguments
from handlers.ports import MessageContent
from handlers.render.html import Html, code, fill, join, plain
from handlers.render.sentences import missing_words, showing, wrong_number
from handlers.services import SymbolFound

MOST_WORDS: Final = 200
"""Words that are looked up as symbols at all."""


async def named_symbols(
    context: RequestContext, takes: TakesBasket, arguments: Arguments, scan: ScanSubject | None = None
) -> NamedSymbols | MessageContent:
    """Return the symbols that a command is about, or the line that says what is wrong with them.

    ``scan`` is by what they are to be ranked. Without words they are those of the chat or, for a module that reads
    them, what the owner's account holds; the account is named to nobody else and in no group.
    """
    words = arguments.symbols
    if not words and takes.unnamed == "holdings":
        held = await _holdings(context)
        named = NamedSymbols(held) if held else None
    else:
        asked = words or (context.config.default_symbol,)
        named = await read_symbols(symbols_of(context), asked, quote=context.config.quote)
    if named is None:
        return _line(wrong_number(WrongNumber(0, takes), _example(context), context.tr))
    if named.missing and any(list_name(one.word) == USUAL for one in named.missing):
        return _line(_no_favourites(context))
    if named.missing:
        return await _missing(context, takes, named, arguments, scan)
    fault = named.fault(takes)
    return named if fault is None else _line(wrong_number(fault, _example(context), context.tr))


def symbols_of(context: RequestContext) -> ChatSymbols:
    """Return the symbols of the exchange with the lists of the chat, or else of the person, as baskets."""
    chat_id = context.person.id if context.chat is None else context.chat.chat_id
    return ChatSymbols(context.services.symbols, context.services.lists, chat_id)


def _no_favourites(context: RequestContext) -> Html:
    line = context.tr.gettext("There are no favourites here yet. {example} adds some.")
    return fill(line, example=code("/fav add BTC ETH SOL"))


async def _holdings(context: RequestContext) -> tuple[SymbolFound, ...]:
    holdings = context.services.holdings
    if holdings is None or not may_see_account(context):
        return ()
    return await holdings.symbols()


async def _missing(
    context: RequestContext,
    takes: TakesBasket,
    named: NamedSymbols,
    arguments: Arguments,
    scan: ScanSubject | None,
) -> MessageContent:
    """Name every word that is no symbol, with a button that asks for the others where they suffice."""
    line = missing_words(named.missing, _example(context), context.tr)
    rest = replace(named, missing=(), name=None)
    if not rest.found or rest.fault(takes) is not None:
        return _line(line)
    card = replace(symbols_card(context, rest, arguments), scan=scan)
    if card.basket is not None:
        await context.services.baskets.keep(basket_key(card.basket), card.basket)
    return MessageContent(line, plain(line), for_asker=True, keyboard=mended_keyboard(card))


def symbols_card(context: RequestContext, named: NamedSymbols, arguments: Arguments) -> CardRequest:
    """Return the card about symbols that were found: of one alone, or of a basket."""
    card = symbol_card(context, topic_of(context), named.found[0], arguments)
    return card if named.basket is None else about(card, named.basket)


def symbol_card(
    context: RequestContext, topic: Topic, found: SymbolFound, arguments: Arguments
) -> CardRequest:
    """Return the card about one symbol."""
    return CardRequest(
        command=context.spec.name,
        topic=topic,
        symbol=found.symbol,
        market=found.market,
        interval=topic.interval_of(arguments.interval or context.config.default_interval),
        at_ms=arguments.at_ms,
        asked_past=arguments.at_ms is not None,
    )


def topic_of(context: RequestContext) -> Topic:
    """Return what the cards of the command are about; ``LookupError`` for a command that has none."""
    if context.spec.topic is None:
        raise LookupError(f"/{context.spec.name} has no cards: register it with a module or a composite")
    return context.spec.topic


def about(card: CardRequest, basket: Basket) -> CardRequest:
    """Return a card about a basket."""
    symbol, market = first_of(basket)
    return replace(card, symbol=symbol, market=market, basket=basket)


async def with_current_members(context: RequestContext, card: CardRequest) -> CardRequest:
    """Return a live card of a named basket with the members that it has now. Raises `SourceError`.

    A scan of a list that has become too long or too short stays with the members that it had.
    """
    if card.basket is None or card.basket.name is None:
        return card
    named = await symbols_of(context).basket(card.basket.name, quote=context.config.quote)
    if named is None or (card.scan is not None and not SCANNED.fewest <= len(named.found) <= SCANNED.most):
        return card
    return about(card, basket_of(named.found, named.name))


def named_notice(named: NamedSymbols, context: RequestContext) -> Html:
    """Return one line for each symbol that was not typed exactly."""
    return join("\n", [showing(one, context.tr) for one in named.found if one.guessed_from is not None])


def _example(context: RequestContext) -> Html:
    return code(f"/{context.spec.name} BTC ETH SOL")


def _line(text: Html) -> MessageContent:
    return MessageContent(text, plain(text), for_asker=True)
