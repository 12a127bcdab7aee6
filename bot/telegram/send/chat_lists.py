"""The favourites of chats as rows of the database."""

from collections.abc import Callable, Mapping, Sequence

from utils.clock import Clock
from utils.http.errors import Unavailable
from utils.store.store import Store
from utils.store.urls import SOURCE


class StoredLists:
    """Implements `handlers.favourites.lists.ListRows`; ``store`` returns the open database, ``None`` without one."""

    def __init__(self, store: Callable[[], Store | None], clock: Clock, bot_id: Callable[[], int]) -> None:
        self._store = store
        self._clock = clock
        self._bot_id = bot_id

    async def find(self, chat_id: int) -> Mapping[str, Sequence[str]]:
        """Return the lists of a chat. Raises `SourceError`."""
        return await self._open().favourites.of_chat(self._bot_id(), chat_id)

    async def replace(self, chat_id: int, changes: Mapping[str, Sequence[str]]) -> None:
        """Write lists of a chat as they are to be. Raises `SourceError`."""
        favourites = self._open().favourites
        await favourites.replace(self._bot_id(), chat_id, changes, now_ms=self._clock.now_ms())

    def _open(self) -> Store:
        store = self._store()
        if store is None:
            raise Unavailable(SOURCE, "it is not open")
        return store
