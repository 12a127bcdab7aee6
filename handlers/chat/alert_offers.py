"""``Alert me`` under a card: two or three ready alerts about what it shows, and the command to write one's own."""

from handlers.alerts.catalogue import PRICE
from handlers.alerts.condition import WatchedValue
from handlers.alerts.keys import AlertDraft
from handlers.alerts.ready import ready_predicates
from handlers.alerts.rule import Rule
from handlers.alerts.truth import CurrentValues
from handlers.alerts.typed import typed_rule
from handlers.alerts.words import AlertWords
from handlers.chat.alert_cards import alerts_of, offered
from handlers.chat.context import RequestContext
from handlers.chat.keyboard import USUAL_SCORE, CardRequest, subject_of
from handlers.composites.registry import ONE
from handlers.composites.topic import CompositeTopic, Topic
from handlers.ports import MessageContent
from handlers.render.html import bold, code, fill, join, plain

Offers = list[tuple[str, AlertDraft]]
"""The words of buttons and the alerts that they make."""


async def alert_offer(context: RequestContext, card: CardRequest) -> MessageContent:
    """Return the alerts that are offered under a card. Raises `SourceError`."""
    watched = _watched(card.topic, card.interval)
    symbol, tr = subject_of(card.symbol, card.market), context.tr
    asked = (watched, PRICE)
    values = await alerts_of(context).values(card.symbol, card.market, card.interval, asked)
    offers = _offers(context, symbol, watched, values)
    head = fill(tr.gettext("Tell me when, for {symbol}:"), symbol=bold(symbol))
    own = fill(tr.gettext("Or write it yourself: {example}"), example=code(f"/alert {offers[0][1].text}"))
    return await offered(context, join("\n", [head, own]), offers)


def usual_offers(context: RequestContext) -> Offers:
    """Return the alerts that are offered about the chat's symbol to somebody who has named nothing."""
    watched = _watched(ONE[USUAL_SCORE], context.config.default_interval)
    return _offers(context, context.config.default_symbol, watched, {})


def _offers(context: RequestContext, symbol: str, watched: WatchedValue, values: CurrentValues) -> Offers:
    catalogue, zone = alerts_of(context).catalogue, context.config.time_zone
    words = AlertWords(catalogue, context.tr, interval=context.config.default_interval, zone=zone)
    return [
        (plain(words.condition(one)), AlertDraft(typed_rule(Rule(symbol, one), symbol, zone)))
        for one in ready_predicates(watched, values, catalogue)
    ]


def _watched(topic: Topic, interval: str) -> WatchedValue:
    """The score of a card; of a card with all of them the one that stands for them."""
    if not isinstance(topic, CompositeTopic):
        return WatchedValue("score", topic.id, interval=interval if topic.interval is None else None)
    one = topic if topic.kind == "one" else ONE[USUAL_SCORE]
    return WatchedValue("composite", one.id, interval=interval if one.interval is None else None)
