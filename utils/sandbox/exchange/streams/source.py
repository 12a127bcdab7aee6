"""What a source of messages is."""

from dataclasses import dataclass
from typing import Protocol

from utils.sandbox.exchange.streams.desk import Desk
from utils.sandbox.exchange.streams.names import StreamName

USD_MARGINED = 1
COIN_MARGINED = 2
"""`st` of futures messages (spec/binance.md, section 7)."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """What a source is asked about: everything after `after_ms` up to `to_ms` (UTC ms) on a market."""

    desk: Desk
    kind: str
    name: StreamName
    after_ms: int
    to_ms: int

    @property
    def symbol(self) -> str:
        """The stream's symbol."""
        return self.name.symbol

    @property
    def tail(self) -> dict[str, object]:
        """The fields that every message of a USD-M symbol ends with."""
        return {} if self.kind == "spot" else {"ps": self.symbol, "st": USD_MARGINED}


class Source(Protocol):
    """Says what one stream sends. It may remember what it said before; stretches follow each other."""

    def tell(self, stretch: Stretch) -> list[bytes]:
        """The messages about a stretch, as JSON."""
        ...
