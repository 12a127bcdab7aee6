"""Which updates become messages, callback queries and inline queries, and what of them is kept."""

from typing import Any

import pytest
from telegram import Bot, Update

from bot.telegram.receive.updates import callback_query_of, incoming_message_of, inline_query_of
from handlers.ports import CallbackQuery, ChatRef, IncomingMessage, InlineQuery, MessageRef, Person

BOT = Bot("1:token")
ADA = {"id": 7, "is_bot": False, "first_name": "Ada", "last_name": "L", "language_code": "tr"}
PERSON = Person(7, "Ada L", "tr")
GROUP = {"id": -100, "type": "supergroup", "title": "Traders"}
TEXT = {"message_id": 5, "date": 1_722_863_400, "chat": GROUP, "from": ADA, "text": "/t btc"}
PHOTO = [{"file_id": "f", "file_unique_id": "u", "width": 8, "height": 8}]


def update(**content: Any) -> Update:
    return Update.de_json({"update_id": 1, **content}, BOT)


def query(message: dict[str, Any] | None, **changes: Any) -> Update:
    facts = {"id": "q", "from": ADA, "chat_instance": "c", "data": "1|r|t", "message": message, **changes}
    return update(callback_query={name: value for name, value in facts.items() if value is not None})


def test_a_text_message_is_kept_with_its_chat_person_and_time() -> None:
    assert incoming_message_of(update(message=TEXT)) == IncomingMessage(
        PERSON, ChatRef(-100, "supergroup"), 5, "/t btc", 1_722_863_400_000
    )


@pytest.mark.parametrize(
    "content",
    [
        {"edited_message": TEXT},
        {"channel_post": TEXT},
        {"message": {name: value for name, value in TEXT.items() if name != "text"} | {"photo": PHOTO}},
        {"message": {name: value for name, value in TEXT.items() if name != "from"}},
        {"message": TEXT | {"from": ADA | {"is_bot": True}}},
    ],
    ids=["edit", "channel post", "no text", "no sender", "another bot"],
)
def test_what_is_no_new_text_of_a_person_is_ignored(content: dict[str, Any]) -> None:
    assert incoming_message_of(update(**content)) is None


@pytest.mark.parametrize(("is_topic", "thread_id"), [(True, 9), (None, None)])
def test_a_thread_is_kept_only_if_it_is_a_topic(is_topic: bool | None, thread_id: int | None) -> None:
    threaded = TEXT | {"message_thread_id": 9}
    message = incoming_message_of(update(message=threaded | ({"is_topic_message": True} if is_topic else {})))
    assert message is not None
    assert message.chat == ChatRef(-100, "supergroup", thread_id)


@pytest.mark.parametrize("kind", ["private", "group", "supergroup", "channel"])
def test_every_kind_of_chat_is_known(kind: str) -> None:
    message = incoming_message_of(update(message=TEXT | {"chat": {"id": 3, "type": kind}}))
    assert message is not None
    assert message.chat.kind == kind


@pytest.mark.parametrize("picture", [False, True])
def test_a_button_press_names_its_message_and_whether_it_has_a_picture(picture: bool) -> None:
    content = {"photo": PHOTO, "caption": "card"} if picture else {}
    message = {name: value for name, value in TEXT.items() if name != "text" or not picture} | content
    ref = MessageRef(ChatRef(-100, "supergroup"), 5, picture)
    assert callback_query_of(query(message)) == CallbackQuery(PERSON, ref, "q", "1|r|t")


def test_a_press_under_an_old_message_keeps_its_chat_and_id() -> None:
    found = callback_query_of(query({"message_id": 5, "date": 0, "chat": GROUP}))
    assert found is not None
    assert found.message == MessageRef(ChatRef(-100, "supergroup"), 5)


def test_a_press_without_message_has_none_and_one_without_data_is_ignored() -> None:
    found = callback_query_of(query(None, inline_message_id="i"))
    assert found is not None
    assert found.message is None
    assert callback_query_of(query(TEXT, data=None, game_short_name="g")) is None


def test_an_inline_query_is_its_text_and_person() -> None:
    asked = update(inline_query={"id": "q", "from": ADA, "query": "btc 4h", "offset": ""})
    assert inline_query_of(asked) == InlineQuery(PERSON, "q", "btc 4h")
    assert inline_query_of(update(message=TEXT)) is None
