"""Callback data: its format, its limit of 64 bytes, and what is refused or recognised as of another version."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.chat.callback_data import (
    MAX_BYTES,
    CallbackData,
    OutdatedCallbackData,
    base36,
    parse_callback_data,
)

SUBJECTS = st.from_regex(r"[A-Z0-9]{1,20}(\.P)?", fullmatch=True) | st.sampled_from(["币安人生USDT.P"])


def test_the_documented_example_is_written_so() -> None:
    data = CallbackData("w", "t", "BTCUSDT", "4h", 1_667_952_000).encode()
    assert data == "1|w|t|BTCUSDT|4h|rl2000|-"


@given(
    st.sampled_from(["i", "r", "c", "x", "w", "s"]),
    st.sampled_from(["t", "rg", "trend", "allocate"]),
    st.none() | SUBJECTS,
    st.none() | st.sampled_from(["1m", "15m", "4h", "1M"]),
    st.none() | st.integers(0, 2**33),
    st.none() | st.integers(0, 2**41),
)
def test_what_is_written_is_read_back_and_fits(
    action: str, command: str, subject: str | None, interval: str | None, at: int | None, owner: int | None
) -> None:
    callback = CallbackData(action, command, subject, interval, at, owner)  # type: ignore[arg-type]
    data = callback.encode()
    assert len(data.encode()) <= 64
    assert parse_callback_data(data) == callback


@pytest.mark.parametrize("subject", ["A|B", "", "~x", "A B", "X" * 33, "人" * 20])
def test_data_that_cannot_be_parsed_back_is_not_written(subject: str) -> None:
    callback = CallbackData("w", "allocate", subject, "15m", 1_667_952_000, 2**40)
    with pytest.raises(ValueError, match="callback data"):
        callback.encode()


@pytest.mark.parametrize(
    "data",
    [
        "",
        "x",
        "1",
        "1|w",
        "1|q|t|BTCUSDT|4h|-|-",
        "1|w|t|BTCUSDT|4h|-|-|-",
        "1|w|T|B|4h|-|-",
        "1|w|t|B|99x|-|-",
        "1|w|t|B|4h|!!|-",
        "1|w|t|<b>|4h|-|-",
        "1|w|t|B|4h|-|" + "z" * 12,
        "١|w|t|B|4h|-|-",
    ],
)
def test_data_of_another_format_is_not_parsed(data: str) -> None:
    assert parse_callback_data(data) is None


ODD_FIELDS = st.sampled_from(
    ["", "-", "t", "BTCUSDT", "4h", "rl2000", "7m", "<b>", "-x", "z" * 12, "0", "۴h"]
)


@given(st.lists(ODD_FIELDS, min_size=6, max_size=6))
def test_data_that_parses_encodes_to_the_same_text(fields: list[str]) -> None:
    data = "|".join(["1", *fields])
    parsed = parse_callback_data(data)
    if isinstance(parsed, CallbackData):
        assert parsed.encode() == data


@given(st.text(max_size=64))
def test_text_that_no_button_has_is_not_parsed(data: str) -> None:
    parsed = parse_callback_data(data)
    if isinstance(parsed, OutdatedCallbackData):
        assert data.partition("|")[0].isdigit()
    else:
        assert parsed is None


def test_64_bytes_fit_and_65_do_not() -> None:
    longest = CallbackData("w", "a" * 32, "X" * 16, "15m", 36**3, None)
    assert len(longest.encode().encode()) == MAX_BYTES == 64
    with pytest.raises(ValueError, match="64 bytes"):
        replace(longest, subject="X" * 17).encode()
    with pytest.raises(ValueError, match="64 bytes"):
        replace(longest, subject="X" * 14 + "币").encode()


@pytest.mark.parametrize(
    ("data", "parses"),
    [
        (f"1|w|{'c' * 32}|B|4h|-|-", True),
        (f"1|w|{'c' * 33}|B|4h|-|-", False),
        (f"1|w|t|{'B' * 32}|4h|-|-", True),
        (f"1|w|t|{'B' * 33}|4h|-|-", False),
        (f"1|w|t|B|4h|{'z' * 11}|-", True),
        (f"1|w|t|B|4h|{'z' * 12}|-", False),
        ("1|w|t|B|15m|-|-", True),
        ("1|w|t|B|115m|-|-", False),
        ("1|w|t|B~|4h|-|-", True),
        ("1|w|t|~B|4h|-|-", False),
        ("1|w||B|4h|-|-", False),
    ],
)
def test_the_fields_end_at_their_limits(data: str, parses: bool) -> None:
    assert (parse_callback_data(data) is not None) is parses


def test_what_is_recognisable_of_another_version_is_kept() -> None:
    assert parse_callback_data("0|w|t|BTCUSDT|4h|-|-") == OutdatedCallbackData("t", "BTCUSDT", "4h")
    assert parse_callback_data("2|new|shape") == OutdatedCallbackData("shape", None, None)
    assert parse_callback_data("12|w|T|<b>|9x|more|than|known") == OutdatedCallbackData(None, None, None)
    assert parse_callback_data("2") is None


def test_negative_numbers_have_no_base_36() -> None:
    with pytest.raises(ValueError, match="-1"):
        base36(-1)
