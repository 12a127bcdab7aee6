"""The composite commands: one registry and grammar, past and live cards, buttons that show the same numbers."""

import asyncio
import re
from dataclasses import replace

import numpy as np
import pytest

from analysis.allocate.specs import FEE
from analysis.framework.question import Basket, Instrument, Request
from analysis.framework.reasons import Message
from analysis.framework.result import Table
from composite.declared import SCORES
from composite.defaults import default_specs
from composite.result import Composite
from handlers.chat.callback_data import MAX_BYTES, CallbackData, base36, parse_callback_data
from handlers.chat.keyboard import ScanSubject, basket_key, card_seconds, key_in, parse_scan
from handlers.composites.inputs import INPUTS, input_title
from handlers.composites.registry import ONE, TOPICS
from handlers.composites.topic import CompositeTopic
from handlers.ports import ChatRef, Person
from handlers.render.html import TEXT_LIMIT, plain, rows_of, visible_units
from tests.handlers.composites.harness import REGISTRY, ScoreHarness
from tests.handlers.composites.sample import COINS, composite
from tests.handlers.harness import ALI, ALONE, ANN, GROUP, MESSAGES, PICTURE
from tests.handlers.sample import AS_OF
from tests.handlers.test_baskets import Baskets
from tests.support.accounts import ODD_NUMBERS, sample_account
from utils.http.errors import Unavailable
from utils.sandbox.telegram.text.html import parse_html

OWNER = Person(1, "Olga", "en")
HOME = ChatRef(1, "private")
PAST_MS = 1_722_816_000_000  # 2024-08-05
AT = base36(card_seconds(composite(), asked_past=False))
ONE_SYMBOL = [topic for topic in ONE.values() if topic.basket is None]


def data_of(text: str) -> CallbackData:
    """What a button of this version asks for."""
    data = parse_callback_data(text)
    assert isinstance(data, CallbackData)
    return data


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


@pytest.mark.parametrize(
    ("words", "asked", "interval"),
    [
        ("", "scan 20 trend_strength", "4h"),
        ("30", "scan 30 trend_strength", "4h"),
        ("15 1h", "scan 15 trend_strength", "1h"),
        ("top 10 armut", "scan 10 risk_exposure", "4h"),
        ("top5 buy 15m", "scan 5 buy_opportunity", "15m"),
        ("ms 4 h", "scan 20 macro_sentiment", "4h"),
        ("anomaly_alert 50", "scan 50 anomaly_alert", "4h"),
        ("ts @2024-08-05", "scan 20 trend_strength", "4h"),
    ],
)
async def test_a_scan_is_asked_for_so_many_symbols_by_a_score(words: str, asked: str, interval: str) -> None:
    harness = ScoreHarness()
    await harness.type(f"/scan {words}")
    ((name, request),) = harness.scores.asked
    assert (name, request.interval) == (asked, interval)
    assert harness.answer.picture == PICTURE
    assert request.as_of == (PAST_MS if "@" in words else None)


async def test_a_scan_ranks_symbols_of_the_chats_quote() -> None:
    harness = ScoreHarness()
    await harness.choose("quote", "TRY")
    await harness.type("/scan")
    assert harness.scores.quote == "TRY"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("btc", ["Name at least 2 symbols.", "/scan BTC ETH SOL"]),
        ("btc,BTCUSDT", ["Name at least 2 symbols.", "/scan BTC ETH SOL"]),
        ("20 oa", ["oa", "/scan 20 ts 4h"]),
        ("btc eth oa", ["oa", "/scan 20 ts 4h"]),
        ("7m", ["7m", "/scan 20 ts 4h"]),
        ("btc eth 7m", ["7m", "/scan 20 ts 4h"]),
        ("0", ["0", "/scan BTC ETH SOL"]),
        ("51", ["51 symbols are too many", "/scan 50"]),
        ("<b>", ["<b>", "/scan BTC ETH SOL"]),
        ("50 btc eth", ["btc", "beside 50", "/scan BTC ETH SOL 4h"]),
        ("btc eth 7", ["btc", "beside 7", "/scan BTC ETH SOL 4h"]),
        ("fav", ["no favourites here yet", "/fav add BTC ETH SOL"]),
        ("alts btc", ["alts", "/scan BTC ETH SOL"]),
        ("top51", ["51 symbols are too many", "/scan 50"]),
    ],
)
async def test_what_a_scan_does_not_understand_is_quoted_with_an_example(words: str, said: list[str]) -> None:
    harness = ScoreHarness()
    await harness.type(f"/scan {words}")
    assert harness.scores.asked == []
    assert all(part in harness.answer.plain for part in said)
    parse_html(harness.answer.text)


