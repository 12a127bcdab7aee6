"""Who the bot is: getMe, its menus and its descriptions."""

from typing import Any

from utils.sandbox.telegram.commands import read_commands, read_language, read_scope
from utils.sandbox.telegram.errors import bad_request
from utils.sandbox.telegram.methods.registry import Call, Method, method

# https://core.telegram.org/bots/api#setmydescription and its neighbours
_TEXTS = (
    ("Name", "name", 64),
    ("Description", "description", 512),
    ("ShortDescription", "short_description", 120),
)


@method("getMe")
async def get_me(call: Call) -> dict[str, Any]:
    """The bot as a `User` with its abilities."""
    abilities = {
        "can_join_groups": True,
        "can_read_all_group_messages": False,
        "supports_inline_queries": True,
        "supports_guest_queries": True,
        "can_connect_to_business": False,
        "has_main_web_app": False,
    }
    return call.world.bot.json() | abilities


@method("logOut")
async def log_out(_: Call) -> bool:
    """Accepted and without effect: there is no other server to move to."""
    return True


@method("close")
async def close(_: Call) -> bool:
    """Accepted and without effect: there is no other server to move to."""
    return True


@method("setMyCommands")
async def set_my_commands(call: Call) -> bool:
    """Replace the menu of a scope and language."""
    scope, language = (
        _scope(call),
        read_language(call.params.text("language_code")),
    )
    _set_menu(call, scope, language, read_commands(call.params.json("commands")))
    return True


@method("deleteMyCommands")
async def delete_my_commands(call: Call) -> bool:
    """Remove the menu of a scope and language."""
    scope, language = (
        _scope(call),
        read_language(call.params.text("language_code")),
    )
    _set_menu(call, scope, language, [])
    return True


@method("getMyCommands")
async def get_my_commands(call: Call) -> list[dict[str, Any]]:
    """Exactly the menu of that scope and language."""
    scope, language = (
        _scope(call),
        read_language(call.params.text("language_code")),
    )
    return call.world.commands.get(scope, language)


def _scope(call: Call) -> tuple[str, int, int]:
    return read_scope(call.params.json("scope"), lambda reference: call.world.find_chat(reference).id)


def _set_menu(call: Call, scope: tuple[str, int, int], language: str, commands: list[dict[str, Any]]) -> None:
    if scope[1]:
        call.world.chat_for_bot(str(scope[1]))
    call.world.commands.set(scope, language, commands)
    call.world.events.publish("commands", {"scope": scope[0], "language_code": language})


def _text_methods(title: str, key: str, longest: int) -> tuple[Method, Method]:
    async def setter(call: Call) -> bool:
        text = call.params.text(key)
        if len(text) > longest:
            raise bad_request(f"bot {key.replace('_', ' ')} is too long")
        call.world.texts[title, read_language(call.params.text("language_code"))] = text
        return True

    async def getter(call: Call) -> dict[str, str]:
        texts = call.world.texts
        language = read_language(call.params.text("language_code"))
        default = call.world.bot.first_name if title == "Name" else ""
        return {key: texts.get((title, language)) or texts.get((title, "")) or default}

    return setter, getter


for _title, _key, _longest in _TEXTS:
    _setter, _getter = _text_methods(_title, _key, _longest)
    method(f"setMy{_title}")(_setter)
    method(f"getMy{_title}")(_getter)
