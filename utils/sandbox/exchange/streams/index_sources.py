"""Indices of futures as streams, and the trading sessions of TradFi markets (spec/binance.md, section 7)."""

from utils.sandbox.exchange.market.contract import UnknownSymbolError
from utils.sandbox.exchange.rest.futures_indices import (
    BUFFER,
    EXCHANGE_BUFFER,
    AssetIndex,
    asset_indices,
    composite,
)
from utils.sandbox.exchange.rest.trading_sessions import EVENTS, session_now
from utils.sandbox.exchange.streams.frames import encoded
from utils.sandbox.exchange.streams.source import Stretch

Fields = dict[str, object]


class AssetIndexSource:
    """The index of one asset."""

    def tell(self, stretch: Stretch) -> list[bytes]:
        """See `Source`."""
        rows = asset_indices(stretch.desk.market, stretch.to_ms)
        found = next((row for row in rows if row.symbol == stretch.symbol), None)
        if found is None:
            raise UnknownSymbolError(stretch.symbol)
        return [encoded(_asset(found, stretch.to_ms))]


class AssetIndicesSource:
    """The indices of all assets in one message."""

    def tell(self, stretch: Stretch) -> list[bytes]:
        """See `Source`."""
        rows = asset_indices(stretch.desk.market, stretch.to_ms)
        return [encoded([_asset(row, stretch.to_ms) for row in rows])] if rows else []


class CompositeIndexSource:
    """A composite index and what it consists of."""

    def tell(self, stretch: Stretch) -> list[bytes]:
        """See `Source`."""
        parts = composite(stretch.desk.market, stretch.symbol, stretch.to_ms)
        told: Fields = {
            "e": "compositeIndex",
            "E": stretch.to_ms,
            "s": stretch.symbol,
            "p": f"{sum(part.quantity * part.index for part in parts):.8f}",
            "C": "baseAsset",
            "c": [
                {
                    "b": part.base,
                    "q": "USDT",
                    "w": f"{part.quantity:.8f}",
                    "W": f"{part.share:.8f}",
                    "i": f"{part.index:.8f}",
                }
                for part in parts
            ],
        }
        return [encoded(told)]


class TradingSessionSource:
    """The session under way of every market, one message each."""

    def tell(self, stretch: Stretch) -> list[bytes]:
        """See `Source`."""
        now = {event: session_now(market, stretch.to_ms) for market, event in EVENTS.items()}
        return [
            encoded({"e": event, "E": stretch.to_ms, "t": one.start_ms, "T": one.end_ms, "S": one.kind})
            for event, one in now.items()
        ]


def _asset(row: AssetIndex, now_ms: int) -> Fields:
    return {
        "e": "assetIndexUpdate",
        "E": now_ms,
        "s": row.symbol,
        "i": f"{row.index:.8f}",
        "b": f"{BUFFER:.8f}",
        "a": f"{BUFFER:.8f}",
        "B": row.bid(BUFFER),
        "A": row.ask(BUFFER),
        "q": f"{EXCHANGE_BUFFER:.8f}",
        "g": f"{EXCHANGE_BUFFER:.8f}",
        "Q": row.bid(EXCHANGE_BUFFER),
        "G": row.ask(EXCHANGE_BUFFER),
    }
