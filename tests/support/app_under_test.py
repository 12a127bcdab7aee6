"""The app under test as a person meets it: the bot as a process in its sandbox, reached only over sockets."""

import asyncio
import contextlib
import itertools
import os
import signal
import socket
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

import aiohttp

from tests.support.limits import PATIENCE_S
from tests.support.lines import lines_of
from tests.support.placeholders import is_placeholder, shown_text

ROOT = Path(__file__).resolve().parent.parent.parent
POLL_S = 0.1
LONG_POLL_MS = 60_000
PRESS_AGAIN_S = 3.0
"""So long a press is given to show: a card that was just replaced takes none, and what is under way is done once."""


@dataclass(frozen=True, slots=True)
class Said:
    """A message the bot sent: its record, and what tests ask of it."""

    record: Mapping[str, Any]

    @property
    def id(self) -> int:
        """The message id."""
        return int(self.record["message"]["message_id"])

    @property
    def text(self) -> str:
        """Text or caption."""
        return shown_text(self.record["message"])

    @property
    def has_photo(self) -> bool:
        """Whether it carries a picture."""
        return "photo" in self.record["message"]

    @property
    def buttons(self) -> dict[str, str]:
        """Callback data by button text."""
        rows = self.record["message"].get("reply_markup", {}).get("inline_keyboard", [])
        return {b["text"]: b["callback_data"] for row in rows for b in row if "callback_data" in b}


