"""Drafts and guests as strictly as Telegram: private chats only, 30 seconds, a stop, one answer."""

from typing import Any

import pytest

from tests.sandbox.telegram.conftest import StepTime
from tests.sandbox.telegram.driver import Driver


async def drafts(driver: Driver, chat: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await driver.control("GET", f"/chats/{chat}/drafts"))["drafts"]
    return found


async def test_a_draft_shows_for_30_seconds_or_until_the_message(driver: Driver, time: StepTime) -> None:
    user = await driver.user()
    draft = {"chat_id": user, "draft_id": 5}
    assert await driver.result("sendMessageDraft", text="", **draft) is True
    assert (await drafts(driver, user))[0]["message"]["text"] == "Thinking…"
    await driver.result("sendMessageDraft", text="half", can_stop=True, **draft)
    (shown,) = await drafts(driver, user)
    assert (shown["message"]["text"], shown["can_stop"]) == ("half", True)
    time.advance(29_999)
    assert await drafts(driver, user)
    time.advance(1)
    assert await drafts(driver, user) == []
    await driver.result("sendMessageDraft", text="again", **draft)
    await driver.result("sendMessage", chat_id=user, text="whole")
    assert await drafts(driver, user) == []
    assert [record["message"]["text"] for record in await driver.records(user)] == ["whole"]


async def test_a_stop_reaches_the_bot_where_it_was_offered(driver: Driver) -> None:
    user = await driver.user()
    await driver.result("sendMessageDraft", chat_id=user, draft_id=5, text="half")
    await driver.control("POST", f"/chats/{user}/stop", {"draft_id": 5}, status=404)
    await driver.result("sendMessageDraft", chat_id=user, draft_id=5, text="half", can_stop=True)
    await driver.control("POST", f"/chats/{user}/stop", {"draft_id": 5})
    (update,) = [u for u in await driver.updates(offset=-1) if "stopped_message_generation" in u]
    stopped = update["stopped_message_generation"]
    assert (stopped["chat"]["id"], stopped["draft_id"]) == (user, 5)
    assert await drafts(driver, user) == []


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"draft_id": 0}, "draft identifier must be non-zero"),
        ({"text": "a" * 4097}, "message is too long"),
        ({"message_thread_id": 9}, "message thread not found"),
    ],
)
async def test_drafts_are_refused(driver: Driver, wrong: dict[str, Any], reason: str) -> None:
    user = await driver.user()
    body = await driver.bot("sendMessageDraft", **({"chat_id": user, "draft_id": 1, "text": "a"} | wrong))
    assert body["description"] == f"Bad Request: {reason}"


async def test_groups_have_no_drafts(driver: Driver) -> None:
    chat = (await driver.control("POST", "/chats", {"members": [await driver.user()]}))["id"]
    body = await driver.bot("sendMessageDraft", chat_id=chat, draft_id=1, text="a")
    assert body["description"] == "Bad Request: drafts can be sent only to private chats"


async def test_a_topic_of_a_private_chat_stays_with_its_messages(driver: Driver) -> None:
    user = await driver.user()
    chat = await driver.control("PATCH", f"/chats/{user}", {"topic": "BTC"})
    thread = chat["topics"][0]["message_thread_id"]
    await driver.say(user, "/t", thread=thread)
    (update,) = [u for u in await driver.updates(offset=-1) if "message" in u]
    assert (update["message"]["message_thread_id"], update["message"]["is_topic_message"]) == (thread, True)
    sent = await driver.result("sendMessage", chat_id=user, text="a", message_thread_id=thread)
    assert sent["message_thread_id"] == thread


async def test_a_guest_is_answered_once_where_the_bot_is_no_member(driver: Driver) -> None:
    user = await driver.user()
    chat = (await driver.control("POST", "/chats", {"members": [user], "bot": False}))["id"]
    asked = await driver.say(chat, "@SandboxBot /t btc", **{"from": user})
    await driver.say(chat, "nobody is named", **{"from": user})
    (update,) = [u for u in await driver.updates() if "guest_message" in u]
    query = update["guest_message"]["guest_query_id"]
    result = {"type": "article", "id": "1", "title": "t", "input_message_content": {"message_text": "card"}}
    answered = await driver.result("answerGuestQuery", guest_query_id=query, result=result)
    assert answered["inline_message_id"]
    last = (await driver.records(chat))[-1]["message"]
    assert (last["text"], last["reply_to_message"]["message_id"]) == ("card", asked["message_id"])
    again = await driver.bot("answerGuestQuery", guest_query_id=query, result=result)
    assert again["error_code"] == 400
    assert (await driver.bot("sendMessage", chat_id=chat, text="a"))["error_code"] == 403
