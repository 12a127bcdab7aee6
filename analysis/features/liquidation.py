"""Where a leveraged position on USD-M futures is liquidated, by the exchange's maintenance brackets.

Isolated margin, no added collateral, fees and funding left out. Maintenance margin of a notional N in bracket k is
N * mmr_k - cum_k; ``cum`` makes it continuous over the brackets' edges.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from analysis.arrays import Floats

Number = Floats | float


@dataclass(frozen=True, slots=True, eq=False)
class Brackets:
    """Maintenance brackets of one symbol, lowest first: bracket k holds floor_k < notional <= cap_k."""

    floor: Floats  # (k,), USDT
    cap: Floats  # (k,), USDT
    mmr: Floats  # (k,), maintenance margin as a share of notional
    cum: Floats  # (k,), USDT taken off the maintenance margin
    max_leverage: Floats  # (k,)

    def __post_init__(self) -> None:
        joined = np.array_equal(self.floor[1:], self.cap[:-1]) and bool((self.cap > self.floor).all())
        if not len(self.floor) or not joined:
            raise ValueError(
                "maintenance brackets must be at least one and join: each floor the cap before it"
            )
        if not ((self.mmr > 0) & (self.mmr < 1)).all():
            raise ValueError("maintenance rates must lie between 0 and 1")


def brackets_of(rows: Sequence[Mapping[str, float | str]]) -> Brackets:
    """Return the brackets of ``/fapi/v1/leverageBracket`` rows (one symbol's ``brackets``), in any order.

    Reads notionalFloor, notionalCap, maintMarginRatio, cum, initialLeverage; ``KeyError`` where one is missing.
    """
    names = ("notionalFloor", "notionalCap", "maintMarginRatio", "cum", "initialLeverage")
    table = np.array([[float(row[name]) for name in names] for row in rows], dtype=np.float64)
    table = table.reshape(-1, len(names))
    return Brackets(*np.ascontiguousarray(table[np.argsort(table[:, 0])].T))


def continuous_brackets(
    caps: Sequence[float], rates: Sequence[float], max_leverages: Sequence[float]
) -> Brackets:
    """Return brackets of rising upper ends (USDT), maintenance rates and highest leverages, as many of each.

    ``cum`` follows from the maintenance margin having no jumps.
    """
    floors = (0.0, *caps[:-1])
    cum = [0.0]
    for floor, (lower, higher) in zip(floors[1:], pairwise(rates), strict=True):
        cum.append(cum[-1] + floor * (higher - lower))
    columns = (floors, caps, rates, cum, max_leverages)
    return Brackets(*(np.array(column, dtype=np.float64) for column in columns))


def bracket_index(notional: Floats, brackets: Brackets) -> NDArray[np.int64]:
    """Return the bracket of each notional (USDT); -1 where it is not positive or above the last cap."""
    index = np.searchsorted(brackets.floor, notional, side="left") - 1
    known = np.isfinite(notional) & (notional > brackets.floor[0]) & (notional <= brackets.cap[-1])
    return np.where(known, index, -1)


def maintenance_margin(notional: Floats, brackets: Brackets) -> Floats:
    """Return N * mmr - cum in USDT for each notional N (USDT); NaN outside every bracket."""
    k = bracket_index(notional, brackets)
    return np.where(k >= 0, notional * brackets.mmr[k] - brackets.cum[k], np.nan)


def long_price(entry: Floats, leverage: Floats, mmr: Floats, cum_per_unit: Floats) -> Floats:
    """Return (entry * (1 - 1/L) - cum/q) / (1 - mmr): a long's liquidation price, unit of price.

    ``cum_per_unit`` is the bracket's cum over the quantity in base units. NaN where the price would not be
    positive: such a long cannot be liquidated.
    """
    return _positive((entry * (1 - 1 / leverage) - cum_per_unit) / (1 - mmr))


def short_price(entry: Floats, leverage: Floats, mmr: Floats, cum_per_unit: Floats) -> Floats:
    """Return (entry * (1 + 1/L) + cum/q) / (1 + mmr): a short's liquidation price, unit of price."""
    return _positive((entry * (1 + 1 / leverage) + cum_per_unit) / (1 + mmr))


def _positive(price: Floats) -> Floats:
    return np.where(np.isfinite(price) & (price > 0), price, np.nan)


def liquidation_prices(
    entry: Number, leverage: Number, notional: Number, brackets: Brackets
) -> tuple[Floats, Floats]:
    """Return liquidation prices (long, short), the bracket that of the notional at entry (USDT).

    Inputs broadcast. NaN where the leverage is below 1 or above the bracket's maximum, the notional outside every
    bracket, or the entry not positive.
    """
    entry, leverage, notional = np.broadcast_arrays(entry, leverage, notional)
    k = bracket_index(notional, brackets)
    fits = (k >= 0) & (leverage >= 1) & (leverage <= brackets.max_leverage[k]) & (entry > 0)
    usable, size = np.where(fits, entry, np.nan), np.where(fits, notional, np.nan)
    lever = np.where(fits, leverage, np.nan)
    cum_per_unit = brackets.cum[k] / size * usable
    return (
        long_price(usable, lever, brackets.mmr[k], cum_per_unit),
        short_price(usable, lever, brackets.mmr[k], cum_per_unit),
    )


def settled_prices(
    entry: Number, leverage: Number, notional: Number, brackets: Brackets
) -> tuple[Floats, Floats]:
    """Return liquidation prices (long, short), the bracket that of the notional at the liquidation price itself.

    Maintenance margin is continuous and convex in the notional, so this is the highest of all brackets' long
    prices and the lowest of their short ones. It leaves ``liquidation_prices`` only where the way to liquidation
    crosses a bracket's edge. NaN as there.
    """
    _, offered = liquidation_prices(entry, leverage, notional, brackets)
    wide = [np.asarray(part, dtype=np.float64)[..., None] for part in (entry, leverage, notional)]
    cum_per_unit = brackets.cum * wide[0] / np.where(wide[2] > 0, wide[2], np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        longs = (wide[0] * (1 - 1 / wide[1]) - cum_per_unit) / (1 - brackets.mmr)
        shorts = (wide[0] * (1 + 1 / wide[1]) + cum_per_unit) / (1 + brackets.mmr)
    return (
        np.where(np.isfinite(offered), _positive(longs.max(axis=-1)), np.nan),
        np.where(np.isfinite(offered), _positive(shorts.min(axis=-1)), np.nan),
    )


@dataclass(frozen=True, slots=True, eq=False)
class TierTable:
    """One row per leverage: prices, distances from entry as fractions of it (positive), NaN where not offered."""

    leverage: Floats
    long_price: Floats
    short_price: Floats
    long_distance: Floats
    short_distance: Floats


def tier_table(entry: float, notional: float, leverages: Floats, brackets: Brackets) -> TierTable:
    """Return liquidation prices of one position (entry in price, notional in USDT) at each leverage."""
    longs, shorts = liquidation_prices(entry, leverages, notional, brackets)
    away_long, away_short = 1 - longs / entry, shorts / entry - 1
    return TierTable(leverages, longs, shorts, away_long, away_short)
