"""An edited command: its answer becomes the new one, and nothing else is sent."""

from dataclasses import replace

import pytest

from handlers.ports import ChatRef, IncomingMessage, MessageRef
from tests.handlers.harness import ALONE, ANN, GROUP, NOW_MS, Harness


def typed(text: str, chat: ChatRef = ALONE, message_id: int = 42) -> IncomingMessage:
    return IncomingMessage(ANN, chat, message_id, text, NOW_MS)


def edited(text: str, chat: ChatRef = ALONE, message_id: int = 42) -> IncomingMessage:
    return replace(typed(text, chat, message_id), edited=True)


@pytest.mark.parametrize("chat", [ALONE, GROUP])
@pytest.mark.parametrize(("before", "has_picture"), [("/t btc", True), ("/t 7h", False), ("/help", False)])
async def test_the_answer_becomes_that_of_the_edited_command(
    chat: ChatRef, before: str, has_picture: bool
) -> None:
    harness = Harness()
    await harness.dispatcher.on_message(typed(before, chat))
    await harness.dispatcher.on_message(edited("/t eth 1d", chat))
    assert len(harness.notifier.sent) == 1
    ((ref, content),) = harness.notifier.edits
    assert ref == MessageRef(chat, 100, has_picture)
    assert "ETHUSDT" in content.text


async def test_an_unknown_command_that_is_mended_becomes_its_card_and_the_next_edit_that_card() -> None:
    harness = Harness()
    await harness.dispatcher.on_message(typed("/ttt btc"))
    await harness.dispatcher.on_message(edited("/t btc"))
    await harness.dispatcher.on_message(edited("/ttt btc"))
    assert len(harness.notifier.sent) == 1
    assert [ref.has_picture for ref, _ in harness.notifier.edits] == [False, True]
    assert "/ttt" in harness.notifier.edits[-1][1].text


async def test_a_message_that_was_not_answered_is_answered_when_it_becomes_a_command() -> None:
    harness = Harness()
    await harness.dispatcher.on_message(typed("hello", GROUP))
    await harness.dispatcher.on_message(edited("/t btc", GROUP))
    assert [reply_to for _, _, reply_to in harness.notifier.sent] == [42]


async def test_answers_to_other_messages_stay() -> None:
    harness = Harness()
    await harness.dispatcher.on_message(typed("/t btc"))
    await harness.dispatcher.on_message(typed("/t eth", message_id=43))
    await harness.dispatcher.on_message(edited("/t eth 1d"))
    assert [ref.message_id for ref, _ in harness.notifier.edits] == [100]


async def test_an_edit_into_plain_words_changes_nothing() -> None:
    harness = Harness()
    await harness.dispatcher.on_message(typed("/t btc"))
    await harness.dispatcher.on_message(edited("thanks"))
    assert len(harness.notifier.sent) == 1
    assert harness.notifier.edits == []


async def test_an_edit_over_the_quota_leaves_the_card() -> None:
    harness = Harness(commands_per_minute=1)
    await harness.dispatcher.on_message(typed("/t btc"))
    await harness.dispatcher.on_message(edited("/t eth"))
    assert harness.notifier.edits == []
    assert len(harness.notifier.sent) == 2
