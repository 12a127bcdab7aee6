"""Button presses: what each asks for, who may press, and the edit of the card that the button belongs to."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from typing import Final

from handlers.alerts.buttons import ALERT_COMMANDS
from handlers.chat.alert_presses import AlertPress, offer_alerts, press_alert
from handlers.chat.baskets import topic_of, with_current_members
from handlers.chat.callback_data import CallbackData, OutdatedCallbackData, parse_callback_data
from handlers.chat.cards import make_card, make_card_or_error
from handlers.chat.context import RequestContext, Services
from handlers.chat.keyboard import (
    CardRequest,
    ScanSubject,
    View,
    first_of,
    is_scan,
    key_in,
    parse_scan,
    parse_subject,
    was_asked,
)
from handlers.chat.live_cards import LiveCards
from handlers.chat.placeholder import PLACEHOLDER_AFTER_S
from handlers.chat.press_answer import PressAnswer
from handlers.chat.press_deduplicator import PressClaim, PressDeduplicator
from handlers.chat.recent import EXPLAINING, style_of
from handlers.chat.setting_presses import SettingPress, press_setting
from handlers.ports import Asker, CallbackQuery, ChatRef, MessageContent, MessageRef, Person
from handlers.registry import CommandSpec
from handlers.render.html import plain
from handlers.render.sentences import quota_used, source_fault
from handlers.render.working import working_words
from handlers.settings.look import settle_look
from handlers.settings.pages import COMMAND as SETTINGS_COMMAND
from utils.binance_api.intervals import SHORTEST_MS
from utils.http.errors import SourceError
from utils.timeouts import first_within
from utils.waiting import Work

GROUPS: Final = frozenset({"group", "supergroup"})
PRESS_QUOTA: Final = 1
VIEWS: Final[dict[str, View]] = {"c": "chart", "s": "chart", "x": "text", "w": "why", "e": "evidence"}

ContextFactory = Callable[[Person, ChatRef | None, CommandSpec], Awaitable[RequestContext]]
TakeQuota = Callable[[Person, ChatRef | None, int], float]


class CallbackQueryHandler:
    """Does what buttons ask for; ``make_context`` makes the context of a press, ``take_quota`` charges the person."""

    def __init__(self, services: Services, make_context: ContextFactory, take_quota: TakeQuota) -> None:
        self._services = services
        self._make_context = make_context
        self._take_quota = take_quota
        self._deduplicator = PressDeduplicator(services.clock)
        self._live = LiveCards(services.clock)

    async def close(self) -> None:
        """Stop the live cards."""
        await self._live.close()

    async def handle(self, query: CallbackQuery, answer: PressAnswer) -> None:
        """Do once what a button asks for; most presses are answered without a text."""
        data = parse_callback_data(query.data)
        command = data.command if data is not None else None
        spec = self._services.registry.by_name.get(command) if command else None
        chat = query.message.chat if query.message else None
        context = await self._make_context(query.person, chat, self._analysis_or_default(spec))
        tr = context.tr
        if query.message is None:
            await answer.give(tr.gettext("This message is too old to change; send the command again."))
        elif isinstance(data, OutdatedCallbackData):
            await self._send_current_card(query, query.message, data, context, answer)
        elif data is not None and data.command == SETTINGS_COMMAND:
            setting = SettingPress(data, query.message, context, answer)
            await self._once(query, setting, partial(press_setting, setting))
        elif data is not None and data.command in ALERT_COMMANDS:
            press = AlertPress(data, query.message, context, answer)
            await self._once(query, press, partial(press_alert, press))
        elif (
            data is None
            or spec is None
            or (card := await _requested_card(data, spec, query.message, context)) is None
        ):
            await answer.give(tr.gettext("I no longer know this button; send the command again."))
        elif not await self._may_press(query, data):
            await answer.give(tr.gettext("Only the one who asked, or an admin, may press this."))
        elif data.action == "a":
            press = AlertPress(data, query.message, context, answer)
            await self._once(query, press, partial(offer_alerts, press, card))
        elif wait_s := self._take_quota(query.person, chat, spec.quota):
            await answer.give(quota_used(wait_s, tr))
        else:
            await self._change_once(query, query.message, context, card, answer)

    def _analysis_or_default(self, spec: CommandSpec | None) -> CommandSpec:
        return spec if spec is not None and spec.topic is not None else self._services.registry.analyses[0]

    async def _may_press(self, query: CallbackQuery, data: CallbackData) -> bool:
        """A button with an owner is for them and the chat's administrators, whom only Telegram can name."""
        if data.owner is None or data.owner == query.person.id or query.message is None:
            return True
        return await self._services.notifier.is_admin(query.message.chat, query.person)

    async def _once(
        self, query: CallbackQuery, press: AlertPress | SettingPress, work: Callable[[], Awaitable[None]]
    ) -> None:
        """Do the work of a press beside cards once for all who press the button, and charge who did it."""
        claim = self._deduplicator.claim(press.message, query.data)
        if claim is None:
            await press.answer.give()
            return
        async with claim:
            if wait_s := self._take_quota(query.person, press.message.chat, PRESS_QUOTA):
                await press.answer.give(quota_used(wait_s, press.context.tr))
            else:
                await work()

    async def _change_once(
        self,
        query: CallbackQuery,
        message: MessageRef,
        context: RequestContext,
        card: CardRequest,
        answer: PressAnswer,
    ) -> None:
        """Edit the card into the message once for all who press this; whoever waits over a second is told so.

        In a group everybody gets an explanation of their own where Telegram takes that.
        """
        alone = card.view in EXPLAINING and message.asker is None and message.chat.kind in GROUPS
        asker = Asker(query.person.id, query.query_id) if alone else None
        claim = self._deduplicator.claim(message, f"{query.data} {query.person.id}" if alone else query.data)
        if claim is None:
            await answer.give()
            return
        work = Work()
        with work.collecting():
            changing = asyncio.create_task(self._change(claim, message, context, card, answer, asker))
        try:
            if not await first_within(self._services.clock, PLACEHOLDER_AFTER_S, changing):
                await answer.give(working_words(work, context.tr))
            await changing
        except SourceError as error:
            line = source_fault(error, context.tr, zone=context.config.time_zone)
            await answer.show(MessageContent(line, plain(line)))
        else:
            await answer.give()
        finally:
            changing.cancel()

    async def _change(
        self,
        claim: PressClaim,
        message: MessageRef,
        context: RequestContext,
        card: CardRequest,
        answer: PressAnswer,
        asker: Asker | None,
    ) -> None:
        """Edit the card into the message and answer the press meanwhile; a `SourceError` leaves the message alone."""
        async with claim:
            if claim.is_obsolete:
                return
            if asker is not None and await self._whispered(message, context, card, asker):
                return
            await self._live.stop(message)
            styled = await self._in_its_style(context, message)
            if card.at_ms is None:
                card = await with_current_members(styled, card)
            content = await make_card(styled, card)
            edited, _ = await asyncio.gather(self._services.notifier.edit(message, content), answer.give())
            if edited.message_id != message.message_id:
                claim.mark_replaced()
            await self._services.styles.keep(edited, style_of(styled.tr, styled.config))
            await settle_look(styled, edited)
        if card.live and edited.message_id:
            renewed, show = partial(self._renewed, styled, card), partial(self._show, styled, edited)
            self._live.start(edited, renewed, show)

    async def _whispered(
        self, message: MessageRef, context: RequestContext, card: CardRequest, asker: Asker
    ) -> bool:
        """Explain the card to the asker alone, as a text in their language; return whether Telegram took that."""
        content = await make_card(context, replace(card, with_picture=False))
        return await self._services.notifier.whisper(message.chat, content, asker) is not None

    async def _renewed(self, styled: RequestContext, card: CardRequest, live: bool) -> MessageContent:
        return await make_card(replace(styled, now_ms=self._services.market_now()), replace(card, live=live))

    async def _show(self, styled: RequestContext, message: MessageRef, content: MessageContent) -> bool:
        """Edit a live card; return whether it is still in the same message."""
        edited = await self._services.notifier.edit(message, content)
        await settle_look(styled, edited)
        return edited.message_id == message.message_id

    async def _in_its_style(self, context: RequestContext, message: MessageRef) -> RequestContext:
        """Return the request in the language, zone and theme of the card; the presser's where they are not known.

        A picture with a caption stays one, whatever the chat has chosen since.
        """
        style = await self._services.styles.find(message)
        styled = context if style is None else context.in_style(style)
        return styled.in_classic() if message.is_captioned else styled

    async def _send_current_card(
        self,
        query: CallbackQuery,
        message: MessageRef,
        old: OutdatedCallbackData,
        context: RequestContext,
        answer: PressAnswer,
    ) -> None:
        """Say that the card is of another version, and send a live one of what its data still tells."""
        if wait_s := self._take_quota(query.person, message.chat, context.spec.quota):
            await answer.give(quota_used(wait_s, context.tr))
            return
        await answer.give(context.tr.gettext("This card is old; here is a fresh one."))
        claim = self._deduplicator.claim(message, query.data)
        if claim is None:
            return
        async with claim:
            subject = old.subject or context.config.default_symbol
            card = _live_card(context, subject, old.interval or context.config.default_interval)
            styled = await self._in_its_style(context, message)
            content = await make_card_or_error(styled, card)
            sent = await self._reply(message, content)
            await self._services.styles.keep(sent, style_of(styled.tr, styled.config))
            await settle_look(styled, sent)

    async def _reply(self, message: MessageRef, content: MessageContent) -> MessageRef:
        """Answer beside a message, as openly as the message itself is."""
        notifier, asker = self._services.notifier, message.asker
        whispered = None if asker is None else await notifier.whisper(message.chat, content, asker)
        return whispered or await notifier.send(message.chat, content, reply_to=message.message_id)


