"""Documents, albums, captions and edits of media."""

import json
from typing import Any

from tests.sandbox.telegram.driver import Driver, png


async def _photo(driver: Driver, user: int) -> dict[str, Any]:
    body = await driver.upload("sendPhoto", "photo", png(), chat_id=str(user), caption="one")
    sent: dict[str, Any] = body["result"]
    return sent


async def test_documents_keep_name_type_and_bytes(driver: Driver) -> None:
    user = await driver.user()
    body = await driver.upload("sendDocument", "document", b"a,b\n1,2\n", chat_id=str(user))
    document = body["result"]["document"]
    assert (document["file_name"], document["mime_type"], document["file_size"]) == (
        "chart.png",
        "image/png",
        8,
    )
    path = (await driver.result("getFile", file_id=document["file_id"]))["file_path"]
    url = f"{driver.sandbox.file_url}{driver.sandbox.bot_token}/{path}"
    async with driver.session.get(url) as response:
        assert await response.read() == b"a,b\n1,2\n"
    unknown = await driver.bot("getFile", file_id="nope")
    assert unknown["description"] == "Bad Request: wrong file_id or the file is temporarily unavailable"


async def test_an_album_shares_one_group(driver: Driver) -> None:
    user = await driver.user()
    file_id = (await _photo(driver, user))["photo"][-1]["file_id"]
    media = [{"type": "photo", "media": file_id, "caption": text} for text in ("a", "b")]
    album = await driver.result("sendMediaGroup", chat_id=user, media=media)
    assert len({m["media_group_id"] for m in album}) == 1
    assert [m["caption"] for m in album] == ["a", "b"]
    lonely = await driver.bot("sendMediaGroup", chat_id=user, media=media[:1])
    assert lonely["error_code"] == 400


async def test_captions_and_media_are_edited(driver: Driver) -> None:
    user = await driver.user()
    sent = await _photo(driver, user)
    target = {"chat_id": user, "message_id": sent["message_id"]}
    edited = await driver.result("editMessageCaption", **target, caption="<i>two</i>", parse_mode="HTML")
    assert edited["caption_entities"] == [{"type": "italic", "offset": 0, "length": 3}]
    text = await driver.bot("editMessageText", **target, text="three")
    assert text["description"] == "Bad Request: there is no text in the message to edit"
    media = {
        "type": "photo",
        "media": sent["photo"][-1]["file_id"],
        "caption": "<i>two</i>",
        "parse_mode": "HTML",
    }
    same = await driver.bot("editMessageMedia", **target, media=media)
    assert same["description"].startswith("Bad Request: message is not modified")
    fresh = json.dumps({"type": "photo", "media": "attach://file", "caption": "new"})
    form = {name: str(value) for name, value in target.items()} | {"media": fresh}
    body = await driver.upload("editMessageMedia", "file", png(colour="red"), **form)
    assert body["result"]["photo"][-1]["file_id"] != sent["photo"][-1]["file_id"]
    missing = await driver.bot("editMessageMedia", **target, media=fresh)
    assert missing["description"] == "Bad Request: can't find attached file file"


async def test_a_text_becomes_a_picture(driver: Driver) -> None:
    user = await driver.user()
    file_id = (await _photo(driver, user))["photo"][-1]["file_id"]
    placeholder = await driver.result("sendMessage", chat_id=user, text="collecting…")
    media = {"type": "photo", "media": file_id, "caption": "done"}
    edited = await driver.result(
        "editMessageMedia", chat_id=user, message_id=placeholder["message_id"], media=media
    )
    assert "text" not in edited
    assert edited["caption"] == "done"


async def test_a_bot_that_left_may_not_write(driver: Driver) -> None:
    user = await driver.user()
    group = (await driver.control("POST", "/chats", {"type": "supergroup", "members": [user]}))["id"]
    assert await driver.result("leaveChat", chat_id=group)
    refused = await driver.bot("sendMessage", chat_id=group, text="a")
    assert refused["description"] == "Forbidden: bot is not a member of the supergroup chat"
    private = await driver.bot("getChatAdministrators", chat_id=user)
    assert private["description"] == "Bad Request: there are no administrators in the private chat"
