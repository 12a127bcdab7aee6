"""The database in the background: what is reported while it cannot be used, and that it is used once it can."""

import asyncio
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bot.storage import CHECK_EVERY_S, Storage
from tests.support.clock import FakeClock
from tests.support.stream_exchange import eventually
from utils.http.errors import Unavailable
from utils.store.database import Database


def sqlite(path: Path) -> str:
    return f"sqlite+aiosqlite:///{path}"


async def test_an_open_database_has_no_problem(tmp_path: Path, clock: FakeClock) -> None:
    storage = Storage(sqlite(tmp_path / "bot.db"), clock)
    assert storage.problem == "the database is not open yet"
    await storage.check()
    assert storage.problem is None
    assert await storage.wait_open() is storage.store
    await storage.close()
    assert storage.store is None


@pytest.mark.parametrize(
    ("address", "word"),
    [
        ("mysql://u:secret@localhost/x", "not a database"),
        ("postgresql://u:secret@127.0.0.1:9/x", "reached"),
        ("sqlite+aiosqlite:////proc/nowhere/bot.db", "cannot be written"),
    ],
    ids=["wrong kind", "nobody there", "no folder"],
)
async def test_an_unusable_address_is_logged_once_without_its_password(
    address: str, word: str, clock: FakeClock
) -> None:
    storage = Storage(address, clock)
    with capture_logs() as logs:
        await storage.check()
        await storage.check()
    assert word in str(storage.problem)
    assert [log["log_level"] for log in logs] == ["warning"]
    assert "secret" not in str(logs) + str(storage.problem)
    await storage.close()


async def test_a_file_that_another_process_uses_is_opened_when_it_is_free(
    tmp_path: Path, clock: FakeClock
) -> None:
    other = await Database.open(sqlite(tmp_path / "bot.db"))
    storage = Storage(sqlite(tmp_path / "bot.db"), clock)
    watching = asyncio.create_task(storage.watch())
    waiting = asyncio.create_task(storage.wait_open())
    await eventually(lambda: storage.problem is not None and "in use" in storage.problem)
    await other.close()
    await clock.advance(round(CHECK_EVERY_S * 1000))
    await eventually(lambda: storage.problem is None)
    assert await waiting is storage.store
    watching.cancel()
    await asyncio.wait({watching})
    await storage.close()


async def test_a_database_that_stops_answering_is_a_problem_until_it_answers(
    tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage = Storage(sqlite(tmp_path / "bot.db"), clock)
    await storage.check()
    assert storage.store is not None

    async def away() -> None:
        raise Unavailable("database", "it cannot be reached")

    with capture_logs() as logs:
        monkeypatch.setattr(storage.store.database, "check", away)
        await storage.check()
        await storage.check()
        assert storage.problem == "it cannot be reached"
        monkeypatch.undo()
        await storage.check()
    assert storage.problem is None
    assert [log["log_level"] for log in logs] == ["warning", "info"]
    await storage.close()
