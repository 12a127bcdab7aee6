"""Ends the bot at random moments while people ask, and counts what they see: lost, stuck or double answers.

The sandbox goes on all the time, and a supervisor starts the bot anew. Every person asks once, so that each chat must
hold one answer at the end: none is lost, an old "Working on it …" is stuck, two are double. At most one answer for each
ended process may be double: the one whose delivery was under way.
"""

import argparse
import asyncio
import os
import random
import signal
import sys
import tempfile
from collections import Counter
from typing import Final

import aiohttp
from pydantic import SecretStr

from bot.sandbox_child import SandboxChild
from config.settings import Settings
from scripts.killable import Crowd, running_bot
from tests.support.app_under_test import free_ports

FINAL_S: Final = 180.0
"""How long the last process has for what is still unanswered."""
LONGEST_LIFE_S: Final = 12.0
"""A process ends at a random moment after its start, within this time."""


class Loop:
    """People, and a bot that is ended again and again."""

    def __init__(self, session: aiohttp.ClientSession, settings: Settings, rng: random.Random) -> None:
        self._settings = settings
        self._rng = rng
        self.crowd = Crowd(session, settings.telegram_api_url, rng)
        self.codes: Counter[int | None] = Counter()
        self.ending_s: list[float] = []

    async def live_and_end(self, number: signal.Signals, questions: int) -> None:
        """Start the bot, ask at random moments of its life, and end it."""
        async with running_bot(self._settings) as process:
            moments = sorted(self._rng.uniform(0, LONGEST_LIFE_S) for _ in range(questions + 1))
            before = 0.0
            for moment in moments[:-1]:
                await asyncio.sleep(moment - before)
                before = moment
                await self.crowd.ask(1)
            await asyncio.sleep(moments[-1] - before)
            if process.returncode is not None:
                raise RuntimeError(f"the bot ended by itself with {process.returncode}")
            process.send_signal(number)
            began = asyncio.get_running_loop().time()
            self.codes[await process.wait()] += 1
            self.ending_s.append(asyncio.get_running_loop().time() - began)

    async def outcome(self) -> Counter[str]:
        """Run the bot until everything is answered, and return the number of chats by outcome."""
        async with running_bot(self._settings) as process:
            deadline = asyncio.get_running_loop().time() + FINAL_S
            found = await self.crowd.outcomes()
            while found["lost"] + found["stuck"] and asyncio.get_running_loop().time() < deadline:
                await asyncio.sleep(1.0)
                found = await self.crowd.outcomes()
            process.send_signal(signal.SIGTERM)
            await process.wait()
        return found


async def kill_loop(kills: int, questions: int, number: signal.Signals, seed: int) -> int:
    """Run the loop, print its counts, and return 0 if nobody was left without exactly one answer."""
    rng = random.Random(seed)
    http, chat, exchange = free_ports(1)[0], free_ports(1)[0], free_ports(5)[0]
    with tempfile.TemporaryDirectory(prefix="kill-loop-") as folder:
        child = SandboxChild(
            Settings(
                sandbox_chat_bind=f"127.0.0.1:{chat}",
                sandbox_exchange_bind=f"127.0.0.1:{exchange}",
                http_bind=f"127.0.0.1:{http}",
                database_url=SecretStr(
                    os.environ.get("DATABASE_URL", f"sqlite+aiosqlite:///{folder}/bot.db")
                ),
            )
        )
        await child.open()
        try:
            async with aiohttp.ClientSession() as session:
                loop = Loop(session, child.settings(), rng)
                for done in range(kills):
                    await loop.live_and_end(number, questions)
                    print(f"{done + 1} of {kills} ended, {len(loop.crowd.asked)} asked", flush=True)
                found = await loop.outcome()
        finally:
            await child.close()
    counts = ", ".join(f"{found[word]} {word}" for word in ("answered", "double", "stuck", "lost"))
    print(f"{number.name} x {kills}, {len(loop.crowd.asked)} commands: {counts}")
    print(f"exit codes {dict(loop.codes)}, longest end {max(loop.ending_s):.1f} s")
    return int(found["lost"] + found["stuck"] > 0 or found["double"] > kills)


def main() -> int:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(prog="scripts/kill_loop", description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--questions", type=int, default=5, help="for each process")
    parser.add_argument("--signal", choices=("SIGKILL", "SIGTERM"), default="SIGKILL")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    return asyncio.run(kill_loop(given.kills, given.questions, signal.Signals[given.signal], given.seed))


if __name__ == "__main__":
    sys.exit(main())
