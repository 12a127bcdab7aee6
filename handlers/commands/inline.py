"""Inline mode: ``@bot btc 4h`` gives the card as a text to post in any chat."""

from zoneinfo import ZoneInfo

import structlog

from analysis.contract import Request
from handlers.chat.cards import read_for
from handlers.chat.context import Turn
from handlers.commands.analysis import find_card
from handlers.grammar import Misunderstood, parse_arguments, read_words
from handlers.ports import InlineCard, SymbolMissing
from handlers.render.card import card_text, inline_summary
from utils.http.errors import SourceError

log = structlog.get_logger(__name__)


async def answer_inline(turn: Turn, text: str) -> tuple[InlineCard, ...]:
    """Return the card of what was typed so far, nothing while it is not yet a symbol or a source is silent."""
    zone = ZoneInfo(turn.config.time_zone)
    asked = parse_arguments(read_words(text), command=turn.spec.name, now_ms=turn.now_ms, zone=zone)
    if isinstance(asked, Misunderstood):
        return ()
    try:
        ask = await find_card(turn, asked)
        if isinstance(ask, SymbolMissing):
            return ()
        request = Request(ask.symbol, ask.interval, ask.at_ms, ask.market)
        analysis = await turn.desk.runner.run(ask.module.id, request, neighbours=True, cost=True)
    except SourceError as error:
        log.info("no inline card", source=error.source, detail=error.detail)
        return ()  # an inline list has no place for words about a source
    reading = read_for(turn, ask, analysis)
    title = f"{ask.symbol} {ask.interval} · {turn.tr.gettext(ask.module.title)}"
    identity = f"{ask.module.id}:{ask.symbol}:{ask.market}:{ask.interval}:{analysis.bar_close}"
    return (InlineCard(identity[:64], title, inline_summary(reading), card_text(reading)),)
