"""The site: every link leads somewhere, the reference says what is declared, search knows both languages."""

from pathlib import Path

import pytest

from analysis.registry import MODULES
from bot.sections import config_sections
from composite.declared import SCORES
from handlers.commands.routes import build_registry
from handlers.composites.registry import TOPICS
from handlers.settings.declared import SETTINGS
from scripts.pages.build import build, fetched_elsewhere
from scripts.pages.folding import folded
from scripts.pages.gather import ROOT, BrokenLinkError, gather, moved, pages, split_code
from scripts.pages.reference import FOLDERS, reference_pages
from scripts.pages.reference.markdown import defined, esc

REFERENCE = reference_pages()
FIRST_LINES = 12
"""Of a page of the reference, where only its links and its place are looked at."""


def test_every_link_between_pages_leads_to_a_file(tmp_path: Path) -> None:
    gather(ROOT, tmp_path)
    text = (tmp_path / "overview.md").read_text()
    assert "](alerts.md)" in text
    assert 'src="images/trend.png"' in text
    assert (tmp_path / "images" / "trend.png").exists()
    assert "](adr/index.md)" in text
    assert "](../howto/alert.md)" in (tmp_path / "tr" / "overview.md").read_text()
    assert "](files/config/bot.example.toml)" in text


def test_a_link_that_leads_nowhere_is_named() -> None:
    with pytest.raises(BrokenLinkError, match=r"docs/a\.md links to gone\.md"):
        moved("[x](gone.md)", "docs/a.md", "a.md", lambda target: None)


def test_what_is_code_and_what_leads_out_is_left_alone() -> None:
    text = "`[a](b)` [c](https://example.org) [d](#e)\n```\n[f](g)\n```\n"
    assert moved(text, "docs/a.md", "a.md", lambda target: None) == text
    assert [part for is_code, part in split_code(text) if is_code] == ["`[a](b)`", "```\n[f](g)\n```"]


@pytest.mark.parametrize("folder", FOLDERS.values())
def test_the_reference_names_all_that_is_declared(folder: str) -> None:
    commands = REFERENCE[f"{folder}/commands.md"]
    assert [s.name for s in build_registry(MODULES, TOPICS).specs if f"`/{s.name}` · " not in commands] == []
    settings = REFERENCE[f"{folder}/chat_settings.md"]
    assert [one.word for one in SETTINGS if f"`{one.word}` · " not in settings] == []
    for module in MODULES:
        page = REFERENCE[f"{folder}/modules/{module.id}.md"]
        assert [metric.id for metric in module.metrics if page.count(f"`{metric.id}` · ") != 1] == []
    assert {f"{folder}/scores/{score.name}.md" for score in SCORES} <= REFERENCE.keys()


def test_the_reference_names_every_section_and_route() -> None:
    configuration = REFERENCE["reference/configuration.md"]
    assert [name for name in config_sections(MODULES) if f"## `[{name}]`" not in configuration] == []
    assert "`rsi_period = 14`" in configuration
    assert "`GET /composite/trend_strength/ranking`" in REFERENCE["reference/http_api.md"]


def test_the_turkish_reference_is_turkish() -> None:
    page = REFERENCE["tr/reference/modules/trend.md"]
    assert page.startswith("# Trend ve Momentum\n")
    assert [
        line
        for line in REFERENCE["reference/modules/trend.md"].splitlines()
        if len(line) > 50 and line in page
    ] == []


def test_a_page_reads_as_what_was_meant() -> None:
    assert esc("a_b *c* |d| <e>") == r"a\_b \*c\* \|d\| \<e\>"
    assert defined("`x`", ["one", "", "two"]) == "`x`\n: one\n\n  two\n"


@pytest.mark.parametrize("word", ["İŞLEM", "işlem", "islem", "ISLEM"])
def test_a_word_is_found_with_and_without_turkish_letters(word: str) -> None:
    assert folded(word) == "islem"


def test_what_is_fetched_from_elsewhere_is_found(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text(
        '<a href="https://example.org">x</a><script src="https://example.org/x.js">'
    )
    (tmp_path / "b.css").write_text("@import url(//example.org/font.css); a{background:url('pic.png')}")
    (tmp_path / "c.html").write_text('<script src="_static/x.js"></script><img src="pic.png">')
    found = fetched_elsewhere(tmp_path)
    assert [line.split(":")[0] for line in found] == ["a.html", "b.css"]


@pytest.mark.slow
def test_the_generator_finds_nothing_wrong(tmp_path: Path) -> None:
    gather(ROOT, tmp_path / "pages")
    for name, text in REFERENCE.items():
        path = tmp_path / "pages" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        # the reference is long and of one mould: where it links and what it is called stands at its top
        path.write_text(text if "toctree" in text else "\n".join(text.splitlines()[:FIRST_LINES]))
    assert build(ROOT, tmp_path / "pages", tmp_path / "site", "dummy") == ""


def test_every_page_has_its_place() -> None:
    index = (ROOT / "docs" / "index.md").read_text()
    lists = ("adr/", "modules/", "index", "tr/overview")
    places = [place.removesuffix(".md") for place in pages(ROOT).values()]
    assert [place for place in places if not place.startswith(lists) and place not in index] == []
