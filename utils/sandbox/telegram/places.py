"""What a test or the page may do to people and places: make them, block, kick, migrate, open topics."""

from collections.abc import Callable
from typing import Any

from utils.sandbox.control import ControlError
from utils.sandbox.telegram.messages import Content, StoredMessage
from utils.sandbox.telegram.people import PERMISSIONS, Chat, ChatType, Topic, User, member_json
from utils.sandbox.telegram.world import World

_FIRST_USER_ID = 500_000_000
_SUPERGROUP_BASE = -1_000_000_000_000
_NAMES = ("Ada", "Deniz", "Emre", "Grace", "Elif", "Alan", "Zeynep", "Mert", "Barbara", "Can")


def create_user(world: World, body: dict[str, Any]) -> User:
    """Make a person and the private chat with the bot, started unless `started` is false."""
    user_id = int(body.get("id") or _FIRST_USER_ID + world.number())
    if user_id in world.users or user_id == world.bot.id:
        raise ControlError(f"user {user_id} exists", status=409)
    name = str(body.get("first_name") or _NAMES[len(world.users) % len(_NAMES)])
    user = User(
        user_id,
        name,
        str(body.get("last_name") or ""),
        str(body.get("username") or ""),
        str(body.get("language_code") or "en"),
        bool(body.get("is_premium", False)),
    )
    world.users[user.id] = user
    started = bool(body.get("started", True))
    chat = Chat(user.id, ChatType.PRIVATE, person=user, members={user.id: "member"})
    chat.bot_status = "member" if started else "left"
    world.chats[chat.id] = chat
    world.events.publish("user", user.json())
    world.events.publish("chat", describe_chat(chat))
    return user


def create_chat(world: World, body: dict[str, Any]) -> Chat:
    """Make a group, supergroup or channel with the bot in it; a forum is always a supergroup."""
    forum = bool(body.get("is_forum", False))
    kind = ChatType.SUPERGROUP if forum else ChatType(str(body.get("type", "group")))
    if kind is ChatType.PRIVATE:
        raise ControlError("a private chat comes with its user; use POST /users")
    chat = Chat(_new_chat_id(world, kind), kind, str(body.get("title") or f"Group {len(world.chats)}"))
    chat.username, chat.is_forum = str(body.get("username") or ""), forum
    chat.members = _members(world, body)
    # a channel has no bots among its readers
    admin = body.get("bot_admin", kind is ChatType.CHANNEL)
    chat.bot_status = "administrator" if admin else "member" if body.get("bot", True) else "left"
    _set_permissions(world, chat, body.get("permissions") or {})
    world.chats[chat.id] = chat
    world.events.publish("chat", describe_chat(chat))
    owner = _owner(world, chat)
    if chat.bot_status != "left":
        _bot_status_update(world, chat, owner, "left")
        service(world, chat, owner, {"new_chat_members": [world.bot.json()]})
    for name in body.get("topics", ()):
        _open_topic(world, chat, {"name": str(name)})
    world.events.publish("chat", describe_chat(chat))
    return chat


def patch_chat(world: World, chat: Chat, body: dict[str, Any]) -> Chat:
    """Change a chat. Raises `ControlError` for a change that does not exist."""
    unknown = sorted(set(body) - set(_PATCHES))
    if unknown:
        raise ControlError(f"unknown change {unknown[0]}; known are {', '.join(sorted(_PATCHES))}")
    for name, value in body.items():
        _PATCHES[name](world, chat, value)
    world.events.publish("chat", describe_chat(chat))
    return chat


def describe_chat(chat: Chat) -> dict[str, Any]:
    """The chat for tests and the page."""
    return chat.json() | {
        "members": {str(user): status for user, status in chat.members.items()},
        "bot_status": chat.bot_status,
        "migrated_to": chat.migrated_to,
        "permissions": {name: name not in chat.forbidden for name in PERMISSIONS},
        "topics": [topic.json() for topic in chat.topics.values()],
    }


def service(world: World, chat: Chat, sender: User, note: dict[str, Any], **details: Any) -> StoredMessage:
    """Post a service message; the bot hears of it whatever its privacy mode, unless it is about its own deed."""
    message = world.post(chat, sender, Content(service=note), **details)
    if sender is not world.bot:
        world.push("message", message.json())
    return message


def _new_chat_id(world: World, kind: ChatType) -> int:
    base = -4_000_000_000 if kind is ChatType.GROUP else _SUPERGROUP_BASE - 2_000_000_000
    return base - world.number()


def _members(world: World, body: dict[str, Any]) -> dict[int, str]:
    members = [int(m) for m in body.get("members", ())] or list(world.users)[:1]
    admins = [int(a) for a in body.get("admins", ())]
    strangers = [m for m in (*members, *admins) if m not in world.users]
    if strangers:
        raise ControlError(f"user {strangers[0]} does not exist; use POST /users first")
    if not members and not admins:
        raise ControlError("a chat needs a member; use POST /users first")
    statuses = dict.fromkeys(members, "member") | dict.fromkeys(admins, "administrator")
    owner = int(body.get("owner") or (admins or members)[0])
    return statuses | {owner: "creator"}


