"""What each update asks for, read from its JSON: no field is required that is not needed, and nothing raises."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.telegram.receive.updates import (
    ALLOWED_UPDATES,
    EDITABLE_S,
    BotStatus,
    MovedGroup,
    is_readable,
    minimal_update,
)
from handlers.ports import (
    Asker,
    CallbackQuery,
    ChatRef,
    GuestQuery,
    IncomingMessage,
    InlineQuery,
    MessageRef,
    Person,
    StoppedDraft,
)

ADA = {"id": 7, "is_bot": False, "first_name": "Ada", "last_name": "L", "language_code": "tr"}
PERSON = Person(7, "Ada L", "tr")
GROUP = {"id": -100, "type": "supergroup", "title": "Traders"}
CHANNEL = {"id": -200, "type": "channel", "title": "News"}
SENT_S = 1_722_863_400
TEXT: dict[str, Any] = {"message_id": 5, "date": SENT_S, "chat": GROUP, "from": ADA, "text": "/t btc"}
PHOTO = [{"file_id": "f", "file_unique_id": "u", "width": 8, "height": 8}]
UNTITLED = {name: value for name, value in TEXT.items() if name != "text"}
UNSIGNED = {name: value for name, value in TEXT.items() if name != "from"}
ANONYMOUS = {"id": 1087968824, "is_bot": True, "first_name": "Group", "username": "GroupAnonymousBot"}
AS_CHANNEL = {"id": 136817688, "is_bot": True, "first_name": "Channel", "username": "Channel_Bot"}
TELEGRAM = {"id": 777000, "is_bot": False, "first_name": "Telegram"}


def message_of(content: dict[str, Any], kind: str = "message") -> IncomingMessage | None:
    """The message of an update of this kind; every kind is asked for."""
    assert kind in ALLOWED_UPDATES
    read = minimal_update({"update_id": 1, kind: content})
    assert read is None or isinstance(read, IncomingMessage)
    return read


def press(message: object, **changes: Any) -> object:
    facts = {"id": "q", "from": ADA, "chat_instance": "c", "data": "1|r|t", "message": message, **changes}
    return minimal_update(
        {"callback_query": {name: fact for name, fact in facts.items() if fact is not None}}
    )


@pytest.mark.parametrize(("status", "is_there"), [("member", True), ("left", False), ("kicked", False)])
def test_it_is_told_whether_the_bot_is_in_a_chat(status: str, is_there: bool) -> None:
    change = {"chat": GROUP, "from": ADA, "date": SENT_S, "new_chat_member": {"status": status, "user": ADA}}
    assert is_readable({"update_id": 1, "my_chat_member": change})
    assert minimal_update({"update_id": 1, "my_chat_member": change}) == BotStatus(-100, is_there)
    assert not is_readable({"update_id": 1, "my_chat_member": change | {"new_chat_member": {}}})


@pytest.mark.parametrize(
    "note", [{"chat": {"id": -9, "type": "group"}, "migrate_to_chat_id": -100}, {"migrate_from_chat_id": -9}]
)
def test_a_group_that_became_a_supergroup_is_told_by_both(note: dict[str, Any]) -> None:
    message = UNTITLED | note
    assert is_readable({"update_id": 1, "message": message})
    assert minimal_update({"update_id": 1, "message": message}) == MovedGroup(-9, -100)


def test_a_text_message_is_kept_with_its_chat_person_and_time() -> None:
    assert message_of(TEXT) == IncomingMessage(
        PERSON, ChatRef(-100, "supergroup"), 5, "/t btc", SENT_S * 1000, chat_title="Traders"
    )


@pytest.mark.parametrize(
    ("changes", "kind", "person", "chat_kind"),
    [
        ({"from": ANONYMOUS, "sender_chat": GROUP}, "message", Person(-100, "Traders", None), "supergroup"),
        ({"from": ANONYMOUS}, "message", Person(-100, "Traders", None), "supergroup"),
        ({"from": AS_CHANNEL, "sender_chat": CHANNEL}, "message", Person(-200, "News", None), "supergroup"),
        ({"from": None, "chat": CHANNEL}, "channel_post", Person(-200, "News", None), "channel"),
        (
            {"from": None, "chat": CHANNEL, "sender_chat": GROUP},
            "channel_post",
            Person(-100, "Traders", None),
            "channel",
        ),
        ({"from": None, "chat": ADA | {"type": "private"}}, "message", PERSON, "private"),
    ],
    ids=["anonymous", "anonymous in short", "as channel", "channel post", "as another", "unsigned"],
)
def test_who_has_no_id_of_their_own_speaks_as_a_chat(
    changes: dict[str, Any], kind: str, person: Person, chat_kind: str
) -> None:
    message = message_of(TEXT | changes, kind)
    assert message is not None
    assert message.person == person
    assert message.chat.kind == chat_kind
    assert message.text == "/t btc"


@pytest.mark.parametrize(
    "content",
    [
        UNTITLED | {"photo": PHOTO},
        TEXT | {"from": ADA | {"is_bot": True}},
        TEXT | {"from": TELEGRAM, "sender_chat": CHANNEL, "is_automatic_forward": True},
        TEXT | {"from": TELEGRAM},
        TEXT | {"is_automatic_forward": True},
        TEXT | {"via_bot": {"id": 1, "is_bot": True, "first_name": "me"}},
        TEXT | {"chat": None},
        TEXT | {"message_id": None},
    ],
    ids=["no text", "another bot", "forward", "telegram", "marked", "inline result", "no chat", "no id"],
)
def test_what_no_person_has_written_is_ignored(content: dict[str, Any]) -> None:
    assert message_of(content) is None


@pytest.mark.parametrize("kind", ["edited_message", "edited_channel_post"])
@pytest.mark.parametrize(("after_s", "answered"), [(0, True), (EDITABLE_S, True), (EDITABLE_S + 1, False)])
def test_an_edit_is_read_for_two_minutes(kind: str, after_s: int, answered: bool) -> None:
    message = message_of(TEXT | {"edit_date": SENT_S + after_s}, kind)
    if not answered:
        assert message is None
        return
    assert message is not None
    assert message.edited
    assert message.date_ms == (SENT_S + after_s) * 1000


def test_a_new_message_is_not_edited() -> None:
    message = message_of(TEXT | {"edit_date": SENT_S + 1000})
    assert message is not None
    assert (message.edited, message.date_ms) == (False, SENT_S * 1000)


def test_a_caption_is_read_as_a_text() -> None:
    message = message_of(UNTITLED | {"photo": PHOTO, "caption": "/rg eth"})
    assert message is not None
    assert message.text == "/rg eth"


@pytest.mark.parametrize(
    ("blocks", "text"),
    [
        ([{"type": "paragraph", "text": "/t btc"}], "/t btc"),
        ([{"type": "paragraph", "text": [{"type": "bot_command", "text": "/t"}, " ", "btc"]}], "/t btc"),
        (
            [
                {"type": "section_heading", "text": {"type": "bold", "text": "Look"}},
                {"type": "list", "items": [{"blocks": [{"type": "paragraph", "text": [" /t", [" btc"]]}]}]},
            ],
            " /t btc",
        ),
        ([{"type": "table", "cells": [[{"text": "a"}, {"text": "/t b"}]], "caption": "c"}], "/t b"),
        ([{"type": "details", "summary": "more", "blocks": [{"text": "no command"}]}], "more\nno command"),
    ],
)
def test_a_command_inside_a_rich_message_is_found(blocks: list[Any], text: str) -> None:
    message = message_of(UNTITLED | {"rich_message": {"blocks": blocks}})
    assert message is not None
    assert message.text == text


def test_an_empty_rich_message_and_one_without_end_say_nothing() -> None:
    endless: Any = "/t"
    for _ in range(500):
        endless = {"type": "bold", "text": endless}
    assert message_of(UNTITLED | {"rich_message": {"blocks": []}}) is None
    assert message_of(UNTITLED | {"rich_message": {"blocks": [{"text": endless}]}}) is None


@pytest.mark.parametrize(("is_topic", "thread_id"), [(True, 9), (None, None)])
def test_a_thread_is_kept_only_if_it_is_a_topic(is_topic: bool | None, thread_id: int | None) -> None:
    message = message_of(TEXT | {"message_thread_id": 9, "is_topic_message": is_topic})
    assert message is not None
    assert message.chat == ChatRef(-100, "supergroup", thread_id)


@pytest.mark.parametrize(
    ("chat", "kind"),
    [
        ({"id": 3, "type": "private"}, "private"),
        ({"id": -3, "type": "group"}, "group"),
        ({"id": -3, "type": "supergroup"}, "supergroup"),
        ({"id": -3, "type": "channel"}, "channel"),
        ({"id": -3, "type": "of next year"}, "supergroup"),
        ({"id": 3}, "private"),
    ],
)
def test_every_kind_of_chat_is_known(chat: dict[str, Any], kind: str) -> None:
    message = message_of(TEXT | {"chat": chat})
    assert message is not None
    assert message.chat.kind == kind


def test_a_message_without_a_date_has_just_come() -> None:
    message = message_of(TEXT | {"date": None})
    assert message is not None
    assert message.date_ms > SENT_S * 1000_000


def test_half_a_surrogate_pair_can_be_written_again() -> None:
    message = message_of(TEXT | {"text": "/t \ud83d"})
    assert message is not None
    assert message.text == "/t ?"


@pytest.mark.parametrize("picture", [False, True])
def test_a_button_press_names_its_message_and_whether_it_has_a_picture(picture: bool) -> None:
    message = UNTITLED | {"photo": PHOTO, "caption": "card"} if picture else TEXT
    ref = MessageRef(ChatRef(-100, "supergroup"), 5, picture)
    assert press(message) == CallbackQuery(PERSON, ref, "q", "1|r|t")


def test_a_press_under_an_old_message_keeps_its_chat_and_id() -> None:
    ref = MessageRef(ChatRef(-100, "supergroup"), 5)
    assert press({"message_id": 5, "date": 0, "chat": GROUP}) == CallbackQuery(PERSON, ref, "q", "1|r|t")


@pytest.mark.parametrize("message", [None, {"message_id": 0, "date": 0, "chat": GROUP}, {"message_id": 5}])
def test_a_press_under_a_message_that_cannot_be_named_has_none(message: object) -> None:
    assert press(message, inline_message_id="i") == CallbackQuery(PERSON, None, "q", "1|r|t")


def test_a_press_without_data_is_ignored() -> None:
    assert press(TEXT, data=None, game_short_name="g") is None


def test_an_inline_query_is_its_text_and_person() -> None:
    asked = {"inline_query": {"id": "q", "from": ADA, "query": "btc 4h", "offset": ""}}
    assert minimal_update(asked) == InlineQuery(PERSON, "q", "btc 4h")


NAMES = st.sampled_from(
    (
        *ALLOWED_UPDATES,
        *("message_id", "date", "edit_date", "chat", "from", "sender_chat", "text", "caption", "id", "type"),
        *(
            "rich_message",
            "blocks",
            "cells",
            "data",
            "query",
            "photo",
            "message_thread_id",
            "is_bot",
            "title",
        ),
        *("is_topic_message", "first_name", "language_code"),
    )
)
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=5),
    max_leaves=25,
)


@given(st.dictionaries(NAMES, ANY_JSON, max_size=4))
def test_no_json_raises(raw: dict[str, Any]) -> None:
    minimal_update(raw)


@given(st.dictionaries(st.sampled_from(sorted(TEXT)), ANY_JSON, max_size=3), st.sampled_from(ALLOWED_UPDATES))
def test_what_is_read_of_a_broken_message_can_be_used(broken: dict[str, Any], kind: str) -> None:
    read = minimal_update({kind: TEXT | broken})
    if isinstance(read, IncomingMessage):
        assert isinstance(read.person.id, int)
        assert read.text.encode()
        assert read.person.name.encode() is not None


PRESS = {"id": "q", "from": ADA, "chat_instance": "c", "data": "1|r|t"}


@pytest.mark.parametrize(
    ("raw", "readable"),
    [
        ({"message": TEXT}, True),
        ({"message": UNTITLED | {"photo": PHOTO}}, True),
        ({"edited_message": TEXT}, True),
        ({"message": UNSIGNED}, True),
        ({"callback_query": PRESS}, True),
        ({"callback_query": {"id": "q", "from": ADA, "game_short_name": "chess"}}, True),
        ({"inline_query": {"id": "q", "from": ADA, "query": ""}}, True),
        ({"message": {name: value for name, value in TEXT.items() if name != "chat"}}, False),
        ({"message": TEXT | {"chat": {"title": "Traders"}}}, False),
        ({"message": TEXT | {"message_id": "5"}}, False),
        ({"message": []}, False),
        ({"callback_query": {"id": "q", "data": "1|r|t"}}, False),
        ({"inline_query": {"from": ADA}}, False),
        ({"subscription": {"user": ADA}}, False),
        ({}, False),
    ],
)
def test_an_update_is_readable_if_it_says_whose_it_is(raw: dict[str, Any], readable: bool) -> None:
    assert is_readable({"update_id": 1, **raw}) == readable
    if not readable:
        assert minimal_update({"update_id": 1, **raw}) is None


WRITER = {"id": 7, "is_bot": False, "first_name": "Ada"}


def test_a_hidden_command_has_no_id_and_says_so() -> None:
    raw = {
        "message": {
            "message_id": 0,
            "ephemeral_message_id": 3,
            "date": 1,
            "chat": {"id": -1, "type": "supergroup"},
            "from": WRITER,
            "text": "/help",
        }
    }
    message = minimal_update(raw)
    assert isinstance(message, IncomingMessage)
    assert (message.hidden, message.message_id) == (True, 0)


def test_a_press_on_a_hidden_message_names_it_by_its_own_id() -> None:
    message = {
        "message_id": 0,
        "ephemeral_message_id": 3,
        "chat": {"id": -1, "type": "supergroup"},
        "photo": [1],
    }
    query = minimal_update({"callback_query": {"id": "9", "from": WRITER, "data": "x", "message": message}})
    assert isinstance(query, CallbackQuery)
    asker = Asker(7, "9", hidden=True)
    assert query.message == MessageRef(ChatRef(-1, "supergroup"), 0, True, asker, 3)


def test_guests_stops_and_topics_are_read() -> None:
    chat = {"id": -1, "type": "supergroup"}
    guest = {"message_id": 4, "chat": chat, "from": WRITER, "text": "@b btc", "guest_query_id": "q"}
    assert is_readable({"guest_message": guest})
    assert minimal_update({"guest_message": guest}) == GuestQuery(Person(7, "Ada", None), "q", "@b btc")
    assert minimal_update({"guest_message": guest | {"guest_query_id": None}}) is None
    stopped = {"chat": {"id": 7, "type": "private"}, "draft_id": 42}
    assert is_readable({"stopped_message_generation": stopped})
    assert not is_readable({"stopped_message_generation": {"draft_id": 42}})
    assert minimal_update({"stopped_message_generation": stopped}) == StoppedDraft(ChatRef(7, "private"), 42)
    direct = {**guest, "direct_messages_topic": {"topic_id": 12}, "guest_query_id": None}
    message = minimal_update({"message": direct})
    assert isinstance(message, IncomingMessage)
    assert message.chat.direct_topic_id == 12
