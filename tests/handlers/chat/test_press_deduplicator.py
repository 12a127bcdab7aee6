"""Repeated presses: one claim per piece of work, in the order of the presses, within an exact time window."""

import asyncio

import pytest

from handlers.chat import press_deduplicator
from handlers.chat.press_deduplicator import PressClaim, PressDeduplicator
from handlers.ports import ChatRef, MessageRef
from tests.support.clock import FakeClock

CHAT = ChatRef(-100, "supergroup")
CARD, OTHER_CARD = MessageRef(CHAT, 1), MessageRef(CHAT, 2)


@pytest.fixture
def deduplicator(clock: FakeClock) -> PressDeduplicator:
    return PressDeduplicator(clock)


def claimed(claim: PressClaim | None) -> PressClaim:
    assert claim is not None
    return claim


async def work(claim: PressClaim | None) -> None:
    async with claimed(claim):
        pass


async def test_the_same_press_counts_again_two_seconds_after_its_work_ended(
    clock: FakeClock, deduplicator: PressDeduplicator
) -> None:
    await work(deduplicator.claim(CARD, "refresh"))
    await clock.advance(1999)
    assert deduplicator.claim(CARD, "refresh") is None
    await clock.advance(1)
    assert deduplicator.claim(CARD, "refresh") is not None


async def test_work_longer_than_the_window_is_not_started_twice(
    clock: FakeClock, deduplicator: PressDeduplicator
) -> None:
    async with claimed(deduplicator.claim(CARD, "refresh")):
        await clock.advance(10_000)
        assert deduplicator.claim(CARD, "refresh") is None
    assert deduplicator.claim(CARD, "refresh") is None


async def test_another_button_in_between_makes_a_press_count_again(deduplicator: PressDeduplicator) -> None:
    await work(deduplicator.claim(CARD, "1h"))
    await work(deduplicator.claim(CARD, "4h"))
    assert deduplicator.claim(CARD, "4h") is None
    assert deduplicator.claim(CARD, "1h") is not None


async def test_messages_and_chats_are_independent(deduplicator: PressDeduplicator) -> None:
    await work(deduplicator.claim(CARD, "refresh"))
    assert deduplicator.claim(OTHER_CARD, "refresh") is not None
    assert deduplicator.claim(MessageRef(ChatRef(-200, "supergroup"), 1), "refresh") is not None


async def test_claims_of_one_message_work_one_after_the_other(
    clock: FakeClock, deduplicator: PressDeduplicator
) -> None:
    first, second = claimed(deduplicator.claim(CARD, "1h")), claimed(deduplicator.claim(CARD, "4h"))
    await first.__aenter__()
    waiting = asyncio.create_task(second.__aenter__())
    await clock.settle()
    assert not waiting.done()
    await first.__aexit__()
    assert await waiting is second


async def test_work_that_raises_ends_its_claim(clock: FakeClock, deduplicator: PressDeduplicator) -> None:
    with pytest.raises(ZeroDivisionError):
        async with claimed(deduplicator.claim(CARD, "1h")):
            raise ZeroDivisionError
    await clock.advance(2000)
    await work(deduplicator.claim(CARD, "1h"))


async def test_a_replaced_message_takes_no_more_presses(deduplicator: PressDeduplicator) -> None:
    waiting = claimed(deduplicator.claim(CARD, "4h"))
    async with claimed(deduplicator.claim(CARD, "text")) as claim:
        assert not waiting.is_obsolete
        claim.mark_replaced()
    assert waiting.is_obsolete
    assert deduplicator.claim(CARD, "1h") is None


async def test_the_least_recently_pressed_message_is_evicted(
    clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(press_deduplicator, "CAPACITY", 2)
    deduplicator = PressDeduplicator(clock)
    await work(deduplicator.claim(CARD, "1h"))
    await work(deduplicator.claim(OTHER_CARD, "1h"))
    assert deduplicator.claim(CARD, "1h") is None
    await work(deduplicator.claim(MessageRef(CHAT, 3), "1h"))
    assert deduplicator.claim(CARD, "1h") is None
    assert deduplicator.claim(OTHER_CARD, "1h") is not None
