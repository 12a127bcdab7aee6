"""Sends what stands in the outbox: once each, never in the way of answers, and summarised where it is old news."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from itertools import groupby
from typing import Final, Literal, cast, get_args

import structlog

from bot.scheduler.push import push_of, summary
from handlers.locale.messages import Messages
from handlers.ports import ChatKind, ChatRef, MessageContent, Notifier, Undeliverable
from utils.clock import Clock
from utils.http.errors import SourceError
from utils.store.outbox import HELD_MS, Backlog, ClaimedMessage, Destination
from utils.store.store import Store
from utils.units import DAY_MS

AT_ONCE: Final = 20
"""Messages that one look claims; each is held while it is sent."""
LOOK_S: Final = 5.0
"""The longest time between two looks: another process may have written."""
LEAST_S: Final = 0.2
"""The shortest one: what is due may be in another process's hands."""
HOLD_AGAIN_S: Final = HELD_MS / 3000
BUSY_MS: Final = 1_000
"""A push waits so long for room that answers leave in Telegram's limits."""
FIRST_RETRY_MS: Final = 5_000
MOST_DOUBLINGS: Final = 10
LAST_RETRY_MS: Final = 300_000
GIVEN_UP: Final = "it could not be delivered for a day"
UNREADABLE: Final = "what it says cannot be read"
GIVEN_UP_MS: Final = DAY_MS
"""So long after it was news a push is not tried any more."""
DRAIN_S: Final = 1.5
"""So long a message that is being sent may take to end when the process stops."""
MUTED: Final = "the chat is muted"
Why = Literal["gone", "given_up", "unreadable", "muted"]
log = structlog.get_logger(__name__)


@asynccontextmanager
async def all_room(_store: Store, _chat_id: int) -> AsyncIterator[bool]:
    """Take room where nobody else sends."""
    yield True


