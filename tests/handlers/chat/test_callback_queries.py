"""Buttons: each does what it says, once, for whoever may; old and foreign ones are answered too."""

import asyncio

import pytest
from structlog.typing import EventDict

from handlers.chat.callback_data import Callback, read_callback
from handlers.chat.keyboard import card_seconds, was_asked
from handlers.ports import Person, Press
from tests.handlers.sample import AS_OF, BAR_CLOSE, analysis
from tests.handlers.stage import ALI, ANN, GROUP, NOW_MS, PICTURE, Stage
from utils.http.errors import Retryable

LIVE = "1|r|t|BTCUSDT|4h|-|-"


async def card(text: str = "/t btc", **settings: object) -> Stage:
    """A stage with one card shown, its records of the request wiped."""
    stage = Stage(**settings)
    await stage.type(text)
    stage.runner.asked.clear()
    return stage


async def test_intervals_and_refresh_of_a_live_card_ask_for_now() -> None:
    stage = await card()
    await stage.press(stage.buttons["1h"])
    await stage.press(stage.buttons["↻ Refresh"])
    assert [(r.interval, r.as_of) for r in stage.runner.asked] == [("1h", None), ("1h", None)]
    assert all(edited.picture == PICTURE for _, edited in stage.notifier.edits)
    assert [text for _, text, _ in stage.notifier.toasts] == ["", ""]
    assert len(stage.notifier.sent) == 1


async def test_a_past_card_keeps_its_moment_through_every_button() -> None:
    stage = await card("/t btc @2024-08-01")
    for name in ("1h", "↻ Refresh", "Why?"):
        await stage.press(stage.buttons[name])
    assert {r.as_of for r in stage.runner.asked} == {1_722_470_400_000}
    assert all("(past)" in edited.plain for _, edited in stage.notifier.edits)


async def test_why_explains_the_number_shown_and_leads_back_to_it() -> None:
    stage = await card()
    await stage.press(stage.buttons["Why?"])
    _, why = stage.notifier.edits[-1]
    assert (why.picture, why.keep_picture) == (None, True)
    assert "From neutral to the score" in why.plain
    await stage.press(stage.buttons["‹ Back"])
    assert stage.notifier.edits[-1][1].picture == PICTURE
    assert stage.runner.asked == []  # what was shown is still known
    assert read_callback(stage.buttons["↻ Refresh"]) == Callback("r", "t", "BTCUSDT", "4h")


