"""The changelog is in the form of Keep a Changelog, and its newest version is the one of the program."""

import re
from datetime import date

from packaging.version import Version

from bot.version import own_version
from tests.conftest import ROOT

TEXT = (ROOT / "CHANGELOG.md").read_text("utf-8")
SECTIONS = ("Security", "Removed", "Deprecated", "Added", "Changed", "Fixed")
RELEASE = re.compile(r"\[(\d+\.\d+\.\d+)\] - (\d{4}-\d{2}-\d{2})")


def versions() -> list[str]:
    return re.findall(r"^## (.*)$", TEXT, re.MULTILINE)


def test_what_is_not_released_stands_first_then_versions_from_the_newest_on() -> None:
    first, *released = versions()
    assert first == "[Unreleased]"
    found = [RELEASE.fullmatch(heading) for heading in released]
    parts = [(Version(one[1]), date.fromisoformat(one[2])) for one in found if one]
    assert len(parts) == len(released)
    assert parts == sorted(parts, reverse=True)


def test_the_newest_version_is_the_programs() -> None:
    assert versions()[1].startswith(f"[{own_version()}]")


def test_every_version_has_known_sections_in_the_order_that_the_page_names() -> None:
    assert ", ".join(SECTIONS) in TEXT
    for version in TEXT.split("\n## ")[1:]:
        sections = re.findall(r"^### (.*)$", version, re.MULTILINE)
        assert sections == [name for name in SECTIONS if name in sections]
