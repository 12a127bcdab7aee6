"""Edits against the sandbox: between texts and pictures, of what is gone, too long or cannot be parsed."""

import pytest
from telegram.ext import ExtBot

from bot.telegram.send.notifier import TelegramNotifier
from handlers.ports import ChatRef, MessageRef
from tests.bot.conftest import People, png
from tests.bot.telegram.send.samples import KEYBOARD, content


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
