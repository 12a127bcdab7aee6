"""Stored messages: content, sender, edit history and the Bot API shape."""

from dataclasses import dataclass, field, replace
from typing import Any

from utils.sandbox.telegram.media import Photo, StoredFile
from utils.sandbox.telegram.people import ANONYMOUS_ADMIN, CHANNEL_BOT, Chat, ChatType, User
from utils.sandbox.telegram.text.entities import EMPTY, RichText


@dataclass(frozen=True, slots=True)
class Content:
    """What a message shows: a text, media with a caption, a service note or rich blocks; and its buttons."""

    rich: RichText = EMPTY
    photo: Photo | None = None
    document: StoredFile | None = None
    markup: dict[str, Any] | None = None
    service: dict[str, Any] | None = None
    blocks: list[dict[str, Any]] | None = None

    @property
    def has_media(self) -> bool:
        """Whether the text is a caption."""
        return self.photo is not None or self.document is not None

    def same_as(self, other: "Content") -> bool:
        """Whether an edit from one to the other changes nothing."""
        return self == other

    def json(self) -> dict[str, Any]:
        """The content fields of a Bot API `Message`."""
        keys = ("caption", "caption_entities") if self.has_media else ("text", "entities")
        shape: dict[str, Any] = self.rich.json(*keys)
        if self.blocks is not None:
            shape["rich_message"] = {"blocks": self.blocks}
        if self.photo:
            shape["photo"] = self.photo.json()
        if self.document:
            shape["document"] = self.document.json() | {
                "file_name": self.document.name,
                "mime_type": self.document.mime,
            }
        return shape | (self.service or {}) | ({"reply_markup": self.markup} if self.markup else {})


@dataclass(slots=True)
class StoredMessage:
    """One message. `seq` is the world's change number of its last change; `history` holds earlier contents.

    An ephemeral one has no id of its own: `ephemeral_id` names it to `person`, who alone sees it with the bot. `place`
    orders the messages of a chat.
    """

    id: int
    chat: Chat
    sender: User
    date: int
    content: Content
    seq: int
    thread_id: int | None = None
    reply_to: "StoredMessage | None" = None
    via_inline: str | None = None
    edit_date: int | None = None
    deleted: bool = False
    seen_by_bot: bool = True
    media_group: str | None = None
    speaks_as: Chat | None = None
    forwarded: dict[str, Any] | None = None
    person: User | None = None
    ephemeral_id: int = 0
    place: float = 0.0
    reactions: list[str] = field(default_factory=list)
    history: list[tuple[int, Content]] = field(default_factory=list)

    def json(self, *, nested: bool = False) -> dict[str, Any]:
        """The Bot API `Message`; a nested one (the target of a reply) names no further reply."""
        shape: dict[str, Any] = {
            "message_id": self.id,
            **self._author(),
            "chat": self.chat.json(),
            "date": self.date,
        }
        if self.thread_id is not None:
            shape |= {"message_thread_id": self.thread_id, "is_topic_message": True}
        if self.person is not None:
            shape["ephemeral_message_id"] = self.ephemeral_id
            if self.sender is not self.person:
                shape["receiver_user"] = self.person.json()
        if self.edit_date is not None:
            shape["edit_date"] = self.edit_date
        if self.forwarded is not None:
            shape["forward_origin"] = self.forwarded
        if self.media_group is not None:
            shape["media_group_id"] = self.media_group
        if self.reply_to is not None and not nested and not self.reply_to.deleted:
            shape["reply_to_message"] = self.reply_to.json(nested=True)
        return shape | self.content.json()

    def origin(self) -> dict[str, Any]:
        """The Bot API `MessageOrigin` of a forward of this message."""
        if self.forwarded is not None:
            return self.forwarded
        if self.chat.type is ChatType.CHANNEL:
            return {"type": "channel", "date": self.date, "chat": self.chat.json(), "message_id": self.id}
        if self.speaks_as is not None:
            return {"type": "chat", "date": self.date, "sender_chat": self.speaks_as.json()}
        return {"type": "user", "date": self.date, "sender_user": self.sender.json()}

    def _author(self) -> dict[str, Any]:
        """Who speaks: nobody by name in a channel, a bot of Telegram's where somebody speaks as a chat."""
        if self.chat.type is ChatType.CHANNEL:
            return {"sender_chat": (self.speaks_as or self.chat).json()}
        if self.speaks_as is None:
            return {"from": self.sender.json()}
        stand_in = ANONYMOUS_ADMIN if self.speaks_as is self.chat else CHANNEL_BOT
        return {"from": stand_in.json(), "sender_chat": self.speaks_as.json()}

    def record(self) -> dict[str, Any]:
        """The message for tests and the page, with what the Bot API does not tell."""
        earlier = [{"date": date, **content.json()} for date, content in self.history]
        return {
            "message": self.json(),
            "from_bot": self.sender.is_bot,
            "author": self.sender.id,
            "via_inline": self.via_inline,
            "reactions": self.reactions,
            "seen_by_bot": self.seen_by_bot,
            "deleted": self.deleted,
            "seq": self.seq,
            "place": self.place,
            "only_for": None if self.person is None else self.person.id,
            "history": earlier,
        }

    def change(self, content: Content, *, date: int, seq: int) -> None:
        """Replace the content and remember the earlier one. `date` in seconds."""
        self.history.append((self.edit_date or self.date, self.content))
        self.content, self.edit_date, self.seq = content, date, seq

    def with_markup(self, markup: dict[str, Any] | None) -> Content:
        """The content with other buttons."""
        return replace(self.content, markup=markup)
