"""Sending and editing against the sandbox: every form of a message, and the fall-back for every kind of error."""

import asyncio

import aiohttp
import pytest
from structlog.testing import capture_logs
from telegram.ext import ExtBot

from bot.telegram.send.notifier import TelegramNotifier
from handlers.ports import ChatRef, InlineCard, MessageContent, MessageRef, Person, Undeliverable
from tests.bot.conftest import InstantClock, People, bot_on, png
from tests.bot.telegram.send.samples import KEYBOARD, content
from tests.support.clock import FakeClock
from utils.sandbox.telegram.server import TelegramSandbox


def person(chat: ChatRef) -> Person:
    """The person of a private chat."""
    return Person(chat.chat_id, "somebody", None)


async def test_text_with_markup_buttons_and_reply(
    notifier: TelegramNotifier, people: People, ada: ChatRef
) -> None:
    asked = await people.say(ada, "/t")
    ref = await notifier.send(ada, content(keyboard=KEYBOARD), reply_to=asked)
    (record,) = await people.messages(ada)
    message = record["message"]
    assert message["text"] == "hi there"
    assert [entity["type"] for entity in message["entities"]] == ["bold"]
    assert [b["text"] for b in message["reply_markup"]["inline_keyboard"][0]] == ["Refresh", "Why?"]
    assert message["reply_to_message"]["message_id"] == asked
    assert ref == MessageRef(ada, message["message_id"], has_picture=False)


async def test_a_picture_replies_as_a_text_does(
    notifier: TelegramNotifier, people: People, ada: ChatRef
) -> None:
    asked = await people.say(ada, "/t")
    await notifier.send(ada, content(picture=png()), reply_to=asked)
    (record,) = await people.messages(ada)
    assert record["message"]["photo"]
    assert record["message"]["reply_to_message"]["message_id"] == asked


async def test_a_reply_to_a_deleted_message_is_sent_without_it(
    notifier: TelegramNotifier, people: People, ada: ChatRef
) -> None:
    await notifier.send(ada, content(), reply_to=99)
    (record,) = await people.messages(ada)
    assert "reply_to_message" not in record["message"]


async def test_markup_that_cannot_be_parsed_is_sent_again_as_plain_text(
    notifier: TelegramNotifier, people: People, ada: ChatRef
) -> None:
    await notifier.send(ada, MessageContent("<b>a < b</i>", "a < b"))
    assert await people.texts(ada) == ["a < b"]
    assert await people.calls("sendMessage") == 2


@pytest.mark.parametrize("picture", [None, png()])
async def test_a_parse_error_in_an_edit_falls_back_to_plain_text(
    notifier: TelegramNotifier, people: People, ada: ChatRef, picture: bytes | None
) -> None:
    ref = await notifier.send(ada, content())
    await people.fault({"parse_error": {}})
    await notifier.edit(ref, content("<b>new</b>", picture=picture))
    assert await people.texts(ada) == ["hi there"]
    (record,) = await people.messages(ada)
    assert len(record["history"]) == 1


async def test_an_edit_of_a_text_and_one_that_changes_nothing(
    notifier: TelegramNotifier, people: People, ada: ChatRef
) -> None:
    ref = await notifier.send(ada, content())
    assert await notifier.edit(ref, content()) == ref
    assert await notifier.edit(ref, content("now <i>this</i>")) == ref
    assert await people.texts(ada) == ["now this"]


async def test_edit_text_to_picture_and_picture_to_picture_in_place(
    notifier: TelegramNotifier, people: People, ada: ChatRef
) -> None:
    ref = await notifier.send(ada, content())
    shown = await notifier.edit(ref, content("<b>chart</b>", picture=png(), keyboard=KEYBOARD))
    assert (shown.message_id, shown.has_picture) == (ref.message_id, True)
    again = await notifier.edit(shown, content("other", picture=png(200)))
    (record,) = await people.messages(ada)
    assert record["message"]["caption"] == "other"
    assert "photo" in record["message"]
    assert again == shown


