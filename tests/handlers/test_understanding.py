"""How a question was understood is said: guessed symbols, symbols left out, and a button for what was meant."""

import pytest

from handlers.render.html import CAPTION_LIMIT, Html, plain
from handlers.services import SymbolFound, SymbolMissing
from tests.handlers.harness import ALI, NOW_MS, Harness
from utils.http.errors import Unavailable


async def first_line(text: str, harness: Harness | None = None) -> str:
    harness = harness or Harness()
    await harness.type(text)
    return plain(Html(harness.answer.text)).splitlines()[0]


async def test_a_symbol_that_was_not_typed_exactly_is_named_above_the_card() -> None:
    assert await first_line("/t btcc 4h") == "Showing BTCUSDT for btcc."


async def test_an_exact_symbol_and_the_default_are_not_commented_on() -> None:
    for text in ("/t btc", "/t BTCUSDT", "/t"):
        assert (await first_line(text)).startswith("BTCUSDT")


async def test_the_notice_is_in_the_askers_language() -> None:
    harness = Harness()
    await harness.type("/t btcc,eth", ALI)
    lines = plain(Html(harness.answer.text)).splitlines()
    assert lines[:2] == ["btcc için BTCUSDT gösteriliyor.", "Her seferinde bir sembol: eth dışarıda kaldı."]
    assert len(harness.answer.text) <= CAPTION_LIMIT


@pytest.mark.parametrize("text", ["/t btc,eth", "/t btc eth 4h", "/t BTC4h, eth"])
async def test_of_several_symbols_the_first_is_taken_and_said(text: str) -> None:
    harness = Harness()
    assert await first_line(text, harness) == "One symbol at a time: eth left out."
    assert [request.symbol for request in harness.runner.asked] == ["BTCUSDT"]


async def test_a_notice_goes_when_its_card_is_refreshed() -> None:
    harness = Harness()
    await harness.type("/t btcc")
    await harness.press(harness.buttons["↻ Refresh"])
    assert "Showing" not in harness.notifier.edits[-1][1].text


@pytest.mark.parametrize(
    ("text", "label", "interval", "at_ms"),
    [
        ("/t eth 7h", "ETHUSDT 8h", "8h", None),
        ("/t eth 4h 1d", "ETHUSDT 4h", "4h", None),
        ("/t shib 7m", "1000SHIBUSDT.P 5m", "5m", None),
        ("/t eth 7h @-1d", "ETHUSDT 8h", "8h", NOW_MS - 86_400_000 - NOW_MS % 60_000),
        ("/t eth 1h @2030-01-01", "ETHUSDT 1h", "1h", None),
        ("/t eth !! 1h", "ETHUSDT 1h", "1h", None),
        ("/t eth 7x", "ETHUSDT 4h", "4h", None),
        ("/t eth btc zzz 1d", "ETHUSDT 1d", "1d", None),
    ],
)
async def test_what_was_not_understood_has_a_button_that_asks_for_the_rest(
    text: str, label: str, interval: str, at_ms: int | None
) -> None:
    harness = Harness()
    await harness.type(text)
    assert list(harness.buttons) == [label]
    assert harness.runner.asked == []
    await harness.press(harness.buttons[label], picture=False)
    (request,) = harness.runner.asked
    assert (request.symbol, request.interval, request.as_of) == (
        label.split(maxsplit=1)[0].removesuffix(".P"),
        interval,
        at_ms,
    )


async def test_a_further_word_that_is_no_symbol_is_quoted() -> None:
    harness = Harness()
    assert "7x" in await first_line("/t btc eth 7x", harness)
    assert harness.runner.asked == []


async def test_a_long_list_of_words_costs_few_look_ups() -> None:
    harness = Harness()
    asked: list[str] = []
    resolve = harness.symbols.resolve

    async def counting(word: str, *, quote: str) -> SymbolFound | SymbolMissing:
        asked.append(word)
        return await resolve(word, quote=quote)

    harness.symbols.resolve = counting  # type: ignore[method-assign]
    await harness.type("/t " + " ".join(["btc", "eth", *(f"btc/x{n}" for n in range(500))]))
    assert len(asked) <= 5
    assert len(harness.notifier.sent) == 1


async def test_nothing_is_offered_where_the_symbol_is_not_known_either() -> None:
    harness = Harness()
    await harness.type("/t qqqq 7h")
    assert harness.buttons == {}
    assert "7h" in harness.answer.text


async def test_a_fault_is_said_although_the_exchange_does_not_answer() -> None:
    harness = Harness()
    harness.symbols.error = Unavailable("binance.spot", "away")
    await harness.type("/t eth 7h")
    assert "7h" in harness.answer.text
    assert harness.buttons == {}
    assert harness.dispatcher.failures == 0
