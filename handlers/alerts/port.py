"""What the chat needs to keep alerts: a protocol that the process implements."""

from collections.abc import Iterable
from typing import Protocol

from analysis.framework.question import Market
from handlers.alerts.catalogue import Catalogue
from handlers.alerts.condition import WatchedValue
from handlers.alerts.keys import AlertDraft, NamedAlert
from handlers.alerts.truth import CurrentValues
from handlers.ports import ChatRef
from utils.store.alerts import AlertDefinition, AlertKey, AlertStanding, StoredAlert
from utils.store.outbox import Destination


class AlertPort(Protocol):
    """Keeps the alerts of chats; every method that reads or writes raises `SourceError` without the database."""

    @property
    def catalogue(self) -> Catalogue:
        """What can be watched."""
        ...

    def destination(self, chat: ChatRef) -> Destination:
        """Return where the messages of an alert of this chat go."""
        ...

    async def add(self, definition: AlertDefinition, *, most: int) -> StoredAlert | None:
        """Keep a new alert; ``None`` if its chat has ``most`` already."""
        ...

    async def redefine(self, alert: StoredAlert, definition: AlertDefinition) -> bool:
        """Let an alert ask for something else and begin anew; return whether it stood as it was read."""
        ...

    async def of_chat(self, chat_id: int) -> tuple[StoredAlert, ...]:
        """Return the alerts of a chat by their numbers."""
        ...

    async def change(self, alert: StoredAlert, standing: AlertStanding) -> bool:
        """Store what a person has made of an alert; return whether it stood as it was read."""
        ...

    async def remove(self, key: AlertKey) -> bool:
        """Delete an alert; return whether there was one."""
        ...

    async def values(
        self, symbol: str, market: Market, interval: str, watched: Iterable[WatchedValue]
    ) -> CurrentValues:
        """Return present values, none of what cannot be read now; ``interval`` is that of names without one."""
        ...

    async def keep(self, named: NamedAlert | AlertDraft) -> None:
        """Keep what a button names."""
        ...

    async def find(self, key: str) -> NamedAlert | AlertDraft | None:
        """Return what a button names, ``None`` if it is not known."""
        ...
