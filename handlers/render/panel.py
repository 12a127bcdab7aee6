"""Panels over a shared bar axis: candles, lines, bands and histograms, clipped, with gaps where values are missing."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from handlers.render.canvas import SCALE, Canvas
from handlers.render.theme import Colour, Theme

Values = NDArray[np.float64]

WIDEST_STEP = 18.0
"""Pixels per bar at most, so that the few bars of a new symbol are not drawn too wide."""

LOG_MARGIN = 40
"""Pixels beside the first and last place of a logarithmic axis, for half a label."""

_FARTHEST = 11.0
"""Panel heights from its top within which far values are drawn, and as many from its foot."""

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

    @property
    def centres(self) -> Values:
        """The middles of all rows."""

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

    @property
    def centres(self) -> Values:
        """The middles of all bars in panel pixels."""
        return self.width - (self.count - 0.5 - np.arange(self.count, dtype=np.float64)) * self.step

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

    @property
    def centres(self) -> Values:
        """The middles of all rows in panel pixels."""
        return np.array([self.centre(index) for index in range(self.count)])

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
        self.canvas = Canvas(axis.width, height, theme)

    def y(self, value: float) -> float:
        """Return the pixel row of a value, kept within ten panel heights so that far values stay drawable."""
        if self.is_log:
            share = math.log(self.high / value) / math.log(self.high / self.low) if value > 0 else math.inf
        else:
            share = (self.high - value) / (self.high - self.low)
        return min(_FARTHEST, max(1 - _FARTHEST, share)) * self.height

    def rows(self, values: Values) -> Values:
        """Return the pixel rows of values, like ``y``; NaN stays NaN."""
        if self.is_log:
            with np.errstate(divide="ignore", invalid="ignore"):
                share = np.log(self.high / values) / math.log(self.high / self.low)
            share = np.where(values > 0, share, np.where(np.isnan(values), np.nan, np.inf))
        else:
            share = (self.high - values) / (self.high - self.low)
        return share.clip(1 - _FARTHEST, _FARTHEST) * self.height

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
        drawn = None if dash is None else _dashed(np.isfinite(values), dash)
        self.canvas.line(self.axis.centres, self.rows(values), fill, width, drawn=drawn)

    def between(self, low: Values, high: Values, fill: Colour) -> None:
        """Fill the area between two lines where both are known."""
        self.canvas.area(self.axis.centres, self.rows(high), self.rows(low), fill)

    def zone(self, low: float, high: float, fill: Colour) -> None:
        """Fill the whole width between two values."""
        self.canvas.box(0, self.y(high), self.axis.width, self.y(low), fill)

    def columns(self, values: Values, fills: Sequence[Colour], base: float = 0.0) -> None:
        """Draw a column per bar from ``base``; NaN draws nothing."""
        known, half, foot = np.flatnonzero(np.isfinite(values)), self.axis.half_body(), self.y(base)
        middles, tops = self.axis.centres[known], self.rows(values[known])
        upper, lower = np.minimum(tops, foot), np.maximum(tops, foot)
        self.canvas.boxes(
            middles - half, upper, middles + half, lower, [fills[bar] for bar in known.tolist()]
        )

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
        known = np.flatnonzero(np.isfinite(values))
        xs, ys = self.axis.centres[known], self.rows(values[known])
        self.canvas.boxes(
            xs - radius, ys - radius, xs + radius, ys + radius, [fills[bar] for bar in known.tolist()]
        )

    def candles(self, bars: Mapping[str, Values]) -> None:
        """Draw candles from open, high, low, close; a bar with any value missing is left out."""
        stack = np.vstack([bars[name] for name in ("open", "high", "low", "close")])
        known, half = np.isfinite(stack).all(axis=0), self.axis.half_body()
        middles, (start, top, bottom, end) = self.axis.centres[known], self.rows(stack[:, known])
        fills = [self.theme.up if is_up else self.theme.down for is_up in end <= start]
        upper, lower = np.minimum(start, end), np.maximum(start, end)
        self.canvas.boxes(middles - FINE, top, middles + FINE, bottom, fills)
        self.canvas.boxes(middles - half, upper, middles + half, np.maximum(lower, upper + 1), fills)

    def _half_step(self) -> float:
        if self.axis.count < 2:
            return self.axis.half_body()
        return (self.axis.centre(1) - self.axis.centre(0)) / 2


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


def _dashed(known: NDArray[np.bool_], dash: tuple[int, int]) -> NDArray[np.bool_]:
    """Return which parts between neighbouring bars are drawn; the pattern begins anew after a gap."""
    bars = np.arange(known.size)
    begun = np.maximum.accumulate(np.where(known & ~np.append(False, known[:-1]), bars, 0))
    return np.asarray((bars - begun)[:-1] % sum(dash) < dash[0])


def _filled(used: NDArray[np.bool_]) -> slice:
    """Return from the first to the last place that is used."""
    places = np.flatnonzero(used)
    return slice(int(places[0]), int(places[-1]) + 1) if len(places) else slice(0, 0)
