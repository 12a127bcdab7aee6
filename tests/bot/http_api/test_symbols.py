"""HTTP takes the words that people use for symbols, and gives the same listing for them as a chat."""

import pytest
from multidict import MultiDict

from bot.http_api.problems import Problem
from bot.http_api.query import AnalysisQuery, parse_query
from bot.http_api.shapes import analysis_answer
from handlers.services import SymbolFound
from handlers.symbols import ExchangeSymbols
from tests.handlers.harness import NOW_MS, Harness
from tests.handlers.sample import analysis
from tests.handlers.test_symbols import Exchange


def symbols() -> ExchangeSymbols:
    return ExchangeSymbols(Exchange())  # type: ignore[arg-type]


async def over_http(word: str) -> AnalysisQuery:
    return await parse_query(MultiDict(symbol=word), symbols(), quote="USDT", now_ms=NOW_MS)


async def in_chat(word: str) -> Harness:
    harness = Harness(symbols=symbols())
    await harness.type(f"/t {word}")
    return harness


@pytest.mark.parametrize(
    "word",
    ["btc", "BTC", "$btc", "BTC/USDT", "btc-usdt", "BTCUSDT.P", "shib", "ＢＴＣ", "btcc", "bitcoin", "xmr"],
)
async def test_a_word_means_the_same_as_in_a_chat(word: str) -> None:
    query, chat = await over_http(word), await in_chat(word)
    (asked,) = chat.runner.asked
    assert (query.request.symbol, query.request.market) == (asked.symbol, asked.market)


async def test_a_guess_is_named_as_the_chat_names_it() -> None:
    guessed, exact = await over_http("btcc"), await over_http("btc")
    (note,) = guessed.notes
    assert (note.code, note.text) == ("symbol_guessed", "Showing BTCUSDT for btcc.")
    assert (await in_chat("btcc")).answer.plain.split("\n")[0] == note.text
    assert exact.notes == ()
    answer = analysis_answer(analysis(), guessed.notes)
    assert answer["notes"][0] == {"code": note.code, "text": note.text}
    assert len(answer["notes"]) == 1 + len(analysis_answer(analysis())["notes"])


@pytest.mark.parametrize(("word", "why"), [("sol1x", "unknown"), ("ftt", "delisted"), ("luna", "halted")])
async def test_what_is_not_one_tradable_symbol_is_a_404_with_the_chats_suggestions(
    word: str, why: str
) -> None:
    found = await symbols().resolve(word, quote="USDT")
    assert not isinstance(found, SymbolFound)
    with pytest.raises(Problem) as caught:
        await over_http(word)
    shape = caught.value.shape
    assert (shape.status, shape.parameter, shape.detail) == (404, "symbol", f"symbol is {why}")
    chat = await in_chat(word)
    assert chat.runner.asked == []
    suggested = tuple(chat.buttons) if chat.answer.keyboard else ()
    assert (shape.nearest or ()) == suggested
