"""Exactly one answer to one command: at once, or a placeholder after a second that is edited into the answer.

While it stands, the placeholder says what the answer waits for.
"""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Final

import structlog

from handlers.chat.drafts import KEPT_S, Draft
from handlers.ports import AnswerRecord, Asker, ChatRef, MessageContent, MessageRef, Notifier
from utils.clock import Clock
from utils.timeouts import first_within
from utils.waiting import Work

PLACEHOLDER_AFTER_S: Final = 1.0
RENEW_S: Final = 2.5
"""Pause between two edits of a placeholder."""
Placeholder = Callable[[Work], MessageContent]
"""What stands for an answer whose steps are those of the work."""
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class AnswerDelivery:
    """Where an answer goes: the chat, the message it replies to (``None``: no reply), and what is kept of it.

    ``replaces`` is an earlier answer that it becomes; nothing stands for it meanwhile. ``asker`` is who in a group
    alone sees what is of no use to others, and everything where the question was hidden. A ``draft`` stands for the
    answer in place of a message where Telegram takes that.
    """

    notifier: Notifier
    clock: Clock
    chat: ChatRef
    reply_to: int | None
    record: AnswerRecord
    replaces: MessageRef | None = None
    asker: Asker | None = None
    draft: Draft | None = None

    async def deliver(
        self, answer: Coroutine[Any, Any, MessageContent], placeholder: Placeholder, *, show_typing: bool
    ) -> MessageRef:
        """Deliver what ``answer`` returns (it must not raise); errors of the notifier pass through.

        What a process before this one has sent in its place becomes the answer.
        """
        typing = asyncio.create_task(self._show_typing()) if show_typing else None
        work = Work()
        with work.collecting():
            making = asyncio.create_task(answer)
        if self.draft is not None:
            self.draft.stands_for(making)
        try:
            ref = await self._stand_in(making, lambda: placeholder(work))
            content = await self._made(making)
            return await (self.send(content) if ref is None else self.notifier.edit(ref, content))
        finally:
            making.cancel()
            if typing is not None:
                await typing  # cancelling a request under way would close its connection

    async def _made(self, making: "asyncio.Task[MessageContent]") -> MessageContent:
        """Return the answer when it is made, or what stands for it where the reader has stopped it."""
        if self.draft is None:
            return await making
        await asyncio.wait({making})
        return self.draft.stopped if making.cancelled() and self.draft.is_stopped else making.result()

    async def send(self, content: MessageContent) -> MessageRef:
        """Send an answer that nothing stands for yet."""
        if self.asker is not None and (content.for_asker or self.asker.hidden):
            whispered = await self.notifier.whisper(self.chat, content, self.asker)
            if whispered is not None:
                return whispered
        return await self.notifier.send(
            self.chat, content, reply_to=self.reply_to, before=self.record.placing
        )

    async def _stand_in(
        self, making: "asyncio.Task[MessageContent]", placeholder: Callable[[], MessageContent]
    ) -> MessageRef | None:
        """Return the message that becomes the answer when it is made, ``None`` if there is none."""
        if self.replaces is not None and self._left_behind() is None:
            return self.replaces
        ref, shown = self._left_behind(), None
        if ref is None:
            if await first_within(self.clock, PLACEHOLDER_AFTER_S, making):
                return None
            shown = placeholder()
            if await self._drafted(making, shown, placeholder):
                return None
            ref = await self._send_placeholder(shown)
        if ref is not None:
            await self._renew(ref, making, shown, placeholder)
        return ref

    async def _drafted(
        self,
        making: "asyncio.Task[MessageContent]",
        shown: MessageContent,
        placeholder: Callable[[], MessageContent],
    ) -> bool:
        """Keep a preview true until the answer is made; return whether Telegram takes previews here."""
        draft = self.draft
        if draft is None or not await self.notifier.draft(self.chat, draft.id, shown):
            return False
        sent_s = self.clock.monotonic()
        while not await first_within(self.clock, RENEW_S, making):
            content = placeholder()
            fading = self.clock.monotonic() - sent_s > KEPT_S
            if (content != shown or fading) and await self.notifier.draft(self.chat, draft.id, content):
                shown, sent_s = content, self.clock.monotonic()
        return True

    async def _renew(
        self,
        ref: MessageRef,
        making: "asyncio.Task[MessageContent]",
        shown: MessageContent | None,
        placeholder: Callable[[], MessageContent],
    ) -> None:
        """Keep a placeholder true until the answer is made; no edit is under way after that."""
        while not await first_within(self.clock, RENEW_S, making):
            content = placeholder()
            if content != shown and await self.notifier.edit_if_free(ref, content):
                shown = content

    async def _send_placeholder(self, content: MessageContent) -> MessageRef | None:
        if self.asker is not None and self.asker.hidden:
            return await self.notifier.whisper(self.chat, content, self.asker)
        try:
            ref = await self.notifier.send(
                self.chat, content, reply_to=self.reply_to, before=self.record.placing
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
