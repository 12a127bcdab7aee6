"""The grammar of commands: words in any order, times in the chat's zone, and faults that name the invalid word."""

import re
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handlers.grammar import (
    MAX_WORD_LENGTH,
    Arguments,
    CommandLine,
    InvalidArgument,
    normal_interval,
    parse_arguments,
    read_command,
)
from handlers.time_argument import EARLIEST_MS

NOW_MS = 1_722_863_400_000  # 2024-08-05 13:10 UTC
UTC = ZoneInfo("UTC")
ISTANBUL = ZoneInfo("Europe/Istanbul")
HOUR_MS = 3_600_000


NOON_MS = NOW_MS - 70 * 60_000
FOUR_HOURS = (
    *(
        "btc 4 h",
        "btc 4hr",
        "btc 4 hrs",
        "btc 4hours",
        "btc 4 hours",
        "btc 4 Hours",
        "btc 240",
        "btc 4h.",
        "4h, btc",
    ),
    *("btc 4s", "btc 4 saat", "btc 4saatlik", "BTC4h".lower(), "btc4saat", "btc?  4h!"),
)
LETTERS = (("D", "1d"), ("d", "1d"), ("W", "1w"), ("w", "1w"), ("M", "1M"))
NOON = (
    *("@2024-08-05 12:00", "@05.08.2024 12:00", "@5.8.2024 12:00", "@5-8-2024 12.00", "@2024/08/05 12:00"),
    *("@12:00", "@12.00", "@today 12:00", "@bugün 12:00", "@ 2024-08-05 12:00", "@2024.08.05T12:00"),
)


def parse(text: str, zone: ZoneInfo = UTC) -> Arguments | InvalidArgument:
    return parse_arguments(tuple(text.split()), command="t", now_ms=NOW_MS, zone=zone)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/t", CommandLine("t", None, ())),
        ("/T@MarketViewBot  BTC\n4h", CommandLine("t", "MarketViewBot", ("BTC", "4h"))),
        ("\u200f/t \u202bbtc\u202c", CommandLine("t", None, ("btc",))),
        (" /t btc", CommandLine("t", None, ("btc",))),
        ("/t btc", CommandLine("t", None, ("btc",))),
        ("/t ＢＴＣ", CommandLine("t", None, ("BTC",))),
        ("/t b\u200btc", CommandLine("t", None, ("btc",))),
        ("hello", None),
        ("", None),
        ("/", None),
        ("//t", None),
        ("/şükür", None),
        ("a /t", None),
        ("/t,btc", None),
    ],
)
def test_a_command_is_read_despite_invisible_marks_and_case(text: str, expected: CommandLine | None) -> None:
    assert read_command(text) == expected


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        *[(name, name) for name in ("1m", "15m", "1h", "4h", "1d", "3d", "1w", "1M")],
        *[("60m", "1h"), ("60min", "1h"), ("240m", "4h"), ("1440m", "1d"), ("24h", "1d"), ("7d", "1w")],
        *[("1H", "1h"), ("4H", "4h"), ("1D", "1d"), ("1W", "1w"), ("015m", "15m")],
        *[
            ("2M", None),
            ("7m", None),
            ("0m", None),
            ("15M", None),
            ("99999w", None),
            ("h", None),
            ("d", "1d"),
            ("W", "1w"),
            ("M", "1M"),
            ("m", None),
            ("240", "4h"),
            ("1440", "1d"),
            ("4", None),
            ("999999999", None),
            ("²", None),
            ("4saat", "4h"),
            ("1hafta", "1w"),
            ("1ay", "1M"),
            ("2ay", None),
            ("4x", None),
        ],
    ],
)
def test_intervals_are_named_as_the_exchange_does(word: str, expected: str | None) -> None:
    assert normal_interval(word) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", Arguments()),
        ("btc", Arguments(("btc",))),
        ("4h BTC", Arguments(("BTC",), "4h")),
        ("@2024-08-05 1D $btc", Arguments(("$btc",), "1d", 1_722_816_000_000)),
        ("BTC btc 4h 240m", Arguments(("BTC",), "4h")),
        ("@2024-08-05T12:00", Arguments(at_ms=1_722_859_200_000)),
        ("@-3d", Arguments(at_ms=NOW_MS - 72 * HOUR_MS)),
        ("@−2H", Arguments(at_ms=NOW_MS - 2 * HOUR_MS)),
        ("@-1w @-7d", Arguments(at_ms=NOW_MS - 168 * HOUR_MS)),
        ("1INCH", Arguments(("1INCH",))),
        ("1000SHIB 15m", Arguments(("1000SHIB",), "15m")),
        ("币安人生", Arguments(("币安人生",))),
        *[(text, Arguments(("btc",), "4h")) for text in FOUR_HOURS],
        ("btc,eth", Arguments(("btc",), left_out=("eth",))),
        ("btc, eth;sol 1d", Arguments(("btc",), "1d", left_out=("eth", "sol"))),
        ("btc eth", Arguments(("btc",), left_out=("eth",))),
        ("BTC/USDT15m", Arguments(("BTC/USDT",), "15m")),
        ("1000SHIB1d", Arguments(("1000SHIB",), "1d")),
        ("ABC7h", Arguments(("ABC7h",))),
        ("btc 15dk", Arguments(("btc",), "15m")),
        ("btc 1g", Arguments(("btc",), "1d")),
        ("btc 1 GÜN", Arguments(("btc",), "1d")),
        ("btc günlük", Arguments(("btc",), "1d")),
        *[(f"btc {letter}", Arguments(("btc",), name)) for letter, name in LETTERS],
        ("btc weekly", Arguments(("btc",), "1w")),
        ("W 4h", Arguments(("W",), "4h")),
        ("4h d", Arguments(("d",), "4h")),
        ("4", Arguments(("4",))),
        ("4 btc", Arguments(("4",), left_out=("btc",))),
        *[(text, Arguments(at_ms=NOON_MS)) for text in NOON],
        *[(text, Arguments(at_ms=NOW_MS - 72 * HOUR_MS)) for text in ("@3d", "@ -3 d", "@3 days", "@3gün")],
    ],
)
def test_arguments_come_in_any_order(text: str, expected: Arguments) -> None:
    assert parse(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x" * MAX_WORD_LENGTH, Arguments(("x" * MAX_WORD_LENGTH,))),
        ("@2017-07-14", Arguments(at_ms=EARLIEST_MS)),
        ("@2024-08-05T13:10", Arguments(at_ms=NOW_MS)),
    ],
)
def test_the_longest_word_and_the_first_and_last_moment_are_taken(text: str, expected: Arguments) -> None:
    assert parse(text) == expected


