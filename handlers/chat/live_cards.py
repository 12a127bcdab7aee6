"""Cards that refresh themselves for a minute, at most one in each chat."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final

import structlog

from handlers.ports import ChatRef, MessageContent, MessageRef, Undeliverable
from utils.clock import Clock
from utils.http.errors import SourceError

LIVE_S: Final = 60.0
PRIVATE_EVERY_S: Final = 3.0
GROUP_EVERY_S: Final = 10.0
"""Six edits a minute leave a group most of the 20 messages that Telegram allows it."""
MOST_LIVE: Final = 50
"""Live cards of the whole process; the oldest stops for another one."""

Make = Callable[[bool], Awaitable[MessageContent]]
"""Makes the card anew, as one that is refreshed further or not."""
Show = Callable[[MessageContent], Awaitable[bool]]
"""Edits the message; returns whether it is still the card's."""
log = structlog.get_logger(__name__)


@dataclass(eq=False, slots=True)
class _Live:
    message_id: int
    wanted: bool = True
    editing: asyncio.Lock = field(default_factory=asyncio.Lock)


def every_s(chat: ChatRef) -> float:
    """Return the seconds between two refreshes in a chat."""
    return PRIVATE_EVERY_S if chat.kind == "private" else GROUP_EVERY_S


class LiveCards:
    """Runs the refreshes."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._live: dict[int, _Live] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        return len(self._live)

    def start(self, message: MessageRef, make: Make, show: Show) -> None:
        """Refresh a card for a minute from now on, instead of the chat's live card before it."""
        self._stop_chat(message.chat.chat_id)
        while len(self._live) >= MOST_LIVE:
            self._stop_chat(next(iter(self._live)))
        live = _Live(message.message_id)
        self._live[message.chat.chat_id] = live
        task = asyncio.create_task(self._run(live, message, make, show), name="live-card")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def stop(self, message: MessageRef) -> None:
        """Stop refreshing a card; an edit that is under way ends first, and none follows it."""
        live = self._live.get(message.chat.chat_id)
        if live is not None and live.message_id == message.message_id:
            self._stop_chat(message.chat.chat_id)
            async with live.editing:
                pass

    async def close(self) -> None:
        """Cancel all refreshes."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._live.clear()

    def _stop_chat(self, chat_id: int) -> None:
        live = self._live.pop(chat_id, None)
        if live is not None:
            live.wanted = False

    async def _run(self, live: _Live, message: MessageRef, make: Make, show: Show) -> None:
        """Refresh until the minute is over, the last time with no more to follow."""
        end_s, pause_s = self._clock.monotonic() + LIVE_S, every_s(message.chat)
        try:
            while live.wanted:
                await self._clock.sleep(pause_s)
                if not live.wanted:
                    return
                more = self._clock.monotonic() + pause_s <= end_s
                content = await make(more)
                async with live.editing:
                    if not live.wanted or not await show(content) or not more:
                        return
        except SourceError as error:
            log.info("live card stopped", source=error.source, detail=error.detail)
        except Undeliverable as error:
            log.info("live card not delivered", chat_id=error.chat_id, why=error.why)
        except Exception:
            # nobody waits for it: the card stays as it is, with its buttons
            log.exception("live card failed", chat_id=message.chat.chat_id)
        finally:
            if self._live.get(message.chat.chat_id) is live:
                del self._live[message.chat.chat_id]
