"""The Telegram sandbox on loopback, people who act through its controls, and a bot that talks to it."""

import zlib
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from telegram.ext import ExtBot

from bot.telegram.request import AiohttpRequest, RequestTimeouts
from bot.telegram.send.limiter import PerChatRateLimiter
from bot.telegram.send.notifier import TelegramNotifier
from handlers.ports import ChatRef
from tests.support.clock import FakeClock
from tests.support.limits import PATIENCE_S
from utils.clock import Clock
from utils.sandbox.telegram.server import TelegramSandbox

QUICK = RequestTimeouts(connect=PATIENCE_S, write=PATIENCE_S, upload=PATIENCE_S, read=2.0)


class InstantClock(FakeClock):
    """Sleeping advances the clock at once; ``slept`` is the sum of the seconds slept."""

    slept: float = 0.0

    async def sleep(self, seconds: float) -> None:
        self.slept += seconds
        await self.advance(round(seconds * 1000))


class People:
    """Acts in the sandbox's chats through its controls, as the chat page does."""

    def __init__(self, session: aiohttp.ClientSession, controls: str) -> None:
        self._session = session
        self._controls = controls

    async def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        async with self._session.request(method, f"{self._controls}{path}", json=body) as answer:
            assert answer.status < 300, await answer.text()
            return await answer.json()

    async def join(self, **facts: Any) -> ChatRef:
        user = await self.call("POST", "/users", facts)
        return ChatRef(user["id"], "private")

    async def group(self, **facts: Any) -> ChatRef:
        chat = await self.call("POST", "/chats", {"type": "supergroup", **facts})
        return ChatRef(chat["id"], "group" if facts.get("type") == "group" else "supergroup")

    async def say(self, chat: ChatRef, text: str, **facts: Any) -> int:
        record = await self.call("POST", f"/chats/{chat.chat_id}/messages", {"text": text, **facts})
        return int(record["message"]["message_id"])

    async def messages(self, chat: ChatRef, *, after: int = 0, wait_ms: int = 0) -> list[dict[str, Any]]:
        """The bot's messages that are not deleted."""
        path = f"/chats/{chat.chat_id}/messages?after={after}&wait_ms={wait_ms}"
        found = (await self.call("GET", path))["messages"]
        return [record for record in found if record["from_bot"] and not record["deleted"]]

    async def texts(self, chat: ChatRef) -> list[str]:
        found = [record["message"] for record in await self.messages(chat)]
        return [message.get("text", message.get("caption", "")) for message in found]

    async def fault(self, fault: dict[str, Any], count: int | None = 1, **match: Any) -> None:
        await self.call("POST", "/faults", {"match": match, "fault": fault, "count": count})

    async def calls(self, method: str) -> int:
        found = (await self.call("GET", "/calls"))["calls"]
        return sum(1 for call in found if call["path"].endswith(f"/{method}"))


@pytest.fixture
def instant_clock() -> InstantClock:
    return InstantClock()


@pytest.fixture
async def telegram() -> AsyncIterator[TelegramSandbox]:
    server = TelegramSandbox("127.0.0.1:0", local=True)
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as opened:
        yield opened


@pytest.fixture
def people(telegram: TelegramSandbox, session: aiohttp.ClientSession) -> People:
    return People(session, telegram.control_url)


def bot_on(telegram: TelegramSandbox, session: aiohttp.ClientSession, clock: Clock) -> ExtBot[int]:
    """A bot that talks to the sandbox and whose rate limiter uses this clock."""
    return ExtBot(
        telegram.bot_token,
        base_url=telegram.api_url,
        request=AiohttpRequest(session, timeouts=QUICK),
        get_updates_request=AiohttpRequest(session, timeouts=QUICK),
        rate_limiter=PerChatRateLimiter(clock),
    )


@pytest.fixture
async def api(
    telegram: TelegramSandbox, session: aiohttp.ClientSession, instant_clock: InstantClock
) -> AsyncIterator[ExtBot[int]]:
    async with bot_on(telegram, session, instant_clock) as made:
        yield made


@pytest.fixture
def notifier(api: ExtBot[int], instant_clock: InstantClock) -> TelegramNotifier:
    return TelegramNotifier(api, instant_clock)


def png(shade: int = 0, side: int = 8) -> bytes:
    """A small grey PNG, encoded here."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return len(data).to_bytes(4, "big") + body + zlib.crc32(body).to_bytes(4, "big")

    header = side.to_bytes(4, "big") * 2 + bytes([8, 0, 0, 0, 0])
    rows = b"".join(b"\0" + bytes([shade]) * side for _ in range(side))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        (chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b""))
    )
