"""Messages in private chats and groups: which are for the bot, and exactly one answer to each."""

import asyncio
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from structlog.typing import EventDict

from handlers.commands.inline import WAIT_S
from handlers.commands.routes import build_registry
from handlers.ports import ChatRef, IncomingMessage, MessageRef, Undeliverable
from handlers.registry import Registry
from handlers.render.words import moment
from tests.handlers.harness import ALI, ALONE, ANN, GROUP, NOW_MS, PICTURE, Harness, ScriptedRunner
from tests.handlers.sample import AS_OF, MODULE
from utils.http.errors import Misconfigured, Rejected, Retryable, SourceError, Unavailable
from utils.sandbox.telegram.text.html import parse_html


async def said(text: str, chat: ChatRef = ALONE, **settings: Any) -> list[str]:
    harness = Harness(**settings)
    await harness.type(text, chat=chat)
    return [message.plain for _, message, _ in harness.notifier.sent]


async def test_a_card_comes_with_its_chart_made_from_the_same_result() -> None:
    harness = Harness(theme="light")
    await harness.type("/t btc 1h")
    assert harness.answer.picture == PICTURE
    ((drawn, theme, labels),) = harness.charts.drawn
    assert (drawn.symbol, drawn.interval, theme) == ("BTCUSDT", "1h", "light")
    assert drawn.symbol in harness.answer.plain
    assert labels.as_of in harness.answer.plain
    assert harness.notifier.actions == [ALONE]
    assert harness.notifier.edits == []


async def test_a_bare_command_uses_the_chats_defaults() -> None:
    harness = Harness(default_symbol="ETH", default_interval="1d", quote="TRY")
    await harness.type("/trend")
    (request,) = harness.runner.asked
    assert (request.symbol, request.interval, request.as_of, request.market) == ("ETHTRY", "1d", None, "spot")


async def test_a_perpetual_and_a_past_time_reach_the_runner() -> None:
    harness = Harness(time_zone="Europe/Istanbul")
    await harness.type("/t @2024-08-01 shib")
    (request,) = harness.runner.asked
    assert (request.symbol, request.market) == ("1000SHIBUSDT", "futures")
    assert moment(request.as_of or 0, "Europe/Istanbul", "en") in harness.answer.plain
    assert "(past)" in harness.answer.plain


@pytest.mark.parametrize(
    ("text", "chat", "answers"),
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
async def test_only_messages_for_the_bot_are_answered(text: str, chat: ChatRef, answers: int) -> None:
    assert len(await said(text, chat)) == answers


async def test_groups_get_replies_in_their_topic_and_private_chats_plain_messages() -> None:
    harness = Harness()
    await harness.type("/t", chat=GROUP)
    await harness.type("/t", chat=ALONE)
    assert [(chat, reply) for chat, _, reply in harness.notifier.sent] == [(GROUP, 42), (ALONE, None)]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("/ttt", ["/ttt", "/t"]),
        ("/t btc 7m", ["7m", "/t btc 5m"]),
        ("/t <b>&", ["<b>&", "/t BTC 4h"]),
        ("/t " + "y" * 32, ["yyyy…", "/t BTC 4h"]),
        ("/t " + "y" * 4000, ["yyyy…", "/t BTC 4h"]),
        ("/t @2030-01-01", ["@2030-01-01", "/t BTC @2024-08-05T12:00"]),
        ("/t gone", ["gone", "no longer listed"]),
        ("/t halt", ["halt", "halted"]),
        ("/help zzz", ["zzz", "/help"]),
    ],
)
async def test_an_invalid_argument_is_answered_with_one_line_that_quotes_it(
    text: str, parts: list[str]
) -> None:
    (line,) = await said(text)
    assert "\n" not in line
    assert len(line) < 200
    assert all(part in line for part in parts)


async def test_similar_symbols_are_buttons_that_keep_interval_and_time() -> None:
    harness = Harness()
    await harness.type("/t bt 1h @2024-08-01")
    assert list(harness.buttons) == ["BTCUSDT", "BTCTRY", "1000SHIBUSDT.P"]
    await harness.press(harness.buttons["1000SHIBUSDT.P"], picture=False)
    (request,) = harness.runner.asked
    assert (request.symbol, request.market, request.interval) == ("1000SHIBUSDT", "futures", "1h")
    assert request.as_of == 1_722_470_400_000
    assert harness.notifier.edits[0][1].picture == PICTURE


