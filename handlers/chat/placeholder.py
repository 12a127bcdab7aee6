"""Exactly one answer to one command: at once, or a placeholder after a second that is edited into the answer."""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

import structlog

from handlers.ports import AnswerRecord, ChatRef, MessageContent, MessageRef, Notifier
from utils.clock import Clock

PLACEHOLDER_AFTER_S: Final = 1.0
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class AnswerDelivery:
    """Where an answer goes: the chat, the message it replies to (``None``: no reply), and what is kept of it.

    ``replaces`` is an earlier answer that it becomes; nothing stands for it meanwhile.
    """

    notifier: Notifier
    clock: Clock
    chat: ChatRef
    reply_to: int | None
    record: AnswerRecord
    replaces: MessageRef | None = None

    async def deliver(
        self, work: Coroutine[Any, Any, MessageContent], placeholder: MessageContent, *, show_typing: bool
    ) -> MessageRef:
        """Deliver what ``work`` returns (it must not raise); errors of the notifier pass through.

        A placeholder that a process before this one has sent becomes the answer.
        """
        typing = asyncio.create_task(self._show_typing()) if show_typing else None
        making = asyncio.create_task(work)
        try:
            ref = self._left_behind() or self.replaces or await self._send_placeholder(making, placeholder)
            content = await making
            if ref is None:
                return await self.notifier.send(self.chat, content, reply_to=self.reply_to)
            return await self.notifier.edit(ref, content)
        finally:
            making.cancel()
            if typing is not None:
                await typing  # cancelling a request under way would close its connection

    async def _send_placeholder(
        self, making: "asyncio.Task[MessageContent]", placeholder: MessageContent
    ) -> MessageRef | None:
        if await done_within(making, PLACEHOLDER_AFTER_S, self.clock):
            return None
        try:
            ref = await self.notifier.send(
                self.chat, placeholder, reply_to=self.reply_to, before=self.record.placing
            )
        except Exception:
            # the answer itself is still sent, and an error of that is not caught here
            log.exception("placeholder was not sent", chat_id=self.chat.chat_id)
            ref = None
        await self.record.placed(None if ref is None else ref.message_id)
        return ref

    def _left_behind(self) -> MessageRef | None:
        placeholder_id = self.record.placeholder_id
        return None if placeholder_id is None else MessageRef(self.chat, placeholder_id)

    async def _show_typing(self) -> None:
        try:
            await self.notifier.send_chat_action(self.chat, "typing")
        except Exception:
            # the answer does not depend on it
            log.warning("chat action was not shown", chat_id=self.chat.chat_id, exc_info=True)


async def done_within(task: "asyncio.Task[Any]", seconds: float, clock: Clock) -> bool:
    """Wait for ``task`` at most ``seconds`` of the clock; return whether it is done. The task is not cancelled."""
    timer: asyncio.Task[None] = asyncio.create_task(clock.sleep(seconds))
    try:
        await asyncio.wait({task, timer}, return_when=asyncio.FIRST_COMPLETED)
        return task.done()
    finally:
        timer.cancel()
        with suppress(asyncio.CancelledError):
            await timer
