"""What the sandbox's Telegram received from the bot, with the moments, and the questions that people asked."""

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import aiohttp
import msgspec

from scripts.snapshot.program import Program
from tests.support.placeholders import is_placeholder, shown_text

EVENT_BYTES: Final = 2**20
"""The longest event that is read."""


@dataclass(slots=True)
class Received:
    """A message of the bot: when it came and when it was finished (Unix ms), ``None`` while it is a placeholder."""

    at_ms: int
    finished_ms: int | None
    is_alert: bool


@dataclass(frozen=True, slots=True)
class Question:
    """A command in a chat: its message id, its text and when it was written (Unix ms)."""

    chat: int
    id: int
    text: str
    at_ms: int


@dataclass(slots=True)
class Heard:
    """All questions, and all messages of the bot by chat and message id."""

    questions: list[Question] = field(default_factory=list)
    messages: dict[int, dict[int, Received]] = field(default_factory=lambda: defaultdict(dict))

    def note(self, kind: str, data: Mapping[str, Any], now_ms: int) -> None:
        """Take an event of the sandbox: a message, an edit or a deletion."""
        message = data.get("message", {})
        if kind not in {"message", "edit"} or not data["from_bot"]:
            return
        text = shown_text(message)
        finished = None if is_placeholder(text) else now_ms
        kept = self.messages[message["chat"]["id"]].setdefault(
            message["message_id"], Received(now_ms, finished, _is_alert(message))
        )
        kept.finished_ms = kept.finished_ms or finished

    def answered_ms(self, asked: Question, pushes: frozenset[int] = frozenset()) -> int | None:
        """Return when a question was answered (Unix ms); the messages ``pushes`` of its chat are no answers."""
        later = [
            one.finished_ms
            for id_, one in self.messages[asked.chat].items()
            if id_ > asked.id and id_ not in pushes and not one.is_alert and one.finished_ms is not None
        ]
        return min(later, default=None)

    def busy(self) -> set[int]:
        """Return the chats in which a question waits for its answer."""
        return {one.chat for one in self.questions if self.answered_ms(one) is None}


def _is_alert(message: Mapping[str, Any]) -> bool:
    rows = message.get("reply_markup", {}).get("inline_keyboard", [])
    return any(button["text"] == "Seen" for row in rows for button in row)


def unix_ms() -> int:
    """Return the time of this machine, which is that of the bot as well."""
    return time.time_ns() // 1_000_000


@asynccontextmanager
async def hearing(program: Program) -> AsyncIterator[Heard]:
    """Note all that the sandbox's Telegram receives from its start on."""
    heard = Heard()
    url = f"{program.chat_url}/_sandbox/events?after=0"
    timeout = aiohttp.ClientTimeout(total=None)
    async with (
        aiohttp.ClientSession(read_bufsize=EVENT_BYTES, timeout=timeout) as session,
        session.get(url) as stream,
    ):
        listening = asyncio.create_task(_listen(stream.content, heard))
        try:
            yield heard
            if listening.done():
                listening.result()
        finally:
            listening.cancel()


async def _listen(lines: aiohttp.StreamReader, heard: Heard) -> None:
    kind = ""
    async for line in lines:
        name, _, value = line.decode().rstrip("\n").partition(": ")
        if name == "event":
            kind = value
        elif name == "data":
            heard.note(kind, msgspec.json.decode(value), unix_ms())
