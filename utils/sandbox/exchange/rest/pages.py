"""Pages of rows as JSON text, written column by column: a page of bars is many thousand numbers."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from utils.sandbox.exchange.market.bars import Column
from utils.sandbox.exchange.market.intervals import IntArray
from utils.sandbox.exchange.rest.numbers import Style, fixed_column

Characters = NDArray[np.uint8]
Mask = NDArray[np.bool_]

GROUP = 4
"""Digits that are looked up at once."""
GROUPS = (
    (np.arange(10**GROUP)[:, None] // (1000, 100, 10, 1) % 10 + ord("0"))
    .astype(np.uint8)
    .view(np.uint32)[:, 0]
)
"""The characters of every number of so many digits, as one number each."""
POWERS = np.array([10**n for n in range(1, 19)], dtype=np.int64)
MOST = 10**18
EXACT = 2.0**52
"""Below it a float has a half."""
DOUBT = 2.0**-50
"""More than twice the relative error of one product of floats."""


@dataclass(frozen=True, slots=True)
class Page:
    """An answer that is written already; `answer` is what it says."""

    body: bytes

    @property
    def answer(self) -> object:
        """As lists and objects."""
        return json.loads(self.body)


class Cells:
    """One column of a page: a fixed number of characters in each row, of which a row leaves some out."""

    def __init__(self, characters: Characters, kept: Mask | None = None) -> None:
        self.characters = characters
        self.kept = kept

    @property
    def width(self) -> int:
        """Characters in each row."""
        return int(self.characters.shape[1])


def rows_page(count: int, *row: bytes | Cells) -> bytes:
    """A JSON list of `count` rows, each made of the same texts with its own cells between them."""
    if not count:
        return b"[]"
    parts = [*row, b","]
    stops = np.cumsum([len(part) if isinstance(part, bytes) else part.width for part in parts]).tolist()
    characters, kept = np.empty((count, stops[-1]), dtype=np.uint8), None
    for start, stop, part in zip([0, *stops], stops, parts, strict=False):
        if isinstance(part, bytes):
            characters[:, start:stop] = np.frombuffer(part, dtype=np.uint8)
            continue
        characters[:, start:stop] = part.characters
        if part.kept is not None:
            kept = np.ones(characters.shape, dtype=np.bool_) if kept is None else kept
            kept[:, start:stop] = part.kept
    written: bytes = (characters if kept is None else characters[kept]).tobytes()
    return b"[%b]" % written[:-1]


def number_cells(values: Column, style: Style, digits: int) -> Cells:
    """Numbers of one kind as `Style.column` writes them."""
    decimals = style.decimals(digits)
    return float_cells(values, decimals) if values.dtype.kind == "f" else unit_cells(values, digits, decimals)


def unit_cells(values: IntArray, digits: int, decimals: int) -> Cells:
    """Numbers counted in units of 10^-digits, with `decimals` decimals, as `fixed_column` writes them."""
    least, greatest = (int(values.min()), int(values.max())) if len(values) else (-1, -1)
    if least < 0 or greatest >= MOST or decimals < digits:
        return text_cells(fixed_column(values, digits, decimals))
    shown = max(len(str(greatest)), digits + 1)
    figures, kept = _figures(values, shown), None
    if max(len(str(least)), digits + 1) < shown:
        lengths = np.maximum(POWERS.searchsorted(values, side="right") + 1, digits + 1)
        kept = np.arange(shown) >= shown - lengths[:, None]
    return _with_point(figures, kept, digits, decimals) if decimals else Cells(figures, kept)


def _with_point(figures: Characters, kept: Mask | None, digits: int, decimals: int) -> Cells:
    """Figures whose last `digits` stand behind the point, filled up with zeros to `decimals`."""
    count, shown = figures.shape
    before = shown - digits
    characters = np.full((count, before + 1 + decimals), ord("0"), dtype=np.uint8)
    characters[:, :before] = figures[:, :before]
    characters[:, before] = ord(".")
    characters[:, before + 1 : shown + 1] = figures[:, before:]
    if kept is None:
        return Cells(characters)
    mask = np.ones(characters.shape, dtype=np.bool_)
    mask[:, :before] = kept[:, :before]
    return Cells(characters, mask)


def float_cells(values: Column, decimals: int) -> Cells:
    """Floats rounded to so many decimals, to the nearest as `format` does it.

    A product with a power of ten is wrong by half its last bit at most. Where so little decides between two
    results, and where numbers are too large, `format` itself is asked.
    """
    scaled = np.abs(values) * 10.0**decimals
    if not len(values) or not np.isfinite(scaled).all() or scaled.max() >= EXACT:
        return text_cells(fixed_column(values, 0, decimals))
    units = np.rint(scaled)
    doubtful = np.flatnonzero(np.abs(np.abs(scaled - units) - 0.5) <= scaled * DOUBT)
    for row in doubtful.tolist():
        units[row] = int(f"{abs(float(values[row])):.{decimals}f}".replace(".", ""))
    cells = unit_cells(units.astype(np.int64), decimals, decimals)
    negative = np.signbit(values)
    if not negative.any():
        return cells
    characters = np.full((len(values), 1 + cells.width), ord("-"), dtype=np.uint8)
    characters[:, 1:] = cells.characters
    kept = np.ones(characters.shape, dtype=np.bool_)
    kept[:, 0] = negative
    if cells.kept is not None:
        kept[:, 1:] = cells.kept
    return Cells(characters, kept)


def flag_cells(values: Mask) -> Cells:
    """`true` and `false`."""
    return text_cells(["true" if value else "false" for value in values.tolist()])


def text_cells(texts: Sequence[str]) -> Cells:
    """Any texts of ASCII without a null."""
    column = np.array(texts, dtype=np.bytes_)
    characters = column.view(np.uint8).reshape(len(column), column.dtype.itemsize)
    return Cells(characters, characters != 0)


def _figures(values: IntArray, shown: int) -> Characters:
    """The last `shown` decimal digits of every number, with leading zeros."""
    groups = -(-shown // GROUP)
    looked_up = np.empty((len(values), groups), dtype=np.uint32)
    for group in range(groups - 1, -1, -1):
        left = values // 10**GROUP
        looked_up[:, group] = GROUPS[values - left * 10**GROUP]
        values = left
    return looked_up.view(np.uint8)[:, groups * GROUP - shown :]