def _live_card(context: RequestContext, subject: str, interval: str) -> CardRequest:
    topic = topic_of(context)
    known = topic.interval_of(interval if interval in SHORTEST_MS else context.config.default_interval)
    scan = parse_scan(subject) if is_scan(topic) else None
    symbol, market = parse_subject(context.config.default_symbol if is_scan(topic) else subject)
    if is_scan(topic) and (scan is None or scan.count is None):
        scan = ScanSubject.usual()
    return CardRequest(context.spec.name, topic, symbol, market, known, scan=scan)


async def _requested_card(
    data: CallbackData, spec: CommandSpec, message: MessageRef, context: RequestContext
) -> CardRequest | None:
    """Return the card that a button asks for, ``None`` if its data names none."""
    interval, topic = data.interval, spec.topic
    if topic is None or data.subject is None or interval is None or interval not in SHORTEST_MS:
        return None
    key = key_in(data.subject)
    basket = None if key is None else await context.services.baskets.find(key)
    scan = parse_scan(data.subject) if is_scan(topic) else None
    if (basket is None and key is not None) or (scan is None and is_scan(topic)):
        return None
    subject = data.subject if scan is None else context.config.default_symbol
    symbol, market = parse_subject(subject) if basket is None else first_of(basket)
    at_ms = None if data.at is None else data.at * 1000
    if at_ms is not None and at_ms > context.now_ms:
        at_ms = None  # a live card's time may be a second ahead; the bars of that time are those of now
    asked = at_ms is not None and was_asked(data.at or 0)
    view = VIEWS.get(data.action, "chart" if message.has_picture else "text")
    card = CardRequest(spec.name, topic, symbol, market, interval, at_ms, asked, view, basket=basket)
    live = data.action == "l" and at_ms is None
    return replace(card, with_picture=message.has_picture, live=live, scan=scan)
