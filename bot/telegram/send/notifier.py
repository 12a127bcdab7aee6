"""The only component that sends to Telegram: it splits long texts and passes each message to the delivery."""

from collections.abc import Callable
from dataclasses import replace
from typing import Literal

import structlog
from telegram import InlineQueryResultArticle, InputTextMessageContent
from telegram.constants import ChatMemberStatus, ParseMode
from telegram.error import BadRequest, Forbidden, InvalidToken, RetryAfter, TelegramError
from telegram.ext import ExtBot

from bot.telegram.send.api_errors import ApiErrorKind, error_kind, understood
from bot.telegram.send.delivery import BeforeSending, Delivery
from bot.telegram.send.form_memory import CAPACITY, Form, FormMemory
from bot.telegram.send.forms import PictureRefused, RichRefused, without_picture, without_rich
from bot.telegram.send.newer_calls import send_draft
from bot.telegram.send.outgoing_message import edit_once, outgoing_messages, retry, rich_message
from bot.telegram.send.whispers import Whispers
from handlers.ports import Asker, ChatRef, InlineCard, MessageContent, MessageRef, Person, Undeliverable
from handlers.render.html import has_times, split, without_times
from handlers.render.rich import RichBlock
from utils.caching import TtlCache
from utils.clock import Clock

ADMIN_TTL_S = 60.0
INLINE_CACHE_S = 15
log = structlog.get_logger(__name__)