async def test_picture_to_text_sends_a_new_reply_and_deletes_the_old_message(
    notifier: TelegramNotifier, people: People, ada: ChatRef
) -> None:
    asked = await people.say(ada, "/t")
    ref = await notifier.send(ada, content(picture=png()), reply_to=asked)
    fresh = await notifier.edit(ref, content("text now"))
    (record,) = await people.messages(ada)
    assert record["message"]["text"] == "text now"
    assert record["message"]["reply_to_message"]["message_id"] == asked
    assert fresh.message_id != ref.message_id
    assert not fresh.has_picture


async def test_a_caption_can_change_under_the_same_picture(
    notifier: TelegramNotifier, people: People, ada: ChatRef
) -> None:
    ref = await notifier.send(ada, content(picture=png()))
    kept = await notifier.edit(ref, content("<b>why</b>", keep_picture=True, keyboard=KEYBOARD))
    assert kept == ref
    (record,) = await people.messages(ada)
    assert record["message"]["caption"] == "why"
    assert "photo" in record["message"]
    assert "reply_markup" in record["message"]


async def test_an_edit_of_a_deleted_message_sends_a_new_one(
    notifier: TelegramNotifier, people: People, ada: ChatRef
) -> None:
    ref = await notifier.edit(MessageRef(ada, 4711), content("fresh"))
    assert await people.texts(ada) == ["fresh"]
    assert ref.message_id != 4711


async def test_long_text_is_split_at_blocks_and_the_last_part_has_the_buttons(
    notifier: TelegramNotifier, people: People, ada: ChatRef
) -> None:
    blocks = [f"<b>block {n}</b> " + "word " * 150 for n in range(12)]
    ref = await notifier.send(ada, content("\n\n".join(blocks), keyboard=KEYBOARD))
    records = await people.messages(ada)
    texts = [record["message"]["text"] for record in records]
    assert len(texts) > 1
    assert all(text.startswith("block") for text in texts)
    assert sum(text.count("word") for text in texts) == 12 * 150
    assert [("reply_markup" in record["message"]) for record in records] == [False] * (len(records) - 1) + [
        True
    ]
    assert ref.message_id == records[-1]["message"]["message_id"]


async def test_a_caption_too_long_for_a_picture_follows_as_text(
    notifier: TelegramNotifier, people: People, ada: ChatRef
) -> None:
    text = "word " * 300
    ref = await notifier.send(ada, MessageContent(text, text, picture=png(), keyboard=KEYBOARD))
    first, second = await people.messages(ada)
    assert "photo" in first["message"]
    assert "reply_markup" not in first["message"]
    assert second["message"]["text"].count("word") == 300
    assert "reply_markup" in second["message"]
    assert not ref.has_picture


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


async def test_a_429_response_in_one_chat_does_not_delay_another(
    telegram: TelegramSandbox, session: aiohttp.ClientSession, people: People, ada: ChatRef, clock: FakeClock
) -> None:
    bob = await people.join(first_name="Bob")
    await people.fault({"retry_after": {"s": 209}}, chat=ada.chat_id)
    bot = bot_on(telegram, session, clock)
    notifier = TelegramNotifier(bot, clock)
    async with bot:
        held = asyncio.ensure_future(notifier.send(ada, content("later")))
        while not clock.sleeping:  # noqa: ASYNC110 - the fake clock has no event for a new sleeper
            await asyncio.sleep(0)
        await notifier.send(bob, content("now"))
        assert await people.texts(bob) == ["now"]
        assert not held.done()
        await clock.advance(208_000)
        assert not held.done()
        await clock.advance(2_000)
        await held
    assert await people.texts(ada) == ["later"]


async def test_server_errors_are_retried(
    notifier: TelegramNotifier, people: People, ada: ChatRef, instant_clock: InstantClock
) -> None:
    await people.fault({"status": {"code": 500}}, count=2)
    await notifier.send(ada, content())
    assert await people.texts(ada) == ["hi there"]
    assert instant_clock.slept == pytest.approx(1.5)


async def test_a_server_that_keeps_failing_is_undeliverable(
    notifier: TelegramNotifier, people: People, ada: ChatRef
) -> None:
    await people.fault({"status": {"code": 502}}, count=None)
    with pytest.raises(Undeliverable) as caught:
        await notifier.send(ada, content())
    assert not caught.value.gone


