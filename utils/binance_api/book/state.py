"""States and faults of a local order book, and the request for a new snapshot."""

from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from utils.binance_api.book.ladder import Level
from utils.binance_api.streams.continuity import BookMarket
from utils.http.errors import Unavailable


class BookState(Enum):
    """empty -> buffering -> synced -> stale; after a snapshot every state can become synced."""

    EMPTY = "empty"
    BUFFERING = "buffering"
    SYNCED = "synced"
    STALE = "stale"


class BookFault(Enum):
    """Why a book must not be read, and in most cases why it needs a snapshot."""

    NO_UPDATE = "no update has arrived yet"
    NO_SNAPSHOT = "updates are kept until a snapshot arrives"
    NOT_BRIDGED = "a snapshot waits for the first update that joins it"
    SNAPSHOT_TOO_OLD = "the snapshot is older than the updates kept"
    GAP = "an update was lost"
    CROSSED = "the best bid reached the best ask"
    SIDE_LOST = "all orders of a side lie beyond the snapshot's last price"
    RANGE_LEFT = "the best price left the range the snapshot covered"
    ONE_SIDED = "one side has no orders"
    DISCONNECTED = "the connection was lost"
    STREAM_STALE = "the stream fell silent"


class BookNotReady(Unavailable):
    """The local book is not in sync; ``reason`` says why. Old levels are never returned."""

    def __init__(self, symbol: str, market: BookMarket, reason: BookFault) -> None:
        super().__init__(f"binance.{market}.book", f"order book of {symbol} is not ready: {reason.value}")
        self.symbol = symbol
        self.market = market
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Resync:
    """A request for a REST snapshot of one book; the receiver decides when to fetch it.

    With ``RANGE_LEFT`` the book stays readable meanwhile, with less known depth.
    ``local_id`` is the last id applied, ``update_id`` the first id of the update that caused the request.
    """

    symbol: str
    market: BookMarket
    reason: BookFault
    local_id: int | None = None
    update_id: int | None = None


class DepthEvent(Protocol):
    """The fields of an update that a book uses: ids, exchange time (UTC ms) and absolute quantities."""

    first_id: int
    final_id: int
    previous_id: int | None
    event_ms: int
    bids: list[Level]
    asks: list[Level]


@dataclass(slots=True)
class BookCounts:
    """Counts of the updates of one book."""

    applied: int = 0
    stale: int = 0
    gaps: int = 0
    resyncs: int = 0
    overflowed: int = 0
