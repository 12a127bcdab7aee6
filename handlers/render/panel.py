"""Panels over a shared bar axis: candles, lines, bands and histograms, clipped, with gaps where values are missing."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from handlers.render.scene import SCALE, Canvas, Point
from handlers.render.theme import Colour, Theme

Values = NDArray[np.float64]

WIDEST_STEP = 18.0
"""Pixels per bar at most, so that the few bars of a new symbol are not drawn too wide."""

LOG_MARGIN = 40
"""Pixels beside the first and last place of a logarithmic axis, for half a label."""

FINE = 0.5
"""Bars step in half pixels, the panels' drawing grid, so that all are equally wide."""


class ChartSeries:
    """The last ``most`` rows of an analysis' series; a name that is absent or all NaN reads as ``None``."""

    def __init__(self, series: Mapping[str, Values], most: int) -> None:
        self.count = min(most, len(series.get("time", ())))
        self._series = series

    def get(self, name: str) -> Values | None:
        """Return one series of ``count`` rows, infinities as NaN, or ``None`` when it holds no number."""
        values = self._series.get(name)
        if values is None or not self.count:
            return None
        tail = np.asarray(values, dtype=np.float64)[-self.count :]
        known = np.isfinite(tail)
        return np.where(known, tail, np.nan) if known.any() else None

    def known(self, *names: str) -> dict[str, Values]:
        """Return those of the named series that hold numbers."""
        return {name: values for name in names if (values := self.get(name)) is not None}


class Axis(Protocol):
    """Where the rows of a panel stand horizontally, in panel pixels."""

    @property
    def count(self) -> int:
        """How many rows there are."""

    @property
    def width(self) -> int:
        """The panel's width."""

    def centre(self, index: int) -> float:
        """Return the middle of a row."""

    def half_body(self) -> float:
        """Return half the width of what is drawn for one row."""


@dataclass(frozen=True, slots=True)
class BarAxis:
    """Where bars stand horizontally in a panel ``width`` pixels wide: right-aligned, ``step`` pixels each."""

    count: int
    width: int

    @property
    def step(self) -> float:
        """Pixels per bar, a multiple of ``FINE``."""
        return min(WIDEST_STEP, max(FINE, math.floor(self.width / max(self.count, 1) / FINE) * FINE))

    def centre(self, index: int) -> float:
        """Return the middle of a bar in panel pixels."""
        return self.width - (self.count - index - 0.5) * self.step

    def half_body(self) -> float:
        """Return half the width of a candle's body: 70 % of the step on the fine grid."""
        return max(FINE, math.floor(self.step * 0.7 / FINE) * FINE / 2)


@dataclass(frozen=True, slots=True)
class LogAxis:
    """Rows at positive places, ascending, spaced by their logarithm over a panel ``width`` pixels wide."""

    places: tuple[float, ...]
    width: int

    @property
    def count(self) -> int:
        """How many rows there are."""
        return len(self.places)

    def centre(self, index: int) -> float:
        """Return the middle of a row in panel pixels; the first and last stand ``LOG_MARGIN`` inside."""
        room, first, last = self.width - 2 * LOG_MARGIN, self.places[0], self.places[-1]
        share = math.log(self.places[index] / first) / math.log(last / first) if last > first else 0.5
        return LOG_MARGIN + share * room

    def half_body(self) -> float:
        """Return half the width of a mark."""
        return 6.0


