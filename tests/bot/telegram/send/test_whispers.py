"""Ephemeral messages against the sandbox: sent, edited and replaced by their own id, refused without a trace."""

from typing import Any

import pytest

from bot.telegram.send.form_memory import REMEMBERED_S
from bot.telegram.send.notifier import TelegramNotifier
from handlers.ports import Asker, ChatRef, MessageContent, MessageRef
from handlers.render.words import moment_tag
from tests.bot.conftest import InstantClock, People, png
from tests.bot.telegram.send.samples import KEYBOARD, content


async def place(people: People, **facts: Any) -> tuple[ChatRef, ChatRef]:
    """A person and a group with them in it."""
    ada = await people.join()
    return ada, await people.group(members=[ada.chat_id], **facts)


async def seen(people: People, group: ChatRef) -> list[dict[str, Any]]:
    """The bot's ephemeral messages of a group."""
    found = (await people.call("GET", f"/chats/{group.chat_id}/messages?ephemeral"))["messages"]
    return [record["message"] for record in found if record["from_bot"]]


async def press(people: People, notifier: TelegramNotifier, group: ChatRef, ada: ChatRef) -> Asker:
    """Who presses a button of a card in the group."""
    card = await notifier.send(group, content(keyboard=KEYBOARD))
    where = {"chat": group.chat_id, "message": card.message_id, "from": ada.chat_id}
    query = await people.call("POST", "/callbacks", {**where, "button": "Why?"})
    return Asker(ada.chat_id, query["id"])


async def test_a_press_is_answered_for_the_presser_alone(notifier: TelegramNotifier, people: People) -> None:
    ada, group = await place(people)
    asker = await press(people, notifier, group, ada)
    ref = await notifier.whisper(group, content(keyboard=KEYBOARD), asker)
    (message,) = await seen(people, group)
    assert (message["message_id"], message["receiver_user"]["id"]) == (0, ada.chat_id)
    assert ref == MessageRef(group, 0, asker=asker, ephemeral_id=message["ephemeral_message_id"])
    assert len(await people.messages(group)) == 1


async def test_an_administrator_needs_no_press_and_others_are_asked_once_a_day(
    notifier: TelegramNotifier, people: People, instant_clock: InstantClock
) -> None:
    ada, group = await place(people)
    for _ in range(2):
        assert await notifier.whisper(group, content(), Asker(ada.chat_id)) is None
    assert await people.calls("sendMessage") == 1
    await people.call("PATCH", f"/chats/{group.chat_id}", {"bot_admin": True})
    assert await notifier.whisper(group, content(), Asker(ada.chat_id)) is None
    await instant_clock.sleep(REMEMBERED_S)
    assert await notifier.whisper(group, content(), Asker(ada.chat_id)) is not None
    assert len(await seen(people, group)) == 1
    assert await people.messages(group) == []


async def test_a_refusal_to_answer_unasked_says_nothing_of_presses(
    notifier: TelegramNotifier, people: People
) -> None:
    ada, group = await place(people)
    assert await notifier.whisper(group, content(), Asker(ada.chat_id)) is None
    assert await notifier.whisper(group, content(), await press(people, notifier, group, ada)) is not None


async def test_a_hidden_question_is_answered_hidden_or_in_the_private_chat(
    notifier: TelegramNotifier, people: People
) -> None:
    ada, group = await place(people)
    asker = Asker(ada.chat_id, hidden=True)
    await people.say(group, "/help", ephemeral=True, **{"from": ada.chat_id})
    assert (await notifier.whisper(group, content(), asker)) is not None
    await people.fault({"status": {"code": 400}}, chat=group.chat_id)
    sent = await notifier.whisper(group, content("late"), asker)
    assert sent is not None
    assert sent.chat == ChatRef(ada.chat_id, "private")
    assert await people.texts(ada) == ["late"]
    assert await people.messages(group) == []