def _owner(world: World, chat: Chat) -> User:
    if chat.person is not None:
        return chat.person
    return world.users[next(user for user, status in chat.members.items() if status == "creator")]


def _bot_status_update(world: World, chat: Chat, actor: User, before: str) -> None:
    update = {
        "chat": chat.json(),
        "from": actor.json(),
        "date": world.now_s,
        "old_chat_member": member_json(world.bot, before),
        "new_chat_member": member_json(world.bot, chat.bot_status),
    }
    world.push("my_chat_member", update)


def set_bot_status(world: World, chat: Chat, status: str) -> None:
    """Change what the bot is in that chat and tell it so."""
    before, chat.bot_status = chat.bot_status, status
    if before != status:
        _bot_status_update(world, chat, _owner(world, chat), before)


def _block(world: World, chat: Chat, value: Any) -> None:
    if not chat.is_private:
        raise ControlError("only a private chat can block the bot; use kicked for groups")
    set_bot_status(world, chat, "kicked" if value else "member")


def _kick(world: World, chat: Chat, value: Any) -> None:
    if chat.is_private:
        raise ControlError("nobody is kicked from a private chat; use blocked")
    set_bot_status(world, chat, "kicked" if value else "member")


def _migrate(world: World, chat: Chat, value: Any) -> None:
    if not value:
        return
    if chat.type is not ChatType.GROUP or chat.migrated_to is not None:
        raise ControlError("only a group that has not migrated yet can become a supergroup", status=409)
    owner = _owner(world, chat)
    successor = Chat(_new_chat_id(world, ChatType.SUPERGROUP), ChatType.SUPERGROUP, chat.title)
    successor.members, successor.bot_status = dict(chat.members), chat.bot_status
    world.chats[successor.id] = successor
    service(world, chat, owner, {"migrate_to_chat_id": successor.id})
    chat.migrated_to = successor.id
    world.events.publish("chat", describe_chat(successor))
    service(world, successor, owner, {"migrate_from_chat_id": chat.id})


def _topic(world: World, chat: Chat, value: Any) -> None:
    chat.is_forum = chat.is_forum or chat.is_private
    if not chat.is_forum:
        raise ControlError("only a forum and a private chat have topics; make it with is_forum", status=409)
    wanted = {"name": value} if isinstance(value, str) else dict(value)
    if "id" not in wanted:
        _open_topic(world, chat, wanted)
        return
    if int(wanted["id"]) not in chat.topics:
        raise ControlError(f"topic {wanted['id']} does not exist", status=404)
    if wanted.get("deleted"):
        del chat.topics[int(wanted["id"])]
        return
    _close_topic(world, chat, chat.topics[int(wanted["id"])], closed=bool(wanted.get("closed", False)))


def open_topic(world: World, chat: Chat, opener: User, name: str) -> Topic:
    """Open a topic of a forum, and say so in the chat."""
    topic = Topic(chat.next_message_id, name)
    chat.topics[topic.id] = topic
    note = {"forum_topic_created": {"name": topic.name, "icon_color": topic.icon_color}}
    service(world, chat, opener, note, thread_id=topic.id)
    world.events.publish("chat", describe_chat(chat))
    return topic


def _open_topic(world: World, chat: Chat, wanted: dict[str, Any]) -> None:
    open_topic(world, chat, _owner(world, chat), str(wanted.get("name") or "Topic"))


def _close_topic(world: World, chat: Chat, topic: Topic, *, closed: bool) -> None:
    if topic.closed != closed:
        topic.closed = closed
        note: dict[str, Any] = {"forum_topic_closed" if closed else "forum_topic_reopened": {}}
        service(world, chat, _owner(world, chat), note, thread_id=topic.id)


def _set_title(world: World, chat: Chat, value: Any) -> None:
    chat.title = str(value)
    service(world, chat, _owner(world, chat), {"new_chat_title": chat.title})


def _set_members(world: World, chat: Chat, value: Any) -> None:
    for user_id, status in dict(value).items():
        if int(user_id) not in world.users:
            raise ControlError(f"user {user_id} does not exist; use POST /users first")
        chat.members[int(user_id)] = str(status)


def _set_bot_admin(world: World, chat: Chat, value: Any) -> None:
    set_bot_status(world, chat, "administrator" if value else "member")


def _set_permissions(_: World, chat: Chat, value: Any) -> None:
    if not isinstance(value, dict) or not all(isinstance(allowed, bool) for allowed in value.values()):
        raise ControlError("permissions must be an object of booleans")
    if unknown := sorted(set(value) - set(PERMISSIONS)):
        raise ControlError(f"unknown permission {unknown[0]}; known are {', '.join(PERMISSIONS)}")
    if value and chat.type in {ChatType.PRIVATE, ChatType.CHANNEL}:
        raise ControlError("only groups and supergroups have permissions")
    for name, allowed in value.items():
        (chat.forbidden.discard if allowed else chat.forbidden.add)(name)


_PATCHES: dict[str, Callable[[World, Chat, Any], None]] = {
    "blocked": _block,
    "kicked": _kick,
    "migrate": _migrate,
    "topic": _topic,
    "title": _set_title,
    "members": _set_members,
    "bot_admin": _set_bot_admin,
    "permissions": _set_permissions,
}
