"""Presses of the buttons of alerts: who may, what each does, and what the message says afterwards."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from handlers.alerts.buttons import LIST_COMMAND
from handlers.alerts.condition import WatchedValue, predicates
from handlers.alerts.keys import AlertDraft
from handlers.alerts.machine import AlertState, seen, snoozed
from handlers.alerts.rule import Rule
from handlers.alerts.stored import market_of, rule_of, standing_after, state_of
from handlers.chat.alert_cards import (
    admins_only,
    alert_card,
    alert_list,
    alerts_of,
    deleted_line,
    deletion_question,
    edit_line,
    trouble,
)
from handlers.chat.alert_making import make_alert
from handlers.chat.alert_offers import alert_offer
from handlers.chat.callback_data import CallbackData
from handlers.chat.cards import make_card_or_error
from handlers.chat.context import RequestContext
from handlers.chat.keyboard import CardRequest
from handlers.chat.press_answer import PressAnswer
from handlers.chat.rights import may_change
from handlers.composites.registry import ONE
from handlers.locale.messages import AUTO
from handlers.ports import MessageContent, MessageRef
from handlers.registry import CommandSpec
from handlers.render.html import plain
from handlers.render.words import moment
from handlers.render.working import working_words
from utils.http.errors import SourceError, Unavailable
from utils.store.alerts import StoredAlert
from utils.store.urls import SOURCE
from utils.units import HOUR_MS
from utils.waiting import Work

SNOOZES: Final = {"az2": 2 * HOUR_MS, "az24": 24 * HOUR_MS}
FREE: Final = frozenset({"r", "c"})
"""What changes nothing, and is for everybody in the chat."""
ADMINISTRATIVE: Final = frozenset({"ad", "ok", "no"})
"""What in a group its administrators alone may do."""
TRIES: Final = 3
"""A press is tried so often where a look at the alert comes between."""
PRICE_MODULE: Final = "trend"
"""The module whose chart shows the price."""


@dataclass(frozen=True, slots=True)
class AlertPress:
    """One press: what the button says, its message, who pressed it where, and the answer that it gets."""

    data: CallbackData
    message: MessageRef
    context: RequestContext
    answer: PressAnswer

    async def edit(self, content: MessageContent) -> None:
        """Replace the message."""
        await self.answer.give()
        await self.context.services.notifier.edit(self.message, content)

    async def reply(self, content: MessageContent) -> None:
        """Send a message that answers this one."""
        await self.answer.give()
        await self.context.services.notifier.send(
            self.message.chat, content, reply_to=self.message.message_id
        )


async def offer_alerts(press: AlertPress, card: CardRequest) -> None:
    """Offer alerts about a card, to whom may make them here."""
    if not await may_change(press.context):
        await press.answer.give(admins_only(press.context))
        return
    try:
        await press.reply(await alert_offer(press.context, card))
    except SourceError as error:
        await _show(press, error)


async def press_alert(press: AlertPress) -> None:
    """Do what a button of an alert asks for, once. Nothing in its data gives a right: the stored alert does."""
    try:
        await _press(press)
    except SourceError as error:
        await _show(press, error)


async def _show(press: AlertPress, error: SourceError) -> None:
    line = trouble(error, press.context)
    await press.answer.show(MessageContent(line, plain(line)))


async def _press(press: AlertPress) -> None:
    context, tr = press.context, press.context.tr
    if press.data.command == LIST_COMMAND:
        await press.edit(await alert_list(context))
        return
    named = await alerts_of(context).find(press.data.subject or "")
    if named is None:
        await press.answer.give(tr.gettext("I no longer know this button; send the command again."))
    elif isinstance(named, AlertDraft):
        await _make(press, named)
    elif (alert := await _alert(press, named.created_at)) is None:
        await press.answer.give(tr.gettext("This alert is no longer here."))
    elif not await _may_press(press, alert):
        await press.answer.give(_refusal(press))
    else:
        await _do(replace(press, context=_in_its_language(context, alert)), alert)


async def _make(press: AlertPress, draft: AlertDraft) -> None:
    made = await make_alert(press.context, draft)
    await (press.edit(made.answer) if made.is_made else press.answer.show(made.answer))


async def _alert(press: AlertPress, created_at: int) -> StoredAlert | None:
    """The alert of the message's chat that was created at a moment."""
    there = await alerts_of(press.context).of_chat(press.message.chat.chat_id)
    return next((one for one in there if one.created_at == created_at), None)


