"""Calls of the Bot API that are newer than the library: their names, parameters and results.

https://core.telegram.org/bots/api-changelog, from 10.2 on. They pass the same rate limiter as all others.
"""

from typing import Any, Final

from telegram import Bot, InputFile, InputMediaPhoto, Message
from telegram.error import BadRequest, EndPointNotFound
from telegram.ext import ExtBot

from bot.telegram.receive.raw import chart_file
from bot.telegram.send import outgoing_message
from bot.telegram.send.api_errors import understood
from bot.telegram.send.outgoing_message import NO_PREVIEW, OutgoingMessage
from handlers.ports import Asker, MessageRef
from handlers.render.rich import CHART_FILE

EPHEMERAL_ID: Final = "ephemeral_message_id"
RICH: Final = "rich_message"


def ephemeral_id_of(sent: Message) -> int:
    """Return the id of an ephemeral message, 0 for a message that everybody sees."""
    found = sent.api_kwargs.get(EPHEMERAL_ID)
    return found if isinstance(found, int) else 0


async def edit_ephemeral(
    bot: ExtBot[int],
    message: OutgoingMessage,
    ref: MessageRef,
    asker: Asker,
    *,
    rate_limit: int | None = None,
) -> None:
    """Replace the content of an ephemeral message; a text becomes the caption if the message has a picture."""
    target: dict[str, Any] = {
        "chat_id": message.chat.chat_id,
        "receiver_user_id": asker.person_id,
        EPHEMERAL_ID: ref.ephemeral_id,
    }
    method, content = _edited(message, is_caption=ref.is_captioned)
    parameters = target | content | ({} if message.markup is None else {"reply_markup": message.markup})
    await understood(bot.do_api_request(method, parameters, rate_limit_args=rate_limit))


def _edited(message: OutgoingMessage, *, is_caption: bool) -> tuple[str, dict[str, Any]]:
    mode = {} if message.parse_mode is None else {"parse_mode": message.parse_mode}
    if message.picture is not None:
        media = InputMediaPhoto(
            message.picture, caption=message.text, parse_mode=message.parse_mode, filename="chart.png"
        )
        return "editEphemeralMessageMedia", {"media": media}
    if is_caption:
        return "editEphemeralMessageCaption", {"caption": message.text, **mode}
    return "editEphemeralMessageText", {"text": message.text, "link_preview_options": NO_PREVIEW, **mode}


async def delete_ephemeral(bot: ExtBot[int], ref: MessageRef, asker: Asker) -> None:
    """Take an ephemeral message away from the one who sees it."""
    parameters = {
        "chat_id": ref.chat.chat_id,
        "receiver_user_id": asker.person_id,
        EPHEMERAL_ID: ref.ephemeral_id,
    }
    await understood(bot.do_api_request("deleteEphemeralMessage", parameters))


async def send(bot: Bot, message: OutgoingMessage) -> Message:
    """Send a new message in its form. Raises `NotUnderstood` if it was sent and the response could not be read."""
    return await (outgoing_message.send(bot, message) if message.rich is None else _send_rich(bot, message))


async def edit(bot: Bot, message: OutgoingMessage, ref: MessageRef) -> Message | None:
    """Replace a message's content by another in its form; return what a rich one has become."""
    if message.rich is None:
        await outgoing_message.edit(bot, message, ref)
        return None
    return await edit_rich(bot, message, ref.message_id)


async def edit_same(bot: Bot, message: OutgoingMessage, message_id: int) -> None:
    """Replace the content of what may be the message itself: a caption and its buttons, a text, or blocks (10.1)."""
    if message.rich is not None:
        await edit_rich(bot, message, message_id)
        return
    is_caption = message.picture is not None
    await outgoing_message.edit_text(bot, message, message_id, is_caption=is_caption)


async def edit_rich(bot: Bot, message: OutgoingMessage, message_id: int) -> Message | None:
    """Put blocks in place of a text or of other blocks (10.1)."""
    edited = await understood(
        bot.edit_message_text(
            "",
            chat_id=message.chat.chat_id,
            message_id=message_id,
            reply_markup=message.markup,
            api_kwargs={"text": None, **_blocks(message)},
        )
    )
    return edited if isinstance(edited, Message) else None


async def _send_rich(bot: Bot, message: OutgoingMessage) -> Message:
    """Send blocks (10.1). Raises `BadRequest` where the server has no such method."""
    chat = message.chat
    placed = {
        "chat_id": chat.chat_id,
        "message_thread_id": chat.thread_id,
        "direct_messages_topic_id": chat.direct_topic_id,
        "reply_parameters": message.reply,
        "reply_markup": message.markup,
    }
    parameters = {**placed, **_blocks(message), **message.newer}
    try:
        return await understood(bot.do_api_request("sendRichMessage", parameters, return_type=Message))
    except EndPointNotFound as error:
        raise BadRequest(error.message) from error


def _blocks(message: OutgoingMessage) -> dict[str, Any]:
    """The blocks of a rich message, with the file that they attach."""
    blocks = {RICH: {"blocks": list(message.rich or ())}}
    if message.picture is None or not message.shows_picture:
        return blocks
    return {**blocks, CHART_FILE: InputFile(message.picture, filename="chart.png")}


def chart_id_of(sent: Message) -> str | None:
    """Return the file of the chart that a rich message shows, ``None`` without one."""
    return chart_file(sent.api_kwargs.get(RICH))


async def send_draft(bot: ExtBot[int], message: OutgoingMessage, draft_id: int) -> None:
    """Show a preview of a message that is being made, with a button that stops it (10.3)."""
    await understood(
        bot.send_message_draft(
            message.chat.chat_id,
            draft_id,
            message.plain,
            message_thread_id=message.chat.thread_id,
            api_kwargs={"can_stop": True},
        )
    )
