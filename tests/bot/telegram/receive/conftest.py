"""A receiver of updates on the sandbox, and a handler that records what it is given."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path

import aiohttp
import pytest

from bot.telegram.receive.journal import Journal
from bot.telegram.receive.update_receiver import UpdateReceiver
from handlers.ports import (
    CallbackQuery,
    GuestQuery,
    IncomingMessage,
    InlineQuery,
    StoppedDraft,
    Undeliverable,
)
from tests.bot.conftest import InstantClock, bot_on
from tests.support.limits import PATIENCE_S
from utils.sandbox.telegram.server import TelegramSandbox
from utils.store.store import Store, open_store

BOT_ID = 1
AnyIncoming = IncomingMessage | CallbackQuery | InlineQuery | GuestQuery | StoppedDraft


class RecordingHandler:
    """Records what it is given; `/boom` raises, `/gone` cannot be answered, `/wait` is held until released."""

    def __init__(self) -> None:
        self.got: asyncio.Queue[AnyIncoming] = asyncio.Queue()
        self.release = asyncio.Event()
        self.late: list[list[IncomingMessage]] = []
        self.given_up: list[IncomingMessage] = []
        self.looked_for: list[tuple[str, int, frozenset[int]]] = []
        self.unreadable: list[str] = []

    async def on_message(self, message: IncomingMessage) -> None:
        if message.text == "/boom":
            raise ZeroDivisionError("a fault in a handler")
        if message.text == "/gone":
            raise Undeliverable(message.chat.chat_id, "blocked", gone=True)
        if message.text == "/wait":
            await self.release.wait()
        await self.got.put(message)

    async def on_guest_query(self, query: GuestQuery) -> None:
        await self.got.put(query)

    async def on_stopped_draft(self, stopped: StoppedDraft) -> None:
        await self.got.put(stopped)

    async def on_late_messages(self, messages: Sequence[IncomingMessage]) -> bool:
        if all(message.text == "chatter" for message in messages):
            return False
        self.late.append(list(messages))
        await self.got.put(messages[-1])
        return True

    async def on_given_up(self, message: IncomingMessage) -> None:
        self.given_up.append(message)
        await self.got.put(message)

    async def on_unreadable(self, kind: str) -> None:
        self.unreadable.append(kind)

    async def find_placeholder(
        self, message: IncomingMessage, after_id: int, others: frozenset[int]
    ) -> int | None:
        self.looked_for.append((message.text, after_id, others))
        return after_id + 1

    async def on_callback_query(self, query: CallbackQuery) -> None:
        await self.got.put(query)

    async def on_inline_query(self, query: InlineQuery) -> None:
        await self.got.put(query)

    async def next(self) -> AnyIncoming:
        return await asyncio.wait_for(self.got.get(), PATIENCE_S)


@contextlib.asynccontextmanager
async def running(receiver: UpdateReceiver) -> AsyncIterator["asyncio.Task[None]"]:
    await receiver.open()
    receiving = asyncio.ensure_future(receiver.run())
    try:
        yield receiving
    finally:
        receiving.cancel()
        await asyncio.gather(receiving, return_exceptions=True)
        await receiver.close()


@pytest.fixture
def handler() -> RecordingHandler:
    return RecordingHandler()


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with open_store(f"sqlite:///{tmp_path / 'bot.db'}") as opened:
        yield opened


@pytest.fixture
def process(
    telegram: TelegramSandbox,
    session: aiohttp.ClientSession,
    instant_clock: InstantClock,
    handler: RecordingHandler,
    store: Store,
) -> Callable[[], UpdateReceiver]:
    """Begins one process after the other on the same database."""

    def begin() -> UpdateReceiver:
        journal = Journal(lambda: store, instant_clock)
        bot = bot_on(telegram, session, instant_clock)
        return UpdateReceiver(bot, handler, instant_clock, journal=journal)

    return begin


@pytest.fixture
def receiver(
    telegram: TelegramSandbox,
    session: aiohttp.ClientSession,
    instant_clock: InstantClock,
    handler: RecordingHandler,
    store: Store,
) -> UpdateReceiver:
    journal = Journal(lambda: store, instant_clock)
    return UpdateReceiver(bot_on(telegram, session, instant_clock), handler, instant_clock, journal=journal)