@pytest.mark.parametrize("past_ms", [1, 12_345, 59_999])
def test_a_moment_ago_is_the_whole_minute_before_it(past_ms: int) -> None:
    found = parse_arguments(("@-90m",), command="t", now_ms=NOW_MS + past_ms, zone=UTC)
    assert found == Arguments(at_ms=NOW_MS - 90 * 60_000)


def test_dates_are_midnight_in_the_chats_zone() -> None:
    assert parse("@2024-08-05", ISTANBUL) == Arguments(at_ms=1_722_816_000_000 - 3 * HOUR_MS)


@pytest.mark.parametrize(
    ("text", "code", "word"),
    [
        ("btc 7m", "interval", "7m"),
        ("btc 4h 1h", "two_intervals", "1h"),
        ("@2024-08-06", "future", "@2024-08-06"),
        ("@2024-13-01", "time", "@2024-13-01"),
        ("@2024-02-30", "time", "@2024-02-30"),
        ("@2024-08-05T25:00", "time", "@2024-08-05T25:00"),
        ("@tomorrow", "future", "@tomorrow"),
        ("btc 7 h", "interval", "7h"),
        ("@ 2024-13-01 12:00", "time", "@2024-13-01 12:00"),
        ("@yarın", "future", "@yarın"),
        ("@-3M", "time", "@-3M"),
        ("@", "time", "@"),
        ("@0001-01-01", "too_early", "@0001-01-01"),
        ("@-999999w", "too_early", "@-999999w"),
        ("@-1d @-2d", "two_times", "@-2d"),
        ("btc !!", "word", "!!"),
        ("x" * 4096, "word", "x" * 4096),
        ("x" * (MAX_WORD_LENGTH + 1), "word", "x" * (MAX_WORD_LENGTH + 1)),
        ("@2017-07-13T23:59", "too_early", "@2017-07-13T23:59"),
    ],
)
def test_a_fault_names_the_offending_word(text: str, code: str, word: str) -> None:
    fault = parse(text)
    assert isinstance(fault, InvalidArgument)
    assert (fault.code, fault.word) == (code, word)


@pytest.mark.parametrize(
    ("text", "example"),
    [
        *[(text, "/t BTC @2024-08-05T12:00") for text in ("@x", "@2030-01-01", "@-1d @-2d", "@-999999w")],
        *[(text, "/t BTC 4h") for text in ("4h 1h", "!!")],
        ("eth 7h", "/t eth 8h"),
        ("7m eth", "/t eth 5m"),
        ("9g", "/t BTC 1w"),
        ("eth 2M", "/t eth 1M"),
        ("eth @x", "/t eth @2024-08-05T12:00"),
    ],
)
def test_the_example_shows_what_was_wrong(text: str, example: str) -> None:
    fault = parse(text)
    assert isinstance(fault, InvalidArgument)
    assert fault.example == example


@pytest.mark.parametrize("text", ["7m", "4h 1h", "@x", "@2030-01-01", "!!", "@-1d @-2d", "@-999999w"])
def test_every_example_is_itself_understood(text: str) -> None:
    fault = parse(text)
    assert isinstance(fault, InvalidArgument)
    line = read_command(fault.example)
    assert line is not None
    assert isinstance(parse(" ".join(line.words)), Arguments)


NO_MARKS = re.compile(r"[\s,;，、.!?:…]")
WORDS = st.sampled_from(
    [
        "btc",
        "BTC4h",
        "a,b",
        "4",
        "h",
        "D",
        "1D",
        "@-3d",
        "@2024-08-05",
        "12:00",
        "@",
        "@x",
        "9z",
        "\u200f",
        "<b>",
    ]
) | st.text(max_size=12)


@settings(max_examples=1500, deadline=None)
@given(st.lists(WORDS, max_size=6), st.sampled_from([UTC, ISTANBUL, ZoneInfo("America/New_York")]))
def test_any_words_are_sorted_or_one_is_named_as_invalid(words: list[str], zone: ZoneInfo) -> None:
    typed = tuple(part for word in words for part in word.split())
    parsed = parse_arguments(typed, command="t", now_ms=NOW_MS, zone=zone)
    if isinstance(parsed, InvalidArgument):
        assert NO_MARKS.sub("", parsed.word) in NO_MARKS.sub("", "".join(typed))
        assert parsed.mended.at_ms is None or parsed.mended.at_ms <= NOW_MS
    elif parsed.at_ms is not None:
        assert parsed.at_ms <= NOW_MS
        assert parsed.at_ms % 60_000 == 0
