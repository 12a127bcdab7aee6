"""Every way in which Telegram refuses, against a Telegram that refuses in its own words."""

import asyncio

import aiohttp
import pytest

from bot.telegram.send.notifier import TelegramNotifier
from handlers.ports import Button, ChatRef, InlineCard, MessageContent, MessageRef, Person, Undeliverable
from tests.bot.conftest import InstantClock, People, bot_on, png
from tests.support.clock import FakeClock
from utils.sandbox.telegram.server import TelegramSandbox

KEYBOARD = ((Button("Refresh", "1|r|t|BTCUSDT|4h|-|-"), Button("Why?", "1|w|t|BTCUSDT|4h|x|-")),)


def words(text: str = "<b>hi</b> there", **extra: object) -> MessageContent:
    return MessageContent(text, "hi there", **extra)  # type: ignore[arg-type]


@pytest.fixture
async def ada(people: People) -> ChatRef:
    return await people.join(first_name="Ada")


async def test_text_with_markup_buttons_and_reply(
    notifier: TelegramNotifier, people: People, ada: ChatRef
) -> None:
    asked = await people.say(ada, "/t")
    ref = await notifier.send(ada, words(keyboard=KEYBOARD), reply_to=asked)
    (record,) = await people.messages(ada)
    message = record["message"]
    assert message["text"] == "hi there"
    assert [entity["type"] for entity in message["entities"]] == ["bold"]
    assert [b["text"] for b in message["reply_markup"]["inline_keyboard"][0]] == ["Refresh", "Why?"]
    assert message["reply_to_message"]["message_id"] == asked
    assert ref == MessageRef(ada, message["message_id"], has_picture=False)


async def test_a_reply_to_a_deleted_message_is_sent_without_it(
    notifier: TelegramNotifier, people: People, ada: ChatRef
) -> None:
    await notifier.send(ada, words(), reply_to=99)
    (record,) = await people.messages(ada)
    assert "reply_to_message" not in record["message"]


async def test_markup_that_cannot_be_parsed_is_resent_once_as_plain_text(
    notifier: TelegramNotifier, people: People, ada: ChatRef
) -> None:
    await notifier.send(ada, MessageContent("<b>a < b</i>", "a < b"))
    assert await people.texts(ada) == ["a < b"]
    assert await people.calls("sendMessage") == 2


@pytest.mark.parametrize("picture", [None, png()])
async def test_a_parse_error_in_an_edit_falls_back_to_plain_text(
    notifier: TelegramNotifier, people: People, ada: ChatRef, picture: bytes | None
) -> None:
    ref = await notifier.send(ada, words())
    await people.fault({"parse_error": {}})
    await notifier.edit(ref, words("<b>new</b>", picture=picture))
    assert await people.texts(ada) == ["hi there"]
    (record,) = await people.messages(ada)
    assert len(record["history"]) == 1


async def test_edit_text_to_text_and_unchanged_is_silent(
    notifier: TelegramNotifier, people: People, ada: ChatRef
) -> None:
    ref = await notifier.send(ada, words())
    assert await notifier.edit(ref, words()) == ref
    assert await notifier.edit(ref, words("now <i>this</i>")) == ref
    assert await people.texts(ada) == ["now this"]


async def test_edit_text_to_picture_and_picture_to_picture_in_place(
    notifier: TelegramNotifier, people: People, ada: ChatRef
) -> None:
    ref = await notifier.send(ada, words())
    shown = await notifier.edit(ref, words("<b>chart</b>", picture=png(), keyboard=KEYBOARD))
    assert (shown.message_id, shown.has_picture) == (ref.message_id, True)
    again = await notifier.edit(shown, words("other", picture=png(200)))
    (record,) = await people.messages(ada)
    assert record["message"]["caption"] == "other"
    assert "photo" in record["message"]
    assert again == shown


async def test_picture_to_text_is_sent_anew_as_the_same_reply_and_the_old_one_deleted(
    notifier: TelegramNotifier, people: People, ada: ChatRef
) -> None:
    asked = await people.say(ada, "/t")
    ref = await notifier.send(ada, words(picture=png()), reply_to=asked)
    fresh = await notifier.edit(ref, words("text now"))
    (record,) = await people.messages(ada)
    assert record["message"]["text"] == "text now"
    assert record["message"]["reply_to_message"]["message_id"] == asked
    assert fresh.message_id != ref.message_id
    assert not fresh.has_picture


async def test_the_picture_can_stay_while_its_caption_changes(
    notifier: TelegramNotifier, people: People, ada: ChatRef
) -> None:
    ref = await notifier.send(ada, words(picture=png()))
    kept = await notifier.edit(ref, words("<b>why</b>", keep_picture=True, keyboard=KEYBOARD))
    assert kept == ref
    (record,) = await people.messages(ada)
    assert record["message"]["caption"] == "why"
    assert "photo" in record["message"]
    assert "reply_markup" in record["message"]


