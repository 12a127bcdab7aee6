"""Composite scores as they were published, with their inputs: what live evidence is made of. Kept for ever."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from utils.store.checks import checked_ms, checked_number, checked_text
from utils.store.database import Database
from utils.store.rows import insert_new
from utils.store.tables import SCORE

_C = SCORE.c
_TEXTS = ("composite", "subject", "market", "interval", "config_hash", "method")
_MOMENTS = ("ts", "as_of", "bar_close")
_NUMBERS = ("horizon_s", "coverage")
_OPTIONAL = ("score", "raw", "uncertainty")


@dataclass(frozen=True, slots=True)
class ScoreSeries:
    """Which scores belong together: one composite of one subject (a symbol, or a basket's) on one interval."""

    composite: str
    subject: str
    market: str
    interval: str


@dataclass(frozen=True, slots=True)
class PublishedScore:
    """A score as it was shown first.

    ``ts`` is what it is a score of (UTC ms): a bar's close, or the minute of a running one. It was asked as of
    ``as_of``, its last bar closed at ``bar_close``, and it speaks of the next ``horizon_s`` seconds. ``score`` is
    ``None`` where it was withheld; ``inputs`` is a JSON object. Raises ``ValueError`` for what no database could keep.
    """

    composite: str
    subject: str
    market: str
    interval: str
    ts: int
    config_hash: str
    as_of: int
    bar_close: int
    horizon_s: float
    score: float | None
    raw: float | None
    uncertainty: float | None
    coverage: float
    method: str
    inputs: Mapping[str, object]

    def __post_init__(self) -> None:
        for name in _TEXTS:
            checked_text(name, getattr(self, name))
        for name in _MOMENTS:
            object.__setattr__(self, name, checked_ms(name, getattr(self, name)))
        for name in _NUMBERS:
            object.__setattr__(self, name, checked_number(name, getattr(self, name)))
        for name in _OPTIONAL:
            value = getattr(self, name)
            object.__setattr__(self, name, None if value is None else checked_number(name, value))
        object.__setattr__(self, "inputs", json.loads(json.dumps(self.inputs, allow_nan=False)))

    @property
    def series(self) -> ScoreSeries:
        """The series that it belongs to."""
        return ScoreSeries(self.composite, self.subject, self.market, self.interval)

    @property
    def key(self) -> tuple[ScoreSeries, int, str]:
        """What there is one of: the series, what it is a score of, and the configuration."""
        return self.series, self.ts, self.config_hash


@dataclass(frozen=True, slots=True)
class ScoreSubject:
    """Which scores are about the same thing whichever interval was asked: one composite of one subject."""

    composite: str
    subject: str
    market: str


@dataclass(frozen=True, slots=True)
class PartReading:
    """Some of the numbers beside a published score in the order that was asked, ``None`` for one that was missing."""

    as_of: int
    values: tuple[float | None, ...]


class PublishedScores:
    """The table ``score``; it only grows, and the first score of a key stays."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def append(self, rows: Iterable[PublishedScore]) -> int:
        """Store the scores in one transaction and return how many were new."""
        async with self._database.write() as connection:
            return await insert_new(connection, SCORE, rows)

    async def latest(self, series: ScoreSeries, *, until: int, most: int) -> tuple[PublishedScore, ...]:
        """Return the newest scores with ``ts`` and ``as_of`` at most ``until`` (UTC ms), the oldest first."""
        query = (
            select(SCORE)
            .where(
                _C.composite == series.composite,
                _C.subject == series.subject,
                _C.market == series.market,
                _C.interval == series.interval,
                _C.ts <= until,
                _C.as_of <= until,
            )
            .order_by(_C.ts.desc(), _C.config_hash)
            .limit(most)
        )
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).all()
        return tuple(PublishedScore(**row._mapping) for row in reversed(rows))

    async def parts(
        self, of: ScoreSubject, names: Sequence[str], *, since: int, before: int, most: int
    ) -> tuple[PartReading, ...]:
        """Return parts of the newest scores with ``since`` <= ``ts`` and ``as_of`` < ``before``, the oldest first."""
        query = (
            select(_C.as_of, *(_C.inputs[("parts", name)].as_float() for name in names))
            .where(
                _C.composite == of.composite,
                _C.subject == of.subject,
                _C.market == of.market,
                _C.ts >= since,
                _C.as_of < before,
            )
            .order_by(_C.as_of.desc(), _C.interval, _C.config_hash)
            .limit(most)
        )
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).all()
        return tuple(PartReading(row[0], tuple(row[1:])) for row in reversed(rows))
