"""Ephemeral messages as strictly as Telegram: who may be sent one and when, their ids, and what names them."""

from typing import Any

import pytest

from tests.sandbox.telegram.conftest import StepTime
from tests.sandbox.telegram.driver import Driver, png

BUTTON = {"inline_keyboard": [[{"text": "x", "callback_data": "1"}]]}
NOT_ALLOWED = "ephemeral message can't be sent to the user"


async def group(driver: Driver, **facts: Any) -> tuple[int, int]:
    user = await driver.user()
    made = await driver.control("POST", "/chats", {"type": "supergroup", "members": [user], **facts})
    return user, int(made["id"])


async def send(driver: Driver, chat: int, user: int, **more: Any) -> dict[str, Any]:
    named = {"receiver_user_id": user, **more}
    return await driver.bot("sendMessage", chat_id=chat, text="a", ephemeral_message_parameters=named)


def why(body: dict[str, Any]) -> str:
    assert body["error_code"] == 400, body
    return str(body["description"]).removeprefix("Bad Request: ")


async def press(driver: Driver, chat: int, user: int) -> str:
    sent = await driver.result("sendMessage", chat_id=chat, text="card", reply_markup=BUTTON)
    body = {"chat": chat, "message": sent["message_id"], "from": user, "button": "x"}
    return str((await driver.control("POST", "/callbacks", body))["id"])


async def whispered(driver: Driver, chat: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await driver.control("GET", f"/chats/{chat}/messages?ephemeral"))[
        "messages"
    ]
    return found


async def test_a_bot_without_rights_answers_presses_for_15_seconds(driver: Driver, time: StepTime) -> None:
    user, chat = await group(driver)
    assert why(await send(driver, chat, user)) == NOT_ALLOWED
    query = await press(driver, chat, user)
    time.advance(15_000)
    sent = (await send(driver, chat, user, callback_query_id=query))["result"]
    assert (sent["message_id"], sent["ephemeral_message_id"]) == (0, 1)
    assert sent["receiver_user"]["id"] == user
    time.advance(1)
    assert why(await send(driver, chat, user, callback_query_id=query)) == "QUERY_ID_INVALID"


async def test_a_press_answers_for_its_presser_alone_and_may_leave_the_chat_out(driver: Driver) -> None:
    user, chat = await group(driver)
    other = await driver.user()
    query = await press(driver, chat, user)
    assert why(await send(driver, chat, other, callback_query_id=query)) == "QUERY_ID_INVALID"
    named = {"receiver_user_id": user, "callback_query_id": query}
    sent = await driver.result("sendMessage", text="a", ephemeral_message_parameters=named)
    assert sent["chat"]["id"] == chat


async def test_an_ephemeral_message_may_be_answered_for_15_seconds(driver: Driver, time: StepTime) -> None:
    user, chat = await group(driver)
    said = await driver.say(chat, "/help", ephemeral=True, **{"from": user})
    assert (said["message_id"], said["ephemeral_message_id"]) == (0, 1)
    (update,) = [u for u in await driver.updates(offset=-1) if "message" in u]
    assert update["message"]["ephemeral_message_id"] == 1
    time.advance(15_000)
    assert (await send(driver, chat, user))["ok"]
    time.advance(1)
    assert why(await send(driver, chat, user)) == NOT_ALLOWED


async def test_an_administrator_needs_neither(driver: Driver, time: StepTime) -> None:
    user, chat = await group(driver, bot_admin=True)
    time.advance(60_000)
    assert (await send(driver, chat, user))["ok"]
    stranger = await driver.user()
    assert why(await send(driver, chat, stranger)) == "PARTICIPANT_ID_INVALID"


async def test_a_private_chat_has_none_without_a_press(driver: Driver) -> None:
    user = await driver.user()
    assert why(await send(driver, user, user)) == "ephemeral messages can be sent only to groups"
    query = await press(driver, user, user)
    assert (await send(driver, user, user, callback_query_id=query))["ok"]


async def test_a_command_of_a_menu_that_says_so_is_seen_by_the_bot_alone(driver: Driver) -> None:
    user, chat = await group(driver)
    commands = [
        {"command": "help", "description": "a", "is_ephemeral": True},
        {"command": "t", "description": "b"},
    ]
    await driver.result("setMyCommands", commands=commands)
    assert (await driver.result("getMyCommands"))[0]["is_ephemeral"] is True
    assert "ephemeral_message_id" in await driver.say(chat, "/help t", **{"from": user})
    assert "ephemeral_message_id" not in await driver.say(chat, "/t btc", **{"from": user})
    assert "ephemeral_message_id" not in await driver.say(user, "/help")


