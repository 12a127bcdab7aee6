"""The digests of chats as rows of the database."""

from collections.abc import Callable

from handlers.digests.schedule import turn_after
from handlers.ports import ChatRef
from utils.clock import Clock
from utils.http.errors import Unavailable
from utils.store.digests import DigestDefinition, Digests, StoredDigest
from utils.store.outbox import Destination
from utils.store.store import Store
from utils.store.urls import SOURCE


class StoredDigests:
    """Implements `handlers.digests.port.DigestPort`; ``store`` returns the open database, ``None`` without one."""

    def __init__(self, store: Callable[[], Store | None], clock: Clock, bot_id: Callable[[], int]) -> None:
        self._store = store
        self._clock = clock
        self._bot_id = bot_id

    def destination(self, chat: ChatRef) -> Destination:
        """Return where the messages of a digest of this chat go."""
        return Destination(self._bot_id(), chat.chat_id, chat.kind, chat.thread_id)

    async def add(self, definition: DigestDefinition, zone: str, *, most: int) -> StoredDigest | None:
        """Keep a new digest. See `DigestPort.add`."""
        now_ms = self._clock.now_ms()
        turn = turn_after(definition, zone, now_ms)
        return await self._open().add(definition, turn, now_ms=now_ms, most=most)

    async def of_chat(self, chat_id: int) -> tuple[StoredDigest, ...]:
        """Return the digests of a chat by their numbers."""
        return await self._open().of_chat(self._bot_id(), chat_id)

    async def remove(self, chat_id: int, number: int) -> bool:
        """Delete a digest; return whether there was one."""
        return await self._open().remove(self._bot_id(), chat_id, number)

    def _open(self) -> Digests:
        store = self._store()
        if store is None:
            raise Unavailable(SOURCE, "it is not open")
        return store.digests
