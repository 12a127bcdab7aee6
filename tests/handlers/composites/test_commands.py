"""The commands of composite scores: one registry and grammar, past and live cards, buttons that keep the numbers."""

from dataclasses import replace

import pytest

from analysis.framework.question import Request
from analysis.framework.reasons import Message
from composite.declared import SCORES
from handlers.chat.callback_data import MAX_BYTES, base36
from handlers.chat.keyboard import card_seconds
from handlers.composites.registry import ONE, TOPICS
from handlers.render.html import plain
from tests.handlers.composites.harness import PAST_MS, REGISTRY, ScoreHarness, data_of
from tests.handlers.composites.sample import composite
from tests.handlers.harness import ALI, ANN, GROUP, MESSAGES, PICTURE
from tests.handlers.sample import AS_OF
from utils.http.errors import Unavailable

AT = base36(card_seconds(composite(), asked_past=False))
ONE_SYMBOL = [topic for topic in ONE.values() if topic.basket is None]


def test_every_score_has_a_command_and_the_asked_names() -> None:
    assert {topic.id for topic in ONE.values()} == {score.name for score in SCORES}
    names = {name for topic in TOPICS for name in topic.commands}
    assert names == {
        *("score", "scan", "ts", "elma", "buy", "armut", "exposure", "ms", "lp", "oa", "an"),
    }


@pytest.mark.parametrize("language", MESSAGES.languages)
def test_they_stand_in_the_menu_in_every_language(language: str) -> None:
    menu = dict(REGISTRY.menu(MESSAGES.of(language)))
    for topic in TOPICS:
        assert 3 <= len(menu[topic.commands[0]]) <= 256


@pytest.mark.parametrize("command", ["ts", "elma", "buy", "armut", "exposure", "ms", "lp", "an"])
async def test_a_score_is_answered_with_picture_and_caption(command: str) -> None:
    harness = ScoreHarness()
    await harness.type(f"/{command} btc 1h")
    spec = REGISTRY.by_name[command]
    assert spec.composite is not None
    ((name, request),) = harness.scores.asked
    assert (name, request.symbol) == (spec.composite.id, "BTCUSDT")
    assert request.interval == spec.composite.interval_of("1h")
    assert harness.answer.picture == PICTURE
    assert spec.title in harness.answer.plain
    drawn, theme, labels = harness.charts.drawn[0]
    assert (drawn.name, theme, labels.title) == (spec.composite.id, "dark", spec.title)


async def test_all_scores_stand_on_one_card_with_a_button_to_each() -> None:
    harness = ScoreHarness()
    await harness.type("/score btc 4h")
    assert [name for name, _ in harness.scores.asked] == ["all"]
    assert len(harness.charts.drawn[0][0].scores) == len(SCORES)
    for topic in ONE_SYMBOL:
        assert topic.look is not None
        data = data_of(harness.buttons[topic.look.row])
        assert (data.command, data.at) == (
            topic.commands[0],
            int(AT, 36),
        )


async def test_a_button_from_all_scores_shows_the_number_that_stood_there() -> None:
    harness = ScoreHarness()
    await harness.type("/score btc")
    harness.scores.change = lambda score: replace(score, score=0.11)
    await harness.press(harness.buttons["Trend"])
    assert "0.68" in harness.notifier.edits[-1][1].plain
    assert [name for name, _ in harness.scores.asked] == ["all"]


@pytest.mark.parametrize("text", ["btc", "btc 4h", "BTCUSDT", "$eth", "4h btc", "btc @2024-08-05", "btcc 4h"])
async def test_a_symbol_alone_in_private_is_all_scores(text: str) -> None:
    harness = ScoreHarness()
    await harness.type(text)
    ((name, request),) = harness.scores.asked
    assert (name, request.symbol) == ("all", "ETHUSDT" if "eth" in text else "BTCUSDT")
    assert harness.answer.picture == PICTURE


@pytest.mark.parametrize("text", ["hello", "how is btc?", "btc eth", "btcc", "4h", "", "b" * 300])
async def test_other_texts_in_private_get_a_hint(text: str) -> None:
    harness = ScoreHarness()
    await harness.type(text)
    assert harness.scores.asked == []
    assert "Send me a command" in harness.answer.plain


async def test_a_symbol_alone_says_nothing_in_a_group_and_a_hint_while_no_source_answers() -> None:
    harness = ScoreHarness()
    await harness.type("btc", ANN, GROUP)
    assert harness.notifier.sent == []
    harness.symbols.error = Unavailable("binance.spot", "away")
    await harness.type("btc")
    assert "Send me a command" in harness.answer.plain


async def test_sentences_name_inputs_by_their_titles_in_words_and_picture() -> None:
    harness = ScoreHarness()
    said = Message("once_in_bars", {"bars": 19, "channel": "risk.surprise"})
    harness.scores.change = lambda score: replace(score, verdict=said)
    await harness.type("/an btc", ALI)
    assert "19 mumda bir: Kayıp sürprizi" in harness.answer.plain
    assert harness.charts.drawn[0][2].word == "19 mumda bir: Kayıp sürprizi"


async def test_a_guessed_symbol_is_named() -> None:
    harness = ScoreHarness()
    await harness.type("/ts btcc")
    assert harness.answer.plain.startswith("Showing BTCUSDT for btcc.")


