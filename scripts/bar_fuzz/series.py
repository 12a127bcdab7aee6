"""Bars made by rule from a seed: what markets do, and what nobody expects of them."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

import numpy as np

from analysis.arrays import Floats
from utils.binance_api.bars import Bars
from utils.binance_api.intervals import DAY, SHORTEST_MS

LONGEST: Final = 20_000
INTERVALS: Final = ("1m", "5m", "15m", "1h", "4h", "1d", "1w")
END: Final = 1_717_977_600_000  # 2024-06-10T00:00Z, a Monday
SYMBOL: Final = "FUZZUSDT"
COLUMNS: Final = (
    *("open_time", "close_time", "open", "high", "low", "close", "volume", "quote_volume"),
    *("taker_base", "taker_quote", "trades", "is_final"),
)

Generator = np.random.Generator
Moves = Callable[[Generator, int], Floats]
"""Log returns (n)."""


def _constant(_: Generator, n: int) -> Floats:
    return np.zeros(n)


def _walk(rng: Generator, n: int) -> Floats:
    return 10 ** rng.uniform(-5, -1.5) * rng.standard_normal(n)


def _heavy(rng: Generator, n: int) -> Floats:
    return np.clip(0.005 * rng.standard_t(2.2, n), -1.0, 1.0)


def _reverting(rng: Generator, n: int) -> Floats:
    noise = 0.01 * rng.standard_normal(n + 1)
    return np.diff(noise)


def _one_sided(rng: Generator, n: int) -> Floats:
    return np.asarray(np.sign(rng.standard_normal()) * np.abs(1e-4 * rng.standard_normal(n)))


def _straight(rng: Generator, n: int) -> Floats:
    return np.full(n, rng.choice([-1e-4, 1e-4]))


def _jumps(rng: Generator, n: int) -> Floats:
    moves = 0.003 * rng.standard_normal(n)
    return moves + np.where(rng.random(n) < 0.01, rng.normal(0, 0.5, n), 0.0)


def _stepwise(rng: Generator, n: int) -> Floats:
    """Stand still but for a few steps, as a coin does that trades once a day."""
    return np.where(rng.random(n) < 0.03, rng.normal(0, 0.02, n), 0.0)


def _equal_size(rng: Generator, n: int) -> Floats:
    """Moves of one size and either sign: a variance without shocks."""
    return 0.001 * rng.choice([-1.0, 1.0], n)


def _alternating(_: Generator, n: int) -> Floats:
    return np.resize([-0.002, 0.002], n).astype(np.float64)


def _bursts(rng: Generator, n: int) -> Floats:
    scale = np.where(rng.random(n // 50 + 1) < 0.2, 0.03, 0.0005).repeat(50)[:n]
    return scale * rng.standard_normal(n)


KINDS: Final[dict[str, Moves]] = {
    "constant": _constant,
    "walk": _walk,
    "heavy tails": _heavy,
    "mean-reverting": _reverting,
    "one-sided": _one_sided,
    "straight": _straight,
    "jumps": _jumps,
    "stepwise": _stepwise,
    "equal size": _equal_size,
    "alternating": _alternating,
    "bursts": _bursts,
}
ORDINARY: Final = frozenset({"walk", "heavy tails", "mean-reverting", "bursts"})
"""Kinds in which nothing stands still: there "the values do not vary" is not true."""


def series(seed: int, longest: int = LONGEST) -> tuple[str, Bars]:
    """Return the kind and the bars of a seed: 1 to ``longest`` bars, short ones as often as long ones."""
    rng = np.random.default_rng(seed)
    kind = list(KINDS)[seed % len(KINDS)]
    n = max(1, round(float(longest ** rng.random())))
    moves = np.clip(np.cumsum(KINDS[kind](rng, n)), -25.0, 25.0)
    price = 10.0 ** rng.choice([-9.0, -4.0, 0.0, 4.0, 9.0]) * np.exp(moves)
    bars = _bars(rng, price, str(rng.choice(INTERVALS)), ranges=kind in ORDINARY or rng.random() < 0.5)
    return kind, _with_holes(rng, bars) if rng.random() < 0.4 else bars


def _bars(rng: Generator, close: Floats, interval: str, *, ranges: bool) -> Bars:
    n, step = len(close), SHORTEST_MS[interval]
    opened = np.concatenate([close[:1], close[:-1]])
    spread = 0.3 * np.abs(np.log(close / opened)) + 1e-4 if ranges else np.zeros(n)
    above, below = spread * rng.random(n), spread * rng.random(n)
    volume = _volume(rng, n)
    # takers of another generator, so that a seed's prices do not depend on them
    taken = volume * (np.random.default_rng(n).uniform(0.2, 0.8, n) if ranges else 0.5)
    open_time = END - step * np.arange(n, 0, -1, dtype=np.int64)
    return Bars(
        symbol=SYMBOL,
        market="spot",
        interval=interval,
        series="trade",
        open_time=open_time,
        close_time=open_time + step - 1,
        open=opened,
        high=np.maximum(opened, close) * np.exp(above),
        low=np.minimum(opened, close) * np.exp(-below),
        close=close,
        volume=volume,
        quote_volume=volume * close,
        taker_base=taken,
        taker_quote=taken * close,
        trades=np.where(volume > 0, 1 + (10 * volume).astype(np.int64) % 1000, 0),
        is_final=np.ones(n, np.bool_),
        as_of=END,
        source="fuzz.klines",
        fetched_at=END,
    )


def _volume(rng: Generator, n: int) -> Floats:
    volume = 10 ** rng.uniform(-3, 6) * np.exp(rng.standard_normal(n))
    quiet = rng.choice([0.0, 0.0, 0.0, 0.02, 0.4, 0.7, 1.0])
    return np.where(rng.random(n) < quiet, 0.0, volume)


def _with_holes(rng: Generator, bars: Bars) -> Bars:
    """Take up to three stretches of bars away; the level stays or becomes another."""
    keep = np.ones(len(bars), np.bool_)
    for _ in range(int(rng.integers(1, 4))):
        start = int(rng.integers(0, len(bars)))
        keep[start : start + int(rng.choice([1, 2, 5, 24, 200]))] = False
    keep[-1] = True
    return replace(bars, **{name: getattr(bars, name)[keep] for name in COLUMNS})


def daily(bars: Bars) -> Bars:
    """Return whole UTC days of shorter bars; the bars themselves where they are a day or longer."""
    step = SHORTEST_MS[bars.interval]
    if step >= DAY:
        return bars
    day = bars.open_time // DAY
    first = np.flatnonzero(np.concatenate([[True], np.diff(day) > 0]))
    last = np.append(first[1:], len(bars)) - 1
    return Bars(
        symbol=bars.symbol,
        market=bars.market,
        interval="1d",
        series=bars.series,
        open_time=day[first] * DAY,
        close_time=(day[first] + 1) * DAY - 1,
        open=bars.open[first],
        high=np.maximum.reduceat(bars.high, first),
        low=np.minimum.reduceat(bars.low, first),
        close=bars.close[last],
        volume=np.add.reduceat(bars.volume, first),
        quote_volume=np.add.reduceat(bars.quote_volume, first),
        taker_base=np.add.reduceat(bars.taker_base, first),
        taker_quote=np.add.reduceat(bars.taker_quote, first),
        trades=np.add.reduceat(bars.trades, first),
        is_final=np.ones(len(first), np.bool_),
        as_of=bars.as_of,
        source=bars.source,
        fetched_at=bars.fetched_at,
    )
