"""What a person does: write, edit, press a button, ask inline, choose an inline result."""

import io
from dataclasses import replace
from typing import Any

from PIL import Image

from utils.sandbox.control import ControlError
from utils.sandbox.telegram.errors import BotApiError
from utils.sandbox.telegram.media import Photo
from utils.sandbox.telegram.messages import Content, StoredMessage
from utils.sandbox.telegram.people import ADMINISTRATORS, PRESENT, Chat, ChatType, User
from utils.sandbox.telegram.places import service, set_bot_status
from utils.sandbox.telegram.queries import CALLBACK_LIFE_MS, INLINE_LIFE_MS, Query
from utils.sandbox.telegram.text.entities import RichText
from utils.sandbox.telegram.text.finish import finished
from utils.sandbox.telegram.world import World

_CHAT_TYPE_OF_OWN_CHAT = "sender"


def say(world: World, chat: Chat, body: dict[str, Any]) -> StoredMessage:
    """Write `text` as `from`, in `thread`, as answer to `reply_to`; with `edit`, change that message instead.

    `caption` in its place goes under a small picture. `as_chat` is the chat that a member speaks as: this group for an
    anonymous administrator, a channel. `date` (s) makes an old message. With `ephemeral`, and for a command whose menu
    says so, only the bot sees it.
    """
    sender = _person(world, chat, body)
    photo = _picture(world) if "caption" in body else None
    rich = finished(RichText(str(body.get("caption" if photo else "text", ""))))
    if not rich.text and photo is None:
        raise ControlError("text must be non-empty")
    if chat.migrated_to is not None:
        raise ControlError(f"this group lives on as {chat.migrated_to}", status=409)
    if "edit" in body:
        return _rewrite(world, chat, sender, int(body["edit"]), rich)
    _enter(world, chat, sender)
    placing = _placing(world, chat, body) | {"speaks_as": _speaker(world, chat, sender, body)}
    if _is_ephemeral(world, chat, sender, rich, body):
        return _whisper(world, chat, sender, Content(rich, photo=photo), placing)
    date = int(body["date"]) if "date" in body else None
    message = world.post(chat, sender, Content(rich, photo=photo), date=date, **placing)
    message.seen_by_bot = bot_hears(world, message)
    if chat.bot_status not in PRESENT and not chat.is_private:
        _summon(world, message)
    if message.seen_by_bot:
        world.push("channel_post" if chat.type == "channel" else "message", message.json())
    return message


def press(world: World, body: dict[str, Any]) -> Query:
    """Press a button of `message` in `chat`: by its text, by [row, column], or by its data."""
    chat = chat_of(world, body.get("chat"))
    user = _person(world, chat, body)
    message = _pressed(world, chat, user, body)
    data = str(body["data"]) if "data" in body else _data_of(message, body.get("button"))
    place = {"chat": chat.id, "message": message.id, "data": data}
    if message.person is not None:
        place["ephemeral"] = message.ephemeral_id
    life = CALLBACK_LIFE_MS
    query = world.callbacks.add(Query(world.token(), user.id, world.clock.now_ms(), life, place))
    update: dict[str, Any] = {
        "id": query.id,
        "from": user.json(),
        "chat_instance": str(abs(chat.id)),
        "data": data,
    }
    if message.via_inline:
        update["inline_message_id"] = message.via_inline
    else:
        update["message"] = message.json()
    world.push("callback_query", update)
    return query


def stop_draft(world: World, chat: Chat, body: dict[str, Any]) -> dict[str, Any]:
    """Press the stop button of the draft with this `draft_id`."""
    named = int(body.get("draft_id", 0))
    shown = [d for d in world.drafts.of(chat.id, world.clock.now_ms()) if d.draft_id == named and d.can_stop]
    if not shown:
        raise ControlError(f"no draft {named} that can be stopped", status=404)
    thread = {} if shown[0].thread_id is None else {"message_thread_id": shown[0].thread_id}
    world.push("stopped_message_generation", {"chat": chat.json(), "draft_id": named, **thread})
    world.drafts.clear(chat.id, shown[0].thread_id)
    world.events.publish("draft_gone", {"chat_id": chat.id, "draft_id": named})
    return shown[0].record()


