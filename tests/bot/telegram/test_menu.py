"""The command menus per scope and language, as Telegram shows them to people."""

import pytest
from telegram import BotCommandScopeAllGroupChats, BotCommandScopeChat
from telegram.ext import ExtBot

from bot.telegram.menu import chat_menus, common_menus, publish_menu
from handlers.commands.routes import build_registry
from handlers.locale.messages import load_messages
from tests.bot.conftest import People
from tests.bot.samples import sample_module

REGISTRY, MESSAGES = build_registry([sample_module()]), load_messages()
PERSON, GROUP = 5, -100


async def test_every_scope_gets_every_language(api: ExtBot[int]) -> None:
    for menu in common_menus(REGISTRY, MESSAGES):
        assert await publish_menu(api, menu)
    english = await api.get_my_commands(BotCommandScopeAllGroupChats())
    turkish = await api.get_my_commands(BotCommandScopeAllGroupChats(), "tr")
    names = [spec.name for spec in REGISTRY.specs if spec.is_for("anyone")]
    assert {"t", "help", "settings"} <= set(names)
    assert [command.command for command in english] == names
    assert [command.command for command in turkish] == names
    assert turkish[1].description != english[1].description


async def test_a_server_error_is_to_be_tried_again_and_a_refusal_is_not(
    api: ExtBot[int], people: People
) -> None:
    menu = next(common_menus(REGISTRY, MESSAGES))
    for code, answered in ((502, False), (400, True), (403, True)):
        await people.fault({"status": {"code": code}}, count=1, method="setMyCommands")
        assert await publish_menu(api, menu) is answered, code


def test_in_groups_alone_help_and_settings_are_commands_that_only_the_bot_sees() -> None:
    kept = [*common_menus(REGISTRY, MESSAGES), *chat_menus(REGISTRY, MESSAGES, GROUP, "anyone", "tr")]
    for menu in kept:
        hidden = {row.command for row in menu.commands if row.api_kwargs.get("is_ephemeral")}
        in_groups = isinstance(menu.scope, BotCommandScopeAllGroupChats | BotCommandScopeChat)
        assert hidden == ({"help", "start", "settings", "language"} if in_groups else set())
    for menu in chat_menus(REGISTRY, MESSAGES, PERSON, "owner", "tr"):
        assert not any(row.api_kwargs for row in menu.commands)


@pytest.mark.parametrize(
    ("role", "chosen", "usual", "has_own"),
    [
        ("anyone", "auto", "auto", False),
        ("anyone", "tr", "auto", True),
        ("anyone", "tr", "tr", False),
        ("anyone", "auto", "tr", True),
        ("admin", "auto", "auto", True),
        ("owner", "tr", "tr", True),
    ],
)
def test_a_chat_has_a_menu_of_its_own_where_it_differs_from_the_others(
    role: str, chosen: str, usual: str, has_own: bool
) -> None:
    found = list(chat_menus(REGISTRY, MESSAGES, PERSON, role, chosen, usual))  # type: ignore[arg-type]
    assert [menu.language for menu in found] == ["", "tr"]
    assert [bool(menu.commands) for menu in found] == [has_own, has_own]


@pytest.mark.parametrize("chosen", ["en", "tr", "auto"])
def test_a_chosen_language_is_that_of_the_menu_under_every_language_of_telegram(chosen: str) -> None:
    english, turkish = (
        dict(REGISTRY.menu(MESSAGES.of(language), "anyone")) for language in MESSAGES.languages
    )
    assert english != turkish
    expected = {"en": (english, english), "tr": (turkish, turkish), "auto": (english, turkish)}[chosen]
    for found in (
        tuple(chat_menus(REGISTRY, MESSAGES, GROUP, "anyone", chosen, "other")),
        tuple(common_menus(REGISTRY, MESSAGES, chosen))[:2],
    ):
        assert tuple({row.command: row.description for row in menu.commands} for menu in found) == expected
