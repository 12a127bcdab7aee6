"""From a requested card to a message: one run of the module, one result object for text, chart and buttons."""

from dataclasses import replace
from functools import partial
from typing import Final

import structlog

from analysis.framework.question import PATIENCE
from analysis.framework.result import Analysis
from handlers.chat.account import account_for_card
from handlers.chat.card_content import drawn, expired, is_unkept, message, pictured
from handlers.chat.composite_cards import make_composite_card
from handlers.chat.context import RequestContext
from handlers.chat.keyboard import CardRequest, basket_key, retry_keyboard, subject_of
from handlers.composites.topic import CompositeTopic
from handlers.modules.registry import LOOKS
from handlers.ports import MessageContent
from handlers.question_log import note_fault
from handlers.render.account import account_blocks
from handlers.render.card import card_blocks, card_caption, card_text
from handlers.render.html import Block, Html, code, plain
from handlers.render.labels import ChartLabels, chart_labels
from handlers.render.look import Chart
from handlers.render.rich import Fold, RichCard
from handlers.render.sentences import source_fault, with_example
from handlers.render.view import NO_NOTICE, ReaderView
from handlers.render.why import why_blocks, why_caption, why_text
from handlers.render.words import as_of_words, decimals_of, is_past, market_words, moment, score_word
from utils.binance_api.bars import NoBarsThen, NoneClosedYet
from utils.binance_api.intervals import SHORTEST_MS
from utils.http.errors import SourceError

SHORT_INTERVALS: Final = ("15m", "1m")
"""What a coin without a closed bar is asked about instead, the first that is shorter."""
log = structlog.get_logger(__name__)


async def make_card(context: RequestContext, card: CardRequest, notice: Html = NO_NOTICE) -> MessageContent:
    """Return the requested card, as text if the module has no chart. Raises `SourceError`.

    ``notice`` says above it how the question was understood.
    """
    await keep_basket(context, card)
    if isinstance(card.topic, CompositeTopic):
        return await make_composite_card(context, card, card.topic, notice)
    analysis = context.services.results.get(card)
    if analysis is None and is_unkept(card):
        return expired(context, card)
    if analysis is None:
        analysis = await context.services.runner.run(
            card.topic.id, card.request, other_timeframes=True, cost=True, patience=PATIENCE
        )
        context.services.results.put(card, analysis)
    view = replace(view_for(context, card, analysis), notice=notice)
    if card.view in {"why", "evidence"}:
        text = why_caption(view) if card.with_picture else why_text(view)
        return message(
            text,
            context,
            card,
            analysis,
            rich=lambda: RichCard(why_blocks(view)),
            keep_picture=card.with_picture,
        )
    view = replace(view, personal=await _personal(context, card, view))
    rich = partial(rich_card, view)
    if (chart := view.look.chart) is None:
        return message(card_text(view), context, replace(card, view="text"), analysis, rich=rich)
    return await pictured(
        context,
        card,
        analysis,
        lambda: drawn(context, chart, analysis, _labels(context, view, chart)),
        caption=lambda: card_caption(view),
        text=lambda: card_text(view),
        rich=rich,
    )


def rich_card(view: ReaderView) -> RichCard:
    """Return the whole card, with its explanation folded below it."""
    return RichCard(card_blocks(view), [Fold(view.tr.gettext("Why?"), why_blocks(view)[1:])])


async def _personal(context: RequestContext, card: CardRequest, view: ReaderView) -> tuple[Block, ...]:
    """Return what the card says to its reader alone: of the account, to its owner in private."""
    blocks: tuple[Block, ...] = ()
    if card.module.account:
        account = await account_for_card(context, card, past=view.past)
        blocks = account_blocks(account, context.tr, context.config.time_zone)
    if (personal := view.look.personal) is not None:
        own = await account_for_card(context, card, past=view.past)
        blocks = () if own is None else personal(view.analysis, own, context.tr)
    return blocks


async def make_card_or_error(
    context: RequestContext, card: CardRequest, notice: Html = NO_NOTICE
) -> MessageContent:
    """Return the requested card; on a source error, one line about it with a button to try again."""
    try:
        return await make_card(context, card, notice)
    except SourceError as error:
        note_fault(error)
        log.info("no card", topic=card.topic.id, symbol=card.symbol, source=error.source, detail=error.detail)
        line = source_fault(error, context.tr, zone=context.config.time_zone)
        if (instead := asked_instead(card, error)) is not None:
            line = with_example(line, code(instead), context.tr)
        return MessageContent(line, plain(line), for_asker=True, keyboard=retry_keyboard(card, context.tr))


def asked_instead(card: CardRequest, error: SourceError) -> str | None:
    """Return the command that has bars where the asked ones have none closed: shorter ones, or of now; or nothing."""
    if card.scan is not None:
        return None
    if isinstance(error, NoBarsThen):
        return f"/{card.command} {_typed_subject(card)} {card.interval}"
    if isinstance(error, NoneClosedYet) and card.topic.interval is None:
        length = SHORTEST_MS[error.interval]
        shorter = next((one for one in SHORT_INTERVALS if SHORTEST_MS[one] < length), None)
        return None if shorter is None else f"/{card.command} {_typed_subject(card)} {shorter}"
    return None


def _typed_subject(card: CardRequest) -> str:
    if card.basket is None:
        return subject_of(card.symbol, card.market)
    return card.basket.name or " ".join(subject_of(one.symbol, one.market) for one in card.basket.members)


async def keep_basket(context: RequestContext, card: CardRequest) -> None:
    """Keep what the buttons of a basket's card name."""
    if card.basket is not None:
        await context.services.baskets.keep(basket_key(card.basket), card.basket)


def view_for(context: RequestContext, card: CardRequest, analysis: Analysis) -> ReaderView:
    """Return the result with everything its words depend on: look, language, time zone, past or live."""
    past = is_past(
        analysis,
        card.interval,
        asked_past=card.asked_past,
        pinned=card.at_ms is not None,
        now_ms=context.now_ms,
    )
    return ReaderView(
        analysis,
        card.module,
        LOOKS[card.module.id],
        context.tr,
        context.config.time_zone,
        context.now_ms,
        past,
    )


def _labels(context: RequestContext, view: ReaderView, chart: Chart[Analysis]) -> ChartLabels:
    return chart_labels(
        context.tr.gettext,
        context.tr.language,
        chart.words,
        as_of=as_of_words(view.analysis, view.zone, context.tr, past=view.past),
        word=score_word(view.analysis, view.look, context.tr),
        tone=view.look.tone(view.analysis),
        zone=view.zone,
        market=market_words(view.analysis, context.tr),
        title=context.tr.gettext(view.module.title),
        price_decimals=None if view.analysis.tick_size is None else decimals_of(view.analysis.tick_size),
        moment=moment(view.analysis.as_of, view.zone, context.tr.language),
    )