async def test_slow_work_shows_a_placeholder_after_a_second_that_becomes_the_answer() -> None:
    harness = Harness()
    harness.runner.gate = asyncio.Event()
    typing = asyncio.create_task(harness.type("/t", chat=GROUP))
    await harness.clock.settle()
    assert harness.notifier.actions == [GROUP]
    await harness.clock.advance(900)
    assert harness.notifier.sent == []
    await harness.clock.advance(200)
    assert harness.answer.plain == "Working on it …"
    harness.runner.gate.set()
    await typing
    ((ref, card),) = harness.notifier.edits
    assert (ref.message_id, card.picture, len(harness.notifier.sent)) == (100, PICTURE, 1)


async def test_quick_commands_show_no_chat_action_and_no_placeholder() -> None:
    harness = Harness()
    await harness.type("/help")
    assert (harness.notifier.actions, len(harness.notifier.sent)) == ([], 1)


async def test_a_placeholder_that_cannot_be_sent_does_not_cost_the_answer() -> None:
    harness = Harness()
    harness.runner.gate = asyncio.Event()
    harness.notifier.faults = {
        "send": OSError("telegram is away"),
        "send_chat_action": OSError("telegram is away"),
    }
    typing = asyncio.create_task(harness.type("/t"))
    await harness.clock.settle()
    await harness.clock.advance(1100)
    harness.runner.gate.set()
    await typing
    assert harness.answer.picture == PICTURE


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
async def test_a_source_error_becomes_one_line_and_a_button_to_try_again(
    error: SourceError, words: str
) -> None:
    harness = Harness()
    harness.runner.error = error
    await harness.type("/t btc")
    assert words in harness.answer.plain
    assert "\n" not in harness.answer.plain
    harness.runner.error = None
    await harness.press(harness.buttons["↻ Try again"], picture=False)
    assert harness.notifier.edits[-1][1].picture == PICTURE
    assert harness.runner.asked[-1].as_of is None


async def test_unavailable_symbol_tables_are_reported() -> None:
    harness = Harness()
    harness.symbols.error = Retryable("binance.spot.exchangeInfo", "timeout")
    await harness.type("/t btc")
    assert "does not answer" in harness.answer.plain


async def test_an_internal_error_is_answered_with_the_logged_id(logs: list[EventDict]) -> None:
    harness = Harness()
    harness.runner.error = ZeroDivisionError("secret detail")
    await harness.type("/t btc")
    (entry,) = [line for line in logs if line["event"] == "command failed"]
    assert entry["exc_info"] is True
    assert entry["error_id"] in harness.answer.plain
    assert "secret" not in harness.answer.plain
    assert harness.dispatcher.failures == 1


async def test_a_broken_notifier_is_logged_and_raises_nothing(logs: list[EventDict]) -> None:
    harness = Harness()
    harness.notifier.faults = {"send": RuntimeError("gone")}
    await harness.type("/t btc")
    assert "message was not answered" in {line["event"] for line in logs}
    assert harness.dispatcher.failures == 1


async def test_without_a_chart_the_text_is_sent() -> None:
    harness = Harness()
    harness.charts.error = MemoryError()
    await harness.type("/t btc")
    assert harness.answer.picture is None
    assert "could not be drawn" in harness.answer.plain
    assert "Chart" in harness.buttons


async def test_a_person_over_the_quota_waits_and_others_do_not() -> None:
    harness = Harness(commands_per_minute=2)
    for _ in range(5):
        await harness.type("/t", ANN, GROUP)
    assert len(harness.runner.asked) == 2
    refusals = [m.plain for _, m, _ in harness.notifier.sent if "60 seconds" in m.plain]
    assert len(refusals) == 1  # told once in a group: refusals must not jam it either
    await harness.type("/t", ALI, GROUP)
    assert len(harness.runner.asked) == 3
    await harness.clock.advance(60_000)
    await harness.type("/t", ANN, GROUP)
    assert len(harness.runner.asked) == 4


async def test_one_member_leaves_most_of_a_groups_messages_to_the_others() -> None:
    harness = Harness(commands_per_minute=9, group_commands_per_minute=2)
    for _ in range(4):
        await harness.type("/t", ANN, GROUP)
    assert len(harness.runner.asked) == 2
    await harness.type("/t", ANN, replace(GROUP, chat_id=-200))
    await harness.type("/t", ALI, GROUP)
    await harness.type("/t", ANN)
    assert len(harness.runner.asked) == 5
    await harness.press(harness.buttons["1h"], ANN, chat=GROUP)
    assert "60 seconds" in harness.notifier.callback_answers[-1][1]


