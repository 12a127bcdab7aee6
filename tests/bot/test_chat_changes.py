"""Chats that move, go and come back: written down, also after the database was away, and followed by what is sent."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from telegram.ext import ExtBot

from bot.chat_changes import RETRY_S, ChatChanges
from bot.scheduler.push import Push
from bot.telegram.send.notifier import TelegramNotifier
from handlers.alerts.machine import NEW
from handlers.alerts.stored import standing_of
from handlers.ports import ChatRef, MessageContent
from handlers.render.html import Html
from tests.bot.conftest import InstantClock, People
from tests.support.clock import FakeClock
from tests.support.stream_exchange import eventually
from utils.store.alerts import AlertDefinition
from utils.store.outbox import Destination, Outgoing
from utils.store.store import Store, open_store

BOT, GROUP, SUPERGROUP = 7, -100, -1009


@pytest.fixture
async def store(database_address: str) -> AsyncIterator[Store]:
    async with open_store(database_address) as opened:
        yield opened


@contextlib.asynccontextmanager
async def running(changes: ChatChanges) -> AsyncIterator[None]:
    task = asyncio.create_task(changes.run())
    try:
        async with asyncio.timeout(20):
            yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def add_alert(store: Store, chat_id: int = GROUP) -> None:
    asked = AlertDefinition(
        Destination(BOT, chat_id, "group"), 42, "BTCUSDT", "spot", "1h", "price > 9", None, "en"
    )
    assert await store.alerts.add(asked, standing_of(NEW, fired=0), now_ms=1, most=9) is not None


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    """Let tasks run until something holds of the database."""
    while True:
        if await holds():
            return
        await asyncio.sleep(0)


async def until_moved(store: Store) -> None:
    async def moved() -> bool:
        return bool(await store.alerts.of_chat(BOT, SUPERGROUP))

    await until(moved)


async def until_live(store: Store, count: int) -> None:
    async def live() -> bool:
        return len(await store.alerts.live(BOT)) == count

    await until(live)


async def test_what_is_noted_is_written_down(store: Store) -> None:
    await add_alert(store)
    changes = ChatChanges(lambda: store, FakeClock(), lambda: BOT)
    async with running(changes):
        changes.note_moved(GROUP, SUPERGROUP)
        await until_moved(store)


async def test_what_the_database_does_not_take_is_written_down_later(store: Store) -> None:
    await add_alert(store)
    clock = FakeClock()
    opened: list[Store | None] = [None]
    changes = ChatChanges(lambda: opened[-1], clock, lambda: BOT)
    async with running(changes):
        changes.note_moved(GROUP, SUPERGROUP)
        await eventually(lambda: clock.sleeping > 0)
        assert await store.alerts.of_chat(BOT, SUPERGROUP) == ()
        opened.append(store)
        await clock.advance(round(RETRY_S * 1000))
        await until_moved(store)


async def test_a_chat_that_is_gone_is_back_when_somebody_writes_there(store: Store) -> None:
    await add_alert(store)
    await store.outbox.put([Outgoing("a", Destination(BOT, GROUP, "group"), {}, 1, 1)], now_ms=1)
    changes = ChatChanges(lambda: store, FakeClock(), lambda: BOT)
    assert await changes.note_gone(GROUP) == 1
    assert await store.alerts.live(BOT) == ()
    async with running(changes):
        changes.note_heard(5)
        changes.note_heard(GROUP)
        await until_live(store, 1)
        changes.note_status(GROUP, is_there=False)
        await until_live(store, 0)
        changes.note_status(GROUP, is_there=False)
        changes.note_status(GROUP, is_there=True)
        await until_live(store, 1)


async def test_a_send_to_a_group_that_has_moved_arrives_and_is_noted(
    api: ExtBot[int], people: People, instant_clock: InstantClock
) -> None:
    moved = list[tuple[int, int]]()
    notifier = TelegramNotifier(api, instant_clock, on_moved=lambda old, new: moved.append((old, new)))
    group = await people.group(type="group", members=[(await people.join()).chat_id])
    facts = await people.call("PATCH", f"/chats/{group.chat_id}", {"migrate": True})
    push = Push(Html("<b>a</b>"), Html("a"), "en")
    for _ in range(2):
        await notifier.send(group, push.content)
    ((old, new),) = moved
    assert (old, new) == (group.chat_id, facts["migrated_to"])
    assert await people.texts(ChatRef(new, "supergroup")) == ["a", "a"]


async def test_what_is_sent_after_the_news_goes_straight_to_the_supergroup(
    api: ExtBot[int], people: People, instant_clock: InstantClock
) -> None:
    notifier = TelegramNotifier(api, instant_clock)
    supergroup = await people.group(members=[(await people.join()).chat_id])
    notifier.note_moved(GROUP, supergroup.chat_id)
    sent = await notifier.send(ChatRef(GROUP, "group"), MessageContent("a", "a"))
    assert sent.chat.chat_id == supergroup.chat_id
