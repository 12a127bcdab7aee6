"""Strict where Telegram is strict, in its exact words."""

from typing import Any

import pytest
from aiohttp import ClientSession

from tests.sandbox.telegram.conftest import StepTime
from tests.sandbox.telegram.driver import Driver, png
from utils.sandbox.telegram import TelegramSandbox

NOT_MODIFIED = (
    "Bad Request: message is not modified: specified new message content and reply markup are exactly "
    "the same as a current content and reply markup of the message"
)


def keyboard(**button: Any) -> dict[str, Any]:
    return {"inline_keyboard": [[button]]}


SENDING: list[tuple[dict[str, Any], str]] = [
    ({"text": ""}, "message text is empty"),
    ({"text": "  \n "}, "text must be non-empty"),
    ({"text": "<b></b>", "parse_mode": "HTML"}, "text must be non-empty"),
    ({"text": "a" * 4097}, "message is too long"),
    ({"text": "🏟" * 2049}, "message is too long"),
    ({"text": "a", "parse_mode": "Nonsense"}, "unsupported parse_mode"),
    (
        {"text": "<b>a", "parse_mode": "HTML"},
        "can't parse entities: Can't find end tag corresponding to start tag \"b\"",
    ),
    ({"text": "a", "chat_id": ""}, "chat_id is empty"),
    ({"text": "a", "chat_id": 12345}, "chat not found"),
    ({"text": "a", "reply_parameters": {"message_id": 99}}, "message to be replied not found"),
    ({"text": "a", "message_thread_id": 99}, "message thread not found"),
    ({"text": "a", "reply_markup": keyboard(text="x", callback_data="ş" * 33)}, "BUTTON_DATA_INVALID"),
    ({"text": "a", "reply_markup": keyboard(text="x", callback_data="")}, "BUTTON_DATA_INVALID"),
    (
        {"text": "a", "reply_markup": keyboard(text="x")},
        "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard",
    ),
    ({"text": "a", "reply_markup": "{"}, "can't parse reply markup JSON object"),
    (
        {"text": "a", "reply_markup": {"inline_keyboard": [[{"text": "x", "callback_data": "1"}] * 101]}},
        "reply markup is too long",
    ),
]


@pytest.mark.parametrize(("params", "reason"), SENDING)
async def test_send_message_refuses(driver: Driver, params: dict[str, Any], reason: str) -> None:
    user = await driver.user()
    body = await driver.bot("sendMessage", **{"chat_id": user, **params})
    assert body == {"ok": False, "error_code": 400, "description": f"Bad Request: {reason}"}


async def test_the_limit_counts_after_parsing(driver: Driver) -> None:
    user = await driver.user()
    text = "<b>" + "&lt;" * 4096 + "</b>"
    sent = await driver.result("sendMessage", chat_id=user, text=text, parse_mode="HTML")
    assert sent["text"] == "<" * 4096


async def test_edits_refuse(driver: Driver) -> None:
    user = await driver.user()
    markup = keyboard(text="x", callback_data="1")
    sent = await driver.result("sendMessage", chat_id=user, text="a", reply_markup=markup)
    own = await driver.say(user, "hello")
    target = {"chat_id": user, "message_id": sent["message_id"]}
    same = await driver.bot("editMessageText", **target, text="a", reply_markup=markup)
    assert same["description"] == NOT_MODIFIED
    missing = await driver.bot("editMessageText", chat_id=user, message_id=99, text="b")
    assert missing["description"] == "Bad Request: message to edit not found"
    foreign = await driver.bot("editMessageText", chat_id=user, message_id=own["message_id"], text="b")
    assert foreign["description"] == "Bad Request: message can't be edited"
    caption = await driver.bot("editMessageCaption", **target, caption="b")
    assert caption["description"] == "Bad Request: there is no caption in the message to edit"
    long = await driver.bot("editMessageText", **target, text="a" * 4097)
    assert long["description"] == "Bad Request: MESSAGE_TOO_LONG"
    bare = await driver.result("editMessageText", **target, text="b")
    assert "reply_markup" not in bare


async def test_deletion(driver: Driver, time: StepTime) -> None:
    user = await driver.user()
    sent = await driver.result("sendMessage", chat_id=user, text="a")
    target = {"chat_id": user, "message_id": sent["message_id"]}
    assert await driver.result("deleteMessage", **target)
    gone = await driver.bot("deleteMessage", **target)
    assert gone["description"] == "Bad Request: message to delete not found"
    old = await driver.result("sendMessage", chat_id=user, text="b")
    time.advance(49 * 3600 * 1000)
    late = await driver.bot("deleteMessage", chat_id=user, message_id=old["message_id"])
    assert late["description"] == "Bad Request: message can't be deleted for everyone"


