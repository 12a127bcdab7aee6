"""Keeps the command menus as rights and languages are: all at the start, and those of a chat when it changes."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterator
from typing import Final, Literal

import structlog
from telegram import Bot

from bot.telegram.menu import Menu, chat_menus, common_menus, publish_menu
from handlers.locale.messages import Messages
from handlers.registry import Registry, Role
from utils.clock import Clock
from utils.http.errors import SourceError
from utils.timeouts import within

FIRST_DELAY_S: Final = 5.0
MAX_DELAY_S: Final = 300.0
Work = int | Literal["common", "chats"]
"""The menus of one chat (its id) or of every kind of chat, or the question which chats have menus of their own."""
log = structlog.get_logger(__name__)


class MenuKeeper:
    """Publishes menus one after the other; what Telegram or the database does not answer is tried again.

    ``role_of`` and ``language_of`` tell the rights of a person and the language of a chat, ``usual`` the language of
    chats that have not chosen, ``people`` who has rights, ``chats`` those that have chosen a language. `language_of`
    and `chats` may raise `SourceError`.
    """

    def __init__(
        self,
        bot: Bot,
        registry: Registry,
        messages: Messages,
        clock: Clock,
        *,
        role_of: Callable[[int], Role],
        language_of: Callable[[int], Awaitable[str]],
        usual: Callable[[], str],
        people: Callable[[], Collection[int]],
        chats: Callable[[], Awaitable[Collection[int]]],
    ) -> None:
        self._bot = bot
        self._registry = registry
        self._messages = messages
        self._clock = clock
        self._role_of = role_of
        self._language_of = language_of
        self._usual = usual
        self._people = people
        self._chats = chats
        self._waiting: dict[Work, None] = {}
        self._changed = asyncio.Event()

    def note(self, chat_id: int) -> None:
        """Note that the rights of a person or the language of a chat have changed; its menu is made anew next."""
        self._waiting = {chat_id: None, **self._waiting}
        self._changed.set()

    async def run(self) -> None:
        """Publish every menu, then those of the chats that are noted, until cancelled."""
        self._waiting |= dict.fromkeys(("common", *self._people(), "chats"))
        delay_s = FIRST_DELAY_S
        while True:
            self._changed.clear()
            if not self._waiting:
                await self._changed.wait()
                continue
            work = next(iter(self._waiting))
            del self._waiting[work]
            if await self._is_done(work):
                delay_s = FIRST_DELAY_S
                continue
            self._waiting.setdefault(work)
            await within(self._clock, delay_s, self._changed.wait())
            delay_s = min(delay_s * 2, MAX_DELAY_S)

    async def _is_done(self, work: Work) -> bool:
        """Do it; return whether it need not be tried again."""
        try:
            if work == "common":
                return await self._publish(common_menus(self._registry, self._messages, self._usual()))
            if work == "chats":
                self._waiting |= dict.fromkeys(await self._chats())
                return True
            return await self._publish(await self._menus_of(work))
        except SourceError as error:
            log.info("menus wait for the database", of=work, detail=error.detail)
            return False

    async def _menus_of(self, chat_id: int) -> Iterator[Menu]:
        """Return the menus of a chat. Raises `SourceError`."""
        language, role = await self._language_of(chat_id), self._role_of(chat_id)
        return chat_menus(self._registry, self._messages, chat_id, role, language, self._usual())

    async def _publish(self, menus: Iterator[Menu]) -> bool:
        """Publish menus; return whether Telegram has answered each of them."""
        return all([await publish_menu(self._bot, menu) for menu in menus])