async def test_edits_and_deletions_name_the_person_and_the_own_id(driver: Driver) -> None:
    user, chat = await group(driver, bot_admin=True)
    await send(driver, chat, user)
    target = {"chat_id": chat, "receiver_user_id": user, "ephemeral_message_id": 1}
    assert await driver.result("editEphemeralMessageText", text="b", reply_markup=BUTTON, **target) is True
    unchanged = await driver.bot("editEphemeralMessageText", text="b", reply_markup=BUTTON, **target)
    assert why(unchanged).startswith("message is not modified")
    assert await driver.result("editEphemeralMessageReplyMarkup", **target) is True
    captioned = await driver.bot("editEphemeralMessageCaption", caption="c", **target)
    assert why(captioned) == "there is no caption in the message to edit"
    (record,) = await whispered(driver, chat)
    assert (record["message"]["text"], record["only_for"], len(record["history"])) == ("b", user, 2)
    for wrong in ({"ephemeral_message_id": 2}, {"receiver_user_id": user + 1}):
        body = await driver.bot("editEphemeralMessageText", text="c", **(target | wrong))
        assert why(body) == "message to edit not found"
    ordinary = await driver.bot("editMessageText", chat_id=chat, message_id=0, text="c")
    assert why(ordinary) == "message identifier is not specified"
    assert await driver.result("deleteEphemeralMessage", **target) is True
    assert why(await driver.bot("deleteEphemeralMessage", **target)) == "message to delete not found"
    assert (await send(driver, chat, user))["result"]["ephemeral_message_id"] == 1  # used again


async def test_pictures_are_whispered_and_exchanged(driver: Driver) -> None:
    user, chat = await group(driver, bot_admin=True)
    named = f'{{"receiver_user_id": {user}}}'
    sent = await driver.upload(
        "sendPhoto", "photo", png(), chat_id=str(chat), caption="a", ephemeral_message_parameters=named
    )
    assert sent["result"]["ephemeral_message_id"] == 1
    target = {"chat_id": chat, "receiver_user_id": user, "ephemeral_message_id": 1}
    assert await driver.result("editEphemeralMessageCaption", caption="b", **target)
    media = {"type": "photo", "media": sent["result"]["photo"][-1]["file_id"], "caption": "c"}
    assert await driver.result("editEphemeralMessageMedia", media=media, **target)
    assert (await whispered(driver, chat))[0]["message"]["caption"] == "c"


async def test_a_press_on_an_ephemeral_message_carries_its_id(driver: Driver) -> None:
    user, chat = await group(driver, bot_admin=True)
    named = {"receiver_user_id": user}
    await driver.result(
        "sendMessage", chat_id=chat, text="a", reply_markup=BUTTON, ephemeral_message_parameters=named
    )
    body = {"chat": chat, "from": user, "ephemeral": 1, "button": "x"}
    query = await driver.control("POST", "/callbacks", body)
    (update,) = [u for u in await driver.updates(offset=-1) if "callback_query" in u]
    message = update["callback_query"]["message"]
    assert (message["message_id"], message["ephemeral_message_id"]) == (0, 1)
    replacing = {"callback_query_id": query["id"], "replace_callback_query_message": True}
    assert (
        why(await send(driver, chat, user, **replacing))
        == "ephemeral messages can't be replaced by new messages"
    )


@pytest.mark.parametrize(
    ("named", "reason"),
    [
        ({"receiver_user_id": "x"}, 'Field "receiver_user_id" must be a valid Number'),
        ({"callback_query_id": "1"}, 'Can\'t find field "receiver_user_id"'),
    ],
)
async def test_malformed_parameters_are_refused(driver: Driver, named: Any, reason: str) -> None:
    _, chat = await group(driver)
    body = await driver.bot("sendMessage", chat_id=chat, text="a", ephemeral_message_parameters=named)
    assert why(body) == f"can't parse ephemeral message parameters: {reason}"


async def test_login_buttons_are_refused(driver: Driver) -> None:
    user, chat = await group(driver, bot_admin=True)
    markup = {"inline_keyboard": [[{"text": "x", "login_url": {"url": "https://a.b"}}]]}
    named = {"receiver_user_id": user}
    body = await driver.bot(
        "sendMessage", chat_id=chat, text="a", reply_markup=markup, ephemeral_message_parameters=named
    )
    assert why(body) == "login buttons can't be used in ephemeral messages"
