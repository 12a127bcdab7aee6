"""The command menus that a bot has set, per scope and language, and which one a person sees."""

import re
from collections.abc import Callable
from typing import Any

from utils.sandbox.telegram.errors import bad_request
from utils.sandbox.telegram.fields import FieldError, as_object, number, parsing, text
from utils.sandbox.telegram.people import Chat

# https://core.telegram.org/bots/api#setmycommands and #botcommand
MAX_COMMANDS = 100
MAX_DESCRIPTION = 256
_NAME = re.compile(r"[a-z0-9_]{1,32}")
_CHAT_SCOPES = frozenset({"chat", "chat_administrators", "chat_member"})
_SCOPES = _CHAT_SCOPES | {"default", "all_private_chats", "all_group_chats", "all_chat_administrators"}

Scope = tuple[str, int, int]
Command = dict[str, Any]


class CommandBook:
    """Menus by (scope, language)."""

    def __init__(self) -> None:
        self._menus: dict[tuple[Scope, str], list[Command]] = {}

    def set(self, scope: Scope, language: str, commands: list[Command]) -> None:
        """Replace one menu; an empty list removes it."""
        if commands:
            self._menus[scope, language] = commands
        else:
            self._menus.pop((scope, language), None)

    def get(self, scope: Scope, language: str) -> list[Command]:
        """Exactly that menu, empty when it was not set."""
        return self._menus.get((scope, language), [])

    def seen_by(self, chat: Chat, user_id: int, language: str) -> list[Command]:
        """The menu a person sees there: the narrowest scope wins, within a scope the own language."""
        for scope in _scopes_of(chat, user_id):
            for wanted in (language, ""):
                if menu := self.get(scope, wanted):
                    return menu
        return []


def read_scope(value: object, chat_id_of: Callable[[str], int]) -> Scope:
    """A `BotCommandScope` as a key; `chat_id_of` resolves an id or @name. Raises `BotApiError`."""
    if value is None:
        return "default", 0, 0
    with parsing("BotCommandScope"):
        scope = as_object(value, "BotCommandScope must be an Object")
        kind = text(scope, "type")
        if kind not in _SCOPES:
            raise FieldError("Unsupported type specified")
        if kind not in _CHAT_SCOPES:
            return kind, 0, 0
        reference = text(scope, "chat_id")
        if not reference:
            raise FieldError("Empty chat_id specified")
        user_id = number(scope, "user_id") if kind == "chat_member" else 0
        if kind == "chat_member" and user_id <= 0:
            raise FieldError("Invalid user_id specified")
    return kind, chat_id_of(reference), user_id


def read_commands(value: object) -> list[Command]:
    """Checked commands. Raises `BotApiError`."""
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise bad_request("expected an Array of BotCommand")
    if len(value) > MAX_COMMANDS:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    return [_command(item) for item in value]


def read_language(code: str) -> str:
    """A two-letter code or nothing. Raises `BotApiError`."""
    if code and not re.fullmatch(r"[a-z]{2}", code):
        raise bad_request("BOT_COMMAND_LANG_CODE_INVALID")
    return code


def _command(item: dict[str, Any]) -> Command:
    name, description = str(item.get("command", "")).removeprefix("/"), str(item.get("description", ""))
    if not _NAME.fullmatch(name):
        raise bad_request("BOT_COMMAND_INVALID")
    if not 1 <= len(description) <= MAX_DESCRIPTION:
        raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
    ephemeral = {"is_ephemeral": True} if item.get("is_ephemeral") is True else {}
    return {"command": name, "description": description} | ephemeral


def _scopes_of(chat: Chat, user_id: int) -> list[Scope]:
    if chat.is_private:
        return [("chat", chat.id, 0), ("all_private_chats", 0, 0), ("default", 0, 0)]
    admin: list[Scope] = [("chat_administrators", chat.id, 0)] if chat.is_admin(user_id) else []
    all_admin: list[Scope] = [("all_chat_administrators", 0, 0)] if chat.is_admin(user_id) else []
    member: Scope = ("chat_member", chat.id, user_id)
    return [member, *admin, ("chat", chat.id, 0), *all_admin, ("all_group_chats", 0, 0), ("default", 0, 0)]
