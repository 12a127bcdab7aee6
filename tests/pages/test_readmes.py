"""The Turkish README is in step with the English one: the same parts, tables, commands, links and pictures."""

import re
from pathlib import Path

from scripts.pages.gather import ROOT, split_code
from tests.support.written_commands import typed_on

ENGLISH, TURKISH = ROOT / "README.md", ROOT / "README.tr.md"
REMEDY = "README.md and README.tr.md say the same in two languages: change both"


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def outside_code(path: Path) -> str:
    return "".join(part for is_code, part in split_code(text_of(path)) if not is_code)


def blocks(path: Path) -> list[str]:
    return [part for is_code, part in split_code(text_of(path)) if is_code and part.startswith("```")]


def shape(path: Path) -> list[str]:
    """What every line is: a heading with its level, a numbered or other point, a row with its cells, nothing, text."""
    kinds = {"#": r"#+", "1": r"\d+\.", "-": r"-"}
    found = []
    for line in text_of(path).splitlines():
        kind = next(
            (name for name, form in kinds.items() if re.match(form + " ", line)), "text" if line else ""
        )
        level = len(line) - len(line.lstrip("#"))
        found.append(f"| {line.count('|')}" if line.startswith("|") else f"{kind}{level or ''}")
    return found


def links(path: Path) -> list[str]:
    other = {"README.md": "the other", "README.tr.md": "the other"}
    return [other.get(link, link) for link in re.findall(r"\]\(([^)]+)\)", outside_code(path))]


def test_the_same_parts_stand_in_the_same_order() -> None:
    assert shape(TURKISH) == shape(ENGLISH), REMEDY


def test_the_same_blocks_are_shown() -> None:
    assert blocks(TURKISH) == blocks(ENGLISH), REMEDY


def test_the_same_is_typed() -> None:
    assert typed_on(TURKISH) == typed_on(ENGLISH), REMEDY


def test_the_same_pages_and_pictures_are_linked() -> None:
    assert links(TURKISH) == links(ENGLISH), REMEDY
    pictures = re.compile(r'src="([^"]+)"')
    assert pictures.findall(text_of(TURKISH)) == pictures.findall(text_of(ENGLISH)), REMEDY


def test_the_same_settings_are_named() -> None:
    name = re.compile(r"`([A-Z][A-Z_]{4,})`")
    assert name.findall(text_of(TURKISH)) == name.findall(text_of(ENGLISH)), REMEDY


def test_what_differs_would_be_found(tmp_path: Path) -> None:
    changed = tmp_path / "README.tr.md"
    text = text_of(TURKISH)
    changed.write_text(text.replace("## Komutlar", "### Komutlar", 1).replace("/t btc 4h", "/t eth 4h", 1))
    assert shape(changed) != shape(ENGLISH)
    assert typed_on(changed) != typed_on(ENGLISH)
