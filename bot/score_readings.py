"""Readings of scalars read back from the scores that were published with them, whichever interval was asked."""

from collections.abc import Callable
from typing import Final

import numpy as np
import structlog

from analysis.framework.question import Request
from analysis.framework.reasons import Reason
from analysis.framework.scalar_past import ScalarPast
from analysis.sources.degrading import fault_reason
from composite.declared import BY_NAME
from composite.published import subject
from composite.readings import MOST_READINGS, READ_BACK_DAYS
from utils.http.errors import SourceError
from utils.store.scores import PartReading, ScoreSubject
from utils.store.store import Store
from utils.store.urls import SOURCE
from utils.units import DAY_MS, MINUTE_MS

NOT_OPEN: Final = Reason("source_down", {"source": SOURCE})
log = structlog.get_logger(__name__)


class ScoreReadings:
    """Implements `composite.readings.Readings`; ``store`` returns the open database, ``None`` without one."""

    def __init__(self, store: Callable[[], Store | None]) -> None:
        self._store = store

    async def before(self, name: str, request: Request, moment: int) -> ScalarPast | Reason:
        """Return the newest readings before ``moment``, the first of each minute."""
        store, remembered = self._store(), BY_NAME[name].remembers
        if store is None:
            return NOT_OPEN
        try:
            rows = await store.scores.parts(
                ScoreSubject(name, subject(request), request.market),
                tuple(remembered.values()),
                since=moment - READ_BACK_DAYS * DAY_MS,
                before=moment,
                most=MOST_READINGS,
            )
        except SourceError as error:
            log.info("earlier readings not read", score=name, detail=error.detail)
            return fault_reason(error)
        return _past_of(tuple(remembered), rows)


def _past_of(scalars: tuple[str, ...], rows: tuple[PartReading, ...]) -> ScalarPast:
    time = np.array([row.as_of for row in rows], dtype=np.int64)
    values = np.array([row.values for row in rows], dtype=np.float64).reshape(len(rows), len(scalars))
    _, first = np.unique(time // MINUTE_MS, return_index=True)
    return ScalarPast(time[first], {name: values[first, place] for place, name in enumerate(scalars)})
