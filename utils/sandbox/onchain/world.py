"""Daily facts of two coins and of stablecoins, drawn from a seed and from the exchange's daily closes.

A day's facts depend on that day and those before it: a later question finds the same past. Flows, balances and
realised values are of a plausible size; ETF flow and the supply of stablecoins follow the price, as the real ones do.
"""

from dataclasses import dataclass

import numpy as np

from utils.sandbox.exchange.market.contract import LAST, Market, Window
from utils.sandbox.exchange.market.factor import FloatArray
from utils.sandbox.exchange.market.instrument import SPOT
from utils.sandbox.exchange.market.intervals import DAY_MS, INTERVALS, IntArray

DAY = INTERVALS["1d"]
MOST_DAYS = 4_000
FIRST_DAY = 17_167
"""2017-01-01, in days since 1970: the draws of a day are in its own row from here on."""
DRAWS = 8
SUPPLY = {"BTC": 19_600_000.0, "ETH": 120_000_000.0}
ON_EXCHANGES = {"BTC": 0.14, "ETH": 0.12}
ISSUED_A_DAY = {"BTC": 450.0, "ETH": 500.0}
REALISED_DAYS = 250.0
"""How slowly the price at which coins last moved follows the market."""
ETF_USUAL = {"BTC": 180e6, "ETH": 60e6}
STABLE_START = 120e9
WEEKDAYS = 5


@dataclass(frozen=True, slots=True, eq=False)
class Coin:
    """Facts of one coin by day (its start, UTC ms): coins and US dollars; ETF flow NaN on weekends."""

    day: IntArray
    close: FloatArray
    market_cap: FloatArray
    mvrv: FloatArray
    inflow: FloatArray
    outflow: FloatArray
    balance: FloatArray
    etf: FloatArray
    whale: FloatArray
    sopr: FloatArray
    profit: FloatArray


def coin(market: Market, asset: str, seed: int, now_ms: int) -> Coin:
    """The facts of all ended days. Raises `UnknownSymbolError` where the exchange does not list the coin."""
    day, close = _closes(market, f"{asset}USDT", now_ms)
    draws = _draws(seed, asset)[day // DAY_MS - FIRST_DAY]
    change = np.diff(np.log(close), prepend=np.log(close[0]))
    supply = SUPPLY[asset] + ISSUED_A_DAY[asset] * np.arange(len(day))
    realised = _smoothed(close, 1 / REALISED_DAYS) * 0.9
    mvrv = close / realised
    inflow = 0.0016 * supply * np.exp(0.25 * draws[:, 0] + 2 * np.abs(change))
    net = inflow * (0.05 * draws[:, 1] - 1.2 * change)
    balance = ON_EXCHANGES[asset] * SUPPLY[asset] + np.cumsum(net)
    sopr = 1 + 0.15 * (close / _smoothed(close, 1 / 30) - 1) + 0.004 * draws[:, 4]
    return Coin(
        day,
        close,
        close * supply,
        mvrv,
        inflow,
        inflow - net,
        balance,
        _etf(day, change, draws[:, 2], ETF_USUAL[asset]),
        np.clip(0.45 + 0.06 * draws[:, 3] + change, 0.05, 0.95),
        sopr,
        (sopr - 1) * inflow * close * 6,
    )


def stablecoins(market: Market, seed: int, now_ms: int) -> tuple[IntArray, FloatArray]:
    """Days and the supply of dollar stablecoins: it grows after prices have risen."""
    day, close = _closes(market, "BTCUSDT", now_ms)
    draws = _draws(seed, "USD")[day // DAY_MS - FIRST_DAY, 0]
    change = np.diff(np.log(close), prepend=np.log(close[0]))
    growth = 0.0004 + 0.02 * _smoothed(change, 1 / 30) + 0.0006 * draws
    return day, STABLE_START * np.exp(np.cumsum(growth))


def _closes(market: Market, symbol: str, now_ms: int) -> tuple[IntArray, FloatArray]:
    """Opening times and closes in USDT of the days that have ended."""
    bars = market.bars(SPOT, symbol, LAST, Window(DAY, MOST_DAYS), now_ms)
    ended = (bars.open_time + DAY_MS <= now_ms) & (bars.open_time >= FIRST_DAY * DAY_MS)
    close = bars.close[ended].astype(np.float64)
    if bars.close.dtype == np.int64:  # whole ticks
        found = next(one for one in market.listings(SPOT, now_ms) if one.symbol == symbol)
        close = close / 10.0**found.digits.price
    return bars.open_time[ended], close


def _draws(seed: int, name: str) -> FloatArray:
    code = [seed, *name.encode()]
    return np.random.default_rng(code).standard_normal((2 * MOST_DAYS, DRAWS))


def _etf(day: IntArray, change: FloatArray, noise: FloatArray, usual: float) -> FloatArray:
    scale = 0.03
    before = np.concatenate([[0.0], change[:-1]])
    flow = usual * (0.45 * change / scale + 0.45 * before / scale + noise)
    weekday = (day // DAY_MS + 3) % 7  # 1970-01-01 was a Thursday: 0 is Monday
    return np.where(weekday < WEEKDAYS, flow, np.nan)


def _smoothed(values: FloatArray, weight: float) -> FloatArray:
    """Exponentially weighted means, each of its day and those before."""
    smooth = np.empty(len(values))
    level = float(values[0]) if len(values) else 0.0
    for at, value in enumerate(values.tolist()):
        level += weight * (value - level)
        smooth[at] = level
    return smooth
