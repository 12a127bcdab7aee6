"""Numbers as the strings that the exchange sends: eight decimals on spot, natural precision on futures."""

from dataclasses import dataclass

import numpy as np

from utils.sandbox.exchange.market.bars import Bars, Column
from utils.sandbox.exchange.market.contract import Digits
from utils.sandbox.exchange.market.intervals import Interval

SPOT_DECIMALS = 8
SERIES_DECIMALS = 8

Number = int | float | np.integer | np.floating


def fixed(value: Number, digits: int, decimals: int) -> str:
    """A number with `decimals` decimals.

    Whole numbers (ticks, lots) count units of 10^-digits and are printed exactly; floats are the number itself.
    """
    if isinstance(value, float | np.floating):
        return f"{value:.{decimals}f}"
    units = int(value) * 10 ** (decimals - digits)
    sign, units = ("-", -units) if units < 0 else ("", units)
    if decimals == 0:
        return f"{sign}{units}"
    whole, rest = divmod(units, 10**decimals)
    return f"{sign}{whole}.{rest:0{decimals}d}"


def fixed_column(values: Column, digits: int, decimals: int) -> list[str]:
    """Every number as `fixed` writes it: a page of bars is many thousand of them."""
    if values.dtype.kind == "f":
        return [f"{value:.{decimals}f}" for value in values.tolist()]
    one, padding = 10**digits, "0" * (decimals - digits)
    if digits == 0 or len(values) == 0 or values.min() < 0:
        return [fixed(value, digits, decimals) for value in values.tolist()]
    return [f"{value // one}.{value % one:0{digits}d}{padding}" for value in values.tolist()]


@dataclass(frozen=True, slots=True)
class Style:
    """How one symbol's numbers are written."""

    digits: Digits
    spot: bool

    def price(self, value: Number) -> str:
        """A price in ticks or USDT."""
        return self._fixed(value, self.digits.price)

    def quantity(self, value: Number) -> str:
        """A quantity in lots or coins."""
        return self._fixed(value, self.digits.quantity)

    def turnover(self, value: Number) -> str:
        """Price times quantity."""
        return self._fixed(value, self.digits.quote)

    def average(self, quote: Number, volume: Number) -> float:
        """Turnover over volume as a plain number; 0 without volume."""
        if not volume:
            return 0.0
        ratio = float(quote) / float(volume)
        exact = isinstance(quote, float | np.floating)
        return ratio if exact else float(ratio / 10**self.digits.price)

    def column(self, values: Column, digits: int) -> list[str]:
        """Many numbers of one kind."""
        return fixed_column(values, digits, self._decimals(digits))

    def _fixed(self, value: Number, digits: int) -> str:
        return fixed(value, digits, self._decimals(digits))

    def _decimals(self, digits: int) -> int:
        return SPOT_DECIMALS if self.spot else digits


def kline_rows(bars: Bars, style: Style, interval: Interval, shift_ms: int) -> list[list[object]]:
    """Klines as the exchange's 12-element rows."""
    closes = close_times(bars, interval, shift_ms)
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


def series_rows(bars: Bars, interval: Interval) -> list[list[object]]:
    """Mark, index and premium klines: only times and prices mean anything, the rest is zero."""
    closes = close_times(bars, interval, 0)
    columns = [_eight(column) for column in bars.columns()[1:5]]
    rows = zip(bars.open_time.tolist(), *columns, closes, strict=True)
    return [[t, o, h, lo, c, "0", end, "0", 0, "0", "0", "0"] for t, o, h, lo, c, end in rows]


def close_times(bars: Bars, interval: Interval, shift_ms: int) -> list[int]:
    """The last millisecond of each bar."""
    if interval.is_month:
        return [interval.step(opened, 1, shift_ms) - 1 for opened in bars.open_time.tolist()]
    return [int(opened) + interval.ms - 1 for opened in bars.open_time]


def _eight(column: Column) -> list[str]:
    return [f"{value:.{SERIES_DECIMALS}f}" for value in column.tolist()]
