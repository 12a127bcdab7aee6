"""CallbackData data: the format, its 64 bytes, and what is refused or recognised as old."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.chat.callback_data import CallbackData, OutdatedCallbackData, base36, parse_callback_data

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
def test_data_that_cannot_travel_is_refused_when_written(subject: str) -> None:
    callback = CallbackData("w", "allocate", subject, "15m", 1_667_952_000, 2**40)
    with pytest.raises(ValueError, match="callback data"):
        assert callback.encode() == "never"


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
def test_foreign_data_is_not_ours(data: str) -> None:
    assert parse_callback_data(data) is None


@given(st.text(max_size=64))
def test_no_data_breaks_the_reader(data: str) -> None:
    assert isinstance(parse_callback_data(data), CallbackData | OutdatedCallbackData | None)


def test_another_version_tells_what_it_can() -> None:
    assert parse_callback_data("0|w|t|BTCUSDT|4h|-|-") == OutdatedCallbackData("t", "BTCUSDT", "4h")
    assert parse_callback_data("2|new|shape") == OutdatedCallbackData("shape", None, None)


def test_negative_numbers_have_no_base_36() -> None:
    with pytest.raises(ValueError, match="-1"):
        base36(-1)
