"""A preview stands for an answer in a private chat and says what it waits for; stopped, it ends in words."""

import asyncio

import pytest

from handlers.chat.drafts import KEPT_S, Drafts
from handlers.chat.placeholder import PLACEHOLDER_AFTER_S, RENEW_S
from handlers.ports import ChatRef, IncomingMessage, MessageContent, StoppedDraft
from tests.handlers.harness import ALONE, ANN, GROUP, NOW_MS, PICTURE, Harness


async def slow(harness: Harness, chat: ChatRef = ALONE) -> "asyncio.Task[None]":
    """Begin a command that is not answered before the gate opens, until something stands for its answer."""
    harness.runner.gate = asyncio.Event()
    asking = asyncio.create_task(harness.type("/t btc", chat=chat))
    await harness.clock.settle()
    await harness.clock.advance(round(PLACEHOLDER_AFTER_S * 1000))
    await harness.clock.settle()
    return asking


def drafting() -> Harness:
    harness = Harness()
    harness.notifier.drafting = True
    return harness


async def release(harness: Harness, asking: "asyncio.Task[None]") -> None:
    assert harness.runner.gate is not None
    harness.runner.gate.set()
    await asking


async def test_the_real_message_follows_a_preview() -> None:
    harness = drafting()
    asking = await slow(harness)
    ((chat, draft_id, content),) = harness.notifier.drafts
    assert (chat, draft_id) == (ALONE, 42)
    assert content.plain.startswith("Working on it")
    await release(harness, asking)
    assert harness.answer.picture == PICTURE
    assert harness.notifier.edits == []


async def test_a_preview_is_shown_again_before_it_fades() -> None:
    harness = drafting()
    asking = await slow(harness)
    for _ in range(int(KEPT_S // RENEW_S) + 1):
        await harness.clock.advance(round(RENEW_S * 1000))
        await harness.clock.settle()
    assert [draft_id for _, draft_id, _ in harness.notifier.drafts] == [42, 42]
    await release(harness, asking)
    assert len(harness.notifier.sent) == 1


@pytest.mark.parametrize(("chat", "takes"), [(GROUP, True), (ALONE, False)])
async def test_elsewhere_a_message_stands_for_the_answer(chat: ChatRef, takes: bool) -> None:
    harness = Harness()
    harness.notifier.drafting = takes
    asking = await slow(harness, chat)
    assert harness.notifier.drafts == []
    assert len(harness.notifier.sent) == 1
    await release(harness, asking)
    ((_, card),) = harness.notifier.edits
    assert card.picture == PICTURE


async def test_a_stopped_answer_ends_in_words_and_is_not_made() -> None:
    harness = drafting()
    asking = await slow(harness)
    await harness.dispatcher.on_stopped_draft(StoppedDraft(ALONE, 42))
    await asking
    assert harness.answer.plain == "Stopped. Send the command again for the answer."
    assert harness.charts.drawn == []


@pytest.mark.parametrize("stopped", [StoppedDraft(ALONE, 41), StoppedDraft(ChatRef(9, "private"), 42)])
async def test_a_stop_of_something_else_changes_nothing(stopped: StoppedDraft) -> None:
    harness = drafting()
    asking = await slow(harness)
    await harness.dispatcher.on_stopped_draft(stopped)
    await release(harness, asking)
    assert harness.answer.picture == PICTURE
    await harness.dispatcher.on_stopped_draft(StoppedDraft(ALONE, 42))  # nothing stands any more


async def test_a_process_that_ends_stops_no_answer_for_its_reader() -> None:
    harness = drafting()
    asking = await slow(harness)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert harness.notifier.sent == []


def test_an_edited_and_a_hidden_message_have_no_preview() -> None:
    drafts, line = Drafts(), MessageContent("", "")
    for edited, message_id in ((True, 42), (False, 0)):
        message = IncomingMessage(ANN, ALONE, message_id, "/t", NOW_MS, edited=edited)
        with drafts.opened(message, line) as draft:
            assert draft is None
