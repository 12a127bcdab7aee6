"""From a requested card about composite scores to a message: one result object for text, chart and buttons."""

from collections.abc import Iterable
from dataclasses import replace
from functools import partial

from composite.ranking import Ranking
from handlers.chat.account import account_for_card
from handlers.chat.card_content import drawn, expired, is_unkept, message, pictured
from handlers.chat.context import RequestContext
from handlers.chat.keyboard import CardRequest
from handlers.composites.board import Board
from handlers.composites.board_card import BoardView, board_blocks, board_caption, board_text
from handlers.composites.board_chart import BOARD_CHART
from handlers.composites.inputs import with_titles
from handlers.composites.record_card import record_blocks, record_caption, record_text
from handlers.composites.registry import ALL, ONE
from handlers.composites.scan_card import ScanView, scan_blocks, scan_caption, scan_text
from handlers.composites.scan_chart import SCAN_CHART
from handlers.composites.score_card import score_blocks, score_caption, score_text
from handlers.composites.score_why import score_why_blocks, score_why_caption, score_why_text
from handlers.composites.topic import CompositeTopic, look_of
from handlers.composites.view import ScoreView
from handlers.ports import MessageContent
from handlers.render.account import account_blocks
from handlers.render.html import Html
from handlers.render.labels import ChartLabels, chart_labels
from handlers.render.rich import Fold, RichCard
from handlers.render.scored import Dated, Scored
from handlers.render.tones import Tone
from handlers.render.words import as_of_words, decimals_of, is_past, market_words, moment, score_word
from handlers.services import CompositePort
from utils.waiting import whole_step


async def make_composite_card(
    context: RequestContext, card: CardRequest, topic: CompositeTopic, notice: Html
) -> MessageContent:
    """Return the requested card about composite scores. Raises `SourceError`."""
    if topic.kind == "all":
        return await _board_card(context, card, notice)
    if topic.kind == "scan":
        return await _scan_card(context, card, notice)
    return await _score_card(context, card, topic, notice)


async def _score_card(
    context: RequestContext, card: CardRequest, topic: CompositeTopic, notice: Html
) -> MessageContent:
    composite = context.services.scores.get(card)
    if composite is None and is_unkept(card):
        return expired(context, card)
    if composite is None:
        composite = with_titles(await _composites(context).score(topic.id, card.request))
        context.services.scores.put(card, composite)
    view = ScoreView(
        composite,
        topic,
        context.tr,
        context.config.time_zone,
        context.now_ms,
        _is_past(context, card, composite),
        notice=notice,
    )
    if card.view in {"why", "evidence"}:
        return await _explained(context, card, view)
    if topic.account:
        account = await account_for_card(context, card, past=view.past)
        view = replace(view, personal=account_blocks(account, context.tr, context.config.time_zone))
    if (personal := look_of(topic).personal) is not None:
        own = await account_for_card(context, card, past=view.past)
        view = replace(view, personal=() if own is None else personal(composite, own, context.tr))
    chart = look_of(topic).chart
    return await pictured(
        context,
        card,
        composite,
        lambda: drawn(context, chart, composite, _score_labels(context, view, chart.words)),
        caption=lambda: score_caption(view),
        text=lambda: score_text(view),
        rich=partial(rich_score_card, view),
    )


def rich_score_card(view: ScoreView) -> RichCard:
    """Return the whole card, with its explanation folded below it."""
    return RichCard(score_blocks(view), [Fold(view.tr.gettext("Why?"), score_why_blocks(view)[1:])])


async def _explained(context: RequestContext, card: CardRequest, view: ScoreView) -> MessageContent:
    picture = card.with_picture
    if card.view == "why":
        text, blocks = score_why_caption(view) if picture else score_why_text(view), score_why_blocks(view)
    else:
        records = await _composites(context).evidence(view.topic.id, card.request)
        text = record_caption(view, records) if picture else record_text(view, records)
        blocks = record_blocks(view, records)
    return message(text, context, card, view.composite, rich=lambda: RichCard(blocks), keep_picture=picture)


