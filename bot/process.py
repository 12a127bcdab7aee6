"""Run the process: build, open and warm up the parts, receive until a signal, close everything within seconds."""

import asyncio
import logging
import os
import random
import signal
import threading
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from typing import Any, Final

import structlog

from bot.administration.errors import RecentErrors
from bot.administration.files import read_files
from bot.administration.status import LateStatus, ProcessStatus
from bot.administration.wiring import (
    background,
    build_configuration,
    read_stored,
    reloading_on_signal,
)
from bot.background import BackgroundWork
from bot.build import Core, build_core, build_http, check_http, read_config
from bot.memory import keep_returning
from bot.memory_use import MemoryUse
from bot.menus import menu_keeper
from bot.metrics.parts import MeasuredParts, measure
from bot.metrics.registry import Metrics
from bot.pushing import digest_look, leaders_pushes, outbox_sender
from bot.readiness import Readiness
from bot.recording import prune, record
from bot.redaction import Redactor, secrets_of
from bot.sandbox_child import SandboxChild
from bot.telegram_side import TelegramParts, build_telegram
from bot.version import own_version
from bot.warmup import warm_up
from config.holder import ConfigHolder
from config.settings import Settings
from handlers.question_log import QuestionLog
from utils.clock import Clock

# service managers and people expect a process to end within five seconds
STOP_S = 4.5
# after these the process ends whatever is not done: a thread of a library or a busy event loop cannot hold it up
LAST_S: Final = 4.8
# how long the start waits for the database before updates are kept in memory alone
DATABASE_S = 30.0
PrintLine = Callable[[str], None]
log = structlog.get_logger(__name__)


async def serve(settings: Settings, clock: Clock, rng: random.Random) -> None:
    """Run against the addresses of the settings until cancelled.

    The HTTP API opens first: `/readyz` answers while database, warm-up and the login to Telegram are under way.
    Raises `ConfigError` and `Misconfigured` for what a person must correct.
    """
    files, redact = read_files(settings), Redactor(secrets_of(settings))
    config = ConfigHolder(files.snapshot())
    async with AsyncExitStack() as stack:
        metrics = Metrics()
        questions = QuestionLog(clock, metrics.note_question)
        stack.callback(questions.log_end)  # last of all
        core = await build_core(settings, config, clock, rng, stack, questions=questions)
        configuration = build_configuration(core, files, redact)
        status = LateStatus()
        telegram = build_telegram(core, configuration, status.report)
        leading = telegram.leadership
        readiness = Readiness(
            telegram.receiver, core.storage, redact=redact, stands_by=lambda: leading.stands_by
        )
        sender, digests = outbox_sender(core, telegram), digest_look(core, telegram)
        errors, work, memory = RecentErrors(redact), BackgroundWork(stack), MemoryUse(clock)
        measured = MeasuredParts(
            core, telegram, readiness, configuration, sender, digests, work, errors, memory
        )
        measure(metrics, measured)
        stack.enter_context(errors.listening())
        stack.enter_context(reloading_on_signal(configuration))
        status.source = ProcessStatus(core, telegram, readiness, sender, errors).report
        http = build_http(core, readiness, metrics)
        await http.open()
        stack.push_async_callback(http.close)
        log.info("started", version=own_version(), http=http.url, config=config.newest.digest)
        work.start("database", core.storage.watch())
        await stack.enter_async_context(core.publisher.running())
        work.start("recorder", record(core))
        work.start("retention", prune(core))
        work.start("warm-up", warm_up(core, readiness))
        work.start("longer past", core.longer_past.run())
        work.start("memory", keep_returning(clock))
        work.start("memory use", memory.run())
        stack.push_async_callback(leading.release)  # when everything received is answered
        stack.push_async_callback(telegram.choices.close)
        stack.push_async_callback(telegram.dispatcher.close)
        stack.push_async_callback(telegram.receiver.close)
        await core.storage.wait_tried(DATABASE_S)
        await telegram.receiver.log_in()
        log.info("logged in", bot=f"@{telegram.api.username}")
        await read_stored(configuration, telegram)
        work.start("leadership", leading.run())
        work.start("chats", telegram.chats.run())
        work.start("outbox", sender.run())
        work.start("backlog", sender.watch())
        work.start("unanswered", leading.lead(lambda: _answer_left_behind(core, telegram)))
        pushes = leaders_pushes(core, telegram, digests, sender)
        for name, loop in {**pushes, **background(core, telegram, configuration, sender)}.items():
            work.start(name, loop)
        work.start("menus", menu_keeper(core, telegram).run())
        await leading.lead(telegram.receiver.receive)


async def serve_sandbox(
    settings: Settings, child: SandboxChild, clock: Clock, rng: random.Random, print_line: PrintLine
) -> None:
    """Run against a sandbox, which is ended here; ``print_line`` prints its address. Raises as `serve` does."""
    try:
        read_config(settings)
        check_http(settings)  # what a person must correct is said before the sandbox is waited for
        await child.open()
        print_line(f"sandbox: open {child.addresses['chat']} in a browser; stop with Ctrl-C")
        print_line(f"sandbox: {_price_origin(settings)}; nothing reaches Telegram or Binance")
        await serve(child.settings(), clock, rng)
    finally:
        await child.close()


async def _answer_left_behind(core: Core, telegram: TelegramParts) -> None:
    """Answer what the database has left unanswered, if it opens after the bot."""
    await core.storage.wait_open()
    await telegram.receiver.resume()


def _price_origin(settings: Settings) -> str:
    if settings.sandbox_data is None:
        return "prices are simulated"
    return f"prices are recorded ones, replayed from {settings.sandbox_data}"


async def run_until_signal(work: Coroutine[Any, Any, None]) -> None:
    """Run work until it ends or SIGINT or SIGTERM arrives; further signals have no effect.

    Raises what the work raises.
    """
    task, stop = asyncio.create_task(work), asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({task, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if task.done():
        task.result()
        return
    log.info("stopping")
    _end_after(LAST_S)
    task.cancel()
    _, late = await asyncio.wait({task}, timeout=STOP_S)
    if late:
        log.warning("not everything closed in time")
    elif not task.cancelled():
        task.result()


def _end_after(seconds: float) -> None:
    """End the process after so many seconds, from a thread that nothing else can hold up.

    Nothing is lost: what is unanswered stands in the database, and the next process answers it.
    """
    ended = threading.Timer(seconds, _end)
    ended.daemon = True
    ended.start()


def _end() -> None:
    log.warning("ending with work unfinished")
    for handler in logging.getLogger().handlers:
        handler.flush()
    os._exit(0)