async def test_in_private_a_refusal_is_said_once_until_the_wait_is_over() -> None:
    harness = Harness(commands_per_minute=1)
    for _ in range(4):
        await harness.type("/help")
    assert ["60 seconds" in m.plain for _, m, _ in harness.notifier.sent] == [False, True]
    await harness.clock.advance(60_000)
    for _ in range(2):
        await harness.type("/help")
    assert len(harness.notifier.sent) == 4


@pytest.mark.parametrize(("chosen", "word"), [("auto", "düşüş"), ("en", "down"), ("tr", "düşüş")])
async def test_the_chats_language_wins_over_the_persons(chosen: str, word: str) -> None:
    harness = Harness(language=chosen)
    await harness.type("/t", ALI)
    assert word in harness.answer.plain
    assert harness.charts.drawn[0][2].word == word


async def test_inline_mode_gives_the_card_as_text() -> None:
    harness = Harness()
    (card,) = await harness.ask_inline("btc 1h")
    assert "BTCUSDT 1h" in card.title
    assert parse_html(card.text).text.startswith("BTCUSDT")


@pytest.mark.parametrize(
    ("text", "why"),
    [("qqq", "qqq"), ("btc 9z", "9z"), ("btc 9z 7m", "7m"), ("bt", "BTCTRY"), ("btc @2094-01-01", "future")],
)
async def test_an_inline_query_that_cannot_be_answered_says_why_and_what_to_type(text: str, why: str) -> None:
    (card,) = await Harness().ask_inline(text)
    assert "btc 4h" in card.title
    assert why in card.description
    assert parse_html(card.text).text


async def test_an_inline_query_while_the_exchange_fails_says_so() -> None:
    harness = Harness(runner=ScriptedRunner(error=Unavailable("binance.spot.klines", "gone")))
    (card,) = await harness.ask_inline("btc 4h")
    assert "exchange" in card.description


async def test_inline_cards_that_are_late_are_left_out() -> None:
    harness = Harness(runner=ScriptedRunner(gate=asyncio.Event()))
    asked = asyncio.ensure_future(harness.ask_inline("btc 4h"))
    await harness.clock.settle()
    await harness.clock.advance(int(WAIT_S * 1000))
    (card,) = await asked
    assert "again" in card.description


async def test_several_kinds_of_cards_are_offered_inline() -> None:
    modules = tuple(
        replace(MODULE, id=name, commands=(name,), title=f"Title {name}")
        for name in ("trend", "risk", "flow")
    )
    cards = await Harness(registry=build_registry(modules)).ask_inline("btc 4h")
    assert [card.title for card in cards] == ["BTCUSDT 4h · Title trend", "BTCUSDT 4h · Title risk"]
    assert len({card.id for card in cards}) == len(cards)


async def test_an_owners_command_is_unknown_to_everybody_else() -> None:
    specs = build_registry((MODULE,)).specs
    owned = tuple(replace(spec, role="owner") if spec.name == "help" else spec for spec in specs)
    harness = Harness(registry=Registry(owned))
    await harness.type("/help", ANN)
    assert "There is no command /help." in harness.answer.plain
    await harness.type("/help", ANN, GROUP)
    assert len(harness.notifier.sent) == 1
    harness.owners = {ANN.id}
    await harness.type("/help", ANN)
    assert "/help" in harness.notifier.sent[-1][1].plain


async def test_inline_queries_count_against_the_quota() -> None:
    harness = Harness(commands_per_minute=1)
    assert len(await harness.ask_inline("btc 1h")) == 1
    (refused,) = await harness.ask_inline("btc 1h")
    assert "again in 60 seconds" in refused.description
    await harness.type("/t btc", ANN)
    assert "again in 60 seconds" in harness.answer.plain
    assert len(harness.runner.asked) == 1


async def test_a_command_that_costs_more_units_uses_up_more_of_the_quota() -> None:
    registry = Registry(tuple(replace(spec, quota=3) for spec in build_registry((MODULE,)).specs))
    harness = Harness(registry=registry, commands_per_minute=5)
    for _ in range(2):
        await harness.type("/t btc", ANN)
    assert len(harness.runner.asked) == 1


async def test_an_undeliverable_answer_is_the_callers_to_handle_and_no_failure() -> None:
    harness = Harness()
    error = Undeliverable(ALONE.chat_id, "blocked", gone=True)
    harness.notifier.faults = {"send": error, "edit": error}
    with pytest.raises(Undeliverable):
        await harness.type("/t btc")
    with pytest.raises(Undeliverable):
        await harness.press("1|r|t|BTCUSDT|4h|-|-")
    assert harness.dispatcher.failures == 0