class TelegramNotifier:
    """Implements `handlers.ports.Notifier` over a bot whose rate limiter keeps Telegram's limits.

    The only exception it raises is `Undeliverable`. ``on_moved`` is called with the old and the new id of a group that
    has become a supergroup, ``on_heard`` with the chat of every message that was received.
    """

    def __init__(
        self,
        bot: ExtBot[int],
        clock: Clock,
        *,
        on_moved: Callable[[int, int], None] = lambda old_id, new_id: None,
        on_heard: Callable[[int], None] = lambda chat_id: None,
    ) -> None:
        self._bot = bot
        self._clock = clock
        self._forms = FormMemory(clock)
        self._delivery = Delivery(bot, clock, self._forms, on_moved)
        self._whispers = Whispers(bot, clock, self._forms)
        self._on_heard = on_heard
        self._admins: TtlCache[tuple[int, int], bool] = TtlCache(clock, size=CAPACITY)

    def note_received(self, chat: ChatRef, message_id: int) -> None:
        """Note a person's message; a message whose response was lost is looked for after it."""
        self._delivery.note_newest(chat.chat_id, message_id)
        self._on_heard(chat.chat_id)

    def note_moved(self, old_id: int, new_id: int) -> None:
        """Note the id of the supergroup that a group has become."""
        self._delivery.note_moved(old_id, new_id)

    async def send_chat_action(self, chat: ChatRef, action: Literal["typing", "upload_photo"]) -> None:
        """Show in the chat that the bot is working; an error is only logged."""
        try:
            await self._bot.send_chat_action(
                self._delivery.chat_id(chat), action, message_thread_id=chat.thread_id
            )
        except TelegramError as error:
            log.debug("chat action failed", chat_id=chat.chat_id, error=str(error))

    async def send(
        self,
        chat: ChatRef,
        content: MessageContent,
        *,
        reply_to: int | None = None,
        before: BeforeSending | None = None,
    ) -> MessageRef:
        """Send one message, split if it is over Telegram's limit; return the last part. See `Notifier.send`."""
        chat = replace(chat, chat_id=self._delivery.chat_id(chat))
        content = self._suited(chat.chat_id, content)
        if content.rich is not None:
            message = rich_message(chat, content, content.rich.blocks, None)
            try:
                return await self._delivery.send(replace(message, reply_to=reply_to), before)
            except RichRefused as error:
                self._note_rich_refused(chat.chat_id, error)
                sent = await self._send_simply(chat, without_rich(content), reply_to, before)
                return replace(sent, refused_rich=error.lasting)
        return await self._send_simply(chat, content, reply_to, before)

    async def whisper(self, chat: ChatRef, content: MessageContent, asker: Asker) -> MessageRef | None:
        """Send a message that the asker alone sees. See `Notifier.whisper`."""
        chat = replace(chat, chat_id=self._delivery.chat_id(chat))
        content = self._suited(chat.chat_id, content)
        if content.rich is not None and content.rich.is_sample:
            message = rich_message(chat, content, content.rich.blocks, None)
            if (shown := await self._whispers.send((message,), asker)) is not None:
                return shown
        content = without_rich(content)
        parts = outgoing_messages(chat, content, _parts(content), None)
        sent = await self._whispers.send(parts, asker)
        if sent is None and asker.hidden:
            return await self.send(ChatRef(asker.person_id, "private"), content)
        return sent

    async def find(
        self,
        chat: ChatRef,
        content: MessageContent,
        after_id: int,
        *,
        reply_to: int | None = None,
        others: frozenset[int] = frozenset(),
    ) -> int | None:
        """Look for what may have been delivered right after ``after_id``. See `Notifier.find`."""
        chat = replace(chat, chat_id=self._delivery.chat_id(chat))
        (message,) = outgoing_messages(chat, content, _parts(content), reply_to)
        return await self._delivery.find(message, after_id, others)

    async def edit(self, ref: MessageRef, content: MessageContent) -> MessageRef:
        """Replace a message's content; where Telegram cannot edit it that way, send a new message."""
        if ref.asker is not None:
            return await self._edit_whisper(ref, content, ref.asker)
        content = self._suited(ref.chat.chat_id, content)
        if content.rich is not None and not ref.is_captioned:
            try:
                return await self._edit_rich(ref, content, content.rich.blocks)
            except RichRefused as error:
                self._note_rich_refused(ref.chat.chat_id, error)
                edited = await self._edit_simply(ref, without_rich(content))
                return replace(edited, refused_rich=error.lasting)
        return await self._edit_simply(ref, without_rich(content))

    async def edit_if_free(self, ref: MessageRef, content: MessageContent) -> bool:
        """Replace a text once if the limits leave room for answers. See `Notifier.edit_if_free`."""
        if ref.asker is None and not self._delivery.can_edit(ref):
            return False
        (message,) = outgoing_messages(ref.chat, content, (content.text,), None)
        if ref.asker is not None:
            return await self._whispers.edit_if_free(ref, message, ref.asker)
        try:
            await edit_once(self._bot, message, ref.message_id)
        except TelegramError as error:
            log.debug("placeholder not renewed", chat_id=ref.chat.chat_id, error=str(error))
            return False
        return True

    async def draft(self, chat: ChatRef, draft_id: int, content: MessageContent) -> bool:
        """Show a preview of an answer; a refusal is remembered for a day. See `Notifier.draft`."""
        if self._forms.refuses(Form.DRAFT, chat.chat_id):
            return False
        (message,) = outgoing_messages(chat, content, (content.text,), None)
        try:
            await send_draft(self._bot, message, draft_id)
        except RetryAfter:
            return False
        except (BadRequest, Forbidden, InvalidToken) as error:  # a method that the server lacks is the last
            log.info("drafts refused", chat_id=chat.chat_id, error=str(error))
            self._forms.note_refusal(Form.DRAFT, chat.chat_id)
            return False
        except TelegramError as error:
            log.debug("draft not shown", chat_id=chat.chat_id, error=str(error))
            return error_kind(error) in {ApiErrorKind.RESPONSE_LOST, ApiErrorKind.NOT_UNDERSTOOD}
        return True

    async def answer_guest(self, query_id: str, card: InlineCard) -> None:
        """Answer a message of a chat that the bot is not in; an error is only logged."""
        try:
            await understood(
                self._bot.answer_guest_query(
                    query_id, _article(card, times=not self._forms.refuses(Form.TIMES))
                )
            )
        except TelegramError as error:
            log.info("guest query not answered", error=str(error))

    async def answer_callback_query(self, query_id: str, text: str = "", *, alert: bool = False) -> None:
        """Answer a button press; an error (the query is too old) is only logged."""
        try:
            await retry(
                lambda: self._bot.answer_callback_query(query_id, text or None, show_alert=alert),
                self._clock,
                idempotent=True,
            )
        except TelegramError as error:
            log.info("callback query not answered", error=str(error))

    async def answer_inline(self, query_id: str, cards: tuple[InlineCard, ...]) -> None:
        """Answer an inline query; an error (the query is too old) is only logged."""
        try:
            await self._answer_inline(query_id, cards)
        except TelegramError as error:
            log.info("inline query not answered", error=str(error))

    async def is_admin(self, chat: ChatRef, person: Person) -> bool:
        """Return whether this person administers this chat; false if Telegram does not say. Cached for a minute.

        Who speaks as the chat itself is an anonymous administrator.
        """
        if chat.kind == "private":
            return chat.chat_id == person.id
        chat_id = self._delivery.chat_id(chat)
        if person.id == chat_id:
            return True
        try:
            return await self._admins.fetch(
                (chat_id, person.id), ADMIN_TTL_S, lambda: self._fetch_is_admin(chat_id, person.id)
            )
        except TelegramError as error:
            log.info("administrator status not available", chat_id=chat_id, error=str(error))
            return False

    async def _answer_inline(self, query_id: str, cards: tuple[InlineCard, ...]) -> None:
        """Answer with the cards, without times in the reader's zone where the server does not take them."""
        times = not self._forms.refuses(Form.TIMES)
        results = [_article(card, times=times) for card in cards]
        try:
            await self._bot.answer_inline_query(
                query_id, results, cache_time=INLINE_CACHE_S, is_personal=True
            )
        except TelegramError as error:
            timed = times and any(has_times(card.text) for card in cards)
            if not timed or error_kind(error) is not ApiErrorKind.PARSE_ERROR:
                raise
            self._forms.note_refusal(Form.TIMES)
            await self._answer_inline(query_id, cards)

    async def _fetch_is_admin(self, chat_id: int, person_id: int) -> bool:
        member = await self._bot.get_chat_member(chat_id, person_id)
        return member.status in {ChatMemberStatus.ADMINISTRATOR, ChatMemberStatus.OWNER}

    def _suited(self, chat_id: int, content: MessageContent) -> MessageContent:
        """Return the content in a form that the chat takes."""
        if content.rich is not None and self._forms.refuses(Form.RICH, chat_id):
            content = without_rich(content)
        forbidden = content.picture is not None and self._forms.refuses(Form.PICTURE, chat_id)
        return without_picture(content) if forbidden else content

    def _note_rich_refused(self, chat_id: int, error: RichRefused) -> None:
        log.warning("rich message refused, sending a simpler form", chat_id=chat_id, error=str(error))
        if error.lasting:
            self._forms.note_refusal(Form.RICH, chat_id)

    async def _send_simply(
        self,
        chat: ChatRef,
        content: MessageContent,
        reply_to: int | None,
        before: BeforeSending | None,
    ) -> MessageRef:
        """Send text and picture, the text alone where the picture is refused."""
        try:
            return await self._send_as(chat, content, reply_to, before)
        except PictureRefused:
            return await self._send_as(chat, without_picture(content), reply_to, before)

    async def _edit_simply(self, ref: MessageRef, content: MessageContent) -> MessageRef:
        """Put text and picture in place of a message, the text alone where the picture is refused."""
        try:
            return await self._edit_as(ref, content)
        except PictureRefused:
            return await self._edit_as(ref, without_picture(content))

    async def _edit_rich(
        self, ref: MessageRef, content: MessageContent, blocks: tuple[RichBlock, ...]
    ) -> MessageRef:
        if not self._delivery.can_edit(ref):
            return await self.send(ref.chat, content)
        message = rich_message(ref.chat, content, blocks, ref.chart_id)
        return await self._delivery.edit(ref, replace(message, reply_to=self._delivery.reply_of(ref)))

    async def _send_as(
        self,
        chat: ChatRef,
        content: MessageContent,
        reply_to: int | None,
        before: BeforeSending | None,
    ) -> MessageRef:
        ref = None
        for message in outgoing_messages(chat, content, _parts(content), reply_to):
            ref = await self._delivery.send(message, before if ref is None else None)
        if ref is None:
            raise Undeliverable(chat.chat_id, "an empty message cannot be sent", gone=False)
        return ref

    async def _edit_whisper(self, ref: MessageRef, content: MessageContent, asker: Asker) -> MessageRef:
        """Replace what the asker alone sees, else whisper anew, else say it openly if the question was open."""
        parts = (content.text,) if ref.is_captioned else _parts(content)
        stays = not ref.is_captioned or content.picture is not None or content.keep_picture
        if ref.ephemeral_id and stays and len(parts) == 1:
            (message,) = outgoing_messages(ref.chat, content, parts, None)
            if (edited := await self._whispers.edit(ref, message, asker)) is not None:
                return edited
        sent = await self.whisper(ref.chat, content, asker) or await self.send(ref.chat, content)
        if ref.ephemeral_id:
            await self._whispers.delete(ref, asker)
        return sent

    async def _edit_as(self, ref: MessageRef, content: MessageContent) -> MessageRef:
        reply_to = self._delivery.reply_of(ref)
        if ref.is_captioned and content.picture is None and not content.keep_picture:
            sent = await self.send(ref.chat, content, reply_to=reply_to)
            await self._delivery.delete(ref)
            return sent
        if not self._delivery.can_edit(ref):
            return await self.send(ref.chat, content)
        parts = (content.text,) if ref.is_captioned else _parts(content)
        first, *rest = outgoing_messages(ref.chat, content, parts, None)
        edited = await self._delivery.edit(ref, replace(first, reply_to=reply_to))
        for message in rest:
            edited = await self._delivery.send(message)
        return edited


def _article(card: InlineCard, *, times: bool) -> InlineQueryResultArticle:
    text = InputTextMessageContent(
        card.text if times else without_times(card.text), parse_mode=ParseMode.HTML
    )
    return InlineQueryResultArticle(card.id, card.title, text, description=card.description)


def _parts(content: MessageContent) -> tuple[str, ...]:
    return (content.text,) if content.picture is not None else tuple(split(content.text))
