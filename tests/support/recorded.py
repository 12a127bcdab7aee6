"""Recorded and made-up candles as ``Bars``."""

from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from utils.binance_api.bars import Bars
from utils.binance_api.intervals import SHORTEST_MS

Market = Literal["spot", "futures"]


def recorded_bars(path: Path, symbol: str, interval: str, market: Market = "spot") -> Bars:
    """Read one recorded file; six-column files have no quote volume, so typical price * volume stands in."""
    frame = pd.read_csv(path)
    columns = {
        name: frame[name].to_numpy(np.float64).copy() for name in ("open", "high", "low", "close", "volume")
    }
    typical = (columns["high"] + columns["low"] + columns["close"]) / 3
    quote = (
        frame["quote_volume"].to_numpy(np.float64).copy()
        if "quote_volume" in frame
        else typical * columns["volume"]
    )
    return bars_of(frame["open_time"].to_numpy(np.int64).copy(), columns, quote, symbol, interval, market)


def bars_of(
    open_time: NDArray[np.int64],
    columns: dict[str, NDArray[np.float64]],
    quote_volume: NDArray[np.float64],
    symbol: str = "BTCUSDT",
    interval: str = "4h",
    market: Market = "spot",
) -> Bars:
    """Return closed bars known at the close of the last one."""
    close_time = open_time + SHORTEST_MS[interval] - 1
    n = len(open_time)
    return Bars(
        symbol=symbol,
        market=market,
        interval=interval,
        series="trade",
        open_time=open_time,
        close_time=close_time,
        **columns,
        quote_volume=quote_volume,
        taker_base=np.zeros(n),
        taker_quote=np.zeros(n),
        trades=np.ones(n, dtype=np.int64),
        is_final=np.ones(n, dtype=np.bool_),
        as_of=int(close_time[-1]) + 1 if n else 0,
        source=f"binance.{market}.klines",
        fetched_at=0,
    )


def walk_bars(
    n: int,
    *,
    seed: int = 1,
    drift: float = 0.0,
    sigma: float = 0.01,
    interval: str = "4h",
    market: Market = "spot",
) -> Bars:
    """Return a geometric walk with ranges and volumes, from a fixed UTC Monday, ``drift`` in log per bar."""
    generator = np.random.default_rng(seed)
    steps = drift + sigma * generator.standard_normal(n)
    close = 100 * np.exp(np.cumsum(steps))
    opened = np.concatenate([[100.0], close[:-1]])
    spread = sigma * np.abs(generator.standard_normal((2, n)))
    high = np.maximum(opened, close) * (1 + spread[0])
    low = np.minimum(opened, close) * (1 - spread[1])
    volume = np.exp(generator.standard_normal(n))
    columns = {"open": opened, "high": high, "low": low, "close": close, "volume": volume}
    start = 1_672_617_600_000  # 2023-01-02T00:00Z
    times = start + SHORTEST_MS[interval] * np.arange(n, dtype=np.int64)
    return bars_of(times, columns, volume * (high + low + close) / 3, interval=interval, market=market)
