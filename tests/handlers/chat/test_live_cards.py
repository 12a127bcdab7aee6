"""The Live button: a card that refreshes itself for a minute, one in each chat, until something else is pressed."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import cast

import pytest

from analysis.framework.module import AnyModule
from analysis.trend_moment import MODULE
from handlers.chat.live_cards import LIVE_S, MOST_LIVE, LiveCards
from handlers.ports import ChatRef, MessageRef
from tests.handlers.harness import ALONE, GROUP, Harness
from tests.support.clock import FakeClock
from utils.http.errors import Retryable

STREAM = cast(AnyModule, replace(MODULE, job="stream", other_timeframes=()))
LIVE, STOP, REFRESH = "● Live", "■ Stop", "↻ Refresh"


@pytest.fixture
async def harness() -> AsyncIterator[Harness]:
    class Streaming(Harness):
        module = STREAM

    made = Streaming()
    yield made
    await made.dispatcher.close()


async def started(harness: Harness, chat: ChatRef = ALONE) -> int:
    """Ask for a card and make it live; return how many edits that took."""
    await harness.type("/t btc", chat=chat)
    await harness.press(harness.buttons[LIVE], chat=chat)
    return len(harness.notifier.edits)


@pytest.mark.parametrize(("chat", "every_s"), [(ALONE, 3), (GROUP, 10)])
async def test_a_live_card_is_edited_for_a_minute_and_then_stops(
    harness: Harness, chat: ChatRef, every_s: int
) -> None:
    before = await started(harness, chat)
    assert before == 1
    assert STOP in harness.buttons
    for _ in range(120):
        await harness.clock.advance(1_000)
    edits = harness.notifier.edits[before:]
    assert len(edits) == int(LIVE_S / every_s)
    assert LIVE in harness.buttons
    assert all(STOP in {b.text for row in edit.keyboard for b in row} for _, edit in edits[:-1])
    assert all(request.as_of is None for request in harness.runner.asked)


@pytest.mark.parametrize("button", [STOP, "Text", "Why?"])
async def test_stop_and_every_other_button_end_it(harness: Harness, button: str) -> None:
    before = await started(harness)
    await harness.press(harness.buttons[button])
    for _ in range(20):
        await harness.clock.advance(1_000)
    assert len(harness.notifier.edits) == before + 1


async def test_a_second_live_card_of_a_chat_stops_the_first(harness: Harness) -> None:
    await started(harness)
    await harness.type("/t btc")
    await harness.press("1|l|t|BTCUSDT|4h|-|-", message_id=101)
    await harness.clock.advance(3_000)
    assert [ref.message_id for ref, _ in harness.notifier.edits[-1:]] == [101]
    await harness.clock.advance(3_000)
    assert [ref.message_id for ref, _ in harness.notifier.edits[-2:]] == [101, 101]


async def test_a_source_that_fails_ends_it_and_leaves_the_card(harness: Harness) -> None:
    before = await started(harness)
    harness.runner.error = Retryable("binance.futures", "not now")
    for _ in range(30):
        await harness.clock.advance(1_000)
    assert len(harness.notifier.edits) == before


async def test_a_card_that_does_not_stream_has_no_such_button() -> None:
    plain_harness = Harness()
    await plain_harness.type("/t btc")
    assert LIVE not in plain_harness.buttons


async def test_a_past_card_has_no_such_button(harness: Harness) -> None:
    await harness.type("/t btc @2024-08-01")
    assert (LIVE in harness.buttons, REFRESH in harness.buttons) == (False, True)


async def test_a_reading_that_is_no_longer_kept_says_so_and_offers_another(harness: Harness) -> None:
    await harness.press("1|w|t|BTCUSDT|4h|rl2001|-")
    assert harness.notifier.edits[-1][1].plain == "This reading has expired."
    assert harness.runner.asked == []
    await harness.press(harness.buttons[REFRESH])
    assert [request.as_of for request in harness.runner.asked] == [None]


async def test_the_process_keeps_a_bounded_number_of_them() -> None:
    clock = FakeClock()
    cards = LiveCards(clock)
    refreshed: list[int] = []

    def start(chat_id: int) -> None:
        async def refresh(more: bool) -> bool:
            refreshed.append(chat_id)
            return True

        cards.start(MessageRef(ChatRef(chat_id, "private"), 1), refresh)

    for chat_id in range(MOST_LIVE + 2):
        start(chat_id)
    assert len(cards) == MOST_LIVE
    await clock.settle()
    await clock.advance(3_000)
    assert refreshed == list(range(2, MOST_LIVE + 2))
    await cards.close()
    assert len(cards) == 0