@pytest.mark.parametrize("picture", [None, png()])
async def test_edits_name_the_message_by_its_own_id(
    notifier: TelegramNotifier, people: People, picture: bytes | None
) -> None:
    ada, group = await place(people, bot_admin=True)
    ref = await notifier.whisper(group, content(picture=picture), Asker(ada.chat_id))
    assert ref is not None
    assert await notifier.edit_if_free(ref, content("working"))
    edited = await notifier.edit(ref, content("now", picture=picture, keyboard=KEYBOARD))
    assert edited == ref
    kept = await notifier.edit(ref, content("kept", keep_picture=True))
    (message,) = await seen(people, group)
    assert message.get("text", message.get("caption")) == "kept"
    assert kept == ref
    assert await notifier.edit(ref, content("kept", keep_picture=True)) == ref  # not modified


async def test_a_text_in_place_of_a_hidden_picture_is_a_new_message(
    notifier: TelegramNotifier, people: People
) -> None:
    ada, group = await place(people, bot_admin=True)
    ref = await notifier.whisper(group, content(picture=png()), Asker(ada.chat_id))
    assert ref is not None
    edited = await notifier.edit(ref, content("text"))
    (message,) = await seen(people, group)
    assert message["text"] == "text"
    assert edited.ephemeral_id == message["ephemeral_message_id"]


async def test_a_message_that_is_gone_is_whispered_anew_and_without_room_said_openly(
    notifier: TelegramNotifier, people: People
) -> None:
    ada, group = await place(people, bot_admin=True)
    gone = MessageRef(group, 0, asker=Asker(ada.chat_id), ephemeral_id=9)
    assert (await notifier.edit(gone, content("again"))).ephemeral_id
    await people.call("PATCH", f"/chats/{group.chat_id}", {"bot_admin": False})
    assert (await notifier.edit(gone, content("openly"))).message_id
    assert await people.texts(group) == ["openly"]


async def test_an_older_server_shows_it_to_everybody_once_and_is_asked_no_more(
    notifier: TelegramNotifier, people: People
) -> None:
    ada, group = await place(people)
    await people.call("PUT", "/lacks", {"features": ["ephemeral"]})
    sent = await notifier.whisper(group, content(), Asker(ada.chat_id, "1"))
    (record,) = await people.messages(group)
    assert sent == MessageRef(group, record["message"]["message_id"])
    assert await notifier.whisper(group, content(), Asker(ada.chat_id, "1")) is None


async def test_markup_that_is_refused_is_whispered_plainly(
    notifier: TelegramNotifier, people: People
) -> None:
    ada, group = await place(people, bot_admin=True)
    await people.call("PUT", "/lacks", {"features": ["times"]})
    timed = MessageContent(f"<b>a</b> {moment_tag(0, 'UTC', 'en')}", "a")
    assert await notifier.whisper(group, timed, Asker(ada.chat_id)) is not None
    assert await notifier.whisper(group, MessageContent("<b>a < b</i>", "a < b"), Asker(ada.chat_id))
    first, second = await seen(people, group)
    assert first["text"].startswith("a 1 Jan 1970")
    assert second["text"] == "a < b"


async def test_a_long_answer_is_whispered_in_parts(notifier: TelegramNotifier, people: People) -> None:
    ada, group = await place(people, bot_admin=True)
    long = MessageContent("word " * 1500, "word " * 1500, keyboard=KEYBOARD)
    await notifier.whisper(group, long, Asker(ada.chat_id))
    first, last = await seen(people, group)
    assert "reply_markup" not in first
    assert last["reply_markup"]


async def test_a_lost_response_is_taken_as_sent_and_never_repeated(
    notifier: TelegramNotifier, people: People
) -> None:
    ada, group = await place(people, bot_admin=True)
    await people.fault({"timeout_after": {"s": 0.1}}, method="sendMessage")
    ref = await notifier.whisper(group, content(), Asker(ada.chat_id))
    assert ref is not None
    assert ref.ephemeral_id == 0
    assert len(await seen(people, group)) == 1


async def test_no_call_ever_names_the_id_0(notifier: TelegramNotifier, people: People) -> None:
    ada, group = await place(people, bot_admin=True)
    ref = await notifier.whisper(group, content(), Asker(ada.chat_id))
    assert ref is not None
    await notifier.edit(ref, content("b"))
    await notifier.edit(MessageRef(group, 0, True, Asker(ada.chat_id), 1), content("c"))
    calls = (await people.call("GET", "/calls"))["calls"]
    named = [call["query"].get("message_id") for call in calls]
    assert "0" not in named
    assert not any("reply_parameters" in call["query"] for call in calls)
