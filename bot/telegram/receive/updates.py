"""Telegram's updates as the handlers' own types, read from their JSON.

The library is not used for it: one field that it requires and a newer Telegram leaves out would lose the whole update.
Only what the handlers need is read, and anything else may be missing, new or of another type.
"""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from bot.telegram.receive.raw import chart_file, flag_of, integer_of, lines_of_rich, object_of, text_of
from handlers.ports import (
    Asker,
    CallbackQuery,
    ChatKind,
    ChatRef,
    GuestQuery,
    IncomingMessage,
    InlineQuery,
    MessageRef,
    Person,
    StoppedDraft,
)

Json = Mapping[str, object]

NEW_MESSAGES: Final = ("message", "channel_post")
EDITED_MESSAGES: Final = ("edited_message", "edited_channel_post")
# always sent: without it the list that an earlier version of the bot has asked for stays
ALLOWED_UPDATES: Final = (
    *NEW_MESSAGES,
    *EDITED_MESSAGES,
    "callback_query",
    "inline_query",
    "guest_message",
    "stopped_message_generation",
    "my_chat_member",
)
MAX_KIND: Final = 40
EDITABLE_S: Final = 120
"""How long after it was sent a command may be edited to be answered anew."""

# https://core.telegram.org/bots/api#message, from: what an anonymous administrator, somebody who writes as a channel,
# and the automatic forward of a linked channel's post arrive as
ANONYMOUS_ADMIN: Final = 1087968824
WRITES_AS_CHANNEL: Final = 136817688
FORWARDED_POST: Final = 777000
_NO_DATE_MS: Final = sys.maxsize  # a message without a date is taken as one that has just come
_KINDS: Final[dict[str, ChatKind]] = {
    "private": "private",
    "group": "group",
    "supergroup": "supergroup",
    "channel": "channel",
}


@dataclass(frozen=True, slots=True)
class MovedGroup:
    """A group that has become a supergroup, with the ids of both."""

    old_id: int
    new_id: int


@dataclass(frozen=True, slots=True)
class BotStatus:
    """Whether the bot may still be in a chat: it is not where it was blocked, removed or has left."""

    chat_id: int
    is_there: bool


Incoming = IncomingMessage | CallbackQuery | InlineQuery | GuestQuery | StoppedDraft | MovedGroup | BotStatus


def kind_of(raw: Json) -> str:
    """Return the kind of an update: the name of what it holds beside its id, shortened; empty if there is nothing."""
    return next((name for name in raw if name != "update_id"), "")[:MAX_KIND]


def is_readable(raw: Json) -> bool:
    """Return whether an update is of a kind that was asked for and says what any of its kind must: whose it is.

    What is readable and asks for nothing, such as a picture without a caption, is no fault of Telegram's.
    """
    kind = kind_of(raw)
    content = object_of(raw, kind) if kind in ALLOWED_UPDATES else None
    if content is None:
        return False
    if kind in {"callback_query", "inline_query"}:
        return text_of(content, "id") is not None and _person(object_of(content, "from")) is not None
    if kind == "stopped_message_generation":
        return _stopped_draft(content) is not None
    if kind == "my_chat_member":
        return _bot_status(content) is not None
    return _chat_ref(content) is not None and integer_of(content, "message_id") is not None


def minimal_update(raw: Json) -> Incoming | None:
    """Return what an update's JSON asks the handlers for, ``None`` if it is nothing; never raises on any JSON."""
    for name in (*NEW_MESSAGES, *EDITED_MESSAGES):
        if (message := object_of(raw, name)) is not None:
            return _moved_group(message) or _incoming_message(message, edited=name in EDITED_MESSAGES)
    if (callback_query := object_of(raw, "callback_query")) is not None:
        return _callback_query(callback_query)
    if (inline_query := object_of(raw, "inline_query")) is not None:
        return _inline_query(inline_query)
    if (guest := object_of(raw, "guest_message")) is not None:
        return _guest_query(guest)
    if (stopped := object_of(raw, "stopped_message_generation")) is not None:
        return _stopped_draft(stopped)
    status = object_of(raw, "my_chat_member")
    return None if status is None else _bot_status(status)


def _guest_query(message: Json) -> GuestQuery | None:
    person, query_id, text = _author(message), text_of(message, "guest_query_id"), _text(message)
    return None if person is None or query_id is None or text is None else GuestQuery(person, query_id, text)


def _stopped_draft(stopped: Json) -> StoppedDraft | None:
    chat, draft_id = _chat_ref(stopped), integer_of(stopped, "draft_id")
    return None if chat is None or draft_id is None else StoppedDraft(chat, draft_id)


def _bot_status(change: Json) -> BotStatus | None:
    # https://core.telegram.org/bots/api#chatmember
    chat, status = _chat_ref(change), text_of(object_of(change, "new_chat_member"), "status")
    return (
        None if chat is None or status is None else BotStatus(chat.chat_id, status not in {"left", "kicked"})
    )


