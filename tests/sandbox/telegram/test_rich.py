"""Rich messages as strictly as Telegram: one source, known blocks, limits, and no uploads where none are allowed."""

import json
from typing import Any

import pytest

from tests.sandbox.telegram.driver import Driver, png

CELL = {"align": "left", "valign": "top", "text": "a"}
PARAGRAPH = {"type": "paragraph", "text": ["a ", {"type": "bold", "text": "b"}]}
BUTTON = {"text": "x", "callback_data": "1"}
UPLOAD = {"type": "photo", "photo": {"type": "photo", "media": "attach://chart"}}


def nested(levels: int) -> dict[str, Any]:
    block: dict[str, Any] = PARAGRAPH
    for _ in range(levels - 1):
        block = {"type": "blockquote", "blocks": [block]}
    return block


async def send(driver: Driver, blocks: Any, **more: Any) -> dict[str, Any]:
    return await driver.bot(
        "sendRichMessage", chat_id=await driver.user(), rich_message={"blocks": blocks}, **more
    )


GOOD: list[Any] = [
    PARAGRAPH,
    {"type": "heading", "text": "h", "size": 1},
    {"type": "divider"},
    {"type": "pre", "text": "x = 1", "language": "py"},
    {"type": "details", "summary": "why", "blocks": [PARAGRAPH], "is_open": True},
    {"type": "expandable_blockquote", "blocks": [PARAGRAPH]},
    {"type": "list", "items": [{"blocks": [PARAGRAPH]}]},
    {
        "type": "table",
        "cells": [[CELL | {"is_header": True}, CELL], [CELL | {"colspan": 2}]],
        "is_striped": True,
        "is_compact": True,
    },
    {"type": "buttons", "buttons": [BUTTON | {"style": "primary"}, {"text": "y", "disabled": {}}]},
    {
        "type": "paragraph",
        "text": {"type": "date_time", "text": "t", "unix_time": 1, "date_time_format": "Dt"},
    },
    nested(16),
]


async def test_every_block_comes_back_as_it_was_sent(driver: Driver) -> None:
    sent = (await send(driver, GOOD))["result"]
    assert sent["rich_message"]["blocks"] == GOOD
    assert "text" not in sent


@pytest.mark.parametrize(
    ("blocks", "reason"),
    [
        ([{"type": "tabel", "cells": []}], 'BLOCKtype "tabel" is unsupported'),
        ([{"type": "table", "rows": []}], 'BLOCKCan\'t find field "cells"'),
        ([{"type": "table", "cells": [[{"text": "a"}]]}], 'BLOCKCan\'t find field "align"'),
        ([{"type": "table", "cells": [[CELL] * 21]}], "rich message has too many columns"),
        ([{"type": "table", "cells": [[CELL | {"colspan": 21}]]}], "rich message has too many columns"),
        ([{"type": "heading", "text": "h", "size": 7}], 'BLOCKField "size" must be from 1 to 6'),
        ([{"type": "expandable_blockquote", "text": "a"}], 'BLOCKField "blocks" must be of type Array'),
        ([{"type": "thinking", "text": "a"}], 'BLOCKtype "thinking" is allowed only in drafts'),
        (
            [{"type": "paragraph", "text": {"type": "blink", "text": "a"}}],
            'BLOCKtype "blink" of RichText is unsupported',
        ),
        (
            [{"type": "buttons", "buttons": [BUTTON] * 9}],
            "BLOCKwrong number of buttons in a row; 1 to 8 are allowed",
        ),
        ([PARAGRAPH] * 501, "rich message has too many blocks"),
        ([nested(17)], "rich message has too many levels"),
        ([{"type": "paragraph", "text": "a" * 32_769}], "rich message is too long"),
        ([{"type": "divider"}], "rich message must be non-empty"),
        ("a", "expected an Array of InputRichBlock"),
    ],
)
async def test_blocks_are_refused(driver: Driver, blocks: Any, reason: str) -> None:
    body = await send(driver, blocks)
    said = reason.replace("BLOCK", "can't parse InputRichBlock: ")
    assert body["description"] == f"Bad Request: {said}"


@pytest.mark.parametrize("value", [{"blocks": [PARAGRAPH], "html": "a"}, {"is_rtl": True}])
async def test_a_rich_message_has_one_source(driver: Driver, value: Any) -> None:
    body = await driver.bot("sendRichMessage", chat_id=await driver.user(), rich_message=value)
    assert "exactly one of html, markdown and blocks" in body["description"]


async def test_a_picture_is_a_block_and_limited_in_number_and_place(driver: Driver) -> None:
    user = await driver.user()
    rich = json.dumps({"blocks": [PARAGRAPH, UPLOAD]})
    sent = (await driver.upload("sendRichMessage", "chart", png(), chat_id=str(user), rich_message=rich))[
        "result"
    ]
    file_id = sent["rich_message"]["blocks"][1]["photo"][-1]["file_id"]
    known = {"type": "photo", "photo": {"type": "photo", "media": file_id}}
    assert (await send(driver, [known] * 50))["ok"]
    assert (await send(driver, [known] * 51))["description"] == "Bad Request: rich message has too many media"
    group = await driver.control(
        "POST", "/chats", {"members": [user], "permissions": {"can_send_photos": False}}
    )
    body = await driver.bot("sendRichMessage", chat_id=group["id"], rich_message={"blocks": [known]})
    assert body["description"] == "Bad Request: not enough rights to send photos to the chat"


async def test_drafts_think_and_take_no_uploads(driver: Driver) -> None:
    user = await driver.user()
    draft = {"chat_id": user, "draft_id": 1}
    thinking = {"blocks": [{"type": "thinking", "text": "counting"}]}
    assert await driver.result("sendRichMessageDraft", rich_message=thinking, **draft) is True
    body = await driver.bot("sendRichMessageDraft", rich_message={"blocks": [PARAGRAPH, UPLOAD]}, **draft)
    assert body["description"] == "Bad Request: files can't be uploaded in drafts"


async def test_a_text_becomes_rich_and_a_text_again(driver: Driver) -> None:
    user = await driver.user()
    sent = await driver.result("sendMessage", chat_id=user, text="a")
    target = {"chat_id": user, "message_id": sent["message_id"]}
    rich = await driver.result("editMessageText", rich_message={"blocks": [PARAGRAPH]}, **target)
    assert ("text" in rich, rich["rich_message"]["blocks"]) == (False, [PARAGRAPH])
    again = await driver.bot("editMessageText", rich_message={"blocks": [PARAGRAPH]}, **target)
    assert "message is not modified" in again["description"]
    plain = await driver.result("editMessageText", text="b", **target)
    assert (plain["text"], "rich_message" in plain) == ("b", False)


async def test_an_older_server_knows_no_rich_messages(driver: Driver) -> None:
    await driver.control("PUT", "/lacks", {"features": ["rich"]})
    assert (await send(driver, [PARAGRAPH]))["error_code"] == 404
