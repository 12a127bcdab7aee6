"""What the streams ask the market, with the listings kept for a moment."""

from utils.sandbox.exchange.market.book import BookSnapshot
from utils.sandbox.exchange.market.contract import Listing, Market, TradeQuery, UnknownSymbolError
from utils.sandbox.exchange.market.trades import Trades
from utils.sandbox.exchange.rest.numbers import Style

KEPT_MS = 1_000
EVERY_TRADE = 1_000_000


class Desk:
    """One market as the streams see it. Only the worker that owns the market may use it."""

    def __init__(self, market: Market) -> None:
        self.market = market
        self._listed: dict[str, tuple[int, dict[str, Listing]]] = {}
        self._traded: dict[tuple[str, str, int, int], Trades] = {}

    def begin(self) -> None:
        """Forget trades: something may have been ordered since the streams asked last."""
        self._traded.clear()

    def listed(self, kind: str, now_ms: int) -> dict[str, Listing]:
        """What is listed, by symbol; at most a second old."""
        seen_ms, listings = self._listed.get(kind, (0, {}))
        if not 0 <= now_ms - seen_ms < KEPT_MS:
            listings = {listing.symbol: listing for listing in self.market.listings(kind, now_ms)}
            self._listed[kind] = (now_ms, listings)
        return listings

    def style(self, kind: str, symbol: str, now_ms: int) -> Style:
        """How the symbol's numbers are written. Raises `UnknownSymbolError`."""
        listing = self.listed(kind, now_ms).get(symbol)
        if listing is None:
            raise UnknownSymbolError(symbol)
        return Style(listing.digits, kind == "spot")

    def trades(self, kind: str, symbol: str, after_ms: int, to_ms: int) -> Trades:
        """All trades with `after_ms < time <= to_ms`; streams of one symbol mostly ask for the same."""
        asked = (kind, symbol, after_ms, to_ms)
        if asked not in self._traded:
            query = TradeQuery(EVERY_TRADE, start_ms=after_ms + 1, end_ms=to_ms)
            self._traded[asked] = self.market.trades(kind, symbol, query, to_ms)
        return self._traded[asked]

    def book(self, kind: str, symbol: str, levels: int, at_ms: int) -> BookSnapshot:
        """The book at a moment."""
        return self.market.book(kind, symbol, levels, at_ms)
