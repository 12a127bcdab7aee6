"""Changing what was sent: text, caption, media, buttons, deletion."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from utils.sandbox.telegram.errors import NOT_MODIFIED, bad_request
from utils.sandbox.telegram.messages import Content, StoredMessage
from utils.sandbox.telegram.methods.composing import call_caption, edited_markup_of, text_of
from utils.sandbox.telegram.methods.media import media_content
from utils.sandbox.telegram.methods.registry import Call, message_of_call, method
from utils.sandbox.telegram.methods.rich import rich_blocks
from utils.sandbox.telegram.people import ADMINISTRATORS, Chat

# https://core.telegram.org/bots/api#deletemessage
DELETABLE_S = 48 * 3600
# https://core.telegram.org/bots/api#deletemessages
MAX_DELETED = 100
Change = Callable[[Content], Content]


@method("editMessageText")
async def edit_message_text(call: Call) -> dict[str, Any] | bool:
    """Replace the text, or put blocks in its place; buttons not given again are removed."""
    markup = edited_markup_of(call)
    if call.params.values.get("rich_message") is not None:
        written = Content(blocks=rich_blocks(call, draft=bool(call.params.text("inline_message_id"))))
    else:
        written = Content(text_of(call, editing=True))

    def change(content: Content) -> Content:
        if content.has_media:
            raise bad_request("there is no text in the message to edit")
        return replace(content, rich=written.rich, blocks=written.blocks, markup=markup)

    return _edit(call, change)


@method("editMessageCaption")
async def edit_message_caption(call: Call) -> dict[str, Any] | bool:
    """Replace the caption; buttons not given again are removed."""
    rich, markup = call_caption(call), edited_markup_of(call)

    def change(content: Content) -> Content:
        if not content.has_media:
            raise bad_request("there is no caption in the message to edit")
        return replace(content, rich=rich, markup=markup)

    return _edit(call, change)


@method("editMessageMedia")
async def edit_message_media(call: Call) -> dict[str, Any] | bool:
    """Replace photo or document with its caption; a text message becomes a media message."""
    markup, media = edited_markup_of(call), call.params.object("media")
    target = _target(call)
    content = replace(media_content(call, media), markup=markup)
    _check_media(target.chat, content)
    return _apply(call, target, content)


@method("editMessageReplyMarkup")
async def edit_message_reply_markup(call: Call) -> dict[str, Any] | bool:
    """Replace or remove the buttons."""
    markup = edited_markup_of(call)
    return _edit(call, lambda content: replace(content, markup=markup))


@method("deleteMessage")
async def delete_message(call: Call) -> bool:
    """Delete a message that the bot may delete."""
    chat = call.chat()
    message = message_of_call(call, chat, "delete")
    _check_deletable(call, message)
    call.world.delete(message)
    return True


@method("deleteMessages")
async def delete_messages(call: Call) -> bool:
    """Delete those of the messages that exist and that the bot may delete."""
    chat, ids = call.chat(), _message_ids(call)
    found = [m for i in ids if (m := call.world.message(chat, i)) is not None]
    for message in found:
        _check_deletable(call, message)
    for message in found:
        call.world.delete(message)
    return True


def _check_media(chat: Chat, content: Content) -> None:
    """The server, not TDLib, checks an edit: the refusal is its bare error code."""
    permission, code = ("can_send_photos", "PHOTOS") if content.photo else ("can_send_documents", "DOCS")
    if permission in chat.forbidden and chat.bot_status not in ADMINISTRATORS:
        raise bad_request(f"CHAT_SEND_{code}_FORBIDDEN")


def _edit(call: Call, change: Change) -> dict[str, Any] | bool:
    target = _target(call)
    return _apply(call, target, change(target.content))


def _target(call: Call) -> StoredMessage:
    inline_id = call.params.text("inline_message_id")
    if inline_id:
        if inline_id not in call.world.inline_messages:
            raise bad_request("MESSAGE_ID_INVALID")
        return call.world.inline_messages[inline_id]
    message = message_of_call(call, call.chat(), "edit")
    if message.sender.id != call.world.bot.id or message.content.service:
        raise bad_request("message can't be edited")
    return message


def _apply(call: Call, target: StoredMessage, content: Content) -> dict[str, Any] | bool:
    if target.content.same_as(content):
        raise bad_request(NOT_MODIFIED)
    call.limits.spend(target.chat)
    call.world.edit(target, content)
    return True if target.via_inline else target.json()


def _message_ids(call: Call) -> list[int]:
    ids = call.params.json("message_ids")
    if ids is None or ids == []:
        raise bad_request("message identifiers are not specified")
    if not isinstance(ids, list):
        raise bad_request("expected an Array of message identifiers")
    if len(ids) > MAX_DELETED:
        raise bad_request("too many message identifiers specified")
    return [_message_id(value) for value in ids]


def _message_id(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise bad_request("message identifier must be a Number")
    try:
        found = int(value)
    except ValueError as error:
        raise bad_request("can't parse message identifier as a Number") from error
    if found <= 0:
        raise bad_request("invalid message identifier specified")
    return found


def _check_deletable(call: Call, message: StoredMessage) -> None:
    own = message.sender.id == call.world.bot.id
    if not (own or message.chat.is_private or message.chat.bot_status == "administrator"):
        raise bad_request("message can't be deleted")
    if call.world.now_s - message.date > DELETABLE_S:
        raise bad_request("message can't be deleted for everyone")
