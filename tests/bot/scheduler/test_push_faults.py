"""Pushes while Telegram refuses or is silent, while the database is away, and of three processes at once."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from functools import partial
from typing import Any, cast

import aiohttp
import pytest

from bot.scheduler.outbox_sender import OutboxSender
from bot.scheduler.push import Push
from bot.telegram.send.notifier import TelegramNotifier
from handlers.ports import ChatRef, Notifier
from handlers.render.html import Html
from tests.bot.conftest import People, bot_on
from tests.handlers.harness import MESSAGES, RecordingNotifier
from tests.store.databases import fresh_postgres
from tests.support.background import going_on
from tests.support.clock import FakeClock
from tests.support.stream_exchange import eventually
from tests.support.watched_database import WatchedDatabase, pass_until_slowly
from utils.http.errors import Unavailable
from utils.sandbox.telegram.server import TelegramSandbox
from utils.store.database import Database
from utils.store.outbox import ClaimedMessage, Destination, Outbox, Outgoing
from utils.store.store import Store, open_store

BOT, HOUR_MS, MINUTE_MS = 7, 3_600_000, 60_000


class OutboxOfServer(Outbox):
    """The outbox of a database that can be away."""

    is_away = False

    async def claim(self, bot_id: int, *, now_ms: int, most: int) -> tuple[ClaimedMessage, ...]:
        self._reach()
        return await super().claim(bot_id, now_ms=now_ms, most=most)

    async def sent(self, key: str, message_id: int, *, now_ms: int) -> None:
        self._reach()
        await super().sent(key, message_id, now_ms=now_ms)

    async def next_due(self, bot_id: int) -> int | None:
        self._reach()
        return await super().next_due(bot_id)

    def _reach(self) -> None:
        if self.is_away:
            raise Unavailable("database", "away")


def sender(store: Callable[[], Store], notifier: Notifier, clock: FakeClock) -> OutboxSender:
    return OutboxSender(
        store,
        notifier,
        MESSAGES,
        clock,
        bot_id=lambda: BOT,
        has_room=lambda _: True,
        on_gone=lambda _: asyncio.sleep(0, 0),
    )


async def write(store: Store, clock: FakeClock, chats: Sequence[int], each: int) -> None:
    now_ms = clock.now_ms()
    rows = [
        Outgoing(
            f"{chat} {number}",
            Destination(BOT, chat, "private"),
            Push(Html(f"{chat} {number}"), Html("line"), "en").to_json(),
            now_ms + number,
            now_ms + HOUR_MS,
        )
        for chat in chats
        for number in range(each)
    ]
    assert await store.outbox.put(rows, now_ms=now_ms) == len(rows)


def running(*senders: OutboxSender) -> contextlib.AbstractAsyncContextManager[None]:
    return going_on(*(one.run() for one in senders))


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def store(database_address: str) -> AsyncIterator[Store]:
    async with open_store(database_address) as opened:
        yield opened


@pytest.mark.parametrize(
    "fault",
    [
        {"retry_after": {"s": 7}},
        {"status": {"code": 500}},
        {"status": {"code": 502}},
        {"timeout_before": {"s": 0.2}},  # time of the fake clock goes on meanwhile
        {"timeout_after": {"s": 0.2}},
        {"parse_error": {}},
    ],
    ids=lambda fault: str(next(iter(fault))),
)
async def test_every_push_arrives_once_and_in_order(
    telegram: TelegramSandbox,
    session: aiohttp.ClientSession,
    people: People,
    store: Store,
    clock: FakeClock,
    fault: dict[str, Any],
) -> None:
    ada, bob = await people.join(), await people.join()
    async with bot_on(telegram, session, clock) as bot:
        notifier = TelegramNotifier(bot, clock)
        for chat in (ada, bob):
            notifier.note_received(chat, await people.say(chat, "hello"))
        await write(store, clock, (ada.chat_id, bob.chat_id), 3)
        await people.fault(fault, count=2, method="sendMessage", chat=str(ada.chat_id))
        sending = sender(lambda: store, notifier, clock)
        async with running(sending):
            await eventually(lambda: sending.sent == 6, clock, 200)
    for chat in (ada, bob):
        assert await people.texts(chat) == [f"{chat.chat_id} {number}" for number in range(3)]
    assert (await store.outbox.backlog(BOT, now_ms=0)).waiting == 0


async def test_a_database_that_is_gone_for_a_minute_loses_and_repeats_nothing(
    store: Store, clock: FakeClock
) -> None:
    notifier, outbox = RecordingNotifier(), OutboxOfServer(store.database)
    reached = replace(store, outbox=outbox)
    sending = sender(lambda: reached, notifier, clock)
    async with running(sending):
        await write(store, clock, range(5), 1)
        sending.wake()
        await eventually(lambda: sending.sent == 5, clock, 100)
        outbox.is_away = True
        await write(store, clock, range(100, 105), 2)
        for _ in range(60):
            await clock.advance(1000)
        assert sending.sent == 5
        outbox.is_away = False
        await eventually(lambda: sending.sent == 15, clock, 100)
    assert set(counted(notifier).values()) == {1}


async def test_three_processes_on_one_server_send_each_once(clock: FakeClock) -> None:
    async with AsyncExitStack() as stack:
        address = await stack.enter_async_context(fresh_postgres())
        stores = [await stack.enter_async_context(open_store(address)) for _ in range(3)]
        watched = [WatchedDatabase(store.database) for store in stores]
        pass_until = partial(pass_until_slowly, clock, watched)
        outboxes, notifier = [OutboxOfServer(cast(Database, one)) for one in watched], RecordingNotifier()
        reached = [replace(store, outbox=outbox) for store, outbox in zip(stores, outboxes, strict=True)]
        senders = [sender(partial(_itself, store), notifier, clock) for store in reached]
        await write(stores[0], clock, range(30), 4)
        async with running(*senders):
            await pass_until(lambda: sum(one.sent for one in senders) >= 40)
            outboxes[0].is_away = True
            end_ms = clock.now_ms() + MINUTE_MS
            await pass_until(lambda: clock.now_ms() >= end_ms)
            outboxes[0].is_away = False
            await pass_until(lambda: sum(one.sent for one in senders) >= 120)
    assert len(notifier.sent) == 120
    assert set(counted(notifier).values()) == {1}
    assert all(texts == sorted(texts) for texts in by_chat(notifier).values())


def _itself(store: Store) -> Store:
    return store


def counted(notifier: RecordingNotifier) -> Counter[str]:
    return Counter(content.text for _, content, _ in notifier.sent)


def by_chat(notifier: RecordingNotifier) -> dict[ChatRef, list[str]]:
    found: dict[ChatRef, list[str]] = {}
    for chat, content, _ in notifier.sent:
        found.setdefault(chat, []).append(content.text)
    return found
