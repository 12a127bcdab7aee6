"""What Telegram delivers, in the handlers' own shapes."""

from telegram import Chat, InaccessibleMessage, Message, Update, User
from telegram.constants import ChatType

from handlers.ports import Incoming, InlineAsk, MessageRef, Person, Place, PlaceKind, Press

_KINDS: dict[str, PlaceKind] = {
    ChatType.PRIVATE: "private",
    ChatType.GROUP: "group",
    ChatType.SUPERGROUP: "supergroup",
    ChatType.CHANNEL: "channel",
}


def incoming_of(update: Update) -> Incoming | None:
    """Return the text message of an update; ``None`` for anything else, an edit or a message without a person."""
    message = update.message
    if message is None or message.text is None or message.from_user is None or message.from_user.is_bot:
        return None
    return Incoming(
        person=_person(message.from_user),
        place=_place(message),
        message_id=message.message_id,
        text=message.text,
        date_ms=round(message.date.timestamp() * 1000),
    )


def press_of(update: Update) -> Press | None:
    """Return the pressed button of an update; its message is ``None`` where Telegram no longer shows it."""
    query = update.callback_query
    if query is None or query.data is None:
        return None
    shown = query.message if isinstance(query.message, Message) else None
    ref = None if shown is None else MessageRef(_place(shown), shown.message_id, bool(shown.photo))
    return Press(_person(query.from_user), ref or _faded(query.message), query.id, query.data)


def inline_of(update: Update) -> InlineAsk | None:
    """Return the inline query of an update, if it is one."""
    query = update.inline_query
    return None if query is None else InlineAsk(_person(query.from_user), query.id, query.query)


def _faded(message: object) -> MessageRef | None:
    """A message too old for Telegram to show still has its chat and id; nothing tells whether it has a picture."""
    if not isinstance(message, InaccessibleMessage):
        return None
    return MessageRef(Place(message.chat.id, _kind(message.chat)), message.message_id)


def _person(user: User) -> Person:
    return Person(user.id, user.full_name, user.language_code)


def _place(message: Message) -> Place:
    # an ordinary reply chain in a supergroup carries a thread id too, which is no topic
    thread_id = message.message_thread_id if message.is_topic_message else None
    return Place(message.chat.id, _kind(message.chat), thread_id)


def _kind(chat: Chat) -> PlaceKind:
    return _KINDS.get(chat.type, "private")
