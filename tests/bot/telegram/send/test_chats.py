"""Where messages go: chats that are gone, move or come back, topics, and groups that do not take every kind."""

import pytest
from structlog.testing import capture_logs

from bot.telegram.send.notifier import TelegramNotifier
from handlers.ports import ChatRef, Undeliverable
from tests.bot.conftest import People, png
from tests.bot.telegram.send.samples import KEYBOARD, content


@pytest.mark.parametrize("state", [{"blocked": True}, {"kicked": True}])
async def test_a_chat_that_is_gone_is_undeliverable(
    notifier: TelegramNotifier, people: People, ada: ChatRef, state: dict[str, bool]
) -> None:
    chat = ada if "blocked" in state else await people.group()
    await people.call("PATCH", f"/chats/{chat.chat_id}", state)
    with pytest.raises(Undeliverable) as caught:
        await notifier.send(chat, content())
    assert caught.value.gone
    assert caught.value.chat_id == chat.chat_id


async def test_an_unknown_chat_is_gone(notifier: TelegramNotifier) -> None:
    with pytest.raises(Undeliverable) as caught:
        await notifier.send(ChatRef(123, "private"), content())
    assert caught.value.gone


@pytest.mark.usefixtures("ada")
async def test_messages_follow_a_group_that_became_a_supergroup(
    notifier: TelegramNotifier, people: People
) -> None:
    group = await people.group(type="group")
    ref = await notifier.send(group, content())
    await people.call("PATCH", f"/chats/{group.chat_id}", {"migrate": True})
    moved = await notifier.send(group, content("after"), reply_to=1)
    assert moved.chat.chat_id != group.chat_id
    assert await people.texts(moved.chat) == ["after"]
    edited = await notifier.edit(ref, content("edited"))
    assert edited.chat.chat_id == moved.chat.chat_id
    assert await people.texts(moved.chat) == ["after", "edited"]
    assert await people.calls("sendMessage") == 4


@pytest.mark.usefixtures("ada")
async def test_topics_are_answered_in_the_topic_and_a_deleted_one_in_the_group(
    notifier: TelegramNotifier, people: People
) -> None:
    forum = await people.group(is_forum=True, topics=["Markets"])
    state = await people.call("GET", "/state")
    chat = next(chat for chat in state["chats"] if chat["id"] == forum.chat_id)
    topic = chat["topics"][0]["message_thread_id"]
    await notifier.send(ChatRef(forum.chat_id, "supergroup", topic), content())
    await notifier.send(ChatRef(forum.chat_id, "supergroup", topic), content(picture=png()))
    lost = await notifier.send(ChatRef(forum.chat_id, "supergroup", 9999), content("general"))
    first, picture, second = (record["message"] for record in await people.messages(forum))
    assert first["message_thread_id"] == picture["message_thread_id"] == topic
    assert "message_thread_id" not in second
    assert lost.chat.thread_id is None


async def test_a_chat_that_is_back_is_reported_again_when_it_goes(
    notifier: TelegramNotifier, people: People, ada: ChatRef
) -> None:
    async def blocked_send() -> None:
        with pytest.raises(Undeliverable):
            await notifier.send(ada, content())

    with capture_logs() as logs:
        await people.call("PATCH", f"/chats/{ada.chat_id}", {"blocked": True})
        await blocked_send()
        await blocked_send()
        await people.call("PATCH", f"/chats/{ada.chat_id}", {"blocked": False})
        await notifier.send(ada, content())
        await people.call("PATCH", f"/chats/{ada.chat_id}", {"blocked": True})
        await blocked_send()
    events = [log["event"] for log in logs]
    assert events.count("chat no longer accepts messages of the bot") == 2


@pytest.mark.usefixtures("ada")
async def test_a_group_that_takes_no_photos_gets_the_text_and_no_second_upload(
    notifier: TelegramNotifier, people: People
) -> None:
    group = await people.group(permissions={"can_send_photos": False})
    for _ in range(3):
        ref = await notifier.send(group, content(picture=png(), keyboard=KEYBOARD))
        assert not ref.has_picture
    assert await people.texts(group) == ["hi there"] * 3
    assert await people.calls("sendPhoto") == 1


@pytest.mark.usefixtures("ada")
async def test_a_placeholder_in_such_a_group_becomes_the_text(
    notifier: TelegramNotifier, people: People
) -> None:
    group = await people.group(permissions={"can_send_photos": False})
    ref = await notifier.send(group, content("working"))
    edited = await notifier.edit(ref, content("<b>card</b>", picture=png()))
    assert await people.texts(group) == ["card"]
    assert edited == ref


@pytest.mark.usefixtures("ada")
async def test_a_group_that_takes_photos_only_gets_the_picture_and_is_not_gone(
    notifier: TelegramNotifier, people: People
) -> None:
    group = await people.group(permissions={"can_send_messages": False})
    assert (await notifier.send(group, content(picture=png()))).has_picture
    with pytest.raises(Undeliverable) as caught:
        await notifier.send(group, content())
    assert not caught.value.gone


async def test_a_channel_is_answered_where_the_bot_may_post(
    notifier: TelegramNotifier, people: People, ada: ChatRef
) -> None:
    made = await people.call("POST", "/chats", {"type": "channel", "owner": ada.chat_id})
    channel = ChatRef(made["id"], "channel")
    asked = await people.say(channel, "/t", **{"from": ada.chat_id})
    ref = await notifier.send(channel, content(), reply_to=asked)
    assert await notifier.edit(ref, content("now")) == ref
    await people.call("PATCH", f"/chats/{channel.chat_id}", {"bot_admin": False})
    with pytest.raises(Undeliverable) as caught:
        await notifier.send(channel, content())
    assert not caught.value.gone
