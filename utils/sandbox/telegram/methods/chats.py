"""Reading chats and members, leaving, and fetching files."""

from typing import Any

from utils.sandbox.telegram.errors import bad_request
from utils.sandbox.telegram.media import MAX_DOWNLOAD_BYTES
from utils.sandbox.telegram.methods.registry import Call, method
from utils.sandbox.telegram.people import ADMINISTRATORS, PRESENT, Chat, ChatType, User, member_json
from utils.sandbox.telegram.places import set_bot_status


@method("getChat")
async def get_chat(call: Call) -> dict[str, Any]:
    """The chat in full."""
    return call.chat().full_json()


@method("getChatMember")
async def get_chat_member(call: Call) -> dict[str, Any]:
    """One member with its status; people who are not there have left."""
    chat, user_id = call.chat(), call.params.integer("user_id")
    if user_id == 0:
        raise bad_request("invalid user_id specified")
    user = call.world.user(user_id)
    return member_json(user, _status(call, chat, user))


@method("getChatAdministrators")
async def get_chat_administrators(call: Call) -> list[dict[str, Any]]:
    """Owner and administrators, other bots left out."""
    chat = call.chat()
    if chat.is_private:
        raise bad_request("there are no administrators in the private chat")
    own = {call.world.bot.id: chat.bot_status}
    statuses = {u: s for u, s in (chat.members | own).items() if s in ADMINISTRATORS}
    return [member_json(call.world.user(user), status) for user, status in statuses.items()]


@method("getChatMemberCount")
async def get_chat_member_count(call: Call) -> int:
    """How many are there, the bot included."""
    chat = call.chat()
    return 1 + sum(status in PRESENT for status in chat.members.values())


@method("leaveChat")
async def leave_chat(call: Call) -> bool:
    """Leave a group."""
    chat = call.chat()
    if chat.type is ChatType.PRIVATE:
        raise bad_request("chat member status can't be changed in private chats")
    set_bot_status(call.world, chat, "left")
    return True


@method("getFile")
async def get_file(call: Call) -> dict[str, Any]:
    """Where a file can be downloaded."""
    stored = call.world.files.files.get(call.params.text("file_id"))
    if stored is None:
        raise bad_request("wrong file_id or the file is temporarily unavailable")
    if len(stored.data) > MAX_DOWNLOAD_BYTES:
        raise bad_request("file is too big")
    return stored.json() | {"file_path": stored.path}


def _status(call: Call, chat: Chat, user: User) -> str:
    if user.id == call.world.bot.id:
        return chat.bot_status
    return chat.members.get(user.id, "left")