async def test_after_a_restart_why_is_computed_as_of_the_card() -> None:
    shown, fresh = await card(), Stage()
    await fresh.press(shown.buttons["Why?"])
    assert {r.as_of for r in fresh.runner.asked} == {NOW_MS // 1000 * 1000}
    assert "From neutral to the score" in fresh.notifier.edits[-1][1].plain


async def test_text_and_chart_change_places() -> None:
    stage = await card()
    await stage.press(stage.buttons["Text"])
    assert (stage.notifier.edits[-1][1].picture, "Chart" in stage.buttons) == (None, True)
    await stage.press(stage.buttons["Chart"], picture=False, message_id=101)
    assert stage.notifier.edits[-1][1].picture == PICTURE


async def test_a_text_card_stays_a_text_card_when_refreshed() -> None:
    stage = await card()
    await stage.press(LIVE, picture=False)
    await stage.press(Callback("w", "t", "BTCUSDT", "4h", 1_722_470_400).encode(), picture=False)
    assert [edited.picture for _, edited in stage.notifier.edits] == [None, None]
    assert "Sources" in stage.notifier.edits[-1][1].plain
    assert stage.buttons["‹ Back"].startswith("1|x|")


async def test_no_button_of_any_view_is_dead() -> None:
    stage = await card()
    seen: set[str] = set()
    waiting = [(data, True) for data in stage.buttons.values()]
    while waiting:
        data, picture = waiting.pop()
        if data in seen:
            continue
        seen.add(data)
        before = len(stage.notifier.edits)
        await stage.press(data, picture=picture, message_id=len(seen))
        await stage.clock.advance(4000)
        assert len(stage.notifier.edits) == before + 1, data
        shown = stage.notifier.edits[-1][1]
        with_picture = shown.picture is not None or shown.keep_picture
        waiting += [(button.data, with_picture) for row in shown.keyboard for button in row]
        assert len(seen) < 60
    assert {data.split("|")[1] for data in seen} >= {"i", "r", "c", "x", "w"}


async def test_many_who_press_at_once_cause_one_piece_of_work() -> None:
    stage = await card()
    stage.runner.gate = asyncio.Event()
    presses = [asyncio.create_task(stage.press(LIVE, person)) for person in (ANN, ALI, ANN)]
    await stage.clock.settle()
    stage.runner.gate.set()
    await asyncio.gather(*presses)
    assert (len(stage.runner.asked), len(stage.notifier.edits), len(stage.notifier.toasts)) == (1, 1, 3)


async def test_a_trembling_second_tap_is_silent_and_a_later_one_counts() -> None:
    stage = await card()
    await stage.press(LIVE)
    await stage.press(LIVE)
    assert len(stage.notifier.edits) == 1
    await stage.clock.advance(3000)
    await stage.press(LIVE)
    assert len(stage.notifier.edits) == 2
    assert len(stage.notifier.toasts) == 3


async def test_different_buttons_of_one_card_take_turns() -> None:
    stage = await card()
    stage.runner.gate = asyncio.Event()
    first = asyncio.create_task(stage.press(stage.buttons["1h"]))
    await stage.clock.settle()
    second = asyncio.create_task(stage.press(stage.buttons["1d"]))
    await stage.clock.settle()
    stage.runner.gate.set()
    await asyncio.gather(first, second)
    assert ["1d" in edited.plain.split("\n")[0] for _, edited in stage.notifier.edits] == [False, True]


async def test_a_card_replaced_by_a_text_answers_no_more_presses() -> None:
    stage = await card()
    await stage.press(stage.buttons["Text"])
    await stage.press(LIVE)
    assert len(stage.notifier.edits) == 1
    assert stage.notifier.toasts[-1][1:] == ("", False)


async def test_slow_work_is_toasted_and_edited_in_when_done() -> None:
    stage = await card()
    stage.runner.gate = asyncio.Event()
    pressing = asyncio.create_task(stage.press(LIVE))
    await stage.clock.settle()
    await stage.clock.advance(1100)
    assert stage.notifier.toasts[-1][1] == "Working on it …"
    stage.runner.gate.set()
    await pressing
    assert (len(stage.notifier.edits), len(stage.notifier.toasts)) == (1, 1)


async def test_a_silent_source_leaves_the_card_and_says_so() -> None:
    stage = await card()
    stage.runner.error = Retryable("binance.spot", "timeout")
    await stage.press(LIVE)
    assert stage.notifier.edits == []
    ((_, text, alert),) = stage.notifier.toasts
    assert "does not answer" in text
    assert alert


async def test_a_source_that_fails_late_is_told_in_a_reply() -> None:
    stage = await card()
    stage.runner.gate, stage.runner.error = asyncio.Event(), Retryable("binance.spot", "timeout")
    pressing = asyncio.create_task(stage.press(LIVE, place=GROUP))
    await stage.clock.settle()
    await stage.clock.advance(1100)
    stage.runner.gate.set()
    await pressing
    place, line, reply_to = stage.notifier.sent[-1]
    assert (place, reply_to, "does not answer" in line.plain) == (GROUP, 100, True)


async def test_a_failure_of_ours_is_toasted_with_the_logs_id(logs: list[EventDict]) -> None:
    stage = await card()
    stage.runner.error = KeyError("x")
    await stage.press(LIVE)
    ((_, text, alert),) = stage.notifier.toasts
    assert alert
    assert logs[-1]["error_id"] in text


@pytest.mark.parametrize(
    "data",
    [
        "",
        "rubbish",
        "1|r|nothing|BTCUSDT|4h|-|-",
        "1|r|help|BTCUSDT|4h|-|-",
        "1|r|t|-|4h|-|-",
        "1|r|t|BTCUSDT|7m|-|-",
    ],
)
async def test_a_button_that_names_no_card_is_answered(data: str) -> None:
    stage = Stage()
    await stage.press(data)
    ((_, text, _),) = stage.notifier.toasts
    assert "send the command again" in text
    assert stage.runner.asked == []


async def test_a_card_of_another_version_is_called_old_and_renewed_once() -> None:
    stage = Stage()
    for _ in range(2):
        await stage.press("0|r|t|ETHUSDT|1h|-|-", place=GROUP)
    assert {text for _, text, _ in stage.notifier.toasts} == {"This card is old; here is a fresh one."}
    (request,) = stage.runner.asked
    assert (request.symbol, request.interval, request.as_of) == ("ETHUSDT", "1h", None)
    assert stage.notifier.sent[0][2] == 100


async def test_a_message_telegram_forgot_is_answered() -> None:
    stage = Stage()
    await stage.dispatcher.on_press(Press(ANN, None, "cb", LIVE))
    assert "too old" in stage.notifier.toasts[0][1]


@pytest.mark.parametrize(
    ("person", "admin", "passes"), [(ANN, False, True), (ALI, False, False), (ALI, True, True)]
)
async def test_an_owned_button_is_the_owners_and_the_admins(
    person: Person, admin: bool, passes: bool
) -> None:
    stage = Stage()
    stage.notifier.admins = {ALI.id} if admin else set()
    owned = Callback("r", "t", "BTCUSDT", "4h", owner=ANN.id).encode()
    await stage.press(owned, person, place=GROUP)
    assert bool(stage.notifier.edits) is passes
    assert (stage.notifier.toasts[-1][1] == "") is passes


async def test_presses_count_against_the_quota() -> None:
    stage = await card(commands_per_minute=2)
    await stage.press(stage.buttons["1h"])
    await stage.press(stage.buttons["1d"])
    assert len(stage.notifier.edits) == 1
    assert "again in 60 seconds" in stage.notifier.toasts[-1][1]


@pytest.mark.parametrize(
    "as_of", [AS_OF, AS_OF + 1, AS_OF + 59_999, BAR_CLOSE, BAR_CLOSE + 1, BAR_CLOSE + 2000]
)
def test_a_live_cards_moment_sees_the_same_bars_and_is_told_from_an_asked_one(as_of: int) -> None:
    at = card_seconds(analysis(as_of=as_of), asked_past=False)
    assert not was_asked(at)
    assert BAR_CLOSE <= at * 1000 <= as_of + 2000
    assert was_asked(card_seconds(analysis(as_of=AS_OF), asked_past=True))
