"""The bot as it runs in a week: its real parts on the quick clock, ended and begun anew on the same database."""

import asyncio
import os
import random
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final, cast
from unittest.mock import patch

import aiohttp
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.background import BackgroundWork
from bot.build import Core, build_core, read_config
from bot.memory import keep_returning
from bot.publishing import PublishedComposites
from bot.pushing import digest_look, leaders_pushes, outbox_sender
from bot.recording import prune
from bot.scheduler.digest_look import DigestLook
from bot.scheduler.outbox_sender import OutboxSender
from bot.telegram_side import TelegramParts, build_telegram
from config.holder import ConfigHolder
from config.settings import Settings
from scripts.week.clock import BotClock, Traffic
from scripts.week.readings import Readings
from utils.http.errors import Unavailable
from utils.store import store as opened_here
from utils.store.database import Database
from utils.store.urls import SOURCE

POLLS: Final = "getUpdates"
DEAD: Final = "the process has ended"


@dataclass(slots=True)
class Mortal:
    """What one process of the bot may still do: nothing once it ``is_dead``, no database while that ``is_away``.

    ``steps_left`` counts transactions and requests down to the one after which it dies.
    """

    traffic: Traffic
    is_away: Callable[[], bool]
    is_dead: bool = False
    steps_left: int | None = None
    polls: int = 0
    before_death: Callable[[], None] = lambda: None
    """Called right before it dies."""

    def step(self) -> None:
        """Count a step to the end."""
        if self.steps_left is not None and not self.is_dead:
            self.steps_left -= 1
            if self.steps_left <= 0:
                self.die()

    def die(self) -> None:
        """Do nothing more."""
        if not self.is_dead:
            self.before_death()
            self.is_dead = True


def _database_of(mortal: Mortal) -> type[Database]:
    """The database as a mortal process has it."""

    class MortalDatabase(Database):
        @asynccontextmanager
        async def read(self) -> AsyncIterator[AsyncConnection]:
            with self._reached():
                async with super().read() as connection:
                    yield connection

        @asynccontextmanager
        async def write(self) -> AsyncIterator[AsyncConnection]:
            with self._reached():
                async with super().write() as connection:
                    yield connection
            mortal.step()

        def _reached(self) -> Any:
            if mortal.is_dead or mortal.is_away():
                raise Unavailable(SOURCE, DEAD if mortal.is_dead else "it is away")
            return mortal.traffic.counted()

    return MortalDatabase


def _watch_requests(session: aiohttp.ClientSession, mortal: Mortal) -> None:
    """Count the requests of a session, and refuse them to a process that has ended."""
    trace = aiohttp.TraceConfig()

    async def begin(_session: Any, context: SimpleNamespace, asked: aiohttp.TraceRequestStartParams) -> None:
        if mortal.is_dead:
            raise aiohttp.ClientConnectionError(DEAD)
        context.polls, context.is_over = asked.url.path.endswith(POLLS), False
        if context.polls:
            mortal.polls += 1
        else:
            mortal.traffic.begin()

    async def end(_session: Any, context: SimpleNamespace, _asked: Any) -> None:
        if context.is_over:  # an error of this very function comes here again
            return
        context.is_over = True
        if context.polls:
            mortal.polls -= 1
            return
        mortal.traffic.end()
        mortal.step()
        if mortal.is_dead:
            raise aiohttp.ClientConnectionError(DEAD)

    trace.on_request_start.append(begin)
    trace.on_request_end.append(end)
    trace.on_request_exception.append(end)
    trace.freeze()
    session.trace_configs.append(trace)


