"""The choices of all chats, read when a request comes and remembered for a while; reading never fails or waits long."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

import structlog

from handlers.settings.choices import Choices, read_choices
from handlers.settings.declared import LANGUAGE
from utils.caching import FinishingSingleFlight, LruMap
from utils.clock import Clock
from utils.http.errors import SourceError
from utils.timeouts import first_within

FRESH_S: Final = 30.0
"""Choices that another process has changed are known here after so long."""
PATIENCE_S: Final = 0.5
"""So long an answer waits for them; after that it goes by what was known before."""
REST_S: Final = 10.0
"""A database that did not answer in time is not waited for during so long."""
REMEMBERED: Final = 16_384
log = structlog.get_logger(__name__)


class ChoiceRows(Protocol):
    """Keeps the choices of chats as text by their names; both methods raise `SourceError`."""

    async def find(self, chat_id: int) -> Mapping[str, str]:
        """Return what a chat has chosen."""
        ...

    async def change(self, chat_id: int, changes: Mapping[str, str | None]) -> None:
        """Keep the changed choices of a chat; ``None`` for one that it no longer makes."""
        ...


class UnkeptRows:
    """The choices of chats without a database: they end with the process."""

    def __init__(self) -> None:
        self._rows: dict[int, dict[str, str]] = {}

    async def find(self, chat_id: int) -> Mapping[str, str]:
        """Return what a chat has chosen."""
        return self._rows.get(chat_id, {})

    async def change(self, chat_id: int, changes: Mapping[str, str | None]) -> None:
        """Keep the changed choices of a chat."""
        merged = {**self._rows.get(chat_id, {}), **changes}
        self._rows[chat_id] = {name: text for name, text in merged.items() if text is not None}


@dataclass(frozen=True, slots=True)
class _Known:
    choices: Choices
    read_s: float


class ChatChoices:
    """The choices of every chat, by its id; a person's are those of the private chat, whose id is the person's.

    What was read stays known while the database fails; of a chat that was never read the configuration is followed.
    ``on_language`` is called with a chat whose language was changed here.
    """

    def __init__(
        self,
        clock: Clock,
        rows: ChoiceRows | None = None,
        on_language: Callable[[int], None] = lambda _chat_id: None,
    ) -> None:
        self._clock = clock
        self._rows = rows or UnkeptRows()
        self.on_language = on_language
        self._known: LruMap[int, _Known] = LruMap(REMEMBERED)
        self._reading: FinishingSingleFlight[int, None] = FinishingSingleFlight()
        self._changes = 0
        self._rests_until_s = 0.0

    async def of(self, chat_id: int) -> Choices:
        """Return what a chat has chosen, as far as that is known in time."""
        known, now_s = self._known.get(chat_id), self._clock.monotonic()
        if known is not None and now_s < known.read_s + FRESH_S:
            return known.choices
        if now_s >= self._rests_until_s:
            await self._read_in_time(chat_id)
            known = self._known.get(chat_id)
        return Choices() if known is None else known.choices

    async def change(self, chat_id: int, changes: Mapping[str, str | None]) -> Choices:
        """Keep the changed choices of a chat and return all that it makes now. Raises `SourceError`."""
        await self._rows.change(chat_id, changes)
        self._changes += 1
        if LANGUAGE.name in changes:
            self.on_language(chat_id)
        return self._know(chat_id, await self._rows.find(chat_id))

    async def close(self) -> None:
        """Cancel the reading in progress."""
        await self._reading.close()

    async def _read_in_time(self, chat_id: int) -> None:
        reading = asyncio.ensure_future(self._reading.run(chat_id, lambda: self._read(chat_id)))
        try:
            if await first_within(self._clock, PATIENCE_S, reading):
                await reading
            else:
                self._rests_until_s = self._clock.monotonic() + REST_S
                log.warning("the settings of a chat were not read in time", chat_id=chat_id)
        finally:
            reading.cancel()  # what is read goes on, and is known to the next request

    async def _read(self, chat_id: int) -> None:
        changes = self._changes
        try:
            rows = await self._rows.find(chat_id)
        except SourceError as error:
            log.info("the settings of a chat were not read", chat_id=chat_id, detail=error.detail)
            return
        if changes == self._changes:  # else they may have been read before a change
            self._know(chat_id, rows)

    def _know(self, chat_id: int, rows: Mapping[str, str]) -> Choices:
        choices = read_choices(rows)
        self._known.put(chat_id, _Known(choices, self._clock.monotonic()))
        return choices
