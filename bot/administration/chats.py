"""The chats that have written to the bot, announcements to them, nonces, and the audit as administrators read it."""

from collections.abc import Callable
from typing import Final

import structlog

from bot.scheduler.push import Push
from handlers.admin.ports import AuditLine, Doer, GroupSeen
from handlers.ports import IncomingMessage
from handlers.render.html import clean, esc
from utils.caching import LruMap
from utils.clock import Clock
from utils.http.errors import SourceError, Unavailable
from utils.store.audit import AuditEntry
from utils.store.known_chats import KnownChat
from utils.store.outbox import Destination, Outgoing
from utils.store.store import Store
from utils.store.urls import SOURCE
from utils.units import DAY_MS, HOUR_MS

WRITE_EVERY_S: Final = 10.0
SEEN_AGAIN_MS: Final = HOUR_MS
"""A chat that goes on writing is written down again after so long."""
REMEMBERED: Final = 16_384
FRESH_MS: Final = DAY_MS
LONGEST_TITLE: Final = 128
LONGEST_LINE: Final = 200
PRIVATE: Final = "private"
log = structlog.get_logger(__name__)


class AdministeredChats:
    """Implements `handlers.admin.ports.ChatsPort` and `NonceRows`; ``store`` is ``None`` without a database.

    ``takes_pushes`` knows the chats that get no announcement, ``wake`` is called when one is written.
    """

    def __init__(
        self,
        store: Callable[[], Store | None],
        clock: Clock,
        *,
        bot_id: Callable[[], int],
        takes_pushes: Callable[[int], bool],
        wake: Callable[[], None] = lambda: None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._bot_id = bot_id
        self._takes_pushes = takes_pushes
        self.wake = wake
        self._seen: LruMap[int, KnownChat] = LruMap(REMEMBERED)
        self._unwritten: dict[int, KnownChat] = {}

    def note(self, message: IncomingMessage) -> None:
        """Note that somebody writes in a chat; it is written down soon."""
        chat = message.chat
        title = message.chat_title or (message.person.name if chat.kind == PRIVATE else "")
        title = " ".join(clean(title).split())[:LONGEST_TITLE] or str(chat.chat_id)
        now = KnownChat(chat.chat_id, chat.kind, title, self._clock.now_ms())
        seen = self._seen.get(chat.chat_id)
        if (
            seen is None
            or (seen.kind, seen.title) != (now.kind, title)
            or now.seen_at > seen.seen_at + SEEN_AGAIN_MS
        ):
            self._seen.put(chat.chat_id, now)
            self._unwritten[chat.chat_id] = now

    async def run(self) -> None:
        """Write down the chats that were noted, until cancelled; what the database does not take waits."""
        while True:
            await self._clock.sleep(WRITE_EVERY_S)
            try:
                await self.write()
            except SourceError as error:
                log.info("chats are kept in memory", detail=error.detail)

    async def write(self) -> None:
        """Write down the chats that were noted. Raises `SourceError`."""
        store, waiting = self._store(), dict(self._unwritten)
        if store is None or not waiting:
            return
        await store.known_chats.note(self._bot_id(), waiting.values())
        for chat_id, chat in waiting.items():
            if self._unwritten.get(chat_id) is chat:
                del self._unwritten[chat_id]

    async def groups(self) -> tuple[GroupSeen, ...]:
        """Return the groups, those heard of last first. Raises `SourceError`."""
        return tuple(
            GroupSeen(chat.chat_id, chat.title, chat.seen_at)
            for chat in await self._known()
            if chat.kind != PRIVATE
        )

    async def reachable(self) -> int:
        """Return how many chats an announcement would go to. Raises `SourceError`."""
        return sum(self._takes_pushes(chat.chat_id) for chat in await self._known())

    async def announce(self, text: str, key: str, doer: Doer) -> int:
        """Put a text into the outbox for each of them, once under a key. Raises `SourceError`."""
        store, now_ms, bot_id = self._open_store(), self._clock.now_ms(), self._bot_id()
        content = Push(esc(text), esc(text[:LONGEST_LINE]), "en").to_json()
        messages = [
            Outgoing(
                f"broadcast {bot_id} {key} {chat.chat_id}",
                Destination(bot_id, chat.chat_id, chat.kind),
                content,
                now_ms,
                now_ms + FRESH_MS,
            )
            for chat in await self._known()
            if self._takes_pushes(chat.chat_id)
        ]
        written = await store.outbox.put(messages, now_ms=now_ms)
        line = " ".join(text.split())
        entry = AuditEntry(now_ms, doer.person_id, doer.chat_id, "broadcast", f"{written} chats", None, line)
        await store.audit.add(entry)
        self.wake()
        return written

    async def audit(self, most: int) -> tuple[AuditLine, ...]:
        """Return what administrators have done, the newest first. Raises `SourceError`."""
        return tuple(
            AuditLine(one.at, one.person_id, one.action, one.subject, one.before, one.after)
            for one in await self._open_store().audit.last(most)
        )

    async def put(self, key: str, content: str) -> None:
        """Keep the content of a key. Raises `SourceError`."""
        await self._open_store().views.put(key, content, now_ms=self._clock.now_ms())

    async def find(self, key: str) -> str | None:
        """Return the content of a key, ``None`` if there is none. Raises `SourceError`."""
        return await self._open_store().views.get(key)

    async def take(self, key: str) -> str | None:
        """Delete a key and return its content, ``None`` if there is none. Raises `SourceError`."""
        return await self._open_store().views.take(key)

    async def _known(self) -> tuple[KnownChat, ...]:
        await self.write()
        return await self._open_store().known_chats.of_bot(self._bot_id())

    def _open_store(self) -> Store:
        store = self._store()
        if store is None:
            raise Unavailable(SOURCE, "it is not open")
        return store
