"""The whole process: SIGHUP and an owner's commands exchange the configuration, and an override outlives a restart."""

import asyncio
import signal
from pathlib import Path

import aiohttp
import pytest

from handlers.ports import ChatRef
from tests.bot.conftest import People
from tests.bot.test_process import Started, running
from tests.support.limits import PATIENCE_MS, PATIENCE_S

OWNER = 4242


async def ask(people: People, chat: ChatRef, text: str, expected: str) -> dict[str, object]:
    """Say something and wait for the answer with these words."""
    after = await people.say(chat, text)
    async with asyncio.timeout(PATIENCE_S):
        while True:
            for record in await people.messages(chat, after=after, wait_ms=PATIENCE_MS):
                message: dict[str, object] = record["message"]
                if expected in str(message.get("text", message.get("caption", ""))):
                    return message
            await asyncio.sleep(0.05)


async def owner(started: Started, session: aiohttp.ClientSession) -> tuple[People, ChatRef]:
    people = People(session, f"{await started.chat()}/_sandbox")
    return people, await people.join(id=OWNER)


@pytest.mark.slow
async def test_the_process_reloads_on_a_signal_and_for_its_owner(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    file, database = tmp_path / "bot.toml", tmp_path / "bot.db"
    file.write_text("[record]\nenabled = false\n")
    settings = {
        "BOT_CONFIG": "bot.toml",
        "BOT_OWNER_IDS": str(OWNER),
        "DATABASE_URL": f"sqlite+aiosqlite:///{database}",
    }
    async with running(tmp_path, "sandbox", **settings) as started:
        await started.said("logged in")
        people, chat = await owner(started, session)
        file.write_text("[record]\nenabled = false\n[trend]\nrsi_period = 20\n")
        started.process.send_signal(signal.SIGHUP)
        assert "trend.rsi_period" in await started.said("configuration reloaded")
        file.write_text("[trend]\nrsi_period = 1\n")
        started.process.send_signal(signal.SIGHUP)
        assert "expected greater than or equal to" in await started.said("configuration refused")
        await ask(people, chat, "/reload", "rsi_period = 1")
        await ask(people, chat, "/config trend.rsi_period=21", "20 → 21")
        await ask(people, chat, "/status", "Request weight")
        assert await started.stop() == 0
    file.write_text("[record]\nenabled = false\n")
    async with running(tmp_path, "sandbox", **settings) as started:
        await started.said("logged in")
        people, chat = await owner(started, session)
        await ask(people, chat, "/config trend.rsi_period", "trend.rsi_period = 21")
        assert await started.stop() == 0
    assert "Traceback" not in started.written
