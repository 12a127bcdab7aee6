"""The writer behind the caller's back: when it writes, what it keeps, what it drops, and what it says about it."""

import asyncio
import itertools
import random
import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from tests.store.databases import fresh_sqlite
from tests.support.clock import FakeClock
from utils.http.errors import Misconfigured, Rejected, Unavailable
from utils.http.retry import RetryPolicy
from utils.store.database import Database
from utils.store.engine import Patience
from utils.store.observations import Observation, Observations
from utils.store.store import Store
from utils.store.writer import BufferedWriter, WriterPolicy

POLICY = WriterPolicy(batch_rows=4, interval_s=5.0, bound_rows=10, retry=RetryPolicy(base_s=1.0, cap_s=8.0))
AWAY = Unavailable("database", "it cannot be reached")


class Ledger:
    """A place to write to that fails when told, refuses the numbers it is told, and knows what it has."""

    def __init__(self) -> None:
        self.fault: Exception | None = None
        self.refused: set[int] = set()
        self.batches: list[list[int]] = []
        self.attempts = 0

    @property
    def rows(self) -> list[int]:
        return [row for batch in self.batches for row in batch]

    async def append(self, rows: Sequence[int]) -> int:
        self.attempts += 1
        if self.fault:
            raise self.fault
        if self.refused & set(rows):
            raise Rejected("database", "this row cannot be stored")
        new = set(rows) - set(self.rows)
        self.batches.append(list(rows))
        return len(new)


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()


@asynccontextmanager
async def writing(ledger: Ledger, clock: FakeClock) -> AsyncIterator[BufferedWriter[int]]:
    async with BufferedWriter(
        "numbers", ledger.append, clock=clock, rng=random.Random(1), policy=POLICY
    ) as writer:
        await clock.settle()
        yield writer


def put(writer: BufferedWriter[int], *rows: int) -> None:
    for row in rows:
        writer.put(row)


async def test_few_rows_wait_for_the_interval(ledger: Ledger, clock: FakeClock) -> None:
    async with writing(ledger, clock) as writer:
        put(writer, 1, 2, 3)
        await clock.advance(4_999)
        assert (ledger.batches, writer.waiting) == ([], 3)
        await clock.advance(1)
        assert (ledger.batches, writer.waiting) == ([[1, 2, 3]], 0)


async def test_a_full_batch_is_written_at_once_and_the_rest_later(ledger: Ledger, clock: FakeClock) -> None:
    async with writing(ledger, clock) as writer:
        put(writer, *range(6))
        await clock.settle()
        assert ledger.batches == [[0, 1, 2, 3], [4, 5]]
        put(writer, 6)
        await clock.settle()
        assert ledger.batches[-1] == [4, 5]


async def test_leaving_writes_what_waits(ledger: Ledger, clock: FakeClock) -> None:
    async with writing(ledger, clock) as writer:
        put(writer, 1, 2)
    assert ledger.rows == [1, 2]
    assert (writer.counts.taken, writer.counts.written, writer.waiting) == (2, 2, 0)


async def test_rows_that_stood_already_are_counted_apart(ledger: Ledger, clock: FakeClock) -> None:
    async with writing(ledger, clock) as writer:
        put(writer, 1, 2)
        await writer.flush()
        put(writer, 2, 3)
        await writer.flush()
        assert (writer.counts.written, writer.counts.known) == (3, 1)


async def test_an_outage_keeps_every_row_in_order_and_backs_off(ledger: Ledger, clock: FakeClock) -> None:
    async with writing(ledger, clock) as writer:
        ledger.fault = AWAY
        put(writer, *range(4))
        await clock.settle()
        assert (ledger.attempts, writer.failing, writer.waiting) == (1, True, 4)
        put(writer, *range(4, 9))  # more rows do not shorten the pause
        await clock.advance(499)
        assert ledger.attempts == 1
        await clock.advance(60_000)
        assert 60 / 8 < ledger.attempts < 60 / 4 + 5  # at most 8 s apart, jittered down to half
        ledger.fault = None
        await clock.advance(8_000)
        assert ledger.rows == list(range(9))
        assert not writer.failing
        assert writer.counts.dropped == 0


async def test_each_change_of_state_is_logged_once(ledger: Ledger, clock: FakeClock) -> None:
    with capture_logs() as logs:
        async with writing(ledger, clock) as writer:
            ledger.fault = Misconfigured(
                "database", "it refuses the password", what_to_do="mend DATABASE_URL"
            )
            put(writer, *range(4))
            await clock.advance(100_000)
            ledger.fault = None
            await clock.advance(8_000)
            put(writer, *range(4, 8))
            await clock.settle()
    assert [entry["event"] for entry in logs] == ["writing is held up, rows are kept", "writing goes on"]
    assert logs[0]["what_to_do"] == "mend DATABASE_URL"


async def test_beyond_the_bound_the_oldest_are_dropped_counted_and_said_once(
    ledger: Ledger, clock: FakeClock
) -> None:
    with capture_logs() as logs:
        async with writing(ledger, clock) as writer:
            ledger.fault = AWAY
            for row in range(25):
                put(writer, row)
                await clock.advance(1_000)
            assert writer.waiting <= POLICY.bound_rows
            ledger.fault = None
            await clock.advance(8_000)
    assert ledger.rows == list(range(15, 25))
    assert writer.counts.dropped == 15
    assert writer.counts.taken == writer.counts.written + writer.counts.dropped
    assert sum("oldest rows are dropped" in entry["event"] for entry in logs) == 1