async def test_an_edit_of_a_vanished_message_is_sent_anew(
    notifier: TelegramNotifier, people: People, ada: ChatRef
) -> None:
    ref = await notifier.edit(MessageRef(ada, 4711), words("fresh"))
    assert await people.texts(ada) == ["fresh"]
    assert ref.message_id != 4711


async def test_long_text_is_split_at_blocks_and_the_last_part_has_the_buttons(
    notifier: TelegramNotifier, people: People, ada: ChatRef
) -> None:
    blocks = [f"<b>block {n}</b> " + "word " * 150 for n in range(12)]
    ref = await notifier.send(ada, words("\n\n".join(blocks), keyboard=KEYBOARD))
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
    assert second["message"]["text"].count("word") == 300
    assert "reply_markup" in second["message"]
    assert not ref.has_picture


@pytest.mark.parametrize("state", [{"blocked": True}, {"kicked": True}])
async def test_a_chat_that_is_gone_is_a_typed_outcome(
    notifier: TelegramNotifier, people: People, ada: ChatRef, state: dict[str, bool]
) -> None:
    chat = ada if "blocked" in state else await people.group()
    await people.call("PATCH", f"/chats/{chat.chat_id}", state)
    with pytest.raises(Undeliverable) as caught:
        await notifier.send(chat, words())
    assert caught.value.gone
    assert caught.value.chat_id == chat.chat_id


async def test_an_unknown_chat_is_gone(notifier: TelegramNotifier) -> None:
    with pytest.raises(Undeliverable) as caught:
        await notifier.send(ChatRef(123, "private"), words())
    assert caught.value.gone


@pytest.mark.usefixtures("ada")
async def test_a_group_that_became_a_supergroup_is_followed(
    notifier: TelegramNotifier, people: People
) -> None:
    group = await people.group(type="group")
    ref = await notifier.send(group, words())
    await people.call("PATCH", f"/chats/{group.chat_id}", {"migrate": True})
    moved = await notifier.send(group, words("after"), reply_to=1)
    assert moved.chat.chat_id != group.chat_id
    assert await people.texts(moved.chat) == ["after"]
    edited = await notifier.edit(ref, words("edited"))
    assert edited.chat.chat_id == moved.chat.chat_id
    assert await people.texts(moved.chat) == ["after", "edited"]
    assert await people.calls("sendMessage") == 4


@pytest.mark.usefixtures("ada")
async def test_topics_are_answered_in_place_and_a_deleted_one_in_the_group(
    notifier: TelegramNotifier, people: People
) -> None:
    forum = await people.group(is_forum=True, topics=["Markets"])
    state = await people.call("GET", "/state")
    chat = next(chat for chat in state["chats"] if chat["id"] == forum.chat_id)
    topic = chat["topics"][0]["message_thread_id"]
    await notifier.send(ChatRef(forum.chat_id, "supergroup", topic), words())
    lost = await notifier.send(ChatRef(forum.chat_id, "supergroup", 9999), words("general"))
    first, second = (record["message"] for record in await people.messages(forum))
    assert first["message_thread_id"] == topic
    assert "message_thread_id" not in second
    assert lost.chat.thread_id is None


async def test_a_refusal_in_one_chat_does_not_hold_up_another(
    telegram: TelegramSandbox, session: aiohttp.ClientSession, people: People, ada: ChatRef, clock: FakeClock
) -> None:
    bob = await people.join(first_name="Bob")
    await people.fault({"retry_after": {"s": 30}}, chat=ada.chat_id)
    bot = bot_on(telegram, session, clock)
    notifier = TelegramNotifier(bot, clock)
    async with bot:
        held = asyncio.ensure_future(notifier.send(ada, words("later")))
        while not clock.sleeping:  # noqa: ASYNC110 - the fake clock has no event for a new sleeper
            await asyncio.sleep(0)
        await notifier.send(bob, words("now"))
        assert await people.texts(bob) == ["now"]
        assert not held.done()
        await clock.advance(29_000)
        assert not held.done()
        await clock.advance(2_000)
        await held
    assert await people.texts(ada) == ["later"]


async def test_server_errors_are_tried_again(
    notifier: TelegramNotifier, people: People, ada: ChatRef, instant_clock: InstantClock
) -> None:
    await people.fault({"status": {"code": 500}}, count=2)
    await notifier.send(ada, words())
    assert await people.texts(ada) == ["hi there"]
    assert instant_clock.slept == pytest.approx(1.5)


async def test_a_server_that_stays_broken_is_a_typed_outcome(
    notifier: TelegramNotifier, people: People, ada: ChatRef
) -> None:
    await people.fault({"status": {"code": 502}}, count=None)
    with pytest.raises(Undeliverable) as caught:
        await notifier.send(ada, words())
    assert not caught.value.gone


