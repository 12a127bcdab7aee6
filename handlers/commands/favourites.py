"""``/fav``: the symbols that a person or a chat keeps in lists; ``/fav add sol``, ``/fav alts add sol avax``."""

from collections.abc import Mapping, Sequence
from typing import Final

import structlog

from handlers.baskets import read_symbols
from handlers.chat.context import RequestContext
from handlers.chat.keyboard import subject_of
from handlers.chat.rights import may_change
from handlers.favourites.changes import LONGEST_NAME, Wish, is_list_name, read_wish
from handlers.favourites.lists import USUAL
from handlers.favourites.pages import COMMAND, line, lists_card
from handlers.grammar import split_words
from handlers.locale.messages import N_
from handlers.ports import MessageContent
from handlers.question_log import note_fault
from handlers.registry import CommandSpec
from handlers.render.html import Html, code, esc, fill, join
from handlers.render.sentences import missing_words, quoted, showing, source_fault
from handlers.render.view import NO_NOTICE
from handlers.services import SymbolFound
from utils.http.errors import SourceError
from utils.store.urls import SOURCE as DATABASE

SPEC: Final = CommandSpec(
    name=COMMAND,
    aliases=("favori",),
    role="anyone",
    quota=1,
    help_key=COMMAND,
    title=N_("Favourites"),
    summary=N_("your symbols in lists, also as baskets"),
)
MOST_WORDS: Final = 50
Lists = Mapping[str, Sequence[str]]
log = structlog.get_logger(__name__)


async def run(context: RequestContext) -> MessageContent:
    """Answer with a list as it is, or as it is after what was asked; or with a line that says why not."""
    try:
        lists = await context.services.lists.find(chat_of(context))
        wish = read_wish(tuple(split_words(context.words))[:MOST_WORDS], tuple(lists))
        return await _answer(context, lists, wish)
    except SourceError as error:
        note_fault(error)
        log.info("no favourites", source=error.source, detail=error.detail)
        if error.source == DATABASE:
            return line(esc(context.tr.gettext("I cannot reach my lists now; try again in a minute.")))
        return line(source_fault(error, context.tr, zone=context.config.time_zone))


def chat_of(context: RequestContext) -> int:
    """Return whose lists they are: the chat's, or the person's where there is none."""
    return context.person.id if context.chat is None else context.chat.chat_id


async def _answer(context: RequestContext, lists: Lists, wish: Wish) -> MessageContent:
    name = wish.list or USUAL
    if wish.deed == "show":
        return lists_card(context, lists, name)
    if not await may_change(context):
        return line(esc(context.tr.gettext("Only admins may change the lists of this chat.")))
    if wish.deed == "clear":
        return await _write(context, lists, name, (), NO_NOTICE)
    if not wish.words:
        return _missing(context, name, wish)
    named = await read_symbols(context.services.symbols, wish.words, quote=context.config.quote)
    symbols = tuple(subject_of(one.symbol, one.market) for one in named.found)
    if wish.deed == "remove":
        return await _remove(context, lists, name, symbols)
    if named.missing:
        return line(missing_words(named.missing, code(f"/{COMMAND} add BTC ETH"), context.tr))
    return await _add(context, lists, name, named.found)


def _missing(context: RequestContext, name: str, wish: Wish) -> MessageContent:
    """Say that symbols are missing after the deed."""
    of_list = "" if name == USUAL else f"{name} "
    example = code(f"/{COMMAND} {of_list}{wish.deed} SOL AVAX")
    return line(fill(context.tr.gettext("Which symbols? Example: {example}"), example=example))


async def _remove(context: RequestContext, lists: Lists, name: str, symbols: Sequence[str]) -> MessageContent:
    left = [one for one in lists.get(name, ()) if one not in symbols]
    if len(left) == len(lists.get(name, ())):
        return lists_card(context, lists, name, esc(context.tr.gettext("None of these is in this list.")))
    return await _write(context, lists, name, left, NO_NOTICE)


async def _add(
    context: RequestContext, lists: Lists, name: str, found: Sequence[SymbolFound]
) -> MessageContent:
    symbols = [subject_of(one.symbol, one.market) for one in found]
    every = list(dict.fromkeys((*lists.get(name, ()), *symbols)))
    fault = await _refusal(context, lists, name, len(every))
    if fault:
        return line(fault)
    guessed = [showing(one, context.tr) for one in found if one.guessed_from is not None]
    return await _write(context, lists, name, every, join("\n", guessed))


async def _refusal(context: RequestContext, lists: Lists, name: str, count: int) -> Html:
    """Why a list cannot be so; nothing where it can."""
    tr, config = context.tr, context.config
    if count > config.symbols_per_list:
        most = config.symbols_per_list
        return esc(
            tr.gettext("A list holds at most {most} symbols; that would be {count}.", most=most, count=count)
        )
    if name in lists or name == USUAL:
        return NO_NOTICE
    if not is_list_name(name) or await _means_something(context, name):
        text = tr.gettext("{word} cannot be a list's name; take another word of up to {most} letters.")
        return fill(text, word=quoted(name), most=str(LONGEST_NAME))
    if len(lists) >= config.lists_per_chat:
        return esc(
            tr.gettext("This chat has {most} lists already, which is the most.", most=config.lists_per_chat)
        )
    return NO_NOTICE


async def _means_something(context: RequestContext, name: str) -> bool:
    """Return whether a word names a symbol or a basket of the exchange, which a list would hide."""
    symbols, quote = context.services.symbols, context.config.quote
    if await symbols.basket(name, quote=quote) is not None:
        return True
    found = await symbols.resolve(name, quote=quote)
    return isinstance(found, SymbolFound) and found.guessed_from is None


async def _write(
    context: RequestContext, lists: Lists, name: str, symbols: Sequence[str], said: Html
) -> MessageContent:
    await context.services.lists.replace(chat_of(context), {name: symbols})
    changed = {other: kept for other, kept in {**lists, name: symbols}.items() if kept}
    return lists_card(context, changed, name, said)
