"""European options from a volatility surface whose level, term structure, skew and curvature are known.

Implied volatility at standardised moneyness x = ln(strike / index) / (atm sqrt(T)) is
atm (1 + SKEW x + CURVATURE x^2); the at-the-money variance runs from the current volatility of the coin to its
long-run one. Rates are zero, years have 365 days (spec/binance.md, section 8).
"""

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

import numpy as np

from utils.sandbox.exchange.market.factor import MINUTES_PER_YEAR, FloatArray
from utils.sandbox.exchange.market.intervals import DAY_MS, HOUR_MS

SKEW = -0.06
CURVATURE = 0.025
FARTHEST_X = 4.0
LONG_RUN_VOL = 0.55
REVERSION_PER_YEAR = 8.0
HALF_SPREAD_VOL = 0.01
"""Half the distance of bid and ask in volatility at the money; it grows with |x|."""
YEAR_MS = 365 * DAY_MS
EXPIRY_HOUR = 8
INDEX_DAYS = 30
"""How far the volatility index looks ahead."""
STRIKES_EACH_SIDE = 12
CONTRACTS_AT_THE_MONEY = 400.0
TICKS = {"BTC": 5.0, "ETH": 0.2}
UNDERLYINGS = tuple(TICKS)
SYMBOLS_KEPT = 4096
"""Names of options that are kept with their numbers: those of a day, and some of days before."""


@dataclass(frozen=True, slots=True)
class OptionChain:
    """All options of one underlying at a moment, one row each; prices in USDT, volatilities as fractions.

    `delta` per contract, `gamma` per 1 USD, `theta` per day, `vega` per 0.01 of volatility. `bid_vol` is -1 where
    nobody bids. `held` is open interest in contracts.
    """

    base: str
    time_ms: int
    index: float
    symbols: list[str]
    expiry_ms: FloatArray
    strike: FloatArray
    is_call: FloatArray
    mark: FloatArray
    bid: FloatArray
    ask: FloatArray
    vol: FloatArray
    bid_vol: FloatArray
    ask_vol: FloatArray
    delta: FloatArray
    gamma: FloatArray
    theta: FloatArray
    vega: FloatArray
    held: FloatArray

    def row(self, symbol: str) -> int:
        """The row of a symbol. Raises `ValueError`."""
        return self.symbols.index(symbol)


def expiries(now_ms: int) -> list[int]:
    """Expiries that are listed: three days, four Fridays, and the last Fridays of coming months (UTC ms)."""
    today = datetime.fromtimestamp(now_ms / 1000, UTC).replace(
        hour=EXPIRY_HOUR, minute=0, second=0, microsecond=0
    )
    first = today if today.timestamp() * 1000 > now_ms else today + timedelta(days=1)
    days = [first + timedelta(days=offset) for offset in range(3)]
    friday = first + timedelta(days=(4 - first.weekday()) % 7)
    fridays = [friday + timedelta(days=7 * week) for week in range(40)]
    monthly = [day for day in fridays if (day + timedelta(days=7)).month != day.month]
    quarterly = [day for day in monthly if day.month % 3 == 0]
    chosen = {*days, *fridays[:4], *monthly[:3], *quarterly[:2]}
    return sorted(int(day.timestamp() * 1000) for day in chosen)


def atm_vol(years: FloatArray, now_vol: float) -> FloatArray:
    """At-the-money volatility of each tenor: the mean of a variance that returns to its long-run value."""
    pull = REVERSION_PER_YEAR * years
    weight = -np.expm1(-pull) / np.maximum(pull, 1e-9)
    return np.asarray(np.sqrt(LONG_RUN_VOL**2 + (now_vol**2 - LONG_RUN_VOL**2) * weight))


def current_vol(sigma_per_minute: float) -> float:
    """Annual volatility from that of a minute, within what options trade at."""
    return float(np.clip(sigma_per_minute * math.sqrt(MINUTES_PER_YEAR), 0.15, 2.0))


def index_vol(now_vol: float) -> float:
    """The volatility index: at the money, 30 days ahead."""
    return float(atm_vol(np.array([INDEX_DAYS * DAY_MS / YEAR_MS]), now_vol)[0])


def implied_vol(strike: FloatArray, index: float, years: FloatArray, now_vol: float) -> FloatArray:
    """The surface."""
    atm = atm_vol(years, now_vol)
    x = np.clip(np.log(strike / index) / (atm * np.sqrt(years)), -FARTHEST_X, FARTHEST_X)
    return np.asarray(atm * (1.0 + SKEW * x + CURVATURE * x * x))


