"""Trades, aggregate trades and the best bid and ask."""

from utils.sandbox.exchange.market.trades import Trades
from utils.sandbox.exchange.rest.numbers import Style
from utils.sandbox.exchange.streams.frames import encoded
from utils.sandbox.exchange.streams.source import Stretch


class TradeSource:
    """Every single trade."""

    def tell(self, stretch: Stretch) -> list[bytes]:
        """See `Source`."""
        found = stretch.desk.trades(stretch.kind, stretch.symbol, stretch.after_ms, stretch.to_ms)
        if not len(found):
            return []
        style = stretch.desk.style(stretch.kind, stretch.symbol, stretch.to_ms)
        spot = stretch.kind == "spot"
        extra: dict[str, object] = {"M": True} if spot else {"X": "MARKET", **stretch.tail}
        return [
            encoded(
                {
                    "e": "trade",
                    "E": time,
                    "s": stretch.symbol,
                    "t": number,
                    "p": style.price(price),
                    "q": style.quantity(lots),
                    "T": time,
                    "m": sold,
                    **extra,
                }
            )
            for number, time, price, lots, sold in rows_of(found)
        ]


class AggregateTradeSource:
    """Aggregate trades; as on the REST side each consists of one trade and shares its id."""

    def tell(self, stretch: Stretch) -> list[bytes]:
        """See `Source`. Spot tells each at its moment, futures every 100 ms."""
        found = stretch.desk.trades(stretch.kind, stretch.symbol, stretch.after_ms, stretch.to_ms)
        if not len(found):
            return []
        style = stretch.desk.style(stretch.kind, stretch.symbol, stretch.to_ms)
        spot = stretch.kind == "spot"
        messages = []
        for number, time, price, lots, sold in rows_of(found):
            quantity = style.quantity(lots)
            told: dict[str, object] = {
                "e": "aggTrade",
                "E": time if spot else stretch.to_ms,
                "s": stretch.symbol,
                "a": number,
                "p": style.price(price),
                "q": quantity,
            }
            if not spot:
                told["nq"] = quantity
            told |= {"f": number, "l": number, "T": time, "m": sold}
            told |= {"M": True} if spot else {"st": 1}
            messages.append(encoded(told))
        return messages


class TopSource:
    """The best bid and ask whenever they change; at a fixed speed instead when `every_ms` is given."""

    def __init__(self, every_ms: int = 0) -> None:
        self.every_ms = every_ms
        self._last: tuple[int, ...] = ()

    def tell(self, stretch: Stretch) -> list[bytes]:
        """See `Source`."""
        moments = self._steady(stretch) if self.every_ms else self._eventful(stretch)
        if not moments:
            return []
        found = stretch.desk.market.tops(stretch.kind, stretch.symbol, moments)
        style = stretch.desk.style(stretch.kind, stretch.symbol, stretch.to_ms)
        columns = (found.time_ms, found.update_id, found.bid, found.bid_lots, found.ask, found.ask_lots)
        told: list[bytes] = []
        for time, number, bid, bid_lots, ask, ask_lots in zip(*(c.tolist() for c in columns), strict=True):
            top = (bid, bid_lots, ask, ask_lots)
            if top != self._last or self.every_ms:
                told.append(self._message(stretch, style, time, number, top))
            self._last = top
        return told

    def _steady(self, stretch: Stretch) -> list[int]:
        every = self.every_ms
        return list(range((stretch.after_ms // every + 1) * every, stretch.to_ms + 1, every))

    def _eventful(self, stretch: Stretch) -> list[int]:
        found = stretch.desk.trades(stretch.kind, stretch.symbol, stretch.after_ms, stretch.to_ms)
        return sorted({*found.time.tolist(), stretch.to_ms})

    @staticmethod
    def _message(stretch: Stretch, style: Style, time_ms: int, number: int, top: tuple[int, ...]) -> bytes:
        bid, bid_lots, ask, ask_lots = top
        told: dict[str, object] = {
            "u": number,
            "s": stretch.symbol,
            "b": style.price(bid),
            "B": style.quantity(bid_lots),
            "a": style.price(ask),
            "A": style.quantity(ask_lots),
        }
        if stretch.kind != "spot":
            told = {"e": "bookTicker", **told, "T": time_ms, "E": time_ms, **stretch.tail}
        return encoded(told)


def rows_of(found: Trades) -> list[tuple[int, int, int, int, bool]]:
    """Trades as (id, UTC ms, ticks, lots, whether the taker sold)."""
    columns = (found.id, found.time, found.price, found.lots, found.buyer_maker)
    return list(zip(*(column.tolist() for column in columns), strict=True))
