"""Which of several processes receives from Telegram and evaluates alerts and digests; all of them send.

On PostgreSQL a lease elects it: a row that its holder renews every few seconds. When the holder ends, it gives the
lease back; when it is killed, the lease ends by itself within `LEASE_MS` and another process takes it over. A database
that fails changes nothing, since nobody can be elected then: the leader goes on from memory, the others wait, and after
its return the leader is given the first turn. An SQLite file serves one process, which leads; another one stands by
until the file is free.

Two processes that both believe to lead for some seconds (one of them was stopped and goes on) do no harm: updates,
alerts and messages are rows that one process gets, and Telegram refuses one of two that poll.
"""

import asyncio
import os
import random
import socket
from collections.abc import Callable, Coroutine
from typing import Any, Final, Protocol

import structlog

from bot.storage import Storage
from utils.clock import Clock
from utils.http.errors import SourceError, Unavailable
from utils.store.store import Store
from utils.store.urls import SOURCE

LEASE_MS: Final = 15_000
RENEW_S: Final = 3.0
CONTACT_S: Final = 5.0
"""A database that takes longer to answer counts as failing."""
FIRST_TURN_S: Final = 2 * RENEW_S + CONTACT_S
"""So long after the return of the database the others leave the lease to whoever led before."""
MOST_CONFLICTS: Final = 3
"""So often Telegram may name another poller while the database cannot say who leads."""
Work = Callable[[], Coroutine[Any, Any, None]]
log = structlog.get_logger(__name__)


class Election(Protocol):
    """Decides who leads."""

    async def hold(self) -> bool:
        """Return whether this process leads for `LEASE_MS` from now on. Raises `SourceError`."""
        ...

    async def reach(self) -> None:
        """Return when what decides can be asked. Raises `SourceError`."""
        ...

    async def release(self) -> None:
        """Let another process lead. Raises `SourceError`."""
        ...


class StoredElection:
    """An election by the database: a lease on PostgreSQL, the lock of an SQLite file.

    ``name`` is that of the lease, ``holder`` that of this process and of no other.
    """

    def __init__(self, storage: Storage, clock: Clock, name: Callable[[], str], holder: str) -> None:
        self._storage = storage
        self._clock = clock
        self._name = name
        self._holder = holder

    async def hold(self) -> bool:
        """See `Election.hold`."""
        if self._storage.in_use:
            return False
        store = self._open()
        if store.database.dialect == "sqlite":
            return True
        now_ms = self._clock.now_ms()
        until = now_ms + LEASE_MS
        return await store.leases.take(self._name(), self._holder, now_ms=now_ms, until=until) == self._holder

    async def reach(self) -> None:
        """See `Election.reach`."""
        if not self._storage.in_use:
            await self._open().database.ping()

    async def release(self) -> None:
        """See `Election.release`."""
        await self._open().leases.release(self._name(), self._holder)

    def _open(self) -> Store:
        if self._storage.store is None:
            raise Unavailable(SOURCE, "it is not open")
        return self._storage.store


def leadership(storage: Storage, clock: Clock, rng: random.Random, bot_id: Callable[[], int]) -> "Leadership":
    """Make the leadership of this process among those of one bot on one database."""
    holder = f"{socket.gethostname()[:100]} {os.getpid()} {rng.getrandbits(64):016x}"
    return Leadership(StoredElection(storage, clock, lambda: f"bot {bot_id()}", holder), clock)


class Leadership:
    """Whether this process leads, and the work that it does while it leads.

    Before the database has said anything the process leads, unless Telegram says that another one polls.
    """

    def __init__(self, election: Election, clock: Clock) -> None:
        self._election = election
        self._clock = clock
        self._leads = asyncio.Event()
        self._stands_by = asyncio.Event()
        self._was_elected = False
        self._answered = False
        self._conflicts = 0

    @property
    def stands_by(self) -> bool:
        """Whether another process leads."""
        return self._stands_by.is_set()

    @property
    def is_elected(self) -> bool:
        """Whether the database has said that this process leads, and nothing else since."""
        return self._was_elected and not self.stands_by

    async def run(self) -> None:
        """Ask again and again who leads, until cancelled."""
        while True:
            answered = await self.renew()
            await self._clock.sleep(RENEW_S)
            if not answered and self.stands_by:
                await self._let_leader_return()

    async def renew(self) -> bool:
        """Ask who leads; return whether the database answered."""
        try:
            async with asyncio.timeout(CONTACT_S):
                leads = await self._election.hold()
        except (SourceError, TimeoutError):
            self._answered = False
            if not self.stands_by:
                self._lead("the database does not say who leads")
            return False
        self._answered, self._conflicts = True, 0
        if leads:
            self._was_elected = True
            self._lead("this process leads")
        else:
            self._stand_by("another process leads")
        return True

    async def _let_leader_return(self) -> None:
        """Wait for the database, and then until whoever led before it failed has had a turn."""
        while not await self._reached():
            await self._clock.sleep(RENEW_S)
        await self._clock.sleep(FIRST_TURN_S)

    async def _reached(self) -> bool:
        try:
            async with asyncio.timeout(CONTACT_S):
                await self._election.reach()
        except (SourceError, TimeoutError):
            return False
        return True

    def note_conflict(self) -> None:
        """Note that Telegram says that another process polls: it leads, where the database does not say otherwise."""
        if self._answered:
            return
        self._conflicts += 1
        if not self._was_elected or self._conflicts >= MOST_CONFLICTS:
            self._stand_by("another process polls")

    async def lead(self, work: Work) -> None:
        """Do work whenever this process leads, and cancel it when another one does; return when it is done.

        Raises what it raises.
        """
        while True:
            await self._leads.wait()
            working, lost = asyncio.create_task(work()), asyncio.create_task(self._stands_by.wait())
            try:
                await asyncio.wait({working, lost}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                lost.cancel()
                if not working.done():
                    working.cancel()
                    await asyncio.wait({working})
            if not working.cancelled():
                return working.result()

    async def release(self) -> None:
        """Let another process lead at once; where the database fails, the lease ends by itself."""
        if not self.is_elected:
            return
        try:
            async with asyncio.timeout(1.0):
                await self._election.release()
        except (SourceError, TimeoutError):
            log.info("the lease was not given back, it ends by itself")

    def _lead(self, why: str) -> None:
        if not self._leads.is_set():
            log.info("leading", why=why)
        self._stands_by.clear()
        self._leads.set()

    def _stand_by(self, why: str) -> None:
        if not self._stands_by.is_set():
            log.info("standing by", why=why)
        self._leads.clear()
        self._stands_by.set()