@pytest.mark.parametrize("language", ["en", "tr"])
async def test_a_number_beside_symbols_is_refused_in_the_chats_language(language: str) -> None:
    harness = ScoreHarness()
    await harness.choose("language", language)
    await harness.type("/scan 50 btc eth")
    said = {"en": "btc beside 50: name symbols", "tr": "50 yanında btc: sembolleri"}
    assert harness.answer.plain.startswith(said[language])


@pytest.mark.parametrize(
    ("words", "members", "interval", "score"),
    [
        ("btc eth", ["BTCUSDT", "ETHUSDT"], "4h", "trend_strength"),
        ("btc,eth 1h armut", ["BTCUSDT", "ETHUSDT"], "1h", "risk_exposure"),
        ("ETHUSDT ts $btc 4 h", ["ETHUSDT", "BTCUSDT"], "4h", "trend_strength"),
        ("btc eth 15", ["BTCUSDT", "ETHUSDT"], "15m", "trend_strength"),
        ("15 btc eth ms", ["BTCUSDT", "ETHUSDT"], "15m", "macro_sentiment"),
        ("shib btc @2024-08-05", ["1000SHIBUSDT", "BTCUSDT"], "4h", "trend_strength"),
    ],
)
async def test_a_scan_ranks_the_symbols_that_are_named(
    words: str, members: list[str], interval: str, score: str
) -> None:
    harness = ScoreHarness()
    await harness.type(f"/scan {words}")
    ((name, request),) = harness.scores.asked
    assert (name, request.interval) == (f"scan {len(members)} {score}", interval)
    assert request.basket is not None
    assert sorted(request.basket.symbols) == sorted(members)
    assert request.basket.name is None
    assert request.as_of == (PAST_MS if "@" in words else None)
    assert harness.answer.picture == PICTURE


@pytest.mark.parametrize(("words", "name"), [("fav", "fav"), ("Favori 1h", "fav"), ("alts lp", "alts")])
async def test_a_scan_ranks_a_list_of_the_chat_by_its_name(words: str, name: str) -> None:
    harness = ScoreHarness()
    lists = {"fav": ["BTCUSDT", "ETHUSDT"], "alts": ["ETHUSDT", "BTCUSDT", "1000SHIBUSDT.P"]}
    await harness.lists.replace(ALONE.chat_id, lists)
    await harness.type(f"/scan {words}")
    ((_, request),) = harness.scores.asked
    assert request.basket is not None
    count = 2 if name == "fav" else 3
    assert (request.basket.name, len(request.basket.members)) == (name, count)
    assert f"{name} ({count})" in harness.answer.plain


async def test_a_list_that_is_longer_than_a_scan_is_refused_with_its_number() -> None:
    harness = ScoreHarness(symbols_per_list=100)
    await harness.lists.replace(ALONE.chat_id, {"all": [f"C{number}USDT" for number in range(51)]})
    await harness.type("/scan all")
    assert "51 symbols are too many; I take 50 at once." in harness.answer.plain
    assert harness.scores.asked == []


