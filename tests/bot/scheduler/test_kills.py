"""``kill -9`` at every step of a push: after the restart nothing is lost, and nothing sent twice that was marked."""

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable

import pytest

from bot.scheduler.stored_digests import StoredDigests
from handlers.alerts.machine import NEW
from handlers.alerts.stored import standing_of
from handlers.ports import ChatRef
from tests.bot.conftest import People
from tests.bot.scheduler.push_process import BOT, ShiftedClock, Step
from tests.conftest import ROOT
from tests.support.limits import PATIENCE_S
from utils.sandbox.telegram.server import TelegramSandbox
from utils.store.alerts import AlertDefinition
from utils.store.digests import DigestDefinition
from utils.store.outbox import HELD_MS, Destination
from utils.store.store import open_store
from utils.units import DAY_MS, MINUTE_MS

KILLED, ENDED = -9, 0


async def add_digest(address: str, chat: ChatRef) -> None:
    """A digest that is due since a minute ago, of a day ago's making."""
    clock = ShiftedClock(-DAY_MS)
    minute = time.gmtime((clock.now_ms() - MINUTE_MS) / 1000)
    async with open_store(address) as store:
        kept = StoredDigests(lambda: store, clock, lambda: BOT)
        to = kept.destination(chat)
        asked = DigestDefinition(
            to,
            42,
            (("BTCUSDT", "spot"),),
            "4h",
            60 * minute.tm_hour + minute.tm_min,
            tuple(range(7)),
            "en",
        )
        assert await kept.add(asked, "UTC", most=9) is not None


async def add_alert(address: str, chat: ChatRef) -> None:
    """An alert whose condition is true, and will be said again in two hours."""
    to = Destination(BOT, chat.chat_id, "private")
    asked = AlertDefinition(to, 42, "BTCUSDT", "spot", "1h", "price > 90.0 cooldown 2h", None, "en")
    async with open_store(address) as store:
        assert await store.alerts.add(asked, standing_of(NEW, fired=0), now_ms=1, most=9) is not None


async def run(address: str, telegram: TelegramSandbox, killed_at: Step, shift_ms: int = 0) -> int:
    arguments = (address, telegram.api_url, telegram.bot_token, killed_at, str(shift_ms))
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bot.scheduler.push_process", *arguments, cwd=ROOT
    )
    return await asyncio.wait_for(process.wait(), PATIENCE_S)


@pytest.mark.parametrize(
    ("add", "killed_at", "before", "after"),
    [
        (add_alert, "evaluated", 0, 1),
        (add_alert, "written", 0, 1),
        (add_alert, "claimed", 0, 1),
        (add_alert, "sent", 1, 2),  # the process that knew that it was delivered is gone
        (add_alert, "marked", 1, 1),
        (add_digest, "written", 0, 1),
    ],
)
async def test_a_push_survives_a_kill(
    database_address: str,
    telegram: TelegramSandbox,
    people: People,
    add: Callable[[str, ChatRef], Awaitable[None]],
    killed_at: Step,
    before: int,
    after: int,
) -> None:
    address, chat = database_address, await people.join()
    await add(address, chat)
    assert await run(address, telegram, killed_at) == KILLED
    assert len(await people.texts(chat)) == before
    assert await run(address, telegram, "none", HELD_MS + 1) == ENDED
    texts = await people.texts(chat)
    assert len(texts) == after
    assert len(set(texts)) == 1
