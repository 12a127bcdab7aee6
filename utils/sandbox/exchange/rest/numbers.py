"""Numbers as the strings that the exchange sends: eight decimals on spot, natural precision on futures."""

from dataclasses import dataclass

import numpy as np

from utils.sandbox.exchange.market.bars import Column
from utils.sandbox.exchange.market.contract import Digits

SPOT_DECIMALS = 8

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
        return fixed_column(values, digits, self.decimals(digits))

    def _fixed(self, value: Number, digits: int) -> str:
        return fixed(value, digits, self.decimals(digits))

    def decimals(self, digits: int) -> int:
        """How many decimals a number counted in units of 10^-digits is written with."""
        return SPOT_DECIMALS if self.spot else digits
