"""Messages that are to be sent once: written in the transaction that makes them due, claimed by one process, done.

The messages of a chat keep their order, whoever sends them: one that is being sent or was postponed holds back those
that became due after it, for `ORDER_KEPT_MS` after it was news.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    RowMapping,
    and_,
    case,
    delete,
    exists,
    func,
    select,
    tuple_,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.base import ReadOnlyColumnCollection

from utils.store.checks import checked_ms, checked_text
from utils.store.database import Database
from utils.store.rows import insert_into
from utils.store.tables import OUTBOX
from utils.units import DAY_MS, HOUR_MS, MINUTE_MS

_C = OUTBOX.c
_EARLIER = OUTBOX.alias("earlier").c
HELD_MS = 2 * MINUTE_MS
"""How long a process may take to send what it has claimed; then another one takes it over."""
ORDER_KEPT_MS: Final = HOUR_MS // 2
"""One message that can never be delivered does not hold back those behind it for longer."""
CLAIMING: Final = 0x6F757462
"""The name of the lock of PostgreSQL that lets one process after the other claim."""
KEPT_AFTER_SENDING_MS = 3 * DAY_MS
"""A key is remembered for so long: what is about the same is not sent again."""


@dataclass(frozen=True, slots=True)
class Destination:
    """The chat that a message goes to: its id and kind, and the topic where there is one."""

    bot_id: int
    chat_id: int
    chat_kind: str
    thread_id: int | None = None


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message to be sent: ``key`` says what it is about and is sent once, ``content`` is a JSON object.

    ``due_at`` is when it may go out, ``fresh_until`` until when it is news (UTC ms).
    """

    key: str
    to: Destination
    content: Mapping[str, object]
    due_at: int
    fresh_until: int


@dataclass(frozen=True, slots=True)
class ClaimedMessage:
    """A message that this process is to send now; ``attempts`` counts the claims before."""

    message: Outgoing
    written_at: int
    attempts: int


@dataclass(frozen=True, slots=True)
class Backlog:
    """How many messages are not done, how many of them are due, and since when the first is (UTC ms), if any."""

    waiting: int = 0
    due: int = 0
    oldest_due_at: int | None = None


class Outbox:
    """The table ``outbox``: one row per key."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(self, messages: Iterable[Outgoing], *, now_ms: int) -> int:
        """Write messages in a transaction of their own; return how many were new."""
        async with self._database.write() as connection:
            return await put_messages(connection, messages, now_ms=now_ms)

    async def claim(self, bot_id: int, *, now_ms: int, most: int) -> tuple[ClaimedMessage, ...]:
        """Take the messages that are due and that nobody holds, the longest due first; no other process gets them.

        None is taken before an earlier one of its chat that is held. A message that was claimed and not done within
        ``HELD_MS`` is due again: its process has ended.
        """
        due = (_C.bot_id == bot_id, _C.done_at.is_(None), _C.due_at <= now_ms, _C.held_until <= now_ms)
        held = and_(_EARLIER.held_until > now_ms, _EARLIER.fresh_until > now_ms - ORDER_KEPT_MS)
        free = (*due, ~exists().where(_is_behind(), held))
        query = select(OUTBOX).where(*free).order_by(*_place(_C)).limit(most)
        async with self._database.write() as connection:
            if connection.dialect.name == "postgresql":
                # else two that claim at once would not see what the other one is about to hold
                await connection.execute(select(func.pg_advisory_xact_lock(CLAIMING)))
            rows = (await connection.execute(query.with_for_update(skip_locked=True))).all()
            keys = [row.key for row in rows]
            taken = update(OUTBOX).where(_C.key.in_(keys))
            await connection.execute(taken.values(held_until=now_ms + HELD_MS, attempts=_C.attempts + 1))
        return tuple(_claimed(row._mapping) for row in rows)

    async def hold(self, keys: Sequence[str], *, now_ms: int) -> None:
        """Keep messages that are being sent for ``HELD_MS`` more."""
        held = update(OUTBOX).where(_C.key.in_(keys), _C.done_at.is_(None))
        async with self._database.write() as connection:
            await connection.execute(held.values(held_until=now_ms + HELD_MS))

    async def sent(self, key: str, message_id: int, *, now_ms: int) -> None:
        """Note that a message was delivered, and forget what it said."""
        await self._set(key, done_at=checked_ms("now_ms", now_ms), message_id=message_id, content={})

    async def sent_ids(self, bot_id: int, chat_id: int, after_id: int) -> frozenset[int]:
        """Return the ids of messages that were delivered to a chat and are higher than ``after_id``."""
        query = select(_C.message_id).where(
            _C.bot_id == bot_id, _C.chat_id == chat_id, _C.message_id > after_id
        )
        async with self._database.read() as connection:
            return frozenset((await connection.execute(query)).scalars())

    async def dropped(self, key: str, why: str, *, now_ms: int) -> None:
        """Note that a message will not be sent, and why."""
        await self._set(key, done_at=checked_ms("now_ms", now_ms), dropped=checked_text("why", why))

    async def postpone(self, key: str, due_at: int) -> None:
        """Give a claimed message back; it may go out from a moment on (UTC ms) and keeps its place in its chat."""
        held = update(OUTBOX).where(_C.key == key, _C.done_at.is_(None))
        async with self._database.write() as connection:
            await connection.execute(held.values(held_until=checked_ms("due_at", due_at)))

    async def next_due(self, bot_id: int) -> int | None:
        """Return when the first of a chat's messages may go out next (UTC ms), ``None`` if none waits."""
        free_at = case((_C.held_until > _C.due_at, _C.held_until), else_=_C.due_at)
        first = (_C.bot_id == bot_id, _C.done_at.is_(None), ~exists().where(_is_behind()))
        query = select(func.min(free_at)).where(*first)
        async with self._database.read() as connection:
            found: int | None = (await connection.execute(query)).scalar_one()
        return found

    async def backlog(self, bot_id: int, *, now_ms: int) -> Backlog:
        """Return what is not done."""
        due_at = case((_C.due_at <= now_ms, _C.due_at))  # null where it is not due yet
        query = select(func.count(), func.count(due_at), func.min(due_at))
        async with self._database.read() as connection:
            found = await connection.execute(query.where(_C.bot_id == bot_id, _C.done_at.is_(None)))
            waiting, due, oldest = found.one()
        return Backlog(int(waiting), int(due), oldest)

    async def prune(self, now_ms: int) -> int:
        """Delete what was done some days ago (UTC ms); return how many rows."""
        async with self._database.write() as connection:
            old = delete(OUTBOX).where(_C.done_at < now_ms - KEPT_AFTER_SENDING_MS)
            return (await connection.execute(old)).rowcount

    async def _set(self, key: str, **values: object) -> None:
        async with self._database.write() as connection:
            await connection.execute(update(OUTBOX).where(_C.key == key).values(**values))


