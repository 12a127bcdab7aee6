"""Send recovery: after a lost response exactly one message is in the chat, and no other one has changed."""

import asyncio

import pytest
from telegram import Message
from telegram.ext import ExtBot

from bot.telegram.send.notifier import TelegramNotifier
from bot.telegram.send.recovery import CANDIDATES
from handlers.ports import ChatRef, MessageRef, Undeliverable
from tests.bot.conftest import InstantClock, People, png
from tests.bot.telegram.send.samples import KEYBOARD, content


@pytest.mark.parametrize("fault", ["timeout_before", "timeout_after"])
@pytest.mark.parametrize("picture", [None, png()])
async def test_a_lost_response_leaves_exactly_one_message(
    notifier: TelegramNotifier, people: People, ada: ChatRef, fault: str, picture: bytes | None
) -> None:
    asked = await people.say(ada, "/t")
    await people.fault({fault: {"s": 20}}, method="sendPhoto" if picture else "sendMessage")
    notifier.note_received(ada, asked)
    ref = await notifier.send(ada, content(picture=picture, keyboard=KEYBOARD))
    (record,) = await people.messages(ada)
    assert record["message"]["message_id"] == ref.message_id
    assert not record["history"]
    assert ref.has_picture is (picture is not None)


@pytest.mark.parametrize("fault", ["timeout_before", "timeout_after"])
async def test_a_response_that_is_lost_twice_leaves_exactly_one_message(
    notifier: TelegramNotifier, people: People, ada: ChatRef, fault: str
) -> None:
    asked = await people.say(ada, "/t")
    await people.fault({fault: {"s": 0.01}}, count=2, method="sendMessage")
    notifier.note_received(ada, asked)
    ref = await notifier.send(ada, content())
    (record,) = await people.messages(ada)
    assert record["message"]["message_id"] == ref.message_id


async def test_without_a_known_message_id_a_lost_send_is_not_repeated(
    notifier: TelegramNotifier, people: People, ada: ChatRef
) -> None:
    await people.fault({"timeout_after": {"s": 20}}, method="sendMessage")
    with pytest.raises(Undeliverable):
        await notifier.send(ada, content())
    assert len(await people.messages(ada)) == 1


@pytest.mark.parametrize("fault", ["timeout_before", "timeout_after"])
async def test_an_edit_whose_response_is_lost_is_repeated(
    notifier: TelegramNotifier, people: People, ada: ChatRef, fault: str
) -> None:
    ref = await notifier.send(ada, content())
    await people.fault({fault: {"s": 20}}, method="editMessageText")
    await notifier.edit(ref, content("edited"))
    assert await people.texts(ada) == ["edited"]


async def test_recovery_leaves_other_messages_as_they_are(notifier: TelegramNotifier, people: People) -> None:
    member = await people.join()
    group = await people.group()
    asked = await people.say(group, "/t", **{"from": member.chat_id})
    await people.say(group, "/rg", **{"from": member.chat_id})
    notifier.note_received(group, asked)
    other = await notifier.send(group, content("another card"), reply_to=asked)
    await people.fault({"timeout_before": {"s": 20}}, method="sendMessage")
    await notifier.send(group, content("mine"), reply_to=asked)
    assert await people.texts(group) == ["another card", "mine"]
    assert (await people.messages(group))[0]["message"]["message_id"] == other.message_id


@pytest.mark.parametrize("others", [1, 3])
async def test_a_delivered_message_is_found_after_messages_of_others(
    notifier: TelegramNotifier, people: People, others: int
) -> None:
    member = await people.join()
    group = await people.group()
    asked = await people.say(group, "/t", **{"from": member.chat_id})
    for _ in range(others):
        await people.say(group, "meanwhile", **{"from": member.chat_id})
    notifier.note_received(group, asked)
    await people.fault({"timeout_after": {"s": 20}}, method="sendMessage")
    ref = await notifier.send(group, content(), reply_to=asked)
    (record,) = await people.messages(group)
    assert record["message"]["message_id"] == ref.message_id == asked + others + 1


async def test_an_older_message_does_not_move_the_search_back(
    notifier: TelegramNotifier, people: People, ada: ChatRef
) -> None:
    first = await people.say(ada, "/t")
    for _ in range(5):
        newest = await people.say(ada, "/rg")
    notifier.note_received(ada, newest)
    notifier.note_received(ada, first)
    await people.fault({"timeout_after": {"s": 20}}, method="sendMessage")
    await notifier.send(ada, content())
    assert len(await people.messages(ada)) == 1


