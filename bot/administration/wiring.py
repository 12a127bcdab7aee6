"""Connects the parts of administration with the others, and runs them beside the process."""

import asyncio
import signal
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import structlog

from bot.administration.configuration import Configuration
from bot.administration.files import ConfigFiles, read_files
from bot.administration.notices import Failing, Notices, failing_of
from bot.administration.telling import AdminNotices
from bot.build import Core
from bot.scheduler.outbox_sender import OutboxSender
from bot.telegram_side import TelegramParts
from handlers.admin.ports import SIGNAL
from handlers.locale.messages import Translator
from utils.http.errors import SourceError

DATABASE = "database"
log = structlog.get_logger(__name__)
Work = Coroutine[Any, Any, None]


def build_configuration(core: Core, files: ConfigFiles, redact: Callable[[str], str]) -> Configuration:
    """Make what exchanges the configuration of the process."""
    return Configuration(
        core.config,
        files,
        partial(read_files, core.settings),
        store=lambda: core.storage.store,
        clock=core.clock,
        redact=redact,
    )


async def read_stored(configuration: Configuration, telegram: TelegramParts) -> None:
    """Read overrides, administrators and bans before the first update is answered; later they are read anew."""
    try:
        await configuration.take_overrides()
        await telegram.access.refresh()
    except SourceError as error:
        log.warning("overrides, admins and bans not read yet", detail=error.detail)


def background(
    core: Core, telegram: TelegramParts, configuration: Configuration, sender: OutboxSender
) -> dict[str, Work]:
    """Return the work that runs as long as the process, by name."""
    telegram.administered.wake = sender.wake
    told = AdminNotices(
        lambda: core.storage.store,
        telegram.notifier,
        core.clock,
        bot_id=lambda: telegram.api.id,
        admins=lambda: telegram.access.everybody,
        translator=partial(_translator, core, telegram),
        wake=sender.wake,
    )
    return {
        "overrides": configuration.watch(),
        "access": telegram.access.watch(),
        "known chats": telegram.administered.run(),
        "reload on SIGHUP": configuration.reload_when_wanted(SIGNAL),
        "notices": Notices(partial(_failing, core), told, core.clock).run(),
    }


@contextmanager
def reloading_on_signal(configuration: Configuration) -> Iterator[None]:
    """Inside, SIGHUP reloads the configuration."""
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGHUP, configuration.want_reload)
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGHUP)


def _failing(core: Core) -> Failing:
    """Return the sources that fail now, with how often each has failed where that is counted."""
    database = {} if core.storage.problem is None else {DATABASE: None}
    return failing_of(core.exchange, core.deribit, core.onchain) | database


async def _translator(core: Core, telegram: TelegramParts, person_id: int) -> Translator:
    choices = await telegram.choices.of(person_id)
    return core.messages.for_person(None, choices.over(core.chat).language)