async def test_photos_refuse(driver: Driver) -> None:
    user = str(await driver.user())
    absent = await driver.bot("sendPhoto", chat_id=user)
    assert absent["description"] == "Bad Request: there is no photo in the request"
    unknown = await driver.bot("sendPhoto", chat_id=user, photo="AgACnope")
    assert unknown["description"] == "Bad Request: wrong file identifier/HTTP URL specified"
    broken = await driver.upload("sendPhoto", "photo", b"not a picture", chat_id=user)
    assert broken["description"] == "Bad Request: IMAGE_PROCESS_FAILED"
    strip = await driver.upload("sendPhoto", "photo", png(2100, 100), chat_id=user)
    assert strip["description"] == "Bad Request: PHOTO_INVALID_DIMENSIONS"
    huge = await driver.upload("sendPhoto", "photo", b"x" * 10_485_761, chat_id=user)
    assert huge["description"].startswith("Bad Request: file of size 10485761 bytes is too big for a photo")
    wordy = await driver.upload("sendPhoto", "photo", png(), chat_id=user, caption="a" * 1025)
    assert wordy["description"] == "Bad Request: message caption is too long"


async def test_queries_are_answered_once_and_in_time(driver: Driver, time: StepTime) -> None:
    user = await driver.user()
    sent = await driver.result(
        "sendMessage", chat_id=user, text="a", reply_markup=keyboard(text="x", callback_data="1")
    )
    press = {"from": user, "chat": user, "message": sent["message_id"], "data": "1"}
    first = await driver.control("POST", "/callbacks", press)
    assert await driver.result(
        "answerCallbackQuery", callback_query_id=first["id"], text="ok", show_alert=True
    )
    refused = "Bad Request: query is too old and response timeout expired or query ID is invalid"
    again = await driver.bot("answerCallbackQuery", callback_query_id=first["id"])
    assert again["description"] == refused
    second = await driver.control("POST", "/callbacks", press)
    time.advance(15_001)
    late = await driver.bot("answerCallbackQuery", callback_query_id=second["id"])
    assert late["description"] == refused


async def test_places_the_bot_may_not_write_to(driver: Driver) -> None:
    stranger = await driver.user(started=False)
    user = await driver.user()
    group = (await driver.control("POST", "/chats", {"type": "supergroup", "members": [user]}))["id"]
    cold = await driver.bot("sendMessage", chat_id=stranger, text="a")
    assert cold == {
        "ok": False,
        "error_code": 403,
        "description": "Forbidden: bot can't initiate conversation with a user",
    }
    await driver.control("PATCH", f"/chats/{group}", {"kicked": True})
    kicked = await driver.bot("sendMessage", chat_id=group, text="a")
    assert (kicked["error_code"], kicked["description"]) == (
        403,
        "Forbidden: bot was kicked from the supergroup chat",
    )


async def test_token_and_method(driver: Driver) -> None:
    url = f"{driver.sandbox.api_url}2:wrong/getMe"
    async with driver.session.get(url) as response:
        assert (response.status, (await response.json())["description"]) == (401, "Unauthorized")
    assert await driver.bot("sendNonsense") == {
        "ok": False,
        "error_code": 404,
        "description": "Not Found: method not found",
    }
    assert (await driver.result("GETME"))["username"] == "SandboxBot"


async def test_without_a_set_token_any_well_formed_one_names_its_bot() -> None:
    sandbox = TelegramSandbox("127.0.0.1:0")
    await sandbox.start()
    async with ClientSession() as session:
        async with session.get(f"{sandbox.api_url}4242:abc_DEF/getMe") as response:
            assert (await response.json())["result"]["id"] == 4242
        async with session.get(f"{sandbox.api_url}nonsense/getMe") as response:
            assert response.status == 401
    await sandbox.stop()


async def test_menus_are_checked(driver: Driver) -> None:
    upper = await driver.bot("setMyCommands", commands=[{"command": "Trend", "description": "x"}])
    assert upper["description"] == "Bad Request: BOT_COMMAND_INVALID"
    bare = await driver.bot("setMyCommands", commands=[{"command": "t", "description": ""}])
    assert bare["description"] == "Bad Request: BOT_COMMAND_DESCRIPTION_INVALID"


async def test_send_limits_are_off_until_ordered(driver: Driver, time: StepTime) -> None:
    user = await driver.user()
    for n in range(6):
        await driver.result("sendMessage", chat_id=user, text=str(n))
    await driver.control("PUT", "/limits", {"enabled": True})
    for n in range(3):
        await driver.result("sendMessage", chat_id=user, text=str(n))
    limited = await driver.bot("sendMessage", chat_id=user, text="4")
    assert limited == {
        "ok": False,
        "error_code": 429,
        "description": "Too Many Requests: retry after 3",
        "parameters": {"retry_after": 3},
    }
    time.advance(3_000)
    await driver.result("sendMessage", chat_id=user, text="5")
    calls = await driver.control("GET", "/calls")
    assert [v["limit"] for v in calls["violations"]] == ["send"]


async def test_groups_take_twenty_a_minute(driver: Driver, time: StepTime) -> None:
    user = await driver.user()
    group = (await driver.control("POST", "/chats", {"members": [user]}))["id"]
    await driver.control("PUT", "/limits", {"enabled": True})
    for n in range(20):
        await driver.result("sendMessage", chat_id=group, text=str(n))
        time.advance(1_000)
    limited = await driver.bot("sendMessage", chat_id=group, text="21")
    assert limited["parameters"] == {"retry_after": 40}
