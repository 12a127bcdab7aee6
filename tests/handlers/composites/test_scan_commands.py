"""The command that ranks symbols by a score: what is asked for, by name or number, and what its buttons keep."""

import re

import pytest

from analysis.framework.question import Basket, Instrument
from handlers.chat.keyboard import ScanSubject, basket_key, key_in, parse_scan
from tests.handlers.composites.harness import PAST_MS, ScoreHarness, data_of
from tests.handlers.harness import ALONE, PICTURE
from tests.handlers.test_baskets import Baskets
from utils.sandbox.telegram.text.html import parse_html


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
