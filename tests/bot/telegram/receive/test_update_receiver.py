"""Updates from the sandbox to a handler: what arrives, in which order, and one bad update among good ones."""

import asyncio

import aiohttp
import pytest
from telegram.ext import ExtBot

from bot.telegram.receive.journal import Journal
from bot.telegram.receive.update_receiver import UpdateReceiver
from handlers.ports import CallbackQuery, ChatRef, IncomingMessage, InlineQuery
from tests.bot.conftest import InstantClock, People, bot_on
from tests.bot.telegram.receive.conftest import RecordingHandler, running
from tests.support.limits import PATIENCE_S
from utils.sandbox.telegram.server import TelegramSandbox
from utils.store.store import Store


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
