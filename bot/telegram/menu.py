"""The command menus of Telegram's clients, per scope and language, made from the command registry."""

from collections.abc import Collection, Iterator
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
MAX_DESCRIPTION_LENGTH = 256
FIRST_DELAY_S, MAX_DELAY_S = 5.0, 300.0
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Menu:
    """One menu: its scope, its language (empty: all others) and its commands."""

    scope: BotCommandScope
    language: str
    commands: tuple[BotCommand, ...]


def menus(
    registry: Registry, messages: Messages, owners: Collection[int], admins: Collection[int] = ()
) -> Iterator[Menu]:
    """Return every menu: for each kind of chat, and for the private chat of each owner and administrator."""
    scopes: list[tuple[BotCommandScope, Role]] = [
        (BotCommandScopeDefault(), "anyone"),
        (BotCommandScopeAllPrivateChats(), "anyone"),
        (BotCommandScopeAllGroupChats(), "anyone"),
        *((BotCommandScopeChat(owner), "owner") for owner in owners),
        *((BotCommandScopeChat(admin), "admin") for admin in admins if admin not in owners),
    ]
    for scope, role in scopes:
        for language in messages.languages:
            rows = registry.menu(messages.of(language), role)
            in_groups = isinstance(scope, BotCommandScopeAllGroupChats)
            commands = tuple(_command(registry, name, text, in_groups=in_groups) for name, text in rows)
            yield Menu(scope, "" if language == SOURCE_LANGUAGE else language, commands)


def _command(registry: Registry, name: str, text: str, *, in_groups: bool) -> BotCommand:
    """Return a row; in groups nobody but the bot sees a command whose answer is for its asker alone (Bot API 10.2)."""
    hidden = in_groups and registry.by_name[name].for_asker
    return BotCommand(
        name, text[:MAX_DESCRIPTION_LENGTH], api_kwargs={"is_ephemeral": True} if hidden else None
    )


async def publish_menus(
    bot: Bot,
    registry: Registry,
    messages: Messages,
    owners: Collection[int],
    clock: Clock,
    admins: Collection[int] = (),
) -> None:
    """Set every menu; those that fail are logged and tried again after a delay, until all are set."""
    pending = list(menus(registry, messages, owners, admins))
    delay_s = FIRST_DELAY_S
    while pending := [menu for menu in pending if not await _publish(bot, menu)]:
        await clock.sleep(delay_s)
        delay_s = min(delay_s * 2, MAX_DELAY_S)


async def _publish(bot: Bot, menu: Menu) -> bool:
    try:
        await bot.set_my_commands(menu.commands, menu.scope, menu.language)
    except BadRequest as error:  # for example an owner who never wrote to the bot: retrying cannot help
        log.warning("command menu refused", scope=menu.scope.type, language=menu.language, error=str(error))
    except TelegramError as error:
        log.info("command menu not set, retrying later", scope=menu.scope.type, error=str(error))
        return False
    return True
