"""What happens to an SQLite file while the bot runs: each is a problem in words, and its end is logged once."""

import os
import resource
import shutil
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from structlog.testing import capture_logs

from bot.storage import Storage
from tests.support.clock import FakeClock
from utils.http.errors import Misconfigured
from utils.store import health
from utils.store.database import Database


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "bot.db"


@pytest.fixture
async def storage(file: Path, clock: FakeClock) -> AsyncIterator[Storage]:
    made = Storage(f"sqlite+aiosqlite:///{file}", clock)
    await made.check()
    await made.check()
    assert made.problem is None
    yield made
    await made.close()


def checkpoint(file: Path) -> None:
    """Bring everything from the log into the file."""
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()


def overwrite(file: Path, start: int, content: bytes) -> bytes:
    """Write over a part of a file; return what stood there."""
    with file.open("r+b") as opened:
        opened.seek(start)
        before = opened.read(len(content))
        opened.seek(start)
        opened.write(content)
    return before


async def problem_of(storage: Storage) -> str:
    await storage.check()
    assert storage.problem is not None
    return storage.problem


def levels(logs: list[Any]) -> list[str]:
    return [line["log_level"] for line in logs]


async def test_a_deleted_file_is_a_problem_until_it_is_back(storage: Storage, file: Path) -> None:
    with capture_logs() as logs:
        file.rename(file.with_suffix(".away"))
        assert "deleted" in await problem_of(storage)
        assert "deleted" in await problem_of(storage)
        file.with_suffix(".away").rename(file)
        await storage.check()
        await storage.check()
    assert storage.problem is None
    assert levels(logs) == ["warning", "info"]
    assert "restart" in logs[0]["what_to_do"]


async def test_a_replaced_file_is_a_problem(storage: Storage, file: Path) -> None:
    copy = file.with_suffix(".copy")
    shutil.copyfile(file, copy)
    os.replace(copy, file)
    assert "replaced" in await problem_of(storage)


async def test_a_damaged_page_is_a_problem_until_it_is_mended(storage: Storage, file: Path) -> None:
    checkpoint(file)
    with capture_logs() as logs:
        before = overwrite(file, 4096 * 3, b"\xa5" * 4096)
        assert "damaged" in await problem_of(storage) or "malformed" in str(storage.problem)
        overwrite(file, 4096 * 3, before)
        await storage.check()
    assert storage.problem is None
    assert levels(logs) == ["warning", "info"]
    assert "backup" in logs[0]["what_to_do"]


async def test_a_damage_stays_a_problem_between_two_readings_of_the_file(
    storage: Storage, file: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkpoint(file)
    overwrite(file, 4096 * 3, b"\xa5" * 4096)
    read = Database.check_pages
    readings: list[int] = []

    async def slow(database: Database) -> None:
        readings.append(clock.now_ms())
        await clock.advance(1_000)
        await read(database)

    monkeypatch.setattr(Database, "check_pages", slow)
    await problem_of(storage)
    await clock.advance(190_000)
    await problem_of(storage)
    assert len(readings) == 1
    await clock.advance(10_000)
    await problem_of(storage)
    assert len(readings) == 2


async def test_a_file_that_is_no_database_any_more_is_a_problem(storage: Storage, file: Path) -> None:
    checkpoint(file)
    overwrite(file, 0, b"\xa5" * 4096)
    await problem_of(storage)


async def test_an_emptied_file_is_a_problem(storage: Storage, file: Path) -> None:
    os.truncate(file, 0)
    assert "empty" in await problem_of(storage)


@contextmanager
def no_file_may_grow(limit: int) -> Iterator[None]:
    """What a full disk is to a process: every write beyond this size fails."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


async def test_a_disk_without_room_is_a_problem_until_there_is_some(storage: Storage, file: Path) -> None:
    log_size = file.with_name("bot.db-wal").stat().st_size
    with capture_logs() as logs:
        with no_file_may_grow(log_size):
            await storage.check()
            full = storage.problem
        assert full is not None
        await storage.check()
    assert storage.problem is None
    assert levels(logs) == ["warning", "info"]


async def test_a_disk_that_is_nearly_full_is_a_problem(
    storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Usage(NamedTuple):
        free: int

    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(3_400_000))
    assert await problem_of(storage) == "the disk is nearly full: 3 MB are free"
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(20_000_000))
    await storage.check()
    assert storage.problem is None


async def test_reading_a_file_ends_without_a_verdict_when_it_is_stopped(storage: Storage, file: Path) -> None:
    checkpoint(file)
    overwrite(file, 4096 * 3, b"\xa5" * 4096)
    reading = health.FileReading(file)
    reading.stop()
    reading.run()
    with pytest.raises(Misconfigured):
        health.FileReading(file).run()
