"""A bot in the Telegram sandbox whose analyses and charts alone are scripted."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from bot.telegram.receive.update_receiver import UpdateReceiver
from bot.telegram.send.notifier import TelegramNotifier
from config.c_chat import ChatConfig
from handlers.commands.routes import build_registry
from handlers.dispatch import Dispatcher
from tests.bot.conftest import bot_on, png
from tests.handlers.harness import MESSAGES, NOW_MS, ScriptedCharts, ScriptedRunner, ScriptedSymbols
from tests.handlers.sample import MODULE
from tests.support.accounts import ScriptedAccount
from utils.clock import SystemClock
from utils.sandbox.telegram.server import TelegramSandbox


class Charts(ScriptedCharts):
    """Draws a picture that the sandbox takes."""

    async def draw(self, *_: Any, **__: Any) -> bytes:
        return png(side=64)


@pytest.fixture
async def bot(telegram: TelegramSandbox, session: aiohttp.ClientSession) -> AsyncIterator[None]:
    """The receiver, the dispatcher and the notifier on the sandbox; only analyses and charts are scripted."""
    clock = SystemClock()
    api = bot_on(telegram, session, clock)
    notifier = TelegramNotifier(api, clock)
    config = ChatConfig.model_validate({})
    dispatcher = Dispatcher(
        build_registry((MODULE,)),
        ScriptedRunner(),
        Charts(),
        ScriptedSymbols(),
        notifier,
        account=ScriptedAccount(),
        clock=clock,
        market_now=lambda: NOW_MS,
        chat_config=lambda: config,
        bot_username=lambda: "SandboxBot",
        owners=lambda: (),
        rng=random.Random(1),
        messages=MESSAGES,
    )
    receiver = UpdateReceiver(api, dispatcher, clock, on_received=notifier.note_received)
    await receiver.open()
    receiving = asyncio.ensure_future(receiver.run())
    yield
    receiving.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await receiving
    await receiver.close()
