"""Recorded bars of a coin's spot market as the modules read them."""

from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from utils.binance_api.bars import Bars
from utils.binance_api.intervals import SHORTEST_MS
from utils.binance_api.urls import Market

FOLDERS: Final[dict[Market, str]] = {"spot": "klines_spot"}
PRICES: Final = ("open", "high", "low", "close", "volume")


def recorded_bars(data: Path, market: Market, interval: str, symbol: str = "BTCUSDT") -> Bars | None:
    """Return the recorded bars of one market, those of the newest file, ``None`` where ``data`` does not hold any.

    Files without quote volume and trades stand with typical price times volume, and one trade a bar.
    """
    files = sorted((data / FOLDERS[market]).glob(f"{symbol}-{interval}_*.csv.gz"))
    if not files:
        return None
    frame, step = pd.read_csv(files[-1]), SHORTEST_MS[interval]
    columns = {name: frame[name].to_numpy(np.float64).copy() for name in PRICES}
    quote = (columns["high"] + columns["low"] + columns["close"]) / 3 * columns["volume"]
    opened = frame["open_time"].to_numpy(np.int64).copy()
    return Bars(
        symbol=symbol,
        market=market,
        interval=interval,
        series="trade",
        open_time=opened,
        close_time=opened + step - 1,
        **columns,
        quote_volume=_column(frame, "quote_volume", quote),
        taker_base=_column(frame, "taker_buy_base", columns["volume"] / 2),
        taker_quote=_column(frame, "taker_buy_quote", quote / 2),
        trades=_column(frame, "trades", np.ones(len(frame))).astype(np.int64),
        is_final=np.ones(len(frame), dtype=np.bool_),
        as_of=int(opened[-1]) + step,
        source="benchmark",
        fetched_at=int(opened[-1]) + step,
    )


def _column(frame: pd.DataFrame, name: str, otherwise: np.ndarray) -> np.ndarray:
    return frame[name].to_numpy(np.float64).copy() if name in frame else otherwise
