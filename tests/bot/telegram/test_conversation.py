"""From what people do in the sandbox to what they see there: every kind of sender and of message is answered."""

from typing import Any

import pytest

from handlers.ports import ChatRef
from tests.bot.conftest import People
from tests.bot.telegram.chatting import answer
from tests.support.limits import PATIENCE_MS


@pytest.mark.usefixtures("bot")
async def test_an_edited_command_replaces_its_card(people: People) -> None:
    ada = await people.join()
    asked = await people.say(ada, "/t btc")
    first, seq = await answer(people, ada)
    assert "BTCUSDT" in first["message"]["caption"]
    await people.say(ada, "/t eth", edit=asked)
    second, _ = await answer(people, ada, seq)
    assert second["message"]["message_id"] == first["message"]["message_id"]
    assert "ETHUSDT" in second["message"]["caption"]
    assert len(await people.messages(ada)) == 1


@pytest.mark.usefixtures("bot")
async def test_a_command_in_a_caption_is_answered(people: People) -> None:
    ada = await people.join()
    await people.say(ada, "", caption="/t eth")
    record, _ = await answer(people, ada)
    assert "ETHUSDT" in record["message"]["caption"]


@pytest.mark.usefixtures("bot")
async def test_an_anonymous_administrator_and_a_member_who_speaks_as_a_channel_are_answered(
    people: People,
) -> None:
    ada = await people.join()
    group = await people.group(members=[ada.chat_id])
    channel = await people.call("POST", "/chats", {"type": "channel", "owner": ada.chat_id})
    asked = await people.say(group, "/t btc", as_chat=group.chat_id, **{"from": ada.chat_id})
    record, seq = await answer(people, group)
    assert record["message"]["reply_to_message"]["message_id"] == asked
    asked = await people.say(group, "/t eth", as_chat=channel["id"], **{"from": ada.chat_id})
    record, _ = await answer(people, group, seq)
    assert record["message"]["reply_to_message"]["message_id"] == asked


@pytest.mark.usefixtures("bot")
async def test_a_channel_post_is_answered(people: People) -> None:
    ada = await people.join()
    made = await people.call("POST", "/chats", {"type": "channel", "owner": ada.chat_id})
    channel = ChatRef(made["id"], "channel")
    await people.say(channel, "/t btc", **{"from": ada.chat_id})
    record, _ = await answer(people, channel)
    assert "BTCUSDT" in record["message"]["caption"]


@pytest.mark.usefixtures("bot")
async def test_a_group_without_photos_gets_the_card_as_a_text(people: People) -> None:
    ada = await people.join()
    group = await people.group(members=[ada.chat_id], permissions={"can_send_photos": False})
    await people.say(group, "/t btc", **{"from": ada.chat_id})
    record, _ = await answer(people, group)
    assert "BTCUSDT" in record["message"]["text"]
    assert record["message"]["reply_markup"]


@pytest.mark.usefixtures("bot")
async def test_a_command_inside_a_rich_message_is_answered(people: People) -> None:
    ada = await people.join()
    rich = {"blocks": [{"type": "paragraph", "text": ["/t ", {"type": "bold", "text": "eth"}]}]}
    person = {"id": ada.chat_id, "is_bot": False, "first_name": "Ada"}
    message = {"message_id": 900, "date": 4_000_000_000, "chat": {"id": ada.chat_id, "type": "private"}}
    raw = {"message": {**message, "from": person, "rich_message": rich}}
    await people.call("POST", "/updates", {"raw": raw})
    record, _ = await answer(people, ada)
    assert "ETHUSDT" in record["message"]["caption"]


async def whispered(people: People, chat: ChatRef) -> list[dict[str, Any]]:
    """What the bot has shown one person alone in a chat."""
    found = (await people.call("GET", f"/chats/{chat.chat_id}/messages?ephemeral"))["messages"]
    return [record for record in found if record["from_bot"]]


@pytest.mark.usefixtures("bot")
async def test_why_in_a_group_is_seen_by_the_presser_alone(people: People) -> None:
    ada = await people.join()
    group = await people.group(members=[ada.chat_id])
    await people.say(group, "/t btc", **{"from": ada.chat_id})
    card, _ = await answer(people, group)
    where = {"chat": group.chat_id, "message": card["message"]["message_id"], "from": ada.chat_id}
    query = await people.call("POST", "/callbacks", {**where, "button": "Why?"})
    await people.call("GET", f"/callbacks/{query['id']}?wait_ms={PATIENCE_MS}")
    (record,) = await whispered(people, group)
    assert "From neutral to the score" in record["message"]["text"]
    assert record["only_for"] == ada.chat_id
    assert (await people.messages(group))[-1]["history"] == []


@pytest.mark.usefixtures("bot")
async def test_a_hidden_command_is_answered_hidden(people: People) -> None:
    ada = await people.join()
    group = await people.group(members=[ada.chat_id])
    await people.say(group, "/t btc", ephemeral=True, **{"from": ada.chat_id})
    await people.say(group, "/t eth", **{"from": ada.chat_id})
    await answer(people, group)  # the same person is answered in order
    (record,) = await whispered(people, group)
    assert "BTCUSDT" in record["message"]["caption"]
    assert ["ETHUSDT" in text for text in await people.texts(group)] == [True]


@pytest.mark.usefixtures("bot")
async def test_a_guest_is_answered_in_a_chat_that_the_bot_is_not_in(people: People) -> None:
    ada = await people.join()
    made = await people.call("POST", "/chats", {"members": [ada.chat_id], "bot": False})
    group = ChatRef(made["id"], "group")
    await people.say(group, "@SandboxBot /t btc", **{"from": ada.chat_id})
    record, _ = await answer(people, group)
    assert "BTCUSDT" in record["message"]["text"]
    assert "reply_markup" not in record["message"]


@pytest.mark.usefixtures("bot")
async def test_a_topic_of_a_private_chat_is_answered_there(people: People) -> None:
    ada = await people.join()
    chat = await people.call("PATCH", f"/chats/{ada.chat_id}", {"topic": "BTC"})
    thread = chat["topics"][0]["message_thread_id"]
    await people.say(ada, "/t btc", thread=thread)
    record, _ = await answer(people, ada)
    assert record["message"]["message_thread_id"] == thread