def _summon(world: World, message: StoredMessage) -> None:
    """Tell the bot of a message that names it in a chat that it is not in: https://core.telegram.org/bots/api#message."""
    if f"@{world.bot.username.lower()}" not in message.content.rich.text.lower():
        return
    place = {"chat": message.chat.id, "message": message.id}
    query = Query(world.token(), message.sender.id, world.clock.now_ms(), INLINE_LIFE_MS, place)
    world.guests.add(query)
    world.push("guest_message", message.json() | {"guest_query_id": query.id})


def _pressed(world: World, chat: Chat, user: User, body: dict[str, Any]) -> StoredMessage:
    if "ephemeral" not in body:
        return message_of(world, chat, body.get("message"))
    found = world.ephemeral.find(chat.id, user.id, int(body["ephemeral"]))
    if found is None:
        raise ControlError(f"user {user.id} sees no ephemeral message {body['ephemeral']}", status=404)
    return found


def ask_inline(world: World, body: dict[str, Any]) -> Query:
    """Type `query` after the bot's name."""
    user = world.users.get(int(body.get("from", 0)))
    if user is None:
        raise ControlError("from must be the id of a user")
    asked = {"query": str(body.get("query", "")), "offset": str(body.get("offset", ""))}
    life = INLINE_LIFE_MS
    query = world.inlines.add(Query(world.token(), user.id, world.clock.now_ms(), life, asked))
    kind = str(body.get("chat_type") or _CHAT_TYPE_OF_OWN_CHAT)
    world.push("inline_query", {"id": query.id, "from": user.json(), "chat_type": kind, **asked})
    return query


def choose_inline(world: World, query: Query, body: dict[str, Any]) -> StoredMessage:
    """Post the chosen result of an answered inline query into `chat`, in `thread`, as answer to `reply_to`."""
    results = (query.answer or {}).get("results", [])
    result = next((r for r in results if r["id"] == str(body.get("result_id"))), None)
    if result is None:
        raise ControlError("no such result", status=404)
    chat, user = chat_of(world, body.get("chat")), world.users[query.user_id]
    inline_id = f"inline{world.token()}"
    message = world.post(chat, user, result["content"], via_inline=inline_id, **_placing(world, chat, body))
    world.inline_messages[inline_id] = message
    chosen = {"result_id": result["id"], "from": user.json(), "query": query.payload["query"]}
    world.push("chosen_inline_result", chosen | {"inline_message_id": inline_id})
    if chat.bot_status in PRESENT:
        world.push("message", message.json() | {"via_bot": world.bot.json()})
    return message


def chat_of(world: World, reference: object) -> Chat:
    """The chat with that id. Raises `ControlError` 404."""
    try:
        return world.find_chat(str(reference or ""))
    except BotApiError as refusal:
        raise ControlError(refusal.description, status=404) from refusal


def message_of(world: World, chat: Chat, reference: object) -> StoredMessage:
    """A message that still exists. Raises `ControlError` 404."""
    found = world.message(chat, int(str(reference or 0)))
    if found is None:
        raise ControlError(f"message {reference} does not exist", status=404)
    return found


def bot_hears(world: World, message: StoredMessage) -> bool:
    """Whether privacy mode lets the message through: https://core.telegram.org/bots/features#privacy-mode."""
    chat = message.chat
    if chat.bot_status not in PRESENT:
        return False
    if chat.is_private or chat.bot_status in ADMINISTRATORS:
        return True
    if message.reply_to is not None and message.reply_to.sender.is_bot:
        return True
    first = message.content.rich.entities[:1]
    if not first or first[0].type != "bot_command" or first[0].offset != 0:
        return False
    _, _, named = message.content.rich.text[: first[0].length].partition("@")
    return named.lower() in {"", world.bot.username.lower()}


