"""The world behind the Bot API: the bot, people, chats, messages, files, queries, menus and updates."""

import itertools
import random
from typing import Any

from utils.sandbox.control import TimeSource
from utils.sandbox.telegram.commands import CommandBook
from utils.sandbox.telegram.drafts import DraftBook
from utils.sandbox.telegram.ephemeral import EphemeralBook
from utils.sandbox.telegram.errors import bad_request, forbidden, migrated
from utils.sandbox.telegram.events import EventLog
from utils.sandbox.telegram.media import FileStore
from utils.sandbox.telegram.messages import Content, StoredMessage
from utils.sandbox.telegram.people import PRESENT, Chat, ChatType, User
from utils.sandbox.telegram.queries import QueryBook
from utils.sandbox.telegram.updates import UpdateQueue

BOT_NAME = "Sandbox Bot"
BOT_USERNAME = "SandboxBot"
_FIRST_UPDATE_ID = 100_000_000
_KICKED = {
    ChatType.PRIVATE: "bot was blocked by the user",
    ChatType.GROUP: "bot was kicked from the group chat",
    ChatType.SUPERGROUP: "bot was kicked from the supergroup chat",
    ChatType.CHANNEL: "bot was kicked from the channel chat",
}


class World:
    """Everything that a reset forgets. Message ids rise per chat; `seq` counts changes of messages."""

    def __init__(
        self, clock: TimeSource, events: EventLog, *, seed: int, bot_id: int, local: bool = False
    ) -> None:
        self.clock = clock
        self.local = local
        self.events = events
        self.random = random.Random(f"telegram sandbox {seed}")
        self.bot = User(bot_id, BOT_NAME, username=BOT_USERNAME, is_bot=True)
        self.users: dict[int, User] = {}
        self.chats: dict[int, Chat] = {}
        self.messages: dict[int, dict[int, StoredMessage]] = {}
        self.queue = UpdateQueue(_FIRST_UPDATE_ID + self.random.randrange(1_000_000))
        self.files = FileStore(self.random)
        self.callbacks = QueryBook()
        self.inlines = QueryBook()
        self.inline_messages: dict[str, StoredMessage] = {}
        self.ephemeral = EphemeralBook()
        self.drafts = DraftBook()
        self.guests = QueryBook()
        self.commands = CommandBook()
        self.texts: dict[tuple[str, str], str] = {}
        self.menu_buttons: dict[int, dict[str, Any]] = {}
        self._seq = itertools.count(1)
        self._numbers = itertools.count(1)

    @property
    def now_s(self) -> int:
        """Time as Telegram dates it: whole seconds."""
        return self.clock.now_ms() // 1000

    def number(self) -> int:
        """A fresh small number for ids."""
        return next(self._numbers)

    def token(self) -> str:
        """A fresh long decimal id, as queries have."""
        return str(self.random.getrandbits(62))

    def chat_for_bot(self, reference: str) -> Chat:
        """The chat the bot names by id or @username. Raises `BotApiError` when it may not write there."""
        chat = self.find_chat(reference)
        if chat.migrated_to is not None:
            raise migrated(chat.migrated_to)
        if chat.bot_status == "kicked":
            raise forbidden(_KICKED[chat.type])
        if chat.is_private and chat.bot_status == "left":
            raise forbidden("bot can't initiate conversation with a user")
        if chat.bot_status not in PRESENT:
            raise forbidden(f"bot is not a member of the {chat.type.value} chat")
        return chat

    def find_chat(self, reference: str) -> Chat:
        """The chat named by id or @username, whatever its state. Raises `BotApiError`."""
        if not reference:
            raise bad_request("chat_id is empty")
        if reference.startswith("@"):
            named = [c for c in self.chats.values() if c.username and c.username == reference[1:]]
        else:
            number = int(reference) if reference.removeprefix("-").isdecimal() else 0
            named = [self.chats[number]] if number in self.chats else []
        if not named:
            raise bad_request("chat not found")
        return named[0]

    def message(self, chat: Chat, message_id: int) -> StoredMessage | None:
        """A message that still exists."""
        found = self.messages.get(chat.id, {}).get(message_id)
        return None if found is None or found.deleted else found

    def post(
        self, chat: Chat, sender: User, content: Content, *, date: int | None = None, **details: Any
    ) -> StoredMessage:
        """Append a message, written now or at `date` (s); `details` are further fields of `StoredMessage`."""
        written = self.now_s if date is None else date
        message = StoredMessage(
            chat.take_message_id(), chat, sender, written, content, next(self._seq), **details
        )
        message.place = message.id
        if sender is self.bot:
            self.drafts.clear(chat.id, message.thread_id)
        self.messages.setdefault(chat.id, {})[message.id] = message
        self.events.publish("message", message.record())
        return message

    def whisper(
        self, chat: Chat, sender: User, person: User, content: Content, **details: Any
    ) -> StoredMessage:
        """Show a message to one person alone; it has no id in the chat."""
        message = StoredMessage(0, chat, sender, self.now_s, content, next(self._seq), **details)
        message.person, message.place = person, chat.next_message_id - 0.5
        self.ephemeral.add(message, self.clock.now_ms())
        self.events.publish("message", message.record())
        return message

    def edit(self, message: StoredMessage, content: Content) -> None:
        """Change a message and remember what it was."""
        message.change(content, date=self.now_s, seq=next(self._seq))
        self.events.publish("edit", message.record())

    def react(self, message: StoredMessage, emoji: list[str]) -> None:
        """Replace the bot's reaction to a message."""
        message.reactions, message.seq = emoji, next(self._seq)
        self.events.publish("edit", message.record())

    def delete(self, message: StoredMessage) -> None:
        """Mark a message as gone."""
        message.deleted, message.seq = True, next(self._seq)
        gone = {"chat_id": message.chat.id, "message_id": message.id}
        if message.person is not None:
            self.ephemeral.remove(message)
            gone |= {"ephemeral_message_id": message.ephemeral_id, "only_for": message.person.id}
        self.events.publish("delete", gone)

    def push(self, kind: str, payload: dict[str, Any]) -> int | None:
        """Queue an update for the bot; its id, or `None` when that type is not wanted."""
        return self.queue.push(kind, payload)

    def user(self, user_id: int) -> User:
        """A person. Raises `BotApiError` when there is none."""
        if user_id == self.bot.id:
            return self.bot
        if user_id not in self.users:
            raise bad_request("user not found")
        return self.users[user_id]
