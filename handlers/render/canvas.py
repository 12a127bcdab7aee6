"""A panel's own drawing surface: drawn at twice the size in places of a palette, and reduced."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from analysis.arrays import Floats
from handlers.render.inks import Places, inks_of
from handlers.render.surface import Point, Surface
from handlers.render.theme import Colour, Theme

SCALE = 2
"""Panels are drawn this many times larger and averaged down: smooth lines without a slower vector library."""

_BLOCK = 32
"""Fine rows that are filled at once: what is made on the way stays in the processor's cache."""

_PER_PIXEL = 2
"""Places in each fine column at which a line is looked at for its reach above and below."""


class Canvas:
    """A surface in panel pixels, kept ``SCALE`` times larger; what lies outside is cut off."""

    def __init__(self, width: int, height: int, theme: Theme) -> None:
        self.width, self.height = width, height
        self._fine = Surface(width * SCALE, height * SCALE, inks_of(theme), theme.panel)

    def line(
        self,
        xs: Floats,
        ys: Floats,
        fill: Colour,
        width: float,
        *,
        drawn: NDArray[np.bool_] | None = None,
    ) -> None:
        """Draw straight lines ``width`` pixels wide with round joints through points from left to right.

        NaN in ``ys`` leaves a gap, and a point alone between gaps is a dot. ``drawn`` says which of the n - 1 parts
        between n points are drawn, by default all.
        """
        known, half = np.isfinite(ys), width / 2 + 1
        joined = known[1:] & known[:-1]
        for lone in np.flatnonzero(known & ~(np.append(joined, False) | np.append(False, joined))):
            x, y = float(xs[lone]), float(ys[lone])
            self.box(x - half, y - half, x + half, y + half, fill)
        columns = self._columns(xs, joined if drawn is None else joined & drawn)
        if not columns.size:
            return
        radius = max(1, round(width * SCALE)) / 2
        reach = int(radius * _PER_PIXEL)
        first, count = int(columns[0]), int(columns[-1] - columns[0]) + 1
        looked = first + 0.5 + np.arange(-reach, (count - 1) * _PER_PIXEL + reach + 1) / _PER_PIXEL
        height = np.interp(looked, xs[known] * SCALE, ys[known] * SCALE)
        upper, lower = np.full(count, np.inf), np.full(count, -np.inf)
        for place in range(2 * reach + 1):
            rise = (radius**2 - ((place - reach) / _PER_PIXEL) ** 2) ** 0.5
            beside = height[place : place + (count - 1) * _PER_PIXEL + 1 : _PER_PIXEL]
            np.minimum(upper, beside - rise, out=upper)
            np.maximum(lower, beside + rise, out=lower)
        here = columns - first
        self._fill(columns, upper[here], lower[here], fill)

    def area(self, xs: Floats, some: Floats, others: Floats, fill: Colour) -> None:
        """Fill what lies between two lines over the same places, from left to right, where both are known."""
        known = np.isfinite(some) & np.isfinite(others)
        columns = self._columns(xs, known[1:] & known[:-1])
        if not columns.size:
            return
        ends = [np.interp(columns + 0.5, xs[known] * SCALE, ys[known] * SCALE) for ys in (some, others)]
        tops, feet = self._reach(np.minimum(*ends), np.maximum(*ends))
        highest, left, right = int(tops.min()), int(columns[0]), int(columns[-1]) + 1
        starts, stops = (np.zeros(right - left, np.int16) for _ in range(2))
        starts[columns - left], stops[columns - left] = tops, feet
        for row in range(highest, int(feet.max()), _BLOCK):
            place = self._fine.pixels[row : row + _BLOCK, left:right]
            down = np.arange(row, row + len(place), dtype=np.int16)[:, None]
            inside = down >= starts
            inside &= down < stops
            place[inside] = self._fine.inks.place(fill)

    def polygon(self, points: Sequence[Point], fill: Colour) -> None:
        """Fill a polygon."""
        self._fine.polygon([(x * SCALE, y * SCALE) for x, y in points], fill)

    def box(self, left: float, top: float, right: float, bottom: float, fill: Colour) -> None:
        """Fill a box whose edges are rounded to the fine grid; never thinner than one fine pixel."""
        x, y = round(left * SCALE), round(top * SCALE)
        self._fine.box(x, y, max(x + 1, round(right * SCALE)), max(y + 1, round(bottom * SCALE)), fill)

    def boxes(
        self, lefts: Floats, tops: Floats, rights: Floats, bottoms: Floats, fills: Sequence[Colour]
    ) -> None:
        """Fill boxes like ``box``, the later ones over the earlier."""
        xs, ys, ends, feet = (
            np.rint(edges * SCALE).astype(np.intp) for edges in (lefts, tops, rights, bottoms)
        )
        ends, feet = np.maximum(xs + 1, ends), np.maximum(ys + 1, feet)
        self._fine.boxes([edge.clip(0).tolist() for edge in (xs, ys, ends, feet)], fills)

    def paint(self, places: Places, palette: Sequence[Colour], left: int, top: int) -> None:
        """Colour fine pixels from (left, top) on: ``places`` (rows, columns) in ``palette`` from 1, 0 for none."""
        inks = np.array([0, *map(self._fine.inks.place, palette)], np.uint8)
        self._fine.put(places, inks, left, top)

    def dashes(self, y: float, fill: Colour, *, width: float = 1.0, on: float = 8, off: float = 8) -> None:
        """Draw a dashed level across the whole panel."""
        starts = np.arange(0.0, self.width, on + off)
        upper, lower = np.full(starts.size, y - width / 2), np.full(starts.size, y + width / 2)
        self.boxes(starts, upper, starts + on, lower, [fill] * starts.size)

    def reduced(self) -> Places:
        """Return the panel averaged down to its own size, in places of its theme's inks."""
        return self._fine.inks.halved(self._fine.pixels)

    def _columns(self, xs: Floats, drawn: NDArray[np.bool_]) -> NDArray[np.intp]:
        """Return the fine columns whose middle lies over a part of a line that is drawn."""
        firsts = np.ceil(xs * SCALE - 0.5).clip(0, self._fine.width).astype(np.intp)
        return np.asarray(firsts[0] + np.flatnonzero(np.repeat(drawn, np.diff(firsts))))

    def _reach(self, upper: Floats, lower: Floats) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Return the first fine rows whose middle lies from ``upper`` to ``lower``, and those after the last."""
        rows = self._fine.height
        tops, feet = np.ceil(upper - 0.5), np.floor(lower + 0.5)
        return tops.clip(0, rows).astype(np.intp), feet.clip(0, rows).astype(np.intp)

    def _fill(self, columns: NDArray[np.intp], upper: Floats, lower: Floats, fill: Colour) -> None:
        """Fill each of the columns where the middles of its fine pixels lie from ``upper`` to ``lower``."""
        tops, feet = self._reach(upper, lower)
        counts = (feet - tops).clip(0)
        wide = self._fine.width
        begun = np.cumsum(counts) - counts
        pixels = np.repeat((tops - begun) * wide + columns, counts)
        pixels += np.arange(len(pixels)) * wide
        self._fine.pixels.reshape(-1)[pixels] = self._fine.inks.place(fill)
