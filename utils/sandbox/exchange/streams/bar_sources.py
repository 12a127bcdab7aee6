"""Klines as a stream: the unfinished bar when it has changed, and each bar once more when it is closed."""

from utils.sandbox.exchange.market.bars import Bars
from utils.sandbox.exchange.market.contract import LAST, TradeQuery, Window
from utils.sandbox.exchange.market.intervals import MINUTE
from utils.sandbox.exchange.rest.klines import kline_rows
from utils.sandbox.exchange.rest.numbers import Style
from utils.sandbox.exchange.streams.frames import encoded
from utils.sandbox.exchange.streams.source import Stretch

MOST_BARS = 1_000


class KlineSource:
    """Klines of one symbol. `continuous` writes them as those of a pair's contract."""

    def __init__(self, *, continuous: bool = False) -> None:
        self._continuous = continuous
        self._open_ms: int | None = None
        self._said: list[object] = []

    def tell(self, stretch: Stretch) -> list[bytes]:
        """See `Source`."""
        interval, shift = stretch.name.interval or MINUTE, stretch.name.shift_ms
        if self._open_ms is None:
            self._open_ms = interval.open_of(stretch.after_ms, shift)
        if not self._has_news(stretch, interval.step(self._open_ms, 1, shift)):
            return []
        window = Window(interval, MOST_BARS, self._open_ms, stretch.to_ms, shift)
        bars = stretch.desk.market.bars(stretch.kind, stretch.symbol, LAST, window, stretch.to_ms)
        style = stretch.desk.style(stretch.kind, stretch.symbol, stretch.to_ms)
        return self._told(stretch, bars, style)

    def _has_news(self, stretch: Stretch, close_ms: int) -> bool:
        if stretch.to_ms >= close_ms or not self._said:
            return True
        return bool(len(stretch.desk.trades(stretch.kind, stretch.symbol, stretch.after_ms, stretch.to_ms)))

    def _told(self, stretch: Stretch, bars: Bars, style: Style) -> list[bytes]:
        interval, shift = stretch.name.interval or MINUTE, stretch.name.shift_ms
        messages = []
        for row in kline_rows(bars, style, interval, shift):
            closed = int(str(row[6])) < stretch.to_ms
            if closed:
                self._open_ms = interval.step(int(str(row[0])), 1, shift)
            elif row == self._said:
                continue
            self._said = [] if closed else row
            messages.append(self._message(stretch, row, closed=closed))
        return messages

    def _message(self, stretch: Stretch, row: list[object], *, closed: bool) -> bytes:
        bar = kline_fields(stretch, row, closed=closed)
        if self._continuous:
            head = {"e": "continuous_kline", "E": stretch.to_ms, "ps": stretch.symbol}
            bar.pop("s")
            return encoded({**head, "ct": stretch.name.word.upper(), "k": bar})
        told: dict[str, object] = {"e": "kline", "E": stretch.to_ms, "s": stretch.symbol, "k": bar}
        if stretch.kind != "spot":
            told["st"] = 1
        return encoded(told)


def kline_fields(stretch: Stretch, row: list[object], *, closed: bool) -> dict[str, object]:
    """The object `k` from a REST row."""
    open_ms, close_ms, count = int(str(row[0])), int(str(row[6])), int(str(row[8]))
    last_id = _last_id(stretch, min(close_ms, stretch.to_ms)) if count else -1
    interval = stretch.name.interval or MINUTE
    return {
        "t": open_ms,
        "T": close_ms,
        "s": stretch.symbol,
        "i": interval.name,
        "f": last_id - count + 1 if count else -1,
        "L": last_id,
        "o": row[1],
        "c": row[4],
        "h": row[2],
        "l": row[3],
        "v": row[5],
        "n": count,
        "x": closed,
        "q": row[7],
        "V": row[9],
        "Q": row[10],
        "B": "0",
    }


def _last_id(stretch: Stretch, at_ms: int) -> int:
    query = TradeQuery(1, end_ms=at_ms)
    found = stretch.desk.market.trades(stretch.kind, stretch.symbol, query, stretch.to_ms)
    return int(found.id[-1]) if len(found) else -1