async def test_without_a_connection_a_send_is_retried_and_then_undeliverable(
    notifier: TelegramNotifier,
    people: People,
    ada: ChatRef,
    telegram: TelegramSandbox,
    instant_clock: InstantClock,
) -> None:
    await telegram.stop()
    with pytest.raises(Undeliverable) as caught:
        await notifier.send(ada, content(), reply_to=1)
    assert not caught.value.gone
    assert instant_clock.slept >= 3.5
    await notifier.answer_callback_query("gone")
    await notifier.send_chat_action(ada, "typing")


async def test_callback_answers_arrive_and_late_ones_are_harmless(
    notifier: TelegramNotifier, people: People, ada: ChatRef
) -> None:
    ref = await notifier.send(ada, content(keyboard=KEYBOARD))
    press = {"from": ada.chat_id, "chat": ada.chat_id, "message": ref.message_id, "button": "Why?"}
    query = await people.call("POST", "/callbacks", press)
    await notifier.answer_callback_query(query["id"], "done", alert=True)
    answered = await people.call("GET", f"/callbacks/{query['id']}")
    assert answered["answer"]["text"] == "done"
    assert answered["answer"]["show_alert"]
    await notifier.answer_callback_query("unknown", "late")


async def test_inline_cards_arrive(notifier: TelegramNotifier, people: People, ada: ChatRef) -> None:
    query = await people.call("POST", "/inline", {"from": ada.chat_id, "query": "btc 4h"})
    await notifier.answer_inline(query["id"], (InlineCard("1", "BTC", "up", "<b>BTC</b> 0.7"),))
    answered = await people.call("GET", f"/inline/{query['id']}")
    assert answered["answer"]["results"][0]["title"] == "BTC"


async def test_administrators(notifier: TelegramNotifier, people: People, ada: ChatRef) -> None:
    bob, eve = await people.join(first_name="Bob"), await people.join(first_name="Eve")
    group = await people.group(
        members=[ada.chat_id, bob.chat_id, eve.chat_id], admins=[ada.chat_id], owner=eve.chat_id
    )
    assert await notifier.is_admin(group, person(ada))
    assert await notifier.is_admin(group, person(eve))
    assert not await notifier.is_admin(group, person(bob))
    assert not await notifier.is_admin(ChatRef(-1, "group"), person(bob))


async def test_everyone_administers_only_their_own_private_chat(
    notifier: TelegramNotifier, people: People, ada: ChatRef
) -> None:
    bob = await people.join(first_name="Bob")
    assert await notifier.is_admin(bob, person(bob))
    assert not await notifier.is_admin(ada, person(bob))
    assert await people.calls("getChatMember") == 0


async def test_administrator_status_is_asked_for_again_after_a_minute(
    notifier: TelegramNotifier, people: People, ada: ChatRef, instant_clock: InstantClock
) -> None:
    group = await people.group(members=[ada.chat_id], admins=[ada.chat_id])
    assert await notifier.is_admin(group, person(ada))
    await people.call("PATCH", f"/chats/{group.chat_id}", {"members": {str(ada.chat_id): "member"}})
    await instant_clock.advance(59_999)
    assert await notifier.is_admin(group, person(ada))
    assert await people.calls("getChatMember") == 1
    await instant_clock.advance(1)
    assert not await notifier.is_admin(group, person(ada))
    assert not await notifier.is_admin(group, person(ada))
    assert await people.calls("getChatMember") == 2


async def test_chat_actions_are_shown_and_never_wait(
    notifier: TelegramNotifier, people: People, ada: ChatRef, instant_clock: InstantClock
) -> None:
    await notifier.send_chat_action(ada, "typing")
    assert await people.calls("sendChatAction") == 1
    await people.fault({"retry_after": {"s": 30}}, method="sendChatAction")
    await notifier.send_chat_action(ada, "typing")
    assert instant_clock.slept == 0


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


async def test_only_the_first_part_of_a_long_text_replies(
    notifier: TelegramNotifier, people: People, ada: ChatRef
) -> None:
    asked = await people.say(ada, "/help")
    await notifier.send(ada, content("\n\n".join(["word " * 300] * 6)), reply_to=asked)
    messages = [record["message"] for record in await people.messages(ada)]
    replies = [message.get("reply_to_message", {}).get("message_id") for message in messages]
    assert len(messages) > 1
    assert replies == [asked] + [None] * (len(messages) - 1)


