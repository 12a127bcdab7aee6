"""The queue of updates: order, confirmation by offset, allowed types, and the one waiting poll."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from utils.sandbox.telegram.errors import OTHER_POLL, POLL_ENDED_BY_WEBHOOK, WEBHOOK_IS_SET, conflict

# https://core.telegram.org/bots/api#getupdates
MAX_BATCH = 100
MAX_TIMEOUT_S = 50
OPT_IN = frozenset({"chat_member", "message_reaction", "message_reaction_count"})


@dataclass(slots=True)
class Webhook:
    """Where updates are pushed."""

    url: str
    secret_token: str = ""
    max_connections: int = 40
    last_error_date: int | None = None
    last_error_message: str = ""


@dataclass(slots=True)
class _Poll:
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    ended_by: str = ""


class UpdateQueue:
    """Updates waiting for the bot, oldest first; ids rise by one from `first_id`."""

    def __init__(self, first_id: int) -> None:
        self._next_id = first_id
        self._pending: list[dict[str, Any]] = []
        self._allowed: frozenset[str] | None = None
        self._poll: _Poll | None = None
        self.webhook: Webhook | None = None
        self.arrived = asyncio.Event()

    @property
    def pending(self) -> tuple[dict[str, Any], ...]:
        """Updates not yet confirmed."""
        return tuple(self._pending)

    @property
    def polling(self) -> bool:
        """Whether a poll waits right now."""
        return self._poll is not None

    @property
    def allowed(self) -> list[str] | None:
        """The types asked for, sorted; `None` is the default set."""
        return None if self._allowed is None else sorted(self._allowed)

    def allow(self, types: Sequence[str] | None) -> None:
        """Remember the types asked for; `None` keeps what was, an empty list is the default set."""
        if types is not None:
            self._allowed = frozenset(types) or None

    def push(self, kind: str, payload: dict[str, Any]) -> int | None:
        """Queue one update and return its id, or `None` when the bot did not ask for that type."""
        wanted = kind not in OPT_IN if self._allowed is None else kind in self._allowed
        if not wanted:
            return None
        return self.push_raw({kind: payload})

    def push_raw(self, update: dict[str, Any]) -> int:
        """Queue an update as it is; an `update_id` is added where it has none."""
        update_id = int(update.get("update_id", self._next_id))
        self._next_id = max(self._next_id, update_id) + 1
        self._pending.append({"update_id": update_id} | update)
        self.arrived.set()
        if self._poll is not None:
            self._poll.wake.set()
        return update_id

    def confirm_first(self) -> None:
        """Drop the oldest update: a webhook took it."""
        del self._pending[:1]

    def drop_all(self) -> None:
        """Forget everything pending."""
        self._pending.clear()

    async def poll(self, offset: int, limit: int, timeout_s: float) -> list[dict[str, Any]]:
        """Answer one `getUpdates`: confirm below `offset`, wait up to `timeout_s`, return up to `limit` updates.

        Raises `BotApiError` 409 when a webhook is set or when a later poll takes over.
        """
        if self.webhook is not None:
            raise conflict(WEBHOOK_IS_SET)
        self.end_poll(OTHER_POLL)
        self._confirm(offset)
        if not self._pending and timeout_s > 0:
            await self._wait(min(timeout_s, MAX_TIMEOUT_S))
        return self._pending[: min(max(limit, 1), MAX_BATCH)]

    def end_poll(self, reason: str = POLL_ENDED_BY_WEBHOOK) -> None:
        """End the waiting poll, if any, with a 409 that gives the reason; an empty reason ends it quietly."""
        if self._poll is not None:
            self._poll.ended_by = reason
            self._poll.wake.set()
            self._poll = None

    def _confirm(self, offset: int) -> None:
        if offset < 0:
            self._pending = self._pending[offset:]
        else:
            self._pending = [u for u in self._pending if u["update_id"] >= offset]

    async def _wait(self, timeout_s: float) -> None:
        poll = self._poll = _Poll()
        try:
            async with asyncio.timeout(timeout_s):
                await poll.wake.wait()
        except TimeoutError:
            return
        finally:
            if self._poll is poll:
                self._poll = None
        if poll.ended_by:
            raise conflict(poll.ended_by)
