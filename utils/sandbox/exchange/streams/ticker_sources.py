"""Rolling statistics as streams: tickers, mini tickers, rolling windows, the average price, all symbols at once."""

from collections.abc import Callable

from utils.sandbox.exchange.market.contract import (
    LAST,
    DayStatistics,
    NotRecordedError,
    UnknownSymbolError,
    Window,
)
from utils.sandbox.exchange.market.intervals import DAY_MS, HOUR_MS, MINUTE
from utils.sandbox.exchange.rest.common import book_levels, day_fields
from utils.sandbox.exchange.streams.coin_margined import coin_margined_tickers
from utils.sandbox.exchange.streams.frames import encoded
from utils.sandbox.exchange.streams.source import Stretch

AVERAGE_MINUTES = 5
Fields = dict[str, object]
Describe = Callable[[Stretch, str], Fields]


class OneSymbolSource:
    """What `describe` says of the stream's symbol, at a fixed speed."""

    def __init__(self, describe: Describe) -> None:
        self._describe = describe

    def tell(self, stretch: Stretch) -> list[bytes]:
        """See `Source`."""
        return [encoded(self._describe(stretch, stretch.symbol))]


class AllSymbolsSource:
    """What `describe` says of every symbol that has traded since the last message, in one message.

    On futures the contracts of COIN-M come along (spec/binance.md, section 7); they follow their coins.
    """

    def __init__(self, describe: Describe) -> None:
        self._describe = describe

    def tell(self, stretch: Stretch) -> list[bytes]:
        """See `Source`."""
        rows: list[Fields] = []
        for symbol in stretch.desk.listed(stretch.kind, stretch.to_ms):
            try:
                if len(stretch.desk.trades(stretch.kind, symbol, stretch.after_ms, stretch.to_ms)):
                    rows.append(self._describe(stretch, symbol))
            except (UnknownSymbolError, NotRecordedError):
                continue
        if stretch.kind != "spot":
            rows += coin_margined_tickers(rows)
        return [encoded(rows)] if rows else []


def ticker(stretch: Stretch, symbol: str) -> Fields:
    """`24hrTicker`; spot tells the best bid and ask as well."""
    return _full(stretch, symbol, "24hrTicker", DAY_MS)


def window_ticker(stretch: Stretch, symbol: str) -> Fields:
    """`1hTicker` and its longer relatives."""
    span_ms = stretch.name.span_ms
    event = f"{span_ms // HOUR_MS}h" if span_ms < DAY_MS else "1d"
    told = _full(stretch, symbol, f"{event}Ticker", span_ms)
    return {name: value for name, value in told.items() if name not in {"x", "Q", "b", "B", "a", "A"}}


def mini_ticker(stretch: Stretch, symbol: str) -> Fields:
    """`24hrMiniTicker`."""
    day = _day(stretch, symbol, DAY_MS)
    told = day_fields(day, symbol, stretch.desk.style(stretch.kind, symbol, stretch.to_ms))
    return {
        "e": "24hrMiniTicker",
        "E": stretch.to_ms,
        "s": symbol,
        "c": told["lastPrice"],
        "o": told["openPrice"],
        "h": told["highPrice"],
        "l": told["lowPrice"],
        "v": told["volume"],
        "q": told["quoteVolume"],
        **_tail(stretch, symbol),
    }


def average_price(stretch: Stretch, symbol: str) -> Fields:
    """`avgPrice`: the volume-weighted price of five minutes."""
    window = Window(MINUTE, AVERAGE_MINUTES)
    bars = stretch.desk.market.bars(stretch.kind, symbol, LAST, window, stretch.to_ms)
    if not len(bars):
        raise NotRecordedError(f"{symbol} did not trade")
    style = stretch.desk.style(stretch.kind, symbol, stretch.to_ms)
    average = style.average(bars.quote.sum().item(), bars.volume.sum().item())
    return {
        "e": "avgPrice",
        "E": stretch.to_ms,
        "s": symbol,
        "i": f"{AVERAGE_MINUTES}m",
        "w": f"{average:.8f}",
        "T": stretch.to_ms,
    }


def _full(stretch: Stretch, symbol: str, event: str, span_ms: int) -> Fields:
    day = _day(stretch, symbol, span_ms)
    style = stretch.desk.style(stretch.kind, symbol, stretch.to_ms)
    told = day_fields(day, symbol, style)
    fields: Fields = {"e": event, "E": stretch.to_ms, "s": symbol}
    fields |= {"p": told["priceChange"], "P": told["priceChangePercent"], "w": told["weightedAvgPrice"]}
    if stretch.kind == "spot":
        fields["x"] = style.price(int(day.previous_close))
    fields |= {"c": told["lastPrice"], "Q": told["lastQty"]}
    if stretch.kind == "spot":
        bids, asks = book_levels(stretch.desk.book(stretch.kind, symbol, 1, stretch.to_ms), style)
        fields |= {"b": bids[0][0], "B": bids[0][1], "a": asks[0][0], "A": asks[0][1]}
    fields |= {"o": told["openPrice"], "h": told["highPrice"], "l": told["lowPrice"]}
    fields |= {"v": told["volume"], "q": told["quoteVolume"], "O": told["openTime"], "C": told["closeTime"]}
    fields |= {"F": told["firstId"], "L": told["lastId"], "n": told["count"]}
    return fields | _tail(stretch, symbol)


def _day(stretch: Stretch, symbol: str, span_ms: int) -> DayStatistics:
    return stretch.desk.market.day(stretch.kind, symbol, stretch.to_ms, span_ms)


def _tail(stretch: Stretch, symbol: str) -> Fields:
    return {} if stretch.kind == "spot" else {"ps": symbol, "st": 1}