def _moved_group(message: Json) -> MovedGroup | None:
    """What the last message of a group and the first of its supergroup say."""
    chat = _chat_ref(message)
    new_id, old_id = (integer_of(message, f"migrate_{way}_chat_id") for way in ("to", "from"))
    if chat is None or (new_id is None and old_id is None):
        return None
    return MovedGroup(old_id or chat.chat_id, new_id or chat.chat_id)


def _incoming_message(message: Json, *, edited: bool) -> IncomingMessage | None:
    """A text, caption or rich message of a person or a channel; an edit only soon after the message."""
    chat, person, text = _chat_ref(message), _author(message), _text(message)
    message_id = integer_of(message, "message_id")
    if chat is None or person is None or text is None or message_id is None or "via_bot" in message:
        return None
    date_s, edit_date_s = integer_of(message, "date"), integer_of(message, "edit_date")
    if edited and edit_date_s is not None and date_s is not None and edit_date_s - date_s > EDITABLE_S:
        return None
    at_s = edit_date_s if edited and edit_date_s is not None else date_s
    date_ms = _NO_DATE_MS if at_s is None else at_s * 1000
    hidden = integer_of(message, "ephemeral_message_id") is not None
    return IncomingMessage(
        person,
        chat,
        0 if hidden else message_id,
        text,
        date_ms,
        edited=edited,
        hidden=hidden,
        replied_to=_replied_to(message),
        chat_title=text_of(object_of(message, "chat"), "title"),
    )


def _replied_to(message: Json) -> Person | None:
    """Who wrote the message that this one replies to; ``None`` where that is no person with an id of their own."""
    original = object_of(message, "reply_to_message")
    return None if original is None else _author(original)


def _author(message: Json) -> Person | None:
    """Whose message it is, ``None`` for another bot and an automatic forward.

    Anonymous administrators and channels have no person's id: they are known by the chat that they write as.
    """
    sender = object_of(message, "from")
    sender_id = integer_of(sender, "id")
    if sender_id is None or sender_id in {ANONYMOUS_ADMIN, WRITES_AS_CHANNEL}:
        return _person(object_of(message, "sender_chat") or object_of(message, "chat"))
    if sender_id == FORWARDED_POST or flag_of(message, "is_automatic_forward") or flag_of(sender, "is_bot"):
        return None
    return _person(sender)


def _text(message: Json) -> str | None:
    rich = object_of(message, "rich_message")
    if rich is not None:
        lines = [line for line in lines_of_rich(rich) if line.strip()]
        return next((line for line in lines if line.lstrip().startswith("/")), "\n".join(lines) or None)
    return text_of(message, "text") or text_of(message, "caption")


def _callback_query(query: Json) -> CallbackQuery | None:
    person, query_id, data = _person(object_of(query, "from")), text_of(query, "id"), text_of(query, "data")
    if person is None or query_id is None or data is None:
        return None
    return CallbackQuery(
        person,
        _message_ref(object_of(query, "message"), Asker(person.id, query_id, hidden=True)),
        query_id,
        data,
    )


def _message_ref(message: Json | None, asker: Asker) -> MessageRef | None:
    """The message of a button; where its id is 0, it is one that the asker alone sees, or it cannot be named."""
    chat, message_id = _chat_ref(message), integer_of(message, "message_id")
    ephemeral_id = integer_of(message, "ephemeral_message_id")
    if message is None or chat is None:
        return None
    rich = object_of(message, "rich_message")
    chart_id = chart_file(rich)
    seen = MessageRef(
        chat,
        message_id or 0,
        has_picture=bool(message.get("photo")) or chart_id is not None,
        is_rich=rich is not None,
        chart_id=chart_id,
    )
    if ephemeral_id:
        return replace(seen, message_id=0, asker=asker, ephemeral_id=ephemeral_id)
    return seen if message_id else None


def _inline_query(query: Json) -> InlineQuery | None:
    person, query_id, text = _person(object_of(query, "from")), text_of(query, "id"), text_of(query, "query")
    return None if person is None or query_id is None or text is None else InlineQuery(person, query_id, text)


def _person(user: Json | None) -> Person | None:
    """A user, or a chat that speaks as itself."""
    user_id = integer_of(user, "id")
    if user_id is None:
        return None
    names = (text_of(user, name) for name in ("title", "first_name", "last_name"))
    return Person(user_id, " ".join(name for name in names if name), text_of(user, "language_code"))


def _chat_ref(message: Json | None) -> ChatRef | None:
    chat = object_of(message, "chat")
    chat_id = integer_of(chat, "id")
    if chat_id is None:
        return None
    # a reply in a supergroup without topics has a thread id too
    thread_id = integer_of(message, "message_thread_id") if flag_of(message, "is_topic_message") else None
    kind = _KINDS.get(text_of(chat, "type") or "", "supergroup" if chat_id < 0 else "private")
    # https://core.telegram.org/bots/api#directmessagestopic
    direct_topic_id = integer_of(object_of(message, "direct_messages_topic"), "topic_id")
    return ChatRef(chat_id, kind, thread_id, direct_topic_id)
