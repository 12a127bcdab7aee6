"""One message to one chat: sent or edited once, in the richest form that Telegram takes.

The forms, in this order: rich message, picture with caption, HTML text, plain text, plain text without buttons, reply
and topic; the first three also without the looks of buttons, and the next two without times in the reader's zone.
What Telegram refuses goes out in the next one; only a chat that is gone, one that forbids all messages, and an API
that is out of reach end in `Undeliverable`. The steps from a rich message and from a picture are the caller's
(`RichRefused`, `PictureRefused`), who splits the text anew.
"""

import asyncio
import weakref
from collections.abc import Awaitable, Callable
from dataclasses import replace

import structlog
from telegram.error import ChatMigrated, NetworkError, RetryAfter, TelegramError
from telegram.ext import ExtBot

from bot.telegram.retry_after import seconds_of
from bot.telegram.send import newer_calls
from bot.telegram.send.api_errors import ApiErrorKind, NotUnderstood, error_kind
from bot.telegram.send.form_memory import CAPACITY, Form, FormMemory
from bot.telegram.send.forms import PictureRefused, RichRefused, headline, refused_extras, simpler
from bot.telegram.send.outgoing_message import OutgoingMessage, retry
from bot.telegram.send.recovery import find_lost_message
from handlers.ports import ChatRef, MessageRef, Undeliverable
from handlers.render.html import CAPTION_LIMIT
from handlers.render.rich import chart_replaced
from utils.caching import LruMap
from utils.clock import Clock

# a migration, a topic, a flood limit and every form
MAX_ATTEMPTS = 10
# sends of a message whose responses are lost, one behind the other
MOST_LOST = 3
UNKNOWN_ID = 0
BeforeSending = Callable[[int], Awaitable[None]]
"""Awaited right before a message goes out, with the newest message id known in its chat."""
log = structlog.get_logger(__name__)


