"""Streams about all futures symbols that are not statistics: best bids and asks, and news of contracts."""

from utils.sandbox.exchange.market.contract import Listing, NotRecordedError, UnknownSymbolError
from utils.sandbox.exchange.rest.common import book_levels
from utils.sandbox.exchange.rest.futures_info import symbol_info
from utils.sandbox.exchange.streams.coin_margined import CONTRACT_USD, contract_names
from utils.sandbox.exchange.streams.frames import encoded
from utils.sandbox.exchange.streams.source import COIN_MARGINED, USD_MARGINED, Stretch

Fields = dict[str, object]


class TopsSource:
    """The best bid and ask of every symbol, one message each; COIN-M contracts come along."""

    def tell(self, stretch: Stretch) -> list[bytes]:
        """See `Source`."""
        told: list[Fields] = []
        for symbol in stretch.desk.listed(stretch.kind, stretch.to_ms):
            try:
                told.append(_top(stretch, symbol))
            except (UnknownSymbolError, NotRecordedError):
                continue
        return [encoded(row) for row in told + [_coin_top(row) for row in told if row["s"] in CONTRACT_USD]]


class ContractInfoSource:
    """A message for each symbol whose status changes, appears or disappears."""

    def __init__(self) -> None:
        self._known: dict[str, Listing] | None = None

    def tell(self, stretch: Stretch) -> list[bytes]:
        """See `Source`."""
        listed = {row.symbol: row for row in stretch.desk.market.listings(stretch.kind, stretch.to_ms)}
        if self._known is None:
            before = stretch.desk.market.listings(stretch.kind, stretch.after_ms)
            self._known = {row.symbol: row for row in before}
        known, self._known = self._known, listed
        gone = [(row, "CLOSE") for symbol, row in known.items() if symbol not in listed]
        news = [
            (row, str(symbol_info(row)["status"]))
            for symbol, row in listed.items()
            if known.get(symbol) != row
        ]
        return [encoded(_contract(stretch, row, status)) for row, status in gone + news]


def _top(stretch: Stretch, symbol: str) -> Fields:
    book = stretch.desk.book(stretch.kind, symbol, 1, stretch.to_ms)
    bids, asks = book_levels(book, stretch.desk.style(stretch.kind, symbol, stretch.to_ms))
    return {
        "e": "bookTicker",
        "u": book.update_id,
        "s": symbol,
        "b": bids[0][0],
        "B": bids[0][1],
        "a": asks[0][0],
        "A": asks[0][1],
        "T": stretch.to_ms,
        "E": stretch.to_ms,
        "ps": symbol,
        "st": USD_MARGINED,
    }


def _coin_top(row: Fields) -> Fields:
    name, pair = contract_names(str(row["s"]))
    return row | {"s": name, "ps": pair, "B": "1", "A": "1", "st": COIN_MARGINED}


def _contract(stretch: Stretch, listing: Listing, status: str) -> Fields:
    info = symbol_info(listing)
    return {
        "e": "contractInfo",
        "E": stretch.to_ms,
        "s": listing.symbol,
        "ps": listing.symbol,
        "ct": info["contractType"],
        "dt": info["deliveryDate"],
        "ot": info["onboardDate"],
        "cs": status,
        "bks": [],
        "st": USD_MARGINED,
    }
