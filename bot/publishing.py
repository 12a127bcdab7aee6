"""What is shown of the composite scores goes to the database, behind the answer's back."""

import random
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager, nullcontext
from typing import Final

from analysis.framework.question import Request
from analysis.framework.reasons import STILL_COMPUTING
from composite.published import published
from composite.record import TrackRecord
from composite.result import Composite
from handlers.services import CompositePort
from utils.caching import LruMap
from utils.clock import Clock
from utils.http.errors import Unavailable
from utils.store.scores import PublishedScore
from utils.store.store import Store
from utils.store.urls import SOURCE
from utils.store.writer import BufferedWriter, WriterPolicy

POLICY: Final = WriterPolicy(batch_rows=100, bound_rows=5_000)
REMEMBERED: Final = 4_096
"""Scores whose row has been handed over already."""


class ScorePublisher:
    """Keeps each score that is shown live, once; while the database cannot be used its rows wait in memory.

    ``store`` returns the open database, ``None`` without one.
    """

    def __init__(self, store: Callable[[], Store | None], clock: Clock, rng: random.Random) -> None:
        self._store = store
        self._seen: LruMap[object, bool] = LruMap(REMEMBERED)
        self._writer = BufferedWriter[PublishedScore](
            "scores", self._append, clock=clock, rng=rng, policy=POLICY
        )

    @property
    def waiting(self) -> int:
        """How many rows are not written yet."""
        return self._writer.waiting

    def running(self) -> AbstractAsyncContextManager[object]:
        """Return the context in which rows are written; leaving it writes what waits."""
        return self._writer

    async def flush(self) -> None:
        """Return when every row handed over so far is written."""
        await self._writer.flush()

    def publish(self, composite: Composite, asked: Request) -> None:
        """Take a score that is shown about now; never waits."""
        row = published(composite, asked)
        if self._seen.get(row.key) is None:
            self._seen.put(row.key, True)
            self._writer.put(row)

    async def _append(self, rows: Sequence[PublishedScore]) -> int:
        store = self._store()
        if store is None:
            raise Unavailable(SOURCE, "it is not open")
        return await store.scores.append(rows)


class PublishedComposites:
    """Implements `handlers.services.CompositePort` over another: what it returns about now is published.

    Each question is answered inside ``scope``, which keeps it to one configuration.
    """

    def __init__(
        self,
        composites: CompositePort,
        publisher: ScorePublisher,
        scope: Callable[[], AbstractContextManager[object]] = nullcontext,
    ) -> None:
        self._composites = composites
        self._publisher = publisher
        self._scope = scope

    @property
    def unpublished(self) -> CompositePort:
        """The scores themselves: reading them publishes nothing."""
        return self._composites

    async def score(self, name: str, request: Request) -> Composite:
        """Return one score. Raises `SourceError`."""
        with self._scope():
            composite = await self._composites.score(name, request)
        self._publish(request, composite)
        return composite

    async def all(self, request: Request) -> tuple[Composite, ...]:
        """Return every score that this question has. Raises `SourceError`."""
        with self._scope():
            composites = await self._composites.all(request)
        self._publish(request, *composites)
        return composites

    async def evidence(self, name: str, request: Request) -> tuple[TrackRecord, ...]:
        """Return what was measured of a score."""
        return await self._composites.evidence(name, request)

    def _publish(self, request: Request, *composites: Composite) -> None:
        """A past moment is not published: its score was not known then.

        Nor is a score that is withheld because a module was not waited for: the next answer of the bar may have it.
        """
        if request.as_of is not None:
            return
        for composite in composites:
            if (
                composite.score is not None
                or composite.weights
                or STILL_COMPUTING not in composite.null_reasons
            ):
                self._publisher.publish(composite, request)
