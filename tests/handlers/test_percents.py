"""Per cent in both languages: behind the number in English, between its sign and it in Turkish, without a space."""

import re

import pytest

from analysis.framework.reasons import Message
from handlers.render.percents import in_percent, percent_marks
from handlers.render.words import DASH, message_text, percent, share_words, with_unit
from tests.handlers.catalogue import needed
from tests.handlers.harness import MESSAGES
from tests.handlers.test_locale import entries

SPACED = re.compile(r"[\d}] %|% [\d{]")
BEHIND = re.compile(r"[\d}]%")
BEFORE = re.compile(r"%[\d{]")


@pytest.mark.parametrize(
    ("share", "decimals", "signed", "english", "turkish"),
    [
        (0.85, 0, False, "85%", "%85"),
        (-0.0312, 1, False, "-3.1%", "-%3,1"),
        (0.0312, 1, True, "+3.1%", "+%3,1"),
        (-0.0001, 1, True, "+0.0%", "+%0,0"),
        (123.4, 0, False, "12,340%", "%12.340"),
        (None, 1, True, DASH, DASH),
        (float("nan"), 1, True, DASH, DASH),
    ],
)
def test_a_share_stands_as_the_language_writes_it(
    share: float | None, decimals: int, signed: bool, english: str, turkish: str
) -> None:
    assert share_words(share, "en", decimals, signed=signed) == english
    assert share_words(share, "tr", decimals, signed=signed) == turkish


def test_less_than_all_is_never_all_of_it() -> None:
    assert (percent(0.999, "en"), percent(0.999, "tr"), percent(1.0, "tr")) == ("99%", "%99", "%100")


def test_what_stands_before_the_digits_stays_in_front() -> None:
    assert [in_percent(text, percent_marks("tr")) for text in ("<0,1", "−2", "+2", "2")] == [
        "<%0,1",
        "−%2",
        "+%2",
        "%2",
    ]


@pytest.mark.parametrize(
    ("unit", "english", "turkish"),
    [
        ("%", "-4.2%", "-%4.2"),
        ("%/year", "-4.2%/year", "-%4.2/yıl"),
        ("bps", "-4.2 bps", "-4.2 bps"),
        ("ratio", "-4.2", "-4.2"),
    ],
)
def test_a_number_stands_with_its_unit(unit: str, english: str, turkish: str) -> None:
    assert with_unit("-4.2", unit, MESSAGES.of("en")) == english
    assert with_unit("-4.2", unit, MESSAGES.of("tr")) == turkish
    assert with_unit(DASH, "%", MESSAGES.of("tr")) == DASH


@pytest.mark.parametrize(
    ("rate", "english", "turkish"),
    [("-1.25%", "-1.25%", "-%1,25"), ("0.01%", "0.01%", "%0,01"), ("3%", "3%", "%3")],
)
def test_a_percentage_in_a_sentence_stands_as_others_do(rate: str, english: str, turkish: str) -> None:
    said = Message("special_funding", {"rate": rate, "time": "2024-08-05"})
    assert f"special funding of {english} was" in message_text(said, MESSAGES.of("en"))
    assert f"{turkish} özel" in message_text(said, MESSAGES.of("tr"))


def test_no_text_writes_per_cent_in_another_way() -> None:
    sources = [text for one in needed() for text in ((one,) if isinstance(one, str) else one)]
    targets = [text for one in entries("tr").values() for text in ((one,) if isinstance(one, str) else one)]
    assert [text for text in (*sources, *targets) if SPACED.search(text)] == []
    assert [text for text in sources if BEFORE.search(text)] == []
    assert [text for text in targets if BEHIND.search(text)] == []
