"""Sending: text, photo, document, album, chat action."""

from typing import Any

from utils.sandbox.telegram.errors import bad_request
from utils.sandbox.telegram.messages import Content, StoredMessage
from utils.sandbox.telegram.methods.composing import (
    call_caption,
    document_of,
    file_reference,
    markup_of,
    photo_of,
    placing_of,
    text_of,
)
from utils.sandbox.telegram.methods.ephemeral import place_of, post
from utils.sandbox.telegram.methods.media import media_content
from utils.sandbox.telegram.methods.registry import Call, method

# https://core.telegram.org/bots/api#sendchataction and #sendmediagroup
ACTIONS = frozenset(
    {
        "typing",
        "upload_photo",
        "record_video",
        "upload_video",
        "record_voice",
        "upload_voice",
        "upload_document",
        "choose_sticker",
        "find_location",
        "record_video_note",
        "upload_video_note",
    }
)
MIN_ALBUM = 2
MAX_ALBUM = 10


@method("sendMessage")
async def send_message(call: Call) -> dict[str, Any]:
    """Send a text."""
    chat, person = place_of(call)
    content = Content(text_of(call), markup=markup_of(call))
    placing = placing_of(call, chat)
    chat.require("can_send_messages")
    call.limits.spend(chat)
    return post(call, chat, person, content, placing)


@method("sendPhoto")
async def send_photo(call: Call) -> dict[str, Any]:
    """Send a photo, uploaded or known by file id."""
    chat, person = place_of(call)
    reference, caption, markup = file_reference(call, "photo"), call_caption(call), markup_of(call)
    placing = placing_of(call, chat)
    content = Content(caption, photo=photo_of(call, reference), markup=markup)
    chat.require("can_send_photos")
    call.limits.spend(chat)
    return post(call, chat, person, content, placing)


@method("sendDocument")
async def send_document(call: Call) -> dict[str, Any]:
    """Send a file, uploaded or known by file id."""
    chat, person = place_of(call)
    reference, caption, markup = file_reference(call, "document"), call_caption(call), markup_of(call)
    placing = placing_of(call, chat)
    content = Content(caption, document=document_of(call, reference), markup=markup)
    chat.require("can_send_documents")
    call.limits.spend(chat)
    return post(call, chat, person, content, placing)


@method("sendMediaGroup")
async def send_media_group(call: Call) -> list[dict[str, Any]]:
    """Send an album of photos or of documents."""
    chat, media = call.chat(), call.params.json("media")
    if not isinstance(media, list):
        raise bad_request("expected an Array of InputMedia")
    if not MIN_ALBUM <= len(media) <= MAX_ALBUM:
        raise bad_request(f"wrong number of media in the album; {MIN_ALBUM} to {MAX_ALBUM} are allowed")
    placing = placing_of(call, chat) | {"media_group": call.world.token()}
    contents = [media_content(call, item) for item in media]
    if len({content.photo is None for content in contents}) > 1:
        raise bad_request("document can't be mixed with other media types")
    chat.require("can_send_documents" if contents[0].photo is None else "can_send_photos")
    call.limits.spend(chat)
    sent: list[StoredMessage] = [call.world.post(chat, call.world.bot, c, **placing) for c in contents]
    return [message.json() for message in sent]


@method("sendChatAction")
async def send_chat_action(call: Call) -> bool:
    """Show "typing…" and the like for five seconds."""
    chat, action = call.chat(), call.params.text("action").lower()
    if action not in ACTIONS:
        raise bad_request("wrong parameter action in request")
    thread_id = call.params.integer("message_thread_id") or None
    if thread_id is not None:
        chat.topic(thread_id)
    call.world.events.publish("action", {"chat_id": chat.id, "thread": thread_id, "action": action})
    return True
