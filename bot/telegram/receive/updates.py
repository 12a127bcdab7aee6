"""Telegram's updates as the handlers' own types."""

from telegram import Chat, InaccessibleMessage, Message, Update, User
from telegram.constants import ChatType

from handlers.ports import CallbackQuery, ChatKind, ChatRef, IncomingMessage, InlineQuery, MessageRef, Person

_KINDS: dict[str, ChatKind] = {
    ChatType.PRIVATE: "private",
    ChatType.GROUP: "group",
    ChatType.SUPERGROUP: "supergroup",
    ChatType.CHANNEL: "channel",
}


def incoming_message_of(update: Update) -> IncomingMessage | None:
    """Return the text message of an update; ``None`` for an edit, another content, or no human sender."""
    message = update.message
    if message is None or message.text is None or message.from_user is None or message.from_user.is_bot:
        return None
    return IncomingMessage(
        person=_person(message.from_user),
        chat=_chat_ref(message),
        message_id=message.message_id,
        text=message.text,
        date_ms=round(message.date.timestamp() * 1000),
    )


def callback_query_of(update: Update) -> CallbackQuery | None:
    """Return the callback query of an update; its message is ``None`` if Telegram does not name one."""
    query = update.callback_query
    if query is None or query.data is None:
        return None
    message = query.message if isinstance(query.message, Message) else None
    ref = None if message is None else MessageRef(_chat_ref(message), message.message_id, bool(message.photo))
    return CallbackQuery(_person(query.from_user), ref or _inaccessible(query.message), query.id, query.data)


def inline_query_of(update: Update) -> InlineQuery | None:
    """Return the inline query of an update, ``None`` if there is none."""
    query = update.inline_query
    return None if query is None else InlineQuery(_person(query.from_user), query.id, query.query)


def _inaccessible(message: object) -> MessageRef | None:
    """Return a message whose content Telegram no longer sends; whether it has a picture is unknown."""
    if not isinstance(message, InaccessibleMessage):
        return None
    return MessageRef(ChatRef(message.chat.id, _kind(message.chat)), message.message_id)


def _person(user: User) -> Person:
    return Person(user.id, user.full_name, user.language_code)


def _chat_ref(message: Message) -> ChatRef:
    # a reply in a supergroup without topics has a thread id too
    thread_id = message.message_thread_id if message.is_topic_message else None
    return ChatRef(message.chat.id, _kind(message.chat), thread_id)


def _kind(chat: Chat) -> ChatKind:
    return _KINDS.get(chat.type, "private")
