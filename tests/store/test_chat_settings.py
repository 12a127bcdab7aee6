"""The settings of chats: per bot and chat, changed together, unset, and moved with a group."""

import pytest

from utils.store.store import Store


async def test_settings_are_set_changed_and_unset(store: Store) -> None:
    settings = store.chat_settings
    assert await settings.of_chat(77, -100) == {}
    await settings.change(77, -100, {"language": "tr", "theme": "dark"}, now_ms=1)
    await settings.change(77, -100, {"theme": "light", "language": None, "quote": None}, now_ms=2)
    assert await settings.of_chat(77, -100) == {"theme": "light"}


async def test_other_bots_and_chats_have_their_own(store: Store) -> None:
    settings = store.chat_settings
    for place in ((77, 1), (77, -1_001_234_567_890), (78, 1)):
        await settings.change(*place, {"language": f"l{place}"}, now_ms=1)
    assert await settings.of_chat(77, 1) == {"language": "l(77, 1)"}
    assert await settings.of_chat(78, 1) == {"language": "l(78, 1)"}


async def test_the_chats_with_a_setting_are_those_of_the_bot_that_have_that_one(store: Store) -> None:
    settings = store.chat_settings
    await settings.change(77, 5, {"language": "tr", "theme": "dark"}, now_ms=1)
    await settings.change(77, -1_001_234_567_890, {"language": "en"}, now_ms=1)
    await settings.change(77, 6, {"theme": "dark"}, now_ms=1)
    await settings.change(78, 7, {"language": "tr"}, now_ms=1)
    assert await settings.chats_with(77, "language") == (-1_001_234_567_890, 5)
    await settings.change(77, 5, {"language": None}, now_ms=2)
    assert await settings.chats_with(77, "language") == (-1_001_234_567_890,)


async def test_a_value_that_no_database_takes_changes_nothing(store: Store) -> None:
    settings = store.chat_settings
    with pytest.raises(ValueError, match="printable"):
        await settings.change(77, 1, {"language": "tr", "theme": "\x00"}, now_ms=1)
    assert await settings.of_chat(77, 1) == {}


async def test_a_group_that_moves_keeps_its_settings_and_what_is_set_there_already_stays(
    store: Store,
) -> None:
    settings = store.chat_settings
    await settings.change(77, -5, {"language": "tr", "theme": "light"}, now_ms=1)
    await settings.change(77, -100, {"theme": "dark"}, now_ms=1)
    await store.chats.move(77, -5, -100)
    assert await settings.of_chat(77, -5) == {}
    assert await settings.of_chat(77, -100) == {"language": "tr", "theme": "dark"}
