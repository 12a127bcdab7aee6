"""Previews, guests and topics against the sandbox: what Telegram takes, and what is remembered where it does not."""

from typing import Any

import pytest
from telegram.ext import ExtBot

from bot.telegram.send.form_memory import REMEMBERED_S
from bot.telegram.send.notifier import TelegramNotifier
from handlers.ports import ChatRef, InlineCard
from handlers.render.words import moment_tag
from tests.bot.conftest import InstantClock, People
from tests.bot.telegram.send.samples import content


async def test_a_preview_can_be_stopped_and_costs_no_room(
    notifier: TelegramNotifier, people: People, ada: ChatRef, instant_clock: InstantClock
) -> None:
    for _ in range(10):
        assert await notifier.draft(ada, 7, content())
    assert instant_clock.slept == 0
    (shown,) = (await people.call("GET", f"/chats/{ada.chat_id}/drafts"))["drafts"]
    assert (shown["draft_id"], shown["can_stop"], shown["message"]["text"]) == (7, True, "hi there")


async def test_a_server_without_previews_is_asked_once_a_day(
    notifier: TelegramNotifier, people: People, ada: ChatRef, instant_clock: InstantClock
) -> None:
    await people.call("PUT", "/lacks", {"features": ["drafts"]})
    for _ in range(2):
        assert not await notifier.draft(ada, 7, content())
    assert await people.calls("sendMessageDraft") == 1
    await people.call("PUT", "/lacks", {"features": []})
    await instant_clock.sleep(REMEMBERED_S)
    assert await notifier.draft(ada, 7, content())


@pytest.mark.parametrize(
    "fault", [{"retry_after": {"s": 3}}, {"status": {"code": 502}}, {"status": {"code": 500}}]
)
async def test_a_preview_that_fails_now_is_tried_again(
    notifier: TelegramNotifier,
    people: People,
    ada: ChatRef,
    fault: dict[str, object],
    instant_clock: InstantClock,
) -> None:
    await people.fault(fault, method="sendMessageDraft")
    assert not await notifier.draft(ada, 7, content())
    assert await notifier.draft(ada, 7, content())
    assert instant_clock.slept == 0


async def test_a_guest_is_answered_once(notifier: TelegramNotifier, people: People, api: ExtBot[int]) -> None:
    ada = await people.join()
    made = await people.call("POST", "/chats", {"members": [ada.chat_id], "bot": False, "type": "group"})
    group = ChatRef(made["id"], "group")
    await people.say(group, "@SandboxBot /t btc", **{"from": ada.chat_id})
    updates: Any = await api.request.post(f"{api.base_url}/getUpdates")
    (query,) = [u["guest_message"]["guest_query_id"] for u in updates if "guest_message" in u]
    await notifier.answer_guest(query, InlineCard("1", "t", "", moment_tag(0, "UTC", "en")))
    assert (await people.texts(group)) == ["1 Jan 1970 00:00 UTC"]
    await notifier.answer_guest(query, InlineCard("1", "t", "", "again"))
    assert len(await people.texts(group)) == 1


async def test_a_topic_of_a_private_chat_is_kept(
    notifier: TelegramNotifier, people: People, ada: ChatRef
) -> None:
    chat = await people.call("PATCH", f"/chats/{ada.chat_id}", {"topic": "BTC"})
    topic = ChatRef(ada.chat_id, "private", chat["topics"][0]["message_thread_id"])
    assert await notifier.draft(topic, 7, content())
    await notifier.send(topic, content())
    (record,) = [r for r in await people.messages(ada) if "text" in r["message"]]
    assert record["message"]["message_thread_id"] == topic.thread_id


async def test_who_writes_to_a_channel_is_answered_in_their_topic(
    notifier: TelegramNotifier, people: People
) -> None:
    group = await people.group(members=[(await people.join()).chat_id])
    await notifier.send(ChatRef(group.chat_id, "supergroup", direct_topic_id=12), content())
    calls = (await people.call("GET", "/calls"))["calls"]
    assert calls[-1]["query"]["direct_messages_topic_id"] == "12"
