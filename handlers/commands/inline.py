"""Inline mode: ``@bot btc 4h`` gives cards as texts, one of which is posted in any chat; never of the account.

They are those of a person's own settings. What cannot be answered is a result too, which says what to type.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

import structlog

from analysis.framework.question import PATIENCE
from handlers.chat.cards import make_card, view_for
from handlers.chat.context import RequestContext
from handlers.chat.keyboard import CardRequest
from handlers.commands.analysis import find_card, unknown_left_out
from handlers.commands.arguments import read_arguments
from handlers.grammar import Arguments, InvalidArgument, read_words
from handlers.ports import InlineCard
from handlers.registry import CommandSpec, Registry
from handlers.render.card import card_text, inline_summary
from handlers.render.html import Html, plain, shorten
from handlers.render.sentences import invalid_argument, source_fault, symbol_missing
from handlers.services import SymbolMissing
from utils.http.errors import SourceError
from utils.timeouts import first_within

MODULES: Final = ("trend", "risk", "regime")
"""Modules that are offered; the first is made before the others, which take longer, compete with it."""
WAIT_S: Final = 8.0
"""Telegram takes no answer after ten seconds: what is not ready by then is left out."""
SUMMARY_WIDTH: Final = 120
log = structlog.get_logger(__name__)


async def answer_inline(context: RequestContext, text: str) -> tuple[InlineCard, ...]:
    """Return a card of each kind for the text typed so far, or one result that says what is wrong with it."""
    arguments = read_arguments(context, read_words(text))
    if isinstance(arguments, InvalidArgument):
        return (hint(context, invalid_argument(arguments, context.tr)),)
    try:
        if (unknown := await unknown_left_out(context, arguments)) is not None:
            return (hint(context, invalid_argument(unknown, context.tr)),)
        found = await find_card(context, arguments)
        if isinstance(found, SymbolMissing):
            return (hint(context, _missing(context, found)),)
        return await _cards(context, arguments)
    except SourceError as error:
        log.info("no inline card", source=error.source, detail=error.detail)
        return (hint(context, source_fault(error, context.tr, zone=context.config.time_zone)),)


def hint(context: RequestContext, line: Html) -> InlineCard:
    """Return the result that says what to type, and below it why."""
    title = context.tr.gettext("Type a coin and an interval: btc 4h")
    return InlineCard("hint", title, shorten(plain(line), SUMMARY_WIDTH), line)


def _missing(context: RequestContext, missing: SymbolMissing) -> Html:
    line = symbol_missing(missing, context.spec.name, context.tr)
    return Html(" ".join((line, *(found.symbol for found in missing.nearest))))


def _offered(registry: Registry) -> Iterable[CommandSpec]:
    modules = [spec for spec in registry.analyses if spec.module is not None and spec.module.id in MODULES]
    first, *others = modules or registry.analyses[:1]
    return (first, *([] if registry.bare is None else [registry.bare]), *others)


async def _cards(context: RequestContext, arguments: Arguments) -> tuple[InlineCard, ...]:
    """Return the cards that are ready in time; raises the first `SourceError` where there is none."""
    first = asyncio.Event()
    making = [
        asyncio.ensure_future(_in_turn(replace(context, spec=spec), arguments, first, is_first=place == 0))
        for place, spec in enumerate(_offered(context.services.registry))
    ]
    every = asyncio.gather(*making, return_exceptions=True)
    try:
        await first_within(context.services.clock, WAIT_S, every)
    finally:
        every.cancel()
    ended = [one for one in making if one.done() and not one.cancelled()]
    faults = [fault for one in ended if (fault := one.exception()) is not None]
    unexpected = next((fault for fault in faults if not isinstance(fault, SourceError)), None)
    cards = tuple(card for one in ended if one.exception() is None and (card := one.result()) is not None)
    if unexpected is not None:
        raise unexpected
    if not cards and faults:
        raise faults[0]
    return cards or (
        hint(context, Html(context.tr.gettext("This takes longer; type it again in a moment."))),
    )


async def _in_turn(
    context: RequestContext, arguments: Arguments, first: asyncio.Event, *, is_first: bool
) -> InlineCard | None:
    """Make a card, the first one at once and the others after it."""
    if not is_first:
        await first.wait()
    try:
        return await _card(context, arguments)
    finally:
        first.set()


async def _card(context: RequestContext, arguments: Arguments) -> InlineCard | None:
    card = await find_card(context, arguments)
    if isinstance(card, SymbolMissing):
        return None
    return await (_scores(context, card) if context.spec.composite is not None else _module(context, card))


async def _module(context: RequestContext, card: CardRequest) -> InlineCard:
    analysis = await context.services.runner.run(
        card.module.id, card.request, other_timeframes=True, cost=True, patience=PATIENCE
    )
    view = view_for(context, card, analysis)
    identity = f"{card.module.id}:{card.symbol}:{card.market}:{card.interval}:{analysis.bar_close}"
    return InlineCard(
        identity[:64], _title(context, card, card.module.title), inline_summary(view), card_text(view)
    )


async def _scores(context: RequestContext, card: CardRequest) -> InlineCard:
    content = await make_card(context, replace(card, view="text"))
    _, *rows = [line for line in content.plain.split("\n") if line]
    identity = f"{card.topic.id}:{card.symbol}:{card.market}:{card.interval}:{context.now_ms}"
    summary = shorten(" · ".join(rows[:2]), SUMMARY_WIDTH)
    return InlineCard(identity[:64], _title(context, card, card.topic.title), summary, content.text)


def _title(context: RequestContext, card: CardRequest, title: str) -> str:
    return f"{card.symbol} {card.interval} · {context.tr.gettext(title)}"
