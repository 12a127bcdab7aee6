"""From an asked card to a message: one run of the module, one result object for text, chart and buttons."""

from concurrent.futures import BrokenExecutor
from dataclasses import replace

import structlog

from analysis.contract import Analysis, Request
from handlers.chat.account import account_beside
from handlers.chat.context import Turn
from handlers.chat.keyboard import CardAsk, card_keyboard, retry_keyboard
from handlers.modules.registry import look_of
from handlers.ports import Outgoing
from handlers.render.account import account_blocks
from handlers.render.card import Reading, card_caption, card_text
from handlers.render.html import Html, glue, italic, plain
from handlers.render.labels import chart_labels
from handlers.render.look import Chart
from handlers.render.numbers import moment
from handlers.render.sentences import source_fault
from handlers.render.why import why_caption, why_text
from handlers.render.words import as_of_words, is_past, market_words, score_word
from utils.http.errors import SourceError

log = structlog.get_logger(__name__)


async def make_card(turn: Turn, ask: CardAsk) -> Outgoing:
    """Return the asked card, the text card of a module without a chart. Errors of the sources pass through typed."""
    analysis = turn.desk.shown.get(ask)
    if analysis is None:
        request = Request(ask.symbol, ask.interval, ask.at_ms, ask.market)
        analysis = await turn.desk.runner.run(ask.module.id, request, neighbours=True, cost=True)
        turn.desk.shown.put(ask, analysis)
    reading = read_for(turn, ask, analysis)
    if ask.view == "why":
        text = why_caption(reading) if ask.with_picture else why_text(reading)
        return _outgoing(text, turn, ask, analysis, keep_picture=ask.with_picture)
    beside = await account_beside(turn, ask, past=reading.past)
    reading = replace(reading, own=account_blocks(beside, turn.tr, turn.config.time_zone))
    chart = reading.look.chart
    if ask.view == "text" or chart is None:
        return _outgoing(card_text(reading), turn, replace(ask, view="text"), analysis)
    try:
        picture = await _draw(turn, reading, chart)
    except (BrokenExecutor, MemoryError):
        log.exception("chart was not drawn, sending text", module=ask.module.id, symbol=ask.symbol)
        note = italic(turn.tr.gettext("The chart could not be drawn."))
        text = glue(card_text(reading), Html("\n\n"), note)
        return _outgoing(text, turn, replace(ask, view="text"), analysis)
    return replace(_outgoing(card_caption(reading), turn, ask, analysis), picture=picture)


async def make_card_or_say(turn: Turn, ask: CardAsk) -> Outgoing:
    """Return the asked card, or one line about the source that did not give it with a button to try again."""
    try:
        return await make_card(turn, ask)
    except SourceError as error:
        log.info("no card", module=ask.module.id, symbol=ask.symbol, source=error.source, detail=error.detail)
        line = source_fault(error, turn.tr, zone=turn.config.time_zone)
        return Outgoing(line, plain(line), keyboard=retry_keyboard(ask, turn.tr))


def read_for(turn: Turn, ask: CardAsk, analysis: Analysis) -> Reading:
    """Return the result as this turn's reader sees it."""
    past = is_past(analysis, asked_past=ask.asked_past, pinned=ask.at_ms is not None, now_ms=turn.now_ms)
    return Reading(
        analysis, ask.module, look_of(ask.module.id), turn.tr, turn.config.time_zone, turn.now_ms, past
    )


async def _draw(turn: Turn, reading: Reading, chart: Chart) -> bytes:
    labels = chart_labels(
        turn.tr.gettext,
        turn.tr.language,
        chart.words,
        as_of=as_of_words(reading.analysis, reading.zone, turn.tr, past=reading.past),
        word=score_word(reading.analysis, reading.look, turn.tr),
        tone=reading.look.tone(reading.analysis),
        zone=reading.zone,
        market=market_words(reading.analysis, turn.tr),
        moment=moment(reading.analysis.as_of, reading.zone, turn.tr.language),
    )
    return await turn.desk.charts.draw(chart.draw, reading.analysis, theme=turn.config.theme, labels=labels)


def _outgoing(
    text: Html, turn: Turn, ask: CardAsk, analysis: Analysis, *, keep_picture: bool = False
) -> Outgoing:
    keyboard = card_keyboard(ask, analysis, turn.tr)
    return Outgoing(text, plain(text), keyboard=keyboard, keep_picture=keep_picture)