class Delivery:
    """Sends and edits single messages; raises only `Undeliverable`, `RichRefused` and `PictureRefused`.

    ``on_moved`` is called with the old and the new id of a group that has become a supergroup.
    """

    def __init__(
        self, bot: ExtBot[int], clock: Clock, forms: FormMemory, on_moved: Callable[[int, int], None]
    ) -> None:
        self._bot = bot
        self._clock = clock
        self._forms = forms
        self._on_moved = on_moved
        self._newest: LruMap[int, int] = LruMap(CAPACITY)
        self._locks: weakref.WeakValueDictionary[int, asyncio.Lock] = weakref.WeakValueDictionary()
        self._moved: dict[int, int] = {}
        self._gone: set[int] = set()
        self._replies: LruMap[tuple[int, int], int] = LruMap(CAPACITY)

    def note_moved(self, old_id: int, new_id: int) -> None:
        """Note the id of the supergroup that a group has become: whatever is sent to the group goes there."""
        if self._moved.get(old_id) != new_id:
            log.info("group became a supergroup", old=old_id, new=new_id)
            self._moved[old_id] = new_id
        self._on_moved(old_id, new_id)

    def note_newest(self, chat_id: int, message_id: int) -> None:
        """Note the highest message id of a chat, whoever wrote it: what the bot sends after it has a higher one."""
        self._newest.put(chat_id, max(message_id, self._newest.peek(chat_id) or 0))

    def chat_id(self, chat: ChatRef) -> int:
        """Return the chat's id, that of the supergroup which replaced it where there is one."""
        return self._moved.get(chat.chat_id, chat.chat_id)

    def reply_of(self, ref: MessageRef) -> int | None:
        """Return the id of the message that a sent message replies to."""
        return self._replies.get((ref.chat.chat_id, ref.message_id))

    def can_edit(self, ref: MessageRef) -> bool:
        """Return whether the message can still be named: its id is known and its chat has not moved."""
        # message ids start anew in a supergroup
        return ref.message_id != UNKNOWN_ID and ref.chat.chat_id not in self._moved

    async def send(self, message: OutgoingMessage, before: BeforeSending | None = None) -> MessageRef:
        """Send a message once."""
        lock = self._locks.setdefault(message.chat.chat_id, asyncio.Lock())
        async with (
            lock
        ):  # one send per chat at a time, so that recovery cannot find a message of another send
            message = asked = self._suited(message)
            for _ in range(MAX_ATTEMPTS):
                try:
                    sent = await self._send_once(message, before)
                except RetryAfter as error:
                    message = await self._outlived(message, error)
                except TelegramError as error:
                    too_long = error_kind(error) is ApiErrorKind.TOO_LONG and message.rich is None
                    if too_long and message.picture and message.html:
                        break
                    message = self._next_form(message, error)
                else:
                    self._note_taken(asked, message)
                    return sent
            else:
                raise Undeliverable(message.chat.chat_id, "every form of the message was refused", gone=False)
        return await self._send_caption_apart(message)

    async def find(
        self, message: OutgoingMessage, after_id: int, others: frozenset[int] = frozenset()
    ) -> int | None:
        """Return the id of what may have been delivered right after ``after_id``, ``None``: nothing was.

        Its text becomes that of the message, a picture stays. Whatever else was sent to the chat since is to stand in
        ``others``.
        """
        after_id = max(after_id, message.reply_to or 0)
        try:
            found = await find_lost_message(
                self._bot, message, after_id, self._clock, maybe_other=True, leave_out=others
            )
        except TelegramError as error:
            gone = error_kind(error) is ApiErrorKind.CHAT_GONE
            raise self._undeliverable(message.chat.chat_id, error, gone=gone) from error
        if found is not None:
            self._note_sent(message, found)
        return found

    async def edit(self, ref: MessageRef, message: OutgoingMessage) -> MessageRef:
        """Replace a message's content; send a message in its place if no form of the edit is accepted."""
        form = message = self._suited(message)
        for _ in range(MAX_ATTEMPTS):
            try:
                edited = await self._edit_once(ref, form)
            except RetryAfter as error:
                form = await self._outlived(form, error)
            except TelegramError as error:
                kind = error_kind(error)
                if isinstance(error, ChatMigrated):
                    return await self.send(message)
                if kind is ApiErrorKind.NO_MESSAGE or (kind in _OF_THE_FORM and _is_last(form)):
                    break
                form = self._next_form(form, error)
            else:
                self._note_taken(message, form)
                return edited
        sent = await self.send(message)
        await self.delete(ref)
        return sent

    async def delete(self, ref: MessageRef) -> None:
        """Delete a message that another one has replaced; an error is only logged."""
        try:
            await self._bot.delete_message(self.chat_id(ref.chat), ref.message_id)
        except TelegramError as error:
            log.info("replaced message not deleted", chat_id=ref.chat.chat_id, error=str(error))

    def _suited(self, message: OutgoingMessage) -> OutgoingMessage:
        """Return the message without the extras that the server has refused."""
        return message.without(frozenset(form for form in message.extras if self._forms.refuses(form)))

    def _note_taken(self, asked: OutgoingMessage, taken: OutgoingMessage) -> None:
        """Note what had to be left out of a message to get it through, where nothing but that was changed."""
        if taken.as_html == asked.as_html and taken.keyboard == asked.keyboard:
            for form in taken.left_out - asked.left_out:
                log.warning("telegram takes messages without a form alone", form=form.name)
                self._forms.note_refusal(form)

    async def _send_once(self, message: OutgoingMessage, before: BeforeSending | None) -> MessageRef:
        after_id = max(self._newest.peek(message.chat.chat_id) or 0, message.reply_to or 0)
        if before is not None:
            await before(after_id)
        return await self._sent_or_found(message, after_id)

    async def _sent_or_found(self, message: OutgoingMessage, after_id: int) -> MessageRef:
        """Send a message; where the response is lost look for it, and send again only what is not there."""
        for _ in range(MOST_LOST):
            try:
                return await self._call_send(message)
            except NotUnderstood:
                return self._note_sent(message, await self._find_sent(message, after_id))
            except TelegramError as error:
                if error_kind(error) is not ApiErrorKind.RESPONSE_LOST:
                    raise
                lost = error
                log.warning(
                    "response of telegram lost, checking whether the message arrived",
                    chat_id=message.chat.chat_id,
                )
            found = await find_lost_message(self._bot, message, after_id, self._clock)
            if found is not None:
                return self._note_sent(message, found)
        raise lost

    async def _call_send(self, message: OutgoingMessage) -> MessageRef:
        sent = await retry(lambda: newer_calls.send(self._bot, message), self._clock, idempotent=False)
        chart_id = None if message.rich is None else newer_calls.chart_id_of(sent)
        return replace(self._note_sent(message, sent.message_id), chart_id=chart_id)

    async def _find_sent(self, message: OutgoingMessage, after_id: int) -> int:
        """Return the id of a message that was sent, ``UNKNOWN_ID`` if it cannot be found."""
        try:
            found = await find_lost_message(self._bot, message, after_id, self._clock)
        except TelegramError as error:
            log.info("id of a sent message not found", chat_id=message.chat.chat_id, error=str(error))
            return UNKNOWN_ID
        return found or UNKNOWN_ID

    async def _send_caption_apart(self, message: OutgoingMessage) -> MessageRef:
        log.warning("caption too long for a picture, sending the text apart", limit=CAPTION_LIMIT)
        await self.send(replace(message, html="", plain="", keyboard=()))
        return await self.send(replace(message, picture=None, reply_to=None))

    async def _edit_once(self, ref: MessageRef, message: OutgoingMessage) -> MessageRef:
        is_rich = message.rich is not None
        has_picture = message.shows_picture or (ref.is_captioned and not is_rich)
        edited = None
        try:
            edited = await retry(
                lambda: newer_calls.edit(self._bot, message, ref), self._clock, idempotent=True
            )
        except NotUnderstood:
            pass  # the edit was made, and nothing of the response is needed
        except TelegramError as error:
            if error_kind(error) is not ApiErrorKind.NOT_MODIFIED:
                raise
            return ref
        chart_id = None if edited is None else newer_calls.chart_id_of(edited)
        return MessageRef(message.chat, ref.message_id, has_picture, is_rich=is_rich, chart_id=chart_id)

    async def _outlived(self, message: OutgoingMessage, error: RetryAfter) -> OutgoingMessage:
        """Wait out a flood limit that an answer does not wait for; return the headline that goes out instead."""
        wait_s = seconds_of(error)
        log.warning("flood limit outlasts the answer", chat_id=message.chat.chat_id, wait_s=wait_s)
        await self._clock.sleep(wait_s)
        return headline(message)

    def _next_form(self, message: OutgoingMessage, error: TelegramError) -> OutgoingMessage:
        """Return the form to try after an error; raise `PictureRefused` or `Undeliverable` if there is none."""
        chat_id, kind = message.chat.chat_id, error_kind(error)
        if isinstance(error, ChatMigrated):
            self.note_moved(chat_id, error.new_chat_id)
            return message.moved_to(error.new_chat_id)
        if message.rich is not None:
            return self._next_rich(message, error)
        if extras := refused_extras(message, kind):
            return message.without(extras)
        if kind is ApiErrorKind.PARSE_ERROR and message.as_html:
            log.error("telegram cannot parse the html, sending plain text", error=str(error))
            return replace(message, as_html=False)
        if kind is ApiErrorKind.NO_TOPIC and message.chat.thread_id is not None:
            return replace(message, chat=replace(message.chat, thread_id=None))
        if message.picture is not None and _may_be_the_picture(error):
            self._note_picture_refused(chat_id, error)
            raise PictureRefused
        following = simpler(message) if kind in _OF_THE_FORM else None
        if following is None:
            raise self._undeliverable(chat_id, error, gone=kind is ApiErrorKind.CHAT_GONE) from error
        log.warning("message refused, sending a simpler form", chat_id=chat_id, error=str(error))
        return following

    def _next_rich(self, message: OutgoingMessage, error: TelegramError) -> OutgoingMessage:
        """Return the rich form to try after an error; raise `RichRefused` or `Undeliverable` if there is none."""
        chat_id, kind = message.chat.chat_id, error_kind(error)
        if kind is ApiErrorKind.NO_TOPIC and message.chat.thread_id is not None:
            return replace(message, chat=replace(message.chat, thread_id=None))
        if "button" in error.message.casefold() and (looks := message.extras):
            return message.without(looks)
        if kind is ApiErrorKind.PICTURES_FORBIDDEN and message.shows_picture:
            self._note_picture_refused(chat_id, error)
            return replace(message, rich=chart_replaced(message.rich or (), None), picture=None)
        if not _may_be_the_picture(error):
            raise self._undeliverable(chat_id, error, gone=kind is ApiErrorKind.CHAT_GONE) from error
        raise RichRefused(error.message, lasting=kind in _OF_THE_FORM) from error

    def _note_picture_refused(self, chat_id: int, error: TelegramError) -> None:
        log.warning("picture refused, sending the text alone", chat_id=chat_id, error=str(error))
        if error_kind(error) is ApiErrorKind.PICTURES_FORBIDDEN:
            self._forms.note_refusal(Form.PICTURE, chat_id)

    def _undeliverable(self, chat_id: int, error: TelegramError, *, gone: bool) -> Undeliverable:
        if gone and chat_id not in self._gone:
            self._gone.add(chat_id)
            log.info("chat no longer accepts messages of the bot", chat_id=chat_id, error=str(error))
        return Undeliverable(chat_id, str(error), gone=gone)

    def _note_sent(self, message: OutgoingMessage, message_id: int) -> MessageRef:
        chat_id = message.chat.chat_id
        self._gone.discard(chat_id)
        self.note_newest(chat_id, message_id)
        if message.reply_to is not None:
            self._replies.put((chat_id, message_id), message.reply_to)
        return MessageRef(message.chat, message_id, message.shows_picture, is_rich=message.rich is not None)


# the topic and message kinds come here when dropping the topic or the message's id was not enough
_OF_THE_FORM = frozenset(
    {
        ApiErrorKind.REFUSED,
        ApiErrorKind.PICTURES_FORBIDDEN,
        ApiErrorKind.TOO_LONG,
        ApiErrorKind.PARSE_ERROR,
        ApiErrorKind.NO_TOPIC,
        ApiErrorKind.NO_MESSAGE,
        ApiErrorKind.NOT_MODIFIED,
    }
)


def _is_last(form: OutgoingMessage) -> bool:
    return form.picture is None and simpler(form) is None


def _may_be_the_picture(error: TelegramError) -> bool:
    """Whether a text alone may pass: the form was refused, or the server fails at it."""
    kind = error_kind(error)
    failed = kind is ApiErrorKind.OTHER and type(error) is NetworkError
    return failed or kind in _OF_THE_FORM or kind is ApiErrorKind.TEXT_FORBIDDEN
