"""What a process left unanswered: the next one answers it once, gives it up, or says that it came too late."""

import asyncio
import json
import time
from collections.abc import Callable
from typing import Any

import aiohttp
import pytest

from bot.telegram.receive.journal import Journal
from bot.telegram.receive.update_receiver import FULL_BATCH, LATE_MS, MOST_ATTEMPTS, UpdateReceiver
from handlers.ports import ChatRef, IncomingMessage
from tests.bot.conftest import InstantClock, People, bot_on
from tests.bot.telegram.receive.conftest import BOT_ID, RecordingHandler, running
from tests.support.limits import PATIENCE_S
from utils.sandbox.telegram.server import TelegramSandbox
from utils.store.outbox import Destination, Outgoing
from utils.store.store import Store


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
