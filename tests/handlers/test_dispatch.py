"""Messages in private chats and groups: whose command it is, and exactly one answer to it."""

import asyncio

import pytest
from structlog.typing import EventDict

from handlers.ports import Place
from handlers.render.numbers import moment
from tests.handlers.sample import AS_OF
from tests.handlers.stage import ALI, ALONE, ANN, GROUP, PICTURE, Stage
from utils.http.errors import Misconfigured, Rejected, Retryable, SourceError, Unavailable
from utils.sandbox.telegram.text.html import parse_html


async def said(text: str, place: Place = ALONE, **settings: object) -> list[str]:
    stage = Stage(**settings)
    await stage.type(text, place=place)
    return [message.plain for _, message, _ in stage.notifier.sent]


async def test_a_card_comes_with_its_chart_made_from_the_same_result() -> None:
    stage = Stage(theme="light")
    await stage.type("/t btc 1h")
    assert stage.answer.picture == PICTURE
    ((drawn, theme, labels),) = stage.charts.drawn
    assert (drawn.symbol, drawn.interval, theme) == ("BTCUSDT", "1h", "light")
    assert drawn.symbol in stage.answer.plain
    assert labels.as_of in stage.answer.plain
    assert stage.notifier.actions == [ALONE]
    assert stage.notifier.edits == []


async def test_a_bare_command_uses_the_chats_defaults() -> None:
    stage = Stage(default_symbol="ETH", default_interval="1d", quote="TRY")
    await stage.type("/trend")
    (request,) = stage.runner.asked
    assert (request.symbol, request.interval, request.as_of, request.market) == ("ETHTRY", "1d", None, "spot")


async def test_a_perpetual_and_a_past_moment_reach_the_runner() -> None:
    stage = Stage(time_zone="Europe/Istanbul")
    await stage.type("/t @2024-08-01 shib")
    (request,) = stage.runner.asked
    assert (request.symbol, request.market) == ("1000SHIBUSDT", "futures")
    assert moment(request.as_of or 0, "Europe/Istanbul", "en") in stage.answer.plain
    assert "(past)" in stage.answer.plain


@pytest.mark.parametrize(
    ("text", "place", "answers"),
    [
        ("/t@marketviewbot", GROUP, 1),
        ("/t@OtherBot", GROUP, 0),
        ("/t@OtherBot", ALONE, 0),
        ("/nothing", GROUP, 0),
        ("/nothing@MarketViewBot", GROUP, 1),
        ("/nothing", ALONE, 1),
        ("how is btc?", GROUP, 0),
        ("how is btc?", ALONE, 1),
        ("/help", GROUP, 1),
    ],
)
async def test_only_what_is_meant_for_the_bot_is_answered(text: str, place: Place, answers: int) -> None:
    assert len(await said(text, place)) == answers


async def test_groups_get_replies_in_their_topic_and_private_chats_plain_messages() -> None:
    stage = Stage()
    await stage.type("/t", place=GROUP)
    await stage.type("/t", place=ALONE)
    assert [(place, reply) for place, _, reply in stage.notifier.sent] == [(GROUP, 42), (ALONE, None)]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("/ttt", ["/ttt", "/t"]),
        ("/t btc 7m", ["7m", "/t BTC 4h"]),
        ("/t <b>&", ["<b>&", "/t BTC 4h"]),
        ("/t " + "y" * 32, ["yyyy…", "/t BTC 4h"]),
        ("/t " + "y" * 4000, ["yyyy…", "/t BTC 4h"]),
        ("/t @2030-01-01", ["@2030-01-01", "/t BTC @2024-08-05T12:00"]),
        ("/t gone", ["gone", "no longer listed"]),
        ("/t halt", ["halt", "halted"]),
        ("/help zzz", ["zzz", "/help"]),
    ],
)
async def test_what_is_not_understood_gets_one_line_with_the_word(text: str, parts: list[str]) -> None:
    (line,) = await said(text)
    assert "\n" not in line
    assert len(line) < 200
    assert all(part in line for part in parts)


async def test_near_symbols_are_buttons_that_keep_interval_and_moment() -> None:
    stage = Stage()
    await stage.type("/t bt 1h @2024-08-01")
    assert list(stage.buttons) == ["BTCUSDT", "BTCTRY", "1000SHIBUSDT.P"]
    await stage.press(stage.buttons["1000SHIBUSDT.P"], picture=False)
    (request,) = stage.runner.asked
    assert (request.symbol, request.market, request.interval) == ("1000SHIBUSDT", "futures", "1h")
    assert request.as_of == 1_722_470_400_000
    assert stage.notifier.edits[0][1].picture == PICTURE


async def test_slow_work_is_announced_after_a_second_and_then_replaced() -> None:
    stage = Stage()
    stage.runner.gate = asyncio.Event()
    typing = asyncio.create_task(stage.type("/t", place=GROUP))
    await stage.clock.settle()
    assert stage.notifier.actions == [GROUP]
    await stage.clock.advance(900)
    assert stage.notifier.sent == []
    await stage.clock.advance(200)
    assert stage.answer.plain == "Working on it …"
    stage.runner.gate.set()
    await typing
    ((ref, card),) = stage.notifier.edits
    assert (ref.message_id, card.picture, len(stage.notifier.sent)) == (100, PICTURE, 1)


