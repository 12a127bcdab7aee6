"""Generated queries made realistic: the same each time, never invalid, and some of them answered."""

from datetime import UTC, datetime

import pytest

from scripts.realistic_query import BASKET, INTERVALS, SYMBOLS, Query, moment_before, realistic

MOMENT = "2026-03-01T15:10:00.5+02:00"


def words(count: int) -> list[Query]:
    return [{"symbol": f"WORD{number}", "interval": "3d"} for number in range(count)]


def test_the_moment_has_passed() -> None:
    now = datetime(2026, 3, 2, 0, 0, 1, tzinfo=UTC)
    assert moment_before(now) == MOMENT
    assert datetime.fromisoformat(moment_before(now)) < now


def test_any_moment_becomes_the_one_that_has_passed_and_none_is_added() -> None:
    assert realistic({"symbol": "x", "at": "9999-01-01T00:00:00Z"}, False, MOMENT)["at"] == MOMENT
    assert "at" not in realistic({"symbol": "x"}, False, MOMENT)


def test_some_are_about_listed_symbols_and_the_others_stay() -> None:
    made = [realistic(query, False, MOMENT) for query in words(400)]
    listed = [query for query in made if query["symbol"] in SYMBOLS]
    assert {(query["symbol"], query["interval"]) for query in listed} == {
        (symbol, interval) for symbol in SYMBOLS for interval in INTERVALS
    }
    assert 60 <= len(listed) <= 140
    assert [query for query in made if query not in listed] == [
        query for query, changed in zip(words(400), made, strict=True) if changed == query
    ]


def test_the_same_query_is_changed_in_the_same_way() -> None:
    assert [realistic(one, True, MOMENT) for one in words(50)] == [
        realistic(one, True, MOMENT) for one in words(50)
    ]


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"interval": "1d"},
        {"symbol": "a", "symbols": "b,c"},
        {"symbols": ""},
        {"symbols": "b"},
        {"symbols": "WORD"},
        {"symbols": "WORD,WORD"},
    ],
)
def test_a_basket_is_asked_by_one_of_both(query: Query) -> None:
    changed = realistic(query, True, MOMENT)
    assert changed["symbols"] == BASKET
    assert "symbol" not in changed


@pytest.mark.parametrize("word", ["a\u200bb", "\U000e0001", "\ufdfa", "⩵"])
def test_what_cannot_be_read_as_it_stands_is_replaced(word: str) -> None:
    assert realistic({"symbol": word}, False, MOMENT)["symbol"] in SYMBOLS
    assert realistic({"symbols": f"BTCUSDT,{word}"}, True, MOMENT)["symbols"] == BASKET


def test_a_number_of_symbols_does_not_stand_beside_their_names() -> None:
    assert realistic({"count": 50}, True, MOMENT)["symbols"] == BASKET
    assert "count" not in realistic({"count": 50}, True, MOMENT)
    assert "count" not in realistic({"count": 50, "symbols": "WORD,OTHER"}, True, MOMENT)


def test_some_lists_are_listed_symbols_and_the_others_stay_as_they_are() -> None:
    made = [realistic({"symbols": f"WORD{number},OTHER"}, True, MOMENT)["symbols"] for number in range(400)]
    assert 60 <= made.count(BASKET) <= 140
    assert {words for words in made if words != BASKET} <= {f"WORD{number},OTHER" for number in range(400)}
