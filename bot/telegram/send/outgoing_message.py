"""One message to Telegram in the form it is sent in now, the Bot API calls that send or edit it, and their retries."""

import html
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import structlog
from telegram import (
    Bot,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputMediaPhoto,
    LinkPreviewOptions,
    Message,
    ReplyParameters,
)
from telegram.constants import ParseMode
from telegram.error import BadRequest, ChatMigrated, Forbidden, InvalidToken, RetryAfter, TelegramError
from telegram.ext import ExtBot

from bot.telegram.request import NotSent
from bot.telegram.send.api_errors import ApiErrorKind, NotUnderstood, error_kind, understood
from bot.telegram.send.form_memory import Form
from bot.telegram.send.limiter import ONLY_IF_FREE
from handlers.ports import Asker, Button, ChatRef, Keyboard, MessageContent, MessageRef
from handlers.render.html import has_times, without_times
from handlers.render.rich import CHART, RichBlock, chart_replaced, has_chart
from utils.clock import Clock

RETRY_DELAYS_S = (0.5, 1.0, 2.0)
T = TypeVar("T")
log = structlog.get_logger(__name__)

_TAG = re.compile(r"<[^>]*>")
NO_PREVIEW = LinkPreviewOptions(is_disabled=True)


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """What one call sends; ``as_html`` becomes false when Telegram cannot parse the HTML.

    ``left_out`` are forms that Telegram refused while it may take the rest. With an ``asker`` they alone see it. Of a
    ``rich`` message the blocks are sent; its text is what a late one is cut down to.
    """

    chat: ChatRef
    html: str
    plain: str
    picture: bytes | None = None
    keyboard: Keyboard = ()
    reply_to: int | None = None
    as_html: bool = True
    left_out: frozenset[Form] = frozenset()
    asker: Asker | None = None
    rich: tuple[RichBlock, ...] | None = None

    @property
    def shows_picture(self) -> bool:
        """Whether there is a picture in it, uploaded or known."""
        return self.picture is not None if self.rich is None else has_chart(self.rich)

    @property
    def text(self) -> str:
        """The text in its present form."""
        if not self.as_html:
            return self.plain
        return without_times(self.html) if Form.TIMES in self.left_out else self.html

    @property
    def extras(self) -> frozenset[Form]:
        """The forms that it has and could do without."""
        buttons = any(button.style or button.disabled for row in self.keyboard for button in row)
        times = self.rich is None and self.as_html and has_times(self.html)
        found = {Form.BUTTON_LOOKS: buttons, Form.TIMES: times}
        return frozenset(form for form, has in found.items() if has) - self.left_out

    def without(self, forms: frozenset[Form]) -> "OutgoingMessage":
        """Return the message without some of its extras."""
        return replace(self, left_out=self.left_out | forms)

    @property
    def parse_mode(self) -> str | None:
        """The Bot API's parse mode for the text."""
        return ParseMode.HTML if self.as_html else None

    @property
    def markup(self) -> InlineKeyboardMarkup | None:
        """The buttons as the library's type."""
        if not self.keyboard:
            return None
        looks = Form.BUTTON_LOOKS not in self.left_out
        return InlineKeyboardMarkup(
            [[_button(button, looks=looks) for button in row] for row in self.keyboard]
        )

    @property
    def reply(self) -> ReplyParameters | None:
        """The message that is replied to; if it is deleted, Telegram sends without a reply.

        The id 0 names no message: the one that asked has another kind of id.
        """
        if not self.reply_to:
            return None
        return ReplyParameters(self.reply_to, allow_sending_without_reply=True)

    @property
    def newer(self) -> dict[str, Any]:
        """The parameters of a send that are newer than the library."""
        if self.asker is None:
            return {}
        query = {} if self.asker.query_id is None else {"callback_query_id": self.asker.query_id}
        return {"ephemeral_message_parameters": {"receiver_user_id": self.asker.person_id, **query}}

    def moved_to(self, chat_id: int) -> "OutgoingMessage":
        """Return the message for the supergroup that replaced its group; no reply: message ids start anew there."""
        return replace(self, chat=replace(self.chat, chat_id=chat_id, kind="supergroup"), reply_to=None)


def _button(button: Button, *, looks: bool) -> InlineKeyboardButton:
    if not looks:
        return InlineKeyboardButton(button.text, callback_data=button.data)
    if button.disabled:
        return InlineKeyboardButton(button.text, style=button.style, api_kwargs={"disabled": {}})
    return InlineKeyboardButton(button.text, callback_data=button.data, style=button.style)


def outgoing_messages(
    chat: ChatRef, content: MessageContent, parts: tuple[str, ...], reply_to: int | None
) -> tuple[OutgoingMessage, ...]:
    """Return one message per part: the first replies, the last has the buttons. A picture needs a single part."""
    if len(parts) == 1:
        whole = OutgoingMessage(chat, parts[0], content.plain, content.picture, content.keyboard, reply_to)
        return (whole,)
    messages = [OutgoingMessage(chat, part, plain_of(part)) for part in parts]
    messages[0] = replace(messages[0], reply_to=reply_to)
    messages[-1] = replace(messages[-1], keyboard=content.keyboard)
    return tuple(messages)


