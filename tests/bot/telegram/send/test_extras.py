"""Times in the reader's zone and the looks of buttons: sent where Telegram takes them, left out for a day where not."""

from typing import Any

import pytest

from bot.telegram.send.form_memory import REMEMBERED_S
from bot.telegram.send.notifier import TelegramNotifier
from handlers.ports import Button, ChatRef, InlineCard, MessageContent
from handlers.render.html import glue, time_tag
from handlers.render.words import moment_tag
from tests.bot.conftest import InstantClock, People, png

AT_MS = 1_700_000_000_000
WORDS = "14 Nov 2023 22:13 UTC"
TIMED = MessageContent(moment_tag(AT_MS, "UTC", "en"), WORDS)
LOOKS = MessageContent(
    "card",
    "card",
    keyboard=((Button("· 4h ·", "1", "primary", disabled=True), Button("Delete", "2", "danger")),),
)
ORDINARY = [[{"text": "· 4h ·", "callback_data": "1"}, {"text": "Delete", "callback_data": "2"}]]
LOOKING = [
    [
        {"text": "· 4h ·", "style": "primary", "disabled": {}},
        {"text": "Delete", "style": "danger", "callback_data": "2"},
    ]
]
Ways = pytest.mark.parametrize("way", ["send", "edit", "picture"])


async def lacking(people: People, *features: str) -> None:
    """Make the server an older one."""
    await people.call("PUT", "/lacks", {"features": list(features)})


async def shown(
    notifier: TelegramNotifier, people: People, chat: ChatRef, content: MessageContent, way: str
) -> dict[str, Any]:
    """What stands in the chat after the content was sent, or edited into a message."""
    if way == "send":
        await notifier.send(chat, content)
    elif way == "picture":
        await notifier.send(chat, MessageContent(content.text, content.plain, png(), content.keyboard))
    else:
        await notifier.edit(await notifier.send(chat, MessageContent("before", "before")), content)
    message: dict[str, Any] = (await people.messages(chat))[-1]["message"]
    return message


def times(message: dict[str, Any]) -> list[tuple[int, str]]:
    entities = message.get("entities", message.get("caption_entities", []))
    return [(e["unix_time"], e["date_time_format"]) for e in entities if e["type"] == "date_time"]


@Ways
async def test_a_moment_is_an_entity_around_the_words_of_the_chats_zone(
    notifier: TelegramNotifier, people: People, ada: ChatRef, way: str
) -> None:
    message = await shown(notifier, people, ada, TIMED, way)
    assert message.get("text", message.get("caption")) == WORDS
    assert times(message) == [(AT_MS // 1000, "Dt")]


@Ways
async def test_a_server_without_moments_gets_the_words_alone_and_is_asked_once_a_day(
    notifier: TelegramNotifier, people: People, ada: ChatRef, instant_clock: InstantClock, way: str
) -> None:
    await lacking(people, "times")
    content = MessageContent(glue(time_tag(WORDS, AT_MS), time_tag("x", 1)), f"{WORDS}x")
    message = await shown(notifier, people, ada, content, way)
    assert message.get("text", message.get("caption")) == f"{WORDS}x"
    assert "photo" in message or way != "picture"
    bold = MessageContent("<b>a</b>" + TIMED.text, WORDS)
    before = await people.calls("sendMessage")
    await notifier.send(ada, bold)
    assert await people.calls("sendMessage") == before + 1
    assert (await people.messages(ada))[-1]["message"]["entities"][0]["type"] == "bold"
    await lacking(people)
    await instant_clock.sleep(REMEMBERED_S)
    await notifier.send(ada, TIMED)
    assert times((await people.messages(ada))[-1]["message"]) == [(AT_MS // 1000, "Dt")]


@Ways
async def test_buttons_keep_their_looks(
    notifier: TelegramNotifier, people: People, ada: ChatRef, way: str
) -> None:
    message = await shown(notifier, people, ada, LOOKS, way)
    assert message["reply_markup"]["inline_keyboard"] == LOOKING


@Ways
async def test_a_server_without_disabled_buttons_gets_ordinary_ones_and_is_asked_once_a_day(
    notifier: TelegramNotifier, people: People, ada: ChatRef, instant_clock: InstantClock, way: str
) -> None:
    await lacking(people, "button_looks")
    message = await shown(notifier, people, ada, LOOKS, way)
    assert message["reply_markup"]["inline_keyboard"] == ORDINARY
    assert "photo" in message or way != "picture"
    before = await people.calls("sendMessage")
    await notifier.send(ada, LOOKS)
    assert await people.calls("sendMessage") == before + 1
    await lacking(people)
    await instant_clock.sleep(REMEMBERED_S)
    await notifier.send(ada, LOOKS)
    assert (await people.messages(ada))[-1]["message"]["reply_markup"]["inline_keyboard"] == LOOKING


async def test_what_another_fault_refuses_is_not_remembered_against_times(
    notifier: TelegramNotifier, people: People, ada: ChatRef
) -> None:
    await people.fault({"parse_error": {}}, count=2)
    await notifier.send(ada, TIMED)
    assert (await people.texts(ada)) == [WORDS]
    await notifier.send(ada, TIMED)
    assert times((await people.messages(ada))[-1]["message"]) == [(AT_MS // 1000, "Dt")]


async def inline(people: People, notifier: TelegramNotifier, person: ChatRef) -> dict[str, Any]:
    """The text of an inline answer with a moment."""
    query = await people.call("POST", "/inline", {"from": person.chat_id, "query": "btc"})
    await notifier.answer_inline(query["id"], (InlineCard("1", "title", "words", TIMED.text),))
    answer = (await people.call("GET", f"/inline/{query['id']}"))["answer"]
    content: dict[str, Any] = answer["results"][0]["content"]
    return content


async def test_inline_answers_have_moments_too(
    notifier: TelegramNotifier, people: People, ada: ChatRef
) -> None:
    assert times(await inline(people, notifier, ada)) == [(AT_MS // 1000, "Dt")]
    await lacking(people, "times")
    assert (await inline(people, notifier, ada))["text"] == WORDS
    assert await people.calls("answerInlineQuery") == 3
    assert times(await inline(people, notifier, ada)) == []
    assert await people.calls("answerInlineQuery") == 4
