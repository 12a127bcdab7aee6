"""The alerts of chats in the database, and the present values of what they watch."""

from collections.abc import Callable, Iterable

from analysis.framework.question import Market
from bot.scheduler.alert_watch import AlertWatch
from handlers.alerts.catalogue import Catalogue
from handlers.alerts.condition import WatchedValue
from handlers.alerts.keys import AlertDraft, NamedAlert, read_row
from handlers.alerts.machine import NEW
from handlers.alerts.stored import standing_of
from handlers.alerts.truth import CurrentValues
from handlers.ports import ChatRef
from utils.clock import Clock
from utils.http.errors import Unavailable
from utils.store.alerts import Advance, AlertDefinition, AlertKey, AlertStanding, StoredAlert
from utils.store.outbox import Destination
from utils.store.store import Store
from utils.store.urls import SOURCE


class StoredAlerts:
    """Implements `handlers.alerts.port.AlertPort`; ``store`` returns the open database, ``None`` without one."""

    def __init__(
        self,
        store: Callable[[], Store | None],
        watch: AlertWatch,
        catalogue: Catalogue,
        clock: Clock,
        bot_id: Callable[[], int],
    ) -> None:
        self._open_store = store
        self._watch = watch
        self._catalogue = catalogue
        self._clock = clock
        self._bot_id = bot_id

    @property
    def catalogue(self) -> Catalogue:
        """What can be watched."""
        return self._catalogue

    def destination(self, chat: ChatRef) -> Destination:
        """Return where the messages of an alert of this chat go."""
        return Destination(self._bot_id(), chat.chat_id, chat.kind, chat.thread_id)

    async def add(self, definition: AlertDefinition, *, most: int) -> StoredAlert | None:
        """Keep a new alert; ``None`` if its chat has ``most`` already."""
        new, now_ms = standing_of(NEW, fired=0), self._clock.now_ms()
        return await self._store().alerts.add(definition, new, now_ms=now_ms, most=most)

    async def redefine(self, alert: StoredAlert, definition: AlertDefinition) -> bool:
        """Let an alert ask for something else and begin anew; return whether it stood as it was read."""
        return await self._store().alerts.redefine(alert, definition, standing_of(NEW, fired=0))

    async def of_chat(self, chat_id: int) -> tuple[StoredAlert, ...]:
        """Return the alerts of a chat by their numbers."""
        return await self._store().alerts.of_chat(self._bot_id(), chat_id)

    async def change(self, alert: StoredAlert, standing: AlertStanding) -> bool:
        """Store what a person has made of an alert; return whether it stood as it was read."""
        changed = Advance(alert.key, alert.version, standing)
        return await self._store().alerts.advance([changed], now_ms=self._clock.now_ms()) > 0

    async def remove(self, key: AlertKey) -> bool:
        """Delete an alert; return whether there was one."""
        return await self._store().alerts.remove(key)

    async def values(
        self, symbol: str, market: Market, interval: str, watched: Iterable[WatchedValue]
    ) -> CurrentValues:
        """Return present values, none of what cannot be read now."""
        return await self._watch.values(symbol, market, interval, watched)

    async def keep(self, named: NamedAlert | AlertDraft) -> None:
        """Keep what a button names."""
        await self._store().views.put(named.key, named.row, now_ms=self._clock.now_ms())

    async def find(self, key: str) -> NamedAlert | AlertDraft | None:
        """Return what a button names, ``None`` if it is not known."""
        return read_row(await self._store().views.get(key))

    def _store(self) -> Store:
        store = self._open_store()
        if store is None:
            raise Unavailable(SOURCE, "it is not open")
        return store