def black_scholes(
    is_call: FloatArray, index: float, strike: FloatArray, years: FloatArray, vol: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray, FloatArray]:
    """Price, delta, gamma, theta per day and vega per 0.01 at zero rates (Black and Scholes, 1973)."""
    root = vol * np.sqrt(years)
    d1 = np.log(index / strike) / root + 0.5 * root
    density = np.exp(-0.5 * d1 * d1) / math.sqrt(2 * math.pi)
    below = _normal(d1)
    call = index * below - strike * _normal(d1 - root)
    price = np.where(is_call > 0, call, call - index + strike)
    delta = np.where(is_call > 0, below, below - 1.0)
    gamma = density / (index * root)
    theta = -index * density * vol / (2 * np.sqrt(years)) / 365
    return price, delta, gamma, theta, index * density * np.sqrt(years) / 100


def make_chain(base: str, index: float, reference: float, now_vol: float, now_ms: int) -> OptionChain:
    """The chain at a moment. `reference` is the price around which today's strikes are laid."""
    listed = expiries(now_ms)
    rows = [(e, k, c) for e in listed for k in strikes(reference, e - now_ms) for c in (1.0, 0.0)]
    expiry, strike, is_call = (np.array(column, dtype=np.float64) for column in zip(*rows, strict=True))
    years = (expiry - now_ms) / YEAR_MS
    vol = implied_vol(strike, index, years, now_vol)
    price, delta, gamma, theta, vega = black_scholes(is_call, index, strike, years, vol)
    x = np.clip(np.log(strike / index) / (vol * np.sqrt(years)), -FARTHEST_X, FARTHEST_X)
    spread = HALF_SPREAD_VOL * (1.0 + 0.5 * np.abs(x))
    tick = TICKS[base]
    bid_vol, ask_vol = np.maximum(vol - spread, 0.01), vol + spread
    bid = np.floor(black_scholes(is_call, index, strike, years, bid_vol)[0] / tick) * tick
    ask = np.maximum(np.ceil(black_scholes(is_call, index, strike, years, ask_vol)[0] / tick), 1) * tick
    symbols = [option_symbol(base, *row) for row in rows]
    held = _held(symbols, x, years)
    no_bid = bid < tick
    return OptionChain(
        base,
        now_ms,
        index,
        symbols,
        expiry,
        strike,
        is_call,
        price,
        np.where(no_bid, 0.0, bid),
        ask,
        vol,
        np.where(no_bid, -1.0, bid_vol),
        ask_vol,
        delta,
        gamma,
        theta,
        vega,
        held,
    )


def strikes(reference: float, tenor_ms: int) -> list[float]:
    """Round strikes around a price, farther apart for longer tenors."""
    width = 0.008 * max(1.0, math.sqrt(tenor_ms / DAY_MS)) * reference
    size = 10.0 ** math.floor(math.log10(width))
    step = next(size * unit for unit in (1, 2, 5, 10) if size * unit >= width)
    middle = round(reference / step)
    return [
        step * number
        for number in range(middle - STRIKES_EACH_SIDE, middle + STRIKES_EACH_SIDE + 1)
        if number > 0
    ]


@lru_cache(maxsize=SYMBOLS_KEPT)
def option_symbol(base: str, expiry_ms: float, strike: float, is_call: float) -> str:
    """`BTC-251123-126000-C`."""
    day = datetime.fromtimestamp(expiry_ms / 1000, UTC).strftime("%y%m%d")
    return f"{base}-{day}-{np.format_float_positional(strike, trim='-')}-{'C' if is_call else 'P'}"


def reference_moment(now_ms: int) -> int:
    """When today's strikes were laid: the last 08:00 UTC."""
    shift = EXPIRY_HOUR * HOUR_MS
    return (now_ms - shift) // DAY_MS * DAY_MS + shift


def _held(symbols: list[str], x: FloatArray, years: FloatArray) -> FloatArray:
    """Contracts held: most near the money and at middle tenors, with a number of its own per symbol."""
    own = np.array([(hash_of(symbol) % 1_000) / 1_000 for symbol in symbols])
    tenor = np.sqrt(years * 12) * np.exp(-years * 2)
    return np.asarray(np.round(CONTRACTS_AT_THE_MONEY * np.exp(-0.3 * x * x) * tenor * (0.25 + own), 2))


@lru_cache(maxsize=SYMBOLS_KEPT)
def hash_of(text: str) -> int:
    """A number that stands for a text, the same in every process (FNV-1a)."""
    value = 0xCBF29CE484222325
    for byte in text.encode():
        value = (value ^ byte) * 0x100000001B3 % 2**64
    return value


def _normal(values: FloatArray) -> FloatArray:
    """The normal distribution function."""
    return np.array([0.5 * (1.0 + math.erf(value / math.sqrt(2))) for value in values.tolist()])
