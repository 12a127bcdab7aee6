"""Deribit's book summaries as an option chain: the one place that knows Deribit's names and units.

Everything leaves in the chain's units: dollars (a coin price times the forward of its expiry, the price it is made
with), fractions (Deribit's volatilities are percent), and one coin per contract, in which open interest is published.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from utils.option_chain import OptionChain
from utils.options_api.delta import black_delta
from utils.options_api.deribit_wire import BookSummary
from utils.units import DAY_MS, PERCENT

Floats = NDArray[np.float64]

EXPIRY_HOUR: Final = 8
"""Options expire at 08:00 UTC."""
YEAR_MS: Final = 365 * DAY_MS
SETTLED_IN_COIN: Final = frozenset({"BTC", "ETH"})
"""Coins whose options are inverse: margined, priced and settled in the coin."""
LINEAR: Final = "USDC"
"""What the options on all other coins are settled in."""
MONTHS: Final = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
NAMES_KEPT: Final = 8_192
"""Instruments of all coins are some thousands, and the same at every reading."""
_NAME: Final = re.compile(rf"([A-Z0-9]+)(_USDC)?-(\d{{1,2}})({'|'.join(MONTHS)})(\d\d)-(\d+(?:d\d+)?)-([CP])")


@dataclass(frozen=True, slots=True)
class OptionName:
    """``BTC-5JAN24-45000-C`` and ``XRP_USDC-5JAN24-0d55-P`` taken apart; ``expiry`` in UTC ms."""

    asset: str
    is_linear: bool
    expiry: int
    strike: float
    is_call: bool


@lru_cache(NAMES_KEPT)
def parse_name(text: str) -> OptionName | None:
    """Return the parts of an instrument's name, ``None`` if it is not that of an option."""
    found = _NAME.fullmatch(text)
    if found is None:
        return None
    asset, linear, day, month, year, strike, side = found.groups()
    try:
        expiry = datetime(2000 + int(year), MONTHS.index(month) + 1, int(day), EXPIRY_HOUR, tzinfo=UTC)
    except ValueError:  # 31FEB25
        return None
    expiry_ms = round(expiry.timestamp() * 1000)
    return OptionName(asset, linear is not None, expiry_ms, float(strike.replace("d", ".")), side == "C")


def settlement_of(asset: str) -> str:
    """Return the currency under which the options on a coin are listed."""
    return asset if asset in SETTLED_IN_COIN else LINEAR


def by_asset(rows: Iterable[BookSummary]) -> dict[str, list[BookSummary]]:
    """Return rows by the coin of their option; those of nothing else are left out."""
    found: dict[str, list[BookSummary]] = {}
    for row in rows:
        name = parse_name(row.instrument_name)
        if name is not None:
            found.setdefault(name.asset, []).append(row)
    return found


def chain_of(asset: str, rows: Iterable[BookSummary], now: int) -> OptionChain | None:
    """Return the options on a coin that expire after ``now`` (UTC ms), ``None`` where there are none.

    Rows of other coins, of the other settlement and without a forward are left out. Deribit publishes no greeks in
    summaries: delta is by Black (1976) from mark volatility and forward, the others are NaN.
    """
    linear = settlement_of(asset) == LINEAR
    named = {name: row for row in rows if (name := parse_name(row.instrument_name)) is not None}
    kept = [
        name
        for name, row in named.items()
        if name.asset == asset and name.is_linear == linear and name.expiry > now and row.underlying_price
    ]
    kept.sort(key=lambda name: (name.expiry, name.strike, name.is_call))
    return _chain(asset, kept, [named[name] for name in kept], linear, now) if kept else None


def _chain(
    asset: str, names: Sequence[OptionName], rows: Sequence[BookSummary], linear: bool, now: int
) -> OptionChain:
    expiry = np.array([name.expiry for name in names], np.int64)
    strike = np.array([name.strike for name in names], np.float64)
    is_call = np.array([name.is_call for name in names], np.bool_)
    forward = _column(rows, "underlying_price")
    dollars = np.ones(len(rows)) if linear else forward
    volatility = _positive(_column(rows, "mark_iv") / PERCENT)
    coins, index = _column(rows, "open_interest"), _index_price(rows)
    blank = np.full(len(rows), np.nan)
    stamps = [row.creation_timestamp for row in rows]
    return OptionChain(
        underlying=asset,
        index_price=index,
        index_at=min(stamps),
        open_interest_at=min(stamps),
        missing=(),
        symbols=tuple(row.instrument_name for row in rows),
        expiry=expiry,
        strike=strike,
        is_call=is_call,
        unit=np.ones(len(rows)),
        underlying_price=forward,
        mark_price=_column(rows, "mark_price") * dollars,
        mark_iv=volatility,
        bid_iv=blank,
        ask_iv=blank,
        delta=black_delta(
            forward=forward,
            strike=strike,
            years=(expiry - now) / YEAR_MS,
            volatility=volatility,
            is_call=is_call,
        ),
        gamma=blank,
        theta=blank,
        vega=blank,
        open_interest=coins,
        open_interest_usd=coins * index,
        bid_price=_positive(_column(rows, "bid_price") * dollars),
        ask_price=_positive(_column(rows, "ask_price") * dollars),
        volume=_column(rows, "volume"),
    )


def _index_price(rows: Sequence[BookSummary]) -> float:
    """Return the index in dollars; where no row has it, the forward of the nearest expiry."""
    told = [row.estimated_delivery_price for row in rows]
    prices = [price for price in told if isinstance(price, float) and price > 0]
    return float(np.median(prices)) if prices else float(rows[0].underlying_price or np.nan)


def _column(rows: Sequence[BookSummary], field: str) -> Floats:
    values = (getattr(row, field) for row in rows)
    return np.array([np.nan if value is None else value for value in values], np.float64)


def _positive(values: Floats) -> Floats:
    """Return the values with NaN where there is no quote."""
    return np.where(values > 0, values, np.nan)
