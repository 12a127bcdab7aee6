"""A local order book: combines a REST snapshot with the stream of updates and detects when they do not fit.

Use: ``feed`` every update of the symbol. A returned ``Resync`` requests a REST snapshot of this symbol; pass it to
``snapshot`` and continue feeding. Reading raises ``BookNotReady`` unless the book is in sync with the exchange.

Buffering: without a usable snapshot the newest ``MAX_BUFFERED`` updates are kept; older ones are dropped and counted. A
snapshot older than the buffer is refused and the buffer stays, so that a newer one can be joined (the options snapshot
may lag by 30 s). After ``refresh`` a synced book buffers updates besides applying them, so that a newer snapshot can
extend its known depth while the book stays readable.
"""

from collections import deque

from utils.binance_api.book import measures
from utils.binance_api.book.ladder import Ladder, Level, Levels
from utils.binance_api.book.measures import Aggressor, DepthWithin
from utils.binance_api.book.order_flow import touch_flow
from utils.binance_api.book.state import BookCounts, BookFault, BookNotReady, BookState, DepthEvent, Resync
from utils.binance_api.streams.continuity import BookMarket, Verdict, judge
from utils.binance_api.touch import Touch
from utils.units import BASIS_POINTS

MAX_BUFFERED = 1000
"""Updates kept without a snapshot: 100 s of the usual 100 ms stream, three times the slowest snapshot seen."""


