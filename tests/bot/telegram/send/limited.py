"""A notifier over a real socket, past a limiter that a test chooses."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
from telegram.ext import BaseRateLimiter, ExtBot

from bot.telegram.request import AiohttpRequest
from bot.telegram.send.notifier import TelegramNotifier
from tests.bot.conftest import QUICK, InstantClock
from utils.sandbox.telegram.server import TelegramSandbox


@asynccontextmanager
async def notifier_past(
    limiter: BaseRateLimiter[int],
    telegram: TelegramSandbox,
    session: aiohttp.ClientSession,
    clock: InstantClock,
) -> AsyncIterator[TelegramNotifier]:
    """Run a notifier of the sandbox's bot."""
    bot: ExtBot[int] = ExtBot(
        telegram.bot_token,
        base_url=telegram.api_url,
        request=AiohttpRequest(session, timeouts=QUICK),
        get_updates_request=AiohttpRequest(session, timeouts=QUICK),
        rate_limiter=limiter,
    )
    async with bot:
        yield TelegramNotifier(bot, clock)
