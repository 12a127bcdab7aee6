"""Sending against the sandbox: every form of a message, and the fall-back for every kind of error."""

import asyncio

import aiohttp
import pytest

from bot.telegram.send.notifier import TelegramNotifier
from handlers.ports import ChatRef, InlineCard, MessageContent, MessageRef, Undeliverable
from tests.bot.conftest import InstantClock, People, bot_on, png
from tests.bot.telegram.send.samples import KEYBOARD, content
from tests.support.clock import FakeClock
from utils.sandbox.telegram.server import TelegramSandbox


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


async def test_chat_actions_are_shown_and_never_wait(
    notifier: TelegramNotifier, people: People, ada: ChatRef, instant_clock: InstantClock
) -> None:
    await notifier.send_chat_action(ada, "typing")
    assert await people.calls("sendChatAction") == 1
    await people.fault({"retry_after": {"s": 30}}, method="sendChatAction")
    await notifier.send_chat_action(ada, "typing")
    assert instant_clock.slept == 0


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
