"""The command menus per scope and language, and what happens if Telegram refuses them."""

import asyncio

from telegram import BotCommandScopeAllGroupChats, BotCommandScopeChat
from telegram.ext import ExtBot

from bot.telegram.menu import menus, publish_menus
from handlers.commands.routes import build_registry
from handlers.locale.messages import load_messages
from tests.bot.conftest import InstantClock, People
from tests.bot.samples import sample_module
from tests.support.limits import PATIENCE_S

REGISTRY = build_registry([sample_module()])


async def test_every_scope_gets_every_language(
    api: ExtBot[int], people: People, instant_clock: InstantClock
) -> None:
    ada = await people.join(language_code="tr")
    await publish_menus(api, REGISTRY, load_messages(), (ada.chat_id,), instant_clock)
    english = await api.get_my_commands(BotCommandScopeAllGroupChats())
    turkish = await api.get_my_commands(BotCommandScopeAllGroupChats(), "tr")
    names = [spec.name for spec in REGISTRY.specs if spec.is_for("anyone")]
    assert {"t", "help", "settings"} <= set(names)
    assert [command.command for command in english] == names
    assert [command.command for command in turkish] == names
    assert turkish[1].description != english[1].description
    assert await api.get_my_commands(BotCommandScopeChat(ada.chat_id))


async def test_a_server_error_is_retried_and_a_bad_request_is_not(
    api: ExtBot[int], people: People, instant_clock: InstantClock
) -> None:
    await people.fault({"status": {"code": 502}}, count=2, method="setMyCommands")
    await asyncio.wait_for(publish_menus(api, REGISTRY, load_messages(), (), instant_clock), PATIENCE_S)
    wanted = len(list(menus(REGISTRY, load_messages(), ())))
    assert await people.calls("setMyCommands") == wanted + 2
    await people.fault({"status": {"code": 400}}, count=1, method="setMyCommands")
    await asyncio.wait_for(publish_menus(api, REGISTRY, load_messages(), (), instant_clock), PATIENCE_S)
    assert await people.calls("setMyCommands") == 2 * wanted + 2


def test_in_groups_alone_help_and_settings_are_commands_that_only_the_bot_sees() -> None:
    for menu in menus(REGISTRY, load_messages(), ()):
        hidden = {row.command for row in menu.commands if row.api_kwargs.get("is_ephemeral")}
        in_groups = isinstance(menu.scope, BotCommandScopeAllGroupChats)
        assert hidden == ({"help", "start", "settings", "language"} if in_groups else set())
