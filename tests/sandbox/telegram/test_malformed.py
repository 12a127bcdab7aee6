"""Calls of any shape: a Bot API answer each, never a server error."""

import random

import pytest

from tests.sandbox.telegram.driver import Driver
from utils.sandbox.telegram.methods import METHODS

NAMES = (
    *("chat_id", "text", "parse_mode", "entities", "caption", "caption_entities", "reply_markup", "photo"),
    *("document", "media", "message_id", "message_ids", "message_thread_id", "reply_parameters", "results"),
    *("commands", "scope", "language_code", "url", "allowed_updates", "limit", "offset", "action", "button"),
    *("user_id", "file_id", "callback_query_id", "inline_query_id", "inline_message_id", "from_chat_id"),
    *("name", "icon_color", "reaction", "menu_button", "secret_token", "max_connections"),
)
WAITS = {"getupdates"}
CALLS_EACH = 150
KINDS = (
    "chat",
    "chat_member",
    "photo",
    "article",
    "text_link",
    "bold",
    "@name",
    "attach://x",
    "commands",
    "emoji",
)
SHAPES = {
    "scope": ("type", "chat_id", "user_id"),
    "entities": ("type", "offset", "length", "url"),
    "caption_entities": ("type", "offset", "length", "user"),
    "media": ("type", "media", "caption", "caption_entities"),
    "results": ("type", "id", "title", "input_message_content", "reply_markup", "photo_file_id"),
    "commands": ("command", "description"),
    "reply_markup": ("inline_keyboard", "keyboard"),
    "reply_parameters": ("message_id", "chat_id"),
    "button": ("text", "start_parameter", "web_app"),
    "menu_button": ("type", "text", "web_app"),
    "reaction": ("type", "emoji"),
}


def odd(rng: random.Random, user: int, depth: int = 2) -> object:
    """A value that a client may send by mistake."""
    plain: tuple[object, ...] = (
        user,
        0,
        -1,
        2**70,
        1.5,
        "",
        "a",
        "👉",
        "\u200b",
        "[",
        "{}",
        '["a"]',
        "null",
        True,
        None,
        [],
        {},
        *KINDS,
    )
    if depth == 0 or rng.random() < 0.6:
        return rng.choice(plain)
    if rng.random() < 0.5:
        return [odd(rng, user, depth - 1) for _ in range(rng.randrange(3))]
    keys = (
        "type",
        "media",
        "offset",
        "length",
        "inline_keyboard",
        "id",
        "command",
        "chat_id",
        "url",
        "message_id",
    )
    return {key: odd(rng, user, depth - 1) for key in rng.sample(keys, 3)}


@pytest.mark.parametrize("method", sorted(set(METHODS) - WAITS))
async def test_every_call_gets_an_answer_in_the_bot_apis_shape(driver: Driver, method: str) -> None:
    user = await driver.user()
    sent = await driver.result("sendMessage", chat_id=user, text="a")
    rng = random.Random(method)
    for _ in range(CALLS_EACH):
        params: dict[str, object] = {name: odd(rng, user) for name in rng.sample(NAMES, 6)}
        for name in rng.sample(sorted(SHAPES), 5):
            shaped = {key: odd(rng, user) for key in SHAPES[name] if rng.random() < 0.9}
            params[name] = rng.choice((shaped, [shaped], [[shaped]], {"inline_keyboard": [[shaped]]}))
        if rng.random() < 0.7:
            params |= {"chat_id": user, "message_id": sent["message_id"], "text": "b", "from_chat_id": user}
            params |= {name: odd(rng, user) for name in rng.sample(NAMES, 2)}
        url = f"{driver.sandbox.api_url}{driver.sandbox.bot_token}/{method}"
        async with driver.session.post(url, json=params) as response:
            assert response.status in {200, 400, 403, 404, 409, 429}, (params, await response.text())
            body = await response.json()
            assert body["ok"] is (response.status == 200), params
