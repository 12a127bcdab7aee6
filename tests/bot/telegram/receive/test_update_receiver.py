"""Updates from the sandbox to a handler: polling, webhook, faults, and one bad update among good ones."""

import asyncio
import contextlib
import json
import socket
import time
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from structlog.testing import capture_logs
from telegram.ext import ExtBot

from bot.telegram.receive.journal import Journal
from bot.telegram.receive.update_receiver import (
    FULL_BATCH,
    LATE_MS,
    MOST_ATTEMPTS,
    MOST_KINDS_TOLD,
    UpdateReceiver,
)
from bot.telegram.receive.webhook import SECRET_HEADER, Webhook
from bot.telegram.request import AiohttpRequest
from bot.telegram.send.limiter import PerChatRateLimiter
from handlers.ports import (
    CallbackQuery,
    ChatRef,
    GuestQuery,
    IncomingMessage,
    InlineQuery,
    StoppedDraft,
    Undeliverable,
)
from tests.bot.conftest import InstantClock, People, bot_on
from tests.support.limits import PATIENCE_S
from utils.http.errors import Misconfigured
from utils.sandbox.telegram.server import TelegramSandbox
from utils.store.outbox import Destination, Outgoing
from utils.store.store import Store, open_store

BOT_ID = 1


AnyIncoming = IncomingMessage | CallbackQuery | InlineQuery | GuestQuery | StoppedDraft


class RecordingHandler:
    """Records what it is given; `/boom` raises, `/gone` cannot be answered, `/wait` is held until released."""

    def __init__(self) -> None:
        self.got: asyncio.Queue[AnyIncoming] = asyncio.Queue()
        self.release = asyncio.Event()
        self.late: list[list[IncomingMessage]] = []
        self.given_up: list[IncomingMessage] = []
        self.looked_for: list[tuple[str, int, frozenset[int]]] = []
        self.unreadable: list[str] = []

    async def on_message(self, message: IncomingMessage) -> None:
        if message.text == "/boom":
            raise ZeroDivisionError("a fault in a handler")
        if message.text == "/gone":
            raise Undeliverable(message.chat.chat_id, "blocked", gone=True)
        if message.text == "/wait":
            await self.release.wait()
        await self.got.put(message)

    async def on_guest_query(self, query: GuestQuery) -> None:
        await self.got.put(query)

    async def on_stopped_draft(self, stopped: StoppedDraft) -> None:
        await self.got.put(stopped)

    async def on_late_messages(self, messages: Sequence[IncomingMessage]) -> bool:
        if all(message.text == "chatter" for message in messages):
            return False
        self.late.append(list(messages))
        await self.got.put(messages[-1])
        return True

    async def on_given_up(self, message: IncomingMessage) -> None:
        self.given_up.append(message)
        await self.got.put(message)

    async def on_unreadable(self, kind: str) -> None:
        self.unreadable.append(kind)

    async def find_placeholder(
        self, message: IncomingMessage, after_id: int, others: frozenset[int]
    ) -> int | None:
        self.looked_for.append((message.text, after_id, others))
        return after_id + 1

    async def on_callback_query(self, query: CallbackQuery) -> None:
        await self.got.put(query)

    async def on_inline_query(self, query: InlineQuery) -> None:
        await self.got.put(query)

    async def next(self) -> AnyIncoming:
        return await asyncio.wait_for(self.got.get(), PATIENCE_S)


@contextlib.asynccontextmanager
async def running(receiver: UpdateReceiver) -> AsyncIterator["asyncio.Task[None]"]:
    await receiver.open()
    receiving = asyncio.ensure_future(receiver.run())
    try:
        yield receiving
    finally:
        receiving.cancel()
        await asyncio.gather(receiving, return_exceptions=True)
        await receiver.close()


@pytest.fixture
def handler() -> RecordingHandler:
    return RecordingHandler()


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with open_store(f"sqlite:///{tmp_path / 'bot.db'}") as opened:
        yield opened


@pytest.fixture
def process(
    telegram: TelegramSandbox,
    session: aiohttp.ClientSession,
    instant_clock: InstantClock,
    handler: RecordingHandler,
    store: Store,
) -> Callable[[], UpdateReceiver]:
    """Begins one process after the other on the same database."""

    def begin() -> UpdateReceiver:
        journal = Journal(lambda: store, instant_clock)
        bot = bot_on(telegram, session, instant_clock)
        return UpdateReceiver(bot, handler, instant_clock, journal=journal)

    return begin


