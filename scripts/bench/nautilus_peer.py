"""Follows a recording with nautilus_trader: its Rust-core book, and trade and order flow sums kept in Python.

``INTERPRETER scripts/bench/nautilus_peer.py RECORDING`` runs in an interpreter that has nautilus_trader, whose pandas
is older than ours, and imports nothing of this project. Messages are decoded and parsed by its own Binance adapter. For
every line on standard input it follows the recording once and writes the seconds.
"""

import gzip
import json
import sys
import time
from typing import Any

import msgspec
from nautilus_trader.adapters.binance.common.schemas.market import BinanceOrderBookMsg, BinanceQuoteMsg
from nautilus_trader.model.book import OrderBook
from nautilus_trader.model.enums import BookType
from nautilus_trader.model.identifiers import InstrumentId

INSTRUMENT = InstrumentId.from_str("BTCUSDT-PERP.BINANCE")
HEAD = 60


class Trade(msgspec.Struct):
    """What the sums need of a recorded trade, which the adapter knows on spot alone."""

    p: str
    q: str
    T: int
    m: bool


class TradeMessage(msgspec.Struct):
    """A combined-stream message."""

    data: Trade


class Follower:
    """The book, the sums of trades and the best-level order flow, current after every message."""

    def __init__(self) -> None:
        self._book = OrderBook(INSTRUMENT, BookType.L2_MBP)
        self._depth = msgspec.json.Decoder(BinanceOrderBookMsg)
        self._quotes = msgspec.json.Decoder(BinanceQuoteMsg)
        self._trades = msgspec.json.Decoder(TradeMessage)
        self.bought = self.sold = self.signed = self.flow = 0.0
        self.count = 0
        self.best: tuple[Any, Any] = (None, None)
        self._touch: tuple[float, float, float, float] | None = None

    def snapshot(self, raw: bytes) -> None:
        """Load the REST order book."""
        body = msgspec.json.decode(raw)
        update = {"e": "depthUpdate", "E": body["E"], "T": body["E"], "s": "BTCUSDT", "pu": 0}
        ids = {"U": body["lastUpdateId"], "u": body["lastUpdateId"], "b": body["bids"], "a": body["asks"]}
        message = {"stream": "btcusdt@depth", "data": {**update, **ids}}
        data = self._depth.decode(msgspec.json.encode(message)).data
        self._book.apply_deltas(data.parse_to_order_book_deltas(INSTRUMENT, 0, snapshot=True))

    def depth(self, raw: bytes) -> None:
        """Apply one update."""
        data = self._depth.decode(raw).data
        self._book.apply_deltas(data.parse_to_order_book_deltas(INSTRUMENT, 0))
        self.best = self._book.best_bid_price(), self._book.best_ask_price()

    def quote(self, raw: bytes) -> None:
        """Add what the touch gained or lost (Cont, Kukanov and Stoikov, 2014)."""
        tick = self._quotes.decode(raw).data.parse_to_quote_tick(INSTRUMENT, 0)
        bid, ask = tick.bid_price.as_double(), tick.ask_price.as_double()
        bid_size, ask_size = tick.bid_size.as_double(), tick.ask_size.as_double()
        if self._touch is not None:
            old_bid, old_bid_size, old_ask, old_ask_size = self._touch
            self.flow += (bid_size if bid >= old_bid else 0.0) - (old_bid_size if bid <= old_bid else 0.0)
            self.flow -= (ask_size if ask <= old_ask else 0.0) - (old_ask_size if ask >= old_ask else 0.0)
        self._touch = bid, bid_size, ask, ask_size

    def trade(self, raw: bytes) -> None:
        """Add one trade."""
        found = self._trades.decode(raw).data
        notional = float(found.p) * float(found.q)
        self.count += 1
        if found.m:
            self.sold += notional
        else:
            self.bought += notional
        self.signed += -notional if found.m else notional


def messages(path: str) -> list[tuple[str, bytes]]:
    """Return the kind and bytes of every message, those the snapshot already knows left out."""
    found, known = [], 0
    with gzip.open(path, "rb") as lines:
        for line in lines:
            body = json.loads(line)["d"]
            raw = json.dumps(body, separators=(",", ":")).encode()
            head = raw[:HEAD]
            if b'"lastUpdateId"' in head:
                known = body["lastUpdateId"]
                found.append(("snapshot", raw))
            elif b"@depth" in head:
                if known and body["data"]["u"] > known:
                    found.append(("depth", raw))
            elif b"@bookTicker" in head:
                found.append(("quote", raw))
            else:
                found.append(("trade", raw))
    return found


def main() -> None:
    """Follow the recording once for every line read."""
    recorded = messages(sys.argv[1])
    for _ in sys.stdin:
        follower = Follower()
        take = {name: getattr(follower, name) for name in ("snapshot", "depth", "quote", "trade")}
        began = time.process_time()
        for kind, raw in recorded:
            take[kind](raw)
        print(time.process_time() - began, flush=True)


if __name__ == "__main__":
    main()