async def test_a_part_that_cannot_be_parsed_is_sent_as_its_own_plain_text(
    notifier: TelegramNotifier, people: People, ada: ChatRef
) -> None:
    blocks = [f"<b>{letter} &amp; co</b> " + "word " * 500 for letter in "xyz"]
    await people.fault({"parse_error": {}}, count=None)
    await notifier.send(ada, content("\n\n".join(blocks)))
    texts = await people.texts(ada)
    assert len(texts) > 1
    assert "".join(texts).count("word") == 1500
    assert all(f"{letter} & co" in "".join(texts) for letter in "xyz")
    assert "<b>" not in "".join(texts)


async def test_a_long_edit_continues_in_new_messages(
    notifier: TelegramNotifier, people: People, ada: ChatRef
) -> None:
    ref = await notifier.send(ada, content("working"))
    last = await notifier.edit(ref, content("\n\n".join(["word " * 300] * 6), keyboard=KEYBOARD))
    records = await people.messages(ada)
    assert records[0]["message"]["message_id"] == ref.message_id
    assert len(records) > 1
    assert sum(record["message"]["text"].count("word") for record in records) == 1800
    assert records[-1]["message"]["message_id"] == last.message_id
    assert "reply_markup" in records[-1]["message"]


async def test_a_message_that_replaces_a_deleted_one_keeps_its_reply(
    notifier: TelegramNotifier, people: People, ada: ChatRef, api: ExtBot[int]
) -> None:
    asked = await people.say(ada, "/t")
    ref = await notifier.send(ada, content("working"), reply_to=asked)
    await api.delete_message(ada.chat_id, ref.message_id)
    await notifier.edit(ref, content("card"))
    (record,) = await people.messages(ada)
    assert record["message"]["reply_to_message"]["message_id"] == asked


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


async def test_who_speaks_as_the_group_administers_it(
    notifier: TelegramNotifier, people: People, ada: ChatRef
) -> None:
    group = await people.group(members=[ada.chat_id])
    assert await notifier.is_admin(group, Person(group.chat_id, "Traders", None))
    assert not await notifier.is_admin(group, Person(-200, "News", None))


@pytest.mark.parametrize(
    ("fault", "wait_s"),
    [
        ({"description": "Too Many Requests: retry after 7", "parameters": {"adaptive_retry": 7}}, 7),
        ({"description": "Too Many Requests", "parameters": {"scope": "chat"}}, 30),
    ],
)
async def test_a_429_whose_parameters_are_all_new_is_waited_for(
    notifier: TelegramNotifier,
    people: People,
    ada: ChatRef,
    instant_clock: InstantClock,
    fault: dict[str, object],
    wait_s: float,
) -> None:
    await people.fault({"status": {"code": 429, **fault}}, method="sendMessage")
    await notifier.send(ada, content())
    assert await people.texts(ada) == ["hi there"]
    assert instant_clock.slept == pytest.approx(wait_s, abs=0.2)
    assert await people.calls("sendMessage") == 2


async def test_a_renewed_text_is_edited_once_and_only_where_answers_have_room(
    notifier: TelegramNotifier, people: People, ada: ChatRef
) -> None:
    ref = await notifier.send(ada, content())
    assert await notifier.edit_if_free(ref, content("<b>1/3</b>"))
    assert not await notifier.edit_if_free(ref, content("2/3"))  # two of three in three seconds are used
    assert await people.texts(ada) == ["1/3"]
    await notifier.edit(ref, content("done"))
    assert await people.texts(ada) == ["done"]


@pytest.mark.parametrize("fault", [{"status": {"code": 500}}, {"retry_after": {"s": 30}}])
async def test_a_text_that_cannot_be_renewed_costs_nothing(
    notifier: TelegramNotifier, people: People, ada: ChatRef, fault: dict[str, object]
) -> None:
    ref = await notifier.send(ada, content())
    await people.fault(fault, method="editMessageText")
    assert not await notifier.edit_if_free(ref, content("1/3"))
    assert await people.calls("editMessageText") == 1
