"""Messages in a group that one person alone sees (ephemeral messages).

Telegram takes them from an administrator, and from any bot for 15 s after a press or an ephemeral message. It is left
to Telegram whether that holds; where it does not, the caller answers in the ordinary way. Nothing here is ever named by
the id 0 that these messages have in their chat.
"""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from typing import TypeVar

import structlog
from telegram.error import BadRequest, TelegramError
from telegram.ext import ExtBot

from bot.telegram.send import newer_calls
from bot.telegram.send.api_errors import ApiErrorKind, error_kind
from bot.telegram.send.form_memory import Form, FormMemory
from bot.telegram.send.limiter import ONLY_IF_FREE
from bot.telegram.send.newer_calls import delete_ephemeral, edit_ephemeral, ephemeral_id_of
from bot.telegram.send.outgoing_message import OutgoingMessage, retry
from handlers.ports import Asker, MessageRef
from utils.clock import Clock

_LOST = frozenset({ApiErrorKind.RESPONSE_LOST, ApiErrorKind.NOT_UNDERSTOOD})
T = TypeVar("T")
log = structlog.get_logger(__name__)


class Whispers:
    """Sends and edits ephemeral messages; raises nothing of Telegram's."""

    def __init__(self, bot: ExtBot[int], clock: Clock, forms: FormMemory) -> None:
        self._bot = bot
        self._clock = clock
        self._forms = forms

    async def send(self, messages: tuple[OutgoingMessage, ...], asker: Asker) -> MessageRef | None:
        """Send the parts of an answer; return the last, ``None`` if Telegram does not take the first."""
        ref = None
        for message in messages:
            sent = await self._send_part(replace(message, asker=asker, reply_to=None), asker)
            ref = sent or ref
            if sent is None:
                break
        return ref

    async def edit(self, ref: MessageRef, message: OutgoingMessage, asker: Asker) -> MessageRef | None:
        """Replace the content of a message, ``None`` if Telegram does not take that."""
        try:
            await self._first_taken(message, lambda form: edit_ephemeral(self._bot, form, ref, asker))
        except TelegramError as error:
            if error_kind(error) not in {*_LOST, ApiErrorKind.NOT_MODIFIED}:
                log.info("ephemeral message not edited", chat_id=ref.chat.chat_id, error=str(error))
                return None
        has_picture = ref.is_captioned or message.picture is not None
        return replace(ref, has_picture=has_picture, is_rich=False, chart_id=None)

    async def edit_if_free(self, ref: MessageRef, message: OutgoingMessage, asker: Asker) -> bool:
        """Replace a text once if the limits leave room; return whether it was."""
        try:
            await edit_ephemeral(self._bot, message, ref, asker, rate_limit=ONLY_IF_FREE)
        except TelegramError as error:
            log.debug("ephemeral placeholder not renewed", chat_id=ref.chat.chat_id, error=str(error))
            return False
        return True

    async def delete(self, ref: MessageRef, asker: Asker) -> None:
        """Delete a message that another one has replaced; an error is only logged."""
        try:
            await delete_ephemeral(self._bot, ref, asker)
        except TelegramError as error:
            log.info("replaced ephemeral message not deleted", chat_id=ref.chat.chat_id, error=str(error))

    async def _send_part(self, message: OutgoingMessage, asker: Asker) -> MessageRef | None:
        chat_id, is_rich = message.chat.chat_id, message.rich is not None
        asked_openly = asker.query_id is None and not asker.hidden
        if self._forms.refuses(Form.WHISPER, *([chat_id] if asked_openly else [])):
            return None
        try:
            sent = await self._first_taken(message, lambda form: newer_calls.send(self._bot, form))
        except TelegramError as error:
            if error_kind(error) in _LOST:
                # it may be there, and nobody can look for it: at most once
                return MessageRef(message.chat, 0, message.picture is not None, asker, is_rich=is_rich)
            if asked_openly and isinstance(error, BadRequest) and message.rich is None:
                self._forms.note_refusal(Form.WHISPER, chat_id)
            log.info("ephemeral message refused", chat_id=chat_id, error=str(error))
            return None
        ephemeral_id = ephemeral_id_of(sent)
        if not ephemeral_id:
            log.warning("this server shows ephemeral messages to everybody, sending none")
            self._forms.note_refusal(Form.WHISPER)
            return MessageRef(message.chat, sent.message_id, message.picture is not None, is_rich=is_rich)
        return MessageRef(message.chat, 0, message.picture is not None, asker, ephemeral_id, is_rich=is_rich)

    async def _first_taken(
        self, message: OutgoingMessage, call: Callable[[OutgoingMessage], Awaitable[T]]
    ) -> T:
        """Make the call with the message in its first form whose markup is not refused."""
        form: OutgoingMessage = message
        for simpler in _simpler(message):
            try:
                return await self._tried(form, call)
            except BadRequest as error:
                of_the_markup = error_kind(error) is ApiErrorKind.PARSE_ERROR or "button" in error.message
                if not of_the_markup:
                    raise
            form = simpler
        return await self._tried(form, call)

    async def _tried(self, form: OutgoingMessage, call: Callable[[OutgoingMessage], Awaitable[T]]) -> T:
        return await retry(lambda: call(form), self._clock, idempotent=False)


def _simpler(message: OutgoingMessage) -> Iterator[OutgoingMessage]:
    """The further forms of a message, each simpler than the one before."""
    if message.extras:
        yield message.without(message.extras)
    if message.rich is not None:
        return
    yield replace(message, as_html=False)
