"""From the words and the picture of a card to a message with its buttons, the same for modules and composites."""

from collections.abc import Awaitable, Callable
from concurrent.futures import BrokenExecutor
from dataclasses import replace
from typing import Final

import structlog

from handlers.chat.context import RequestContext
from handlers.chat.keyboard import CardRequest, card_keyboard, renewal_keyboard
from handlers.composites.topic import reads_live
from handlers.ports import MessageContent
from handlers.render.html import Block, Html, esc, glue, italic, plain
from handlers.render.labels import ChartLabels
from handlers.render.look import Chart, ResultT
from handlers.render.rich import RichCard, RichForm, rich_blocks
from handlers.render.scored import Dated
from utils.waiting import step

NOT_DRAWN: Final = (BrokenExecutor, MemoryError)
"""Errors after which the card is sent as text."""
log = structlog.get_logger(__name__)


def message(
    text: Html,
    context: RequestContext,
    card: CardRequest,
    answer: Dated,
    *,
    rich: Callable[[], RichCard],
    picture: bytes | None = None,
    keep_picture: bool = False,
) -> MessageContent:
    """Return a card with the buttons of its view, and with its ``rich`` form where the chat reads that."""
    keyboard = card_keyboard(card, answer, context.tr)
    form = rich_form(context, rich, chart=keep_picture or picture is not None)
    return MessageContent(text, plain(text), picture, keyboard, keep_picture, rich=form)


def rich_form(context: RequestContext, rich: Callable[[], RichCard], *, chart: bool) -> RichForm | None:
    """Return a card as blocks, ``None`` in a chat that has not chosen them, and for a card too long for them."""
    if not context.is_rich or (blocks := rich_blocks(rich(), chart=chart)) is None:
        return None
    return RichForm(blocks)


def is_unkept(card: CardRequest) -> bool:
    """Return whether an answer that is not kept cannot be made again: it was live, and rests on what has no history."""
    return card.at_ms is not None and not card.asked_past and reads_live(card.topic)


def expired(context: RequestContext, card: CardRequest) -> MessageContent:
    """Return the line for a reading of which nothing was kept, with a button to a live one."""
    line = esc(context.tr.gettext("This reading has expired."))
    keyboard, keep = renewal_keyboard(card, context.tr), card.with_picture
    form = rich_form(context, lambda: RichCard([Block(line)]), chart=keep)
    return MessageContent(line, plain(line), keyboard=keyboard, keep_picture=keep, rich=form)


async def drawn(
    context: RequestContext, chart: Chart[ResultT], result: ResultT, labels: ChartLabels
) -> bytes:
    """Return the chart of a result as PNG bytes; the placeholder says that it is being drawn."""
    with step("chart"):
        return await context.services.charts.draw(
            chart.draw, result, theme=context.config.theme, labels=labels
        )


async def pictured(
    context: RequestContext,
    card: CardRequest,
    answer: Dated,
    draw: Callable[[], Awaitable[bytes]],
    *,
    caption: Callable[[], Html],
    text: Callable[[], Html],
    rich: Callable[[], RichCard],
) -> MessageContent:
    """Return a card in the view asked for: the chart with its caption, or the text."""
    if card.view == "text":
        return message(text(), context, card, answer, rich=rich)
    try:
        picture = await draw()
    except NOT_DRAWN:
        log.exception("chart was not drawn, sending text", topic=card.topic.id, symbol=card.symbol)
        note = italic(context.tr.gettext("The chart could not be drawn."))
        card, whole = replace(card, view="text"), glue(text(), Html("\n\n"), note)
        return message(whole, context, card, answer, rich=lambda: _noted(rich(), note))
    return message(caption(), context, card, answer, rich=rich, picture=picture)


def _noted(card: RichCard, note: Html) -> RichCard:
    return replace(card, blocks=[*card.blocks, Block(note)])
