"""Sending on what was sent before: copies and forwards."""

from dataclasses import replace
from typing import Any

from utils.sandbox.telegram.errors import bad_request
from utils.sandbox.telegram.messages import Content, StoredMessage
from utils.sandbox.telegram.methods.composing import call_caption, markup_of, placing_of
from utils.sandbox.telegram.methods.registry import Call, message_of_call, method
from utils.sandbox.telegram.people import Chat


@method("copyMessage")
async def copy_message(call: Call) -> dict[str, int]:
    """Send the content anew, under another caption if one is given; only the new id is answered."""
    chat, source = call.chat(), _source(call, "copy")
    content = replace(source.content, markup=markup_of(call))
    if source.content.has_media and "caption" in call.params.values:
        content = replace(content, rich=call_caption(call))
    placing = placing_of(call, chat)
    _spend(call, chat, content)
    return {"message_id": call.world.post(chat, call.world.bot, content, **placing).id}


@method("forwardMessage")
async def forward_message(call: Call) -> dict[str, Any]:
    """Send the message on with its origin and without its buttons."""
    chat, source = call.chat(), _source(call, "forward")
    content = replace(source.content, markup=None)
    thread_id = placing_of(call, chat).get("thread_id")
    _spend(call, chat, content)
    origin = source.origin()
    return call.world.post(chat, call.world.bot, content, thread_id=thread_id, forwarded=origin).json()


def _source(call: Call, what: str) -> StoredMessage:
    chat = call.world.find_chat(call.params.text("from_chat_id"))
    source = message_of_call(call, chat, what)
    if source.content.service:
        raise bad_request(f"message can't be {'copied' if what == 'copy' else 'forwarded'}")
    return source


def _spend(call: Call, chat: Chat, content: Content) -> None:
    kind = "photos" if content.photo else "documents" if content.document else "messages"
    chat.require(f"can_send_{kind}")
    call.limits.spend(chat)
