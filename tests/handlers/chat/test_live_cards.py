"""The Live button: a card that refreshes itself for a minute, one in each chat, until something else is pressed."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import cast

import pytest
import structlog

from analysis.framework.module import AnyModule
from analysis.trend_moment import MODULE
from handlers.chat.live_cards import LIVE_S, MOST_LIVE, LiveCards
from handlers.ports import ChatRef, MessageContent, MessageRef, Undeliverable
from handlers.render.html import esc
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


MESSAGE = MessageRef(ALONE, 1)


class Steps:
    """How one live card is made and shown, each step waiting for its release."""

    def __init__(self) -> None:
        self.may_make, self.may_show = asyncio.Event(), asyncio.Event()
        self.begun: list[str] = []

    async def make(self, more: bool) -> MessageContent:
        self.begun.append("make")
        await self.may_make.wait()
        return MessageContent(esc("card"), "card")

    async def show(self, content: MessageContent) -> bool:
        self.begun.append("show")
        await self.may_show.wait()
        return True


async def test_whoever_stops_a_card_waits_for_its_edit_under_way(clock: FakeClock) -> None:
    cards, steps = LiveCards(clock), Steps()
    steps.may_make.set()
    cards.start(MESSAGE, steps.make, steps.show)
    await clock.settle()
    await clock.advance(3_000)
    assert steps.begun == ["make", "show"]
    stopping = asyncio.create_task(cards.stop(MESSAGE))
    await clock.settle()
    assert not stopping.done()
    steps.may_show.set()
    await stopping
    await clock.advance(10_000)
    assert steps.begun == ["make", "show"]


async def test_a_card_that_is_stopped_while_it_is_made_is_not_shown(clock: FakeClock) -> None:
    cards, steps = LiveCards(clock), Steps()
    cards.start(MESSAGE, steps.make, steps.show)
    await clock.settle()
    await clock.advance(3_000)
    await cards.stop(MESSAGE)
    steps.may_make.set()
    await clock.advance(10_000)
    assert steps.begun == ["make"]


async def test_a_chat_that_takes_no_card_any_more_is_no_failure_of_ours(harness: Harness) -> None:
    await started(harness)
    harness.notifier.faults["edit"] = Undeliverable(ALONE.chat_id, "blocked", gone=True)
    with structlog.testing.capture_logs() as logs:
        for _ in range(10):
            await harness.clock.advance(1_000)
    assert [(log["event"], log["log_level"]) for log in logs] == [("live card not delivered", "info")]


async def test_the_process_keeps_a_bounded_number_of_them(clock: FakeClock) -> None:
    cards = LiveCards(clock)
    refreshed: list[int] = []

    def start(chat_id: int) -> None:
        async def make(more: bool) -> MessageContent:
            refreshed.append(chat_id)
            return MessageContent(esc("card"), "card")

        async def show(content: MessageContent) -> bool:
            return True

        cards.start(MessageRef(ChatRef(chat_id, "private"), 1), make, show)

    for chat_id in range(MOST_LIVE + 2):
        start(chat_id)
    assert len(cards) == MOST_LIVE
    await clock.settle()
    await clock.advance(3_000)
    assert refreshed == list(range(2, MOST_LIVE + 2))
    await cards.close()
    assert len(cards) == 0
