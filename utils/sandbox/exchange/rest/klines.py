"""Klines as the exchange's 12-element rows: a few for streams, pages of them for answers."""

import numpy as np

from utils.sandbox.exchange.market.bars import Bars
from utils.sandbox.exchange.market.intervals import IntArray, Interval
from utils.sandbox.exchange.rest.numbers import Style
from utils.sandbox.exchange.rest.pages import Cells, Page, float_cells, number_cells, rows_page, unit_cells

SERIES_DECIMALS = 8


def kline_rows(bars: Bars, style: Style, interval: Interval, shift_ms: int) -> list[list[object]]:
    """Klines as lists."""
    closes = close_times(bars, interval, shift_ms).tolist()
    digits, written = style.digits, style.column
    columns = zip(
        bars.open_time.tolist(),
        *(written(column, digits.price) for column in (bars.open, bars.high, bars.low, bars.close)),
        written(bars.volume, digits.quantity),
        closes,
        written(bars.quote, digits.quote),
        bars.trades.astype(np.int64).tolist(),
        written(bars.taker_base, digits.quantity),
        written(bars.taker_quote, digits.quote),
        strict=True,
    )
    return [[*row, "0"] for row in columns]


def kline_page(bars: Bars, style: Style, interval: Interval, shift_ms: int) -> Page:
    """The rows of `kline_rows` as JSON."""
    closes = close_times(bars, interval, shift_ms)
    price, quantity, quote = style.digits.price, style.digits.quantity, style.digits.quote
    prices = [number_cells(column, style, price) for column in (bars.open, bars.high, bars.low, bars.close)]
    row: list[bytes | Cells] = [b"[", unit_cells(bars.open_time, 0, 0)]
    for cells in (*prices, number_cells(bars.volume, style, quantity)):
        row += [b',"', cells, b'"']
    row += [b",", unit_cells(closes, 0, 0), b',"', number_cells(bars.quote, style, quote), b'",']
    row += [
        unit_cells(bars.trades.astype(np.int64), 0, 0),
        b',"',
        number_cells(bars.taker_base, style, quantity),
    ]
    row += [b'","', number_cells(bars.taker_quote, style, quote), b'","0"]']
    return Page(rows_page(len(bars), *row))


def series_page(bars: Bars, interval: Interval) -> Page:
    """Mark, index and premium klines: only times and prices mean anything, the rest is zero."""
    closes = close_times(bars, interval, 0)
    row: list[bytes | Cells] = [b"[", unit_cells(bars.open_time, 0, 0)]
    for column in (bars.open, bars.high, bars.low, bars.close):
        row += [b',"', float_cells(column, SERIES_DECIMALS), b'"']
    row += [b',"0",', unit_cells(closes, 0, 0), b',"0",0,"0","0","0"]']
    return Page(rows_page(len(bars), *row))


def close_times(bars: Bars, interval: Interval, shift_ms: int) -> IntArray:
    """The last millisecond of each bar (UTC ms)."""
    if interval.is_month:
        ends = [interval.step(opened, 1, shift_ms) - 1 for opened in bars.open_time.tolist()]
        return np.array(ends, dtype=np.int64)
    return bars.open_time + (interval.ms - 1)
