"""Inline mode: ``@bot btc 4h`` gives the card as a text to post in any chat."""

from zoneinfo import ZoneInfo

import structlog

from analysis.framework.question import PATIENCE
from handlers.chat.cards import view_for
from handlers.chat.context import RequestContext
from handlers.commands.analysis import find_card
from handlers.grammar import InvalidArgument, parse_arguments, read_words
from handlers.ports import InlineCard, SymbolMissing
from handlers.render.card import card_text, inline_summary
from utils.http.errors import SourceError

log = structlog.get_logger(__name__)


async def answer_inline(context: RequestContext, text: str) -> tuple[InlineCard, ...]:
    """Return the card for the text typed so far; nothing if it is no symbol yet or a source fails."""
    zone = ZoneInfo(context.config.time_zone)
    arguments = parse_arguments(read_words(text), command=context.spec.name, now_ms=context.now_ms, zone=zone)
    if isinstance(arguments, InvalidArgument):
        return ()
    try:
        card = await find_card(context, arguments)
        if isinstance(card, SymbolMissing):
            return ()
        analysis = await context.services.runner.run(
            card.module.id, card.request, other_timeframes=True, cost=True, patience=PATIENCE
        )
    except SourceError as error:
        log.info("no inline card", source=error.source, detail=error.detail)
        return ()  # an inline result list cannot show an error
    view = view_for(context, card, analysis)
    title = f"{card.symbol} {card.interval} · {context.tr.gettext(card.module.title)}"
    identity = f"{card.module.id}:{card.symbol}:{card.market}:{card.interval}:{analysis.bar_close}"
    return (InlineCard(identity[:64], title, inline_summary(view), card_text(view)),)
