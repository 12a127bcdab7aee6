"""Buttons: each does once what it says, for those who may press it; outdated and unknown ones are answered too."""

import asyncio
from typing import Any

import pytest
from structlog.typing import EventDict

from handlers.chat.callback_data import CallbackData, parse_callback_data
from handlers.chat.keyboard import card_seconds, was_asked
from handlers.ports import CallbackQuery, MessageContent, MessageRef, Person, Undeliverable
from tests.handlers.harness import ALI, ANN, GROUP, NOW_MS, PICTURE, Harness
from tests.handlers.sample import AS_OF, BAR_CLOSE, analysis
from tests.support.limits import PATIENCE_S
from utils.http.errors import Retryable

LIVE = "1|r|t|BTCUSDT|4h|-|-"


async def card(text: str = "/t btc", **settings: Any) -> Harness:
    """A harness with one card shown and no recorded requests."""
    harness = Harness(**settings)
    await harness.type(text)
    harness.runner.asked.clear()
    return harness


async def test_intervals_and_refresh_of_a_live_card_ask_for_now() -> None:
    harness = await card()
    await harness.press(harness.buttons["1h"])
    await harness.press(harness.buttons["↻ Refresh"])
    assert [(r.interval, r.as_of) for r in harness.runner.asked] == [("1h", None), ("1h", None)]
    assert all(edited.picture == PICTURE for _, edited in harness.notifier.edits)
    assert [text for _, text, _ in harness.notifier.callback_answers] == ["", ""]
    assert len(harness.notifier.sent) == 1


async def test_a_past_card_keeps_its_time_through_every_button() -> None:
    harness = await card("/t btc @2024-08-01")
    for name in ("1h", "↻ Refresh", "Why?"):
        await harness.press(harness.buttons[name])
    assert {r.as_of for r in harness.runner.asked} == {1_722_470_400_000}
    assert all("(past)" in edited.plain for _, edited in harness.notifier.edits)


async def test_why_explains_the_number_shown_and_leads_back_to_it() -> None:
    harness = await card()
    await harness.press(harness.buttons["Why?"])
    _, why = harness.notifier.edits[-1]
    assert (why.picture, why.keep_picture) == (None, True)
    assert "From neutral to the score" in why.plain
    await harness.press(harness.buttons["‹ Back"])
    assert harness.notifier.edits[-1][1].picture == PICTURE
    assert harness.runner.asked == []  # what was shown is still known
    assert parse_callback_data(harness.buttons["↻ Refresh"]) == CallbackData("r", "t", "BTCUSDT", "4h")


