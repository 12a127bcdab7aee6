"""The only component that sends to Telegram: it splits long texts, retries and falls back."""

import asyncio
import weakref
from dataclasses import replace
from typing import Literal

import structlog
from telegram import InlineQueryResultArticle, InputTextMessageContent
from telegram.constants import ChatMemberStatus, ParseMode
from telegram.error import ChatMigrated, TelegramError
from telegram.ext import ExtBot

from bot.telegram.send import outgoing_message
from bot.telegram.send.api_errors import ApiErrorKind, error_kind, retry
from bot.telegram.send.outgoing_message import OutgoingMessage, outgoing_messages
from bot.telegram.send.recovery import find_lost_message
from handlers.ports import ChatRef, InlineCard, MessageContent, MessageRef, Person, Undeliverable
from handlers.render.split import CAPTION_LIMIT, split
from utils.caching import LruMap, TtlCache
from utils.clock import Clock

ADMIN_TTL_S = 60.0
INLINE_CACHE_S = 15
MAX_ATTEMPTS = 5
CAPACITY = 4096
log = structlog.get_logger(__name__)


class TelegramNotifier:
    """Implements `handlers.ports.Notifier` over a bot whose rate limiter keeps Telegram's limits.

    The only exception it raises is `Undeliverable`.
    """

    def __init__(self, bot: ExtBot[int], clock: Clock) -> None:
        self._bot = bot
        self._clock = clock
        self._newest: LruMap[int, int] = LruMap(CAPACITY)
        self._locks: weakref.WeakValueDictionary[int, asyncio.Lock] = weakref.WeakValueDictionary()
        self._moved: dict[int, int] = {}
        self._gone: set[int] = set()
        self._replies: LruMap[tuple[int, int], int] = LruMap(CAPACITY)
        self._admins: TtlCache[tuple[int, int], bool] = TtlCache(clock, size=CAPACITY)

    def note_received(self, chat: ChatRef, message_id: int) -> None:
        """Note a person's message; a message whose response was lost is looked for after it."""
        self._note_newest(chat.chat_id, message_id)

    async def send_chat_action(self, chat: ChatRef, action: Literal["typing", "upload_photo"]) -> None:
        """Show in the chat that the bot is working; an error is only logged."""
        try:
            await self._bot.send_chat_action(self._chat_id(chat), action, message_thread_id=chat.thread_id)
        except TelegramError as error:
            log.debug("chat action failed", chat_id=chat.chat_id, error=str(error))

    async def send(
        self, chat: ChatRef, content: MessageContent, *, reply_to: int | None = None
    ) -> MessageRef:
        """Send one message, split if it is over Telegram's limit; return the last part."""
        chat = replace(chat, chat_id=self._chat_id(chat))
        ref = None
        for message in outgoing_messages(chat, content, _parts(content), reply_to):
            ref = await self._send(message)
        if ref is None:
            raise Undeliverable(chat.chat_id, "an empty message cannot be sent", gone=False)
        return ref

    async def edit(self, ref: MessageRef, content: MessageContent) -> MessageRef:
        """Replace a message's content; where Telegram cannot edit it that way, send a new message."""
        reply_to = self._replies.get((ref.chat.chat_id, ref.message_id))
        if ref.has_picture and content.picture is None and not content.keep_picture:
            sent = await self.send(ref.chat, content, reply_to=reply_to)
            await self._delete(ref)
            return sent
        if ref.chat.chat_id in self._moved:  # message ids start anew in the supergroup
            return await self.send(ref.chat, content)
        parts = (content.text,) if ref.has_picture else _parts(content)
        first, *rest = outgoing_messages(ref.chat, content, parts, None)
        edited = await self._edit(ref, replace(first, reply_to=reply_to))
        for message in rest:
            edited = await self._send(message)
        return edited

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
        results = [
            InlineQueryResultArticle(
                card.id,
                card.title,
                InputTextMessageContent(card.text, parse_mode=ParseMode.HTML),
                description=card.description,
            )
            for card in cards
        ]
        try:
            await self._bot.answer_inline_query(
                query_id, results, cache_time=INLINE_CACHE_S, is_personal=True
            )
        except TelegramError as error:
            log.info("inline query not answered", error=str(error))

    async def is_admin(self, chat: ChatRef, person: Person) -> bool:
        """Return whether this person administers this chat; false if Telegram does not say. Cached for a minute."""
        if chat.kind == "private":
            return chat.chat_id == person.id
        chat_id = self._chat_id(chat)
        try:
            return await self._admins.fetch(
                (chat_id, person.id), ADMIN_TTL_S, lambda: self._fetch_is_admin(chat_id, person.id)
            )
        except TelegramError as error:
            log.info("administrator status not available", chat_id=chat_id, error=str(error))
            return False

    async def _fetch_is_admin(self, chat_id: int, person_id: int) -> bool:
        member = await self._bot.get_chat_member(chat_id, person_id)
        return member.status in {ChatMemberStatus.ADMINISTRATOR, ChatMemberStatus.OWNER}

    def _chat_id(self, chat: ChatRef) -> int:
        return self._moved.get(chat.chat_id, chat.chat_id)

    async def _send(self, message: OutgoingMessage) -> MessageRef:
        lock = self._locks.setdefault(message.chat.chat_id, asyncio.Lock())
        async with (
            lock
        ):  # one send per chat at a time, so that recovery cannot find a message of another send
            for _ in range(MAX_ATTEMPTS):
                try:
                    return await self._send_once(message)
                except TelegramError as error:
                    if error_kind(error) is ApiErrorKind.TOO_LONG and message.picture is not None:
                        break
                    message = self._fall_back(message, error)
            else:
                raise Undeliverable(message.chat.chat_id, "every form of the message was refused", gone=False)
        return await self._send_caption_apart(message)

    async def _send_once(self, message: OutgoingMessage) -> MessageRef:
        after_id = max(self._newest.peek(message.chat.chat_id) or 0, message.reply_to or 0)
        try:
            message_id = await self._call_send(message)
        except TelegramError as error:
            if error_kind(error) is not ApiErrorKind.RESPONSE_LOST:
                raise
            log.warning(
                "response of telegram lost, checking whether the message arrived",
                chat_id=message.chat.chat_id,
            )
            found = await find_lost_message(self._bot, message, after_id, self._clock)
            message_id = await self._call_send(message) if found is None else found
        return self._note_sent(message, message_id)

    async def _call_send(self, message: OutgoingMessage) -> int:
        sent = await retry(lambda: outgoing_message.send(self._bot, message), self._clock, idempotent=False)
        return sent.message_id

    async def _send_caption_apart(self, message: OutgoingMessage) -> MessageRef:
        log.warning("caption too long for a picture, sending the text apart", limit=CAPTION_LIMIT)
        await self._send(replace(message, html="", plain="", keyboard=()))
        return await self._send(replace(message, picture=None, reply_to=None))

    async def _edit(self, ref: MessageRef, message: OutgoingMessage) -> MessageRef:
        for _ in range(MAX_ATTEMPTS):
            current = message
            try:
                await retry(
                    lambda: outgoing_message.edit(self._bot, current, ref),  # noqa: B023 - awaited in this pass
                    self._clock,
                    idempotent=True,
                )
                return MessageRef(
                    message.chat, ref.message_id, message.picture is not None or ref.has_picture
                )
            except TelegramError as error:
                kind = error_kind(error)
                if kind is ApiErrorKind.NOT_MODIFIED:
                    return ref
                if kind is ApiErrorKind.NO_MESSAGE or isinstance(error, ChatMigrated):
                    return await self._send(message)
                message = self._fall_back(message, error)
        raise Undeliverable(message.chat.chat_id, "every form of the edit was refused", gone=False)

    def _fall_back(self, message: OutgoingMessage, error: TelegramError) -> OutgoingMessage:
        """Return the form to try after an error; raise `Undeliverable` if there is none."""
        if isinstance(error, ChatMigrated):
            log.info("group became a supergroup", old=message.chat.chat_id, new=error.new_chat_id)
            self._moved[message.chat.chat_id] = error.new_chat_id
            return message.moved_to(error.new_chat_id)
        kind = error_kind(error)
        if kind is ApiErrorKind.PARSE_ERROR and message.as_html:
            log.error("telegram cannot parse the html, sending plain text", error=str(error))
            return replace(message, as_html=False)
        if kind is ApiErrorKind.NO_TOPIC and message.chat.thread_id is not None:
            return replace(message, chat=replace(message.chat, thread_id=None))
        raise self._undeliverable(message.chat.chat_id, error, gone=kind is ApiErrorKind.CHAT_GONE) from error

    def _undeliverable(self, chat_id: int, error: TelegramError, *, gone: bool) -> Undeliverable:
        if gone and chat_id not in self._gone:
            self._gone.add(chat_id)
            log.info("chat no longer accepts messages of the bot", chat_id=chat_id, error=str(error))
        return Undeliverable(chat_id, str(error), gone=gone)

    def _note_sent(self, message: OutgoingMessage, message_id: int) -> MessageRef:
        chat_id = message.chat.chat_id
        self._gone.discard(chat_id)
        self._note_newest(chat_id, message_id)
        if message.reply_to is not None:
            self._replies.put((chat_id, message_id), message.reply_to)
        return MessageRef(message.chat, message_id, message.picture is not None)

    def _note_newest(self, chat_id: int, message_id: int) -> None:
        """Note the highest message id of a chat, whoever wrote it: what the bot sends after it has a higher one."""
        self._newest.put(chat_id, max(message_id, self._newest.peek(chat_id) or 0))

    async def _delete(self, ref: MessageRef) -> None:
        try:
            await self._bot.delete_message(self._chat_id(ref.chat), ref.message_id)
        except TelegramError as error:
            log.info("replaced message not deleted", chat_id=ref.chat.chat_id, error=str(error))


def _parts(content: MessageContent) -> tuple[str, ...]:
    return (content.text,) if content.picture is not None else tuple(split(content.text))
