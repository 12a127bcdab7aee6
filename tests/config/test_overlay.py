"""What a typed value means, and how values lie over those of a file."""

import pytest

from config.base import ConfigModel
from config.overlay import LONGEST_VALUE, field_of, overlaid, parse_value, table_of


class Weights(ConfigModel):
    """A table in a section."""

    rsi: float = 1.0


class Trend(ConfigModel):
    """A section."""

    rsi_period: int = 14
    weights: Weights = Weights()


SECTIONS: dict[str, type[ConfigModel]] = {"trend": Trend}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("21", 21),
        ("0.5", 0.5),
        ("true", True),
        ('"ETHUSDT"', "ETHUSDT"),
        ('["btc", ["eth"]]', ["btc", ["eth"]]),
        ("ETHUSDT", "ETHUSDT"),
        ("", ""),
    ],
)
def test_a_text_is_a_value_of_toml_or_itself(text: str, value: object) -> None:
    assert parse_value(text) == value


@pytest.mark.parametrize(
    "text",
    [
        "{a = 1}",
        "[{a = 1}]",
        "[[1], [{a = 1}]]",
        "2024-08-05",
        "[12:00:00]",
        "1\nvalue2 = 2",
        "1\n[chat]\nquote = 'X'",
        "[" * 900,
    ],
)
def test_a_table_a_date_and_several_keys_are_no_value(text: str) -> None:
    assert parse_value(text) == text


def test_what_is_too_long_is_refused() -> None:
    assert parse_value("9" * LONGEST_VALUE) == int("9" * LONGEST_VALUE)
    with pytest.raises(ValueError, match=f"at most {LONGEST_VALUE} characters"):
        parse_value("9" * (LONGEST_VALUE + 1))


def test_values_lie_over_a_copy_of_the_file() -> None:
    table = {"trend": {"rsi_period": 14, "weights": {"rsi": 1.0}}, "chat": 5}
    made = overlaid(table, {"trend.rsi_period": 21, "trend.weights.adx": 2, "chat.quote": "X", "new.a.b": 1})
    assert made == {
        "trend": {"rsi_period": 21, "weights": {"rsi": 1.0, "adx": 2}},
        "chat": {"quote": "X"},
        "new": {"a": {"b": 1}},
    }
    assert table == {"trend": {"rsi_period": 14, "weights": {"rsi": 1.0}}, "chat": 5}


def test_a_key_is_found_where_it_is_declared() -> None:
    for key, kind in (("rsi_period", None), ("weights", Weights)):
        field = field_of(SECTIONS, f"trend.{key}")
        assert field is not None
        assert field is Trend.model_fields[key]
        assert table_of(field) is kind
    assert field_of(SECTIONS, "trend.weights.rsi") is Weights.model_fields["rsi"]
    for key in ("trend", "tren.rsi_period", "trend.rsi_perod", "trend.rsi_period.x", "trend.x.y", ""):
        assert field_of(SECTIONS, key) is None, key