@pytest.mark.parametrize("fault", ["timeout_before", "timeout_after"])
@pytest.mark.parametrize("picture", [None, png()])
async def test_a_lost_answer_gives_exactly_one_card(
    notifier: TelegramNotifier, people: People, ada: ChatRef, fault: str, picture: bytes | None
) -> None:
    asked = await people.say(ada, "/t")
    await people.fault({fault: {"s": 20}}, method="sendPhoto" if picture else "sendMessage")
    notifier.note_received(ada, asked)
    ref = await notifier.send(ada, words(picture=picture, keyboard=KEYBOARD))
    (record,) = await people.messages(ada)
    assert record["message"]["message_id"] == ref.message_id
    assert not record["history"]
    assert ref.has_picture is (picture is not None)


async def test_a_lost_push_without_a_place_to_look_is_not_repeated(
    notifier: TelegramNotifier, people: People, ada: ChatRef
) -> None:
    await people.fault({"timeout_after": {"s": 20}}, method="sendMessage")
    with pytest.raises(Undeliverable):
        await notifier.send(ada, words())
    assert len(await people.messages(ada)) == 1


@pytest.mark.parametrize("fault", ["timeout_before", "timeout_after"])
async def test_a_lost_edit_is_repeated(
    notifier: TelegramNotifier, people: People, ada: ChatRef, fault: str
) -> None:
    ref = await notifier.send(ada, words())
    await people.fault({fault: {"s": 20}}, method="editMessageText")
    await notifier.edit(ref, words("edited"))
    assert await people.texts(ada) == ["edited"]


async def test_looking_for_a_lost_card_never_touches_other_messages(
    notifier: TelegramNotifier, people: People
) -> None:
    member = await people.join()
    group = await people.group()
    asked = await people.say(group, "/t", **{"from": member.chat_id})
    await people.say(group, "/rg", **{"from": member.chat_id})
    notifier.note_received(group, asked)
    other = await notifier.send(group, words("another card"), reply_to=asked)
    await people.fault({"timeout_before": {"s": 20}}, method="sendMessage")
    await notifier.send(group, words("mine"), reply_to=asked)
    assert await people.texts(group) == ["another card", "mine"]
    assert (await people.messages(group))[0]["message"]["message_id"] == other.message_id


async def test_a_dead_connection_is_tried_again_and_then_typed(
    notifier: TelegramNotifier,
    people: People,
    ada: ChatRef,
    telegram: TelegramSandbox,
    instant_clock: InstantClock,
) -> None:
    await telegram.stop()
    with pytest.raises(Undeliverable) as caught:
        await notifier.send(ada, words(), reply_to=1)
    assert not caught.value.gone
    assert instant_clock.slept >= 3.5
    await notifier.answer_callback_query("gone")
    await notifier.send_chat_action(ada, "typing")


async def test_toasts_reach_the_person_and_late_ones_are_harmless(
    notifier: TelegramNotifier, people: People, ada: ChatRef
) -> None:
    ref = await notifier.send(ada, words(keyboard=KEYBOARD))
    press = {"from": ada.chat_id, "chat": ada.chat_id, "message": ref.message_id, "button": "Why?"}
    query = await people.call("POST", "/callbacks", press)
    await notifier.answer_callback_query(query["id"], "done", alert=True)
    answered = await people.call("GET", f"/callbacks/{query['id']}")
    assert answered["answer"]["text"] == "done"
    assert answered["answer"]["show_alert"]
    await notifier.answer_callback_query("unknown", "late")


async def test_inline_cards(notifier: TelegramNotifier, people: People, ada: ChatRef) -> None:
    query = await people.call("POST", "/inline", {"from": ada.chat_id, "query": "btc 4h"})
    await notifier.answer_inline(query["id"], (InlineCard("1", "BTC", "up", "<b>BTC</b> 0.7"),))
    answered = await people.call("GET", f"/inline/{query['id']}")
    assert answered["answer"]["results"][0]["title"] == "BTC"


async def test_who_administers(notifier: TelegramNotifier, people: People, ada: ChatRef) -> None:
    bob = await people.join(first_name="Bob")
    group = await people.group(members=[ada.chat_id, bob.chat_id], admins=[ada.chat_id])
    assert await notifier.is_admin(group, Person(ada.chat_id, "Ada", None))
    assert not await notifier.is_admin(group, Person(bob.chat_id, "Bob", None))
    assert not await notifier.is_admin(group, Person(bob.chat_id, "Bob", None))
    assert await people.calls("getChatMember") == 2
    assert await notifier.is_admin(bob, Person(bob.chat_id, "Bob", None))
    assert not await notifier.is_admin(ChatRef(-1, "group"), Person(bob.chat_id, "Bob", None))


async def test_chat_actions_show(notifier: TelegramNotifier, people: People, ada: ChatRef) -> None:
    await notifier.send_chat_action(ada, "typing")
    assert await people.calls("sendChatAction") == 1
