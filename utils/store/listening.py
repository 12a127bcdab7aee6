"""When streams were listened to: without it "no liquidation stored" could mean a calm market or a bot that was off."""

from collections.abc import Sequence

from sqlalchemy import select

from utils.store.checks import checked_ms, checked_text
from utils.store.database import Database
from utils.store.rows import insert_into
from utils.store.tables import LISTENING

EVERY_SYMBOL = "*"  # a stream that carries the whole market
Span = tuple[int, int]

_C = LISTENING.c


class Listening:
    """The table ``listening``: spans of time, each begun by ``heard`` with a new ``since`` and made longer by it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def heard(self, stream: str, symbol: str, *, since: int, until: int) -> None:
        """Note that the stream was listened to without a break from ``since`` to ``until`` (UTC ms)."""
        row = {
            "stream": checked_text("stream", stream),
            "symbol": checked_text("symbol", symbol),
            "since": checked_ms("since", since),
            "until": checked_ms("until", until),
        }
        if until < since:
            raise ValueError(f"until must not lie before since, is {until} < {since}")
        async with self._database.write() as connection:
            insert = insert_into(connection, LISTENING).values(row)
            await connection.execute(
                insert.on_conflict_do_update(
                    index_elements=[_C.stream, _C.symbol, _C.since],
                    set_={"until": insert.excluded.until},
                    where=_C.until < insert.excluded.until,
                )
            )

    async def spans(self, stream: str, symbol: str, start: int, end: int) -> tuple[Span, ...]:
        """Return the parts of ``start <= t < end`` (UTC ms) that were listened to, in order, without overlap."""
        query = (
            select(_C.since, _C.until)
            .where(_C.stream == stream, _C.symbol == symbol, _C.since < end, _C.until > start)
            .order_by(_C.since)
        )
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).all()
        return _joined([(max(row.since, start), min(row.until, end)) for row in rows])


def _joined(spans: Sequence[Span]) -> tuple[Span, ...]:
    joined: list[Span] = []
    for since, until in spans:
        if joined and since <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], until))
        else:
            joined.append((since, until))
    return tuple(joined)
