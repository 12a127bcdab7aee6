"""Options as streams, on the host of the futures (spec/binance.md, section 8)."""

from utils.sandbox.exchange.market.contract import UnknownSymbolError
from utils.sandbox.exchange.market.option_book import OptionBook, Side, option_book
from utils.sandbox.exchange.market.options import UNDERLYINGS, OptionChain
from utils.sandbox.exchange.rest.options import mark_row
from utils.sandbox.exchange.streams.frames import encoded
from utils.sandbox.exchange.streams.source import Stretch

NO_QUANTITY = 0.0
Fields = dict[str, object]


class OptionMarkSource:
    """Marks, volatilities and greeks of all options on an underlying, in one message."""

    def tell(self, stretch: Stretch) -> list[bytes]:
        """See `Source`."""
        chain = _chain(stretch, stretch.symbol.removesuffix("USDT"))
        return [encoded([_mark(stretch, chain, row) for row in range(len(chain.symbols))])]


class OptionInterestSource:
    """Open interest at one expiry of an underlying."""

    def tell(self, stretch: Stretch) -> list[bytes]:
        """See `Source`."""
        chain = _chain(stretch, stretch.symbol.removesuffix("USDT"))
        rows = [
            {
                "e": "openInterest",
                "E": stretch.to_ms,
                "s": symbol,
                "o": f"{chain.held[row]:.2f}",
                "h": f"{chain.held[row] * chain.index:.8f}",
            }
            for row, symbol in enumerate(chain.symbols)
            if symbol.split("-")[1] == stretch.name.word
        ]
        return [encoded(rows)] if rows else []


class OptionIndexSource:
    """The index of every underlying."""

    def tell(self, stretch: Stretch) -> list[bytes]:
        """See `Source`."""
        rows = [
            {
                "e": "indexPrice",
                "E": stretch.to_ms,
                "s": f"{base}USDT",
                "p": f"{_chain(stretch, base).index:.8f}",
            }
            for base in UNDERLYINGS
        ]
        return [encoded(rows)]


class OptionTopSource:
    """Best bid and ask of an option whenever they change."""

    def __init__(self) -> None:
        self._last: object = None

    def tell(self, stretch: Stretch) -> list[bytes]:
        """See `Source`."""
        book = _book(stretch, stretch.to_ms)
        bids, asks = book.texts(book.bids, 1) or [["0.000", "0.00"]], book.texts(book.asks, 1)
        if (bids, asks) == self._last:
            return []
        self._last = (bids, asks)
        told: Fields = {"e": "bookTicker", "u": book.update_id, "s": stretch.symbol}
        told |= {"b": bids[0][0], "B": bids[0][1], "a": asks[0][0], "A": asks[0][1]}
        return [encoded(told | {"T": stretch.to_ms, "E": stretch.to_ms})]


class OptionDepthSource:
    """The book of an option: its first levels, or what has changed."""

    def __init__(self) -> None:
        self._before: OptionBook | None = None

    def tell(self, stretch: Stretch) -> list[bytes]:
        """See `Source`."""
        before = self._before or _book(stretch, stretch.after_ms)
        after = _book(stretch, stretch.to_ms)
        levels = stretch.name.levels
        bids, asks = after.bids, after.asks
        if not levels:
            bids, asks = _changed(before.bids, after.bids), _changed(before.asks, after.asks)
        if not bids and not asks:
            self._before = before
            return []
        self._before = after
        told: Fields = {"e": "depthUpdate", "E": stretch.to_ms, "T": stretch.to_ms, "s": stretch.symbol}
        told |= {"U": before.update_id + 1, "u": after.update_id, "pu": before.update_id}
        most = levels or len(bids) + len(asks)
        return [encoded(told | {"b": after.texts(bids, most), "a": after.texts(asks, most)})]


def _changed(before: Side, after: Side) -> Side:
    gone = {price: NO_QUANTITY for price in before if price not in after}
    return gone | {price: lots for price, lots in after.items() if before.get(price) != lots}


def _chain(stretch: Stretch, base: str, at_ms: int | None = None) -> OptionChain:
    return stretch.desk.market.options(base, stretch.to_ms if at_ms is None else at_ms)


def _book(stretch: Stretch, at_ms: int) -> OptionBook:
    chain = _chain(stretch, stretch.symbol.split("-")[0], at_ms)
    if stretch.symbol not in chain.symbols:
        raise UnknownSymbolError(stretch.symbol)
    return option_book(chain, stretch.symbol)


def _mark(stretch: Stretch, chain: OptionChain, row: int) -> Fields:
    rest = mark_row(chain, row)
    has_bid = chain.bid[row] > 0
    return {
        "s": chain.symbols[row],
        "mp": rest["markPrice"],
        "E": stretch.to_ms,
        "e": "markPrice",
        "i": f"{chain.index:.8f}",
        "P": "0.000",
        "bo": f"{chain.bid[row]:.3f}",
        "ao": f"{chain.ask[row]:.3f}",
        "bq": "1.0000" if has_bid else "0.0000",
        "aq": "1.0000",
        "b": rest["bidIV"],
        "a": rest["askIV"],
        "hl": rest["highPriceLimit"],
        "ll": rest["lowPriceLimit"],
        "vo": rest["markIV"],
        "rf": rest["riskFreeInterest"],
        "d": rest["delta"],
        "t": rest["theta"],
        "g": rest["gamma"],
        "v": rest["vega"],
    }
