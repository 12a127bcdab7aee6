"""The command registry and what is made from it: menus, help and names."""

from dataclasses import replace

import pytest

from analysis.framework.module import AnyModule
from analysis.registry import MODULES
from handlers.commands.routes import build_registry
from handlers.registry import Registry
from handlers.render.html import visible_units
from handlers.render.split import TEXT_LIMIT, split
from tests.handlers.harness import ALI, MESSAGES, Harness
from tests.handlers.sample import MODULE
from utils.sandbox.telegram.text.html import parse_html

# https://core.telegram.org/bots/api#botcommand
LONGEST_COMMAND, SHORTEST_DESCRIPTION, LONGEST_DESCRIPTION = 32, 3, 256


def test_every_name_finds_its_command_and_modules_are_named_by_id() -> None:
    registry = build_registry(MODULES)
    for spec in registry.specs:
        assert all(registry.by_name.get(name) is spec for name in spec.names)
        assert registry.by_name.get(spec.help_key) is spec
    assert registry.module_ids == tuple(module.id for module in MODULES)
    assert registry.by_name.get("nothing") is None


def test_two_commands_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="'t'"):
        build_registry((MODULE, replace(MODULE, commands=("t",))))


@pytest.mark.parametrize("language", ["en", "tr"])
def test_the_menu_is_what_telegram_takes(language: str) -> None:
    menu = build_registry(MODULES).menu(MESSAGES.of(language))
    assert [name for name, _ in menu][-2:] == ["help", "start"]
    for name, description in menu:
        assert len(name) <= LONGEST_COMMAND
        assert SHORTEST_DESCRIPTION <= len(description) <= LONGEST_DESCRIPTION


def test_the_menu_omits_what_only_owners_may_use() -> None:
    registry = build_registry((MODULE,))
    owned = Registry(tuple(replace(spec, role="owner") for spec in registry.specs))
    assert owned.menu(MESSAGES.of("en")) == ()
    assert len(owned.menu(MESSAGES.of("en"), "owner")) == len(registry.specs)


@pytest.mark.parametrize("word", ["t", "/t", "TREND", "trend"])
async def test_a_modules_page_explains_every_metric(word: str) -> None:
    harness = Harness()
    await harness.type(f"/help {word}")
    for metric in MODULE.metrics:
        assert f"{metric.title}: {metric.help}" in harness.answer.plain
    assert MODULE.explanation in harness.answer.plain


@pytest.mark.parametrize("language", ["en", "tr"])
@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.id)
async def test_the_real_modules_pages_split_into_readable_parts(module: AnyModule, language: str) -> None:
    harness = Harness(registry=build_registry(MODULES), language=language)
    await harness.type(f"/help {module.commands[0]}")
    tr, parts = MESSAGES.of(language), split(harness.answer.text)
    for part in parts:
        assert visible_units(part) <= TEXT_LIMIT
        assert parse_html(part).text
    text = "\n".join(parse_html(part).text for part in parts)
    for metric in module.metrics:
        assert f"{tr.gettext(metric.title)}: {tr.gettext(metric.help)}" in text


async def test_help_lists_every_command_and_start_every_analysis() -> None:
    harness = Harness()
    await harness.type("/help")
    await harness.type("/start payload")
    overview, welcome = (message.plain for _, message, _ in harness.notifier.sent)
    assert all(f"/{name}" in overview for spec in harness.registry.specs for name in spec.names)
    assert all(f"/{spec.name} BTC 4h" in welcome for spec in harness.registry.analyses)


async def test_help_speaks_turkish() -> None:
    harness = Harness()
    await harness.type("/help t", ALI)
    assert "Neleri ölçer" in harness.answer.plain
