"""The scheduled messages of every chat: what each says, when it is due, and in which zone that was reckoned."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count

from sqlalchemy import ColumnElement, RowMapping, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from utils.store.checks import checked_ms, checked_text
from utils.store.database import Database
from utils.store.gone import is_gone
from utils.store.outbox import Destination, Outgoing, put_messages
from utils.store.tables import DIGEST

_C = DIGEST.c


@dataclass(frozen=True, slots=True)
class DigestDefinition:
    """What somebody asked for: symbols with their markets on an interval, at a minute of some days (Monday is 0)."""

    to: Destination
    person_id: int
    symbols: tuple[tuple[str, str], ...]
    interval: str
    minute: int
    days: tuple[int, ...]
    language: str


@dataclass(frozen=True, slots=True)
class DigestTurn:
    """When a digest is due next (UTC ms): the first such moment after ``after``, reckoned in the IANA ``zone``."""

    zone: str
    after: int
    due_at: int


@dataclass(frozen=True, slots=True)
class StoredDigest:
    """A digest as it stands in the database, by its number in its chat."""

    number: int
    definition: DigestDefinition
    turn: DigestTurn
    created_at: int


class Digests:
    """The table ``digest``: one row per chat and number."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(
        self, definition: DigestDefinition, turn: DigestTurn, *, now_ms: int, most: int
    ) -> StoredDigest | None:
        """Keep a digest under the lowest free number of its chat; ``None`` if the chat has ``most`` already."""
        to = definition.to
        async with self._database.write() as connection:
            taken = await _numbers(connection, to.bot_id, to.chat_id)
            if len(taken) >= most:
                return None
            number = next(number for number in count(1) if number not in taken)
            key = {"bot_id": to.bot_id, "chat_id": to.chat_id, "number": number}
            values = key | _definition_values(definition) | _turn_values(turn)
            await connection.execute(
                DIGEST.insert().values(values | {"created_at": checked_ms("now_ms", now_ms)})
            )
        return StoredDigest(number, definition, turn, now_ms)

    async def of_chat(self, bot_id: int, chat_id: int) -> tuple[StoredDigest, ...]:
        """Return the digests of a chat by their numbers."""
        return await self._select(_C.bot_id == bot_id, _C.chat_id == chat_id)

    async def live(self, bot_id: int) -> tuple[StoredDigest, ...]:
        """Return the digests of every chat that takes messages."""
        return await self._select(_C.bot_id == bot_id, ~is_gone(_C.bot_id, _C.chat_id))

    async def due(self, bot_id: int, now_ms: int) -> tuple[StoredDigest, ...]:
        """Return those of them that are due (UTC ms)."""
        return await self._select(_C.bot_id == bot_id, _C.due_at <= now_ms, ~is_gone(_C.bot_id, _C.chat_id))

    async def remove(self, bot_id: int, chat_id: int, number: int) -> bool:
        """Delete a digest; return whether there was one."""
        same = (_C.bot_id == bot_id, _C.chat_id == chat_id, _C.number == number)
        async with self._database.write() as connection:
            return (await connection.execute(delete(DIGEST).where(*same))).rowcount > 0

    async def advance(
        self, digest: StoredDigest, turn: DigestTurn, messages: Sequence[Outgoing] = (), *, now_ms: int
    ) -> bool:
        """Set when a digest is due next and write what it says now, in one transaction.

        A digest that was deleted, moved or advanced since it was read is left as it is, and its message is not
        written. Return whether it was advanced.
        """
        to = digest.definition.to
        same = (
            _C.bot_id == to.bot_id,
            _C.chat_id == to.chat_id,
            _C.number == digest.number,
            _C.created_at == digest.created_at,
            _C.due_at == digest.turn.due_at,
        )
        async with self._database.write() as connection:
            changed = await connection.execute(update(DIGEST).where(*same).values(_turn_values(turn)))
            if changed.rowcount == 0:
                return False
            await put_messages(connection, messages, now_ms=now_ms)
        return True

    async def _select(self, *where: ColumnElement[bool]) -> tuple[StoredDigest, ...]:
        query = select(DIGEST).where(*where).order_by(_C.due_at, _C.chat_id, _C.number)
        async with self._database.read() as connection:
            return tuple(_digest(row._mapping) for row in (await connection.execute(query)).all())


async def move_digests(connection: AsyncConnection, bot_id: int, old_id: int, new_id: int) -> None:
    """Follow a group to the supergroup that it has become; digests that stand there already keep their numbers."""
    taken = await _numbers(connection, bot_id, new_id)
    free = (number for number in count(1) if number not in taken)
    for number in sorted(await _numbers(connection, bot_id, old_id)):
        same = (_C.bot_id == bot_id, _C.chat_id == old_id, _C.number == number)
        values = {"chat_id": new_id, "number": next(free), "chat_kind": "supergroup"}
        await connection.execute(update(DIGEST).where(*same).values(values))


async def drop_digests(connection: AsyncConnection, bot_id: int, chat_id: int) -> None:
    """Delete the digests of a chat."""
    await connection.execute(delete(DIGEST).where(_C.bot_id == bot_id, _C.chat_id == chat_id))


async def _numbers(connection: AsyncConnection, bot_id: int, chat_id: int) -> set[int]:
    query = select(_C.number).where(_C.bot_id == bot_id, _C.chat_id == chat_id)
    return {int(row[0]) for row in (await connection.execute(query)).all()}


def _definition_values(asked: DigestDefinition) -> dict[str, object]:
    return {
        "chat_kind": checked_text("chat_kind", asked.to.chat_kind),
        "thread_id": asked.to.thread_id,
        "person_id": asked.person_id,
        "symbols": [list(pair) for pair in asked.symbols],
        "interval": checked_text("interval", asked.interval),
        "minute": asked.minute,
        "days": list(asked.days),
        "language": checked_text("language", asked.language),
    }


def _turn_values(turn: DigestTurn) -> dict[str, object]:
    return {
        "zone": checked_text("zone", turn.zone),
        "after": checked_ms("after", turn.after),
        "due_at": checked_ms("due_at", turn.due_at),
    }


def _digest(row: RowMapping) -> StoredDigest:
    to = Destination(row["bot_id"], row["chat_id"], row["chat_kind"], row["thread_id"])
    symbols = tuple((str(symbol), str(market)) for symbol, market in row["symbols"])
    return StoredDigest(
        row["number"],
        DigestDefinition(
            to,
            row["person_id"],
            symbols,
            row["interval"],
            row["minute"],
            tuple(row["days"]),
            row["language"],
        ),
        DigestTurn(row["zone"], row["after"], row["due_at"]),
        row["created_at"],
    )
