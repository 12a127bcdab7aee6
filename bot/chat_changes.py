"""What Telegram says of whole chats, written down: a group has a new id, a chat is gone, a chat is back."""

import asyncio
from collections.abc import Callable
from typing import Final

import structlog

from utils.clock import Clock
from utils.http.errors import SourceError
from utils.store.store import Store

GONE: Final = "the chat takes no messages of the bot"
RETRY_S: Final = 5.0
log = structlog.get_logger(__name__)


class ChatChanges:
    """Keeps what is noted in memory until the database has it; ``store`` returns the open one, ``None`` without one.

    What is lost with the process is learned again: Telegram names the new id of a group at every send to the old one.
    """

    def __init__(self, store: Callable[[], Store | None], clock: Clock, bot_id: Callable[[], int]) -> None:
        self._store = store
        self._clock = clock
        self._bot_id = bot_id
        self._moved: dict[int, int] = {}
        self._heard_of: set[int] = set()
        self._left: set[int] = set()
        self._noted = asyncio.Event()

    def note_moved(self, old_id: int, new_id: int) -> None:
        """Note that a group has become a supergroup with another id."""
        self._moved[old_id] = new_id
        self._noted.set()

    def note_heard(self, chat_id: int) -> None:
        """Note that somebody has written in a chat: it is not gone, or no longer."""
        self._left.discard(chat_id)
        self._heard_of.add(chat_id)
        self._noted.set()

    def note_status(self, chat_id: int, is_there: bool) -> None:
        """Note whether the bot is in a chat."""
        if is_there:
            self.note_heard(chat_id)
        else:
            self._heard_of.discard(chat_id)
            self._left.add(chat_id)
            self._noted.set()

    async def note_gone(self, chat_id: int) -> int:
        """Write down that a chat has blocked or removed the bot; return how many messages to it are dropped by that.

        Raises `SourceError`.
        """
        store = self._store()
        if store is None:
            return 0
        return await store.chats.gone(self._bot_id(), chat_id, GONE, now_ms=self._clock.now_ms())

    async def run(self) -> None:
        """Write down what is noted until cancelled; what the database does not take is tried again."""
        while True:
            await self._noted.wait()
            self._noted.clear()
            if not await self._written():
                await self._clock.sleep(RETRY_S)
                self._noted.set()

    async def _written(self) -> bool:
        """Write down everything; return whether the database took it."""
        store = self._store()
        if store is None:
            return False
        try:
            while self._moved:
                await self._move(store, *next(iter(self._moved.items())))
            while self._left:
                chat_id = next(iter(self._left))
                await self.note_gone(chat_id)
                self._left.discard(chat_id)
            await self._welcome(store)
        except SourceError as error:
            log.info("changes of chats are kept in memory", detail=error.detail)
            return False
        return True

    async def _move(self, store: Store, old_id: int, new_id: int) -> None:
        await store.chats.move(self._bot_id(), old_id, new_id)
        del self._moved[old_id]

    async def _welcome(self, store: Store) -> None:
        heard_of = tuple(self._heard_of)
        for chat_id in await store.chats.back(self._bot_id(), heard_of):
            log.info("chat takes messages again", chat_id=chat_id)
        self._heard_of.difference_update(heard_of)
