"""Appends candles of a stream to the store of a series, unless unknown bars lie before them."""

from enum import Enum

import numpy as np

from utils.binance_api.klines.store import NO_ROWS, LatestQuery, Rows, Segment, SeriesStore
from utils.binance_api.klines.validity import is_possible
from utils.binance_api.streams.events import Kline


class AppendResult(Enum):
    """The outcome for a candle."""

    APPENDED = "appended"
    OUTDATED = "outdated"
    GAP = "gap"
    IMPOSSIBLE = "impossible"
    BUSY = "busy"
    NOT_LOADED = "not_loaded"
    PARKED = "parked"


def row_of(kline: Kline) -> Rows:
    """Return a candle of the stream as one row."""
    values = (
        kline.open,
        kline.high,
        kline.low,
        kline.close,
        kline.volume,
        kline.quote_volume,
        kline.taker_base,
        kline.taker_quote,
    )
    return Rows(
        np.array([kline.open_ms], np.int64),
        np.array([kline.close_ms], np.int64),
        np.array(values, np.float64).reshape(8, 1),
        np.array([kline.trades], np.int64),
    )


def append(store: SeriesStore, kline: Kline, step_ms: int, event_ms: int, now_s: float) -> AppendResult:
    """Append a candle of ``event_ms`` (exchange time) that arrived at ``now_s`` (monotonic).

    A closed candle extends the newest segment up to the earliest close of the next one; an unfinished one becomes the
    latest row. ``GAP`` if bars before it are unknown, ``NOT_LOADED`` if the series was never read: REST must be asked,
    and after a gap, or a candle that cannot be true (``IMPOSSIBLE``), the latest row is dropped so that the next reader
    asks as well.
    """
    newest = store.segments[-1] if store.segments else None
    if newest is None:
        return AppendResult.NOT_LOADED
    if kline.open_ms < newest.next_open or (store.latest is not None and event_ms < store.latest.asked_at):
        return AppendResult.OUTDATED
    if kline.open_ms > newest.until:
        store.latest = None
        return AppendResult.GAP
    if not is_possible(kline):
        store.latest = None
        return AppendResult.IMPOSSIBLE
    row = row_of(kline)
    if kline.closed:
        store.add(Segment(row, kline.open_ms, kline.close_ms + step_ms))
    store.latest = LatestQuery(event_ms, now_s, NO_ROWS if kline.closed else row)
    store.fetched_at = event_ms
    return AppendResult.APPENDED
