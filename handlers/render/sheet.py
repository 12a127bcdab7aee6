"""A stack of panels under one time axis: titles with last values, value labels, the price tag, time labels."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from handlers.render.labels import ChartLabels
from handlers.render.letters import text_width
from handlers.render.panel import Axis, BarAxis, ChartPanel, ChartSeries, Values
from handlers.render.scene import Scene
from handlers.render.theme import AXIS_SIZE, LABEL_SIZE, MARGIN, SMALLEST_SIZE, WIDTH, Colour, Theme
from handlers.render.ticks import TimeTick, local_times, log_ticks, time_ticks, value_ticks, years

MOST_BARS = 120
"""Bars shown: 7 or 7.5 pixels each on the picture, the most whose bodies still show on a phone."""

PLOT_WIDTHS = (900, 840, 780, 720, 660)
"""Plot widths that 120 bars fill exactly; the narrower ones leave room for long prices and for what stands beside."""

LEAST_PRICES = 5
"""Price ticks at least; one may have to give way to the tag of the last price."""

TITLE_ROW = 42
TIME_ROW = 50
GAP = 10

_SWATCH = 30
_RAMP, _RAMP_STEP = 96, 15
_TIME_LABEL = 135
_ARROW = 12
_APART = 14
_HALF_DIGIT = 0.42  # of the size: half the height of a digit, and a little room
_TAG_CLEARANCE = AXIS_SIZE * 1.25
_SMALL_TAG, _TAG_EDGES = 25, 10


@dataclass(frozen=True, slots=True)
class LegendEntry:
    """One entry of a panel's title: a colour sample, or the ``ramp`` of a scale, a name and a value in words."""

    name: str
    fill: Colour
    value: str = ""
    dashed: bool = False
    ramp: tuple[Colour, ...] = ()

    @property
    def samples(self) -> Iterable[tuple[float, float, Colour]]:
        """The pieces of the colour sample: left and right (pixels from its left) and their colour."""
        if self.ramp:
            step = self.sample_width / len(self.ramp)
            return [(step * place, step * (place + 1), fill) for place, fill in enumerate(self.ramp)]
        return [(0, 12, self.fill), (18, _SWATCH, self.fill)] if self.dashed else [(0, _SWATCH, self.fill)]

    @property
    def sample_width(self) -> float:
        """Pixels that the colour sample takes."""
        return min(_RAMP, _RAMP_STEP * len(self.ramp)) if self.ramp else _SWATCH


@dataclass(frozen=True, slots=True)
class Tick:
    """A label on the value axis at a value."""

    value: float
    text: str


