"""The command menus of Telegram's clients, per scope and language, made from the command registry.

Telegram takes the narrowest scope, and in it the reader's own language before the menu of no language: a chat whose
language is chosen needs the same text under every language, and a chat that needs no menu of its own has none left.
"""

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
from telegram.error import BadRequest, Forbidden, TelegramError

from handlers.locale.messages import AUTO, SOURCE_LANGUAGE, Messages
from handlers.registry import Registry, Role

# https://core.telegram.org/bots/api#botcommand
MAX_DESCRIPTION_LENGTH = 256
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Menu:
    """One menu: its scope, its language (empty: all others) and its commands, none to remove it."""

    scope: BotCommandScope
    language: str
    commands: tuple[BotCommand, ...]


def common_menus(registry: Registry, messages: Messages, chosen: str = AUTO) -> Iterator[Menu]:
    """Return the menus of every kind of chat, where ``chosen`` is the language of chats that have not chosen."""
    for scope in (
        BotCommandScopeDefault(),
        BotCommandScopeAllPrivateChats(),
        BotCommandScopeAllGroupChats(),
    ):
        yield from _in_languages(registry, messages, scope, "anyone", chosen)


def chat_menus(
    registry: Registry, messages: Messages, chat_id: int, role: Role, chosen: str, usual: str = AUTO
) -> Iterator[Menu]:
    """Return the menus of one chat: of the rights of its person (``role``) and in its language (``chosen``).

    Where both are as in chats that have chosen nothing (``usual``) they are empty: the chat has none of its own.
    """
    scope = BotCommandScopeChat(chat_id)
    for menu in _in_languages(registry, messages, scope, role, chosen):
        yield menu if role != "anyone" or chosen != usual else Menu(scope, menu.language, ())


def _in_languages(
    registry: Registry, messages: Messages, scope: BotCommandScope, role: Role, chosen: str
) -> Iterator[Menu]:
    for language in messages.languages:
        rows = registry.menu(messages.for_person(language, chosen), role)
        commands = tuple(_command(registry, name, text, in_groups=_is_groups(scope)) for name, text in rows)
        yield Menu(scope, "" if language == SOURCE_LANGUAGE else language, commands)


def _is_groups(scope: BotCommandScope) -> bool:
    """Return whether a menu is for groups, whose ids are negative (https://core.telegram.org/api/bots/ids)."""
    if isinstance(scope, BotCommandScopeChat):
        return int(scope.chat_id) < 0
    return isinstance(scope, BotCommandScopeAllGroupChats)


def _command(registry: Registry, name: str, text: str, *, in_groups: bool) -> BotCommand:
    """Return a row; in groups nobody but the bot sees a command whose answer is for its asker alone (Bot API 10.2)."""
    hidden = in_groups and registry.by_name[name].for_asker
    return BotCommand(
        name, text[:MAX_DESCRIPTION_LENGTH], api_kwargs={"is_ephemeral": True} if hidden else None
    )


async def publish_menu(bot: Bot, menu: Menu) -> bool:
    """Set or remove a menu; return whether Telegram has answered, and it need not be tried again."""
    try:
        if menu.commands:
            await bot.set_my_commands(menu.commands, menu.scope, menu.language)
        else:
            await bot.delete_my_commands(menu.scope, menu.language)
    except (
        BadRequest,
        Forbidden,
    ) as error:  # for example an owner who never wrote to the bot: no use to try again
        log.warning("command menu refused", scope=menu.scope.type, language=menu.language, error=str(error))
    except TelegramError as error:
        log.info("command menu not set, retrying later", scope=menu.scope.type, error=str(error))
        return False
    return True
