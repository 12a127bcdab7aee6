"""What is asked, and what may be read to answer it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from utils.binance_api.binance_a import BinanceAggregator

if TYPE_CHECKING:
    from utils.recorder.history import History  # the database's libraries stay out of worker processes

Market = Literal["spot", "futures"]


@dataclass(frozen=True, slots=True)
class Request:
    """One question: which symbol and interval, as of which moment (UTC ms; ``None`` is now, by market time).

    ``rows`` asks for a longer history than the module's own, for evidence; ``None`` is the module's ``history``.
    """

    symbol: str
    interval: str
    as_of: int | None = None
    market: Market = "spot"
    rows: int | None = None


@dataclass(frozen=True, slots=True)
class Sources:
    """What ``fetch`` may read: the exchange, and positioning with our own rows beyond what the exchange keeps."""

    exchange: BinanceAggregator
    history: "History"
