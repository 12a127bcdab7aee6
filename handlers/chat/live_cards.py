"""Cards that refresh themselves for a minute, at most one in each chat."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

import structlog

from handlers.ports import ChatRef, MessageRef
from utils.clock import Clock
from utils.http.errors import SourceError

LIVE_S: Final = 60.0
PRIVATE_EVERY_S: Final = 3.0
GROUP_EVERY_S: Final = 10.0
"""Six edits a minute leave a group most of the 20 messages that Telegram allows it."""
MOST_LIVE: Final = 50
"""Live cards of the whole process; the oldest stops for another one."""

Refresh = Callable[[bool], Awaitable[bool]]
"""Edits the card, whether more refreshes follow or not; returns whether the message is still the card's."""
log = structlog.get_logger(__name__)


@dataclass(eq=False, slots=True)
class _Live:
    message_id: int
    wanted: bool = True
    task: "asyncio.Task[None] | None" = None


def every_s(chat: ChatRef) -> float:
    """Return the seconds between two refreshes in a chat."""
    return PRIVATE_EVERY_S if chat.kind == "private" else GROUP_EVERY_S


class LiveCards:
    """Runs the refreshes; a refresh that is under way when its card is stopped is not interrupted."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._live: dict[int, _Live] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        return len(self._live)

    def start(self, message: MessageRef, refresh: Refresh) -> None:
        """Refresh a card for a minute from now on, instead of the chat's live card before it."""
        self._stop_chat(message.chat.chat_id)
        while len(self._live) >= MOST_LIVE:
            self._stop_chat(next(iter(self._live)))
        live = _Live(message.message_id)
        live.task = asyncio.create_task(self._run(live, message, refresh), name="live-card")
        self._live[message.chat.chat_id] = live
        self._tasks.add(live.task)
        live.task.add_done_callback(self._tasks.discard)

    def stop(self, message: MessageRef) -> None:
        """Stop refreshing a card; nothing where it is not live."""
        live = self._live.get(message.chat.chat_id)
        if live is not None and live.message_id == message.message_id:
            self._stop_chat(message.chat.chat_id)

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

    async def _run(self, live: _Live, message: MessageRef, refresh: Refresh) -> None:
        """Refresh until the minute is over, the last time with no more to follow."""
        end_s, pause_s = self._clock.monotonic() + LIVE_S, every_s(message.chat)
        try:
            while live.wanted:
                await self._clock.sleep(pause_s)
                if not live.wanted:
                    return
                more = self._clock.monotonic() + pause_s <= end_s
                if not await refresh(more) or not more:
                    return
        except SourceError as error:
            log.info("live card stopped", source=error.source, detail=error.detail)
        except Exception:
            # nobody waits for it: the card stays as it is, with its buttons
            log.exception("live card failed", chat_id=message.chat.chat_id)
        finally:
            if self._live.get(message.chat.chat_id) is live:
                del self._live[message.chat.chat_id]
