"""Reading the recorded tables of a data folder: which files there are, and their rows as arrays."""

import csv
import gzip
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from utils.sandbox.exchange.market.bars import Bars
from utils.sandbox.exchange.market.contract import LAST, MARK
from utils.sandbox.exchange.market.instrument import FUTURES, SPOT
from utils.sandbox.exchange.market.intervals import INTERVALS, Interval

KLINE_FILE = re.compile(r"(?P<symbol>[A-Z0-9]+?)(?P<mark>_MARK)?-(?P<interval>\d+[smhdwM])_.*\.csv\.gz")
UNIVERSE_FILE = re.compile(r"klines-(?P<interval>\d+[smhdwM])_.*\.csv\.gz")
FUNDING_FILE = re.compile(r"(?P<symbol>[A-Z0-9]+)-funding_.*\.csv\.gz")
FULL_COLUMNS = 10
BARE_COLUMNS = 6

SeriesKey = tuple[str, str, str]
"""(market, series, symbol)"""


@dataclass(frozen=True, slots=True)
class Recording:
    """The bars of one file. `full` tells whether turnover, trade counts and taker volumes were recorded."""

    interval: Interval
    bars: Bars
    full: bool

    @property
    def first_ms(self) -> int:
        """Open time of the first bar."""
        return int(self.bars.open_time[0])

    @property
    def end_ms(self) -> int:
        """Close of the last bar (exclusive)."""
        return self.interval.step(int(self.bars.open_time[-1]), 1)


@dataclass(frozen=True, slots=True)
class KlineFile:
    """A file of one symbol's bars, not yet read."""

    path: Path
    interval: Interval

    def read(self) -> Recording:
        """All rows; columns that were not recorded are zero."""
        with gzip.open(self.path, "rt") as lines:
            table = np.loadtxt(lines, delimiter=",", skiprows=1, ndmin=2)
        return recording_of(table, self.interval)


def recording_of(table: NDArray[np.float64], interval: Interval) -> Recording:
    """Rows of (open_time, open, high, low, close, volume[, quote, trades[, taker base, taker quote]])."""
    full_table = np.zeros((len(table), FULL_COLUMNS))
    full_table[:, : table.shape[1]] = table
    columns = [np.ascontiguousarray(full_table[:, index]) for index in range(1, FULL_COLUMNS)]
    bars = Bars(table[:, 0].astype(np.int64), *columns)
    return Recording(interval, bars, full=table.shape[1] > BARE_COLUMNS)


def kline_files(folder: Path) -> dict[SeriesKey, list[KlineFile]]:
    """The bar files of single symbols, spot and futures."""
    found: dict[SeriesKey, list[KlineFile]] = {}
    for kind, room in ((SPOT, "klines_spot"), (FUTURES, "klines_futures_um")):
        for path in sorted((folder / room).glob("*.csv.gz")):
            match = KLINE_FILE.fullmatch(path.name)
            if match is None:
                continue
            key = (kind, MARK if match["mark"] else LAST, match["symbol"])
            found.setdefault(key, []).append(KlineFile(path, INTERVALS[match["interval"]]))
    return found


def universe(folder: Path) -> Iterator[tuple[SeriesKey, Recording]]:
    """The recordings of all symbols in the many-symbol files of the futures market."""
    for path in sorted((folder / "universe_futures_um").glob("*.csv.gz")):
        match = UNIVERSE_FILE.fullmatch(path.name)
        if match is not None:
            for symbol, table in _tables_by_symbol(path):
                yield (FUTURES, LAST, symbol), recording_of(table, INTERVALS[match["interval"]])


def _tables_by_symbol(path: Path) -> Iterator[tuple[str, NDArray[np.float64]]]:
    rows: dict[str, list[list[str]]] = {}
    with gzip.open(path, "rt", newline="") as lines:
        reader = csv.reader(lines)
        next(reader)
        for symbol, *numbers in reader:
            rows.setdefault(symbol, []).append(numbers)
    for symbol, texts in rows.items():
        yield symbol, np.array(texts, dtype=np.float64)


def funding_table(folder: Path, symbol: str) -> NDArray[np.float64] | None:
    """Rows of (settlement time in ms, rate), or `None` when there is no file."""
    for path in sorted((folder / "funding").glob("*.csv.gz")):
        match = FUNDING_FILE.fullmatch(path.name)
        if match is not None and match["symbol"] == symbol:
            with gzip.open(path, "rt") as lines:
                return np.loadtxt(lines, delimiter=",", skiprows=1, ndmin=2)
    return None


def decimals_of(values: NDArray[np.float64], most: int = 8) -> int:
    """The fewest decimals that show every value exactly."""
    for digits in range(most):
        scaled = values * 10.0**digits
        if np.all(np.abs(scaled - np.rint(scaled)) < 1e-6 * np.maximum(1.0, np.abs(scaled) * 1e-6)):
            return digits
    return most