def _person(world: World, chat: Chat, body: dict[str, Any]) -> User:
    user_id = int(body.get("from") or (chat.person.id if chat.person else 0))
    if user_id not in world.users:
        raise ControlError("from must be the id of a user")
    if chat.is_private and user_id != chat.id:
        raise ControlError(f"user {user_id} has no part in the private chat {chat.id}")
    return world.users[user_id]


def _is_ephemeral(world: World, chat: Chat, sender: User, rich: RichText, body: dict[str, Any]) -> bool:
    """Whether only the bot sees a message: asked for so, or a command of a menu that says so."""
    if chat.type not in {ChatType.GROUP, ChatType.SUPERGROUP} or "as_chat" in body:
        return False
    first = rich.entities[:1]
    if body.get("ephemeral") or not first or first[0].type != "bot_command" or first[0].offset:
        return bool(body.get("ephemeral"))
    name = rich.text[1 : first[0].length].partition("@")[0].lower()
    menu = world.commands.seen_by(chat, sender.id, sender.language_code[:2])
    return any(command["command"] == name and command.get("is_ephemeral") for command in menu)


def _whisper(
    world: World, chat: Chat, sender: User, content: Content, placing: dict[str, Any]
) -> StoredMessage:
    message = world.whisper(chat, sender, sender, content, thread_id=placing.get("thread_id"))
    world.push("message", message.json())
    return message


def _enter(world: World, chat: Chat, sender: User) -> None:
    if chat.is_private:
        if chat.bot_status == "left":
            set_bot_status(world, chat, "member")
    elif chat.members.get(sender.id) not in PRESENT:
        chat.members[sender.id] = "member"
        service(world, chat, sender, {"new_chat_members": [sender.json()]})


def _speaker(world: World, chat: Chat, sender: User, body: dict[str, Any]) -> Chat | None:
    if "as_chat" not in body:
        return None
    speaker = chat_of(world, body["as_chat"])
    if speaker is chat and not chat.is_admin(sender.id):
        raise ControlError("only administrators are anonymous", status=409)
    if chat.is_private or (speaker is not chat and speaker.type is not ChatType.CHANNEL):
        raise ControlError("somebody speaks as this group or as a channel")
    return speaker


def _picture(world: World) -> Photo:
    out = io.BytesIO()
    Image.new("RGB", (64, 64), "gray").save(out, "PNG")
    return world.files.add_photo(out.getvalue())


def _placing(world: World, chat: Chat, body: dict[str, Any]) -> dict[str, Any]:
    placing: dict[str, Any] = {}
    if body.get("thread"):
        try:
            placing["thread_id"] = chat.topic(int(body["thread"])).id
        except BotApiError as refusal:
            raise ControlError(refusal.description, status=404) from refusal
        # in a topic every message without a target answers the message that opened the topic
        placing["reply_to"] = world.message(chat, placing["thread_id"])
    if body.get("reply_to"):
        placing["reply_to"] = message_of(world, chat, body["reply_to"])
        placing.setdefault("thread_id", placing["reply_to"].thread_id)
    return placing


def _rewrite(world: World, chat: Chat, sender: User, message_id: int, rich: RichText) -> StoredMessage:
    message = message_of(world, chat, message_id)
    if message.sender.id != sender.id:
        raise ControlError("people edit only their own messages", status=409)
    world.edit(message, replace(message.content, rich=rich))
    message.seen_by_bot = message.seen_by_bot or bot_hears(world, message)
    if message.seen_by_bot:
        world.push(
            "edited_channel_post" if chat.type is ChatType.CHANNEL else "edited_message", message.json()
        )
    return message


def _data_of(message: StoredMessage, button: object) -> str:
    rows = (message.content.markup or {}).get("inline_keyboard", [])
    if isinstance(button, list) and len(button) == 2:
        row, column = int(button[0]), int(button[1])
        found = [rows[row][column]] if row < len(rows) and column < len(rows[row]) else []
    else:
        found = [b for row in rows for b in row if b["text"] == button]
    if not found:
        raise ControlError(f"message {message.id} has no button {button!r}", status=404)
    if "callback_data" not in found[0]:
        raise ControlError(f"button {button!r} has no callback data", status=409)
    return str(found[0]["callback_data"])