def rich_message(
    chat: ChatRef, content: MessageContent, blocks: tuple[RichBlock, ...], chart_id: str | None
) -> OutgoingMessage:
    """Return a content as one message of blocks; its chart is the new picture, else the known file, else none."""
    kept = chart_id if content.keep_picture else None
    shown = chart_replaced(blocks, kept if content.picture is None else CHART)
    return OutgoingMessage(chat, content.text, content.plain, content.picture, content.keyboard, rich=shown)


def plain_of(marked_up: str) -> str:
    """Return HTML text without its markup."""
    return html.unescape(_TAG.sub("", marked_up))


async def send(bot: Bot, message: OutgoingMessage) -> Message:
    """Send a new message. Raises `NotUnderstood` if it was sent and the response could not be read."""
    return await understood(_sending(bot, message))


def _sending(bot: Bot, message: OutgoingMessage) -> Awaitable[Message]:
    if message.picture is not None:
        return bot.send_photo(
            message.chat.chat_id,
            message.picture,
            caption=message.text,
            filename="chart.png",
            parse_mode=message.parse_mode,
            reply_markup=message.markup,
            reply_parameters=message.reply,
            message_thread_id=message.chat.thread_id,
            direct_messages_topic_id=message.chat.direct_topic_id,
            api_kwargs=message.newer,
        )
    return bot.send_message(
        message.chat.chat_id,
        message.text,
        parse_mode=message.parse_mode,
        reply_markup=message.markup,
        reply_parameters=message.reply,
        message_thread_id=message.chat.thread_id,
        direct_messages_topic_id=message.chat.direct_topic_id,
        link_preview_options=NO_PREVIEW,
        api_kwargs=message.newer,
    )


async def edit(bot: Bot, message: OutgoingMessage, ref: MessageRef) -> None:
    """Replace a message's content; text without a picture becomes the caption if the message has a picture."""
    if message.picture is None:
        await edit_text(bot, message, ref.message_id, is_caption=ref.is_captioned)
        return
    media = InputMediaPhoto(
        message.picture, caption=message.text, parse_mode=message.parse_mode, filename="chart.png"
    )
    await understood(
        bot.edit_message_media(
            media, chat_id=message.chat.chat_id, message_id=ref.message_id, reply_markup=message.markup
        )
    )


async def edit_text(bot: Bot, message: OutgoingMessage, message_id: int, *, is_caption: bool) -> None:
    """Replace the text (or the caption, which leaves the picture as it is) and the buttons of a message."""
    await understood(_text_edit(bot, message, message_id, is_caption=is_caption))


async def edit_once(bot: ExtBot[int], message: OutgoingMessage, message_id: int) -> None:
    """Replace the text of a message if Telegram's limits leave room; raises `RetryAfter` if they do not."""
    await understood(
        bot.edit_message_text(
            message.text,
            chat_id=message.chat.chat_id,
            message_id=message_id,
            parse_mode=message.parse_mode,
            link_preview_options=NO_PREVIEW,
            rate_limit_args=ONLY_IF_FREE,
        )
    )


def _text_edit(
    bot: Bot, message: OutgoingMessage, message_id: int, *, is_caption: bool
) -> Awaitable[Message | bool]:
    if is_caption:
        return bot.edit_message_caption(
            message.chat.chat_id,
            message_id,
            caption=message.text,
            parse_mode=message.parse_mode,
            reply_markup=message.markup,
        )
    return bot.edit_message_text(
        message.text,
        chat_id=message.chat.chat_id,
        message_id=message_id,
        parse_mode=message.parse_mode,
        reply_markup=message.markup,
        link_preview_options=NO_PREVIEW,
    )


async def retry(call: Callable[[], Awaitable[T]], clock: Clock, *, idempotent: bool) -> T:
    """Make a call; repeat it after a delay where that is safe: no connection, or the server answered with an error.

    A call whose response was lost is repeated only if it is ``idempotent`` (an edit): a send would show the message
    twice, so the caller looks for it first. Raises the last `TelegramError`.
    """
    for delay_s in RETRY_DELAYS_S:
        try:
            return await call()
        except TelegramError as error:
            if not _may_retry(error, idempotent=idempotent):
                raise
            log.info("telegram call failed, retrying", error=str(error), delay_s=delay_s)
        await clock.sleep(delay_s)
    return await call()


def _may_retry(error: TelegramError, *, idempotent: bool) -> bool:
    if isinstance(error, BadRequest | Forbidden | InvalidToken | RetryAfter | ChatMigrated | NotUnderstood):
        return False
    kind = error_kind(error)
    if kind is ApiErrorKind.REFUSED:
        return False
    return idempotent or isinstance(error, NotSent) or kind is not ApiErrorKind.RESPONSE_LOST
