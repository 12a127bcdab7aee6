"""Users, chats and topics of the sandbox, and their Bot API shapes."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from utils.sandbox.telegram.errors import bad_request

ADMINISTRATORS = frozenset({"creator", "administrator"})
PRESENT = ADMINISTRATORS | {"member"}
_ADMIN_RIGHTS = (
    "can_manage_chat",
    "can_delete_messages",
    "can_manage_video_chats",
    "can_restrict_members",
    "can_promote_members",
    "can_change_info",
    "can_invite_users",
    "can_post_stories",
    "can_edit_stories",
    "can_delete_stories",
    "can_pin_messages",
    "can_manage_topics",
)


# https://core.telegram.org/bots/api#chatpermissions: those that are acted here, and what each refusal names
PERMISSIONS = {
    "can_send_messages": "text messages",
    "can_send_photos": "photos",
    "can_send_documents": "documents",
}


class ChatType(StrEnum):
    """Kinds of chats: https://core.telegram.org/bots/api#chat."""

    PRIVATE = "private"
    GROUP = "group"
    SUPERGROUP = "supergroup"
    CHANNEL = "channel"


@dataclass(slots=True)
class User:
    """A person, or the bot."""

    id: int
    first_name: str
    last_name: str = ""
    username: str = ""
    language_code: str = "en"
    is_premium: bool = False
    is_bot: bool = False

    def json(self) -> dict[str, Any]:
        """The Bot API `User`; empty fields are absent, bots have no language."""
        shape: dict[str, Any] = {"id": self.id, "is_bot": self.is_bot, "first_name": self.first_name}
        shape |= {k: v for k in ("last_name", "username") if (v := getattr(self, k))}
        if not self.is_bot:
            shape |= {"language_code": self.language_code} if self.language_code else {}
            shape |= {"is_premium": True} if self.is_premium else {}
        return shape


# https://core.telegram.org/bots/api#message: whom `from` names where somebody speaks as a chat
ANONYMOUS_ADMIN = User(1087968824, "Group", username="GroupAnonymousBot", is_bot=True)
CHANNEL_BOT = User(136817688, "Channel", username="Channel_Bot", is_bot=True)


@dataclass(slots=True)
class Topic:
    """A forum topic; its id is the id of the service message that made it."""

    id: int
    name: str
    icon_color: int = 7322096
    closed: bool = False

    def json(self) -> dict[str, Any]:
        """The Bot API `ForumTopic`, and whether it is closed."""
        shape = {"message_thread_id": self.id, "name": self.name, "icon_color": self.icon_color}
        return shape | {"closed": self.closed}


@dataclass(slots=True)
class Chat:
    """A place. `members` maps user id to status (creator, administrator, member, left, kicked).

    `bot_status` is the bot's own status there; in a private chat `kicked` means that the user blocked the bot,
    `left` that the user never started it.
    """

    id: int
    type: ChatType
    title: str = ""
    username: str = ""
    is_forum: bool = False
    person: User | None = None
    members: dict[int, str] = field(default_factory=dict)
    bot_status: str = "member"
    migrated_to: int | None = None
    topics: dict[int, Topic] = field(default_factory=dict)
    forbidden: set[str] = field(default_factory=set)
    next_message_id: int = 1

    @property
    def is_private(self) -> bool:
        """Whether this is a private chat."""
        return self.type is ChatType.PRIVATE

    def json(self) -> dict[str, Any]:
        """The Bot API `Chat`."""
        shape: dict[str, Any] = {"id": self.id, "type": self.type.value}
        if self.person is not None:
            person = self.person.json()
            return shape | {k: person[k] for k in ("first_name", "last_name", "username") if k in person}
        shape["title"] = self.title
        shape |= {"username": self.username} if self.username else {}
        return shape | ({"is_forum": True} if self.is_forum else {})

    def full_json(self) -> dict[str, Any]:
        """The Bot API `ChatFullInfo` of `getChat`."""
        gifts = (
            "unlimited_gifts",
            "limited_gifts",
            "unique_gifts",
            "premium_subscription",
            "gifts_from_channels",
        )
        full = {
            "accent_color_id": 0,
            "max_reaction_count": 11,
            "accepted_gift_types": dict.fromkeys(gifts, False),
        }
        if not self.is_private:
            full["permissions"] = {name: name not in self.forbidden for name in PERMISSIONS}
        return self.json() | full

    def require(self, permission: str) -> None:
        """Raise `BotApiError` 400 where the chat forbids its members, and so the bot, to send that."""
        if self.bot_status in ADMINISTRATORS:
            return
        if self.type is ChatType.CHANNEL:
            raise bad_request("need administrator rights in the channel chat")
        if permission in self.forbidden:
            raise bad_request(f"not enough rights to send {PERMISSIONS[permission]} to the chat")

    def take_message_id(self) -> int:
        """The next message id of this chat."""
        self.next_message_id += 1
        return self.next_message_id - 1

    def is_admin(self, user_id: int) -> bool:
        """Whether the user may administer this chat."""
        return self.members.get(user_id) in ADMINISTRATORS

    def topic(self, thread_id: int) -> Topic:
        """The topic. Raises `BotApiError` when there is none."""
        if not self.is_forum or thread_id not in self.topics:
            raise bad_request("message thread not found")
        return self.topics[thread_id]


def member_json(user: User, status: str) -> dict[str, Any]:
    """The Bot API `ChatMember` of that status."""
    shape: dict[str, Any] = {"user": user.json(), "status": status}
    if status == "creator":
        return shape | {"is_anonymous": False}
    if status == "administrator":
        return shape | {"can_be_edited": False, "is_anonymous": False} | dict.fromkeys(_ADMIN_RIGHTS, True)
    if status == "kicked":
        return shape | {"until_date": 0}
    return shape
