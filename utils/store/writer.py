"""Rows that may wait a little: collected, written in batches behind the caller's back, kept through outages.

Policy of the queue: bounded, never blocks. When it is full the oldest row is dropped and counted, since a recorder
that waited would lose the newest instead. Writing is idempotent: a batch whose commit is in doubt is written again.
"""

import asyncio
import random
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, Self, TypeVar

import structlog

from utils.clock import Clock
from utils.http.errors import Misconfigured, Rejected, SourceError
from utils.http.retry import RetryPolicy

Row = TypeVar("Row")
Append = Callable[[Sequence[Row]], Awaitable[int]]

_MOST_DOUBLINGS = 30  # the cap is reached long before; 2**n itself must stay a number

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class WriterPolicy:
    """Write when ``batch_rows`` wait or every ``interval_s``; keep ``bound_rows``; after a fault pause as ``retry``."""

    batch_rows: int = 500
    interval_s: float = 5.0
    bound_rows: int = 50_000
    retry: RetryPolicy = field(default_factory=lambda: RetryPolicy(base_s=1.0, cap_s=60.0))


@dataclass(slots=True)
class WriterCounts:
    """Rows since the start: ``taken`` by ``put``, then ``written`` or ``known`` already or ``refused`` by the database.

    ``dropped`` are those lost to the bound or to an outage at the end; ``defects`` are errors that ended the task.
    """

    taken: int = 0
    written: int = 0
    known: int = 0
    refused: int = 0
    dropped: int = 0
    defects: int = 0


class BufferedWriter(Generic[Row]):
    """Writes what ``put`` receives through ``append`` (a repository's) from a task of its own.

    Use as an async context: entering starts the task, leaving writes what still waits. ``name`` says in logs what is
    written. An error outside the tree of ``utils/http/errors.py`` is a defect: it is counted, logged, ends the task and
    is raised again by ``flush`` and at the end of the context.
    """

    def __init__(
        self,
        name: str,
        append: Append[Row],
        *,
        clock: Clock,
        rng: random.Random,
        policy: WriterPolicy | None = None,
    ) -> None:
        self.name = name
        self.counts = WriterCounts()
        self._append = append
        self._clock = clock
        self._rng = rng
        self._policy = policy or WriterPolicy()
        self._rows: deque[Row] = deque()
        self._in_flight = 0
        self._failing = False
        self._dropping = False
        self._due = asyncio.Event()
        self._moved = asyncio.Event()
        self._stopping = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @property
    def waiting(self) -> int:
        """How many rows are not written yet."""
        return len(self._rows) + self._in_flight

    @property
    def failing(self) -> bool:
        """Whether the last attempt to write failed."""
        return self._failing

    def put(self, row: Row) -> None:
        """Take a row; never waits. On a full queue the oldest row makes room."""
        self.counts.taken += 1
        self._rows.append(row)
        self._trim()
        if len(self._rows) >= self._policy.batch_rows:
            self._due.set()

    async def flush(self) -> None:
        """Write now; return when every row put before is written or dropped, during an outage when that is over."""
        if self._task is None:
            raise RuntimeError("a writer writes inside its context only")
        target = self.counts.taken
        while self.counts.taken - self.waiting < target and not self._task.done():
            self._due.set()
            self._moved.clear()
            await _first_of(self._moved.wait(), self._task)
        if self._task.done():
            self._task.result()

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._run(), name=f"write {self.name}")
        return self

    async def __aexit__(self, *_exception: object) -> None:
        """Write what waits; from the first fault on, drop and count it."""
        self._stopping.set()
        self._due.set()
        if self._task:
            await self._task

    async def _run(self) -> None:
        try:
            while not self._stopping.is_set():
                await _first_of(self._due.wait(), self._clock.sleep(self._policy.interval_s))
                await self._write_waiting()
            await self._write_waiting()
        except Exception:
            self.counts.defects += 1
            _log.exception(
                "writing has ended; this is a defect of the program", writer=self.name, rows=self.waiting
            )
            raise
        self._drop_rest()

    async def _write_waiting(self) -> None:
        """Write what waits now, batch by batch, however long the database is away; only the end breaks it off."""
        self._due.clear()
        goal = self.counts.taken
        faults = 0
        while self._rows and self.counts.taken - self.waiting < goal:
            if await self._write_batch():
                faults = 0
            elif self._stopping.is_set():
                return
            else:
                pause = self._policy.retry.pause_s(min(faults, _MOST_DOUBLINGS), self._rng)
                await _first_of(self._stopping.wait(), self._clock.sleep(pause))
                faults += 1

    async def _write_batch(self) -> bool:
        batch = [self._rows.popleft() for _ in range(min(len(self._rows), self._policy.batch_rows))]
        self._in_flight = len(batch)
        try:
            await self._store(batch)
        except SourceError as fault:
            self._rows.extendleft(reversed(batch))
            self._failed(fault)
            return False
        finally:
            self._in_flight = 0
            self._trim()
            self._moved.set()
        self._dropping = False
        return True

    async def _store(self, batch: Sequence[Row]) -> None:
        """Write a batch; where the database refuses it, find the row it refuses by halves and leave that one out."""
        try:
            new = await self._append(batch)
        except Rejected as fault:
            if len(batch) > 1:
                await self._store(batch[: len(batch) // 2])
                await self._store(batch[len(batch) // 2 :])
                return
            self.counts.refused += 1
            _log.exception(
                "the database refuses a row, which is left out", writer=self.name, detail=fault.detail
            )
            return
        self._answered()
        self.counts.written += new
        self.counts.known += len(batch) - new

    def _trim(self) -> None:
        while len(self._rows) > self._policy.bound_rows:
            self._rows.popleft()
            self.counts.dropped += 1
            if not self._dropping:
                self._dropping = True
                _log.error(
                    "the queue is full, its oldest rows are dropped", writer=self.name, rows=len(self._rows)
                )

    def _drop_rest(self) -> None:
        if self._rows:
            _log.error(
                "the end came while the database was away, rows are lost", writer=self.name, rows=self.waiting
            )
            self.counts.dropped += len(self._rows)
            self._rows.clear()
            self._moved.set()

    def _failed(self, fault: SourceError) -> None:
        if not self._failing:
            self._failing = True
            _log.warning(
                "writing is held up, rows are kept",
                writer=self.name,
                fault=type(fault).__name__,
                detail=fault.detail,
                what_to_do=fault.what_to_do if isinstance(fault, Misconfigured) else None,
                rows=self.waiting,
            )

    def _answered(self) -> None:
        if self._failing:
            self._failing = False
            _log.info("writing goes on", writer=self.name, rows=self.waiting)


async def _first_of(*waits: Awaitable[object]) -> None:
    """Return when one of these is done; what was begun here for it is cancelled, a task of others is not."""
    futures = [asyncio.ensure_future(wait) for wait in waits]
    try:
        await asyncio.wait(futures, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for future, wait in zip(futures, waits, strict=True):
            if future is not wait:
                future.cancel()