@pytest.fixture
def receiver(
    telegram: TelegramSandbox,
    session: aiohttp.ClientSession,
    instant_clock: InstantClock,
    handler: RecordingHandler,
    store: Store,
) -> UpdateReceiver:
    journal = Journal(lambda: store, instant_clock)
    return UpdateReceiver(bot_on(telegram, session, instant_clock), handler, instant_clock, journal=journal)


async def test_what_becomes_of_chats_is_noted_and_done_with(
    telegram: TelegramSandbox,
    session: aiohttp.ClientSession,
    instant_clock: InstantClock,
    handler: RecordingHandler,
    store: Store,
    people: People,
) -> None:
    moved, seen = asyncio.Queue[tuple[int, int]](), asyncio.Queue[tuple[int, bool]]()
    receiver = UpdateReceiver(
        bot_on(telegram, session, instant_clock),
        handler,
        instant_clock,
        journal=Journal(lambda: store, instant_clock),
        on_moved=lambda *ids: moved.put_nowait(ids),
        on_status=lambda *facts: seen.put_nowait(facts),
    )
    ada = await people.join()
    group = await people.group(type="group", members=[ada.chat_id])
    async with running(receiver):
        facts = await people.call("PATCH", f"/chats/{group.chat_id}", {"migrate": True})
        told = [await asyncio.wait_for(moved.get(), PATIENCE_S) for _ in range(2)]
        for blocked in (True, False):
            await people.call("PATCH", f"/chats/{ada.chat_id}", {"blocked": blocked})
        statuses: list[tuple[int, bool]] = []
        while statuses[-2:] != [(ada.chat_id, False), (ada.chat_id, True)]:
            statuses.append(await asyncio.wait_for(seen.get(), PATIENCE_S))
        await people.say(ada, "/t btc")
        await handler.next()
    assert told == [(group.chat_id, facts["migrated_to"])] * 2
    assert receiver.unreadable.total() == 0


async def test_messages_button_presses_and_inline_queries_arrive(
    receiver: UpdateReceiver, handler: RecordingHandler, people: People, api: ExtBot[int]
) -> None:
    ada = await people.join(first_name="Ada", last_name="L", language_code="tr")
    async with running(receiver):
        asked = await people.say(ada, "/t btc")
        message = await handler.next()
        assert isinstance(message, IncomingMessage)
        assert (message.text, message.message_id, message.chat) == ("/t btc", asked, ada)
        assert (message.person.name, message.person.language) == ("Ada L", "tr")
        sent = await api.send_message(ada.chat_id, "card")
        press = {"from": ada.chat_id, "chat": ada.chat_id, "message": sent.message_id, "data": "1|r|t"}
        await people.call("POST", "/callbacks", press)
        pressed = await handler.next()
        assert isinstance(pressed, CallbackQuery)
        assert pressed.data == "1|r|t"
        assert pressed.message is not None
        assert pressed.message.message_id == sent.message_id
        await people.call("POST", "/inline", {"from": ada.chat_id, "query": "btc 4h"})
        inline = await handler.next()
        assert isinstance(inline, InlineQuery)
        assert inline.text == "btc 4h"


async def test_a_topic_is_kept_and_a_plain_reply_is_no_topic(
    receiver: UpdateReceiver, handler: RecordingHandler, people: People
) -> None:
    ada = await people.join()
    forum = await people.group(is_forum=True, topics=["Markets"])
    group = await people.group()
    state = await people.call("GET", "/state")
    topic = next(c for c in state["chats"] if c["id"] == forum.chat_id)["topics"][0]["message_thread_id"]
    async with running(receiver):
        await people.say(forum, "/t", thread=topic, **{"from": ada.chat_id})
        first = await handler.next()
        await people.say(group, "/t", **{"from": ada.chat_id})
        second = await handler.next()
    assert isinstance(first, IncomingMessage)
    assert isinstance(second, IncomingMessage)
    assert first.chat == ChatRef(forum.chat_id, "supergroup", topic)
    assert second.chat == ChatRef(group.chat_id, "supergroup", None)