class OrderBook:
    """The book of one symbol on one market.

    Best quotes, ``flow`` (e_n of the last update) and ``flow_total`` (its sum over the time in sync), both in base
    units, are current after every ``feed``. ``event_ms`` is the exchange's time of the last update applied (UTC ms);
    the caller compares it with a clock and calls ``invalidate``.
    """

    __slots__ = (
        "_asks",
        "_bids",
        "_bridged",
        "_buffer",
        "_local_id",
        "_reason",
        "_refreshing",
        "_state",
        "_touch",
        "counts",
        "event_ms",
        "flow",
        "flow_total",
        "market",
        "symbol",
    )

    def __init__(self, symbol: str, market: BookMarket) -> None:
        self.symbol = symbol
        self.market: BookMarket = market
        self.counts = BookCounts()
        self.event_ms: int | None = None
        self.flow = 0.0
        self.flow_total = 0.0
        self._bids = Ladder(1)
        self._asks = Ladder(-1)
        self._buffer: deque[DepthEvent] = deque(maxlen=MAX_BUFFERED)
        self._local_id: int | None = None
        self._bridged = False
        self._refreshing = False
        self._touch: Touch | None = None
        self._state = BookState.EMPTY
        self._reason = BookFault.NO_UPDATE

    @property
    def state(self) -> BookState:
        """The state of the book."""
        return self._state

    @property
    def local_id(self) -> int | None:
        """The update id of the levels, ``None`` without a snapshot."""
        return self._local_id

    @property
    def reason(self) -> BookFault | None:
        """Why the book must not be read, ``None`` if it may."""
        return None if self._state is BookState.SYNCED else self._reason

    def feed(self, event: DepthEvent) -> Resync | None:
        """Handle one update; updates must be fed in the order received.

        Returns:
            A ``Resync`` if this update showed that a snapshot is needed: for the first update, for each loss of sync,
            and once per snapshot when prices leave its range. Later updates are buffered and return ``None``.
        """
        if self._state is BookState.SYNCED:
            return self._advance(event)
        if len(self._buffer) == MAX_BUFFERED:
            self.counts.overflowed += 1
        self._buffer.append(event)
        if self._local_id is not None:
            return self._replay()
        if self._state is BookState.EMPTY:
            self._state, self._reason = BookState.BUFFERING, BookFault.NO_SNAPSHOT
            return self._resync(BookFault.NO_SNAPSHOT, event.first_id)
        return None

    def snapshot(
        self, bids: Levels, asks: Levels, last_update_id: int, *, limit: int | None = None
    ) -> Resync | None:
        """Load a REST snapshot and apply the buffered updates that follow it.

        Levels come as pairs or as an array of shape (n, 2): price and quantity in base units. ``limit`` is the number
        of levels requested: a side with fewer is completely known; without ``limit`` both sides count as truncated.
        Without buffered updates the book becomes readable with the next update. A synced book ignores a snapshot older
        than itself.

        Returns:
            A ``Resync`` if the snapshot is too old for the buffered updates, which stay.
        """
        if self._state is BookState.SYNCED and not self._can_join(last_update_id):
            self.counts.stale += 1
            return self._resync(BookFault.SNAPSHOT_TOO_OLD, last_update_id) if self._refreshing else None
        self._bids.load(bids, complete=limit is not None and len(bids) < limit)
        self._asks.load(asks, complete=limit is not None and len(asks) < limit)
        self._local_id, self._bridged = last_update_id, False
        self.flow = 0.0
        self._touch = self._find_touch()
        if self._buffer or self._state is BookState.SYNCED:
            return self._replay()
        self._state, self._reason = BookState.BUFFERING, BookFault.NOT_BRIDGED
        return None

    def refresh(self) -> None:
        """Buffer updates from now on, so that a snapshot can replace the levels while the book stays readable."""
        self._refreshing = True

    def _can_join(self, last_update_id: int) -> bool:
        """Whether a snapshot can replace a synced book: it is newer, or the buffered updates continue it."""
        if self._local_id is None or last_update_id >= self._local_id:
            return True
        if not self._buffer:
            return False
        return self._judge(self._buffer[0], last_update_id, bridged=False) is not Verdict.GAP

    def invalidate(self, reason: BookFault) -> None:
        """Mark the book as not readable and drop buffered updates: the connection is lost or the stream is stale.

        The next update returns a ``Resync``.
        """
        self._buffer.clear()
        self._local_id, self._touch = None, None
        self._state, self._reason = BookState.EMPTY, reason

    def _advance(self, event: DepthEvent) -> Resync | None:
        verdict = self._judge(event, self._local_id, bridged=self._bridged)
        if verdict is Verdict.STALE:
            self.counts.stale += 1
            return None
        if verdict is Verdict.GAP:
            return self._fail(BookFault.GAP, event)
        before = self._touch
        lost = self._apply(event)
        if lost is not None:
            return lost
        self._count_flow(before)
        signal = self._watch_range(event)
        if self._refreshing:
            self._buffer.append(event)
        return signal

    def _count_flow(self, before: Touch | None) -> None:
        """Count order flow between live updates only; replayed updates rebuild levels and are not counted."""
        self.flow = 0.0 if before is None or self._touch is None else touch_flow(before, self._touch)
        self.flow_total += self.flow

    def _judge(self, event: DepthEvent, local_id: int | None, *, bridged: bool) -> Verdict:
        first, final, previous = event.first_id, event.final_id, event.previous_id
        return judge(self.market, local_id, first, final, previous, bridged=bridged)

    def _apply(self, event: DepthEvent) -> Resync | None:
        self._bids.update(event.bids)
        self._asks.update(event.asks)
        self._local_id, self._bridged, self.event_ms = event.final_id, True, event.event_ms
        self.counts.applied += 1
        self._touch = self._find_touch()
        return self._check(event)

    def _check(self, event: DepthEvent | None = None) -> Resync | None:
        """Check after every change that both sides have known levels and that the book is not crossed."""
        touch = self._touch
        if touch is not None:
            return self._fail(BookFault.CROSSED, event) if touch.bid >= touch.ask else None
        whole = (len(self._bids) or self._bids.complete) and (len(self._asks) or self._asks.complete)
        return None if whole else self._fail(BookFault.SIDE_LOST, event)

    def _watch_range(self, event: DepthEvent) -> Resync | None:
        """Request a snapshot, once, if a best price is outside the known depth."""
        touch = self._touch
        if (
            self._refreshing
            or touch is None
            or (self._bids.covers(touch.bid) and self._asks.covers(touch.ask))
        ):
            return None
        self.refresh()
        return self._resync(BookFault.RANGE_LEFT, event.first_id)

    def _replay(self) -> Resync | None:
        """Apply the buffered updates to the snapshot; the book is synced if none of them shows a gap."""
        self._refreshing = False
        self._state = BookState.BUFFERING
        while self._buffer:
            event = self._buffer.popleft()
            verdict = self._judge(event, self._local_id, bridged=self._bridged)
            if verdict is Verdict.GAP:
                return self._fail(BookFault.GAP if self._bridged else BookFault.SNAPSHOT_TOO_OLD, event)
            if verdict is Verdict.STALE:
                self.counts.stale += 1
                continue
            lost = self._apply(event)
            if lost is not None:
                return lost
        self._state = BookState.SYNCED
        return self._check()

    def _fail(self, reason: BookFault, event: DepthEvent | None) -> Resync:
        """Mark the book as not readable, buffer the update that showed the fault, and request a snapshot."""
        if reason is BookFault.GAP:
            self.counts.gaps += 1
        if self._state is BookState.SYNCED:
            self._buffer.clear()
        self._state = BookState.BUFFERING if reason is BookFault.SNAPSHOT_TOO_OLD else BookState.STALE
        self._reason = reason
        if event is not None:
            self._buffer.appendleft(event)
        signal = self._resync(reason, None if event is None else event.first_id)
        self._local_id, self._touch = None, None
        return signal

    def _resync(self, reason: BookFault, update_id: int | None) -> Resync:
        self.counts.resyncs += 1
        return Resync(self.symbol, self.market, reason, self._local_id, update_id)

    def _find_touch(self) -> Touch | None:
        bid, ask = self._bids.best(), self._asks.best()
        if bid is None or ask is None:
            return None
        return Touch(bid[0], bid[1], ask[0], ask[1])

    def _require_synced(self) -> None:
        if self._state is not BookState.SYNCED:
            raise BookNotReady(self.symbol, self.market, self._reason)

    def best(self) -> Touch:
        """Return the best quotes; like all reading methods, raises ``BookNotReady`` unless the book is in sync."""
        self._require_synced()
        if self._touch is None:
            raise BookNotReady(self.symbol, self.market, BookFault.ONE_SIDED)
        return self._touch

    def top(self, count: int) -> tuple[list[Level], list[Level]]:
        """Return at most ``count`` levels of (bids, asks), best first: (price, quantity)."""
        self._require_synced()
        return self._bids.top(count), self._asks.top(count)

    @property
    def sides(self) -> tuple[Ladder, Ladder]:
        """Bids and asks, valid until the next update."""
        self._require_synced()
        return self._bids, self._asks

    def depth_within(self, bps: float) -> DepthWithin:
        """Return the orders within ``bps`` basis points of the mid."""
        return measures.depth_within(self._bids, self._asks, self.best(), bps)

    def sweep_cost(self, notional: float, side: Aggressor) -> float | None:
        """Return the cost of a market order of ``notional`` quote units (bps of the mid); see ``measures``."""
        touch = self.best()
        return measures.sweep_cost(self._asks if side == "buy" else self._bids, touch, notional, side)

    def imbalance(self, levels: int | None = None, *, bps: float | None = None) -> float | None:
        """Return (B - A) / (B + A) of quantities over the best ``levels``, or within ``bps`` of the mid."""
        if (levels is None) == (bps is None):
            raise ValueError("imbalance takes either levels or bps")
        if bps is not None:
            return self.depth_within(bps).imbalance
        self._require_synced()
        return measures.level_imbalance(self._bids, self._asks, levels or 0)

    def known_depth_bps(self) -> float:
        """Return the distance from the mid up to which both sides are known, in basis points (infinity: completely)."""
        mid = self.best().mid
        low = (mid - self._bids.known_to) if not self._bids.complete else float("inf")
        return min(low, self._asks.known_to - mid) / mid * BASIS_POINTS

    @property
    def pruned(self) -> int:
        """Levels removed because they were outside the best ``capacity`` levels of their side."""
        return self._bids.pruned + self._asks.pruned
