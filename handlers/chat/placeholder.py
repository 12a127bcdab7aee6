"""Exactly one answer to one command: at once, or a placeholder after a second that becomes the answer."""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

import structlog

from handlers.ports import MessageRef, Notifier, Outgoing, Place
from utils.clock import Clock

PATIENCE_S: Final = 1.0  # how long a reader waits before being told that work is under way
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Delivery:
    """Where an answer goes: as a reply to the asking message where others are about."""

    notifier: Notifier
    clock: Clock
    place: Place
    reply_to: int | None

    async def answer(
        self, work: Coroutine[Any, Any, Outgoing], working: Outgoing, *, acting: bool = True
    ) -> MessageRef:
        """Deliver what ``work`` returns (it must not raise); errors of the notifier pass through."""
        ornament = asyncio.create_task(self._act()) if acting else None
        making = asyncio.create_task(work)
        try:
            placeholder = await self._placeholder(making, working)
            message = await making
            if placeholder is None:
                return await self.notifier.send(self.place, message, reply_to=self.reply_to)
            return await self.notifier.edit(placeholder, message)
        finally:
            making.cancel()
            if ornament is not None:
                await ornament  # cut off in flight it would cost its connection

    async def _placeholder(self, making: "asyncio.Task[Outgoing]", working: Outgoing) -> MessageRef | None:
        if await done_within(making, PATIENCE_S, self.clock):
            return None
        try:
            return await self.notifier.send(self.place, working, reply_to=self.reply_to)
        except Exception:
            # only the courtesy failed: the answer itself is still sent, and its failure is not caught here
            log.exception("placeholder was not sent", chat_id=self.place.chat_id)
            return None

    async def _act(self) -> None:
        try:
            await self.notifier.acting(self.place, "typing")
        except Exception:
            # an ornament: its failure must not cost the answer
            log.warning("chat action was not shown", chat_id=self.place.chat_id, exc_info=True)


async def done_within(task: "asyncio.Task[Any]", seconds: float, clock: Clock) -> bool:
    """Wait for ``task`` at most ``seconds`` of the clock; return whether it is done. The task is left alone."""
    timer: asyncio.Task[None] = asyncio.create_task(clock.sleep(seconds))
    try:
        await asyncio.wait({task, timer}, return_when=asyncio.FIRST_COMPLETED)
        return task.done()
    finally:
        timer.cancel()
        with suppress(asyncio.CancelledError):
            await timer
