"""Recorded bars of several coins at once, as a basket reads them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from tests.support.recorded import bars_of, recorded_bars
from utils.binance_api.bars import Bars

UNIVERSE: Final = "universe_futures_um/klines-4h_40sym_2024.csv.gz"
SPOT: Final[Mapping[str, Mapping[str, str]]] = {
    "1h": {
        "BTCUSDT": "2020-01-01_2024-12-31",
        "ETHUSDT": "2020-01-01_2024-12-31",
        "BNBUSDT": "2020-01-01_2024-12-31",
        "SOLUSDT": "2020-08-11_2024-12-31",
    },
    "5m": dict.fromkeys(("BTCUSDT", "ETHUSDT", "SOLUSDT"), "2024-06-01_2024-09-04"),
    "1m": dict.fromkeys(("BTCUSDT", "ETHUSDT"), "2024-07-26_2024-08-25"),
}
"""Coins that were recorded at the same time, and when, by interval."""


def universe(data: Path) -> tuple[Bars, ...]:
    """Return the 4-hour bars of 40 perpetuals of 2024, in the order of their symbols."""
    frame = pd.read_csv(data / UNIVERSE)
    return tuple(_bars(str(symbol), rows) for symbol, rows in frame.groupby("symbol"))


def spot(data: Path, interval: str) -> tuple[Bars, ...]:
    """Return the spot bars of all coins recorded at ``interval`` at the same time."""
    return tuple(
        recorded_bars(data / f"klines_spot/{symbol}-{interval}_{when}.csv.gz", symbol, interval)
        for symbol, when in SPOT[interval].items()
    )


def _bars(symbol: str, rows: pd.DataFrame) -> Bars:
    columns = {
        name: rows[name].to_numpy(np.float64).copy() for name in ("open", "high", "low", "close", "volume")
    }
    opened, quote = rows["open_time"].to_numpy(np.int64).copy(), rows["quote_volume"].to_numpy(np.float64)
    return bars_of(opened, columns, quote.copy(), symbol, "4h", "futures")
