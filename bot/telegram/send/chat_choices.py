"""The choices of chats as rows of the database."""

from collections.abc import Callable, Mapping

from utils.clock import Clock
from utils.http.errors import Unavailable
from utils.store.store import Store
from utils.store.urls import SOURCE


class StoredChoices:
    """Implements `handlers.settings.kept.ChoiceRows`; ``store`` returns the open database, ``None`` without one."""

    def __init__(self, store: Callable[[], Store | None], clock: Clock, bot_id: Callable[[], int]) -> None:
        self._store = store
        self._clock = clock
        self._bot_id = bot_id

    async def find(self, chat_id: int) -> Mapping[str, str]:
        """Return what a chat has chosen. Raises `SourceError`."""
        return await self._open().chat_settings.of_chat(self._bot_id(), chat_id)

    async def change(self, chat_id: int, changes: Mapping[str, str | None]) -> None:
        """Keep the changed choices of a chat. Raises `SourceError`."""
        settings = self._open().chat_settings
        await settings.change(self._bot_id(), chat_id, changes, now_ms=self._clock.now_ms())

    async def that_chose(self, name: str) -> tuple[int, ...]:
        """Return the chats that have chosen something under a name. Raises `SourceError`."""
        return await self._open().chat_settings.chats_with(self._bot_id(), name)

    def _open(self) -> Store:
        store = self._store()
        if store is None:
            raise Unavailable(SOURCE, "it is not open")
        return store
