"""Write config/bot.example.toml anew from the configuration classes."""

from pathlib import Path

from analysis.registry import MODULES
from bot.sections import config_sections
from config.example import example_toml

FILE = Path(__file__).resolve().parent.parent / "config" / "bot.example.toml"

if __name__ == "__main__":
    FILE.write_text(example_toml(config_sections(MODULES)), encoding="utf-8")
