"""Which bars can be true; others are a fault of the exchange, and nothing of their answer is kept."""

from math import isfinite

import numpy as np

from utils.binance_api.bars import Series
from utils.binance_api.klines.store import Rows
from utils.binance_api.streams.events import Kline

_OPEN, _HIGH, _LOW, _CLOSE, _AMOUNTS = 0, 1, 2, 3, slice(4, None)  # rows of ``Rows.values``


def fault_of(rows: Rows, series: Series) -> str | None:
    """Return what is impossible about some rows, ``None`` where all can be true; a premium index may be negative."""
    values = rows.values
    body = values[[_OPEN, _CLOSE]]
    found = {
        "opening times do not rise": bool(np.any(np.diff(rows.open_time) <= 0)),
        "a bar closes before it opens": bool(np.any(rows.close_time <= rows.open_time)),
        "a value is not finite": not np.isfinite(values).all(),
        "a price is not above 0": series != "premium" and bool(np.any(values[: _CLOSE + 1] <= 0)),
        "a low lies above the open or close": bool(np.any(values[_LOW] > body)),
        "a high lies below the open or close": bool(np.any(values[_HIGH] < body)),
        "a volume is negative": bool(np.any(values[_AMOUNTS] < 0) or np.any(rows.trades < 0)),
    }
    return next((what for what, is_so in found.items() if is_so), None)


def is_possible(candle: Kline) -> bool:
    """Whether a candle of the stream can be true: `fault_of` its row for one that comes several times a second."""
    prices = (candle.open, candle.high, candle.low, candle.close)
    amounts = (candle.volume, candle.quote_volume, candle.taker_base, candle.taker_quote, candle.trades)
    return (
        candle.close_ms > candle.open_ms
        and all(map(isfinite, (*prices, *amounts)))
        and min(prices) > 0
        and candle.low <= min(candle.open, candle.close)
        and candle.high >= max(candle.open, candle.close)
        and min(amounts) >= 0
    )
