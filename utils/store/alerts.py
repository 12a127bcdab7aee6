"""The alerts of every chat, with what each remembers from one look to the next."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from itertools import count
from typing import Final

from sqlalchemy import ColumnElement, RowMapping, case, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from utils.store.checks import checked_ms, checked_text
from utils.store.database import Database
from utils.store.gone import is_gone
from utils.store.outbox import Destination, Outgoing, put_messages
from utils.store.tables import ALERT
from utils.yielding import by_turns

_C = ALERT.c
CHATS_NAMED: Final = 500
"""So many chats are named in a query at most; of more, all alerts are read."""


@dataclass(frozen=True, slots=True)
class AlertKey:
    """An alert by its number in its chat."""

    bot_id: int
    chat_id: int
    number: int


@dataclass(frozen=True, slots=True)
class AlertDefinition:
    """What somebody asked for: ``rule`` in the grammar of alerts, about a symbol as it was resolved.

    ``interval`` is that of names without one, ``until`` when it ends (UTC ms), ``person_id`` who made it.
    """

    to: Destination
    person_id: int
    symbol: str
    market: str
    interval: str
    rule: str
    until: int | None
    language: str


@dataclass(frozen=True, slots=True)
class AlertStanding:
    """In which phase an alert is and since when (UTC ms), what it remembers (JSON), how often and when it fired last.

    ``unknown_since`` is since when its condition cannot be looked at (UTC ms), ``is_told_unknown`` whether the chat
    knows that.
    """

    phase: str
    since: int
    memory: Sequence[Mapping[str, object]]
    is_seen: bool = False
    silent_until: int = 0
    fired: int = 0
    fired_at: int | None = None
    unknown_since: int | None = None
    is_told_unknown: bool = False


@dataclass(frozen=True, slots=True)
class StoredAlert:
    """An alert as it stands in the database."""

    key: AlertKey
    definition: AlertDefinition
    standing: AlertStanding
    created_at: int
    version: int = 0


@dataclass(frozen=True, slots=True)
class Advance:
    """What a look at an alert, or a press, has made of it as it stood in ``version``, and what is said of that.

    One message may stand in several: it is written once, with the first of them.
    """

    key: AlertKey
    version: int
    standing: AlertStanding
    messages: tuple[Outgoing, ...] = ()


_ASKED = tuple(field.name for field in fields(AlertDefinition) if field.name != "to")
_STANDING = tuple(field.name for field in fields(AlertStanding))


class Alerts:
    """The table ``alert``: one row per chat and number."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._live = dict[AlertKey, StoredAlert]()

    async def add(
        self, definition: AlertDefinition, standing: AlertStanding, *, now_ms: int, most: int
    ) -> StoredAlert | None:
        """Keep an alert under the lowest free number of its chat; ``None`` if the chat has ``most`` already.

        No two alerts of a chat are created at the same moment, so that ``created_at`` tells them apart for ever.
        """
        to = definition.to
        async with self._database.write() as connection:
            taken = await _numbers(connection, to.bot_id, to.chat_id)
            if len(taken) >= most:
                return None
            number = next(number for number in range(1, most + 1) if number not in taken)
            key = AlertKey(to.bot_id, to.chat_id, number)
            created_at = max([checked_ms("now_ms", now_ms), *(moment + 1 for moment in taken.values())])
            values = _key_values(key) | _definition_values(definition) | _standing_values(standing)
            await connection.execute(ALERT.insert().values(values | {"created_at": created_at, "version": 0}))
        return StoredAlert(key, definition, standing, created_at)

    async def redefine(
        self, alert: StoredAlert, definition: AlertDefinition, standing: AlertStanding
    ) -> bool:
        """Let an alert ask for something else; return whether it stood as it was read."""
        changed = update(ALERT).where(*_same(alert.key), _C.version == alert.version)
        values = _definition_values(definition) | _standing_values(standing) | {"version": alert.version + 1}
        async with self._database.write() as connection:
            return (await connection.execute(changed.values(values))).rowcount > 0

    async def get(self, key: AlertKey) -> StoredAlert | None:
        """Return an alert, ``None`` if there is none under this number."""
        async with self._database.read() as connection:
            row = (await connection.execute(select(ALERT).where(*_same(key)))).one_or_none()
        return None if row is None else _alert(row._mapping)

    async def of_chat(self, bot_id: int, chat_id: int) -> tuple[StoredAlert, ...]:
        """Return the alerts of a chat by their numbers."""
        return await self._select(_C.bot_id == bot_id, _C.chat_id == chat_id)

    async def live(self, bot_id: int) -> tuple[StoredAlert, ...]:
        """Return every alert that has not expired and whose chat takes messages.

        Of those that stand as they stood at the last call only that is read.
        """
        where = (_C.bot_id == bot_id, _C.phase != "expired", ~is_gone(_C.bot_id, _C.chat_id))
        query = select(_C.chat_id, _C.number, _C.created_at, _C.version).where(*where)
        async with self._database.read() as connection:
            rows = (await connection.execute(query.order_by(_C.chat_id, _C.number))).all()
        stand = {AlertKey(bot_id, row[0], row[1]): (row[2], row[3]) async for row in by_turns(rows)}
        known = {
            key: one for key, one in self._live.items() if stand.get(key) == (one.created_at, one.version)
        }
        changed = {key.chat_id for key in stand.keys() - known.keys()}
        if changed:
            some = (_C.chat_id.in_(changed),) if len(changed) <= CHATS_NAMED else ()
            known |= {one.key: one for one in await self._select(*where, *some)}
        self._live = {key: known[key] for key in stand if key in known}  # one may have gone between the two
        return tuple(self._live.values())

    async def remove(self, key: AlertKey) -> bool:
        """Delete an alert; return whether there was one."""
        async with self._database.write() as connection:
            return (await connection.execute(delete(ALERT).where(*_same(key)))).rowcount > 0

    async def advance(self, advances: Iterable[Advance], *, now_ms: int) -> int:
        """Store what has become of alerts, with the messages of those that fired, in one transaction.

        An alert that was deleted or changed since is left as it is, and its message is not written. Return how many
        were stored.
        """
        stored = 0
        async with self._database.write() as connection:
            for one in sorted(advances, key=lambda advance: (advance.key.chat_id, advance.key.number)):
                values = _standing_values(one.standing) | {"version": one.version + 1}
                changed = update(ALERT).where(*_same(one.key), _C.version == one.version).values(values)
                if (await connection.execute(changed)).rowcount == 0:
                    continue
                stored += 1
                await put_messages(connection, one.messages, now_ms=now_ms)
        return stored

    async def _select(self, *where: ColumnElement[bool]) -> tuple[StoredAlert, ...]:
        query = select(ALERT).where(*where).order_by(_C.chat_id, _C.number)
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).all()
        return tuple([_alert(row._mapping) async for row in by_turns(rows)])


