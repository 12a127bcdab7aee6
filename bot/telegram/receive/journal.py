"""What has been received and not answered yet: rows in the database, so that no answer is lost with the process.

An update is a row before it is confirmed to Telegram, and done after its answer. While the database cannot be used,
updates are kept in memory and confirmed to Telegram only when they are answered.
"""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import structlog

from utils.caching import LruMap
from utils.clock import Clock
from utils.http.errors import SourceError
from utils.store.store import Store
from utils.store.telegram_updates import TelegramUpdates, UnansweredUpdate

RawUpdate = Mapping[str, Any]
REMEMBERED_IDS: Final = 4096
log = structlog.get_logger(__name__)


@dataclass(slots=True)
class AnswerRow:
    """The row of one update, as the answer writes it; implements `handlers.ports.AnswerRecord`."""

    update_id: int
    _journal: "Journal"
    placeholder_id: int | None = None

    async def placing(self, after_id: int) -> None:
        """Note that a placeholder or the answer is on its way."""
        await self._journal.note_placing(self.update_id, after_id)

    async def placed(self, message_id: int | None) -> None:
        """Note the delivered placeholder, ``None``: it was not delivered."""
        self.placeholder_id = message_id
        await self._journal.note_placed(self.update_id, message_id)


class Journal:
    """Keeps updates from their arrival to their answer; ``store`` returns the open database, ``None`` without one.

    No method raises a `SourceError`: a fault of the database is logged once, and the answer goes on without a row.
    """

    def __init__(self, store: Callable[[], Store | None], clock: Clock) -> None:
        self.bot_id = 0
        self._store = store
        self._clock = clock
        self._volatile: set[int] = set()  # in memory alone, not answered
        self._seen: LruMap[int, bool] = LruMap(REMEMBERED_IDS)
        self._done: set[int] = set()  # answered, not written yet
        self._writing = asyncio.Lock()
        self._failing = False

    def confirmable(self, next_id: int) -> int:
        """Return up to which id (exclusive) updates may be confirmed to Telegram."""
        return min(self._volatile, default=next_id)

    async def add(self, raws: Sequence[RawUpdate]) -> list[RawUpdate]:
        """Keep updates and return those that were not received before, in order."""
        fresh = {int(raw["update_id"]): raw for raw in raws if int(raw["update_id"]) not in self._seen}
        rows = [(update_id, json.dumps(raw)) for update_id, raw in fresh.items()]
        table = self._table()
        new: set[int] | None = None
        if table is not None:
            try:
                new = await table.add(self.bot_id, rows, now_ms=self._clock.now_ms())
                self._answered()
            except SourceError as error:
                self._failed(error)
        if new is None:
            new = set(fresh)
            self._volatile |= new
        for update_id in fresh:
            self._seen.put(update_id, True)
        return [raw for update_id, raw in fresh.items() if update_id in new]

    async def unanswered(self) -> tuple[UnansweredUpdate, ...] | None:
        """Return what earlier processes received and did not answer, ``None`` while the database cannot say.

        Each counts one more attempt. What this process has received itself is not among them.
        """
        table = self._table()
        if table is None:
            return None
        try:
            found = await table.unanswered(self.bot_id)
        except SourceError as error:
            self._failed(error)
            return None
        earlier = tuple(row for row in found if row.update_id not in self._seen)
        for row in earlier:
            self._seen.put(row.update_id, True)
        return earlier

    def row(self, update_id: int, placeholder_id: int | None = None) -> AnswerRow:
        """Return the row of an update that is being answered."""
        return AnswerRow(update_id, self, placeholder_id)

    async def note_placing(self, update_id: int, after_id: int) -> None:
        """See `AnswerRow.placing`."""
        await self._write(update_id, lambda table: table.placing(self.bot_id, update_id, after_id))

    async def note_placed(self, update_id: int, message_id: int | None) -> None:
        """See `AnswerRow.placed`."""
        await self._write(update_id, lambda table: table.placed(self.bot_id, update_id, message_id))

    async def pushed(self, chat_id: int, after_id: int) -> frozenset[int]:
        """Return the ids above ``after_id`` of messages in a chat that answer nothing, as far as the database says."""
        store = self._store()
        if store is None:
            return frozenset()
        try:
            return await store.outbox.sent_ids(self.bot_id, chat_id, after_id)
        except SourceError as error:
            self._failed(error)
            return frozenset()

    async def done(self, update_id: int) -> None:
        """Note that an update is answered; those answered meanwhile are written in the same transaction."""
        if update_id in self._volatile:
            self._volatile.discard(update_id)
            return
        self._done.add(update_id)
        async with self._writing:
            table = self._table()
            if update_id not in self._done or table is None:
                return
            batch = tuple(self._done)
            try:
                await table.done(self.bot_id, batch, now_ms=self._clock.now_ms())
            except SourceError as error:
                self._failed(error)  # written with the next answer
            else:
                self._answered()
                self._done.difference_update(batch)

    async def set_aside(self, update_id: int) -> None:
        """Note that an update is done with, and keep its JSON for some days for whoever looks into it."""
        await self._write(
            update_id,
            lambda table: table.set_aside(self.bot_id, update_id, now_ms=self._clock.now_ms()),
        )
        self._volatile.discard(update_id)

    async def _write(self, update_id: int, write: Callable[[TelegramUpdates], Any]) -> None:
        table = self._table()
        if table is None or update_id in self._volatile:
            return
        try:
            await write(table)
        except SourceError as error:
            self._failed(error)

    def _table(self) -> TelegramUpdates | None:
        store = self._store()
        return None if store is None else store.telegram_updates

    def _failed(self, error: SourceError) -> None:
        if not self._failing:
            self._failing = True
            log.warning("updates are kept in memory alone", detail=error.detail)

    def _answered(self) -> None:
        if self._failing:
            self._failing = False
            log.info("updates are kept in the database again")
