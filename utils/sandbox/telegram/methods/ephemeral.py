"""Ephemeral messages: who may be sent one, and their edits, which name the person besides the message."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from utils.sandbox.telegram.ephemeral import ANSWERABLE_MS
from utils.sandbox.telegram.errors import NOT_MODIFIED, bad_request
from utils.sandbox.telegram.fields import number, optional_text, parsing
from utils.sandbox.telegram.messages import Content, StoredMessage
from utils.sandbox.telegram.methods.composing import call_caption, edited_markup_of, text_of
from utils.sandbox.telegram.methods.media import media_content
from utils.sandbox.telegram.methods.registry import Call, method
from utils.sandbox.telegram.people import ADMINISTRATORS, PRESENT, Chat, ChatType, User
from utils.sandbox.telegram.queries import Query

_NAME = "ephemeral_message_parameters"
_NOT_ALLOWED = "ephemeral message can't be sent to the user"


def place_of(call: Call) -> tuple[Chat, User | None]:
    """The chat of a new message and, for an ephemeral one, who sees it. Raises `BotApiError`.

    The chat may be left out where a press is answered. Without rights the bot answers presses and ephemeral messages
    alone, within 15 s.
    """
    wanted = call.params.object(_NAME)
    if not wanted:
        return call.chat(), None
    with parsing("ephemeral message parameters"):
        person_id = number(wanted, "receiver_user_id")
        query_id = optional_text(wanted, "callback_query_id")
    query = _query(call, query_id, person_id) if query_id else None
    if query is not None and not call.params.text("chat_id"):
        chat = call.world.chat_for_bot(str(query.payload["chat"]))
    else:
        chat = call.chat()
    if query is not None and wanted.get("replace_callback_query_message") and query.payload.get("ephemeral"):
        raise bad_request("ephemeral messages can't be replaced by new messages")
    if "login_url" in call.params.text("reply_markup"):
        raise bad_request("login buttons can't be used in ephemeral messages")
    return chat, _receiver(call, chat, person_id, query)


def post(
    call: Call, chat: Chat, person: User | None, content: Content, placing: dict[str, Any]
) -> dict[str, Any]:
    """Send a message to the chat, or to one person in it."""
    world = call.world
    if person is None:
        return world.post(chat, world.bot, content, **placing).json()
    return world.whisper(chat, world.bot, person, content, **placing).json()


def _query(call: Call, query_id: str, person_id: int) -> Query:
    query = call.world.callbacks.get(query_id)
    late = query is not None and call.world.clock.now_ms() - query.asked_ms > ANSWERABLE_MS
    if query is None or late or query.user_id != person_id:
        raise bad_request("QUERY_ID_INVALID")
    return query


def _receiver(call: Call, chat: Chat, person_id: int, query: Query | None) -> User:
    world = call.world
    answers_press = query is not None and query.payload["chat"] == chat.id
    if chat.type in {ChatType.PRIVATE, ChatType.CHANNEL} and not answers_press:
        raise bad_request("ephemeral messages can be sent only to groups")
    if person_id not in world.users or (not chat.is_private and chat.members.get(person_id) not in PRESENT):
        raise bad_request("PARTICIPANT_ID_INVALID")
    heard = world.ephemeral.heard_lately(chat.id, person_id, world.clock.now_ms())
    if chat.bot_status not in ADMINISTRATORS and not answers_press and not heard:
        raise bad_request(_NOT_ALLOWED)
    return world.users[person_id]


@method("editEphemeralMessageText")
async def edit_text(call: Call) -> bool:
    """Replace the text; buttons not given again are removed."""
    rich, markup = text_of(call, editing=True), edited_markup_of(call)

    def change(content: Content) -> Content:
        if content.has_media:
            raise bad_request("there is no text in the message to edit")
        return replace(content, rich=rich, blocks=None, markup=markup)

    return _edit(call, change)


@method("editEphemeralMessageCaption")
async def edit_caption(call: Call) -> bool:
    """Replace the caption; buttons not given again are removed."""
    rich, markup = call_caption(call), edited_markup_of(call)

    def change(content: Content) -> Content:
        if not content.has_media:
            raise bad_request("there is no caption in the message to edit")
        return replace(content, rich=rich, markup=markup)

    return _edit(call, change)


@method("editEphemeralMessageMedia")
async def edit_media(call: Call) -> bool:
    """Replace the picture with its caption."""
    markup, media = edited_markup_of(call), call.params.object("media")
    return _edit(call, lambda _: replace(media_content(call, media), markup=markup))


@method("editEphemeralMessageReplyMarkup")
async def edit_reply_markup(call: Call) -> bool:
    """Replace or remove the buttons."""
    markup = edited_markup_of(call)
    return _edit(call, lambda content: replace(content, markup=markup))


@method("deleteEphemeralMessage")
async def delete(call: Call) -> bool:
    """Take a message away from the one who sees it."""
    call.world.delete(_target(call, "delete"))
    return True


def _target(call: Call, what: str) -> StoredMessage:
    chat, params = call.chat(), call.params
    ephemeral_id = params.integer("ephemeral_message_id")
    found = call.world.ephemeral.find(chat.id, params.integer("receiver_user_id"), ephemeral_id)
    if found is None:
        raise bad_request(f"message to {what} not found")
    return found


def _edit(call: Call, change: Callable[[Content], Content]) -> bool:
    target = _target(call, "edit")
    if target.sender is not call.world.bot:
        raise bad_request("message can't be edited")
    content = change(target.content)
    if target.content.same_as(content):
        raise bad_request(NOT_MODIFIED)
    call.limits.spend(target.chat)
    call.world.edit(target, content)
    return True
