"""Order books kept in sync with the exchange: one update stream each, and rate-limited REST snapshots where needed.

A gap, a lost connection or a stale stream makes that book unreadable until a new snapshot was joined with the stream;
old levels are never returned. Attempts are repeated with exponential backoff and without a limit on their number.
"""

import asyncio
import random
from collections.abc import Callable
from typing import Final

import structlog

from utils.binance_api import schemas, urls
from utils.binance_api.book.book import OrderBook
from utils.binance_api.book.state import BookFault, BookNotReady, BookState, Resync
from utils.binance_api.http.paced import PacedRest
from utils.binance_api.schemas import DepthBody
from utils.binance_api.streams.backoff import Backoff
from utils.binance_api.streams.decode import Payload
from utils.binance_api.streams.events import DepthUpdate
from utils.binance_api.streams.keep_alive import KeepAlive
from utils.binance_api.streams.names import depth_stream
from utils.binance_api.streams.subscription import LAGGING_MS, StreamState
from utils.binance_api.streams.supervisor import StreamSupervisor
from utils.binance_api.urls import Endpoint, Market
from utils.clock import Clock
from utils.http.errors import Misconfigured, Rejected, Retryable, SourceError, Unavailable
from utils.timeouts import within

_log = structlog.get_logger(__name__)

SNAPSHOT_LEVELS: Final = 1000
"""Weight 50 on spot and 20 on futures; 5000 levels of spot would cost 250."""
STABLE_S: Final = 60.0
"""After this long in sync the next attempts start without a pause."""
REFUSED_PAUSE_S: Final = 600.0
"""Pause after the exchange rejected a snapshot request, as for a delisted symbol."""
WIDEN_PAUSE_S: Final = 10.0
TTL_S: Final = 900.0
MAX_BOOKS: Final = 400
READY_TIMEOUT_S: Final = 10.0
_DEPTH: Final[dict[Market, Endpoint]] = {
    "spot": urls.SPOT_DEPTH_BOOK,
    "futures": urls.FUTURES_DEPTH_BOOK,
}
_STATE_REASON: Final = {StreamState.DOWN: BookFault.DISCONNECTED, StreamState.REFUSED: BookFault.DISCONNECTED}


