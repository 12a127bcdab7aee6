"""Receives updates by long polling or webhook, keeps each until it is answered, and passes it to the handlers."""

import asyncio
import contextlib
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Coroutine, Mapping, Sequence, Set
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from functools import partial
from typing import Any, Final, Protocol

import structlog
from telegram.error import InvalidToken, TelegramError
from telegram.ext import ExtBot

from bot.telegram.receive.journal import Journal, RawUpdate
from bot.telegram.receive.lanes import Lanes
from bot.telegram.receive.polling import FIRST_DELAY_S, MAX_DELAY_S, Poller, refused_token
from bot.telegram.receive.updates import BotStatus, Incoming, MovedGroup, is_readable, kind_of, minimal_update
from bot.telegram.receive.webhook import Webhook, WebhookServer
from handlers.ports import (
    CallbackQuery,
    ChatRef,
    GuestQuery,
    IncomingMessage,
    InlineQuery,
    StoppedDraft,
    Undeliverable,
)
from utils.clock import Clock
from utils.store.telegram_updates import UnansweredUpdate

AT_ONCE: Final = 64
PER_CHAT: Final = 4
PRESSES_PER_PERSON: Final = 3
MOST_ATTEMPTS: Final = 10
"""Processes that may end over one update before it is answered with a line."""
LATE_MS: Final = 600_000
"""A command that waited longer for the bot to start is answered with a line for the whole chat."""
BACKLOG_S: Final = 60.0
MOST_KINDS_TOLD: Final = 16
"""Unreadable kinds of updates that the owners are told of; further ones are counted alone."""
FULL_BATCH: Final = 100
"""Updates of one answer of Telegram behind which there may be more."""
# how long answers under way may take after the process was told to stop
DRAIN_S = 1.5
CONFIRM_S = 0.5
Answer = Callable[[], Coroutine[Any, Any, None]]
log = structlog.get_logger(__name__)


class UpdateHandler(Protocol):
    """Answers updates; raises `Undeliverable` if the chat does not accept the answer."""

    async def on_message(self, message: IncomingMessage) -> None:
        """Answer a message that may be a command."""
        ...

    async def on_late_messages(self, messages: Sequence[IncomingMessage]) -> bool:
        """Answer, with one line, messages of one chat that waited long for the bot to start; return whether any."""
        ...

    async def on_given_up(self, message: IncomingMessage) -> None:
        """Say that a message cannot be answered."""
        ...

    async def find_placeholder(
        self, message: IncomingMessage, after_id: int, others: frozenset[int]
    ) -> int | None:
        """Return the id of the placeholder that a process before sent for a message, ``None`` if it sent none.

        ``others`` are ids of messages in the chat that are known to be something else.
        """
        ...

    async def on_unreadable(self, kind: str) -> None:
        """Tell the owners that updates of this kind cannot be read."""
        ...

    async def on_callback_query(self, query: CallbackQuery) -> None:
        """Answer a button press."""
        ...

    async def on_inline_query(self, query: InlineQuery) -> None:
        """Answer an inline query."""
        ...

    async def on_guest_query(self, query: GuestQuery) -> None:
        """Answer a message of a chat that the bot is not in."""
        ...

    async def on_stopped_draft(self, stopped: StoppedDraft) -> None:
        """Make an answer no further that its reader has stopped."""
        ...


