"""The menu of commands in the real process: it follows the rights of a person and the language of a chat."""

import asyncio
from pathlib import Path

import pytest

from tests.support.app_under_test import AppUnderTest
from tests.support.limits import PATIENCE_S

OWNER = 424_242


async def until_seen(app: AppUnderTest, person: int, name: str, *, is_there: bool = True) -> dict[str, str]:
    """Wait until somebody sees a command in the private chat or no longer; return the texts of all by their names."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            rows = await app.call("GET", app.chat_url, f"/commands?chat={person}&user={person}")
            if rows and (name in (found := {row["command"]: row["description"] for row in rows})) is is_there:
                return found
            await asyncio.sleep(0.05)


@pytest.mark.slow
async def test_menus_follow_rights_and_languages(tmp_path: Path) -> None:
    async with AppUnderTest(tmp_path, {"BOT_OWNER_IDS": str(OWNER)}) as app:
        owner = {"id": OWNER, "first_name": "Olga", "language_code": "en"}
        await app.call("POST", app.chat_url, "/users", owner)
        await app.say(OWNER, OWNER, "/start")
        adam = await app.person("Adam", "en")
        english = await until_seen(app, adam, "help")
        assert "reload" not in english
        for words, is_admin in (("add", True), ("remove", False)):
            asked = await app.say(OWNER, OWNER, f"/admin {words} {adam}")
            question = await app.answer(OWNER, asked, finished=str(adam))
            await app.press(OWNER, OWNER, question.id, next(iter(question.buttons.values())))
            found = await until_seen(app, adam, "reload", is_there=is_admin)
            assert found["help"] == english["help"]
            assert "admin" not in found
        await app.say(adam, adam, "/settings language tr")
        async with asyncio.timeout(PATIENCE_S):
            while (await until_seen(app, adam, "help"))["help"] == english["help"]:  # noqa: ASYNC110 - what a person sees tells of no change
                await asyncio.sleep(0.05)
