"""What the report of a load makes of what was seen."""

import math
from dataclasses import replace

import pytest

from scripts.load import LOUD, Plan, load
from scripts.load_chat import Heard, Question
from scripts.load_report import PushRow, Seen, answers_ms, delays_ms, lines, percentile, wrong

CHAT = 7
ALERT = f"alert 1 {CHAT} 1 1000 0"
SEEN_BUTTON = {"inline_keyboard": [[{"text": "Seen", "callback_data": "x"}]]}


def _say(
    heard: Heard, id_: int, at_ms: int, text: str, *, kind: str = "message", alert: bool = False
) -> None:
    message = {"chat": {"id": CHAT}, "message_id": id_, "text": text}
    shown = message | ({"reply_markup": SEEN_BUTTON} if alert else {})
    heard.note(kind, {"message": shown, "from_bot": True}, at_ms)


def _seen(heard: Heard, *rows: PushRow, refused: dict[str, int] | None = None) -> Seen:
    asked = {("/klines", "BTCUSDT"): 8, ("/ticker", ""): 3}
    return Seen(heard, frozenset({(CHAT, 1)}), rows, None, asked, refused or {}, (1.0, 2.0, 3.0), 500, 120.0)


def _heard() -> Heard:
    heard = Heard([Question(CHAT, 1, "/t btc", 1_000)])
    _say(heard, 2, 1_200, "BTCUSDT: price above 1.00", alert=True)
    _say(heard, 3, 1_300, "Working on it …")
    _say(heard, 3, 3_000, "BTCUSDT", kind="edit")
    return heard


def test_an_answer_is_the_finished_message_that_is_no_push() -> None:
    seen = _seen(_heard(), PushRow(ALERT, CHAT, 1_100, 2))
    assert answers_ms(seen) == [2_000]
    assert delays_ms(seen) == [100]
    assert list(wrong(seen)) == []
    assert "1 commands, answers: p50 2.00 s, p95 2.00 s" in list(lines(seen))


def test_a_placeholder_is_no_answer() -> None:
    heard = Heard([Question(CHAT, 1, "/t btc", 1_000)])
    _say(heard, 2, 1_300, "Working on it …")
    assert heard.busy() == {CHAT}
    assert "1 commands without an answer" in list(wrong(_seen(heard)))


def test_a_push_that_never_came_is_wrong() -> None:
    assert list(wrong(_seen(_heard()))) == ["1 pushes never came", "1 pushes came twice"]
    unsent = PushRow(ALERT, CHAT, 1_100, None)
    assert "1 pushes never came" in list(wrong(_seen(_heard(), unsent)))


def test_a_push_that_came_twice_is_wrong() -> None:
    heard = _heard()
    _say(heard, 4, 1_400, "BTCUSDT: price above 1.00", alert=True)
    assert list(wrong(_seen(heard, PushRow(ALERT, CHAT, 1_100, 2)))) == ["1 pushes came twice"]
    again = PushRow(ALERT.replace(" 0", " 5"), CHAT, 1_300, 4)
    assert list(wrong(_seen(heard, PushRow(ALERT, CHAT, 1_100, 2), again))) == ["1 pushes came twice"]


def test_a_refusal_is_wrong() -> None:
    seen = _seen(_heard(), PushRow(ALERT, CHAT, 1_100, 2), refused={"Telegram: send": 2})
    assert list(wrong(seen)) == ["2 x refused: Telegram: send"]


def test_memory_that_grows_is_wrong_once_the_run_is_long_enough_to_know() -> None:
    seen = _seen(_heard(), PushRow(ALERT, CHAT, 1_100, 2))
    grew = (500.0,) * 15 + (600.0,) * 5
    assert list(wrong(replace(seen, memory_mb=grew))) == ["memory grew from 500 to 600 MB in the second half"]
    assert list(wrong(replace(seen, memory_mb=grew[1:]))) == []
    assert list(wrong(replace(seen, memory_mb=(*grew[:15], *(535.0,) * 5)))) == []


def test_percentiles_are_values_that_were_measured() -> None:
    values = [float(number) for number in range(1, 101)]
    assert (percentile(values, 0.5), percentile(values, 0.95)) == (50.0, 95.0)
    assert percentile([3.0], 0.95) == 3.0
    assert math.isnan(percentile([], 0.5))


def test_requests_of_a_look_are_counted_by_pair_and_by_parameters() -> None:
    asked = [
        {"path": "/klines", "symbol": "BTCUSDT", "query": {"interval": one}} for one in ("1h", "4h", "4h")
    ]
    seen = replace(_seen(_heard()), look=asked)
    told = "3 requests to the exchange, 1 distinct (endpoint, symbol), at most 3 of one; 1 repeated"
    assert any(told in line for line in lines(seen))


def test_the_whole_run_is_counted_by_pair() -> None:
    told = list(lines(_seen(_heard(), PushRow(ALERT, CHAT, 1_100, 2))))
    assert (
        "whole run: 11 requests to the exchange, 2 distinct (endpoint, symbol), "
        "at most 4.0 a minute of one (/klines BTCUSDT)"
    ) in told
    assert "from the start of the bot to evaluated: p50 0.60 s, p95 0.60 s" in told


@pytest.mark.slow
async def test_under_a_small_load_every_answer_and_push_comes_once() -> None:
    plan = Plan(chats=4, alerts=20, symbols=3, commands_per_minute=120, minutes=0.1, loud=LOUD[:1])
    seen = await load(plan)
    assert len(seen.loud) == 2
    assert len(seen.heard.questions) == 12
    assert list(wrong(seen)) == []
    assert any(symbol for _, symbol in seen.asked)
    assert all(seen.memory_mb)
