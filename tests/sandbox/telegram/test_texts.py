"""Texts and explicit entities: refused where Telegram refuses them, in its words, and never with a server error."""

from typing import Any

import pytest
from yarl import URL

from tests.sandbox.telegram.driver import Driver, png

MULTIPART = b'--x\r\nContent-Disposition: form-data; name="text"\r\n\r\n\xff\r\n--x--\r\n'
LINK = {"type": "text_link", "offset": 0, "length": 1}


def bold(offset: Any, length: Any) -> dict[str, Any]:
    return {"type": "bold", "offset": offset, "length": length}


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"text": "<b></b>" * 5000, "parse_mode": "HTML"}, "text is too long"),
    ({"text": "ş" * 16_385}, "text is too long"),
    ({"text": "\u200b\u2800 \u3164"}, "text must be non-empty"),
    ({"text": "<b>\u2060</b>", "parse_mode": "HTML"}, "text must be non-empty"),
    ({"text": "half \ud83d"}, "strings must be encoded in UTF-8"),
    ({"text": "hello", "entities": [bold(-1, 1)]}, "receive an entity with incorrect offset -1"),
    ({"text": "hello", "entities": [bold(0, -1)]}, "receive an entity with incorrect length -1"),
    (
        {"text": "aba caba", "entities": [bold(3, 6)]},
        "entity beginning at UTF-16 offset 3 ends after the end of the text at UTF-16 offset 9",
    ),
    (
        {"text": "aba caba", "entities": [bold(9, 1)]},
        "entity begins after the end of the text at UTF-16 offset 9",
    ),
    (
        {"text": "👉 a", "entities": [bold(1, 1)]},
        "entity begins in a middle of a UTF-16 symbol at byte offset 4",
    ),
    (
        {"text": "👉 a", "entities": [bold(0, 1)]},
        "entity beginning at UTF-16 offset 0 ends in a middle of a UTF-16 symbol at byte offset 4",
    ),
    ({"text": "a", "entities": [LINK]}, "can't parse MessageEntity: Can't find field \"url\""),
    ({"text": "a", "entities": [LINK | {"url": ""}]}, "entity URL '' is invalid: URL host is empty"),
    (
        {"text": "a", "entities": [LINK | {"url": {}}]},
        'can\'t parse MessageEntity: Field "url" must be of type String',
    ),
    ({"text": "a", "entities": ["bold"]}, "can't parse MessageEntity: expected an Object"),
    ({"text": "a", "entities": {"type": "bold"}}, "can't parse MessageEntity: expected an Array"),
    (
        {"text": "a", "entities": [bold("x", 1)]},
        'can\'t parse MessageEntity: Field "offset" must be a valid Number',
    ),
    (
        {"text": "a", "entities": [{"offset": 0, "length": 1}]},
        "can't parse MessageEntity: Can't find field \"type\"",
    ),
    (
        {"text": "a", "entities": [{"type": "wavy", "offset": 0, "length": 1}]},
        "can't parse MessageEntity: Unsupported type specified",
    ),
]


@pytest.mark.parametrize(("params", "reason"), REFUSED)
async def test_a_text_is_refused(driver: Driver, params: dict[str, Any], reason: str) -> None:
    body = await driver.bot("sendMessage", chat_id=await driver.user(), **params)
    assert body == {"ok": False, "error_code": 400, "description": f"Bad Request: {reason}"}


async def test_a_caption_is_measured_before_it_is_parsed(driver: Driver) -> None:
    caption = "<b></b>" * 5000
    body = await driver.upload(
        "sendPhoto", "photo", png(), chat_id=str(await driver.user()), caption=caption, parse_mode="HTML"
    )
    assert body["description"] == "Bad Request: text is too long"


NOT_UTF8 = "Bad Request: strings must be encoded in UTF-8"


@pytest.mark.parametrize(
    ("form", "body"),
    [
        ("application/json", b'{"chat_id": CHAT, "text": "\xff"}'),
        ("application/json", b'{"chat_id": CHAT, "text": "a", "reply_markup": {"x": ["\\ud83d"]}}'),
        ("application/json", b'{"chat_id": CHAT, "text": "a", "reply_markup": "{\\"x\\": \\"\\\\ud83d\\"}"}'),
        ("application/x-www-form-urlencoded", b"chat_id=CHAT&text=%ff"),
        ("application/x-www-form-urlencoded", b"chat_id=CHAT&text=\xff"),
        ("application/x-www-form-urlencoded", b"chat_id=CHAT&text=%ed%a0%bd"),
        ("multipart/form-data; boundary=x", MULTIPART),
    ],
)
async def test_bytes_that_are_no_utf8_are_refused(driver: Driver, form: str, body: bytes) -> None:
    url = f"{driver.sandbox.api_url}{driver.sandbox.bot_token}/sendMessage"
    body = body.replace(b"CHAT", str(await driver.user()).encode())
    async with driver.session.post(url, data=body, headers={"Content-Type": form}) as response:
        assert response.status == 400
        assert (await response.json())["description"] == NOT_UTF8


async def test_addresses_are_utf8_too(driver: Driver) -> None:
    base = f"{driver.sandbox.api_url}{driver.sandbox.bot_token}/sendMessage"
    for text, status in (("%ff", 400), ("%ed%a0%bd", 400), ("%c5%9f", 200)):
        url = URL(f"{base}?chat_id={await driver.user()}&text={text}", encoded=True)
        async with driver.session.get(url) as response:
            assert response.status == status


async def test_entities_that_fit_are_kept_and_empty_ones_and_those_that_telegram_finds_are_not(
    driver: Driver,
) -> None:
    entities = [
        bold(0, 2),
        bold(3, 0),
        {"type": "url", "offset": 0, "length": 1},
        LINK | {"url": "http://a.b/"},
    ]
    sent = await driver.result("sendMessage", chat_id=await driver.user(), text="👉 a", entities=entities[:3])
    assert sent["entities"] == [bold(0, 2)]
    link = await driver.result("sendMessage", chat_id=await driver.user(), text="a b", entities=entities[3:])
    assert link["entities"] == [LINK | {"url": "http://a.b/"}]


@pytest.mark.parametrize(
    ("text", "command"),
    [("/t@", None), ("/t@ab", None), ("/t@ab btc", None), ("/t@abc", 6), ("/t btc", 2), ("/t, btc", 2)],
)
async def test_a_name_that_no_bot_can_have_makes_no_command(
    driver: Driver, text: str, command: int | None
) -> None:
    message = await driver.say(await driver.user(), text)
    found = [entity["length"] for entity in message.get("entities", []) if entity["type"] == "bot_command"]
    assert found == ([] if command is None else [command])
