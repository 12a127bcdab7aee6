"""What was seen of each provider's values, and when: in the database, or in memory while there is none.

The first value seen of a day stays: no revision reaches the past.
"""

import math
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from utils.http.errors import SourceError
from utils.onchain_api.facts import FACTS, DailyRows, Days, Values
from utils.units import DAY_MS

if TYPE_CHECKING:
    from utils.store.provider_values import ProviderValue
    from utils.store.store import Store  # the database's libraries are loaded by who opens one

EVER: Final = 2**62
CHUNK_DAYS: Final = 250
"""Days written in one transaction, so that nobody waits long."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What is read: a topic of an asset from a provider (by its name)."""

    provider: str
    topic: str
    asset: str


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """Rows seen so far, and when the provider answered last (UTC ms), ``None`` before the first time."""

    rows: DailyRows
    read_at: int | None


class Vintages:
    """Keeps readings; ``store`` gives the open database or ``None``."""

    def __init__(self, store: Callable[[], "Store | None"]) -> None:
        self._store = store
        self._memory: dict[Subject, Held] = {}
        self._loaded: set[Subject] = set()

    async def held(self, subject: Subject) -> Held:
        """Return what is known of a subject."""
        store = self._store()
        if store is not None and subject not in self._loaded:
            with suppress(
                SourceError
            ):  # the storage's own check counts and logs it; memory answers meanwhile
                await self._load(store, subject)
        return self._memory.get(subject, Held(empty(FACTS[subject.topic]), None))

    async def add(self, subject: Subject, read: DailyRows, now: int) -> Held:
        """Keep what of a reading is new; return all that is known."""
        before = await self.held(subject)
        fresh = stamped(read, before.read_at, now)
        self._memory[subject] = Held(_merged(before.rows, fresh), now)
        store = self._store()
        if store is not None:
            with suppress(SourceError):  # as above
                await _keep(store, subject, fresh, now)
                await self._load(store, subject)  # another process may have seen a day before this one
        return self._memory[subject]

    async def _load(self, store: "Store", subject: Subject) -> None:
        found = await _stored(store, subject)
        self._loaded.add(subject)
        if found.read_at is not None:
            self._memory[subject] = found


def empty(facts: tuple[str, ...]) -> DailyRows:
    """Return no rows."""
    none = np.empty(0, np.int64)
    return DailyRows(none, none, {fact: np.empty(0) for fact in facts})


def stamped(read: DailyRows, read_before: int | None, now: int) -> DailyRows:
    """Return the rows of ended days with the moment that each became known, at the latest now (UTC ms).

    A row that should have been known at the reading before was late: it became known only after that.
    """
    ended = read.day + DAY_MS <= now
    known_at = np.minimum(read.known_at, now)
    if read_before is not None:
        known_at = np.where(read.known_at <= read_before, now, known_at)
    return DailyRows(
        read.day[ended], known_at[ended], {name: column[ended] for name, column in read.values.items()}
    )


def _merged(old: DailyRows, new: DailyRows) -> DailyRows:
    """Return both by day; where both have a value of a fact, that seen first."""
    days = np.union1d(old.day, new.day)
    at_old, at_new = np.searchsorted(days, old.day), np.searchsorted(days, new.day)
    known_at = np.zeros(len(days), np.int64)
    known_at[at_new] = new.known_at
    known_at[at_old] = old.known_at
    values: dict[str, Values] = {}
    for fact in old.values:
        column = np.full(len(days), np.nan)
        column[at_new] = new.values[fact]
        seen = np.isfinite(old.values[fact])
        column[at_old[seen]] = old.values[fact][seen]
        values[fact] = column
    return DailyRows(days, known_at, values)


async def _stored(store: "Store", subject: Subject) -> Held:
    values, facts = store.provider_values, FACTS[subject.topic]
    rows = empty(facts)
    for fact in facts:
        window = await values.window(subject.provider, fact, subject.asset, as_of=EVER)
        column: Mapping[str, Values] = {
            name: window.value if name == fact else np.full(len(window), np.nan) for name in facts
        }
        later = DailyRows(window.ts, window.known_at, column)
        rows = replace(_merged(rows, later), known_at=_latest_known(rows, later))
    return Held(rows, await values.read_at(subject.provider, subject.topic, subject.asset))


def _latest_known(one: DailyRows, other: DailyRows) -> Days:
    """Return per day of either when all of its facts were known."""
    days = np.union1d(one.day, other.day)
    known_at = np.zeros(len(days), np.int64)
    for rows in (one, other):
        at = np.searchsorted(days, rows.day)
        known_at[at] = np.maximum(known_at[at], rows.known_at)
    return known_at


async def _keep(store: "Store", subject: Subject, rows: DailyRows, now: int) -> None:
    from utils.store.provider_values import ProviderValue  # noqa: PLC0415 - loads the database's libraries

    names = (subject.provider, subject.topic, subject.asset)
    for start in range(0, len(rows), CHUNK_DAYS):  # the oldest first: what an outage cuts off is read again
        part = slice(start, start + CHUNK_DAYS)
        await store.provider_values.append(_values(ProviderValue, subject, rows, part, now))
    await store.provider_values.note_reading(*names, now)


def _values(
    made: "type[ProviderValue]", subject: Subject, rows: DailyRows, part: slice, now: int
) -> "list[ProviderValue]":
    return [
        made(subject.provider, fact, subject.asset, day, known_at, now, value)
        for fact, column in rows.values.items()
        for day, known_at, value in zip(
            rows.day[part].tolist(), rows.known_at[part].tolist(), column[part].tolist(), strict=True
        )
        if math.isfinite(value)
    ]
