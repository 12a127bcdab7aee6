"""What the chat needs to keep digests: a protocol that the process implements."""

from typing import Protocol

from handlers.ports import ChatRef
from utils.store.digests import DigestDefinition, StoredDigest
from utils.store.outbox import Destination


class DigestPort(Protocol):
    """Keeps the digests of chats; every method that reads or writes raises `SourceError` without the database."""

    def destination(self, chat: ChatRef) -> Destination:
        """Return where the messages of a digest of this chat go."""
        ...

    async def add(self, definition: DigestDefinition, zone: str, *, most: int) -> StoredDigest | None:
        """Keep a new digest, due by the clocks of a zone; ``None`` if its chat has ``most`` already."""
        ...

    async def of_chat(self, chat_id: int) -> tuple[StoredDigest, ...]:
        """Return the digests of a chat by their numbers."""
        ...

    async def remove(self, chat_id: int, number: int) -> bool:
        """Delete a digest; return whether there was one."""
        ...
