"""Calls of the Bot API that are newer than the library: their names, parameters and results.

https://core.telegram.org/bots/api-changelog, from 10.2 on. They pass the same rate limiter as all others.
"""

from typing import Any, Final

from telegram import InputMediaPhoto, Message
from telegram.ext import ExtBot

from bot.telegram.send.api_errors import understood
from bot.telegram.send.outgoing_message import NO_PREVIEW, OutgoingMessage
from handlers.ports import Asker, MessageRef

EPHEMERAL_ID: Final = "ephemeral_message_id"


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
    method, content = _edited(message, is_caption=ref.has_picture)
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