async def test_a_row_that_is_refused_is_left_out_alone(ledger: Ledger, clock: FakeClock) -> None:
    ledger.refused = {2}
    with capture_logs() as logs:
        async with writing(ledger, clock) as writer:
            put(writer, 1, 2, 3, 4)
            await writer.flush()
    assert sorted(ledger.rows) == [1, 3, 4]
    assert (writer.counts.written, writer.counts.refused) == (3, 1)
    assert [entry["log_level"] for entry in logs] == ["error"]


async def test_the_end_during_an_outage_says_how_many_rows_are_lost(ledger: Ledger, clock: FakeClock) -> None:
    with capture_logs() as logs:
        async with writing(ledger, clock) as writer:
            ledger.fault = AWAY
            put(writer, *range(7))
            await clock.settle()
    assert writer.counts.dropped == 7
    assert writer.waiting == 0
    assert logs[-1]["event"].startswith("the end came")
    assert logs[-1]["rows"] == 7


async def test_flush_waits_until_an_outage_is_over(ledger: Ledger, clock: FakeClock) -> None:
    async with writing(ledger, clock) as writer:
        ledger.fault = AWAY
        put(writer, 1)
        flushed = asyncio.create_task(writer.flush())
        await clock.advance(30_000)
        assert not flushed.done()
        ledger.fault = None
        await clock.advance(8_000)
        assert flushed.done()
        assert ledger.rows == [1]


async def test_a_defect_is_counted_logged_and_raised_not_swallowed(ledger: Ledger, clock: FakeClock) -> None:
    ledger.fault = ZeroDivisionError("a defect")
    writer = BufferedWriter("numbers", ledger.append, clock=clock, rng=random.Random(1))
    with capture_logs() as logs:
        await writer.__aenter__()
        put(writer, 1)
        with pytest.raises(ZeroDivisionError):
            await writer.flush()
        with pytest.raises(ZeroDivisionError):
            await writer.__aexit__()
    assert writer.counts.defects == 1
    assert [entry["log_level"] for entry in logs] == ["error"]


async def test_flush_outside_the_context_is_refused(ledger: Ledger, clock: FakeClock) -> None:
    writer = BufferedWriter("numbers", ledger.append, clock=clock, rng=random.Random(1))
    with pytest.raises(RuntimeError, match="inside its context"):
        await writer.flush()


async def test_rows_reach_a_real_database_in_batches(store: Store, clock: FakeClock) -> None:
    append = store.observations.append
    async with BufferedWriter("observations", append, clock=clock, rng=random.Random(1)) as writer:
        for ts in range(1_234):
            writer.put(Observation("s", "X", ts % 1_000, ts, 1.0))
        await writer.flush()
        assert (writer.counts.written, writer.counts.known) == (1_000, 234)
    assert len(await store.observations.window("s", "X", 0, 2_000, as_of=2_000)) == 1_000


async def test_a_file_that_another_tool_holds_is_written_when_it_lets_go(
    tmp_path: Path, clock: FakeClock
) -> None:
    database = await Database.open(fresh_sqlite(tmp_path), patience=Patience(busy_timeout_ms=0))
    await database.upgrade()
    shell = sqlite3.connect(tmp_path / "var" / "bot.db", isolation_level=None)
    shell.execute("BEGIN IMMEDIATE")
    held = asyncio.Event()
    observations = Observations(database)

    async def append(rows: Sequence[Observation]) -> int:
        try:
            return await observations.append(rows)
        finally:
            held.set()

    async with BufferedWriter("observations", append, clock=clock, rng=random.Random(1)) as writer:
        writer.put(Observation("s", "X", 1, 1, 1.0))
        flushed = asyncio.create_task(writer.flush())
        await held.wait()
        shell.execute("ROLLBACK")
        shell.close()
        while not flushed.done():
            await clock.advance(1_000)
        assert writer.counts.written == 1
    await database.close()


_actions = st.lists(
    st.one_of(
        st.tuples(st.just("put"), st.integers(1, 12)),
        st.tuples(st.just("advance"), st.integers(1, 20_000)),
        st.tuples(st.just("fault"), st.booleans()),
    ),
    max_size=30,
)


@settings(max_examples=60, deadline=None)
@given(actions=_actions)
async def test_whatever_happens_every_row_is_accounted_for_and_stays_in_order(
    actions: list[tuple[str, int]],
) -> None:
    ledger, clock, numbers = Ledger(), FakeClock(), itertools.count()
    async with writing(ledger, clock) as writer:
        for action, amount in actions:
            if action == "put":
                put(writer, *itertools.islice(numbers, amount))
            elif action == "fault":
                ledger.fault = AWAY if amount else None
            await clock.advance(amount if action == "advance" else 0)
            assert writer.waiting <= POLICY.bound_rows
        ledger.fault = None
    counts = writer.counts
    assert counts.taken == counts.written + counts.dropped
    assert ledger.rows == sorted(set(ledger.rows))
    assert len(ledger.rows) == counts.written
