"""Taking candles of a stream into the store of a series, only where nothing unknown lies before them."""

from enum import Enum

import numpy as np

from utils.binance_api.klines.store import NO_ROWS, LatestQuery, Rows, Segment, SeriesStore
from utils.binance_api.streams.events import Kline


class AppendResult(Enum):
    """What became of a candle."""

    APPENDED = "appended"
    OUTDATED = "outdated"
    GAP = "gap"
    BUSY = "busy"
    NOT_LOADED = "not_loaded"


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
    """Take in a candle of ``event_ms`` (exchange time) that arrived at ``now_s`` (monotonic).

    A closed candle extends the newest segment to the moment before the next can close; an unfinished one becomes
    the live row. ``HOLE`` when bars between are unknown, ``UNREAD`` when nobody has read the series yet: then REST
    must be asked, and the live row is forgotten so that the next reader asks as well.
    """
    newest = store.segments[-1] if store.segments else None
    if newest is None:
        return AppendResult.NOT_LOADED
    if kline.open_ms < newest.next_open or (store.latest is not None and event_ms < store.latest.asked_at):
        return AppendResult.OUTDATED
    if kline.open_ms > newest.until:
        store.latest = None
        return AppendResult.GAP
    row = row_of(kline)
    if kline.closed:
        store.add(Segment(row, kline.open_ms, kline.close_ms + step_ms))
    store.latest = LatestQuery(event_ms, now_s, NO_ROWS if kline.closed else row)
    store.fetched_at = event_ms
    return AppendResult.APPENDED
