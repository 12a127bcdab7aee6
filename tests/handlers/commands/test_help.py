"""Help in two levels: ten lines about a module, then each metric, by page, id or title; nothing is left out."""

import re

import pytest

from analysis.framework.module import AnyModule
from analysis.regime.now_table import shipped_now
from analysis.registry import MODULES
from handlers.commands.routes import build_registry
from handlers.modules.registry import LOOKS
from handlers.render.html import TEXT_LIMIT, plain, rows_of, split, visible_units
from tests.handlers.harness import ALI, ANN, MESSAGES, Harness
from tests.handlers.sample import MODULE
from utils.sandbox.telegram.text.html import parse_html

EVERY = pytest.mark.parametrize("module", MODULES, ids=lambda module: module.id)
LANGUAGE = pytest.mark.parametrize("language", MESSAGES.languages)
SCREEN = 32
"""Rows that a phone shows at once, 844 points high less its bars."""
NUMBERS = {"ten": 10, "eleven": 11}


async def helped(words: str, language: str = "en") -> str:
    """The markup of an answer of help."""
    harness = Harness(registry=build_registry(MODULES), language=language)
    await harness.type(f"/help {words}")
    return harness.answer.text


@pytest.mark.parametrize("word", ["t", "/t", "TREND", "trend"])
async def test_a_module_is_found_by_any_of_its_names(word: str) -> None:
    assert plain(await helped(word)) == plain(await helped("t"))


@EVERY
@LANGUAGE
async def test_the_first_level_is_short_and_whole(module: AnyModule, language: str) -> None:
    tr, shown = MESSAGES.of(language), plain(await helped(module.commands[0], language))
    assert shown.count("\n") + 1 <= 17
    assert rows_of(shown) <= SCREEN
    said = (module.question, module.explanation, *LOOKS[module.id].caveats)
    assert all(tr.gettext(text) in shown for text in said)
    assert LOOKS[module.id].caveats
    for group in module.groups:
        if any(metric.group == group for metric in module.metrics):
            assert tr.gettext(LOOKS[module.id].group_title(group)) in shown


@EVERY
@LANGUAGE
async def test_the_pages_explain_every_metric_once(module: AnyModule, language: str) -> None:
    tr, name = MESSAGES.of(language), module.commands[0]
    first = await helped(f"{name} 1", language)
    count = int(re.search(r"\(1/(\d+)\)", first)[1])  # type: ignore[index]
    pages = [await helped(f"{name} {number}", language) for number in range(1, count + 1)]
    for page in pages:
        assert visible_units(page) <= TEXT_LIMIT
        assert split(page) == [page]
        assert parse_html(page).text == plain(page)
    lines = [line for page in pages for line in plain(page).split("\n")[1:]]
    assert sorted(lines) == sorted(f"{tr.gettext(m.title)}: {tr.gettext(m.help)}" for m in module.metrics)
    beyond = plain(await helped(f"{name} {count + 1}", language))
    assert f"/help {sorted(module.commands, key=len)[0]}" in beyond


@EVERY
@LANGUAGE
async def test_a_metric_is_found_by_its_id_and_title_and_says_whether_it_counts(
    module: AnyModule, language: str
) -> None:
    tr = MESSAGES.of(language)
    counts = {tr.gettext("It is shown beside the score and does not count in it."): False}
    by_title = {metric.title for metric in module.metrics}
    assert len(by_title) == len(module.metrics)
    for metric in (module.metrics[0], module.metrics[-1]):
        shown = plain(await helped(f"{module.commands[0]} {metric.id}", language))
        assert tr.gettext(metric.help) in shown
        assert counts.get(shown.split("\n")[-1], True) == (metric.group is not None)
        assert plain(await helped(f"{module.commands[0]} {metric.title}", language)) == shown


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        ("t rsi_15", ["rsi_15", "/help t rsi_14"]),
        ("t rsi14", ["rsi14", "/help t rsi_14"]),
        ("t <b>", ["<b>", "/help t "]),
        ("t 0", ["0", "/help t "]),
        ("t 99999999999", ["99999999999", "/help t "]),
        ("help rsi_14", ["/help"]),
    ],
)
async def test_what_is_no_metric_leads_to_similar_ones(words: str, parts: list[str]) -> None:
    shown = plain(await helped(words))
    assert "\n" not in shown
    assert all(part in shown for part in parts), shown


async def test_help_speaks_turkish_and_the_name_in_it_is_understood() -> None:
    harness = Harness()
    await harness.type("/help t", ALI)
    assert "Skor nasıl" in harness.answer.plain
    turkish = MESSAGES.of("tr").gettext(MODULE.metrics[3].title)
    other = Harness()
    await other.type(f"/help t {turkish}", ALI)
    english = Harness()
    await english.type(f"/help t {MODULE.metrics[3].id}", ANN)
    assert "di_diff" in other.answer.plain
    assert "di_diff" in english.answer.plain


def test_the_regimes_help_counts_the_measures_of_its_score() -> None:
    (regime,) = (module for module in MODULES if module.id == "regime")
    scored = {metric.id for metric in regime.metrics if metric.group is not None}
    said = {NUMBERS[word] for word in regime.explanation.split() if word in NUMBERS}
    assert said == {len(scored)}
    for interval in shipped_now().intervals.values():
        assert set(interval.logistic.coefficient) == scored


def test_the_anomalys_help_counts_its_channels() -> None:
    (redet,) = (module for module in MODULES if module.id == "redet")
    scored = [metric for metric in redet.metrics if metric.group is not None]
    assert redet.explanation.lower().startswith("eleven channels")
    assert len(scored) == NUMBERS["eleven"]


@pytest.mark.parametrize("word", ["settings", "/ayarlar", "language", "fav"])
@LANGUAGE
async def test_a_command_of_the_bots_own_shows_how_it_is_typed(word: str, language: str) -> None:
    shown = await helped(word, language)
    assert parse_html(shown).text == plain(shown)
    assert rows_of(plain(shown)) <= SCREEN
    commands = [line for line in plain(shown).split("\n\n")[-1].splitlines() if line]
    assert len(commands) > 1
    names = build_registry(MODULES).by_name
    assert all(line.split()[0].removeprefix("/") in names for line in commands)