async def test_the_buttons_of_a_scan_of_symbols_keep_them_and_the_score() -> None:
    harness = ScoreHarness(baskets=Baskets())
    await harness.type("/scan btc eth armut")
    data = [data_of(button.data) for row in harness.answer.keyboard for button in row]
    (subject,) = {one.subject for one in data}
    assert subject is not None
    assert re.fullmatch(r"~[0-9a-z]{8}\.armut", subject)
    await harness.press(harness.buttons["1h"])
    await harness.press(harness.buttons["Text"])
    (first, one), (second, other) = harness.scores.asked
    assert (first, second) == ("scan 2 risk_exposure",) * 2
    assert one.basket == other.basket is not None
    assert (one.interval, other.interval) == ("4h", "1h")
    assert "BTC ETH" in harness.notifier.edits[-1][1].plain


async def test_a_scan_whose_symbols_are_no_longer_kept_is_no_other_scan() -> None:
    harness = ScoreHarness(baskets=Baskets())
    await harness.press("1|r|scan|~abcdefgh.ts|4h|-|-")
    assert harness.scores.asked == []
    assert harness.notifier.edits == []


async def test_refreshing_a_scan_of_a_list_follows_the_list_while_it_can_be_ranked() -> None:
    harness = ScoreHarness(baskets=Baskets())
    symbols = ["BTCUSDT", "ETHUSDT", "1000SHIBUSDT.P"]
    await harness.lists.replace(ALONE.chat_id, {"fav": symbols[:2]})
    await harness.type("/scan fav")
    refresh = harness.buttons["↻ Refresh"]
    for kept, ranked in ((symbols, 3), (symbols[1:], 2), (symbols[:1], 2)):
        await harness.lists.replace(ALONE.chat_id, {"fav": kept})
        await harness.clock.advance(60_000)
        await harness.press(refresh)
        _, request = harness.scores.asked[-1]
        assert len(request.basket.members if request.basket else ()) == ranked


async def test_what_is_no_symbol_is_named_with_a_button_that_ranks_the_others() -> None:
    harness = ScoreHarness(baskets=Baskets())
    await harness.type("/scan btc nothing eth armut 1h")
    assert harness.scores.asked == []
    assert "nothing" in harness.answer.plain
    ((button,),) = harness.answer.keyboard
    assert button.text == "BTC ETH 1h"
    await harness.press(button.data)
    ((name, request),) = harness.scores.asked
    assert (name, request.interval) == ("scan 2 risk_exposure", "1h")


async def test_the_buttons_of_a_scan_keep_what_was_asked() -> None:
    harness = ScoreHarness()
    await harness.type("/scan 10 armut")
    await harness.press(harness.buttons["1h"])
    await harness.press(harness.buttons["Text"])
    assert [name for name, _ in harness.scores.asked] == ["scan 10 risk_exposure"] * 2
    assert "the 10 most traded" in harness.notifier.edits[-1][1].plain


def test_the_subject_of_a_scan_is_read_back() -> None:
    assert parse_scan(ScanSubject(20, "trend_strength").encode()) == ScanSubject(20, "trend_strength")
    assert [parse_scan(text) for text in ("20.xx", "x.ts", "20", "", "999.ts", "20.oa", "~abcdefgh")] == [
        None
    ] * 7
    assert parse_scan("99.ts") == ScanSubject(50, "trend_strength")
    both = Basket((Instrument("spot", "BTCUSDT"), Instrument("spot", "ETHUSDT")))
    subject = ScanSubject(None, "trend_strength").encode(both)
    assert (key_in(subject), parse_scan(subject)) == (basket_key(both), ScanSubject(None, "trend_strength"))
    assert [parse_scan(text) for text in ("~abcdefgh.oa", "~abcdefgh.xx")] == [None, None]


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


def shows_account(text: str) -> bool:
    return "Your account" in text or any(number in text for number in ODD_NUMBERS)


