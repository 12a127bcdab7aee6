"""What stands in the outbox goes out once, leaves room for answers, and is never lost."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from bot.scheduler.outbox_sender import (
    AT_ONCE,
    BUSY_MS,
    FIRST_RETRY_MS,
    GIVEN_UP_MS,
    LAST_RETRY_MS,
    LOOK_S,
    OutboxSender,
)
from bot.scheduler.push import Push, push_of
from handlers.ports import Button, ChatRef, MessageContent, MessageRef, Undeliverable
from handlers.render.html import Html
from tests.handlers.harness import MESSAGES, RecordingNotifier
from tests.support.clock import FakeClock
from tests.support.stream_exchange import eventually
from utils.http.errors import Unavailable
from utils.store.outbox import HELD_MS, Destination, Outgoing
from utils.store.store import Store, open_store

BOT = 7
HOUR = 3_600_000
GROUP = Destination(BOT, -100, "supergroup", 3)
ANN = Destination(BOT, 42, "private")
SEEN = ((Button("seen", "1|as|x"),),)


class World:
    """A sender over a real database, a fake clock and a notifier that records."""

    def __init__(self, store: Store, clock: FakeClock) -> None:
        self.store, self.clock = store, clock
        self.notifier = RecordingNotifier()
        self.full: set[int] = set()
        self.muted: set[int] = set()
        self.gone = list[int]()
        self.sender = self.another()

    def another(self) -> OutboxSender:
        async def on_gone(chat_id: int) -> int:
            self.gone.append(chat_id)
            return await self.store.chats.gone(BOT, chat_id, "gone", now_ms=self.clock.now_ms())

        return OutboxSender(
            lambda: self.store,
            self.notifier,
            MESSAGES,
            self.clock,
            bot_id=lambda: BOT,
            has_room=lambda chat_id: chat_id not in self.full,
            on_gone=on_gone,
            takes_pushes=lambda chat_id: chat_id not in self.muted,
        )

    async def write(self, *keys: str, to: Destination = GROUP, fresh_ms: int = HOUR) -> None:
        now_ms = self.clock.now_ms()
        pushes = {key: Push(Html(f"<b>{key}</b> &amp;"), Html(f"line {key}"), "tr", SEEN) for key in keys}
        rows = [Outgoing(key, to, push.to_json(), now_ms, now_ms + fresh_ms) for key, push in pushes.items()]
        await self.store.outbox.put(rows, now_ms=now_ms)

    @property
    def said(self) -> list[str]:
        return [content.text for _, content, _ in self.notifier.sent]

    async def waiting(self) -> int:
        return (await self.store.outbox.backlog(BOT, now_ms=0)).waiting


@pytest.fixture
async def world(database_address: str) -> AsyncIterator[World]:
    async with open_store(database_address) as store:
        yield World(store, FakeClock())


def test_a_push_is_kept_as_it_was() -> None:
    push = Push(Html("<b>a</b>"), Html("b"), "tr", SEEN)
    assert push_of(push.to_json()) == push
    assert push.content == MessageContent("<b>a</b>", "a", keyboard=SEEN)


async def test_what_is_due_is_sent_once_to_its_chat_and_topic(world: World) -> None:
    await world.write("a")
    assert await world.sender.send_due() == 1
    assert await world.sender.send_due() == 0
    ((chat, content, reply_to),) = world.notifier.sent
    assert (chat, reply_to) == (ChatRef(-100, "supergroup", 3), None)
    assert (content.text, content.plain, content.keyboard) == ("<b>a</b> &amp;", "a &", SEEN)
    assert await world.waiting() == 0


async def test_what_cannot_be_sent_is_told_to_be_overdue_until_it_is(world: World) -> None:
    world.full.add(-100)
    await world.write("a", "b")
    tasks = [asyncio.create_task(work) for work in (world.sender.run(), world.sender.watch())]
    await eventually(lambda: world.sender.looked_ms > 0 and world.sender.waiting == 2)
    await world.clock.advance(90_000)
    assert (world.sender.backlog.due, world.sender.overdue_s) == (2, 90.0)
    world.full.clear()
    world.sender.wake()
    # a look of just before the room was there has put the messages off
    await eventually(lambda: world.sender.sent == 2, world.clock, 1_000)
    await eventually(lambda: world.sender.waiting == 0, world.clock, 1_000)
    assert (world.sender.backlog.due, world.sender.overdue_s, world.sender.failures) == (0, 0.0, 0)
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)


async def test_every_message_goes_out_in_order_however_many_there_are(world: World) -> None:
    for number in range(AT_ONCE + 5):
        await world.write(f"{number:02}")
        await world.clock.advance(1)
    while await world.sender.send_due():
        pass
    assert world.said == [f"<b>{number:02}</b> &amp;" for number in range(AT_ONCE + 5)]


async def test_what_is_for_a_muted_chat_is_dropped(world: World) -> None:
    world.muted.add(-100)
    await world.write("a")
    await world.write("b", to=ANN)
    await world.sender.send_due()
    assert (world.said, world.sender.dropped["muted"]) == (["<b>b</b> &amp;"], 1)
    world.muted.clear()
    assert await world.sender.send_due() == 0


async def test_a_push_waits_while_answers_need_the_room(world: World) -> None:
    await world.write("a")
    await world.write("b", to=ANN)
    world.full.add(-100)
    await world.sender.send_due()
    assert world.said == ["<b>b</b> &amp;"]
    world.full.clear()
    await world.sender.send_due()
    assert len(world.said) == 1
    await world.clock.advance(BUSY_MS)
    await world.sender.send_due()
    assert world.said[1:] == ["<b>a</b> &amp;"]


async def test_a_fault_that_may_pass_is_tried_again_ever_later(world: World) -> None:
    await world.write("a", fresh_ms=100 * HOUR)
    waited = list[int]()
    for _ in range(9):
        world.notifier.faults["send"] = Undeliverable(-100, "out of reach", gone=False)
        await world.sender.send_due()
        due_at = await world.store.outbox.next_due(BOT)
        assert due_at is not None
        waited.append(due_at - world.clock.now_ms())
        await world.clock.advance(waited[-1])
    assert waited == [min(FIRST_RETRY_MS * 2**attempt, LAST_RETRY_MS) for attempt in range(9)]
    await world.sender.send_due()
    assert world.said == ["<b>a</b> &amp;"]


async def test_what_cannot_be_delivered_for_a_day_is_given_up(world: World) -> None:
    await world.write("a", fresh_ms=1_000)
    for after_ms, waiting in ((1_000 + GIVEN_UP_MS, 1), (LAST_RETRY_MS, 0)):
        await world.clock.advance(after_ms)
        world.notifier.faults["send"] = Undeliverable(-100, "forbidden", gone=False)
        await world.sender.send_due()
        assert await world.waiting() == waiting
    await world.clock.advance(GIVEN_UP_MS)
    await world.sender.send_due()
    assert (world.said, world.gone) == ([], [])
    assert world.sender.dropped == {"gone": 0, "given_up": 1, "unreadable": 0, "muted": 0}


async def test_a_chat_that_is_gone_gets_nothing_more(world: World) -> None:
    await world.write("a", "b")
    await world.write("c", to=ANN)
    world.notifier.faults["send"] = Undeliverable(-100, "kicked", gone=True)
    await world.sender.send_due()
    await world.clock.advance(HELD_MS)
    await world.sender.send_due()
    assert world.gone == [-100]
    assert world.said == ["<b>c</b> &amp;"]
    assert await world.waiting() == 0
    assert (world.sender.sent, world.sender.dropped["gone"]) == (1, 2)


async def test_what_cannot_be_read_is_dropped_and_holds_up_nothing(world: World) -> None:
    odd = Outgoing("a", GROUP, {"of": "another version"}, world.clock.now_ms(), world.clock.now_ms() + HOUR)
    await world.store.outbox.put([odd], now_ms=world.clock.now_ms())
    await world.write("b")
    await world.sender.send_due()
    assert world.said == ["<b>b</b> &amp;"]
    assert await world.waiting() == 0
    assert world.sender.dropped["unreadable"] == 1


async def test_a_chats_messages_keep_their_order_when_one_has_to_wait(world: World) -> None:
    for key in ("a", "b", "c"):
        await world.write(key)
        await world.clock.advance(1)
    world.notifier.faults["send"] = Undeliverable(-100, "out of reach", gone=False)
    await world.sender.send_due()
    await world.clock.advance(BUSY_MS)
    world.full.add(-100)
    await world.sender.send_due()
    world.full.clear()
    await world.clock.advance(FIRST_RETRY_MS)
    await world.sender.send_due()
    assert world.said == ["<b>a</b> &amp;", "<b>b</b> &amp;", "<b>c</b> &amp;"]


async def test_what_is_written_later_does_not_overtake_what_waits_in_its_chat(world: World) -> None:
    other = world.another()
    await world.write("a")
    world.notifier.faults["send"] = Undeliverable(-100, "out of reach", gone=False)
    await world.sender.send_due()
    await world.clock.advance(1)
    await world.write("0")
    await world.write("c", to=ANN)
    await other.send_due()
    assert world.said == ["<b>c</b> &amp;"]
    await world.clock.advance(FIRST_RETRY_MS)
    await other.send_due()
    assert world.said[1:] == ["<b>a</b> &amp;", "<b>0</b> &amp;"]


async def test_what_was_held_for_the_quiet_hours_comes_before_what_fires_after_them(world: World) -> None:
    now_ms = world.clock.now_ms()
    held = Push(Html("held"), Html("line held"), "en").to_json()
    await world.store.outbox.put(
        [Outgoing("z", GROUP, held, now_ms + HOUR, now_ms + HOUR - 1)], now_ms=now_ms
    )
    await world.clock.advance(HOUR)
    world.notifier.faults["send"] = Undeliverable(-100, "out of reach", gone=False)
    await world.sender.send_due()
    await world.write("a")
    await world.another().send_due()
    assert world.said == []
    await world.clock.advance(FIRST_RETRY_MS)
    await world.another().send_due()
    assert world.said == ["This came meanwhile:\n• line held", "<b>a</b> &amp;"]


async def test_a_message_is_noted_as_sent_before_the_next_of_its_chat_is_sent(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    left, send = list[int](), world.notifier.send

    async def counting(chat: ChatRef, content: MessageContent) -> MessageRef:
        left.append(await world.waiting())
        return await send(chat, content)

    monkeypatch.setattr(world.notifier, "send", counting)
    await world.write("a", "b", "c")
    await world.sender.send_due()
    assert left == [3, 2, 1]


async def test_old_news_of_a_chat_is_one_message_in_its_language(world: World) -> None:
    await world.write("a", "b", fresh_ms=1_000)
    await world.clock.advance(1_001)
    await world.write("c")
    await world.sender.send_due()
    assert world.said == [
        "Bu arada şu 2 ileti geldi:\n• line a\n• line b",
        "<b>c</b> &amp;",
    ]
    assert await world.waiting() == 0
    await world.write("d", fresh_ms=0)
    await world.clock.advance(1)
    await world.sender.send_due()
    assert world.said[2:] == ["Bu arada şu 1 ileti geldi:\n• line d"]


async def test_what_a_process_was_sending_when_it_ended_is_sent_by_another(world: World) -> None:
    await world.write("a")
    await world.store.outbox.claim(BOT, now_ms=world.clock.now_ms(), most=1)  # and no more of that process
    await world.sender.send_due()
    assert world.said == []
    await world.clock.advance(HELD_MS)
    await world.sender.send_due()
    assert world.said == ["<b>a</b> &amp;"]


async def test_what_takes_long_to_send_stays_with_its_sender(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    delivered = asyncio.Event()

    async def slowly(chat: ChatRef, content: MessageContent) -> MessageRef:
        await delivered.wait()
        return MessageRef(chat, 1)

    monkeypatch.setattr(world.notifier, "send", slowly)
    await world.write("a")
    sending = asyncio.create_task(world.sender.send_due())
    held = list[int]()
    for _ in range(4):
        await eventually(lambda: world.clock.sleeping > 0)
        await world.clock.advance(HELD_MS // 2)
        held.append(len(await world.store.outbox.claim(BOT, now_ms=world.clock.now_ms(), most=1)))
    assert held == [0, 0, 0, 0]
    delivered.set()
    await sending
    assert await world.waiting() == 0


async def test_a_message_is_not_sent_again_while_the_database_does_not_know_of_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.write("a")
    note = world.store.outbox.sent

    async def down(key: str, message_id: int, *, now_ms: int) -> None:
        raise Unavailable("database", "gone")

    monkeypatch.setattr(world.store.outbox, "sent", down)
    with pytest.raises(Unavailable):
        await world.sender.send_due()
    await world.clock.advance(HELD_MS)
    with pytest.raises(Unavailable):
        await world.sender.send_due()
    monkeypatch.setattr(world.store.outbox, "sent", note)
    await world.sender.send_due()
    assert world.said == ["<b>a</b> &amp;"]
    assert await world.waiting() == 0


async def test_without_a_database_nothing_is_done(world: World) -> None:
    sender = OutboxSender(
        lambda: None,
        world.notifier,
        MESSAGES,
        world.clock,
        bot_id=lambda: BOT,
        has_room=lambda _: True,
        on_gone=lambda _: asyncio.sleep(0, 0),
    )
    assert await sender.send_due() == 0


@contextlib.asynccontextmanager
async def running(sender: OutboxSender) -> AsyncIterator[None]:
    task = asyncio.create_task(sender.run())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def test_it_looks_at_once_when_woken_and_else_when_something_is_due(world: World) -> None:
    async with asyncio.timeout(20), running(world.sender):
        await eventually(lambda: world.clock.sleeping > 0)
        await world.write("a")
        world.sender.wake()
        await eventually(lambda: len(world.said) == 1)
        await world.write("b", to=ANN)
        while len(world.said) < 2:
            await world.clock.advance(round(LOOK_S * 1000))
    assert world.said == ["<b>a</b> &amp;", "<b>b</b> &amp;"]


async def test_a_database_that_fails_is_tried_at_the_next_look(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim, failed = world.store.outbox.claim, list[int]()

    async def once_down(bot_id: int, *, now_ms: int, most: int) -> object:
        if not failed:
            failed.append(now_ms)
            raise Unavailable("database", "gone")
        return await claim(bot_id, now_ms=now_ms, most=most)

    monkeypatch.setattr(world.store.outbox, "claim", once_down)
    await world.write("a")
    async with asyncio.timeout(20), running(world.sender):
        while not world.said:
            await world.clock.advance(round(LOOK_S * 1000))
    assert world.said == ["<b>a</b> &amp;"]
    assert world.sender.waiting == 0


async def test_what_is_being_sent_when_the_process_stops_is_sent_and_noted(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, delivered = asyncio.Event(), asyncio.Event()
    send = world.notifier.send

    async def slowly(chat: ChatRef, content: MessageContent) -> MessageRef:
        begun.set()
        await delivered.wait()
        return await send(chat, content)

    monkeypatch.setattr(world.notifier, "send", slowly)
    await world.write("a", "b")
    async with asyncio.timeout(20):
        task = asyncio.create_task(world.sender.run())
        await begun.wait()
        task.cancel()
        asyncio.get_running_loop().call_soon(delivered.set)
        with pytest.raises(asyncio.CancelledError):
            await task
    assert world.said == ["<b>a</b> &amp;"]
    (left,) = await world.store.outbox.claim(BOT, now_ms=world.clock.now_ms(), most=9)
    assert left.message.key == "b"
