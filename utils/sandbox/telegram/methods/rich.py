"""Rich messages: sent, streamed as drafts, and put in place of a text."""

from functools import partial
from typing import Any

from utils.sandbox.telegram.errors import bad_request
from utils.sandbox.telegram.messages import Content
from utils.sandbox.telegram.methods.composing import markup_of, photo_of, placing_of
from utils.sandbox.telegram.methods.drafts import draft_chat, show_draft
from utils.sandbox.telegram.methods.ephemeral import place_of, post
from utils.sandbox.telegram.methods.registry import Call, method
from utils.sandbox.telegram.people import Chat
from utils.sandbox.telegram.rich import read_rich


@method("sendRichMessage")
async def send_rich_message(call: Call) -> dict[str, Any]:
    """Send blocks: text, tables, pictures, buttons."""
    chat, person = place_of(call)
    content = Content(blocks=rich_blocks(call), markup=markup_of(call))
    placing = placing_of(call, chat)
    require(chat, content)
    call.limits.spend(chat)
    return post(call, chat, person, content, placing)


@method("sendRichMessageDraft")
async def send_rich_message_draft(call: Call) -> bool:
    """Show partial blocks; they take no uploads."""
    chat = draft_chat(call)
    show_draft(call, chat, Content(blocks=rich_blocks(call, draft=True)))
    return True


def rich_blocks(call: Call, *, draft: bool = False) -> list[dict[str, Any]]:
    """The blocks of the call's `rich_message`. Raises `BotApiError`."""
    value = call.params.object("rich_message")
    if not value:
        raise bad_request("rich message is empty")
    return read_rich(value, partial(photo_of, call), draft=draft)


def require(chat: Chat, content: Content) -> None:
    """Raise `BotApiError` where the chat forbids what the message has."""
    chat.require("can_send_messages")
    if any(block["type"] == "photo" for block in content.blocks or ()):
        chat.require("can_send_photos")
