"""Mark price, index and running funding."""

from utils.sandbox.exchange.market.contract import MARK, NotRecordedError, UnknownSymbolError, Window
from utils.sandbox.exchange.market.intervals import MINUTE
from utils.sandbox.exchange.streams.frames import encoded
from utils.sandbox.exchange.streams.source import USD_MARGINED, Stretch

AVERAGE_MINUTES = 5
"""Length of the mark price's moving average `ap`; the exchange names none."""


class MarkPriceSource:
    """Mark price of one symbol."""

    def tell(self, stretch: Stretch) -> list[bytes]:
        """See `Source`."""
        return [encoded(mark_update(stretch, stretch.symbol))]


class MarkPricesSource:
    """Mark prices of all symbols in one message."""

    def tell(self, stretch: Stretch) -> list[bytes]:
        """See `Source`."""
        rows = []
        for symbol in stretch.desk.listed(stretch.kind, stretch.to_ms):
            try:
                rows.append(mark_update(stretch, symbol))
            except (UnknownSymbolError, NotRecordedError):
                continue
        return [encoded(rows)] if rows else []


def mark_update(stretch: Stretch, symbol: str) -> dict[str, object]:
    """The `markPriceUpdate` of one symbol."""
    market, now_ms = stretch.desk.market, stretch.to_ms
    state = market.premium(symbol, now_ms)
    bars = market.bars(stretch.kind, symbol, MARK, Window(MINUTE, AVERAGE_MINUTES), now_ms)
    average = float(bars.close.mean()) if len(bars) else state.mark
    return {
        "e": "markPriceUpdate",
        "E": now_ms,
        "s": symbol,
        "p": f"{state.mark:.8f}",
        "ap": f"{average:.8f}",
        "P": f"{state.index:.8f}",
        "i": f"{state.index:.8f}",
        "r": f"{state.funding_rate:.8f}",
        "T": state.next_funding_ms,
        "st": USD_MARGINED,
    }