class BotProcess:
    """One life of the bot. ``failures`` are internal errors by the part that counted them."""

    def __init__(
        self, settings: Settings, clock: BotClock, rng: random.Random, readings: Readings, mortal: Mortal
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._rng = rng
        self._readings = readings
        self.mortal = mortal
        self._parts: tuple[TelegramParts, OutboxSender, DigestLook, BackgroundWork] | None = None
        self._failures = Counter[str]()
        mortal.before_death = self._note_failures
        self._task = asyncio.create_task(self._live())

    @property
    def failures(self) -> Counter[str]:
        """Internal errors until now, or until its death."""
        if not self.mortal.is_dead:
            self._note_failures()
        return self._failures

    def _note_failures(self) -> None:
        if self._parts is None:
            return
        telegram, sender, digests, work = self._parts
        self._failures = +Counter(
            {
                "alerts": telegram.alerts.failures,
                "digests": digests.failures,
                "outbox": sender.failures,
                "answers": telegram.receiver.failed,
                "unreadable updates": sum(telegram.receiver.unreadable.values()),
                "background work": work.failed,
            }
        )

    @property
    def undelivered(self) -> int:
        """Answers that Telegram did not take, however often they were tried."""
        return 0 if self._parts is None else self._parts[0].receiver.undelivered

    @property
    def dropped(self) -> Counter[str]:
        """Pushes that were dropped, by reason."""
        return Counter() if self._parts is None else +Counter(cast(dict[str, int], self._parts[1].dropped))

    @property
    def is_up(self) -> bool:
        """Whether it receives."""
        return self._parts is not None and self._parts[0].receiver.is_open

    async def stop(self) -> None:
        """End it as a supervisor does: it finishes what it is at."""
        self._task.cancel()
        await self._ended()

    async def kill(self) -> None:
        """End it as ``kill -9`` does: from now on nothing of it reaches anything."""
        self.mortal.die()
        self._task.cancel()
        await self._ended()

    async def _ended(self) -> None:
        await asyncio.wait({self._task})
        if not self._task.cancelled() and (error := self._task.exception()) is not None:
            raise error

    async def _live(self) -> None:
        async with AsyncExitStack() as stack:
            with self.mortal.traffic.counted():  # threads do some of it, and no time passes meanwhile
                core = await self._core(stack)
                telegram = build_telegram(core)
            sender, digests = outbox_sender(core, telegram), digest_look(core, telegram)
            work = BackgroundWork(stack)
            self._parts = telegram, sender, digests, work
            work.start("database", core.storage.watch())
            work.start("retention", prune(core))
            work.start("memory", keep_returning(core.clock))
            stack.push_async_callback(telegram.leadership.release)
            stack.push_async_callback(telegram.choices.close)
            stack.push_async_callback(telegram.dispatcher.close)
            stack.push_async_callback(telegram.receiver.close)
            await core.storage.wait_open()
            await telegram.receiver.log_in()
            await telegram.access.refresh()
            work.start("leadership", telegram.leadership.run())
            work.start("chats", telegram.chats.run())
            work.start("known chats", telegram.administered.run())
            work.start("outbox", sender.run())
            work.start("backlog", sender.watch())
            for name, loop in leaders_pushes(core, telegram, digests, sender).items():
                work.start(name, loop)
            await telegram.leadership.lead(telegram.receiver.receive)

    async def _core(self, stack: AsyncExitStack) -> Core:
        config = ConfigHolder(read_config(self._settings))
        stack.enter_context(patch.object(opened_here, "Database", _database_of(self.mortal)))
        core = await build_core(self._settings, config, self._clock, self._rng, stack)
        _watch_requests(core.session, self.mortal)
        await core.storage.open()
        readings: Any = self._readings
        readings.reach = core.exchange.spot.ticker_price
        readings.forget_time()
        published = PublishedComposites(readings, core.publisher, config.pinned)
        return replace(core, runner=readings, composites=published)


def settings_of(
    *, telegram: str, token: str, spot: str, futures: str, options: str, database: str
) -> Settings:
    """Return the settings of a bot against sandboxes, whatever the environment says."""

    def socket(url: str) -> str:
        return url.replace("http", "ws", 1)

    return Settings.model_construct(
        telegram_bot_token=SecretStr(token),
        telegram_api_url=telegram,
        binance_spot_rest_url=spot,
        binance_futures_rest_url=futures,
        binance_options_rest_url=options,
        binance_spot_ws_url=socket(spot),
        binance_futures_ws_url=socket(futures),
        binance_spot_ws_api_url=f"{socket(spot)}/ws-api/v3",
        database_url=SecretStr(database),
        bot_config=Path(os.devnull),
    )
