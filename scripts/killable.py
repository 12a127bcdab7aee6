"""The bot as a process that can be killed at any moment, and people who ask it once each."""

import asyncio
import os
import random
import sys
from collections import Counter, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import aiohttp

from config.settings import Settings
from tests.support.lines import lines_of
from tests.support.placeholders import is_placeholder, shown_text

ROOT: Final = Path(__file__).resolve().parent.parent
TEXTS: Final = ("/t btc", "/t eth 1h", "/r btc", "/help", "/t sol 1d", "/rg btc", "/start", "/rd btc")


class Crowd:
    """People of the sandbox at ``url`` who ask one question each: every chat must hold one answer at the end."""

    def __init__(self, session: aiohttp.ClientSession, url: str, rng: random.Random) -> None:
        self._session = session
        self._url = url
        self._rng = rng
        self.asked: dict[int, int] = {}

    async def join(self) -> int:
        """Let a new person come; return the id, which is that of the private chat as well."""
        return int((await self._call("POST", "/users", {"first_name": "P", "language_code": "en"}))["id"])

    async def ask(self, count: int) -> None:
        """Let ``count`` new people ask one question each."""
        for _ in range(count):
            person = await self.join()
            said = await self._call("POST", f"/chats/{person}/messages", {"text": self._rng.choice(TEXTS)})
            self.asked[person] = said["message"]["message_id"]

    async def said(self, chat: int, after: int = 0) -> list[str]:
        """Return what the bot has said in a chat after a message id and has not deleted."""
        told = (await self._call("GET", f"/chats/{chat}/messages?after={after}"))["messages"]
        return [shown_text(one["message"]) for one in told if one["from_bot"] and not one["deleted"]]

    async def violations(self) -> Counter[str]:
        """Return how often the bot exceeded which of Telegram's limits."""
        return Counter(str(one["limit"]) for one in (await self._call("GET", "/calls"))["violations"])

    async def outcomes(self) -> Counter[str]:
        """Return the number of those who asked, by what they have: answered, double, stuck or lost."""
        found: Counter[str] = Counter()
        for person, asked in self.asked.items():
            found[await self._outcome(person, asked)] += 1
        return found

    async def _outcome(self, person: int, asked: int) -> str:
        said = await self.said(person, asked)
        if any(map(is_placeholder, said)):
            return "stuck"
        return "lost" if not said else "answered" if len(said) == 1 else "double"

    async def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        async with self._session.request(method, f"{self._url}/_sandbox{path}", json=body) as response:
            response.raise_for_status()
            return await response.json()


async def start_bot(settings: Settings) -> asyncio.subprocess.Process:
    """Start the bot against the addresses of the settings; its standard output is a pipe."""
    names = (
        "telegram_api_url",
        "bot_config",
        "webhook_url",
        "webhook_bind",
        *(name for name in Settings.model_fields if name.startswith("binance_") and "url" in name),
    )
    said = {name: getattr(settings, name) for name in names}
    changed = {name for name, value in said.items() if value != Settings.model_fields[name].default}
    environment = {**os.environ, **{name.upper(): str(said[name]) for name in changed}}
    token = settings.telegram_bot_token
    environment |= {
        "TELEGRAM_BOT_TOKEN": token.get_secret_value() if token else "",
        "DATABASE_URL": settings.database_url.get_secret_value(),
        "HTTP_BIND": settings.http_bind,
        "PYTHONPATH": str(ROOT),
    }
    if settings.webhook_secret is not None:
        environment["WEBHOOK_SECRET"] = settings.webhook_secret.get_secret_value()
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "run"),
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,
    )


@asynccontextmanager
async def running_bot(
    settings: Settings, said: deque[str] | None = None
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run the bot, reading what it says into ``said``; it is killed at the end if it still runs."""
    process = await start_bot(settings)
    if process.stdout is None:
        raise RuntimeError("the bot was started without a pipe")
    reading = asyncio.create_task(_read(process.stdout, deque(maxlen=0) if said is None else said))
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        await reading


async def _read(stream: asyncio.StreamReader, said: deque[str]) -> None:
    async for line in lines_of(stream):
        said.append(line)