async def test_an_allocation_takes_a_basket_and_names_what_is_wrong() -> None:
    harness = ScoreHarness()
    await harness.type("/oa btc eth")
    ((name, request),) = harness.scores.asked
    assert name == "optimal_allocation"
    assert request.basket is not None
    assert request.basket.symbols == ("BTCUSDT", "ETHUSDT")
    assert harness.buttons["Why?"].split("|")[3].startswith("~")
    await harness.press(harness.buttons["Why?"])
    assert harness.scores.asked == [(name, request)]
    for words in ("/oa", "/oa btc", "/oa btc btcusdt"):
        other = ScoreHarness()
        await other.type(words)
        assert other.answer.plain == "Name at least 2 symbols. Example: /oa BTC ETH SOL"
        assert other.scores.asked == []


async def test_a_past_moment_is_asked_and_its_buttons_keep_it() -> None:
    harness = ScoreHarness()
    await harness.type("/ts btc 4h @2024-08-05")
    assert harness.scores.asked == [("trend_strength", Request("BTCUSDT", "4h", PAST_MS))]
    assert "(past)" in harness.answer.plain
    for text, action in (("Why?", "w"), ("Evidence", "e"), ("↻ Refresh", "r"), ("1h", "i"), ("Text", "x")):
        data = data_of(harness.buttons[text])
        assert (data.action, data.at) == (action, PAST_MS // 1000)
    await harness.press(harness.buttons["Why?"])
    assert {request.as_of for _, request in harness.scores.asked} == {PAST_MS}
    assert "From neutral to the score" in harness.notifier.edits[-1][1].plain


async def test_why_and_evidence_explain_the_number_shown() -> None:
    harness = ScoreHarness()
    await harness.type("/ts btc 4h")
    harness.scores.change = lambda score: replace(score, score=0.11)
    buttons = dict(harness.buttons)
    await harness.press(buttons["Why?"])
    assert "0.680" in harness.notifier.edits[-1][1].plain
    await harness.press(buttons["Evidence"])
    shown = harness.notifier.edits[-1][1]
    assert "How did this score do?" in shown.plain
    assert "Rank IC     -0.031 -0.002 -0.040" in shown.plain
    assert shown.keep_picture
    assert [name for name, _ in harness.scores.asked] == ["trend_strength", "evidence trend_strength"]
    await harness.press(harness.buttons["‹ Back"])
    assert harness.notifier.edits[-1][1].picture == PICTURE


@pytest.mark.parametrize("command", ["elma", "lp", "score", "scan"])
async def test_a_live_reading_that_is_not_kept_has_expired(command: str) -> None:
    harness = ScoreHarness()
    subject = "20.ts" if command == "scan" else "BTCUSDT"
    await harness.press(f"1|x|{command}|{subject}|4h|{AT}|-")
    shown = harness.notifier.edits[-1][1]
    assert shown.plain == "This reading has expired."
    assert harness.scores.asked == []
    assert data_of(shown.keyboard[0][0].data).at is None


@pytest.mark.parametrize("command", ["ts", "armut", "ms", "an"])
async def test_a_score_of_bars_is_made_again_after_a_restart(command: str) -> None:
    harness = ScoreHarness()
    await harness.press(f"1|w|{command}|BTCUSDT|4h|{AT}|-")
    ((_, request),) = harness.scores.asked
    assert request.as_of == int(AT, 36) * 1000


@pytest.mark.parametrize("command", [spec.name for spec in REGISTRY.composites])
@pytest.mark.parametrize("symbol", ["1000000MOGUSDT.P", "币安人生USDT.P"])
async def test_callback_data_of_every_card_fits(command: str, symbol: str) -> None:
    harness = ScoreHarness()
    subject = "50.armut" if command == "scan" else symbol
    await harness.press(f"1|r|{command}|{subject}|15m|-|-")
    shown = harness.notifier.edits[-1][1]
    data = [button.data for row in shown.keyboard for button in row]
    assert data
    assert all(len(one.encode()) <= MAX_BYTES for one in data)
    assert {data_of(one).command for one in data} <= set(REGISTRY.by_name)
    assert {data_of(one).subject for one in data} == {subject}


@pytest.mark.parametrize("command", ["score btc", "scan"])
async def test_what_costs_more_takes_more_of_the_quota(command: str) -> None:
    harness = ScoreHarness(commands_per_minute=4)
    await harness.type(f"/{command}")
    await harness.type(f"/{command}")
    await harness.type(f"/{command}")
    assert len(harness.scores.asked) == (1 if command == "scan" else 2)


async def test_a_source_fault_is_one_line_with_a_button() -> None:
    harness = ScoreHarness()
    harness.scores.error = Unavailable("binance.spot", "away")
    await harness.type("/ts btc")
    assert harness.answer.picture is None
    assert list(harness.buttons) == ["↻ Try again"]
    assert harness.dispatcher.failures == 0


async def test_without_a_chart_the_text_is_sent() -> None:
    harness = ScoreHarness()
    harness.charts.error = MemoryError()
    await harness.type("/score btc")
    assert harness.answer.picture is None
    assert "The chart could not be drawn." in harness.answer.plain


async def test_turkish_cards_are_turkish() -> None:
    harness = ScoreHarness()
    await harness.type("/armut btc", ALI)
    assert "Yüksek risk düşüş demek değildir." in harness.answer.plain
    assert "High risk" not in harness.answer.plain


def test_the_sample_describes_the_asked_moment() -> None:
    assert composite(request=Request("BTCUSDT", "4h", PAST_MS)).as_of == PAST_MS
    assert composite().as_of == AS_OF
    assert plain("&lt;") == "<"
