"""Alerts in a chat: the dispatcher of the harness over alerts in a real database, with scripted values."""

from collections.abc import Iterable
from typing import Any

from analysis.framework.question import Market
from analysis.registry import MODULES
from handlers.alerts.catalogue import PRICE, Catalogue, catalogue
from handlers.alerts.condition import WatchedValue
from handlers.alerts.keys import AlertDraft, NamedAlert, read_row
from handlers.alerts.machine import NEW
from handlers.alerts.stored import standing_of
from handlers.alerts.truth import NO_VALUE, CurrentValue, CurrentValues
from handlers.commands.routes import build_registry
from handlers.composites.registry import ONE, TOPICS
from handlers.ports import ChatRef
from tests.handlers.harness import NOW_MS, Harness
from tests.support.clock import FakeClock
from utils.http.errors import Unavailable
from utils.store.alerts import Advance, AlertDefinition, AlertKey, AlertStanding, StoredAlert
from utils.store.outbox import Destination
from utils.store.store import Store
from utils.store.urls import SOURCE

BOT = 7
EVERYTHING = catalogue(MODULES, ONE.values())


class ScriptedAlerts:
    """`handlers.alerts.port.AlertPort` over a store; ``numbers`` are the values by the names of what is watched."""

    def __init__(self, store: Store | None) -> None:
        self.store = store
        self.clock = FakeClock(NOW_MS)
        self.numbers = {"price": 100.0, "trend_strength": 0.6}
        self.lost_changes = 0

    @property
    def catalogue(self) -> Catalogue:
        return EVERYTHING

    def destination(self, chat: ChatRef) -> Destination:
        return Destination(BOT, chat.chat_id, chat.kind, chat.thread_id)

    async def add(self, definition: AlertDefinition, *, most: int) -> StoredAlert | None:
        new = standing_of(NEW, fired=0)
        return await self.open.alerts.add(definition, new, now_ms=self.clock.now_ms(), most=most)

    async def redefine(self, alert: StoredAlert, definition: AlertDefinition) -> bool:
        return await self.open.alerts.redefine(alert, definition, standing_of(NEW, fired=0))

    async def of_chat(self, chat_id: int) -> tuple[StoredAlert, ...]:
        return await self.open.alerts.of_chat(BOT, chat_id)

    async def change(self, alert: StoredAlert, standing: AlertStanding) -> bool:
        if self.lost_changes:
            self.lost_changes -= 1
            between = Advance(alert.key, alert.version, alert.standing)
            await self.open.alerts.advance([between], now_ms=self.clock.now_ms())
        changed = Advance(alert.key, alert.version, standing)
        return await self.open.alerts.advance([changed], now_ms=self.clock.now_ms()) > 0

    async def remove(self, key: AlertKey) -> bool:
        return await self.open.alerts.remove(key)

    async def values(
        self, symbol: str, market: Market, interval: str, watched: Iterable[WatchedValue]
    ) -> CurrentValues:
        known = {one: self.numbers.get("price" if one == PRICE else one.id) for one in watched}
        return {one: NO_VALUE if number is None else CurrentValue(number) for one, number in known.items()}

    async def keep(self, named: NamedAlert | AlertDraft) -> None:
        await self.open.views.put(named.key, named.row, now_ms=self.clock.now_ms())

    async def find(self, key: str) -> NamedAlert | AlertDraft | None:
        return read_row(await self.open.views.get(key))

    @property
    def open(self) -> Store:
        if self.store is None:
            raise Unavailable(SOURCE, "it is not open")
        return self.store


class AlertHarness(Harness):
    """A harness with alerts: what a chat has, and the buttons of its newest message."""

    def __init__(self, store: Store | None, **settings: Any) -> None:
        self.alerts = ScriptedAlerts(store)
        super().__init__(registry=build_registry((self.module,), TOPICS), alerts=self.alerts, **settings)
        self.alerts.clock = self.clock

    async def of(self, chat: ChatRef) -> tuple[StoredAlert, ...]:
        """The alerts of a chat."""
        return await self.alerts.of_chat(chat.chat_id)

    @property
    def said(self) -> str:
        """The newest text, sent or edited last by its kind."""
        return self.notifier.sent[-1][1].plain

    @property
    def edited(self) -> str:
        """The newest edit."""
        return self.notifier.edits[-1][1].plain

    @property
    def toast(self) -> str:
        """The newest answer to a press."""
        return self.notifier.callback_answers[-1][1]
