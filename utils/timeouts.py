"""Timeouts on an injected clock."""

import asyncio
from collections.abc import Awaitable
from typing import Any

from utils.clock import Clock


async def first_within(clock: Clock, seconds: float, *things: "asyncio.Future[Any]") -> bool:
    """Wait until one of ``things`` is done, at most ``seconds``; return whether one is. None of them is cancelled."""
    sleeper = asyncio.ensure_future(clock.sleep(seconds))
    try:
        await asyncio.wait({*things, sleeper}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        sleeper.cancel()
    return any(thing.done() for thing in things)


async def within(clock: Clock, seconds: float, call: Awaitable[Any]) -> bool:
    """Wait for one call at most ``seconds``; return whether it ended, and cancel it when it did not."""
    task = asyncio.ensure_future(call)
    try:
        if not await first_within(clock, seconds, task):
            return False
        await task
        return True
    finally:
        task.cancel()