async def _board_card(context: RequestContext, card: CardRequest, notice: Html) -> MessageContent:
    board = context.services.boards.get(card)
    if board is None and is_unkept(card):
        return expired(context, card)
    if board is None:
        scores = await _composites(context).all(card.request)
        board = Board(card.interval, tuple(map(with_titles, scores)))
        context.services.boards.put(card, board)
        _keep_each(context, card, board)
    past = _is_past(context, card, board)
    view = BoardView(board, context.tr, context.config.time_zone, context.now_ms, past, notice)
    title = context.tr.gettext(ALL.title)
    labels = _labels(context, board, BOARD_CHART.words, past=past, headed=board.headed, title=title)
    return await pictured(
        context,
        card,
        board,
        lambda: drawn(context, BOARD_CHART, board, labels),
        caption=lambda: board_caption(view),
        text=lambda: board_text(view),
        rich=lambda: RichCard(board_blocks(view)),
    )


def _keep_each(context: RequestContext, card: CardRequest, board: Board) -> None:
    """Keep the scores of a card for the buttons that show one of them, so that these show the same numbers."""
    for score in board.scores:
        topic = ONE[score.name]
        command, interval = topic.commands[0], topic.interval_of(card.interval)
        one = replace(card, command=command, topic=topic, interval=interval)
        context.services.scores.put_at(one, score, board)


async def _scan_card(context: RequestContext, card: CardRequest, notice: Html) -> MessageContent:
    ranking = context.services.rankings.get(card)
    if ranking is None and is_unkept(card):
        return expired(context, card)
    if ranking is None:
        ranking = await _ranking(context, card)
        context.services.rankings.put(card, ranking)
    past = _is_past(context, card, ranking)
    view = ScanView(ranking, context.tr, context.config.time_zone, context.now_ms, past, notice)
    labels = _labels(context, ranking, SCAN_CHART.words, past=past)
    return await pictured(
        context,
        card,
        ranking,
        lambda: drawn(context, SCAN_CHART, ranking, labels),
        caption=lambda: scan_caption(view),
        text=lambda: scan_text(view),
        rich=lambda: RichCard(scan_blocks(view)),
    )


async def _ranking(context: RequestContext, card: CardRequest) -> Ranking:
    scans, asked = context.services.scans, card.scan
    if scans is None or asked is None:
        raise LookupError(f"/{card.command} has nothing to scan with: give the dispatcher a ScanPort")
    with whole_step("scan", interval=card.interval) as work:
        count = len(card.basket.members) if asked.count is None and card.basket else asked.count or 0
        quote = context.config.quote
        return await scans.scan(asked.score, count, card.request, quote=quote, progress=work.reached)


def _composites(context: RequestContext) -> CompositePort:
    if context.services.composites is None:
        raise LookupError(f"/{context.spec.name} has no scores: give the dispatcher a CompositePort")
    return context.services.composites


def _is_past(context: RequestContext, card: CardRequest, answer: Dated) -> bool:
    pinned = card.at_ms is not None
    return is_past(answer, card.interval, asked_past=card.asked_past, pinned=pinned, now_ms=context.now_ms)


def _score_labels(context: RequestContext, view: ScoreView, words: Iterable[str]) -> ChartLabels:
    composite, look, tr = view.composite, look_of(view.topic), context.tr
    return _labels(
        context,
        composite,
        words,
        past=view.past,
        headed=composite,
        title=tr.gettext(view.topic.title),
        word=score_word(composite, look, tr),
        tone=look.tone(composite),
    )


def _labels(
    context: RequestContext,
    answer: Dated,
    words: Iterable[str],
    *,
    past: bool,
    headed: Scored | None = None,
    title: str = "",
    word: str = "",
    tone: Tone = "plain",
) -> ChartLabels:
    tr, zone = context.tr, context.config.time_zone
    tick_size = None if headed is None else headed.tick_size
    return chart_labels(
        tr.gettext,
        tr.language,
        words,
        as_of=as_of_words(answer, zone, tr, past=past),
        word=word,
        tone=tone,
        zone=zone,
        market="" if headed is None else market_words(headed, tr),
        title=title,
        price_decimals=None if tick_size is None else decimals_of(tick_size),
        moment=moment(answer.as_of, zone, tr.language),
    )