async def test_sends_to_one_chat_wait_for_the_recovery_of_the_one_before(
    notifier: TelegramNotifier, people: People, ada: ChatRef
) -> None:
    asked = await people.say(ada, "/t")
    await people.fault({"timeout_before": {"s": 20}}, method="sendMessage")
    await asyncio.gather(
        notifier.send(ada, content("first"), reply_to=asked), notifier.send(ada, content("second"))
    )
    assert await people.texts(ada) == ["first", "second"]


async def test_a_message_of_an_earlier_process_is_not_sent_again_but_replaced(
    notifier: TelegramNotifier, people: People, ada: ChatRef, api: ExtBot[int], instant_clock: InstantClock
) -> None:
    asked = await people.say(ada, "/t")
    earlier = TelegramNotifier(api, instant_clock)
    placeholder = await earlier.send(ada, content("working"), reply_to=asked)
    await people.fault({"timeout_before": {"s": 20}}, method="sendMessage")
    ref = await notifier.send(ada, content("card"), reply_to=asked)
    assert ref.message_id == placeholder.message_id
    assert await people.texts(ada) == ["card"]


@pytest.mark.parametrize("picture", [None, png()], ids=["text", "picture"])
async def test_what_a_lost_process_sent_is_found_and_becomes_the_answer(
    notifier: TelegramNotifier,
    people: People,
    ada: ChatRef,
    api: ExtBot[int],
    instant_clock: InstantClock,
    picture: bytes | None,
) -> None:
    asked = await people.say(ada, "/t")
    lost = await TelegramNotifier(api, instant_clock).send(ada, content("card", picture=picture))
    assert await notifier.find(ada, content("working"), asked) == lost.message_id
    await notifier.edit(MessageRef(ada, lost.message_id), content("new card", picture=picture))
    assert await people.texts(ada) == ["new card"]


async def test_a_text_answer_replaces_a_picture_that_a_lost_process_sent(
    notifier: TelegramNotifier, people: People, ada: ChatRef, api: ExtBot[int], instant_clock: InstantClock
) -> None:
    asked = await people.say(ada, "/t")
    lost = await TelegramNotifier(api, instant_clock).send(ada, content("card", picture=png()))
    assert await notifier.find(ada, content("working"), asked) == lost.message_id
    await notifier.edit(MessageRef(ada, lost.message_id), content("too late"))
    assert await people.texts(ada) == ["too late"]


async def test_what_another_process_has_pushed_meanwhile_is_not_replaced(
    notifier: TelegramNotifier, people: People, ada: ChatRef, api: ExtBot[int], instant_clock: InstantClock
) -> None:
    asked, other = await people.say(ada, "/t"), TelegramNotifier(api, instant_clock)
    pushes = [(await other.send(ada, content(f"push {number}"))).message_id for number in range(CANDIDATES)]
    assert await notifier.find(ada, content("working"), asked, others=frozenset(pushes)) is None
    answer = (await other.send(ada, content("card"))).message_id
    assert await notifier.find(ada, content("working"), asked, others=frozenset(pushes)) == answer
    assert await people.texts(ada) == [*(f"push {number}" for number in range(CANDIDATES)), "working"]


async def test_only_the_first_part_of_an_answer_is_noted_before_it_goes_out(
    notifier: TelegramNotifier, people: People, ada: ChatRef
) -> None:
    asked = await people.say(ada, "/help")
    noted: list[int] = []

    async def before(after_id: int) -> None:
        noted.append(after_id)

    notifier.note_received(ada, asked)
    await notifier.send(ada, content("\n\n".join(["word " * 500] * 4)), before=before)
    assert len(await people.messages(ada)) > 1
    assert noted == [asked]


async def test_a_send_whose_response_is_not_understood_is_found_and_not_repeated(
    notifier: TelegramNotifier, people: People, ada: ChatRef, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = await people.say(ada, "/t")
    monkeypatch.setattr(Message, "de_json", unreadable)
    ref = await notifier.send(ada, content("working"), reply_to=asked)
    edited = await notifier.edit(ref, content("card"))
    assert await people.texts(ada) == ["card"]
    assert edited == ref
    assert await people.calls("sendMessage") == 1


async def test_a_sent_message_that_cannot_be_found_is_not_repeated_and_never_edited(
    notifier: TelegramNotifier, people: People, ada: ChatRef, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Message, "de_json", unreadable)
    ref = await notifier.send(ada, content("working"))
    assert await people.calls("sendMessage") == 1
    await notifier.edit(ref, content("card"))
    assert await people.texts(ada) == ["working", "card"]
    assert await people.calls("editMessageText") == 0


def unreadable(*_: object) -> Message:
    """A response of a newer Bot API, which lacks a field that the library requires."""
    raise KeyError("date")