async def test_after_a_restart_why_is_computed_as_of_the_card() -> None:
    shown, fresh = await card(), Harness()
    await fresh.press(shown.buttons["Why?"])
    assert {r.as_of for r in fresh.runner.asked} == {NOW_MS // 1000 * 1000}
    assert "From neutral to the score" in fresh.notifier.edits[-1][1].plain


async def test_a_card_switches_between_text_and_chart() -> None:
    harness = await card()
    await harness.press(harness.buttons["Text"])
    assert (harness.notifier.edits[-1][1].picture, "Chart" in harness.buttons) == (None, True)
    await harness.press(harness.buttons["Chart"], picture=False, message_id=101)
    assert harness.notifier.edits[-1][1].picture == PICTURE


async def test_a_text_card_stays_a_text_card_when_refreshed() -> None:
    harness = await card()
    await harness.press(LIVE, picture=False)
    await harness.press(CallbackData("w", "t", "BTCUSDT", "4h", 1_722_470_400).encode(), picture=False)
    assert [edited.picture for _, edited in harness.notifier.edits] == [None, None]
    assert "Sources" in harness.notifier.edits[-1][1].plain
    assert harness.buttons["‹ Back"].startswith("1|x|")


async def test_every_button_of_every_view_edits_the_message() -> None:
    harness = await card()
    seen: set[str] = set()
    waiting = [(data, True) for data in harness.buttons.values()]
    while waiting:
        data, picture = waiting.pop()
        if data in seen or data.split("|")[1] == "a":  # alerts are offered in a message of their own
            continue
        seen.add(data)
        before = len(harness.notifier.edits)
        await harness.press(data, picture=picture, message_id=len(seen))
        await harness.clock.advance(4000)
        assert len(harness.notifier.edits) == before + 1, data
        shown = harness.notifier.edits[-1][1]
        with_picture = shown.picture is not None or shown.keep_picture
        waiting += [(button.data, with_picture) for row in shown.keyboard for button in row]
        assert len(seen) < 60
    assert {data.split("|")[1] for data in seen} >= {"i", "r", "c", "x", "w"}


async def test_simultaneous_presses_cause_one_run() -> None:
    harness = await card()
    harness.runner.gate = asyncio.Event()
    presses = [asyncio.create_task(harness.press(LIVE, person)) for person in (ANN, ALI, ANN)]
    await harness.clock.settle()
    harness.runner.gate.set()
    await asyncio.gather(*presses)
    assert (
        len(harness.runner.asked),
        len(harness.notifier.edits),
        len(harness.notifier.callback_answers),
    ) == (1, 1, 3)


async def test_a_double_tap_is_answered_without_work_and_a_later_press_counts() -> None:
    harness = await card()
    await harness.press(LIVE)
    await harness.press(LIVE)
    assert len(harness.notifier.edits) == 1
    await harness.clock.advance(3000)
    await harness.press(LIVE)
    assert len(harness.notifier.edits) == 2
    assert len(harness.notifier.callback_answers) == 3


async def test_different_buttons_of_one_card_work_one_after_the_other() -> None:
    harness = await card()
    harness.runner.gate = asyncio.Event()
    first = asyncio.create_task(harness.press(harness.buttons["1h"]))
    await harness.clock.settle()
    second = asyncio.create_task(harness.press(harness.buttons["1d"]))
    await harness.clock.settle()
    harness.runner.gate.set()
    await asyncio.gather(first, second)
    assert ["1d" in edited.plain.split("\n")[0] for _, edited in harness.notifier.edits] == [False, True]


async def test_presses_of_a_replaced_card_have_no_effect() -> None:
    harness = await card()
    await harness.press(harness.buttons["Text"])
    await harness.press(LIVE)
    assert len(harness.notifier.edits) == 1
    assert harness.notifier.callback_answers[-1][1:] == ("", False)


async def test_slow_work_is_announced_and_edited_in_when_done() -> None:
    harness = await card()
    harness.runner.gate = asyncio.Event()
    pressing = asyncio.create_task(harness.press(LIVE))
    await harness.clock.settle()
    await harness.clock.advance(1100)
    assert harness.notifier.callback_answers[-1][1] == "Working on it …"
    harness.runner.gate.set()
    await pressing
    assert (len(harness.notifier.edits), len(harness.notifier.callback_answers)) == (1, 1)


async def test_a_press_is_answered_while_its_card_is_on_its_way(monkeypatch: pytest.MonkeyPatch) -> None:
    harness = await card()
    notifier, answered = harness.notifier, asyncio.Event()
    edit, answer = notifier.edit, notifier.answer_callback_query

    async def slow_edit(ref: MessageRef, content: MessageContent) -> MessageRef:
        await answered.wait()
        return await edit(ref, content)

    async def noted_answer(query_id: str, text: str = "", *, alert: bool = False) -> None:
        await answer(query_id, text, alert=alert)
        answered.set()

    monkeypatch.setattr(notifier, "edit", slow_edit)
    monkeypatch.setattr(notifier, "answer_callback_query", noted_answer)
    await asyncio.wait_for(harness.press(harness.buttons["1h"]), PATIENCE_S)
    assert (len(notifier.edits), len(notifier.callback_answers)) == (1, 1)


async def test_a_press_that_waits_for_another_is_announced_too() -> None:
    harness = await card()
    harness.runner.gate = asyncio.Event()
    first, second = harness.buttons["1h"], harness.buttons["1d"]
    presses = [asyncio.create_task(harness.press(data)) for data in (first, second)]
    await harness.clock.settle()
    await harness.clock.advance(1100)
    told = {query: text for query, text, _ in harness.notifier.callback_answers}
    assert told == {f"cb-{data}": "Working on it …" for data in (first, second)}
    harness.runner.gate.set()
    await asyncio.gather(*presses)
    assert (len(harness.notifier.edits), len(harness.notifier.callback_answers)) == (2, 2)


async def test_a_press_is_answered_where_its_card_cannot_be_delivered() -> None:
    harness = await card()
    harness.notifier.faults["edit"] = Undeliverable(7, "bot was blocked by the user", gone=True)
    with pytest.raises(Undeliverable):
        await harness.press(LIVE)
    assert [text for _, text, _ in harness.notifier.callback_answers] == [""]


async def test_an_internal_error_after_the_announcement_is_a_reply(logs: list[EventDict]) -> None:
    harness = await card()
    harness.runner.gate, harness.runner.error = asyncio.Event(), KeyError("x")
    pressing = asyncio.create_task(harness.press(LIVE, chat=GROUP))
    await harness.clock.settle()
    await harness.clock.advance(1100)
    harness.runner.gate.set()
    await pressing
    chat, line, reply_to = harness.notifier.sent[-1]
    assert (chat, reply_to) == (GROUP, 100)
    assert logs[-2]["error_id"] in line.plain
    assert logs[-1]["event"] == "question failed"
    assert len(harness.notifier.callback_answers) == 1


async def test_a_source_error_is_an_alert_and_leaves_the_card() -> None:
    harness = await card()
    harness.runner.error = Retryable("binance.spot", "timeout")
    await harness.press(LIVE)
    assert harness.notifier.edits == []
    ((_, text, alert),) = harness.notifier.callback_answers
    assert "does not answer" in text
    assert alert


async def test_a_late_source_error_is_sent_as_a_reply() -> None:
    harness = await card()
    harness.runner.gate, harness.runner.error = asyncio.Event(), Retryable("binance.spot", "timeout")
    pressing = asyncio.create_task(harness.press(LIVE, chat=GROUP))
    await harness.clock.settle()
    await harness.clock.advance(1100)
    harness.runner.gate.set()
    await pressing
    chat, line, reply_to = harness.notifier.sent[-1]
    assert (chat, reply_to, "does not answer" in line.plain) == (GROUP, 100, True)


async def test_an_internal_error_is_an_alert_with_the_logged_id(logs: list[EventDict]) -> None:
    harness = await card()
    harness.runner.error = KeyError("x")
    await harness.press(LIVE)
    ((_, text, alert),) = harness.notifier.callback_answers
    assert alert
    assert logs[-2]["error_id"] in text
    assert logs[-1]["event"] == "question failed"


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
    harness = Harness()
    await harness.press(data)
    ((_, text, _),) = harness.notifier.callback_answers
    assert "send the command again" in text
    assert harness.runner.asked == []


async def test_a_card_of_another_version_is_replaced_by_a_live_one_once() -> None:
    harness = Harness()
    for _ in range(2):
        await harness.press("0|r|t|ETHUSDT|1h|-|-", chat=GROUP)
    assert {text for _, text, _ in harness.notifier.callback_answers} == {
        "This card is old; here is a fresh one."
    }
    (request,) = harness.runner.asked
    assert (request.symbol, request.interval, request.as_of) == ("ETHUSDT", "1h", None)
    assert harness.notifier.sent[0][2] == 100


async def test_a_press_without_message_is_answered() -> None:
    harness = Harness()
    await harness.dispatcher.on_callback_query(CallbackQuery(ANN, None, "cb", LIVE))
    assert "too old" in harness.notifier.callback_answers[0][1]


@pytest.mark.parametrize(
    ("person", "admin", "passes"), [(ANN, False, True), (ALI, False, False), (ALI, True, True)]
)
async def test_an_owned_button_is_the_owners_and_the_admins(
    person: Person, admin: bool, passes: bool
) -> None:
    harness = Harness()
    harness.notifier.admins = {ALI.id} if admin else set()
    owned = CallbackData("r", "t", "BTCUSDT", "4h", owner=ANN.id).encode()
    await harness.press(owned, person, chat=GROUP)
    assert bool(harness.notifier.edits) is passes
    assert (harness.notifier.callback_answers[-1][1] == "") is passes


async def test_presses_count_against_the_quota() -> None:
    harness = await card(commands_per_minute=2)
    await harness.press(harness.buttons["1h"])
    await harness.press(harness.buttons["1d"])
    assert len(harness.notifier.edits) == 1
    assert "again in 60 seconds" in harness.notifier.callback_answers[-1][1]


@pytest.mark.parametrize("data", [CallbackData("o", "settings", "language").encode(), "0|r|t|ETHUSDT|1h|-|-"])
async def test_so_do_presses_beside_cards_and_of_old_cards(data: str) -> None:
    harness = Harness(commands_per_minute=1)
    await harness.type("/help")
    await harness.press(data)
    assert "again in 60 seconds" in harness.notifier.callback_answers[-1][1]
    assert (harness.notifier.edits, harness.runner.asked, len(harness.notifier.sent)) == ([], [], 1)


@pytest.mark.parametrize(
    "as_of", [AS_OF, AS_OF + 1, AS_OF + 59_999, BAR_CLOSE, BAR_CLOSE + 1, BAR_CLOSE + 2000]
)
def test_a_live_cards_time_sees_the_same_bars_and_differs_from_an_asked_one(as_of: int) -> None:
    at = card_seconds(analysis(as_of=as_of), asked_past=False)
    assert not was_asked(at)
    assert BAR_CLOSE <= at * 1000 <= as_of + 2000
    assert was_asked(card_seconds(analysis(as_of=AS_OF), asked_past=True))
