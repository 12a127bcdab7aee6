"""One process leads; another takes over when it ends, and the bot is not silent while nobody can be elected."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.leadership import LEASE_MS, MOST_CONFLICTS, RENEW_S, Leadership, StoredElection, leadership
from bot.storage import Storage
from tests.store.databases import fresh_sqlite
from tests.support.background import going_on
from tests.support.clock import FakeClock
from tests.support.stream_exchange import eventually
from utils.http.errors import Unavailable
from utils.store.store import Store, open_store

RENEW_MS = round(RENEW_S * 1000)


class LeasedElection:
    """An election by the table of leases, whose database can be away."""

    def __init__(self, store: Store, clock: FakeClock, holder: str) -> None:
        self._store, self._clock, self._holder = store, clock, holder
        self.is_away = False
        self.tries = 0

    async def hold(self) -> bool:
        self.tries += 1
        if self.is_away:
            raise Unavailable("database", "away")
        now_ms = self._clock.now_ms()
        until = now_ms + LEASE_MS
        return await self._store.leases.take("x", self._holder, now_ms=now_ms, until=until) == self._holder

    async def reach(self) -> None:
        if self.is_away:
            raise Unavailable("database", "away")

    async def release(self) -> None:
        if self.is_away:
            raise Unavailable("database", "away")
        await self._store.leases.release("x", self._holder)


class Process:
    """One process: its leadership, and whether it does what a leader does."""

    def __init__(self, store: Store, clock: FakeClock, holder: str) -> None:
        self.election = LeasedElection(store, clock, holder)
        self.leadership = Leadership(self.election, clock)
        self.works = 0
        self.begun = 0

    async def work(self) -> None:
        self.begun += 1
        self.works += 1
        try:
            await asyncio.Event().wait()
        finally:
            self.works -= 1

    def running(self) -> contextlib.AbstractAsyncContextManager[None]:
        return going_on(self.leadership.run(), self.leadership.lead(self.work))


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def store(database_address: str) -> AsyncIterator[Store]:
    async with open_store(database_address) as opened:
        yield opened


@pytest.fixture
def two(store: Store, clock: FakeClock) -> tuple[Process, Process]:
    return Process(store, clock, "a"), Process(store, clock, "b")


async def test_one_works_and_the_other_takes_over_when_it_is_killed(
    two: tuple[Process, Process], clock: FakeClock
) -> None:
    first, second = two
    async with second.running():
        async with first.running():
            await eventually(lambda: first.works + second.works == 1)
            await eventually(lambda: first.leadership.stands_by != second.leadership.stands_by)
            if second.works:
                first, second = second, first
            for _ in range(10):
                await clock.advance(RENEW_MS)
                await eventually(lambda: clock.sleeping == 2)
            assert (first.works, second.works) == (1, 0)
        killed_ms = clock.now_ms()
        survivor = two[1]
        await eventually(lambda: survivor.works == 1, clock, 100)
        assert clock.now_ms() - killed_ms <= LEASE_MS + RENEW_MS


async def test_one_that_ends_hands_over_at_once(two: tuple[Process, Process]) -> None:
    first, second = two
    assert await first.leadership.renew()
    await second.leadership.renew()
    assert (first.leadership.stands_by, second.leadership.stands_by) == (False, True)
    await second.leadership.release()
    await second.leadership.renew()
    assert second.leadership.stands_by
    await first.leadership.release()
    await second.leadership.renew()
    assert not second.leadership.stands_by


async def test_a_database_that_is_gone_for_a_minute_changes_nothing(
    two: tuple[Process, Process], clock: FakeClock
) -> None:
    first, second = two
    await first.leadership.renew()
    await second.leadership.renew()
    async with first.running(), second.running():
        await eventually(lambda: first.works == 1 and clock.sleeping == 2)
        first.election.is_away = second.election.is_away = True
        for _ in range(60):
            await clock.advance(1000)
            await eventually(lambda: clock.sleeping == 2)
        assert (first.works, second.works) == (1, 0)
        first.election.is_away = second.election.is_away = False
        for _ in range(60):
            await clock.advance(1000)
            await eventually(lambda: clock.sleeping == 2)
        assert (first.works, first.begun, second.works) == (1, 1, 0)


async def test_a_leader_that_was_stopped_for_long_stands_down(
    two: tuple[Process, Process], clock: FakeClock
) -> None:
    first, second = two
    await first.leadership.renew()
    await clock.advance(LEASE_MS)
    await second.leadership.renew()
    async with first.running():
        await eventually(lambda: first.leadership.stands_by)
        await eventually(lambda: first.works == 0)
    assert not second.leadership.stands_by


async def test_without_a_database_it_leads_until_telegram_names_another(
    two: tuple[Process, Process],
) -> None:
    elected, new = two
    await elected.leadership.renew()
    elected.leadership.note_conflict()
    assert not elected.leadership.stands_by  # the database knows better
    elected.election.is_away = new.election.is_away = True
    for process in two:
        assert not await process.leadership.renew()
        assert not process.leadership.stands_by
        process.leadership.note_conflict()
    assert (elected.leadership.stands_by, new.leadership.stands_by) == (False, True)
    for _ in range(MOST_CONFLICTS - 1):
        elected.leadership.note_conflict()
    assert elected.leadership.stands_by
    await new.leadership.renew()
    assert new.leadership.stands_by


async def test_only_whom_the_database_has_named_is_elected(two: tuple[Process, Process]) -> None:
    first, second = two
    second.election.is_away = True
    await second.leadership.renew()
    assert (second.leadership.stands_by, second.leadership.is_elected) == (False, False)
    await first.leadership.renew()
    second.election.is_away = False
    await second.leadership.renew()
    assert (first.leadership.is_elected, second.leadership.is_elected) == (True, False)
    first.election.is_away = True
    await first.leadership.renew()
    assert first.leadership.is_elected


async def test_a_lease_that_cannot_be_given_back_ends_by_itself(two: tuple[Process, Process]) -> None:
    first, _ = two
    await first.leadership.renew()
    first.election.is_away = True
    await first.leadership.release()
    assert not first.leadership.stands_by


async def test_work_that_fails_or_ends_is_over(two: tuple[Process, Process]) -> None:
    leading = two[0].leadership
    await leading.renew()

    async def fails() -> None:
        raise ZeroDivisionError

    async def ends() -> None:
        return

    with pytest.raises(ZeroDivisionError):
        await leading.lead(fails)
    await leading.lead(ends)


async def test_an_sqlite_file_has_one_leader_and_the_next_stands_by(tmp_path: Path, clock: FakeClock) -> None:
    address = fresh_sqlite(tmp_path)
    storage, other = Storage(address, clock), Storage(address, clock)
    rng = random.Random(1)
    first, second = (leadership(one, clock, rng, lambda: 7) for one in (storage, other))
    await storage.open()
    await other.open()
    assert await first.renew()
    assert await second.renew()
    assert (first.stands_by, second.stands_by) == (False, True)
    assert "serves one process" in str(other.problem)
    await storage.close()
    await other.open()
    assert await second.renew()
    assert not second.stands_by
    await other.close()


async def test_before_the_database_is_open_nobody_is_elected(tmp_path: Path, clock: FakeClock) -> None:
    election = StoredElection(Storage(fresh_sqlite(tmp_path), clock), clock, lambda: "x", "a")
    with pytest.raises(Unavailable):
        await election.hold()