class OutboxSender:
    """Sends due messages until it is cancelled.

    ``store`` returns the open database, ``None`` without one; ``has_room`` whether a push to a chat takes no room from
    answers, ``room_taken`` takes it from all processes while a message is sent; ``on_gone`` notes a chat that has
    blocked or removed the bot and returns how many messages that drops.
    ``takes_pushes`` tells of a chat that it is not muted; what is for a muted one is dropped.
    ``looked_ms`` is when the last look succeeded (UTC ms, 0 before the first), ``backlog`` what was not done when
    `watch` last saw it; ``sent`` and ``dropped`` count since the start, ``failures`` internal errors.
    """

    def __init__(
        self,
        store: Callable[[], Store | None],
        notifier: Notifier,
        messages: Messages,
        clock: Clock,
        *,
        bot_id: Callable[[], int],
        has_room: Callable[[int], bool],
        on_gone: Callable[[int], Awaitable[int]],
        takes_pushes: Callable[[int], bool] = lambda chat_id: True,
        room_taken: Callable[[Store, int], AbstractAsyncContextManager[bool]] = all_room,
    ) -> None:
        self._store = store
        self._notifier = notifier
        self._messages = messages
        self._clock = clock
        self._bot_id = bot_id
        self._has_room = has_room
        self._on_gone = on_gone
        self._takes_pushes = takes_pushes
        self._room_taken = room_taken
        self._written = asyncio.Event()
        self._stopping = False
        self.backlog = Backlog()
        self.looked_ms = 0
        self.failures = 0
        self.sent = 0
        self.dropped: dict[Why, int] = dict.fromkeys(get_args(Why), 0)
        self._unmarked: dict[str, int] = {}
        """Keys of messages that were sent and of which the database does not know it yet, with their message ids."""

    @property
    def waiting(self) -> int:
        """How many messages were not done at the last look."""
        return self.backlog.waiting

    @property
    def overdue_s(self) -> float:
        """For how long the longest due message has been due, 0 where none is."""
        due_at = self.backlog.oldest_due_at
        return 0.0 if due_at is None else max(0.0, (self._clock.now_ms() - due_at) / 1000)

    def wake(self) -> None:
        """Look at once: something was written that may be due."""
        self._written.set()

    async def run(self) -> None:
        """Send what is due, again and again; a database that fails is tried at the next look.

        When it is cancelled, a message that is being sent is sent to its end and noted, and no other is begun.
        """
        while True:
            self._written.clear()
            look = asyncio.create_task(self._look())
            try:
                await asyncio.shield(look)
            except asyncio.CancelledError:
                self._stopping = True
                await asyncio.wait({look}, timeout=DRAIN_S)
                look.cancel()
                raise
            await self._pause()

    async def _look(self) -> None:
        try:
            while await self.send_due() and not self._stopping:
                pass
            if self._store() is not None:
                self.looked_ms = self._clock.now_ms()
        except SourceError as error:
            log.warning("outbox not read, trying again", detail=error.detail)
        except Exception:
            self.failures += 1
            log.exception("pushes failed, trying again")

    async def watch(self) -> None:
        """Look regularly at what is not done, however long a message that is being sent takes, until cancelled."""
        while True:
            store = self._store()
            if store is not None:
                with suppress(SourceError):  # told by the next look for what is due; the last figures stay
                    self.backlog = await store.outbox.backlog(self._bot_id(), now_ms=self._clock.now_ms())
            await self._clock.sleep(LOOK_S)

    async def send_due(self) -> int:
        """Send the messages that are due now and that nobody else sends; return how many there were.

        Raises `SourceError` when the database fails; what was sent meanwhile is noted at the next look.
        """
        store = self._store()
        if store is None:
            return 0
        await self._mark_sent(store, tuple(self._unmarked))
        claimed = await store.outbox.claim(self._bot_id(), now_ms=self._clock.now_ms(), most=AT_ONCE)
        chats = [list(some) for _, some in groupby(sorted(claimed, key=_chat), key=_chat)]
        done = await asyncio.gather(
            *(self._send_to_chat(store, some) for some in chats), return_exceptions=True
        )
        await self._mark_sent(store, tuple(self._unmarked))
        for one in done:
            if isinstance(one, BaseException):
                raise one
        return len(claimed)

    async def _mark_sent(self, store: Store, keys: Sequence[str]) -> None:
        for key in keys:
            message_id = self._unmarked[key]
            await store.outbox.sent(key, message_id, now_ms=self._clock.now_ms())
            del self._unmarked[key]

    async def _send_to_chat(self, store: Store, claimed: Sequence[ClaimedMessage]) -> None:
        """Send a chat's messages one behind the other: what is old news as one summary, the others each."""
        now_ms = self._clock.now_ms()
        claimed = [one for one in claimed if await self._is_readable(store, one)]
        old = [one for one in claimed if one.message.fresh_until < now_ms]
        left = [old] if old else []
        left += [[one] for one in claimed if one.message.fresh_until >= now_ms]
        async with self._held(store, claimed):
            for place, some in enumerate(left):
                waiting = [one for later in left[place:] for one in later]
                if self._stopping:
                    await self._postpone(store, waiting, 0)
                    return
                wait_ms = await self._deliver(store, some, self._content(some, now_ms))
                if wait_ms:
                    await self._postpone(store, waiting, wait_ms)
                    return

    async def _is_readable(self, store: Store, claimed: ClaimedMessage) -> bool:
        """Whether this version of the program can read a message; one that it cannot is dropped, and said so."""
        try:
            push_of(claimed.message.content)
        except (KeyError, TypeError, ValueError):
            log.exception("push cannot be read", key=claimed.message.key)
            await self._drop(store, claimed, "unreadable", UNREADABLE)
            return False
        return True

    def _content(self, claimed: Sequence[ClaimedMessage], now_ms: int) -> MessageContent:
        pushes = [push_of(one.message.content) for one in claimed]
        if claimed[0].message.fresh_until >= now_ms:
            return pushes[0].content
        return summary(pushes, self._messages.of(pushes[-1].language))

    async def _deliver(self, store: Store, claimed: Sequence[ClaimedMessage], content: MessageContent) -> int:
        """Send one message; return for how long (ms) it has to wait with all that follow it, 0 if it went out."""
        to = claimed[0].message.to
        if not self._takes_pushes(to.chat_id):
            for one in claimed:
                await self._drop(store, one, "muted", MUTED)
            return 0
        if not self._has_room(to.chat_id):
            return BUSY_MS
        try:
            async with self._room_taken(store, to.chat_id) as is_taken:
                if not is_taken:
                    return BUSY_MS
                ref = await self._notifier.send(_chat_ref(to), content)
                await self._note_sent(store, claimed, ref.message_id)
        except Undeliverable as error:
            if error.gone:
                self.dropped["gone"] += await self._on_gone(to.chat_id)
            elif max(one.message.fresh_until for one in claimed) + GIVEN_UP_MS < self._clock.now_ms():
                await self._give_up(store, claimed)
            attempts = max(one.attempts for one in claimed)
            return min(LAST_RETRY_MS, FIRST_RETRY_MS << min(attempts, MOST_DOUBLINGS))
        return 0

    async def _note_sent(self, store: Store, claimed: Sequence[ClaimedMessage], message_id: int) -> None:
        sent = {one.message.key: message_id for one in claimed}
        self._unmarked |= sent
        self.sent += 1
        with suppress(
            SourceError
        ):  # what a process that is killed has not marked is sent again by another one
            await self._mark_sent(store, tuple(sent))

    async def _give_up(self, store: Store, claimed: Sequence[ClaimedMessage]) -> None:
        log.warning("push given up", chat_id=claimed[0].message.to.chat_id, messages=len(claimed))
        for one in claimed:
            await self._drop(store, one, "given_up", GIVEN_UP)

    async def _drop(self, store: Store, claimed: ClaimedMessage, why: Why, words: str) -> None:
        await store.outbox.dropped(claimed.message.key, words, now_ms=self._clock.now_ms())
        self.dropped[why] += 1

    async def _postpone(self, store: Store, claimed: Sequence[ClaimedMessage], by_ms: int) -> None:
        for one in claimed:
            await store.outbox.postpone(one.message.key, self._clock.now_ms() + by_ms)

    @asynccontextmanager
    async def _held(self, store: Store, claimed: Sequence[ClaimedMessage]) -> AsyncIterator[None]:
        """Keep other processes from messages that are being sent, however long Telegram takes."""
        holding = asyncio.create_task(self._hold(store, [one.message.key for one in claimed]))
        try:
            yield
        finally:
            holding.cancel()
            with suppress(asyncio.CancelledError):
                await holding

    async def _hold(self, store: Store, keys: Sequence[str]) -> None:
        while True:
            await self._clock.sleep(HOLD_AGAIN_S)
            with suppress(SourceError):  # the next turn comes before the hold ends
                await store.outbox.hold(keys, now_ms=self._clock.now_ms())

    async def _pause(self) -> None:
        """Wait until something is due or written, at most `LOOK_S`."""
        until_due_s = await self._until_due_s()
        waits = [
            asyncio.ensure_future(wait) for wait in (self._written.wait(), self._clock.sleep(until_due_s))
        ]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in waits:
                one.cancel()

    async def _until_due_s(self) -> float:
        store = self._store()
        try:
            due_at = None if store is None else await store.outbox.next_due(self._bot_id())
        except SourceError:
            return LOOK_S
        return LOOK_S if due_at is None else min(LOOK_S, max(LEAST_S, (due_at - self._clock.now_ms()) / 1000))


def _chat(claimed: ClaimedMessage) -> int:
    return claimed.message.to.chat_id


def _chat_ref(to: Destination) -> ChatRef:
    return ChatRef(to.chat_id, cast(ChatKind, to.chat_kind), to.thread_id)