async def test_a_bad_update_does_not_affect_the_others(
    receiver: UpdateReceiver, handler: RecordingHandler, people: People
) -> None:
    ada, bob = await people.join(), await people.join()
    async with running(receiver):
        await people.say(bob, "/wait")
        await people.say(ada, "/boom")
        await people.say(ada, "/gone")
        await people.call("POST", "/updates", {"raw": {"poll": {"nonsense": True}}})
        nameless = {"message_id": 9, "date": 1, "chat": {"id": ada.chat_id}, "from": {"id": ada.chat_id}}
        await people.call("POST", "/updates", {"raw": {"message": {**nameless, "text": "/odd"}}})
        odd = await handler.next()
        assert isinstance(odd, IncomingMessage)
        assert odd.text == "/odd"
        await people.say(ada, "/t")
        last = await handler.next()
        assert isinstance(last, IncomingMessage)
        assert last.text == "/t"
        assert receiver.failed == 1
        handler.release.set()
        await handler.next()


async def test_in_a_group_nobody_waits_for_what_another_member_asks(
    receiver: UpdateReceiver, handler: RecordingHandler, people: People
) -> None:
    ada, bob = await people.join(), await people.join()
    group = await people.group(members=[ada.chat_id, bob.chat_id])
    async with running(receiver):
        await people.say(group, "/wait", **{"from": ada.chat_id})
        await people.say(group, "/own", **{"from": ada.chat_id})
        await people.say(group, "/t", **{"from": bob.chat_id})
        first = await handler.next()
        handler.release.set()
        others = [await handler.next() for _ in range(2)]
    said = [one.text for one in (first, *others) if isinstance(one, IncomingMessage)]
    assert said == ["/t", "/wait", "/own"]


async def test_polling_goes_on_after_errors_with_growing_delays(
    receiver: UpdateReceiver, handler: RecordingHandler, people: People, instant_clock: InstantClock
) -> None:
    ada = await people.join()
    async with running(receiver):
        await people.fault({"status": {"code": 500}}, count=3, method="getUpdates")
        await people.say(ada, "/one")
        await handler.next()
        await people.say(ada, "/two")
        await handler.next()
    assert instant_clock.slept >= 1 + 2 + 4
    assert receiver.poller is not None
    assert receiver.poller.last_error is None


async def test_start_waits_for_telegram(
    receiver: UpdateReceiver, handler: RecordingHandler, people: People, instant_clock: InstantClock
) -> None:
    ada = await people.join()
    await people.fault({"status": {"code": 502}}, count=2, method="getMe")
    async with running(receiver):
        await people.say(ada, "/t")
        await handler.next()
    assert instant_clock.slept == pytest.approx(3.0)


async def test_a_refused_token_is_a_misconfiguration_that_does_not_show_it(
    session: aiohttp.ClientSession, handler: RecordingHandler, instant_clock: InstantClock
) -> None:
    server = TelegramSandbox("127.0.0.1:0", token="1:right")
    await server.start()
    wrong = "2:wrong-token-of-somebody-else"
    bot: ExtBot[int] = ExtBot(
        wrong,
        base_url=server.api_url,
        request=AiohttpRequest(session),
        get_updates_request=AiohttpRequest(session),
        rate_limiter=PerChatRateLimiter(instant_clock),
    )
    receiver = UpdateReceiver(bot, handler, instant_clock)
    with pytest.raises(Misconfigured) as caught:
        await receiver.open()
    await receiver.close()
    await server.stop()
    assert "TELEGRAM_BOT_TOKEN" in caught.value.what_to_do
    assert wrong not in f"{caught.value} {caught.value.what_to_do}"


async def test_fetched_updates_are_not_delivered_again(
    telegram: TelegramSandbox,
    session: aiohttp.ClientSession,
    instant_clock: InstantClock,
    handler: RecordingHandler,
    people: People,
) -> None:
    ada = await people.join()
    for text in ("/one", "/two"):
        async with running(UpdateReceiver(bot_on(telegram, session, instant_clock), handler, instant_clock)):
            await people.say(ada, text)
            got = await handler.next()
            assert isinstance(got, IncomingMessage)
            assert got.text == text
    assert handler.got.empty()


