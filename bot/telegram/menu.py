"""The command menu in Telegram's clients: per scope and language, from the one registry."""

from collections.abc import Iterator
from dataclasses import dataclass

import structlog
from telegram import (
    Bot,
    BotCommand,
    BotCommandScope,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeChat,
    BotCommandScopeDefault,
)
from telegram.error import BadRequest, TelegramError

from handlers.locale.messages import SOURCE_LANGUAGE, Messages
from handlers.registry import Registry, Role
from utils.clock import Clock

# https://core.telegram.org/bots/api#botcommand
LONGEST_DESCRIPTION = 256
FIRST_PAUSE_S, LONGEST_PAUSE_S = 5.0, 300.0
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Menu:
    """One menu: where it shows, for which language (empty: all others), and its commands."""

    scope: BotCommandScope
    language: str
    commands: tuple[BotCommand, ...]


def menus(registry: Registry, messages: Messages, owners: tuple[int, ...]) -> Iterator[Menu]:
    """Return every menu: everybody's for each kind of chat, and the owners' in their private chats."""
    scopes: list[tuple[BotCommandScope, Role]] = [
        (BotCommandScopeDefault(), "anyone"),
        (BotCommandScopeAllPrivateChats(), "anyone"),
        (BotCommandScopeAllGroupChats(), "anyone"),
        *((BotCommandScopeChat(owner), "owner") for owner in owners),
    ]
    for scope, role in scopes:
        for language in messages.languages:
            rows = registry.menu(messages.of(language), role)
            commands = tuple(BotCommand(name, text[:LONGEST_DESCRIPTION]) for name, text in rows)
            yield Menu(scope, "" if language == SOURCE_LANGUAGE else language, commands)


async def publish_menus(
    bot: Bot, registry: Registry, messages: Messages, owners: tuple[int, ...], clock: Clock
) -> None:
    """Set every menu; what fails is logged and tried again later, a menu is no reason not to run."""
    waiting = list(menus(registry, messages, owners))
    pause_s = FIRST_PAUSE_S
    while waiting := [menu for menu in waiting if not await _publish(bot, menu)]:
        await clock.sleep(pause_s)
        pause_s = min(pause_s * 2, LONGEST_PAUSE_S)


async def _publish(bot: Bot, menu: Menu) -> bool:
    try:
        await bot.set_my_commands(menu.commands, menu.scope, menu.language)
    except BadRequest as error:  # an owner who never wrote to the bot, for one: repeating cannot help
        log.warning("command menu refused", scope=menu.scope.type, language=menu.language, error=str(error))
    except TelegramError as error:
        log.info("command menu not set, trying later", scope=menu.scope.type, error=str(error))
        return False
    return True
