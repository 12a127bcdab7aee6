"""Streams that spot alone has: reference prices and block trades."""

from utils.sandbox.exchange.market.intervals import HOUR_MS
from utils.sandbox.exchange.rest.block_trades import block_trades
from utils.sandbox.exchange.rest.spot_rules import reference_price
from utils.sandbox.exchange.streams.frames import encoded
from utils.sandbox.exchange.streams.source import Stretch


class ReferencePriceSource:
    """The reference price every second, `null` where there is none."""

    def tell(self, stretch: Stretch) -> list[bytes]:
        """See `Source`."""
        style = stretch.desk.style(stretch.kind, stretch.symbol, stretch.to_ms)
        found = reference_price(stretch.desk.market, stretch.symbol, style, stretch.to_ms)
        price, valid_ms = (None, stretch.to_ms) if found is None else found
        return [encoded({"e": "referencePrice", "s": stretch.symbol, "r": price, "t": valid_ms})]


class BlockTradeSource:
    """Each block trade at its moment."""

    def tell(self, stretch: Stretch) -> list[bytes]:
        """See `Source`."""
        first, last = stretch.after_ms // HOUR_MS + 1, stretch.to_ms // HOUR_MS
        if last < first:
            return []
        style = stretch.desk.style(stretch.kind, stretch.symbol, stretch.to_ms)
        market, count = stretch.desk.market, last - first + 1
        return [
            encoded(
                {
                    "e": "blockTrade",
                    "E": row.time_ms,
                    "s": stretch.symbol,
                    "t": row.id,
                    "p": row.price,
                    "q": row.quantity,
                    "T": row.time_ms,
                    "m": row.buyer_maker,
                }
            )
            for row in block_trades(market, stretch.symbol, style, first, count, stretch.to_ms)
        ]