async def test_quick_commands_show_no_work() -> None:
    stage = Stage()
    await stage.type("/help")
    assert (stage.notifier.actions, len(stage.notifier.sent)) == ([], 1)


async def test_a_placeholder_that_cannot_be_sent_does_not_cost_the_answer() -> None:
    stage = Stage()
    stage.runner.gate = asyncio.Event()
    stage.notifier.faults = {"send": OSError("telegram is away"), "acting": OSError("telegram is away")}
    typing = asyncio.create_task(stage.type("/t"))
    await stage.clock.settle()
    await stage.clock.advance(1100)
    stage.runner.gate.set()
    await typing
    assert stage.answer.picture == PICTURE


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (Retryable("binance.spot", "busy", retry_after_s=7.2), "try again in 7 seconds"),
        (Retryable("binance.spot", "timeout"), "try again in a minute"),
        (Unavailable("binance.spot", "banned", until_ms=AS_OF), "until 5 Aug 2024 13:10 UTC"),
        (Unavailable("binance.spot", "not here"), "does not answer now"),
        (Rejected("binance.spot", "bad", code=-1121), "(-1121)"),
        (Misconfigured("binance.spot", "no key", what_to_do="set it"), "owner"),
    ],
)
async def test_a_silent_source_becomes_one_line_and_a_button_to_try_again(
    error: SourceError, words: str
) -> None:
    stage = Stage()
    stage.runner.error = error
    await stage.type("/t btc")
    assert words in stage.answer.plain
    assert "\n" not in stage.answer.plain
    stage.runner.error = None
    await stage.press(stage.buttons["↻ Try again"], picture=False)
    assert stage.notifier.edits[-1][1].picture == PICTURE
    assert stage.runner.asked[-1].as_of is None


async def test_symbols_that_cannot_be_looked_up_are_said_so() -> None:
    stage = Stage()
    stage.symbols.error = Retryable("binance.spot.exchangeInfo", "timeout")
    await stage.type("/t btc")
    assert "does not answer" in stage.answer.plain


async def test_a_failure_of_ours_is_answered_with_the_logs_id(logs: list[EventDict]) -> None:
    stage = Stage()
    stage.runner.error = ZeroDivisionError("secret detail")
    await stage.type("/t btc")
    (entry,) = [line for line in logs if line["event"] == "command failed"]
    assert entry["exc_info"] is True
    assert entry["error_id"] in stage.answer.plain
    assert "secret" not in stage.answer.plain
    assert stage.dispatcher.failures == 1


async def test_a_broken_notifier_is_logged_and_raises_nothing(logs: list[EventDict]) -> None:
    stage = Stage()
    stage.notifier.faults = {"send": RuntimeError("gone")}
    await stage.type("/t btc")
    assert "message was not answered" in {line["event"] for line in logs}
    assert stage.dispatcher.failures == 1


async def test_a_chart_that_cannot_be_drawn_leaves_the_text() -> None:
    stage = Stage()
    stage.charts.error = MemoryError()
    await stage.type("/t btc")
    assert stage.answer.picture is None
    assert "could not be drawn" in stage.answer.plain
    assert "Chart" in stage.buttons


async def test_who_asks_too_much_waits_and_others_do_not() -> None:
    stage = Stage(commands_per_minute=2)
    for _ in range(5):
        await stage.type("/t", ANN, GROUP)
    assert len(stage.runner.asked) == 2
    refusals = [m.plain for _, m, _ in stage.notifier.sent if "60 seconds" in m.plain]
    assert len(refusals) == 1  # told once in a group: refusals must not jam it either
    await stage.type("/t", ALI, GROUP)
    assert len(stage.runner.asked) == 3
    await stage.clock.advance(60_000)
    await stage.type("/t", ANN, GROUP)
    assert len(stage.runner.asked) == 4


async def test_in_private_every_command_is_answered_even_over_the_quota() -> None:
    stage = Stage(commands_per_minute=1)
    for _ in range(4):
        await stage.type("/help")
    assert len(stage.notifier.sent) == 4


@pytest.mark.parametrize(("chosen", "word"), [("auto", "düşüş"), ("en", "down"), ("tr", "düşüş")])
async def test_the_chats_language_wins_over_the_persons(chosen: str, word: str) -> None:
    stage = Stage(language=chosen)
    await stage.type("/t", ALI)
    assert word in stage.answer.plain
    assert stage.charts.drawn[0][2].word == word


async def test_inline_mode_gives_the_card_as_text() -> None:
    stage = Stage()
    (card,) = await stage.ask_inline("btc 1h")
    assert "BTCUSDT 1h" in card.title
    assert parse_html(card.text).text.startswith("BTCUSDT")
    assert await stage.ask_inline("qqq") == ()
    assert await stage.ask_inline("btc 9z 7m") == ()