@pytest.mark.parametrize(
    ("person", "chat", "seen"),
    [
        (OWNER, HOME, True),
        (OWNER, GROUP, False),
        (OWNER, ChatRef(ANN.id, "private"), False),
        (ANN, ALONE, False),
        (ANN, HOME, False),
    ],
)
async def test_the_account_stands_beside_the_risk_for_its_owner_in_private_alone(
    person: Person, chat: ChatRef, seen: bool
) -> None:
    harness = ScoreHarness()
    harness.account.holds = sample_account()
    await harness.type("/armut btc 4h", person, chat)
    assert shows_account(harness.answer.text) == seen
    for drawn, _, labels in harness.charts.drawn:
        assert not shows_account(repr(drawn) + repr(labels))
    data = harness.buttons["Text"]
    await harness.press(data, ANN, chat=GROUP, message_id=7)
    assert not shows_account(harness.notifier.edits[-1][1].text)
    for command in ("ts", "score", "scan"):
        other = ScoreHarness()
        other.account.holds = sample_account()
        await other.type(f"/{command}", person, chat)
        assert not shows_account(other.answer.text)
        assert other.account.asked == []


def tradable(score: Composite) -> Composite:
    """The sample allocation with what trades to it rest on."""
    figures = ("volatility", "price", "bid", "ask", "step", "least")
    rows = np.array([[0.6, 100.0, np.nan, np.nan, np.nan, np.nan]] * len(COINS))
    coins = Table("coins", COINS, figures, rows)
    return replace(score, tables=(*score.tables, coins), curves={FEE: np.array([0.001])})


@pytest.mark.parametrize(
    ("person", "chat", "seen"),
    [
        (OWNER, HOME, True),
        (OWNER, GROUP, False),
        (OWNER, ChatRef(ANN.id, "private"), False),
        (ANN, ALONE, False),
        (ANN, HOME, False),
    ],
)
async def test_the_way_from_the_account_to_the_weights_is_its_owner_s_in_private_alone(
    person: Person, chat: ChatRef, seen: bool
) -> None:
    harness = ScoreHarness()
    harness.scores.change = tradable
    harness.account.holds = sample_account()
    await harness.type("/oa btc eth", person, chat)
    assert ("Your account: " in harness.answer.plain) == seen
    assert ("cost (" in harness.answer.plain) == seen
    assert len(harness.account.asked) == seen
    for drawn, _, labels in harness.charts.drawn:
        assert not shows_account(repr(drawn) + repr(labels))
    await harness.press(harness.buttons["Text"], ANN, chat=GROUP, message_id=7)
    assert not shows_account(harness.notifier.edits[-1][1].text)


async def test_an_owner_without_keys_or_in_the_past_reads_why_there_is_no_way() -> None:
    harness = ScoreHarness()
    harness.scores.change = tradable
    await harness.type("/oa btc eth", OWNER, HOME)
    await harness.press(harness.buttons["Text"], OWNER, chat=HOME)
    assert "Your account</b>: " in harness.notifier.edits[-1][1].text
    assert "BINANCE_API_KEY" in harness.notifier.edits[-1][1].text
    past = ScoreHarness()
    past.scores.change = tradable
    past.account.holds = sample_account()
    await past.type("/oa btc eth @2024-08-01", OWNER, HOME)
    assert "traded, " in past.answer.plain
    assert "cost (" not in past.answer.plain
    assert past.account.asked == []


@pytest.mark.parametrize("name", [name for spec in REGISTRY.composites for name in spec.names])
@pytest.mark.parametrize("language", MESSAGES.languages)
async def test_help_explains_each_on_a_screen(name: str, language: str) -> None:
    harness = ScoreHarness(language=language)
    await harness.type(f"/help {name}")
    shown, tr, spec = harness.answer.plain, MESSAGES.of(language), REGISTRY.by_name[name]
    assert spec.composite is not None
    topic = spec.composite
    assert rows_of(shown) <= 32
    assert all(tr.gettext(text) in shown for text in (topic.title, topic.question, topic.explanation))
    assert topic.caveats
    assert all(tr.gettext(caveat) in shown for caveat in topic.caveats)
    assert all(f"/{one}" in shown for one in spec.names)
    assert visible_units(harness.answer.text) <= TEXT_LIMIT