@dataclass(slots=True)
class AppUnderTest:
    """``async with AppUnderTest(...)``: starts the process, waits until it is ready, stops it and keeps its output."""

    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    command: str = "sandbox"
    chat_url: str = ""
    exchange_url: str = ""
    http_url: str = ""
    returncode: int | None = None
    program: tuple[str, ...] = (sys.executable, "-m", "bot")
    _lines: list[str] = field(default_factory=list)
    _process: asyncio.subprocess.Process | None = None
    _session: aiohttp.ClientSession | None = None
    _reader: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "AppUnderTest":
        chat, http = free_ports(1)[0], free_ports(1)[0]
        exchange = free_ports(5)[0]
        self.chat_url, self.http_url = f"http://127.0.0.1:{chat}", f"http://127.0.0.1:{http}"
        self.exchange_url = f"http://127.0.0.1:{exchange}"
        environment = {name: value for name, value in os.environ.items() if name.upper() not in _OURS}
        environment |= {
            "SANDBOX_CHAT_BIND": f"127.0.0.1:{chat}",
            "SANDBOX_EXCHANGE_BIND": f"127.0.0.1:{exchange}",
            "HTTP_BIND": f"127.0.0.1:{http}",
            "DATABASE_URL": f"sqlite+aiosqlite:///{self.folder}/bot.db",
            "PYTHONPATH": str(ROOT),
            **self.environment,
        }
        self._process = await asyncio.create_subprocess_exec(
            *self.program,
            self.command,
            cwd=self.folder,
            env=environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        self._reader = asyncio.create_task(self._read())
        self._session = aiohttp.ClientSession()
        try:
            await asyncio.wait_for(self._until_ready(), PATIENCE_S)
        except BaseException:
            await self.stop()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()

    async def stop(self) -> None:
        """Ask the process to end as a supervisor would, and wait for it."""
        if self._process is not None and self._reader is not None and self._reader.cancelled():
            await self._end_unread(self._process)
        if self._process is not None:
            self.returncode = await ended(self._process)
        if self._reader is not None:
            await asyncio.wait_for(self._reader, PATIENCE_S)
        if self._session is not None:
            await self._session.close()

    async def stop_reading(self) -> None:
        """Read nothing more of what the process writes, until it has ended."""
        assert self._reader is not None
        self._reader.cancel()
        await asyncio.wait({self._reader})

    async def _end_unread(self, process: asyncio.subprocess.Process) -> None:
        """Ask the process to end and read again when it has: what is unread holds back the news of its end."""
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(PATIENCE_S):
            while self.alive:  # noqa: ASYNC110 - the event that tells it waits for what is unread
                await asyncio.sleep(POLL_S)
        self._reader = asyncio.create_task(self._read())

    @property
    def output(self) -> str:
        """What the process has written until now."""
        return "\n".join(self._lines)

    @property
    def pid(self) -> int:
        """The process id of the main process."""
        assert self._process is not None
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether the process still runs."""
        return self._process is not None and self._process.returncode is None

    async def person(self, name: str = "Ada", language: str = "en") -> int:
        """Invent a person and return the id."""
        made = await self.call(
            "POST", self.chat_url, "/users", {"first_name": name, "language_code": language}
        )
        return int(made["id"])

    async def chat(self, members: list[int], kind: str = "private", **more: Any) -> int:
        """Open a chat and return its id; a private chat is the person's own and has the person's id."""
        if kind == "private":
            return members[0]
        body = {"type": kind, "members": members, **more}
        return int((await self.call("POST", self.chat_url, "/chats", body))["id"])

    async def say(self, chat: int, person: int, text: str, **more: Any) -> int:
        """Write a message and return its id."""
        body = {"from": person, "text": text, **more}
        record = await self.call("POST", self.chat_url, f"/chats/{chat}/messages", body)
        return int(record["message"]["message_id"])

    async def press(self, chat: int, person: int, message: int, data: str) -> dict[str, Any]:
        """Press a button and return what the bot answered to the press."""
        body = {"from": person, "chat": chat, "message": message, "data": data}
        query = await self.call("POST", self.chat_url, "/callbacks", body)
        return await self._answered(f"/callbacks/{query['id']}")

    async def show(self, chat: int, person: int, asked: int, data: str, finished: str) -> Said:
        """Press a button until the answer holds ``finished``: a press of a card that was just replaced does nothing."""
        began = asyncio.get_running_loop().time()
        while True:
            current = await self.answer(chat, asked)
            await self.press(chat, person, current.id, data)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(PRESS_AGAIN_S):
                    return await self._answer(chat, asked, finished)
            waited_s = asyncio.get_running_loop().time() - began
            assert waited_s < PATIENCE_S, (
                f"no {finished!r} within {PATIENCE_S} s; the last answer: {current.text}"
            )

    async def inline(self, person: int, text: str) -> dict[str, Any]:
        """Ask inline and return what the bot answered."""
        asked = await self.call("POST", self.chat_url, "/inline", {"from": person, "query": text})
        return await self._answered(f"/inline/{asked['id']}")

    async def _answered(self, path: str) -> dict[str, Any]:
        async with asyncio.timeout(PATIENCE_S):
            while True:
                found = await self.call("GET", self.chat_url, f"{path}?wait_ms={LONG_POLL_MS}")
                if found["answer"] is not None:
                    return dict(found)

    async def messages(self, chat: int, after: int = 0) -> list[Said]:
        """Everything the bot has said in a chat after a message id, as it stands now."""
        found = await self.call("GET", self.chat_url, f"/chats/{chat}/messages?after={after}")
        return [Said(r) for r in found["messages"] if r["from_bot"] and not r["deleted"]]

    async def answer(self, chat: int, after: int, *, finished: str = "") -> Said:
        """The bot's answer after a message id; with ``finished``, wait until its text holds that."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                return await self._answer(chat, after, finished)
        except TimeoutError:
            said = await self.messages(chat, after)
            raise AssertionError(f"no answer within {PATIENCE_S} s; have {said}") from None

    async def _answer(self, chat: int, after: int, finished: str) -> Said:
        seen = 0
        while True:
            news = f"/chats/{chat}/messages?after={after}&after_seq={seen}&wait_ms={LONG_POLL_MS}"
            seen = (await self.call("GET", self.chat_url, news))["seq"]
            said = await self.messages(chat, after)
            if said and finished in said[-1].text and not is_placeholder(said[-1].text):
                return said[-1]

    async def ask(self, chat: int, person: int, text: str) -> Said:
        """Say something and return the finished answer."""
        return await self.answer(chat, await self.say(chat, person, text))

    async def card(self, chat: int, person: int, text: str) -> Said:
        """Ask until the answer has a chart: on a busy machine the exchange may outlast what the bot waits for it."""
        began = asyncio.get_running_loop().time()
        while not (said := await self.ask(chat, person, text)).has_photo:
            waited_s = asyncio.get_running_loop().time() - began
            assert waited_s < PATIENCE_S, f"no chart within {PATIENCE_S} s; the last answer: {said.text}"
        return said

    async def fault(self, url: str, match: Mapping[str, Any], fault: Mapping[str, Any], **more: Any) -> None:
        """Order a fault of a sandbox server."""
        await self.call("POST", url, "/faults", {"match": match, "fault": fault, **more})

    async def call(self, method: str, url: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """One control request to a sandbox server."""
        assert self._session is not None
        async with self._session.request(method, f"{url}/_sandbox{path}", json=body) as response:
            text = await response.text()
            assert response.status < 300, f"{method} {path}: {response.status} {text}"
            return await response.json()

    async def get(self, path: str) -> tuple[int, Any]:
        """Status and JSON of the bot's own HTTP API."""
        assert self._session is not None
        async with self._session.get(self.http_url + path) as response:
            return response.status, await response.json(content_type=None)

    async def status(self, path: str) -> int:
        """Status alone of the bot's own HTTP API, whatever it answers with."""
        assert self._session is not None
        async with self._session.get(self.http_url + path) as response:
            return response.status

    async def _until_ready(self) -> None:
        assert self._session is not None
        while True:
            if not self.alive:
                raise AssertionError(f"the bot ended at start:\n{self.output}")
            try:
                async with self._session.get(f"{self.http_url}/readyz") as response:
                    if response.status == 200:
                        return
            except aiohttp.ClientError:
                pass  # not listening yet
            await asyncio.sleep(POLL_S)

    async def _read(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        async for line in lines_of(self._process.stdout):
            self._lines.append(line)


async def ended(process: asyncio.subprocess.Process) -> int:
    """Ask a process to end as a supervisor would, end it where it does not, and return its code."""
    if process.returncode is None:
        process.send_signal(signal.SIGTERM)
    try:
        return await asyncio.wait_for(process.wait(), PATIENCE_S)
    except TimeoutError:
        process.kill()
        return await asyncio.wait_for(process.wait(), PATIENCE_S)


_OURS = {
    "TELEGRAM_BOT_TOKEN",
    "TELEGRAM_API_URL",
    "SANDBOX_DATA",
    "BOT_CONFIG",
    "BOT_OWNER_IDS",
    "HTTP_TOKEN",
    "LOG_LEVEL",
    "LOG_FORMAT",
}


def free_ports(count: int) -> list[int]:
    """Return ``count`` neighbouring ports that are free now, where the kernel gives none to anybody by itself.

    Each process looks in an order of its own, so that two of them do not find the same at the same time.
    """
    for _ in range(SPAN):
        first = LOWEST + (os.getpid() * STRIDE + next(_looked) * count) % (SPAN - count)
        ports = list(range(first, first + count))
        if all(_is_free(port) for port in ports):
            return ports
    raise AssertionError(f"no {count} free ports from {LOWEST} on")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


_looked = itertools.count()
LOWEST, SPAN, STRIDE = 20_000, 12_000, 997
"""Below the range of outgoing connections (Linux: from 32,768), which may take a port between the look and its use."""
