"""One message on its way to Telegram, and the Bot API calls that carry it."""

import html
import re
from dataclasses import dataclass, replace

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

from handlers.ports import Keyboard, MessageRef, Outgoing, Place

_TAG = re.compile(r"<[^>]*>")
_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)


@dataclass(frozen=True, slots=True)
class Wire:
    """What one call carries; ``marked_up`` is false once Telegram could not parse the HTML."""

    place: Place
    text: str
    plain: str
    picture: bytes | None = None
    keyboard: Keyboard = ()
    reply_to: int | None = None
    marked_up: bool = True

    @property
    def words(self) -> str:
        """The text as it is sent now."""
        return self.text if self.marked_up else self.plain

    @property
    def parse_mode(self) -> str | None:
        """How Telegram is to read the text."""
        return ParseMode.HTML if self.marked_up else None

    @property
    def markup(self) -> InlineKeyboardMarkup | None:
        """The buttons in the library's form."""
        if not self.keyboard:
            return None
        rows = [[InlineKeyboardButton(b.text, callback_data=b.data) for b in row] for row in self.keyboard]
        return InlineKeyboardMarkup(rows)

    @property
    def reply(self) -> ReplyParameters | None:
        """The message answered; Telegram sends without a reply where it is gone."""
        if self.reply_to is None:
            return None
        return ReplyParameters(self.reply_to, allow_sending_without_reply=True)

    def moved(self, chat_id: int) -> "Wire":
        """The same for the chat's new id; a reply cannot follow, ids start anew there."""
        return replace(self, place=replace(self.place, chat_id=chat_id, kind="supergroup"), reply_to=None)


def wires(place: Place, message: Outgoing, parts: tuple[str, ...], reply_to: int | None) -> tuple[Wire, ...]:
    """Return one wire per part: the first replies, the last carries the buttons; the picture goes with a single one."""
    if len(parts) == 1:
        whole = Wire(place, parts[0], message.plain, message.picture, message.keyboard, reply_to)
        return (whole,)
    made = [Wire(place, part, plain_of(part)) for part in parts]
    made[0] = replace(made[0], reply_to=reply_to)
    made[-1] = replace(made[-1], keyboard=message.keyboard)
    return tuple(made)


def plain_of(marked_up: str) -> str:
    """Return HTML text without its markup."""
    return html.unescape(_TAG.sub("", marked_up))


async def send(bot: Bot, wire: Wire) -> Message:
    """Send a wire as a new message."""
    if wire.picture is not None:
        return await bot.send_photo(
            wire.place.chat_id,
            wire.picture,
            caption=wire.words,
            filename="chart.png",
            parse_mode=wire.parse_mode,
            reply_markup=wire.markup,
            reply_parameters=wire.reply,
            message_thread_id=wire.place.thread_id,
        )
    return await bot.send_message(
        wire.place.chat_id,
        wire.words,
        parse_mode=wire.parse_mode,
        reply_markup=wire.markup,
        reply_parameters=wire.reply,
        message_thread_id=wire.place.thread_id,
        link_preview_options=_NO_PREVIEW,
    )


async def edit(bot: Bot, wire: Wire, ref: MessageRef) -> None:
    """Replace a message's content: a picture goes into any message, a text is the caption under a picture."""
    if wire.picture is None:
        await retouch(bot, wire, ref.message_id, caption=ref.has_picture)
        return
    media = InputMediaPhoto(
        wire.picture, caption=wire.words, parse_mode=wire.parse_mode, filename="chart.png"
    )
    await bot.edit_message_media(
        media, chat_id=wire.place.chat_id, message_id=ref.message_id, reply_markup=wire.markup
    )


async def retouch(bot: Bot, wire: Wire, message_id: int, *, caption: bool) -> None:
    """Replace words and buttons of a message; a picture above its ``caption`` is left as it is."""
    if caption:
        await bot.edit_message_caption(
            wire.place.chat_id,
            message_id,
            caption=wire.words,
            parse_mode=wire.parse_mode,
            reply_markup=wire.markup,
        )
        return
    await bot.edit_message_text(
        wire.words,
        chat_id=wire.place.chat_id,
        message_id=message_id,
        parse_mode=wire.parse_mode,
        reply_markup=wire.markup,
        link_preview_options=_NO_PREVIEW,
    )