async def _may_press(press: AlertPress, alert: StoredAlert) -> bool:
    action, person = press.data.action, press.context.person
    if action in FREE:
        return True
    if action not in ADMINISTRATIVE and alert.definition.person_id == person.id:
        return True
    return await may_change(press.context)


def _refusal(press: AlertPress) -> str:
    if press.data.action in ADMINISTRATIVE:
        return admins_only(press.context)
    return press.context.tr.gettext("Only the one who asked, or an admin, may press this.")


def _in_its_language(context: RequestContext, alert: StoredAlert) -> RequestContext:
    """The request in the chat's language, or where it has chosen none in that of who made the alert."""
    if context.config.language != AUTO:
        return context
    return replace(context, tr=context.services.messages.of(alert.definition.language))


async def _do(press: AlertPress, alert: StoredAlert) -> None:
    context, action = press.context, press.data.action
    if action == "c":
        await press.answer.give(working_words(Work(), context.tr))
        await press.reply(await _chart(context, alert))
    elif action == "ae":
        await press.reply(edit_line(context, alert))
    elif action == "ad":
        await press.edit(deletion_question(context, alert))
    elif action == "ok":
        await alerts_of(context).remove(alert.key)
        await press.edit(deleted_line(context, alert))
    elif action == "as":
        await _change(press, alert, seen, context.tr.gettext("Silent until it has been false once."))
    elif action in SNOOZES:
        await _snooze(press, alert, context.services.clock.now_ms() + SNOOZES[action])
    else:
        await press.edit(await alert_card(context, alert))


async def _snooze(press: AlertPress, alert: StoredAlert, until_ms: int) -> None:
    tr, zone = press.context.tr, press.context.config.time_zone
    toast = tr.gettext("Silent until {time}.", time=moment(until_ms, zone, tr.language))
    await _change(press, alert, lambda state: snoozed(state, until_ms), toast)


async def _change(
    press: AlertPress, alert: StoredAlert, change: Callable[[AlertState], AlertState], toast: str
) -> None:
    """Change the state of an alert as it stands now, and show it."""
    alerts, left = alerts_of(press.context), TRIES
    while left:
        left -= 1
        standing = standing_after(alert.standing, change(state_of(alert.standing)))
        if await alerts.change(alert, standing):
            await press.answer.give(toast)
            changed = replace(alert, standing=standing, version=alert.version + 1)
            await press.edit(await alert_card(press.context, changed))
            return
        found = await _alert(press, alert.created_at)
        if found is None:
            await press.answer.give(press.context.tr.gettext("This alert is no longer here."))
            return
        alert = found
    raise Unavailable(SOURCE, "an alert changed at every try")


async def _chart(context: RequestContext, alert: StoredAlert) -> MessageContent:
    """The card of what an alert watches first; of the price where that cannot be read any more."""
    asked = alert.definition
    rule = rule_of(asked, alerts_of(context).catalogue)
    first = next(predicates(rule.condition)).watched if isinstance(rule, Rule) else None
    spec = _spec_of(context, first)
    interval = asked.interval if first is None or first.interval is None else first.interval
    topic = spec.topic
    if topic is None:
        raise LookupError(f"/{spec.name} has no card: alerts can watch it")
    own = topic.interval_of(interval)
    card = CardRequest(spec.name, topic, asked.symbol, market_of(asked), own)
    return await make_card_or_error(replace(context, spec=spec), card)


def _spec_of(context: RequestContext, watched: WatchedValue | None) -> CommandSpec:
    """The command whose card shows what is watched."""
    registry = context.services.registry
    if watched is not None and watched.kind == "composite":
        return registry.by_name[ONE[watched.id].commands[0]]
    wanted = PRICE_MODULE if watched is None or watched.kind == "price" else watched.id
    of_module = {spec.module.id: spec for spec in registry.analyses if spec.module is not None}
    return of_module.get(wanted, registry.analyses[0])