@pytest.mark.parametrize("topic", ONE.values(), ids=lambda topic: topic.id)
@pytest.mark.parametrize("language", MESSAGES.languages)
async def test_the_second_level_explains_every_input_once(topic: CompositeTopic, language: str) -> None:
    tr, command, inputs = MESSAGES.of(language), topic.commands[0], default_specs()[topic.id].inputs
    lines = (await helped(f"{command} 1", language)).split("\n")[1:]
    assert lines == [
        f"{tr.gettext(input_title(one.scalar))}: {tr.gettext(INPUTS[one.scalar].help)}" for one in inputs
    ]
    for one in inputs:
        shown = await helped(f"{command} {one.scalar}", language)
        assert shown.split("\n")[1] == tr.gettext(INPUTS[one.scalar].help)
        assert await helped(f"{command} {input_title(one.scalar)}", language) == shown
        assert ("in the group" in shown) == (one.role == "averaged") or language != "en"


async def helped(words: str, language: str) -> str:
    """What help answers."""
    harness = ScoreHarness(language=language)
    await harness.type(f"/help {words}")
    return harness.answer.plain


async def test_what_is_no_input_leads_to_similar_ones() -> None:
    assert "/help ts trend.strength" in await helped("ts trend.strenth", "en")
    assert "/help armut 1" in await helped("armut <b>qq", "en")
    assert "How it is made" in await helped("scan 1", "en")


async def test_help_lists_them_all_and_start_shows_how_to_ask() -> None:
    harness = ScoreHarness()
    await harness.type("/help")
    await harness.type("/start")
    overview, welcome = (message.plain for _, message, _ in harness.notifier.sent)
    assert all(f"/{name}" in overview for spec in REGISTRY.composites for name in spec.names)
    assert "/score BTC 4h" in welcome


async def test_turkish_cards_are_turkish() -> None:
    harness = ScoreHarness()
    await harness.type("/armut btc", ALI)
    assert "Yüksek risk düşüş demek değildir." in harness.answer.plain
    assert "High risk" not in harness.answer.plain


def test_the_sample_describes_the_asked_moment() -> None:
    assert composite(request=Request("BTCUSDT", "4h", PAST_MS)).as_of == PAST_MS
    assert composite().as_of == AS_OF
    assert plain("&lt;") == "<"


EVERY_CARD = ["ts btc", "elma btc", "armut btc", "ms btc", "lp btc", "an btc", "score btc", "scan"]


@pytest.mark.parametrize("command", EVERY_CARD)
async def test_buttons_in_a_group_serve_everybody_and_the_card_stays_the_groups(command: str) -> None:
    """A Turkish member presses every button of an English group's card: it is edited in place, in the group's words."""
    asked = ScoreHarness()
    await asked.type(f"/{command}", ANN, GROUP)
    for data in asked.buttons.values():
        if data.split("|")[1] == "a":  # alerts are offered in a message of their own, to admins
            continue
        harness = ScoreHarness()
        await harness.type(f"/{command}", ANN, GROUP)
        await harness.press(data, ALI, chat=GROUP)
        ((_, toast, _),), ((ref, shown),) = harness.notifier.callback_answers, harness.notifier.edits
        assert (toast, ref.chat, ref.message_id) == ("", GROUP, 100), data
        assert not any(word in shown.plain for word in ("Ağu", "kapandı", "Neden", "Skor")), shown.plain
        assert "Aug 2024" in shown.plain
        assert len(harness.notifier.sent) == 1


@pytest.mark.parametrize("command", EVERY_CARD)
async def test_a_button_pressed_by_several_at_once_does_the_work_once(command: str) -> None:
    harness = ScoreHarness()
    await harness.type(f"/{command}", ANN, GROUP)
    asked = len(harness.scores.asked)
    refresh = next(data for data in harness.buttons.values() if data_of(data).action == "r")
    await asyncio.gather(*(harness.press(refresh, person, chat=GROUP) for person in (ANN, ALI, OWNER)))
    assert len(harness.scores.asked) == asked + 1
    assert len(harness.notifier.edits) == 1
    assert len(harness.notifier.callback_answers) == 3
