"""The published scores of a question with what happened after them: read from the database and the exchange."""

from collections.abc import Callable
from typing import Final

import structlog

from analysis.framework.question import Instrument, Request, Sources
from analysis.framework.reasons import Reason
from analysis.sources.bars import market_face
from analysis.sources.degrading import fault_reason, or_reason
from composite.judged import NO_BASKETS, LiveRecord, judged, judging_interval
from composite.published import series_of
from utils.binance_api.bars import Bars
from utils.binance_api.intervals import SHORTEST_MS, last_close
from utils.http.errors import SourceError
from utils.store.scores import PublishedScore
from utils.store.store import Store
from utils.store.urls import SOURCE

MOST_SCORES: Final = 500
MOST_BARS: Final = 5_000
"""Bars read to judge by; what lies further back is not judged."""
log = structlog.get_logger(__name__)


class ScoreRecords:
    """Implements `handlers.services.RecordPort`; ``store`` returns the open database, ``None`` without one."""

    def __init__(self, store: Callable[[], Store | None], sources: Sources) -> None:
        self._store = store
        self._sources = sources

    async def published(self, name: str, request: Request) -> LiveRecord | Reason:
        """Return the newest published scores of a question as of its moment, or why they cannot be read."""
        store, moment = self._store(), self._sources.moment(request)
        if store is None:
            return Reason("source_down", {"source": SOURCE})
        try:
            rows = await store.scores.latest(series_of(name, request), until=moment, most=MOST_SCORES)
        except SourceError as error:
            log.info("published scores not read", score=name, detail=error.detail)
            return fault_reason(error)
        return judged(rows, await self._bars(request, rows, moment)) if rows else LiveRecord(())

    async def _bars(self, request: Request, rows: tuple[PublishedScore, ...], moment: int) -> Bars | Reason:
        if request.basket is not None:
            return NO_BASKETS
        interval = judging_interval(request.interval, rows[-1].horizon_s)
        back = (moment - rows[0].as_of) // SHORTEST_MS[interval] + 2
        instrument = Instrument(request.market, request.symbol)
        return await or_reason(
            market_face(self._sources, instrument).klines(
                request.symbol, interval, rows=min(MOST_BARS, back), as_of=last_close(moment, interval)
            )
        )
