"""As strict as Telegram about rights, media, keyboards, webhooks and inline results, in its words."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.sandbox.telegram.conftest import StepTime, running_driver
from tests.sandbox.telegram.driver import Driver, png
from utils.sandbox.telegram import TelegramSandbox

BUTTON = {"text": "x", "callback_data": "1"}


@pytest.fixture
async def public(time: StepTime) -> AsyncIterator[Driver]:
    async with running_driver(time, local=False) as made:
        yield made


async def group(driver: Driver, **facts: Any) -> int:
    user = await driver.user()
    return int(
        (await driver.control("POST", "/chats", {"type": "supergroup", "members": [user], **facts}))["id"]
    )


async def why(driver: Driver, method: str, **params: Any) -> str:
    """The reason of a refusal with 400."""
    body = await driver.bot(method, **params)
    assert body["error_code"] == 400, body
    return str(body["description"]).removeprefix("Bad Request: ")


async def upload(driver: Driver, chat: int, method: str = "sendPhoto", name: str = "photo") -> dict[str, Any]:
    return await driver.upload(method, name, png(), chat_id=str(chat))


async def test_a_group_that_forbids_photos_takes_texts(driver: Driver) -> None:
    chat = await group(driver, permissions={"can_send_photos": False})
    refused = await upload(driver, chat)
    assert refused["description"] == "Bad Request: not enough rights to send photos to the chat"
    sent = await driver.result("sendMessage", chat_id=chat, text="a")
    media = '{"type": "photo", "media": "attach://photo"}'
    edited = await driver.upload(
        "editMessageMedia", "photo", png(), chat_id=str(chat), message_id=str(sent["message_id"]), media=media
    )
    assert edited["description"] == "Bad Request: CHAT_SEND_PHOTOS_FORBIDDEN"


async def test_rights_are_given_and_taken_and_administrators_have_them(driver: Driver) -> None:
    chat = await group(driver)
    path = f"/chats/{chat}"
    changed = await driver.control("PATCH", path, {"permissions": {"can_send_messages": False}})
    assert changed["permissions"] == {
        "can_send_messages": False,
        "can_send_photos": True,
        "can_send_documents": True,
    }
    reason = "not enough rights to send text messages to the chat"
    assert await why(driver, "sendMessage", chat_id=chat, text="a") == reason
    assert (await upload(driver, chat))["ok"]
    await driver.control("PATCH", path, {"bot_admin": True})
    await driver.result("sendMessage", chat_id=chat, text="a")
    await driver.control("PATCH", path, {"bot_admin": False, "permissions": {"can_send_documents": False}})
    documents = await upload(driver, chat, "sendDocument", "document")
    assert documents["description"] == "Bad Request: not enough rights to send documents to the chat"
    await driver.control("PATCH", path, {"permissions": {"can_send_messages": True}})
    await driver.result("sendMessage", chat_id=chat, text="a")


async def test_permissions_that_there_are_not_are_refused(driver: Driver) -> None:
    chat, user = await group(driver), await driver.user()
    await driver.control("PATCH", f"/chats/{chat}", {"permissions": {"can_sing": True}}, status=400)
    await driver.control("PATCH", f"/chats/{chat}", {"permissions": True}, status=400)
    await driver.control("PATCH", f"/chats/{user}", {"permissions": {"can_send_photos": False}}, status=400)


async def test_only_administrators_write_in_a_channel(driver: Driver) -> None:
    channel = await group(driver, type="channel")
    await driver.result("sendMessage", chat_id=channel, text="a")
    await driver.control("PATCH", f"/chats/{channel}", {"bot_admin": False})
    reason = await why(driver, "sendMessage", chat_id=channel, text="a")
    assert reason == "need administrator rights in the channel chat"


async def test_an_album_is_of_one_kind_and_files_keep_theirs(driver: Driver) -> None:
    user = await driver.user()
    photo = (await upload(driver, user))["result"]["photo"][-1]["file_id"]
    document = (await upload(driver, user, "sendDocument", "document"))["result"]["document"]["file_id"]
    album = [{"type": "photo", "media": photo}, {"type": "document", "media": document}]
    assert "mixed" in await why(driver, "sendMediaGroup", chat_id=user, media=album)
    as_document = await why(driver, "sendDocument", chat_id=user, document=photo)
    assert as_document == "can't use file of type Photo as Document"
    as_photo = await why(driver, "sendPhoto", chat_id=user, photo=document)
    assert as_photo == "can't use file of type Document as Photo"
    words = await why(driver, "sendMediaGroup", chat_id=user, media=["a", "b"])
    assert words == "can't parse InputMedia: expected an Object"
    assert await why(driver, "sendMediaGroup", chat_id=user, media={}) == "expected an Array of InputMedia"


@pytest.mark.parametrize(
    "keyboard", [{"keyboard": [["a"]]}, {"remove_keyboard": True}, {"force_reply": True}]
)
async def test_an_edit_takes_an_inline_keyboard_only(driver: Driver, keyboard: dict[str, Any]) -> None:
    user = await driver.user()
    sent = await driver.result("sendMessage", chat_id=user, text="a", reply_markup=keyboard)
    target = {"chat_id": user, "message_id": sent["message_id"], "reply_markup": keyboard}
    assert await why(driver, "editMessageText", text="b", **target) == "inline keyboard expected"
    assert await why(driver, "editMessageReplyMarkup", **target) == "inline keyboard expected"


@pytest.mark.parametrize(
    ("ids", "reason"),
    [
        ([], "message identifiers are not specified"),
        (list(range(1, 102)), "too many message identifiers specified"),
        (["a"], "can't parse message identifier as a Number"),
        ([[1]], "message identifier must be a Number"),
        ([0], "invalid message identifier specified"),
        ({"a": 1}, "expected an Array of message identifiers"),
    ],
)
async def test_messages_are_deleted_by_up_to_a_hundred_numbers(driver: Driver, ids: Any, reason: str) -> None:
    user = await driver.user()
    assert await why(driver, "deleteMessages", chat_id=user, message_ids=ids) == reason
    assert await driver.result("deleteMessages", chat_id=user, message_ids=list(range(1, 101)))


@pytest.mark.parametrize(
    ("button", "reason"),
    [
        (BUTTON | {"style": "pink"}, "can't parse inline keyboard button: invalid button style specified"),
        ("x", "can't parse inline keyboard button: InlineKeyboardButton must be an Object"),
        (
            {"text": "x", "web_app": {"url": "http://a.b/"}},
            "inline keyboard button Web App URL 'http://a.b/' is invalid: Only HTTPS links are allowed",
        ),
        ({"text": "x", "web_app": {}}, "can't parse inline keyboard button: Can't find field \"url\""),
    ],
)
async def test_buttons_are_refused(driver: Driver, button: Any, reason: str) -> None:
    markup = {"inline_keyboard": [[button]]}
    user = await driver.user()
    assert await why(driver, "sendMessage", chat_id=user, text="a", reply_markup=markup) == reason


async def test_a_button_keeps_its_style(driver: Driver) -> None:
    markup = {"inline_keyboard": [[BUTTON | {"style": "Primary"}, BUTTON | {"style": "default"}]]}
    sent = await driver.result("sendMessage", chat_id=await driver.user(), text="a", reply_markup=markup)
    assert sent["reply_markup"]["inline_keyboard"] == [[BUTTON | {"style": "primary"}, BUTTON]]


async def test_a_markup_that_is_no_object_is_refused(driver: Driver) -> None:
    reason = await why(driver, "sendMessage", chat_id=await driver.user(), text="a", reply_markup=["x"])
    assert reason == "object expected as reply markup"


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://example.com/", "An HTTPS URL must be provided for webhook"),
        ("https://example.com:9000/", "Webhook can be set up only on ports 80, 88, 443 or 8443"),
        ("https://127.0.0.1/", "IP address 127.0.0.1 is reserved"),
        ("https://10.1.2.3:8443/", "IP address 10.1.2.3 is reserved"),
        ("https://localhost/", "IP address 127.0.0.1 is reserved"),
        ("https://[2606:4700::1]/", "IPv6-only addresses are not allowed"),
        ("nonsense", "invalid webhook URL specified"),
    ],
)
async def test_webhooks_are_refused(public: Driver, url: str, reason: str) -> None:
    assert await why(public, "setWebhook", url=url) == f"bad webhook: {reason}"


@pytest.mark.parametrize("port", ["", ":80", ":88", ":443", ":8443"])
async def test_webhooks_on_telegrams_ports_are_taken(public: Driver, port: str) -> None:
    assert await public.result("setWebhook", url=f"https://example.com{port}/hook")


ARTICLE = {"type": "article", "id": "1", "title": "t", "input_message_content": {"message_text": "a"}}


@pytest.mark.parametrize(
    ("results", "extra", "reason"),
    [
        (["a"], {}, "can't parse inline query result: Inline query result must be an object"),
        ([{"id": "1"}], {}, "can't parse inline query result: Can't find field \"type\""),
        ([{"type": "article"}], {}, "can't parse inline query result: Can't find field \"id\""),
        ([ARTICLE | {"title": None}], {}, "can't parse inline query result: Can't find field \"title\""),
        (
            [ARTICLE | {"input_message_content": None}],
            {},
            "can't parse inline query result: Can't find field \"message_text\"",
        ),
        (
            [ARTICLE | {"input_message_content": {"x": 1}}],
            {},
            "can't parse inline query result: Input message content is not specified",
        ),
        (
            [{"type": "photo", "id": "1"}],
            {},
            "can't parse inline query result: Can't find field \"photo_file_id\"",
        ),
        (
            [{"type": "song", "id": "1"}],
            {},
            'can\'t parse inline query result: type "song" is unsupported for the inline query result',
        ),
        ({}, {}, "expected an Array of inline query results"),
        ([ARTICLE] * 51, {}, "too many inline query results specified"),
        ([ARTICLE], {"next_offset": "x" * 65}, "NEXT_OFFSET_INVALID"),
        ([ARTICLE], {"button": {"text": "a", "start_parameter": "a b"}}, "START_PARAM_INVALID"),
        (
            [ARTICLE],
            {"button": {"text": "a"}},
            "can't parse inline query results button: InlineQueryResultsButton must have exactly one optional field",
        ),
        (
            [ARTICLE],
            {"button": {"text": "a", "web_app": {"url": "http://a.b"}}},
            "inline query results button Web App URL 'http://a.b' is invalid: Only HTTPS links are allowed",
        ),
    ],
)
async def test_inline_results_are_refused(
    driver: Driver, results: Any, extra: dict[str, Any], reason: str
) -> None:
    query = await driver.control("POST", "/inline", {"from": await driver.user(), "query": "btc"})
    refused = await why(driver, "answerInlineQuery", inline_query_id=query["id"], results=results, **extra)
    assert refused == reason


async def test_inline_results_with_all_they_need_are_taken(driver: Driver) -> None:
    user = await driver.user()
    photo = (await upload(driver, user))["result"]["photo"][-1]["file_id"]
    query = await driver.control("POST", "/inline", {"from": user, "query": "btc"})
    results = [ARTICLE, {"type": "photo", "id": "2", "photo_file_id": photo}]
    button = {"text": "a", "start_parameter": "abc-1_Z"}
    await driver.result("answerInlineQuery", inline_query_id=query["id"], results=results, button=button)


async def test_a_server_can_begin_with_its_limits_on() -> None:
    assert (
        TelegramSandbox("127.0.0.1:0", limits=True).state()["limits"] != TelegramSandbox().state()["limits"]
    )


@pytest.mark.parametrize(
    ("scope", "reason"),
    [
        ("chat", "BotCommandScope must be an Object"),
        ({}, 'Can\'t find field "type"'),
        ({"type": "planet"}, "Unsupported type specified"),
        ({"type": "chat"}, 'Can\'t find field "chat_id"'),
        ({"type": "chat", "chat_id": ""}, "Empty chat_id specified"),
        ({"type": "chat_member", "chat_id": 1}, 'Can\'t find field "user_id"'),
        ({"type": "chat_member", "chat_id": 1, "user_id": 0}, "Invalid user_id specified"),
    ],
)
async def test_scopes_are_refused(driver: Driver, scope: Any, reason: str) -> None:
    commands = [{"command": "t", "description": "x"}]
    refused = await why(
        driver, "setMyCommands", commands=commands, scope=[scope] if scope == "chat" else scope
    )
    assert refused == f"can't parse BotCommandScope: {reason}"


async def test_a_scope_can_name_its_chat(driver: Driver) -> None:
    chat = await group(driver, username="traders")
    commands = [{"command": "t", "description": "x"}]
    await driver.result("setMyCommands", commands=commands, scope={"type": "chat", "chat_id": "@traders"})
    assert await driver.result("getMyCommands", scope={"type": "chat", "chat_id": chat}) == commands
