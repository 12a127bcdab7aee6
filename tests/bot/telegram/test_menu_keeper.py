"""The menu that a person sees follows rights and languages at once, and in the end whatever fails meanwhile."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass, field

import pytest
from telegram.ext import ExtBot

from bot.telegram.menu_keeper import FIRST_DELAY_S, MAX_DELAY_S, MenuKeeper
from handlers.commands.routes import build_registry
from handlers.locale.messages import load_messages
from handlers.ports import ChatRef
from handlers.registry import Role
from tests.bot.conftest import People
from tests.bot.samples import sample_module
from tests.support.clock import FakeClock
from tests.support.limits import PATIENCE_S
from utils.http.errors import Unavailable

REGISTRY, MESSAGES = build_registry([sample_module()]), load_messages()
ENGLISH, TURKISH = (
    MESSAGES.of(language).gettext(REGISTRY.by_name["help"].summary) for language in ("en", "tr")
)


@dataclass
class World:
    """Rights and languages as a test sets them; with ``away`` the database does not answer."""

    api: ExtBot[int]
    people: People
    clock: FakeClock
    roles: dict[int, Role] = field(default_factory=dict)
    languages: dict[int, str] = field(default_factory=dict)
    away: bool = False

    def __post_init__(self) -> None:
        self.keeper = MenuKeeper(
            self.api,
            REGISTRY,
            MESSAGES,
            self.clock,
            role_of=lambda person_id: self.roles.get(person_id, "anyone"),
            language_of=self.language_of,
            usual=lambda: "auto",
            people=lambda: self.roles,
            chats=self.chats,
        )

    async def language_of(self, chat_id: int) -> str:
        await self.chats()
        return self.languages.get(chat_id, "auto")

    async def chats(self) -> Collection[int]:
        if self.away:
            raise Unavailable("database", "away")
        return self.languages

    def change(self, chat: ChatRef, role: Role | None = None, language: str | None = None) -> None:
        if role is not None:
            self.roles[chat.chat_id] = role
        if language is not None:
            self.languages[chat.chat_id] = language
        self.keeper.note(chat.chat_id)

    async def seen(self, person: ChatRef, chat: ChatRef | None = None) -> tuple[bool, str]:
        """Whether somebody sees a command of administrators, and what is said of ``/help``."""
        where = (chat or person).chat_id
        rows = await self.people.call("GET", f"/commands?chat={where}&user={person.chat_id}")
        by_name = {row["command"]: row["description"] for row in rows}
        return "reload" in by_name, by_name.get("help", "")

    async def until(self, person: ChatRef, expected: tuple[bool, str], chat: ChatRef | None = None) -> None:
        """Wait until somebody sees what is expected; the clock stands."""
        async with asyncio.timeout(PATIENCE_S):
            while await self.seen(person, chat) != expected:  # noqa: ASYNC110 - what a person sees tells of no change
                await asyncio.sleep(0.01)

    async def sleeps(self) -> None:
        """Wait until the keeper waits before it tries again."""
        async with asyncio.timeout(PATIENCE_S):
            while not self.clock.sleeping:  # noqa: ASYNC110 - the clock tells of no sleeper
                await asyncio.sleep(0.01)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Run the keeper, and wait until everybody has a menu."""
        task = asyncio.create_task(self.keeper.run())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.wait({task})


@pytest.fixture
def world(api: ExtBot[int], people: People) -> World:
    return World(api, people, FakeClock())


async def test_who_becomes_an_admin_and_who_is_none_any_more_sees_it_at_once(world: World) -> None:
    ada, tan = await world.people.join(language_code="en"), await world.people.join(language_code="tr")
    async with world.running():
        await world.until(ada, (False, ENGLISH))
        await world.until(tan, (False, TURKISH))
        world.change(ada, "admin")
        world.change(tan, "admin")
        await world.until(ada, (True, ENGLISH))
        await world.until(tan, (True, TURKISH))
        world.change(ada, "anyone")
        await world.until(ada, (False, ENGLISH))
        assert await world.seen(tan) == (True, TURKISH)


async def test_the_menu_of_a_chat_is_in_its_language_whatever_telegram_is_in(world: World) -> None:
    ada, tan = await world.people.join(language_code="en"), await world.people.join(language_code="tr")
    group = await world.people.group(members=[ada.chat_id, tan.chat_id])
    async with world.running():
        await world.until(tan, (False, TURKISH), group)
        world.change(group, language="en")
        await world.until(tan, (False, ENGLISH), group)
        world.change(ada, language="tr")
        await world.until(ada, (False, TURKISH))
        assert await world.seen(ada, group) == (False, ENGLISH)
        world.change(group, language="auto")
        await world.until(tan, (False, TURKISH), group)
        assert await world.seen(ada, group) == (False, ENGLISH)


async def test_an_admin_of_the_bot_sees_no_command_of_admins_in_a_group(world: World) -> None:
    ada = await world.people.join(language_code="en")
    group = await world.people.group(members=[ada.chat_id])
    world.roles[ada.chat_id] = "owner"
    async with world.running():
        await world.until(ada, (True, ENGLISH))
        world.change(group, language="tr")
        await world.until(ada, (False, TURKISH), group)


async def test_at_the_start_everybody_gets_the_menu_of_today(world: World) -> None:
    ada, tan = await world.people.join(language_code="en"), await world.people.join(language_code="tr")
    world.roles[ada.chat_id] = "owner"
    world.languages |= {ada.chat_id: "tr", tan.chat_id: "en"}
    async with world.running():
        await world.until(ada, (True, TURKISH))
        await world.until(tan, (False, ENGLISH))


async def test_what_telegram_does_not_answer_is_tried_again(world: World) -> None:
    ada = await world.people.join(language_code="en")
    async with world.running():
        await world.until(ada, (False, ENGLISH))
        await world.people.fault({"status": {"code": 502}}, count=3, method="setMyCommands")
        world.change(ada, "admin")
        await world.sleeps()
        assert await world.seen(ada) == (False, ENGLISH)
        await world.clock.advance(round(FIRST_DELAY_S * 1000))
        await world.sleeps()
        await world.clock.advance(round(FIRST_DELAY_S * 1000))
        assert world.clock.sleeping
        await world.clock.advance(round(FIRST_DELAY_S * 1000))
        await world.until(ada, (True, ENGLISH))


async def test_a_chat_that_changes_is_served_before_one_that_waits_for_another_try(world: World) -> None:
    ada, tan = await world.people.join(language_code="en"), await world.people.join(language_code="tr")
    async with world.running():
        await world.until(tan, (False, TURKISH))
        await world.people.fault({"status": {"code": 502}}, count=2, method="setMyCommands")
        world.change(ada, "admin")
        await world.sleeps()
        world.change(tan, "admin")
        await world.until(tan, (True, TURKISH))
        await world.until(ada, (True, ENGLISH))


async def test_without_the_database_owners_have_their_menu_and_chats_get_theirs_later(world: World) -> None:
    ada = await world.people.join(language_code="en")
    world.languages[ada.chat_id], world.away = "tr", True
    async with world.running():
        await world.until(ada, (False, ENGLISH))
        await world.sleeps()
        world.away = False
        await world.clock.advance(round(MAX_DELAY_S * 1000))
        await world.until(ada, (False, TURKISH))
