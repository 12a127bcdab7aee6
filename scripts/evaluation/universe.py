"""The recorded universe of perpetuals: one table of many symbols, all of them survivors of its year."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from tests.support.recorded import bars_of
from utils.binance_api.bars import Bars

FILE: Final = "universe_futures_um/klines-4h_40sym_2024.csv.gz"
PRICES: Final = ("open", "high", "low", "close", "volume")


def universe_bars(data: Path, interval: str = "4h") -> Iterator[Bars]:
    """Yield the bars of every symbol in the universe file below ``data``, in the order of their names."""
    for symbol, rows in pd.read_csv(data / FILE).sort_values("open_time").groupby("symbol"):
        columns = {name: rows[name].to_numpy(np.float64).copy() for name in PRICES}
        quote = rows["quote_volume"].to_numpy(np.float64).copy()
        times = rows["open_time"].to_numpy(np.int64).copy()
        yield bars_of(times, columns, quote, str(symbol), interval, "futures")
