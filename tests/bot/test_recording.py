"""The whole process records: into the given database, across a kill; without a database it still answers."""

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import closing
from itertools import pairwise
from pathlib import Path

import aiohttp
import pytest

from tests.bot.conftest import People
from tests.bot.test_process import Started, running, until_ready
from tests.support.limits import PATIENCE_MS, PATIENCE_S

SMALL = '[record]\nsymbols = ["BTC"]\nperiods = ["1h"]\noption_underlyings = []\nkeep_days = 60\n'


def rows(path: Path, series: str) -> list[int]:
    """The times of a series as another process reads them."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=PATIENCE_S)) as opened:
        found = opened.execute("SELECT ts FROM observation WHERE series = ? ORDER BY ts", (series,))
        return [ts for (ts,) in found]


async def until(started: Started, holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not holds():
            assert started.process.returncode is None, started.written
            await asyncio.sleep(0.1)


@pytest.mark.slow
async def test_a_killed_process_goes_on_recording_where_it_was(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    path = tmp_path / "bot.db"
    (tmp_path / "small.toml").write_text(SMALL)
    settings = {"DATABASE_URL": f"sqlite+aiosqlite:///{path}", "BOT_CONFIG": "small.toml"}
    async with running(tmp_path, "sandbox", **settings) as started:
        await until_ready(started, session)
        await until(started, lambda: len(rows(path, "um.funding_rate")) > 0)
        started.process.kill()
    before = rows(path, "um.funding_rate")
    marks = len(rows(path, "um.mark_price"))
    async with running(tmp_path, "sandbox", **settings) as started:
        await until_ready(started, session)
        await until(started, lambda: len(rows(path, "um.funding_rate")) > len(before))
        await until(started, lambda: len(rows(path, "um.open_interest_base.1h")) > 1)
        assert await started.stop() == 0
    after = rows(path, "um.funding_rate")
    hours = [round(ts / 3_600_000) for ts in after]
    assert after[: len(before)] == before
    assert len(set(hours)) == len(hours)
    assert max(b - a for a, b in pairwise(hours)) <= 8
    assert len(rows(path, "um.mark_price")) <= marks + 2
    interest = rows(path, "um.open_interest_base.1h")
    assert {b - a for a, b in pairwise(interest)} == {3_600_000}
    assert "Traceback" not in started.written


@pytest.mark.slow
async def test_without_a_database_it_answers_and_says_what_is_wrong(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    broken = "postgresql://someone:very-secret@127.0.0.1:9/nothing"
    async with running(tmp_path, "sandbox", DATABASE_URL=broken) as started:
        await started.said("logged in")
        people = People(session, f"{await started.chat()}/_sandbox")
        ada = await people.join(first_name="Ada")
        asked = await people.say(ada, "/t btc 4h")
        assert await people.messages(ada, after=asked, wait_ms=PATIENCE_MS)
        async with session.get(f"{await started.http()}/readyz") as answer:
            assert answer.status == 503
            checks = (await answer.json())["checks"]
        assert "cannot be reached" in checks["database"]
        assert await started.stop() == 0
    assert started.written.count("the database cannot be used") == 1
    assert "very-secret" not in started.written
    assert "Traceback" not in started.written
