"""Which files of ours a warm command enters, and how often it looks up where its symbol is listed.

The bot's own parts run in this process against the sandbox, its worker processes replaced by threads so that what they
enter is seen too; they are counted apart. Streams that run beside the question are not: only what it causes itself.
"""

import argparse
import asyncio
import random
import sys
import threading
from collections import Counter
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any, Final
from unittest.mock import patch

from bot.build import build_core, read_config
from bot.readiness import Readiness
from bot.sandbox_child import SandboxChild
from bot.telegram_side import build_telegram
from bot.warmup import warm_up
from config.holder import ConfigHolder
from config.settings import Settings
from handlers.dispatch import Dispatcher
from handlers.ports import ChatRef, IncomingMessage, Person
from utils.clock import SystemClock

ROOT: Final = Path(__file__).resolve().parent.parent
OURS: Final = tuple(
    f"{ROOT / room}/" for room in ("bot", "handlers", "composite", "analysis", "config", "utils")
)
LISTING: Final = ("analysis/sources/listing.py", "resolve_listing")
# a live answer is kept for five seconds: the measured one is to be computed anew
EXPIRY_S: Final = 5.5
WORKER: Final = "worker"
PERSON: Final = Person(7, "Ada", "en")

asked: ContextVar[bool] = ContextVar("asked", default=False)


@dataclass(slots=True)
class Profile:
    """Counts calls by (file, function) while ``recording``: the main process's and those of its workers.

    A coroutine is reported again each time it goes on after a wait; ``frames`` are kept so that it counts once.
    """

    main: Counter[tuple[str, str]] = field(default_factory=Counter)
    workers: Counter[tuple[str, str]] = field(default_factory=Counter)
    recording: bool = False
    frames: set[FrameType] = field(default_factory=set)

    def __call__(self, frame: FrameType, event: str, _: Any) -> None:
        """What `sys.setprofile` calls."""
        if event != "call" or not self.recording or not frame.f_code.co_filename.startswith(OURS):
            return
        if frame in self.frames:
            return
        self.frames.add(frame)
        thread = threading.current_thread()
        if asked.get() or thread is not threading.main_thread():
            calls = self.workers if thread.name.startswith(WORKER) else self.main
            calls[frame.f_code.co_filename.removeprefix(f"{ROOT}/"), frame.f_code.co_name] += 1


async def profiled(command: str) -> Profile:
    """Ask twice, and profile the second answer, which finds its streams and its fits at hand."""
    profile = Profile()
    threading.setprofile(profile)
    async with _dispatcher() as dispatcher:
        message = IncomingMessage(PERSON, ChatRef(PERSON.id, "private"), 1, command, 0)
        await dispatcher.on_message(message)
        await asyncio.sleep(EXPIRY_S)
        asked.set(True)
        profile.recording = True
        sys.setprofile(profile)
        await dispatcher.on_message(message)
        sys.setprofile(None)
        profile.recording = False
    threading.setprofile(None)
    return profile


@asynccontextmanager
async def _dispatcher() -> AsyncIterator[Dispatcher]:
    settings = Settings(
        sandbox_chat_bind="127.0.0.1:0",
        sandbox_exchange_bind="127.0.0.1:0",
        bot_config=Path("config/bot.example.toml"),
    )
    child = SandboxChild(settings)
    await child.open()
    try:
        async with AsyncExitStack() as stack:
            stack.enter_context(patch("bot.workers.ProcessPool", _threads))
            pointed = child.settings()
            clock, rng = SystemClock(), random.Random(1)
            core = await build_core(pointed, ConfigHolder(read_config(pointed)), clock, rng, stack)
            telegram = build_telegram(core)
            await telegram.receiver.open()
            stack.push_async_callback(telegram.receiver.close)
            await warm_up(core, Readiness(telegram.receiver, core.storage))
            body = {"id": PERSON.id, "first_name": PERSON.name, "language_code": PERSON.language}
            async with core.session.post(f"{pointed.telegram_api_url}/_sandbox/users", json=body) as made:
                made.raise_for_status()
            yield telegram.dispatcher
    finally:
        await child.close()


def _threads(count: int, _: object) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(count, thread_name_prefix=WORKER)


def _files(calls: Counter[tuple[str, str]]) -> Counter[str]:
    found: Counter[str] = Counter()
    for (file, _), count in calls.items():
        found[file] += count
    return found


def main() -> int:
    """Print the files with their calls, the number of files, and the number of listing look-ups."""
    parser = argparse.ArgumentParser(prog="python -m scripts.files_entered", description=__doc__)
    parser.add_argument("command", nargs="*", default=["/t", "btc", "4h"], help="what a person writes")
    profile = asyncio.run(profiled(" ".join(parser.parse_args().command)))
    both = profile.main + profile.workers
    for place, calls in (("main process", profile.main), ("workers", profile.workers), ("both", both)):
        files = _files(calls)
        if place != "both":
            print(*(f"{count:>8} {file}" for file, count in sorted(files.items())), sep="\n")
        print(f"{len(files)} files entered, {calls[LISTING]} listing look-ups: {place}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