class UpdateReceiver:
    """Passes every update to the handler; an update whose handling fails does not affect the others.

    ``on_received`` is called with the chat and id of every message before it is handled, ``on_message`` with itself,
    ``on_moved`` with the old and the new id of a group that has become a supergroup, ``on_status`` with a chat and
    whether the bot is still there, ``on_conflict`` when Telegram says that another process polls. ``failed`` counts
    updates whose handling raised, ``undelivered`` those whose answer the chat does not accept, ``unreadable`` by kind
    those that are kept and not understood. ``login_error`` is why the last attempt to log in failed; ``poller`` is
    ``None`` with a webhook. ``now_ms`` is the time that Telegram dates messages by (UTC ms), by default the clock's; a
    sandbox that replays the past has another.
    Each update is handled inside ``scope``, which keeps its answer to one configuration.
    """

    def __init__(
        self,
        bot: ExtBot[int],
        handler: UpdateHandler,
        clock: Clock,
        *,
        journal: Journal | None = None,
        webhook: Webhook | None = None,
        on_conflict: Callable[[], None] = lambda: None,
        on_received: Callable[[ChatRef, int], None] = lambda chat, message_id: None,
        on_message: Callable[[IncomingMessage], None] = lambda message: None,
        on_moved: Callable[[int, int], None] = lambda old_id, new_id: None,
        on_status: Callable[[int, bool], None] = lambda chat_id, is_there: None,
        now_ms: Callable[[], int] | None = None,
        scope: Callable[[], AbstractContextManager[object]] = nullcontext,
    ) -> None:
        self._bot = bot
        self._handler = handler
        self._clock = clock
        self._journal = journal or Journal(lambda: None, clock)
        self._on_received = on_received
        self._on_message = on_message
        self._on_moved = on_moved
        self._on_status = on_status
        self._messages = Lanes(total=AT_ONCE, per_chat=PER_CHAT)
        self._presses = Lanes(total=AT_ONCE, per_chat=AT_ONCE, per_lane=PRESSES_PER_PERSON)
        self._webhook = WebhookServer(bot, webhook, self.take, clock) if webhook else None
        self.poller = (
            None if webhook else Poller(bot, self.take, self._journal.confirmable, clock, on_conflict)
        )
        self._resumed = False
        self._now_ms = now_ms or clock.now_ms
        self._scope = scope
        self._started_ms = self._now_ms()
        self._told_late: set[int] = set()
        self._backlog_until_s = float("inf")
        self.failed = 0
        self.undelivered = 0
        self.unreadable: Counter[str] = Counter()
        self.login_error: str | None = None
        self.is_open = False

    @property
    def waiting(self) -> int:
        """How many updates have not begun to be answered."""
        return self._messages.waiting + self._presses.waiting

    async def open(self) -> None:
        """Log in and begin to receive. Raises `Misconfigured` as `log_in` and `begin` do."""
        await self.log_in()
        await self.begin()

    async def log_in(self) -> None:
        """Log in, waiting for Telegram as long as it takes. Raises `Misconfigured` if the token is refused."""
        await self._initialize()
        self._journal.bot_id = self._bot.id

    async def begin(self) -> None:
        """Begin to receive, and go on with what this and other processes have not answered.

        Raises `Misconfigured` if the webhook cannot be set up.
        """
        self._started_ms, self._backlog_until_s, self._resumed = self._now_ms(), float("inf"), False
        await self.resume()
        if self._webhook is not None:
            self._backlog_until_s = self._clock.monotonic() + BACKLOG_S
            await self._webhook.open()
        self.is_open = True

    async def run(self) -> None:
        """Receive until cancelled. Raises `Misconfigured` if Telegram refuses the token."""
        if self.poller is None:
            await asyncio.Event().wait()
        else:
            await self.poller.run()

    async def receive(self) -> None:
        """Begin to receive and go on until cancelled; then another process may. Raises as `begin` and `run` do."""
        try:
            await self.begin()
            await self.run()
        finally:
            self.is_open = False
            if self._webhook is not None:
                await self._webhook.close()

    async def close(self) -> None:
        """Receive no more updates, give the answers under way a moment to finish, and shut down.

        What is not answered by then is answered by the next process.
        """
        self.is_open = False
        if self._webhook is not None:
            await self._webhook.close()
        with contextlib.suppress(TimeoutError):
            if self.poller is not None:
                await asyncio.wait_for(self.poller.confirm(), CONFIRM_S)
        await asyncio.gather(self._messages.close(DRAIN_S), self._presses.close(DRAIN_S))
        await self._bot.shutdown()

    async def take(self, raws: Sequence[RawUpdate]) -> int:
        """Keep updates, begin to answer those that are new, and return how many those are."""
        new = await self._journal.add(raws)
        late: dict[int, list[tuple[int, IncomingMessage]]] = {}
        for raw in new:
            update_id = int(raw["update_id"])
            if not is_readable(raw):
                await self._set_aside(update_id, kind_of(raw))
                continue
            incoming = minimal_update(raw)
            if isinstance(incoming, IncomingMessage):
                incoming = replace(incoming, record=self._journal.row(update_id))
                if self._in_backlog and incoming.date_ms < self._started_ms - LATE_MS:
                    late.setdefault(incoming.chat.chat_id, []).append((update_id, incoming))
                    continue
            await self._begin(update_id, incoming)
        for chat_id, messages in late.items():
            self._messages.put(chat_id, "late", partial(self._answer_late, messages))
        if self.poller is not None and len(raws) < FULL_BATCH:
            self._backlog_until_s = float("-inf")
        return len(new)

    @property
    def _in_backlog(self) -> bool:
        """Whether what arrives may have waited for the start: the first batches, or the first minute of a webhook."""
        return self._clock.monotonic() < self._backlog_until_s

    async def resume(self) -> None:
        """Answer what processes before this one have received and not answered; once.

        Messages whose delivery is in doubt are looked for first, before anything is sent to their chats.
        """
        if self._resumed:
            return
        found = await self._journal.unanswered()
        if found is None:
            return
        self._resumed = True
        if found:
            log.info("answering what was left unanswered", updates=len(found))
        left = [(row, minimal_update(json.loads(row.raw))) for row in found]
        placed: defaultdict[int, set[int]] = defaultdict(set)
        for row, incoming in left:
            if isinstance(incoming, IncomingMessage) and row.placeholder_id is not None:
                placed[incoming.chat.chat_id].add(row.placeholder_id)
        begun = [
            (row, await self._recorded(row, one, placed) if isinstance(one, IncomingMessage) else one)
            for row, one in left
        ]
        for row, incoming in begun:
            await self._begin(row.update_id, incoming, given_up=row.attempts >= MOST_ATTEMPTS)

    async def _recorded(
        self, row: UnansweredUpdate, message: IncomingMessage, placed: Mapping[int, set[int]]
    ) -> IncomingMessage:
        """Return a message with its row, which knows what a process before has sent for it."""
        self._on_received(message.chat, message.message_id)
        placeholder, of_chat = row.placeholder_id, placed[message.chat.chat_id]
        if placeholder is None and row.placing_after is not None and not self.is_open:
            placeholder = await self._found(message, row.placing_after, of_chat)
            if placeholder is not None:
                of_chat.add(placeholder)
        return replace(message, record=self._journal.row(row.update_id, placeholder))

    async def _found(self, message: IncomingMessage, after_id: int, placed: Set[int]) -> int | None:
        """Look for what may have been sent for a message; other processes have sent to the chat since."""
        others = placed | await self._journal.pushed(message.chat.chat_id, after_id)
        try:
            return await self._handler.find_placeholder(message, after_id, frozenset(others))
        except Undeliverable as error:
            log.info("message in doubt not looked for", chat_id=error.chat_id, why=error.why)
            return None

    async def _initialize(self) -> None:
        delay_s, warned = FIRST_DELAY_S, False
        while True:
            try:
                await self._bot.initialize()
            except InvalidToken as error:
                raise refused_token() from error
            except TelegramError as error:
                self.login_error = str(error)
                if not warned:
                    log.warning("telegram is not reachable, retrying", error=str(error))
                warned = True
            else:
                self.login_error = None
                return
            await self._clock.sleep(delay_s)
            delay_s = min(delay_s * 2, MAX_DELAY_S)

    async def _begin(self, update_id: int, incoming: Incoming | None, *, given_up: bool = False) -> None:
        """Queue the answer in its lane; what asks for nothing is done at once."""
        if isinstance(incoming, MovedGroup | BotStatus):
            self._note_chat(incoming)
            await self._journal.done(update_id)
        elif incoming is None or (given_up and not isinstance(incoming, IncomingMessage)):
            await self._journal.done(update_id)
        elif isinstance(incoming, IncomingMessage):
            self._on_received(incoming.chat, incoming.message_id)
            self._on_message(incoming)
            answer = self._handler.on_given_up if given_up else self._handler.on_message
            job = partial(self._answer, update_id, partial(answer, incoming))
            self._messages.put(incoming.chat.chat_id, incoming.person.id, job)
        elif isinstance(incoming, CallbackQuery):
            job = partial(self._answer, update_id, partial(self._handler.on_callback_query, incoming))
            self._presses.put(_chat_of(incoming), incoming.person.id, job)
        elif isinstance(incoming, StoppedDraft):
            job = partial(self._answer, update_id, partial(self._handler.on_stopped_draft, incoming))
            self._presses.put(incoming.chat.chat_id, "drafts", job)
        elif isinstance(incoming, GuestQuery):
            job = partial(self._answer, update_id, partial(self._handler.on_guest_query, incoming))
            self._presses.put("guests", incoming.person.id, job)
        else:
            job = partial(self._answer, update_id, partial(self._handler.on_inline_query, incoming))
            self._presses.put("inline", incoming.person.id, job)

    def _note_chat(self, change: MovedGroup | BotStatus) -> None:
        if isinstance(change, MovedGroup):
            self._on_moved(change.old_id, change.new_id)
        else:
            self._on_status(change.chat_id, change.is_there)

    async def _answer_late(self, messages: Sequence[tuple[int, IncomingMessage]]) -> None:
        """Answer once in a chat, however many batches its messages come in."""
        chat_id = messages[0][1].chat.chat_id

        async def answer() -> None:
            if await self._handler.on_late_messages([message for _, message in messages]):
                self._told_late.add(chat_id)

        if chat_id not in self._told_late:
            await self._handled(messages[-1][0], answer)
        await asyncio.gather(*(self._journal.done(update_id) for update_id, _ in messages))

    async def _answer(self, update_id: int, answer: Answer) -> None:
        await self._handled(update_id, answer)
        await self._journal.done(update_id)

    async def _handled(self, update_id: int, answer: Answer) -> None:
        try:
            with self._scope():
                await answer()
        except Undeliverable as error:
            self.undelivered += 1
            log.info("answer not delivered", chat_id=error.chat_id, why=error.why)
        except Exception:
            self.failed += 1
            log.exception("update was not handled", update_id=update_id)

    async def _set_aside(self, update_id: int, kind: str) -> None:
        """Count an update that cannot be read and keep its row; the owners are told of the first of each kind."""
        self.unreadable[kind] += 1
        await self._journal.set_aside(update_id)
        if self.unreadable[kind] == 1 and len(self.unreadable) <= MOST_KINDS_TOLD:
            log.warning("updates of a kind cannot be read", kind=kind, update_id=update_id)
            told = partial(self._handled, update_id, partial(self._handler.on_unreadable, kind))
            self._messages.put("owners", "unreadable", told)


def _chat_of(query: CallbackQuery) -> int:
    return query.person.id if query.message is None else query.message.chat.chat_id