async def put_messages(connection: AsyncConnection, messages: Iterable[Outgoing], *, now_ms: int) -> int:
    """Write messages in a transaction that is open; one whose key stands already is not written. Return how many."""
    rows = [_row(message, now_ms) for message in sorted(messages, key=lambda message: message.key)]
    if not rows:
        return 0
    statement = insert_into(connection, OUTBOX).on_conflict_do_nothing().returning(_C.key)
    return len((await connection.execute(statement, rows)).all())


async def move_messages(connection: AsyncConnection, bot_id: int, old_id: int, new_id: int) -> None:
    """Send what waits for a group to the supergroup that it has become."""
    same = (_C.bot_id == bot_id, _C.chat_id == old_id)
    await connection.execute(update(OUTBOX).where(*same).values(chat_id=new_id, chat_kind="supergroup"))


async def drop_messages(
    connection: AsyncConnection, bot_id: int, chat_id: int, why: str, *, now_ms: int
) -> int:
    """Drop what waits for a chat that is gone; return how many messages."""
    same = (_C.bot_id == bot_id, _C.chat_id == chat_id, _C.done_at.is_(None))
    values = {"done_at": checked_ms("now_ms", now_ms), "dropped": checked_text("why", why)}
    return (await connection.execute(update(OUTBOX).where(*same).values(values))).rowcount


def _place(of: ReadOnlyColumnCollection[str, Any]) -> tuple[ColumnElement[Any], ...]:
    """The order of the messages of a chat."""
    return of.due_at, of.written_at, of.key


def _is_behind() -> ColumnElement[bool]:
    """Whether a message of the alias ``earlier`` is not done and goes to the same chat before the one looked at."""
    same = (_EARLIER.bot_id == _C.bot_id, _EARLIER.chat_id == _C.chat_id, _EARLIER.done_at.is_(None))
    return and_(*same, tuple_(*_place(_EARLIER)) < tuple_(*_place(_C)))


def _row(message: Outgoing, now_ms: int) -> dict[str, object]:
    return {
        "key": checked_text("key", message.key),
        "bot_id": message.to.bot_id,
        "chat_id": message.to.chat_id,
        "chat_kind": message.to.chat_kind,
        "thread_id": message.to.thread_id,
        "content": dict(message.content),
        "written_at": checked_ms("now_ms", now_ms),
        "due_at": checked_ms("due_at", message.due_at),
        "fresh_until": checked_ms("fresh_until", message.fresh_until),
        "attempts": 0,
        "held_until": 0,
    }


def _claimed(row: RowMapping) -> ClaimedMessage:
    to = Destination(row["bot_id"], row["chat_id"], row["chat_kind"], row["thread_id"])
    message = Outgoing(row["key"], to, row["content"], row["due_at"], row["fresh_until"])
    return ClaimedMessage(message, row["written_at"], row["attempts"])
