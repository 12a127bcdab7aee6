"""Every number of every section has a range: what no range of the field allows is refused in one line."""

from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from analysis.registry import MODULES
from bot.sections import config_sections
from config.base import ConfigModel
from config.c_chat import Interval
from config.loader import ConfigError, load_config
from utils.binance_api.intervals import SHORTEST_MS

SECTIONS = config_sections(MODULES)
UNTHINKABLE = ("inf", "-inf", "nan", "1e308", "-1e308", "-1.0")


def numbers(kind: type[ConfigModel], prefix: str) -> Iterator[tuple[str, str]]:
    """Section and key of every number, those of inner sections and lists included."""
    for key, field in kind.model_fields.items():
        annotation = field.annotation
        if isinstance(annotation, type) and issubclass(annotation, ConfigModel):
            yield from numbers(annotation, f"{prefix}.{key}")
        elif annotation in {int, float}:
            yield prefix, key
        elif annotation == tuple[float, ...]:
            yield prefix, f"[]{key}"


NUMBERS = [pair for name, kind in SECTIONS.items() for pair in numbers(kind, name)]


def refused(folder: Path, text: str) -> list[str]:
    file = folder / "bot.toml"
    file.write_text(text)
    section = text[1:].partition("]")[0].partition(".")[0]
    with pytest.raises(ConfigError) as caught:
        load_config(file, {section: SECTIONS[section]})
    return [str(problem) for problem in caught.value.problems]


@pytest.mark.parametrize(("section", "key"), NUMBERS, ids=[".".join(pair) for pair in NUMBERS])
def test_an_unthinkable_number_is_refused(tmp_path: Path, section: str, key: str) -> None:
    bare = key.removeprefix("[]")
    for value in UNTHINKABLE:
        written = f"[{value}]" if key != bare else value
        lines = refused(tmp_path, f"[{section}]\n{bare} = {written}\n")
        assert any(bare in line and "bot.toml" in line and "expected" in line for line in lines), lines
        assert not any("\n" in line for line in lines)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[chat]\ndefault_interval = '7m'", "chat.default_interval = '7m': expected '1m', '3m'"),
        ("[chat]\ndefault_interval = 4", "chat.default_interval = 4: expected '1m'"),
        ("[chat]\ndefault_symbol = 'BTC/USDT'", "a symbol in capitals such as BTCUSDT"),
        ("[chat]\ndefault_symbol = 'btcusdt'", "a symbol in capitals such as BTCUSDT"),
        ("[chat]\ndefault_symbol = ''", "a symbol in capitals such as BTCUSDT"),
        ("[chat]\ndefault_symbol = '.P'", "a symbol in capitals such as BTCUSDT"),
        ("[chat]\nquote = ''", "chat.quote = ''"),
        ("[chat]\ntime_zone = 'Europe'", "an IANA zone such as Europe/Istanbul"),
        ("[risk]\nbracket_leverages = [-100.0, 75.0, 50.0, 25.0, 20.0, 10.0]", "bracket_leverages from 1"),
        (
            "[trend.groups]\nslope = 0\noscillators = 0\ndi = 0\nposition = 0",
            "a positive weight for at least",
        ),
    ],
)
def test_a_value_that_means_nothing_is_refused(tmp_path: Path, text: str, expected: str) -> None:
    (line,) = refused(tmp_path, text)
    assert expected in line


@pytest.mark.parametrize("name", [name for name, kind in SECTIONS.items() if "weights" in kind.model_fields])
def test_weights_that_are_all_zero_are_refused(tmp_path: Path, name: str) -> None:
    weights = SECTIONS[name].model_fields["weights"].get_default()
    zeros = "\n".join(f"{key} = 0.0" for key in weights.model_dump())
    (line,) = refused(tmp_path, f"[{name}.weights]\n{zeros}\n")
    assert "expected a positive weight" in line


def test_the_intervals_are_the_exchanges() -> None:
    assert get_args(Interval) == tuple(SHORTEST_MS)
