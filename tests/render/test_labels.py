"""Numbers and dates on charts are in the language's way and as short as their size allows."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from handlers.render.labels import ChartLabels
from tests.render.samples import ENGLISH_LABELS, turkish_labels

E = ENGLISH_LABELS


@pytest.mark.parametrize(
    ("value", "decimals", "words"),
    [(1234.5, 1, "1,234.5"), (-0.001, 2, "0.00"), (-3.0, 0, "−3"), (1e6, 0, "1,000,000")],
)
def test_number(value: float, decimals: int, words: str) -> None:
    assert E.number(value, decimals) == words


def test_number_shows_a_plus_only_when_asked() -> None:
    assert E.number(0.5, 1, sign=True) == "+0.5"
    assert E.number(0.0, 1, sign=True) == "0.0"


@pytest.mark.parametrize(
    ("value", "at_least", "words"),
    [
        (15922.81, 0, "15,922.8"),
        (61685.99, 0, "61,686"),
        (1.0, 2, "1.00"),
        (0.00001234, 0, "0.00001234"),
        (1e-8, 0, "0.00000001"),
        (1234567.8, 0, "1,234,568"),
        (0.999999, 0, "0.999999"),
    ],
)
def test_price(value: float, at_least: int, words: str) -> None:
    assert E.price(value, at_least) == words


@pytest.mark.parametrize(
    ("value", "decimals", "words"),
    [
        (0.0689, 5, "0.06890"),
        (0.068912345, 5, "0.06891"),
        (2345.0, 2, "2,345.00"),
        (120_496.06, 2, "120,496"),
        (0.000004, 5, "0.000004"),
    ],
)
def test_a_price_in_the_decimals_it_is_quoted_in(value: float, decimals: int, words: str) -> None:
    assert replace(E, price_decimals=decimals).price(value, 0) == words


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0.0, "0"),
        (285_312.0, "285K"),
        (12_345.0, "12.3K"),
        (-1053.0, "−1.05K"),
        (999.96, "1K"),
        (2.5e9, "2.5B"),
        (0.5, "0.5"),
        (50.0, "50"),
        (-3.14e-7, "−3.1e−7"),
        (0.0123, "0.0123"),
    ],
)
def test_short(value: float, words: str) -> None:
    assert E.short(value) == words


def test_turkish_marks_months_and_words() -> None:
    labels = turkish_labels()
    assert labels.number(-1234.5, 1) == "−1.234,5"
    assert labels.short(12_345.0) == "12,3K"
    assert labels.day(datetime(2024, 8, 9, tzinfo=UTC)) == "9 Ağu"
    assert labels.text("Volume") == "Hacim"


def test_months_name_the_year_where_it_changes() -> None:
    assert E.month(datetime(2022, 1, 3, tzinfo=UTC)) == "2022"
    assert E.month(datetime(2022, 2, 1, tzinfo=UTC)) == "Feb"
    assert E.month_year(datetime(2022, 11, 1, tzinfo=UTC)) == "Nov 2022"


def test_labels_of_equal_words_are_one_key() -> None:
    assert len({turkish_labels(), turkish_labels(), ChartLabels(as_of="", word="")}) == 2


def test_percent_stands_where_the_language_puts_it() -> None:
    assert (E.percent(-3.24, 1), E.percent(0.5, 0)) == ("−3.2%", "0%")
    assert E.percent(12_345.0, 1) == "12.3K%"
    assert (turkish_labels().percent(-3.24, 1), turkish_labels().percent(2.0, 0)) == ("−%3,2", "%2")
