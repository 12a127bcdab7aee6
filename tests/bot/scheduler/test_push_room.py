"""The limits of Telegram hold for several processes together, and none waits for room that a dead one has."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from typing import Any, cast

import pytest

from bot.scheduler.outbox_sender import OutboxSender
from bot.scheduler.push import Push
from bot.scheduler.push_room import ASK_S, BEGUN_S, LOAN_S, TURN_S, PushRoom, RoomLender
from bot.telegram.send.limiter import PerChatRateLimiter
from handlers.ports import ChatRef, MessageContent, MessageRef
from handlers.render.html import Html
from tests.handlers.harness import MESSAGES, RecordingNotifier
from tests.store.databases import upgraded_postgres
from tests.support.background import going_on
from tests.support.clock import FakeClock
from tests.support.stream_exchange import eventually
from tests.support.watched_database import WatchedDatabase, pass_until_slowly
from utils.http.errors import Unavailable
from utils.sandbox.control.calls import CallLog
from utils.sandbox.telegram.limits import SendLimits
from utils.sandbox.telegram.people import Chat, ChatType
from utils.store.database import Database
from utils.store.outbox import Destination, Outbox, Outgoing
from utils.store.send_rooms import SendRooms
from utils.store.store import Store, open_store

BOT, HOUR_MS, MINUTE_MS = 7, 3_600_000, 60_000
GROUPS = (-1, -2)
PEOPLE = range(1, 11)
TO_GROUP, TO_PERSON = 5, 3
"""Pushes: more at once than one process claims."""
DEAD_S = 15
"""So soon the room of a process that has ended is free again."""


class Telegram:
    """Counts what arrives as the sandbox does."""

    def __init__(self, clock: FakeClock) -> None:
        self.calls = CallLog(clock)
        self.limits = SendLimits(clock, self.calls, enabled=True)

    async def take(self, chat_id: int) -> bool:
        """Take a message to a chat. Raises `BotApiError` when it is one too many."""
        self.limits.spend(Chat(chat_id, ChatType.PRIVATE if chat_id > 0 else ChatType.SUPERGROUP))
        return True


class LimitedNotifier(RecordingNotifier):
    """Sends past the limits of one process to a Telegram that has limits of its own."""

    def __init__(self, telegram: Telegram, limiter: PerChatRateLimiter) -> None:
        super().__init__()
        self._telegram = telegram
        self._limiter = limiter

    async def send(self, chat: ChatRef, content: MessageContent, **facts: Any) -> MessageRef:
        """See `RecordingNotifier.send`."""
        data = {"chat_id": chat.chat_id}
        await self._limiter.process_request(self._telegram.take, (chat.chat_id,), {}, "sendMessage", data, 0)
        return await super().send(chat, content, **facts)


@dataclass
class Process:
    """One of several processes: its limits, what it sends, and what it does when it leads."""

    store: Store
    clock: FakeClock
    telegram: Telegram
    seed: int
    leads: bool = False
    limiter: PerChatRateLimiter = field(init=False)
    notifier: LimitedNotifier = field(init=False)
    room: PushRoom = field(init=False)
    lender: RoomLender = field(init=False)
    sender: OutboxSender = field(init=False)

    def __post_init__(self) -> None:
        self.limiter = PerChatRateLimiter(self.clock)
        self.notifier = LimitedNotifier(self.telegram, self.limiter)
        self.room = PushRoom(lambda: self.leads, self.clock, random.Random(self.seed), bot_id=lambda: BOT)
        self.lender = RoomLender(lambda: self.store, self.limiter, self.clock, bot_id=lambda: BOT)
        self.sender = OutboxSender(
            lambda: self.store,
            self.notifier,
            MESSAGES,
            self.clock,
            bot_id=lambda: BOT,
            has_room=self.limiter.has_room,
            on_gone=lambda _: asyncio.sleep(0, 0),
            room_taken=self.room.taken,
        )

    def running(self) -> contextlib.AbstractAsyncContextManager[None]:
        """Send, and lend where it leads."""
        return going_on(self.sender.run(), *([self.lender.run()] if self.leads else []))


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def store() -> AsyncIterator[Store]:
    async with upgraded_postgres() as address, open_store(address) as opened:
        yield opened


@pytest.fixture
def process(store: Store, clock: FakeClock) -> Process:
    return Process(store, clock, Telegram(clock), 1, leads=True)


async def write(store: Store, clock: FakeClock, chat_id: int, count: int) -> None:
    now_ms, kind = clock.now_ms(), "private" if chat_id > 0 else "supergroup"
    content = Push(Html("news"), Html("line"), "en").to_json()
    to = Destination(BOT, chat_id, kind)
    rows = [Outgoing(f"{chat_id} {number}", to, content, now_ms, now_ms + HOUR_MS) for number in range(count)]
    await store.outbox.put(rows, now_ms=now_ms)


async def answer(leader: Process, delays: list[float]) -> None:
    """Answer in every group a few times a minute, and everybody in private again and again."""
    chats = [chat_id for group in GROUPS for chat_id in (group, *PEOPLE)]
    for turn in range(2_000):
        chat_id, before_s = chats[turn % len(chats)], leader.clock.monotonic()
        await leader.notifier.send(ChatRef(chat_id, "private"), MessageContent("answer", "answer"))
        delays.append(leader.clock.monotonic() - before_s)
        await leader.clock.sleep(0.5)


def watched(store: Store) -> tuple[Store, WatchedDatabase]:
    database = WatchedDatabase(store.database)
    seen = cast(Database, database)
    return replace(store, database=seen, outbox=Outbox(seen), send_rooms=SendRooms(seen)), database


async def test_the_limits_hold_for_three_processes_together_and_answers_do_not_wait(clock: FakeClock) -> None:
    telegram, delays = Telegram(clock), list[float]()
    async with contextlib.AsyncExitStack() as stack:
        address = await stack.enter_async_context(upgraded_postgres())
        opened = [watched(await stack.enter_async_context(open_store(address))) for _ in range(3)]
        databases = [database for _, database in opened]
        leader, *others = (
            Process(store, clock, telegram, seed, leads=seed == 0) for seed, (store, _) in enumerate(opened)
        )
        for chat_id in (*GROUPS, *PEOPLE):
            await write(leader.store, clock, chat_id, TO_GROUP if chat_id < 0 else TO_PERSON)
        for one in (leader, *others):
            await stack.enter_async_context(one.running())
        answering = asyncio.create_task(answer(leader, delays))
        senders = [one.sender for one in (leader, *others)]
        pushes = TO_GROUP * len(GROUPS) + TO_PERSON * len(PEOPLE)
        await pass_until_slowly(
            clock, databases, lambda: sum(one.sent for one in senders) == pushes, step_ms=250
        )
        answering.cancel()
    assert telegram.calls.violations == ()
    assert set(delays) == {0.0}
    assert len(delays) > 10
    assert all(one.sent for one in senders)


async def test_the_leader_and_a_process_alone_ask_nobody(
    store: Store, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen, database = watched(store)
    process = Process(seen, clock, Telegram(clock), 1, leads=True)
    async with process.room.taken(seen, 5) as is_taken:
        assert is_taken
    process.leads = False
    monkeypatch.setattr(database, "dialect", "sqlite")
    async with process.room.taken(seen, 5) as is_taken:
        assert is_taken
    await process.lender.turn()
    assert database.opened == 0


async def test_the_room_of_a_process_that_has_ended_is_free_within_seconds(
    process: Process, clock: FakeClock
) -> None:
    process.store, database = watched(process.store)
    for number in range(8):
        await process.store.send_rooms.ask(BOT, f"dead {number}", GROUPS[number % 2])
    await process.lender.turn()
    asked = await process.store.send_rooms.asked(BOT)
    assert [(one.asking, one.chat_id) for one in asked if one.is_lent] == [
        (f"dead {number}", GROUPS[number % 2]) for number in range(4)
    ]  # answers have the half of a chat's three seconds
    assert (process.lender.lent, process.limiter.has_room(GROUPS[0])) == (4, False)
    start_ms = clock.now_ms()
    async with process.running():
        await pass_until_slowly(
            clock, [database], lambda: clock.now_ms() >= start_ms + DEAD_S * 1000, step_ms=500
        )
        assert process.lender.lent == 0
    assert process.limiter.has_room(GROUPS[0])
    assert await process.store.send_rooms.asked(BOT) == ()


async def test_without_a_leader_a_push_waits_and_is_sent_when_there_is_one(
    process: Process, clock: FakeClock
) -> None:
    process.store, database = watched(process.store)
    process.leads = False
    leader = Process(process.store, clock, process.telegram, 2, leads=True)
    await write(process.store, clock, 5, 1)
    looks = asyncio.create_task(process.sender.send_due())
    await pass_until_slowly(clock, [database], looks.done, step_ms=100)
    assert (await looks, process.sender.sent, process.notifier.sent) == (1, 0, [])
    assert await process.store.send_rooms.asked(BOT) == ()
    async with process.running(), contextlib.AsyncExitStack() as stack:
        lending = asyncio.create_task(leader.lender.run())
        stack.callback(lending.cancel)
        await pass_until_slowly(clock, [database], lambda: process.sender.sent == 1, step_ms=100)
    assert len(process.notifier.sent) == 1


class SlowRooms(SendRooms):
    """Rooms of a database that tells very late that there is room."""

    def __init__(self, database: Database, clock: FakeClock, late_s: float) -> None:
        super().__init__(database)
        self._clock = clock
        self._late_ms = round(late_s * 1000)

    async def is_lent(self, bot_id: int, asking: str) -> bool:
        """See `SendRooms.is_lent`."""
        await self.lend(bot_id, (asking,))
        found = await super().is_lent(bot_id, asking)
        await self._clock.advance(self._late_ms)
        return found


@pytest.mark.parametrize(("late_s", "is_sent"), [(BEGUN_S - 0.5, True), (BEGUN_S - 0.4, False)])
async def test_room_that_is_known_too_late_is_not_used(
    store: Store, clock: FakeClock, late_s: float, is_sent: bool
) -> None:
    slow = replace(store, send_rooms=SlowRooms(store.database, clock, late_s))
    room = PushRoom(lambda: False, clock, random.Random(1), bot_id=lambda: BOT)
    took = asyncio.create_task(taken(room, slow))
    await eventually(lambda: clock.sleeping > 0)
    await clock.advance(500)
    assert await took is is_sent
    assert BEGUN_S < LOAN_S
    assert ASK_S < BEGUN_S


async def taken(room: PushRoom, store: Store) -> bool:
    async with room.taken(store, 5) as is_taken:
        return is_taken


async def test_a_new_leader_counts_what_the_one_before_has_lent(process: Process) -> None:
    for number in range(5):
        await process.store.send_rooms.ask(BOT, f"{number}", GROUPS[0])
    await process.store.send_rooms.lend(BOT, [f"{number}" for number in range(3)])
    await process.lender.turn()
    assert process.lender.lent == 3  # more than it would lend itself
    assert [one.is_lent for one in await process.store.send_rooms.asked(BOT)] == [True] * 3 + [False] * 2


async def test_one_that_leads_no_longer_has_its_limits_back(process: Process, clock: FakeClock) -> None:
    for number in range(2):
        await process.store.send_rooms.ask(BOT, f"{number}", 5)
    lending = asyncio.create_task(process.lender.run())
    await eventually(lambda: process.lender.lent == 2)
    assert not process.limiter.has_room(5)
    lending.cancel()
    await asyncio.gather(lending, return_exceptions=True)
    assert process.lender.lent == 0
    await clock.advance(4_000)
    assert process.limiter.has_room(5)


async def test_a_database_that_is_gone_keeps_no_room(process: Process, clock: FakeClock) -> None:
    await process.store.send_rooms.ask(BOT, "a", 5)
    await process.lender.turn()
    await process.store.send_rooms.ask(BOT, "b", 6)

    async def gone(bot_id: int) -> Any:
        raise Unavailable("database", "gone")

    asked = process.store.send_rooms.asked
    process.store.send_rooms.asked = gone  # type: ignore[method-assign]
    lending = asyncio.create_task(process.lender.run())
    await clock.advance(round((LOAN_S + TURN_S) * 1000))
    assert process.lender.lent == 0
    process.store.send_rooms.asked = asked  # type: ignore[method-assign]
    await clock.advance(round(TURN_S * 1000))
    await eventually(lambda: process.lender.lent == 1)
    lending.cancel()
    await asyncio.gather(lending, return_exceptions=True)
