"""The messages about alerts that are kept: one with its state, all of a chat, and the question before deleting."""

from collections.abc import Sequence
from typing import Final

from handlers.alerts.buttons import alert_keyboard, deletion_keyboard, list_keyboard, offer_keyboard
from handlers.alerts.condition import predicates
from handlers.alerts.keys import AlertDraft, named_of
from handlers.alerts.port import AlertPort
from handlers.alerts.rule import Rule
from handlers.alerts.said import AlertSayings
from handlers.alerts.stored import market_of, rule_of
from handlers.chat.context import RequestContext
from handlers.ports import ChatRef, Keyboard, MessageContent
from handlers.render.html import Html, bold, code, esc, fill, glue, join, plain
from handlers.render.sentences import source_fault
from utils.http.errors import SourceError, Unavailable
from utils.store.alerts import StoredAlert
from utils.store.urls import SOURCE

USAGE_EXAMPLE: Final = "/alert btc trend_strength.4h > 0.8"


def alerts_of(context: RequestContext) -> AlertPort:
    """Return what keeps alerts; `Unavailable` where nothing does."""
    if context.services.alerts is None:
        raise Unavailable(SOURCE, "nothing keeps alerts")
    return context.services.alerts


def chat_of(context: RequestContext) -> ChatRef:
    """Return the chat of a request; `LookupError` for one that came from none."""
    if context.chat is None:
        raise LookupError(f"/{context.spec.name} was asked in no chat")
    return context.chat


def sayings(context: RequestContext) -> AlertSayings:
    """Return the words of alerts in the language and zone of a request."""
    return AlertSayings(alerts_of(context).catalogue, context.tr, context.config.time_zone)


async def alert_card(context: RequestContext, alert: StoredAlert, head: str = "") -> MessageContent:
    """Return one alert: what it watches, the values now, its state, and its buttons. Raises `SourceError`."""
    alerts, said, asked = alerts_of(context), sayings(context), alert.definition
    await alerts.keep(named_of(alert))
    rule = rule_of(asked, alerts.catalogue)
    now = Html("")
    if isinstance(rule, Rule) and alert.standing.phase != "expired":
        watched = [one.watched for one in predicates(rule.condition)]
        values = await alerts.values(asked.symbol, market_of(asked), asked.interval, watched)
        now = said.now(asked, rule, values)
    title = head or context.tr.gettext("Alert {number}", number=alert.key.number)
    state = said.state(alert, context.services.clock.now_ms())
    text = join("\n", [bold(title), said.rule(alert), now, state])
    return content(text, alert_keyboard(alert, context.tr))


async def alert_list(context: RequestContext) -> MessageContent:
    """Return all alerts of the chat with their states. Raises `SourceError`."""
    alerts, said, tr = alerts_of(context), sayings(context), context.tr
    found = await alerts.of_chat(chat_of(context).chat_id)
    if not found:
        nothing = tr.gettext("There is no alert in this chat. For example: {example}")
        return content(fill(nothing, example=code(USAGE_EXAMPLE)))
    for alert in found:
        await alerts.keep(named_of(alert))
    now_ms = context.services.clock.now_ms()
    head = tr.ngettext("{count} alert in this chat", "{count} alerts in this chat", len(found))
    blocks = [
        join("\n", [glue(bold(f"{one.key.number} "), said.rule(one)), said.state(one, now_ms)])
        for one in found
    ]
    return content(join("\n\n", [bold(head), *blocks]), list_keyboard(found))


async def offered(
    context: RequestContext, text: Html, offers: Sequence[tuple[str, AlertDraft]]
) -> MessageContent:
    """Return a message with a button for each alert that a press makes. Raises `SourceError`."""
    for _, draft in offers:
        await alerts_of(context).keep(draft)
    return content(text, offer_keyboard(offers, context.person.id))


def deletion_question(context: RequestContext, alert: StoredAlert) -> MessageContent:
    """Return the question whether an alert is to be deleted."""
    head = context.tr.gettext("Delete alert {number}?", number=alert.key.number)
    return content(
        join("\n", [bold(head), sayings(context).rule(alert)]), deletion_keyboard(alert, context.tr)
    )


def deleted_line(context: RequestContext, alert: StoredAlert) -> MessageContent:
    """Return that an alert is deleted, and the command that makes it again."""
    head = context.tr.gettext("Alert {number} is deleted.", number=alert.key.number)
    return content(join("\n", [esc(head), sayings(context).short(alert.definition)]))


def edit_line(context: RequestContext, alert: StoredAlert) -> MessageContent:
    """Return the command of an alert, to be changed and sent again."""
    head = esc(context.tr.gettext("Copy this, change it and send it:"))
    return content(join("\n", [head, code(sayings(context).command(alert))]))


def admins_only(context: RequestContext) -> str:
    """Return that only administrators may do that in this group."""
    return context.tr.gettext("In a group only its admins may set, change or delete alerts.")


def trouble(error: SourceError, context: RequestContext) -> Html:
    """Return what a reader can do when alerts cannot be read or kept, or a symbol not looked up."""
    if error.source == SOURCE:
        return esc(context.tr.gettext("I cannot reach my notes of alerts now; try again in a minute."))
    return source_fault(error, context.tr, zone=context.config.time_zone)


def content(text: Html, keyboard: Keyboard = ()) -> MessageContent:
    """Return a message."""
    return MessageContent(text, plain(text), keyboard=keyboard)
