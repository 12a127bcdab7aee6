"""The shipped example file says what the classes say, and loads to their defaults."""

from pathlib import Path

from analysis.registry import MODULES
from bot.sections import config_sections
from config.example import example_toml
from config.loader import load_config

EXAMPLE = Path(__file__).resolve().parent.parent.parent / "config" / "bot.example.toml"
REMEDY = "write it anew: python -m scripts.write_example"


def test_example_file_is_what_the_classes_say() -> None:
    assert EXAMPLE.read_text(encoding="utf-8") == example_toml(config_sections(MODULES)), REMEDY


def test_example_file_loads_to_the_defaults() -> None:
    sections = config_sections(MODULES)
    assert load_config(EXAMPLE, sections) == load_config(None, sections)