@dataclass(frozen=True, slots=True)
class Line:
    """How a series is drawn: its name in the result, its title, ink, width in pixels and (on, off) dash in bars."""

    series: str
    title: str
    fill: Colour
    width: float
    dash: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Sheet:
    """What all panels of one chart share; panels are placed by their top, title row first.

    ``corner`` stands beside the time labels: the year, or the unit of another axis. ``beside`` are the pixels right of
    the value labels that a chart keeps for itself.
    """

    scene: Scene
    labels: ChartLabels
    series: ChartSeries
    axis: Axis
    times: tuple[TimeTick, ...]
    corner: str = ""
    beside: int = 0

    @property
    def theme(self) -> Theme:
        """The scene's theme."""
        return self.scene.theme

    @property
    def right(self) -> int:
        """The pixel column where panels end and value labels begin."""
        return MARGIN + self.axis.width

    @property
    def edge(self) -> float:
        """The pixel column where value labels end."""
        return WIDTH - MARGIN / 2 - self.beside

    def panel(self, height: int, low: float, high: float, *, is_log: bool = False) -> ChartPanel:
        """Return an empty panel over the shared bars."""
        return ChartPanel(self.theme, self.axis, height, low, high, is_log=is_log)

    def grid(self, panel: ChartPanel, values: Iterable[float] = ()) -> None:
        """Draw the grid at the time labels and at values; call it after backdrops, before data."""
        panel.grid(values, (tick.index for tick in self.times))

    def lines(
        self, panel: ChartPanel, lines: Iterable[Line], words: Callable[[float], str] | None = None
    ) -> list[LegendEntry]:
        """Draw the series that exist, the last on top; return their keys, with last values if worded."""
        keys = []
        for line in lines:
            values = self.series.get(line.series)
            if values is not None:
                panel.line(values, line.fill, line.width, dash=line.dash)
                value = last(values, words) if words else ""
                keys.append(LegendEntry(line.title, line.fill, value, dashed=line.dash is not None))
        return keys

    def finish(self, panel: ChartPanel, top: int, keys: Sequence[LegendEntry], ticks: Iterable[Tick]) -> int:
        """Put a drawn panel with its title and value labels at ``top``; return where the next one starts."""
        place = top + TITLE_ROW
        foot = place + panel.height
        self._title(keys, top)
        self.scene.paste(panel.canvas, MARGIN, place)
        self.scene.rectangle((MARGIN, foot, self.right, foot + 1), self.theme.frame)
        self.scene.rectangle((self.right - 1, place, self.right, foot), self.theme.frame)
        self._values(panel, place, ticks)
        return foot + GAP

    def finish_with_price(
        self, panel: ChartPanel, top: int, keys: Sequence[LegendEntry], price: tuple[float, str], fill: Colour
    ) -> int:
        """Like ``finish``, with price ticks and a filled tag at the last price; ticks keep clear of the tag."""
        value, words = price
        place, half = top + TITLE_ROW, AXIS_SIZE * 0.72
        y = place + min(panel.height - half, max(half, panel.y(value)))
        ticks = price_ticks(panel.low, panel.high, self.labels, is_log=panel.is_log)
        clear = [tick for tick in ticks if abs(place + panel.y(tick.value) - y) > _TAG_CLEARANCE]
        after = self.finish(panel, top, keys, clear)
        left, right = self.right, self.edge
        self.scene.rectangle((left + 8, y - half, right, y + half), fill, radius=6)
        self.scene.polygon([(left, y), (left + _ARROW, y - _ARROW), (left + _ARROW, y + _ARROW)], fill)
        at, room, ink = (left + 15, y), right - left - 12 - _TAG_EDGES, self.theme.on_tag
        self.scene.text(at, words, size=AXIS_SIZE, fill=ink, bold=True, width=room, behind=fill)
        return after

    def time_axis(self, top: float) -> None:
        """Write the corner and the time labels under their bars, dropping one that would touch its neighbour."""
        free, y, edge = float(MARGIN), top + TIME_ROW / 2, WIDTH - MARGIN / 2
        room, muted = edge - self.right - 12, self.theme.muted
        end = edge - self.scene.text(
            (edge, y), self.corner, size=AXIS_SIZE, fill=muted, anchor="right", width=room
        )
        for tick in self.times:
            half = text_width(tick.text, AXIS_SIZE) / 2
            middle = min(MARGIN + self.axis.centre(tick.index), end - _APART - half)
            if middle - half >= free:
                at = (middle, y)
                self.scene.text(at, tick.text, size=AXIS_SIZE, fill=self.theme.muted, anchor="centre")
                free = middle + half + _APART

    def _title(self, keys: Sequence[LegendEntry], top: int) -> None:
        """Write keys from the left, all smaller when they would not fit the picture's width."""
        sizes = range(LABEL_SIZE, SMALLEST_SIZE, -1)
        room = WIDTH - 2 * MARGIN
        size = next((size for size in sizes if _title_width(keys, size) <= room), SMALLEST_SIZE)
        self.scene.legends.append(tuple((key.ramp or (key.fill,), key.dashed) for key in keys))
        x, y = float(MARGIN), top + TITLE_ROW / 2
        for key in keys:
            half, radius = (9, 0) if key.ramp else (3, 3)
            for left, right, fill in key.samples:
                self.scene.rectangle((x + left, y - half, x + right, y + half), fill, radius=radius)
            x += key.sample_width + 9
            x += self.scene.text((x, y), key.name, size=size, fill=self.theme.muted) + 9
            if key.value:
                x += self.scene.text((x, y), key.value, size=size, bold=True) + 9
            x += 13

    def _values(self, panel: ChartPanel, top: int, ticks: Iterable[Tick]) -> None:
        """Write value labels that lie inside the panel and keep clear of each other, from the top down."""
        half, free = AXIS_SIZE * _HALF_DIGIT, -1e9
        for tick in sorted(ticks, key=lambda tick: -tick.value):
            row = panel.y(tick.value)
            middle = min(panel.height - half, max(half, row))
            if -1 < row < panel.height + 1 and middle - half >= free:
                at, room = (self.right + 12, top + middle), self.edge - self.right - 12
                self.scene.text(at, tick.text, size=AXIS_SIZE, fill=self.theme.muted, width=room)
                free = middle + half


def make_sheet(
    scene: Scene, labels: ChartLabels, series: ChartSeries, prices: Sequence[str], tag: str, beside: int = 0
) -> Sheet:
    """Return the sheet for these bars, its plot as wide as ``beside``, the price labels and the price tag allow."""
    widest = max(text_width(price, AXIS_SIZE) for price in prices)
    widest = max(widest, text_width(tag, _SMALL_TAG, bold=True) + _TAG_EDGES)
    plot = next((plot for plot in PLOT_WIDTHS if widest <= _axis_room(plot, beside)), PLOT_WIDTHS[-1])
    opens = series.get("time")
    times = local_times(opens.tolist(), labels.zone) if opens is not None else []
    ticks = tuple(time_ticks(times, labels, plot // _TIME_LABEL))
    return Sheet(scene, labels, series, BarAxis(series.count, plot), ticks, years(times), beside)


def price_ticks(low: float, high: float, labels: ChartLabels, *, is_log: bool = False) -> list[Tick]:
    """Return round prices inside [low, high] in words, for a linear or a logarithmic axis."""
    if is_log:
        return [Tick(value, labels.price(value, 0)) for value in log_ticks(low, high)]
    values, decimals = value_ticks(low, high, 6, LEAST_PRICES)
    return [Tick(value, labels.number(value, decimals)) for value in values]


def price_words(price: float, low: float, high: float, labels: ChartLabels, *, is_log: bool = False) -> str:
    """Word a price, on a linear axis with at least the decimals of its ticks in [low, high]."""
    return labels.price(price, 0 if is_log else value_ticks(low, high, 6, LEAST_PRICES)[1])


def last(values: Values, words: Callable[[float], str]) -> str:
    """Word the last value of a series, a dash when it is missing."""
    return words(float(values[-1])) if np.isfinite(values[-1]) else "–"


def _axis_room(plot: int, beside: int) -> float:
    """Return the pixels an axis label may take between a plot this wide and what stands beside it."""
    return WIDTH - MARGIN / 2 - beside - (MARGIN + plot) - 12


def _title_width(keys: Iterable[LegendEntry], size: int) -> float:
    return sum(
        key.sample_width
        + 31
        + text_width(key.name, size)
        + (9 + text_width(key.value, size, bold=True) if key.value else 0)
        for key in keys
    )
