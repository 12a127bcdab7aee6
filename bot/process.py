"""A run of the process: build, warm up, receive until told to stop, close everything within seconds."""

import asyncio
import random
import signal
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from typing import Any

import structlog

from bot.build import build_chat, build_core, build_http, check_http, own_version, read_config
from bot.readiness import Readiness
from bot.recording import forget, record
from bot.sandbox_child import SandboxChild
from bot.telegram.menu import publish_menus
from bot.warmup import warm_up
from config.settings import Settings
from utils.clock import Clock

# people and service managers expect an end within five seconds
STOP_S = 4.5
# how much of that may go into the end of something that runs beside: writing what waits
BESIDE_S = 2.0
Say = Callable[[str], None]
log = structlog.get_logger(__name__)


async def serve(settings: Settings, clock: Clock, rng: random.Random) -> None:
    """Run against the addresses of the settings until cancelled.

    Raises `ConfigError` and `Misconfigured` for what a person must mend.
    """
    config = read_config(settings)
    async with AsyncExitStack() as stack:
        core = await build_core(settings, config, clock, rng, stack)
        chat = build_chat(core)
        readiness = Readiness(chat.transport, core.storage)
        http = build_http(core, readiness)
        await http.open()
        stack.push_async_callback(http.close)
        log.info("started", version=own_version(), http=http.url, config=config.digest)
        await _beside(stack, "database", core.storage.watch())
        await _beside(stack, "recorder", record(core))
        await _beside(stack, "retention", forget(core))
        await _beside(stack, "warm-up", warm_up(core, readiness))
        stack.push_async_callback(chat.transport.close)
        await chat.transport.open()
        log.info("logged in", bot=f"@{chat.api.username}")
        menus = publish_menus(chat.api, core.registry, core.messages, settings.bot_owner_ids, clock)
        await _beside(stack, "menus", menus)
        await chat.transport.run()


async def serve_sandbox(settings: Settings, clock: Clock, rng: random.Random, say: Say) -> None:
    """Run against a sandbox that is started for it; ``say`` tells where to open it. Raises as `serve` does."""
    read_config(settings)
    check_http(settings)  # mistakes are told before the sandbox is started
    child = SandboxChild(settings)
    try:
        await child.open()
        say(f"sandbox: open {child.addresses['chat']} in a browser; stop with Ctrl-C")
        say(f"sandbox: {_what_prices(settings)}; nothing reaches Telegram or Binance")
        await serve(child.settings(), clock, rng)
    finally:
        await child.close()


def _what_prices(settings: Settings) -> str:
    if settings.sandbox_data is None:
        return "prices are simulated"
    return f"prices are recorded ones, replayed from {settings.sandbox_data}"


async def _beside(stack: AsyncExitStack, name: str, work: Coroutine[Any, Any, None]) -> None:
    """Run work beside the main one; its failure is logged and hinders nothing else."""
    task = asyncio.create_task(work, name=name)
    task.add_done_callback(_tell_failure)

    async def end() -> None:
        task.cancel()
        await asyncio.wait({task}, timeout=BESIDE_S)

    stack.push_async_callback(end)


def _tell_failure(task: "asyncio.Task[None]") -> None:
    error = None if task.cancelled() else task.exception()
    if error is not None:
        log.error("background work failed", work=task.get_name(), exc_info=error)


async def until_told(work: Coroutine[Any, Any, None]) -> None:
    """Run work until it ends or SIGINT or SIGTERM comes; further signals change nothing.

    Raises what the work raised.
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
    task.cancel()
    _, late = await asyncio.wait({task}, timeout=STOP_S)
    if late:
        log.warning("not everything closed in time")
    elif not task.cancelled():
        task.result()