async def test_close_does_not_wait_for_an_answer_that_hangs(
    receiver: UpdateReceiver, handler: RecordingHandler, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.telegram.receive.update_receiver.DRAIN_S", 0.05)
    ada, bob = await people.join(), await people.join()
    async with running(receiver):
        await people.say(ada, "/wait")
        await people.say(bob, "/after")
        await handler.next()
    assert handler.got.empty()


async def status_of_secret(port: int, secret: bytes) -> int:
    """Return the status of a delivery with a secret that no client library would send."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    head = b"POST /hook HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Length: 2\r\n"
    writer.write(head + SECRET_HEADER.encode() + b": " + secret + b"\r\n\r\n{}")
    status = int((await reader.readline()).split()[1])
    writer.close()
    await writer.wait_closed()
    return status


async def test_webhook_delivers_with_its_secret(
    telegram: TelegramSandbox,
    session: aiohttp.ClientSession,
    instant_clock: InstantClock,
    handler: RecordingHandler,
    people: People,
) -> None:
    ada = await people.join()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}/hook"
    webhook, known = Webhook(url, "127.0.0.1", port, "s3cret"), {SECRET_HEADER: "s3cret"}
    async with running(
        UpdateReceiver(bot_on(telegram, session, instant_clock), handler, instant_clock, webhook=webhook)
    ):
        await people.say(ada, "/t")
        got = await handler.next()
        async with session.post(url, json={"update_id": 1}) as forged:
            assert forged.status == 403
        assert await status_of_secret(port, b"\xff") == 403
        async with session.post(url, data=b"[" * 100_000, headers=known) as deep:
            assert deep.status == 400
        strange = known | {"Content-Type": "application/json; charset=none-such"}
        async with session.post(url, data=b"{}", headers=strange) as unknown:
            assert unknown.status == 400
    assert isinstance(got, IncomingMessage)
    assert got.text == "/t"


async def test_a_webhook_that_cannot_listen_is_a_misconfiguration(
    telegram: TelegramSandbox,
    session: aiohttp.ClientSession,
    instant_clock: InstantClock,
    handler: RecordingHandler,
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        webhook = Webhook(f"http://127.0.0.1:{port}/hook", "127.0.0.1", port, "s3cret")
        receiver = UpdateReceiver(
            bot_on(telegram, session, instant_clock), handler, instant_clock, webhook=webhook
        )
        with pytest.raises(Misconfigured) as caught:
            await receiver.open()
        await receiver.close()
    assert "WEBHOOK_BIND" in caught.value.what_to_do


async def test_polling_removes_a_webhook_first(
    receiver: UpdateReceiver, handler: RecordingHandler, people: People, api: ExtBot[int]
) -> None:
    ada = await people.join()
    await api.set_webhook("http://127.0.0.1:9/hook")
    async with running(receiver):
        await people.say(ada, "/t")
        await handler.next()
    assert (await api.get_webhook_info()).url == ""


async def test_polling_waits_as_long_as_telegram_asks(
    receiver: UpdateReceiver, handler: RecordingHandler, people: People, instant_clock: InstantClock
) -> None:
    ada = await people.join()
    await people.fault({"retry_after": {"s": 50}}, count=1, method="getUpdates")
    async with running(receiver):
        await people.say(ada, "/t")
        await handler.next()
    assert instant_clock.slept >= 50


async def test_the_delay_between_failed_polls_doubles_up_to_half_a_minute_and_starts_anew(
    receiver: UpdateReceiver, handler: RecordingHandler, people: People, instant_clock: InstantClock
) -> None:
    ada = await people.join()
    await people.fault({"status": {"code": 500}}, count=7, method="getUpdates")
    with capture_logs() as logs:
        async with running(receiver):
            await people.say(ada, "/one")
            await handler.next()
            assert instant_clock.slept == 1 + 2 + 4 + 8 + 16 + 30 + 30
            await people.fault({"status": {"code": 500}}, count=1, method="getUpdates")
            for text in ("/two", "/three"):
                await people.say(ada, text)
                await handler.next()
    assert instant_clock.slept == 91 + 1
    warnings = [log for log in logs if log["event"] == "no updates from telegram, retrying"]
    assert len(warnings) == 2


async def test_another_process_polling_is_named_in_the_warning(
    receiver: UpdateReceiver, handler: RecordingHandler, people: People
) -> None:
    ada = await people.join()
    await people.fault({"status": {"code": 409}}, count=1, method="getUpdates")
    with capture_logs() as logs:
        async with running(receiver):
            await people.say(ada, "/t")
            await handler.next()
    (warning,) = [log for log in logs if log["event"] == "no updates from telegram, retrying"]
    assert "other process" in warning["hint"]


async def test_every_message_is_reported_before_it_is_handled(
    telegram: TelegramSandbox,
    session: aiohttp.ClientSession,
    instant_clock: InstantClock,
    handler: RecordingHandler,
    people: People,
) -> None:
    ada = await people.join()
    received: list[tuple[ChatRef, int]] = []
    receiver = UpdateReceiver(
        bot_on(telegram, session, instant_clock),
        handler,
        instant_clock,
        on_received=lambda chat, message_id: received.append((chat, message_id)),
    )
    bob = await people.join()
    async with running(receiver):
        asked = await people.say(ada, "/wait")
        await people.say(bob, "/t")
        await handler.next()
        assert received[0] == (ada, asked)
        handler.release.set()
        await handler.next()


async def test_what_was_not_answered_is_answered_by_the_next_process(
    process: Callable[[], UpdateReceiver],
    handler: RecordingHandler,
    people: People,
    store: Store,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bot.telegram.receive.update_receiver.DRAIN_S", 0.05)
    ada, bob, eve = await people.join(), await people.join(), await people.join()

    async with running(process()):
        await people.say(ada, "/wait")
        await people.say(ada, "/behind")
        await people.say(eve, "/wait")
        await people.say(bob, "/answered")
        await handler.next()
    rows = await store.telegram_updates.unanswered(BOT_ID)
    assert [json.loads(row.raw)["message"]["text"] for row in rows] == ["/wait", "/behind", "/wait"]
    await store.telegram_updates.placing(BOT_ID, rows[0].update_id, 50)
    await store.telegram_updates.placed(BOT_ID, rows[2].update_id, 60)
    handler.release.set()
    async with running(process()):
        answered = [await handler.next() for _ in range(3)]
        await people.say(bob, "/new")
        new = await handler.next()
    assert all(isinstance(message, IncomingMessage) for message in answered)
    by_text = {
        (message.chat, message.text): message.record.placeholder_id
        for message in answered
        if isinstance(message, IncomingMessage)
    }
    assert by_text == {(ada, "/wait"): 51, (ada, "/behind"): None, (eve, "/wait"): 60}
    assert handler.looked_for == [("/wait", 50, frozenset())]
    assert isinstance(new, IncomingMessage)
    assert new.text == "/new"
    assert await store.telegram_updates.unanswered(BOT_ID) == ()


async def test_pushes_and_placeholders_of_other_questions_are_not_taken_for_an_answer(
    process: Callable[[], UpdateReceiver], handler: RecordingHandler, people: People, store: Store
) -> None:
    ada, bob, eve = [await people.join() for _ in range(3)]

    async with running(process()):
        for chat in (ada, ada, ada, bob):
            await people.say(chat, "/wait")
        await people.say(eve, "/received")
        await handler.next()
    rows = await store.telegram_updates.unanswered(BOT_ID)
    for number, row in enumerate(rows):
        if number == 1:
            await store.telegram_updates.placed(BOT_ID, row.update_id, 53)
        else:
            await store.telegram_updates.placing(BOT_ID, row.update_id, 50 + number)
    for key, chat, message_id in (("a", ada, 52), ("b", ada, 50), ("c", bob, 51)):
        to = Destination(BOT_ID, chat.chat_id, "private")
        await store.outbox.put([Outgoing(key, to, {}, 1, 2)], now_ms=1)
        await store.outbox.sent(key, message_id, now_ms=1)
    handler.release.set()
    async with running(process()):
        for _ in range(4):
            await handler.next()
    assert handler.looked_for == [
        ("/wait", 50, frozenset({52, 53})),
        ("/wait", 52, frozenset({51, 53})),  # 51 is what was found before
        ("/wait", 53, frozenset()),
    ]


async def test_an_update_that_ends_every_process_is_given_up(
    receiver: UpdateReceiver, handler: RecordingHandler, people: People, store: Store
) -> None:
    ada = await people.join()
    message = {"message_id": 5, "date": 1, "chat": {"id": ada.chat_id, "type": "private"}, "text": "/t"}
    sender = {"id": ada.chat_id, "is_bot": False, "first_name": "Ada"}
    raw_update = {"update_id": 900, "message": {**message, "from": sender}}
    await store.telegram_updates.add(BOT_ID, [(900, json.dumps(raw_update))], now_ms=1)
    for _ in range(MOST_ATTEMPTS):
        await store.telegram_updates.unanswered(BOT_ID)
    pressed = {"id": "7", "from": sender, "chat_instance": "c", "data": "1|r|t"}
    await store.telegram_updates.add(
        BOT_ID, [(901, json.dumps({"update_id": 901, "callback_query": pressed}))], now_ms=1
    )
    for _ in range(MOST_ATTEMPTS):
        await store.telegram_updates.unanswered(BOT_ID)
    async with running(receiver):
        await handler.next()
    assert handler.got.empty()
    assert [message.text for message in handler.given_up] == ["/t"]


def late_update(update_id: int, chat: ChatRef, text: str = "/t") -> dict[str, Any]:
    person = {"id": chat.chat_id, "is_bot": False, "first_name": "Ada"}
    message = {"message_id": update_id, "date": 1, "text": text, "from": person}
    return {"update_id": update_id, "message": {**message, "chat": {"id": chat.chat_id, "type": "private"}}}


async def test_commands_from_long_before_the_start_get_one_answer_per_chat(
    telegram: TelegramSandbox,
    session: aiohttp.ClientSession,
    instant_clock: InstantClock,
    handler: RecordingHandler,
    people: People,
    store: Store,
) -> None:
    ada, bob = await people.join(), await people.join()
    for text in ("/t btc", "/t eth"):
        await people.say(ada, text)
    await people.say(bob, "/t sol")
    await instant_clock.advance(round(time.time() * 1000) - instant_clock.now_ms() + LATE_MS + 120_000)
    journal = Journal(lambda: store, instant_clock)
    receiver = UpdateReceiver(
        bot_on(telegram, session, instant_clock), handler, instant_clock, journal=journal
    )
    await receiver.take([late_update(number, ada, "chatter") for number in range(600, 600 + FULL_BATCH)])
    await instant_clock.advance(120_000)  # Telegram may be out of reach for longer than a minute at first
    await receiver.take([late_update(number, ada) for number in range(800, 800 + FULL_BATCH)])
    async with running(receiver):
        for _ in range(2):
            await handler.next()
        fresh = await people.say(ada, "/now")
        assert isinstance(now := await handler.next(), IncomingMessage)
        assert (now.text, now.message_id) == ("/now", fresh)
        async with asyncio.timeout(PATIENCE_S):
            while await store.telegram_updates.unanswered(BOT_ID):  # noqa: ASYNC110 - the database tells nobody
                await asyncio.sleep(0)
    assert {late[0].chat: len(late) for late in handler.late} == {ada: FULL_BATCH, bob: 1}
    assert len(handler.late) == len({ada, bob})


ODD: dict[str, Any] = {
    "message": {"message_id": 3, "date": 1, "from": {"id": 7}, "text": "/t", "chatt": {"id": 7}},
    "subscription": {"user": {"id": 7}, "state": "active"},
}


async def test_updates_that_cannot_be_read_are_counted_kept_and_told_once_a_kind(
    receiver: UpdateReceiver, handler: RecordingHandler, store: Store
) -> None:
    good = {"message_id": 4, "chat": {"id": 7, "type": "private"}, "from": {"id": 7}, "text": "/t"}
    async with running(receiver):
        raws = [{"update_id": 900, "message": good}]
        raws += [{"update_id": 901 + number, "message": ODD["message"]} for number in range(5)]
        raws += [{"update_id": 910, "subscription": ODD["subscription"]}, {"update_id": 911, "message": good}]
        assert await receiver.take(raws) == len(raws)
        answered = [await handler.next() for _ in range(2)]
        assert [one.person.id for one in answered if isinstance(one, IncomingMessage)] == [7, 7]
    assert receiver.unreadable == {"message": 5, "subscription": 1}
    assert sorted(handler.unreadable) == ["message", "subscription"]
    assert receiver.failed == 0
    async with store.database.read() as connection:
        query = "SELECT raw FROM telegram_update WHERE raw <> '' AND done_at IS NOT NULL ORDER BY update_id"
        kept = [json.loads(row[0]) for row in (await connection.exec_driver_sql(query)).all()]
    assert kept == [raw for raw in raws if raw.get("message") != good]


async def test_owners_are_not_told_of_endless_kinds(
    receiver: UpdateReceiver, handler: RecordingHandler
) -> None:
    async with running(receiver):
        await receiver.take([{"update_id": 900 + number, f"kind_{number}": {}} for number in range(40)])
        await receiver.take([{"update_id": 990, "k" * 5000: {}}])
    assert len(handler.unreadable) == MOST_KINDS_TOLD
    assert sum(receiver.unreadable.values()) == 41
    assert all(len(kind) <= 40 for kind in receiver.unreadable)


async def test_without_a_database_an_unreadable_update_is_confirmed(
    telegram: TelegramSandbox,
    session: aiohttp.ClientSession,
    instant_clock: InstantClock,
    handler: RecordingHandler,
) -> None:
    journal = Journal(lambda: None, instant_clock)
    bot = bot_on(telegram, session, instant_clock)
    receiver = UpdateReceiver(bot, handler, instant_clock, journal=journal)
    async with running(receiver):
        await receiver.take([{"update_id": 900, **ODD}])
        assert journal.confirmable(901) == 901
