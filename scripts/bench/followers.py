"""Ours and the named clients following one symbol: each decodes a message, applies it and reads the best quotes."""

import importlib
import json
import warnings
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Protocol

import msgspec

from utils.binance_api.book.book import OrderBook
from utils.binance_api.streams.continuity import BookMarket
from utils.binance_api.streams.decode import Frame, FrameDecoder
from utils.binance_api.streams.events import DepthSnapshot, DepthUpdate, Trade
from utils.binance_api.trades.tape import TradeTape

_SNAPSHOT = msgspec.json.Decoder(DepthSnapshot, strict=False)
SYMBOL = "BTCUSDT"


class Follower(Protocol):
    """One symbol as a client keeps it; ``best`` is (bid, ask) after the last depth message."""

    best: tuple[float, float]

    def snapshot(self, raw: bytes) -> None:
        """Load the REST order book; not measured."""

    def depth(self, raw: bytes) -> None:
        """Decode and apply one update, and read both best quotes."""

    def trade(self, raw: bytes) -> None:
        """Decode one trade and take it in."""


class Ours:
    """This program: typed frames, the local book and the tape."""

    def __init__(self, market: BookMarket) -> None:
        self.best = (0.0, 0.0)
        self.book = OrderBook(SYMBOL, market)
        self.tape = TradeTape(SYMBOL)
        self._decode = FrameDecoder(spot=market == "spot").decode

    def snapshot(self, raw: bytes) -> None:
        """Load the REST order book."""
        body = _SNAPSHOT.decode(raw)
        self.book.snapshot(body.bids, body.asks, body.last_update_id)

    def depth(self, raw: bytes) -> None:
        """Apply one update; order flow is counted besides."""
        update = self._payload(raw)
        if not isinstance(update, DepthUpdate):
            raise TypeError(f"no depth update: {raw[:80]!r}")
        self.book.feed(update)
        touch = self.book.best()
        self.best = touch.bid, touch.ask

    def trade(self, raw: bytes) -> None:
        """Add one trade to the tape; sums per second are kept up besides."""
        self.tape.take(self.read_trade(raw))

    def read_trade(self, raw: bytes) -> Trade:
        """Decode one trade and keep nothing, as the peers do."""
        trade = self._payload(raw)
        if not isinstance(trade, Trade):
            raise TypeError(f"no trade: {raw[:80]!r}")
        return trade

    def _payload(self, raw: bytes) -> object:
        frame = self._decode(raw)
        return frame.data if isinstance(frame, Frame) else None


class PythonBinance:
    """python-binance: its own JSON reader and its unmodified ``DepthCache``, which sorts when read.

    It deletes a level where the text is "0.00000000", as on spot: futures send fewer digits, so that its book only
    grows there. Its sockets hand trades over as a dict; nothing keeps them.
    """

    name = "python-binance"

    def __init__(self) -> None:
        cache, socket = _modules("binance.ws.depthcache", "binance.ws.reconnecting_websocket")
        self.best = (0.0, 0.0)
        self.last_trade: Any = None
        self._cache = cache.DepthCache(SYMBOL)
        self._loads: Callable[[bytes], Any] = (socket.orjson or json).loads

    def snapshot(self, raw: bytes) -> None:
        """Load the REST order book."""
        self._add(self._loads(raw), "bids", "asks")

    def depth(self, raw: bytes) -> None:
        """Apply one update as its manager does on spot."""
        self._add(self._loads(raw)["data"], "b", "a")
        self.best = self._cache.get_bids()[0][0], self._cache.get_asks()[0][0]

    def trade(self, raw: bytes) -> None:
        """Decode one trade, which is all it does."""
        self.last_trade = self._loads(raw)["data"]

    def _add(self, message: Any, bids: str, asks: str) -> None:
        for bid in message[bids]:
            self._cache.add_bid(bid)
        for ask in message[asks]:
            self._cache.add_ask(ask)


class Cryptofeed:
    """cryptofeed: its types, used as its Binance feed uses them (2.4.1, ``exchanges/binance.py``), no callbacks.

    It makes a typed trade of a message and keeps none.
    """

    name = "cryptofeed"

    def __init__(self) -> None:
        types, self._json = _modules("cryptofeed.types", "yapic.json")
        self.best = (0.0, 0.0)
        self.last_trade: Any = None
        self._trade = types.Trade
        self._new_book = types.OrderBook
        self._book: Any = None
        self._last_id = 0

    def snapshot(self, raw: bytes) -> None:
        """Load the REST order book."""
        body = self._loads(raw)
        bids, asks = ({Decimal(row[0]): Decimal(row[1]) for row in body[side]} for side in ("bids", "asks"))
        self._last_id = body["lastUpdateId"]
        self._book = self._new_book("BINANCE", SYMBOL, max_depth=0, bids=bids, asks=asks)

    def depth(self, raw: bytes) -> None:
        """Apply one update; the feed collects what changed besides."""
        message = self._loads(raw)["data"]
        if message["u"] <= self._last_id:
            return
        self._last_id = message["u"]
        delta: dict[str, list[tuple[Decimal, Decimal]]] = {"bid": [], "ask": []}
        for key, side in (("b", "bid"), ("a", "ask")):
            for update in message[key]:
                price, amount = Decimal(update[0]), Decimal(update[1])
                delta[side].append((price, amount))
                if amount == 0:
                    if price in self._book.book[side]:
                        del self._book.book[side][price]
                else:
                    self._book.book[side][price] = amount
        self.best = self._book.book.bids.index(0)[0], self._book.book.asks.index(0)[0]

    def trade(self, raw: bytes) -> None:
        """Make its typed trade of one message."""
        message = self._loads(raw)["data"]
        side = "sell" if message["m"] else "buy"
        amount, price = Decimal(message["q"]), Decimal(message["p"])
        moment_s, number = message["T"] / 1000.0, str(message["t"])
        self.last_trade = self._trade(
            "BINANCE", SYMBOL, side, amount, price, moment_s, id=number, raw=message
        )

    def _loads(self, raw: bytes) -> Any:
        return self._json.loads(raw, parse_float=Decimal)


def cryptofeed_missing() -> str | None:
    """Return why cryptofeed cannot be measured, ``None`` when it can."""
    try:
        _modules("cryptofeed.types", "yapic.json")
    except ImportError as error:
        return str(error)
    return None


def _modules(*names: str) -> list[Any]:
    """Import peers by name; they are no dependency, and what they deprecate is not ours to hear."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return [importlib.import_module(name) for name in names]
