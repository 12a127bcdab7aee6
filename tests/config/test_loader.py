"""The configuration is refused with file, key, value and what is expected; or it is whole."""

from pathlib import Path

import pytest

from config.base import ConfigModel, setting
from config.example import example_toml
from config.loader import ConfigError, load_config


class Weights(ConfigModel):
    """Votes."""

    rsi: float = setting(1.0, "weight of rsi", ge=0)


class Part(ConfigModel):
    """A part of the whole."""

    period: int = setting(14, "bars looked at", unit="bars", ge=2, le=500)
    name: str = setting("x", "a word")
    weights: Weights = Weights()


SECTIONS = {"part": Part}


def refused(tmp_path: Path, text: str) -> str:
    file = tmp_path / "bot.toml"
    file.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load_config(file, SECTIONS)
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[part]\nperiod = 1", "part.period = 1: expected greater than or equal to 2"),
        ("[part]\nperiod = 'x'", "part.period = 'x': expected a valid integer"),
        ("[part]\nperid = 3", "part.perid = 3: unknown key; known are name, period, weights"),
        ("[part.weights]\nrsj = 3", "part.weights.rsj = 3: unknown key; known are rsi"),
        ("[other]\na = 1", "unknown section; known are part"),
        ("[part\n", "expected valid TOML"),
    ],
)
def test_refusal_names_file_key_value_and_what_is_expected(tmp_path: Path, text: str, expected: str) -> None:
    message = refused(tmp_path, text)
    assert expected in message
    assert "bot.toml" in message


def test_every_problem_is_named_at_once(tmp_path: Path) -> None:
    assert refused(tmp_path, "[part]\nperiod = 1\nnam = 'y'").count("\n") == 1


def test_a_file_may_begin_with_a_byte_order_mark(tmp_path: Path) -> None:
    file = tmp_path / "bot.toml"
    file.write_bytes(b'\xef\xbb\xbf[part]\r\nname = "y"\r\n')
    assert load_config(file, SECTIONS).section("part", Part).name == "y"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("[part]\nname = 'y'".encode("utf-16"), "expected UTF-8"),
        (b"[part]\nname = 'y\xff'", "expected UTF-8"),
        (b"[part]\nperiod = " + b"9" * 5000, "TOML"),
        (b"a = " + b"[" * 5000, "TOML"),
        (b"[part]\nperiod = " + b"9" * 4000, "9…: expected"),
        (b"part = 3", "part = 3: expected a valid dictionary"),
    ],
    ids=["utf-16", "latin-1", "too many digits", "too deep", "long value", "no table"],
)
def test_what_cannot_be_read_is_one_line(tmp_path: Path, content: bytes, words: str) -> None:
    file = tmp_path / "bot.toml"
    file.write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        load_config(file, SECTIONS)
    (problem,) = caught.value.problems
    line = str(problem)
    assert words in line
    assert "\n" not in line
    assert len(line) < 300 + len(str(file))


@pytest.mark.parametrize("name", ["none.toml", "."])
def test_a_file_that_was_asked_for_must_be_there(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError, match="correct BOT_CONFIG"):
        load_config(tmp_path / name, SECTIONS, required=True)


def test_missing_file_means_defaults(tmp_path: Path) -> None:
    assert load_config(tmp_path / "none.toml", SECTIONS).section("part", Part).period == 14


def test_digest_changes_exactly_with_a_value(tmp_path: Path) -> None:
    file = tmp_path / "bot.toml"
    file.write_text("[part]\nperiod = 14")
    same = load_config(file, SECTIONS).digest
    assert same == load_config(None, SECTIONS).digest
    file.write_text("[part.weights]\nrsi = 2.0")
    assert load_config(file, SECTIONS).digest != same


def test_example_loads_to_the_defaults_and_names_unit_and_range(tmp_path: Path) -> None:
    text = example_toml(SECTIONS)
    assert "# bars looked at (bars; ≥ 2, ≤ 500)\nperiod = 14" in text
    file = tmp_path / "bot.toml"
    file.write_text(text)
    assert load_config(file, SECTIONS) == load_config(None, SECTIONS)


def test_sections_are_frozen() -> None:
    part = load_config(None, SECTIONS).section("part", Part)
    with pytest.raises(ValueError, match="frozen"):
        part.period = 3
