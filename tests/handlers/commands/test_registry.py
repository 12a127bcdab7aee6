"""The command registry and what is made from it: menus, help and names."""

from dataclasses import replace

import pytest

from analysis.registry import MODULES
from handlers.commands.routes import build_registry
from handlers.registry import Registry
from tests.handlers.harness import ALI, MESSAGES, Harness
from tests.handlers.sample import MODULE

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


async def test_help_lists_every_command_and_start_every_analysis() -> None:
    harness = Harness()
    await harness.type("/help")
    await harness.type("/start payload")
    overview, welcome = (message.plain for _, message, _ in harness.notifier.sent)
    everybodys = [spec for spec in harness.registry.specs if spec.is_for("anyone")]
    assert all(f"/{name}" in overview for spec in everybodys for name in spec.names)
    assert not any(f"/{spec.name} " in overview for spec in harness.registry.specs if spec not in everybodys)
    assert all(spec.example in welcome for spec in harness.registry.analyses)


def test_an_example_names_what_a_command_takes() -> None:
    examples = {spec.name: spec.example for spec in build_registry(MODULES).analyses}
    assert {name: examples[name] for name in ("t", "mi", "ma", "al", "c")} == {
        "t": "/t BTC 4h",
        "mi": "/mi BTC",
        "ma": "/ma BTC",
        "al": "/al BTC ETH SOL",
        "c": "/c BTC ETH SOL 4h",
    }


async def test_help_speaks_turkish() -> None:
    harness = Harness()
    await harness.type("/help t", ALI)
    assert "Skor nasıl" in harness.answer.plain
