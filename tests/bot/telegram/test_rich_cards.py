"""Rich cards through the bot: chosen under a sample that somebody can read, edited by buttons, left when refused."""

from typing import Any

import pytest

from handlers.ports import ChatRef
from tests.bot.conftest import People
from tests.bot.telegram.chatting import answer, press
from tests.support.rich import flat, types

pytestmark = pytest.mark.usefixtures("bot")
READ = "I can read this"
OFF = "Telegram does not take rich cards here any more: they are classic again."


async def lacks_rich(people: People) -> None:
    """Make the server one that knows no rich messages."""
    await people.call("PUT", "/lacks", {"features": ["rich"]})


async def newest(people: People, chat: ChatRef) -> dict[str, Any]:
    """The bot's newest message of a chat."""
    message: dict[str, Any] = (await people.messages(chat))[-1]["message"]
    return message


def blocks(message: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = message["rich_message"]["blocks"]
    return found


async def turned_on(people: People, chat: ChatRef, person: ChatRef, after_seq: int = 0) -> int:
    """Turn rich cards on as people do; return the number of the last change in the chat."""
    await people.say(chat, "/settings look rich", **{"from": person.chat_id})
    sample, seq = await answer(people, chat, after_seq)
    assert types(blocks(sample["message"])) >= {"heading", "table", "details"}
    assert await press(people, chat, person, sample["message"], READ) == ""
    changed, seq = await answer(people, chat, seq)
    assert "rich" in changed["message"]["text"]
    return seq


async def test_a_card_is_rich_after_somebody_could_read_the_sample(people: People) -> None:
    ada = await people.join()
    await people.say(ada, "/t btc")
    classic, seq = await answer(people, ada)
    assert "photo" in classic["message"]
    seq = await turned_on(people, ada, ada, seq)
    await people.say(ada, "/t btc")
    record, _ = await answer(people, ada, seq)
    card = record["message"]
    assert types(blocks(card)) >= {"photo", "heading", "paragraph", "table", "details"}
    assert "BTCUSDT" in flat(blocks(card))
    assert "caption" not in card
    assert card["reply_markup"]["inline_keyboard"]


async def test_the_sample_alone_changes_nothing(people: People) -> None:
    ada = await people.join()
    await people.say(ada, "/settings look rich")
    _, seq = await answer(people, ada)
    await people.say(ada, "/t btc")
    record, _ = await answer(people, ada, seq)
    assert "photo" in record["message"]


async def test_buttons_edit_a_rich_card_in_place(people: People) -> None:
    ada = await people.join()
    seq = await turned_on(people, ada, ada)
    await people.say(ada, "/t btc 4h")
    record, seq = await answer(people, ada, seq)
    card, chart = record["message"], blocks(record["message"])[0]
    for button, says in (
        ("Why?", "From neutral to the score"),
        ("‹ Back", "4h"),
        ("1d", "1d"),
        ("Text", "1d"),
    ):
        await press(people, ada, ada, card, button)
        record, seq = await answer(people, ada, seq)
        card = record["message"]
        heading = next(block for block in blocks(card) if block["type"] == "heading")
        assert says in flat(blocks(card) if button == "Why?" else heading), button
        assert ("photo" in types(blocks(card))) == (button != "Text"), button
        if button == "Why?":  # the picture that was sent before
            assert blocks(card)[0] == chart
    shown = [one["message"]["message_id"] for one in await people.messages(ada)]
    assert shown.count(card["message_id"]) == 1
    assert card["message_id"] == shown[-1]
    await press(people, ada, ada, card, "Chart")
    record, _ = await answer(people, ada, seq)
    assert "photo" in types(blocks(record["message"]))


async def test_a_classic_card_stays_classic_when_the_chat_turns_rich(people: People) -> None:
    ada = await people.join()
    await people.say(ada, "/t btc 4h")
    classic, seq = await answer(people, ada)
    seq = await turned_on(people, ada, ada, seq)
    await press(people, ada, ada, classic["message"], "1d")
    record, _ = await answer(people, ada, seq)
    assert "1d" in record["message"]["caption"]
    assert record["message"]["message_id"] == classic["message"]["message_id"]


async def test_a_refused_card_comes_as_a_picture_and_turns_rich_off_with_one_line(people: People) -> None:
    ada = await people.join()
    await turned_on(people, ada, ada)
    refused = {"code": 400, "description": "Bad Request: rich messages are not allowed"}
    await people.fault({"status": refused}, method="sendRichMessage")
    before = len(await people.messages(ada))
    await people.say(ada, "/t btc")
    await settled(people, ada, OFF)
    card, line = (record["message"] for record in (await people.messages(ada))[before:])
    assert ("photo" in card, "rich_message" in card) == (True, False)
    assert "BTCUSDT" in card["caption"]
    assert line["text"] == OFF
    await people.say(ada, "/t eth")
    await settled(people, ada, "ETHUSDT")
    assert "photo" in await newest(people, ada)
    assert (await people.texts(ada)).count(OFF) == 1


async def test_a_refused_edit_becomes_a_picture_in_place_and_turns_rich_off(people: People) -> None:
    ada = await people.join()
    seq = await turned_on(people, ada, ada)
    await people.say(ada, "/t btc 4h")
    record, _ = await answer(people, ada, seq)
    await lacks_rich(people)
    await press(people, ada, ada, record["message"], "1d")
    await settled(people, ada, OFF)
    card, line = (record["message"] for record in (await people.messages(ada))[-2:])
    assert card["message_id"] == record["message"]["message_id"]
    assert "1d" in card["caption"]
    assert line["text"] == OFF


async def test_an_older_server_gets_classic_cards_and_no_button_to_turn_rich_on(people: People) -> None:
    ada = await people.join()
    await lacks_rich(people)
    await people.say(ada, "/settings look rich")
    record, seq = await answer(people, ada)
    assert "Telegram does not take rich cards in this chat" in record["message"]["text"]
    assert "reply_markup" not in record["message"]
    await people.say(ada, "/t btc")
    record, _ = await answer(people, ada, seq)
    assert "photo" in record["message"]
    assert OFF not in await people.texts(ada)


async def test_in_a_group_a_member_cannot_turn_rich_on_and_an_administrator_can(people: People) -> None:
    ada, bob = await people.join(), await people.join(first_name="Bob")
    facts = {"members": [ada.chat_id, bob.chat_id], "admins": [ada.chat_id]}
    group = await people.group(**facts)
    await people.say(group, "/settings look rich", **{"from": ada.chat_id})
    sample, seq = await answer(people, group)
    assert "admins" in await press(people, group, bob, sample["message"], READ)
    await people.say(group, "/t btc", **{"from": bob.chat_id})
    record, seq = await answer(people, group, seq)
    assert "photo" in record["message"]
    await press(people, group, ada, sample["message"], READ)
    _, seq = await answer(people, group, seq)
    await people.say(group, "/t btc", **{"from": bob.chat_id})
    record, _ = await answer(people, group, seq)
    assert "BTCUSDT" in flat(blocks(record["message"]))


async def test_a_group_without_photos_gets_the_rich_card_without_its_chart(people: People) -> None:
    ada = await people.join()
    group = await people.group(
        members=[ada.chat_id], admins=[ada.chat_id], permissions={"can_send_photos": False}
    )
    seq = await turned_on(people, group, ada)
    await people.say(group, "/t btc", **{"from": ada.chat_id})
    record, _ = await answer(people, group, seq)
    shown = types(blocks(record["message"]))
    assert ("photo" in shown, "table" in shown) == (False, True)


async def settled(people: People, chat: ChatRef, words: str) -> None:
    """Wait until the bot's newest message says this."""
    seq = 0
    while True:
        record, seq = await answer(people, chat, seq)
        message = record["message"]
        if words in message.get("text", message.get("caption", "")):
            return