class ChartPanel:
    """One panel: a canvas, a horizontal axis and a value axis from ``low`` (bottom) to ``high`` (top).

    The value axis is linear, or with ``is_log`` logarithmic, for which ``low`` is positive.
    """

    def __init__(
        self, theme: Theme, axis: Axis, height: int, low: float, high: float, *, is_log: bool = False
    ) -> None:
        self.theme, self.axis, self.height = theme, axis, height
        self.low, self.high, self.is_log = low, high, is_log
        self.canvas = Canvas(axis.width, height, theme.panel)

    def y(self, value: float) -> float:
        """Return the pixel row of a value, kept within ten panel heights so that far values stay drawable."""
        if self.is_log:
            share = math.log(self.high / value) / math.log(self.high / self.low) if value > 0 else math.inf
        else:
            share = (self.high - value) / (self.high - self.low)
        return min(11.0, max(-10.0, share)) * self.height

    def grid(self, values: Iterable[float], bars: Iterable[int]) -> None:
        """Draw horizontal lines at values and vertical ones at bar indexes."""
        for value in values:
            row = self.y(value)
            self.canvas.box(0, row - 0.5, self.axis.width, row + 0.5, self.theme.grid)
        for bar in bars:
            middle = self.axis.centre(bar)
            self.canvas.box(middle - 0.5, 0, middle + 0.5, self.height, self.theme.grid)

    def levels(self, values: Iterable[float]) -> None:
        """Draw dashed marks across the panel at meaningful values, stronger than the grid."""
        for value in values:
            self.canvas.dashes(self.y(value), self.theme.frame, width=1.5)

    def line(
        self, values: Values, fill: Colour, width: float, *, dash: tuple[int, int] | None = None
    ) -> None:
        """Draw a line with gaps at NaN; ``dash`` is (bars on, bars off)."""
        for run in _runs(np.isfinite(values)):
            points = self._points(values, run)
            for piece in _dashed(points, dash) if dash else (points,):
                self.canvas.line(piece, fill, width)

    def between(self, low: Values, high: Values, fill: Colour) -> None:
        """Fill the area between two lines where both are known."""
        for run in _runs(np.isfinite(low) & np.isfinite(high)):
            self.canvas.polygon([*self._points(high, run), *reversed(self._points(low, run))], fill)

    def zone(self, low: float, high: float, fill: Colour) -> None:
        """Fill the whole width between two values."""
        self.canvas.box(0, self.y(high), self.axis.width, self.y(low), fill)

    def columns(self, values: Values, fills: Sequence[Colour], base: float = 0.0) -> None:
        """Draw a column per bar from ``base``; NaN draws nothing."""
        half, foot = self.axis.half_body(), self.y(base)
        for index in map(int, np.flatnonzero(np.isfinite(values))):
            middle, top = self.axis.centre(index), self.y(float(values[index]))
            self.canvas.box(middle - half, min(top, foot), middle + half, max(top, foot), fills[index])

    def shade(
        self, bars: NDArray[np.bool_], fill: Colour, top: float = 0.0, bottom: float | None = None
    ) -> None:
        """Fill whole bars where ``bars`` holds, from pixel row ``top`` to ``bottom`` (the panel's foot)."""
        half, foot = self._half_step(), self.height if bottom is None else bottom
        for run in _runs(bars):
            left, right = self.axis.centre(run[0]) - half, self.axis.centre(run[-1]) + half
            self.canvas.box(max(0.0, left), top, right, foot, fill)

    def cells(self, inks: NDArray[np.intp], edges: Values, palette: Sequence[Colour]) -> None:
        """Fill a grid of cells under whole bars: ``inks`` (rows, bars) are places in ``palette``, -1 for none.

        ``edges`` are the values between which the rows lie, ascending, one more than there are rows.
        """
        rows, bars = inks.shape
        places = np.pad((inks + 1).astype(np.uint8), 1)  # beside the grid there is no cell
        share = (np.arange(self.height * SCALE) + 0.5) / (self.height * SCALE)
        row = np.searchsorted(edges, self.high - share * (self.high - self.low)).clip(0, rows + 1)
        half = self._half_step()
        first = self.axis.centre(0) - half
        across = ((np.arange(self.axis.width * SCALE) + 0.5) / SCALE - first) / (2 * half)
        bar = np.floor(across).clip(-1, bars).astype(np.intp) + 1
        down = _filled(np.asarray(places.any(axis=1))[row])
        right = _filled(np.asarray(places.any(axis=0))[bar])
        pixels = places[row[down]][:, bar[right]]
        self.canvas.paint(pixels, palette, right.start, down.start)

    def dots(self, values: Values, fills: Sequence[Colour], radius: float) -> None:
        """Draw a square mark ``radius`` pixels around each known value."""
        for index in map(int, np.flatnonzero(np.isfinite(values))):
            x, y = self.axis.centre(index), self.y(float(values[index]))
            self.canvas.box(x - radius, y - radius, x + radius, y + radius, fills[index])

    def candles(self, bars: Mapping[str, Values]) -> None:
        """Draw candles from open, high, low, close; a bar with any value missing is left out."""
        stack = np.vstack([bars[name] for name in ("open", "high", "low", "close")])
        half = self.axis.half_body()
        for index in np.flatnonzero(np.isfinite(stack).all(axis=0)):
            start, top, bottom, end = (self.y(float(value)) for value in stack[:, index])
            middle, fill = self.axis.centre(int(index)), self.theme.up if end <= start else self.theme.down
            self.canvas.box(middle - FINE, top, middle + FINE, bottom, fill)
            upper, lower = min(start, end), max(start, end)
            self.canvas.box(middle - half, upper, middle + half, max(lower, upper + 1), fill)

    def _half_step(self) -> float:
        if self.axis.count < 2:
            return self.axis.half_body()
        return (self.axis.centre(1) - self.axis.centre(0)) / 2

    def _points(self, values: Values, run: range) -> list[Point]:
        return [(self.axis.centre(index), self.y(float(values[index]))) for index in run]


def directions(bars: Mapping[str, Values]) -> Values:
    """Return per bar 1 where it closed at or above its open, else -1."""
    return np.where(bars["close"] >= bars["open"], 1.0, -1.0)


def span(arrays: Iterable[Values], *, pad: float = 0.06) -> tuple[float, float]:
    """Return finite (low, high), low < high, around all values with ``pad`` of their range on either side.

    Constant values stand in the middle of four percent of their size, or of one when they are zero.
    """
    known = np.concatenate([values[np.isfinite(values)] for values in arrays] or [np.zeros(0)])
    if not known.size:
        return -1.0, 1.0
    low, high = float(known.min()), float(known.max())
    size = max(abs(low), abs(high))
    if high - low <= 1e-12 * size or size == 0:
        margin = 0.02 * size or 0.5
        return low - margin, high + margin
    margin = (high - low) * pad
    return low - margin, high + margin


def _runs(known: NDArray[np.bool_]) -> list[range]:
    edges = np.flatnonzero(np.diff(np.concatenate(([0], known.astype(np.int8), [0]))))
    return [range(int(start), int(stop)) for start, stop in zip(edges[::2], edges[1::2], strict=True)]


def _dashed(points: list[Point], dash: tuple[int, int]) -> list[list[Point]]:
    on, off = dash
    return [points[start : start + on + 1] for start in range(0, len(points), on + off)]


def _filled(used: NDArray[np.bool_]) -> slice:
    """Return from the first to the last place that is used."""
    places = np.flatnonzero(used)
    return slice(int(places[0]), int(places[-1]) + 1) if len(places) else slice(0, 0)