class LiveBook:
    """One book and its stream; reading ``book`` raises ``BookNotReady`` unless it is in sync.

    ``problem`` is why the last snapshot request failed, ``None`` if it succeeded.
    """

    def __init__(self, symbol: str, market: Market, owner: "LiveBooks") -> None:
        self.symbol = symbol
        self.market: Market = market
        self.book = OrderBook(symbol, market)
        self.problem: SourceError | None = None
        self.misrouted = 0
        self.snapshots = 0
        self._owner = owner
        self._backoff = Backoff(owner.rng)
        self._lagging = False
        self._task: asyncio.Task[None] | None = None
        self._widening = False
        self._attempts = 0
        self._loss_logged = False
        self._synced = asyncio.Event()
        self._synced_s = 0.0
        self._updated = asyncio.Event()
        self._handle = owner.supervisor.subscribe(depth_stream(market, symbol), self)

    def age_ms(self) -> int | None:
        """Return the age of the newest applied update (ms, exchange time)."""
        return None if self.book.event_ms is None else self._owner.market_ms() - self.book.event_ms

    async def ready(self, timeout_s: float = READY_TIMEOUT_S) -> OrderBook:
        """Return the book once it is in sync; raises ``BookNotReady`` after ``timeout_s`` seconds."""
        if not self._synced.is_set() and not await within(self._owner.clock, timeout_s, self._synced.wait()):
            raise BookNotReady(self.symbol, self.market, self.book.reason or BookFault.NO_SNAPSHOT)
        return self.book

    def widen(self) -> None:
        """Request a snapshot that extends the known depth of a book in sync, which stays readable meanwhile."""
        if self.book.state is BookState.SYNCED:
            self.book.refresh()
            self._request_snapshot(Resync(self.symbol, self.market, BookFault.RANGE_LEFT, self.book.local_id))

    async def changed(self) -> None:
        """Wait for the next update; a slow caller sees the newest state only."""
        self._updated.clear()
        await self._updated.wait()

    def event(self, payload: Payload) -> None:
        """Handle one update of the stream."""
        if not isinstance(payload, DepthUpdate) or payload.symbol != self.symbol:
            self.misrouted += 1
            return
        if self._lagging:
            if self._owner.market_ms() - payload.event_ms > LAGGING_MS:
                return
            self._lagging = False
        signal = self.book.feed(payload)
        self._update_state()  # first: whether it was in sync for long decides about the pause
        if signal is not None:
            self._request_snapshot(signal)
        self._updated.set()

    def lost(self, state: StreamState) -> None:
        """Mark the book as not readable."""
        self._lagging = state is StreamState.LAGGING
        self._cancel_fetch()
        self.book.invalidate(_STATE_REASON.get(state, BookFault.STREAM_STALE))
        self._update_state()

    def live(self) -> None:
        """Do nothing: the first update requests the snapshot."""

    def close(self) -> None:
        """Close the stream."""
        self._handle.close()
        self._cancel_fetch()

    def _cancel_fetch(self) -> None:
        if self._task is not None:
            self._task.cancel()
            self._task = None

    def _update_state(self) -> None:
        in_sync = self.book.state is BookState.SYNCED
        if in_sync and not self._synced.is_set():
            self._synced.set()
            self._synced_s = self._owner.clock.monotonic()
            if self._loss_logged:
                _log.info("book in sync again", symbol=self.symbol, market=self.market)
            self._loss_logged = False
        elif not in_sync and self._synced.is_set():
            self._synced.clear()
            self._log_loss()
            if self._owner.clock.monotonic() - self._synced_s >= STABLE_S:
                self._attempts = 0
                self._backoff.reset()

    def _log_loss(self) -> None:
        """Log faults of this book alone; a lost or stale stream is logged once, by its connection."""
        reason = self.book.reason
        if reason is not None and reason not in (BookFault.DISCONNECTED, BookFault.STREAM_STALE):
            self._loss_logged = True
            _log.warning("book out of sync", symbol=self.symbol, market=self.market, reason=reason.value)

    def _request_snapshot(self, signal: Resync) -> None:
        """Request a snapshot, one at a time, after a pause that grows with every attempt."""
        widening = signal.reason is BookFault.RANGE_LEFT
        if self._task is not None and not self._task.done():
            if widening or not self._widening:
                return
            self._cancel_fetch()  # it was to extend a synced book, which has been lost since
        self._widening = widening
        pause_s = WIDEN_PAUSE_S if widening else self._backoff.next_s() if self._attempts else 0.0
        self._attempts += not widening
        self._task = asyncio.create_task(self._fetch(pause_s), name=f"book-snapshot-{self.symbol}")

    async def _fetch(self, pause_s: float) -> None:
        """Read snapshots until one fits the updates."""
        while True:
            await self._owner.clock.sleep(pause_s)
            try:
                body = await self._owner.read_snapshot(self.market, self.symbol)
            except SourceError as error:
                self._failed(error)
                pause_s = self._backoff.next_s(_least_pause_s(error, self._owner.market_ms()))
                continue
            self.problem = None
            self.snapshots += 1
            signal = self.book.snapshot(body.bids, body.asks, body.last_update_id, limit=SNAPSHOT_LEVELS)
            self._update_state()
            if signal is None and self.book.local_id is not None:
                return
            pause_s = self._backoff.next_s()

    def _failed(self, error: SourceError) -> None:
        if type(self.problem) is not type(error):
            _log.warning("no book snapshot", symbol=self.symbol, market=self.market, detail=error.detail)
        self.problem = error


def _least_pause_s(error: SourceError, now_ms: int) -> float:
    if isinstance(error, Rejected | Misconfigured):
        return REFUSED_PAUSE_S
    if isinstance(error, Unavailable) and error.until_ms is not None:
        return (error.until_ms - now_ms) / 1000
    return (error.retry_after_s or 0.0) if isinstance(error, Retryable) else 0.0


class LiveBooks(KeepAlive[tuple[Market, str], LiveBook]):
    """The open books, by market and symbol."""

    def __init__(
        self,
        supervisor: StreamSupervisor,
        rest: PacedRest,
        clock: Clock,
        rng: random.Random,
        market_ms: Callable[[], int],
        *,
        ttl_s: float = TTL_S,
        capacity: int = MAX_BOOKS,
    ) -> None:
        self.supervisor = supervisor
        self.clock = clock
        self.rng = rng
        self.market_ms = market_ms
        self._rest = rest
        self._reading: dict[Market, asyncio.Lock] = {"spot": asyncio.Lock(), "futures": asyncio.Lock()}
        super().__init__(
            "binance.books",
            lambda key: LiveBook(key[1], key[0], self),
            LiveBook.close,
            clock,
            ttl_s=ttl_s,
            capacity=capacity,
        )
        supervisor.on_tick.append(self.sweep)

    async def read_snapshot(self, market: Market, symbol: str) -> DepthBody:
        """Read one snapshot, one at a time per market, within the streams' share of the weight."""
        async with self._reading[market]:
            params: dict[str, str | int] = {"symbol": symbol, "limit": SNAPSHOT_LEVELS}
            return (await self._rest.get(_DEPTH[market], params, schemas.depth)).value