@dataclass
class Recorded:
    """A record of an answer that keeps what it is told."""

    placeholder_id: int | None = None
    told: list[tuple[str, int | None]] = field(default_factory=list)

    async def placing(self, after_id: int) -> None:
        self.told.append(("placing", after_id))

    async def placed(self, message_id: int | None) -> None:
        self.told.append(("placed", message_id))


def message(text: str, record: Recorded, chat: ChatRef = ALONE) -> IncomingMessage:
    return IncomingMessage(ANN, chat, 42, text, NOW_MS, record=record)


async def slow(harness: Harness, asked: IncomingMessage) -> None:
    """Ask, and let the answer take more than a second."""
    harness.runner.gate = asyncio.Event()
    answering = asyncio.create_task(harness.dispatcher.on_message(asked))
    await harness.clock.settle()
    await harness.clock.advance(1100)
    harness.runner.gate.set()
    await answering


async def test_a_placeholder_is_recorded_before_and_after_it_goes_out() -> None:
    harness, record = Harness(), Recorded()
    await slow(harness, message("/t btc", record))
    ((_, shown, _),) = harness.notifier.sent
    assert shown.plain == "Working on it …"
    assert record.told == [("placing", 42), ("placed", 100)]


async def test_a_placeholder_that_was_not_delivered_is_recorded_as_such() -> None:
    harness, record = Harness(), Recorded()
    harness.notifier.faults["send"] = Undeliverable(7, "no", gone=False)
    await slow(harness, message("/t btc", record))
    assert record.told == [("placing", 42), ("placed", None), ("placing", 42)]
    assert "BTCUSDT" in harness.answer.plain


async def test_an_answer_without_a_placeholder_is_recorded_before_it_goes_out() -> None:
    harness, record = Harness(), Recorded()
    await harness.dispatcher.on_message(message("/t btc", record))
    assert record.told == [("placing", 42)]
    assert "BTCUSDT" in harness.answer.plain


async def test_an_answer_takes_the_place_of_what_a_process_before_left() -> None:
    harness = Harness()
    await slow(harness, message("/t btc", Recorded(placeholder_id=77), GROUP))
    ((ref, card),) = harness.notifier.edits
    assert (ref, harness.notifier.sent) == (MessageRef(GROUP, 77), [])
    assert "BTCUSDT" in card.plain


async def test_a_lost_placeholder_is_looked_for_as_it_was_sent() -> None:
    harness = Harness()
    harness.notifier.lost = 51
    assert (
        await harness.dispatcher.find_placeholder(message("/t btc", Recorded(), GROUP), 50, frozenset({52}))
        == 51
    )
    await slow(harness, message("/t btc", Recorded(), GROUP))
    (chat, content, after_id, reply_to, others) = harness.notifier.looked_for[0]
    assert (chat, content, reply_to) == harness.notifier.sent[0]
    assert (after_id, others) == (50, frozenset({52}))


async def test_late_commands_get_one_line_and_chatter_gets_none() -> None:
    harness = Harness()
    texts = ("/t btc", "hello", "/t@OtherBot", "/help")
    assert await harness.dispatcher.on_late_messages([message(text, Recorded(), GROUP) for text in texts])
    assert harness.answer.plain.startswith("I was away; 2 commands")
    assert not await harness.dispatcher.on_late_messages([message("hello", Recorded(), GROUP)])
    assert len(harness.notifier.sent) == 1


async def test_a_message_that_is_given_up_ends_in_words() -> None:
    harness = Harness()
    await harness.dispatcher.on_given_up(message("/t btc", Recorded(placeholder_id=77)))
    await harness.dispatcher.on_given_up(message("/t btc", Recorded()))
    assert [edited.plain for _, edited in harness.notifier.edits] == [
        "I cannot answer this. Please send it again."
    ]
    assert [sent.plain for _, sent, _ in harness.notifier.sent] == [
        "I cannot answer this. Please send it again."
    ]


@pytest.mark.parametrize(("language", "word"), [("auto", "cannot read"), ("tr", "okuyamadığım")])
async def test_every_owner_is_told_of_a_kind_of_updates_that_cannot_be_read(language: str, word: str) -> None:
    harness = Harness(language=language)
    harness.owners = {1, 2, 3}
    harness.notifier.faults = {"send": Undeliverable(1, "never spoke to the bot", gone=True)}
    await harness.dispatcher.on_unreadable("widget_query<b>")
    told = {chat.chat_id: content for chat, content, _ in harness.notifier.sent}
    assert len(told) == 2
    assert all(word in content.plain and "widget_query<b>" in content.plain for content in told.values())
    assert all(parse_html(content.text).text == content.plain for content in told.values())