async def move_alerts(connection: AsyncConnection, bot_id: int, old_id: int, new_id: int) -> None:
    """Follow a group to the supergroup that it has become; alerts that stand there already keep their numbers."""
    taken = await _numbers(connection, bot_id, new_id)
    free = (number for number in count(1) if number not in taken)
    for number in sorted(await _numbers(connection, bot_id, old_id)):
        moved = update(ALERT).where(*_same(AlertKey(bot_id, old_id, number)))
        values = {"chat_id": new_id, "number": next(free), "chat_kind": "supergroup"}
        await connection.execute(moved.values(values))


async def disarm_alerts(connection: AsyncConnection, bot_id: int, chat_id: int) -> None:
    """Let the alerts of a chat forget what they saw before they were not looked at for a while."""
    mine = update(ALERT).where(_C.bot_id == bot_id, _C.chat_id == chat_id)
    pending = case((_C.phase == "pending", "armed"), else_=_C.phase)
    await connection.execute(mine.values(phase=pending, memory=[], version=_C.version + 1))


async def drop_alerts(connection: AsyncConnection, bot_id: int, chat_id: int) -> None:
    """Delete the alerts of a chat."""
    await connection.execute(delete(ALERT).where(_C.bot_id == bot_id, _C.chat_id == chat_id))


async def _numbers(connection: AsyncConnection, bot_id: int, chat_id: int) -> dict[int, int]:
    """The moments (UTC ms) at which the alerts of a chat were created, by their numbers."""
    query = select(_C.number, _C.created_at).where(_C.bot_id == bot_id, _C.chat_id == chat_id)
    return {int(row[0]): int(row[1]) for row in (await connection.execute(query)).all()}


def _same(key: AlertKey) -> tuple[ColumnElement[bool], ...]:
    return _C.bot_id == key.bot_id, _C.chat_id == key.chat_id, _C.number == key.number


def _key_values(key: AlertKey) -> dict[str, object]:
    return {"bot_id": key.bot_id, "chat_id": key.chat_id, "number": key.number}


def _definition_values(asked: AlertDefinition) -> dict[str, object]:
    return {
        "chat_kind": checked_text("chat_kind", asked.to.chat_kind),
        "thread_id": asked.to.thread_id,
        "person_id": asked.person_id,
        "symbol": checked_text("symbol", asked.symbol),
        "market": checked_text("market", asked.market),
        "interval": checked_text("interval", asked.interval),
        "rule": checked_text("rule", asked.rule),
        "until": _moment("until", asked.until),
        "language": checked_text("language", asked.language),
    }


def _standing_values(standing: AlertStanding) -> dict[str, object]:
    return {
        "phase": checked_text("phase", standing.phase),
        "since": checked_ms("since", standing.since),
        "memory": [dict(one) for one in standing.memory],
        "is_seen": standing.is_seen,
        "silent_until": checked_ms("silent_until", standing.silent_until),
        "fired": standing.fired,
        "fired_at": _moment("fired_at", standing.fired_at),
        "unknown_since": _moment("unknown_since", standing.unknown_since),
        "is_told_unknown": standing.is_told_unknown,
    }


def _moment(name: str, at_ms: int | None) -> int | None:
    return None if at_ms is None else checked_ms(name, at_ms)


def _alert(row: RowMapping) -> StoredAlert:
    key = AlertKey(row["bot_id"], row["chat_id"], row["number"])
    to = Destination(row["bot_id"], row["chat_id"], row["chat_kind"], row["thread_id"])
    return StoredAlert(
        key,
        AlertDefinition(to, **{name: row[name] for name in _ASKED}),
        AlertStanding(**{name: row[name] for name in _STANDING}),
        row["created_at"],
        row["version"],
    )
