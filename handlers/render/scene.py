"""Drawing primitives: one picture with text kept on record, and panels drawn at twice the size and reduced."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from itertools import chain
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from handlers.render.theme import HEIGHT, SMALLEST_SIZE, WIDTH, Colour, Theme, fallback_font_path, font_path

SCALE = 2
"""Panels are drawn this many times larger and averaged down: smooth lines without a slower vector library."""

EDGE_STEPS = 8
"""Steps from an ink to the panel in the palette: the soft edges of lines and letters."""

COLOURS = 256
"""Most colours of a PNG with a palette, which takes a third of the bytes and of the encoding time of full colour."""

Anchor = Literal["left", "right", "centre"]
Box = tuple[float, float, float, float]
Point = tuple[float, float]
_NO_COLOUR = (0, 0, 0)
_NO_LETTER = "\U0010fffd"
_ANCHORS: dict[Anchor, str] = {"left": "lm", "right": "rm", "centre": "mm"}


@dataclass(frozen=True, slots=True)
class TextItem:
    """A text as drawn: its inked box (left, top, right, bottom, pixels), colour and what lies behind it."""

    text: str
    box: Box
    size: int
    fill: Colour
    behind: Colour

    def overlaps(self, other: "TextItem") -> bool:
        """Say whether the inked boxes of two texts share a pixel."""
        a, b = self.box, other.box
        return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


@lru_cache(maxsize=32)
def font(size: int, *, bold: bool = False) -> ImageFont.FreeTypeFont:
    """Return the theme's font at a pixel size."""
    return _opened(font_path(bold=bold), size)


@lru_cache(maxsize=64)
def _opened(path: Path, size: int) -> ImageFont.FreeTypeFont:
    """Return a font of a file, with basic layout: Latin and Chinese letters need no shaping."""
    return ImageFont.truetype(path, size, layout_engine=ImageFont.Layout.BASIC)


@lru_cache(maxsize=1024)
def face_for(text: str, size: int, *, bold: bool = False) -> ImageFont.FreeTypeFont:
    """Return the theme's font, or the machine's fallback font where that one lacks a letter of the text."""
    other = None if text.isascii() or all(map(_is_known, text)) else fallback_font_path()
    return font(size, bold=bold) if other is None else _opened(other, size)


@lru_cache(maxsize=512)
def _is_known(letter: str) -> bool:
    face = font(SMALLEST_SIZE)
    return letter.isspace() or bytes(face.getmask(letter)) != bytes(face.getmask(_NO_LETTER))


@lru_cache(maxsize=1024)
def text_width(text: str, size: int, *, bold: bool = False) -> float:
    """Return the advance width of a text in pixels."""
    return face_for(text, size, bold=bold).getlength(text)


@lru_cache(maxsize=2)
def _palette(theme: Theme) -> Image.Image:
    """Return the colours of a theme's pictures: its own exactly, so that legends and lines agree, and soft edges."""
    colours = theme.colours(EDGE_STEPS)[:COLOURS]
    image = Image.new("P", (1, 1))
    image.putpalette([part for colour in colours for part in colour])
    return image


def fitting_size(text: str, size: int, width: float, *, bold: bool = False) -> int:
    """Return the largest size, at most ``size`` and at least ``SMALLEST_SIZE``, at which the text fits."""
    while size > SMALLEST_SIZE and text_width(text, size, bold=bold) > width:
        size -= 1
    return size


def shortened(text: str, size: int, width: float, *, bold: bool = False) -> str:
    """Return the text, or as much of its beginning as fits with an ellipsis after it."""
    if text_width(text, size, bold=bold) <= width:
        return text
    kept = next(
        (
            end
            for end in range(len(text) - 1, 0, -1)
            if text_width(text[:end] + "…", size, bold=bold) <= width
        ),
        0,
    )
    return text[:kept].rstrip() + "…"


class Scene:
    """One picture: place texts and flat shapes by pixel, paste panels, then ``encode``.

    ``texts`` records every text drawn, ``plots`` the place of every panel and ``legends`` the colour samples of every
    row of keys with whether they are dashed, in order.
    """

    def __init__(self, theme: Theme, *, width: int = WIDTH, height: int = HEIGHT) -> None:
        self.theme = theme
        self.width, self.height = width, height
        self.texts: list[TextItem] = []
        self.plots: list[Box] = []
        self.legends: list[tuple[tuple[tuple[Colour, ...], bool], ...]] = []
        self._image = Image.new("RGB", (width, height), theme.background)
        self._draw = ImageDraw.Draw(self._image)

    def text(
        self,
        at: Point,
        text: str,
        *,
        size: int,
        fill: Colour | None = None,
        anchor: Anchor = "left",
        bold: bool = False,
        width: float | None = None,
        behind: Colour | None = None,
    ) -> float:
        """Write one line with its middle at ``at`` vertically; return its width in pixels.

        ``width`` is the room there is: a longer text is written smaller, and ends in an ellipsis if even the
        smallest size is too long. ``behind`` names the fill under it.
        """
        if not text:
            return 0.0
        if width is not None:
            size = fitting_size(text, size, width, bold=bold)
            text = shortened(text, size, width, bold=bold)
        face, ink, mark = face_for(text, size, bold=bold), fill or self.theme.text, _ANCHORS[anchor]
        self._draw.text(at, text, font=face, fill=ink, anchor=mark)
        box = self._draw.textbbox(at, text, font=face, anchor=mark)
        self.texts.append(TextItem(text, box, size, ink, behind or self.theme.background))
        return text_width(text, size, bold=bold)

    def rectangle(self, box: Box, fill: Colour, *, radius: float = 0.0) -> None:
        """Fill a box (left, top, right, bottom), corners rounded by ``radius`` pixels."""
        if radius:
            self._draw.rounded_rectangle(box, radius=radius, fill=fill)
        else:
            self._draw.rectangle(box, fill=fill)

    def polygon(self, points: Sequence[Point], fill: Colour) -> None:
        """Fill a polygon."""
        self._draw.polygon(points, fill=fill)

    def line(self, points: Sequence[Point], fill: Colour, *, width: int = 2) -> None:
        """Draw straight lines through the points."""
        self._draw.line(points, fill=fill, width=width)

    def paste(self, canvas: "Canvas", left: int, top: int) -> None:
        """Put a finished panel at a place."""
        self.plots.append((left, top, left + canvas.width, top + canvas.height))
        self._image.paste(canvas.reduced(), (left, top))

    def encode(self) -> bytes:
        """Return the picture as PNG bytes with the theme's palette; the same scene gives the same bytes."""
        small = self._image.quantize(palette=_palette(self.theme), dither=Image.Dither.NONE)
        out = BytesIO()
        small.save(out, "PNG", compress_level=1)
        return out.getvalue()


class Canvas:
    """A panel's own drawing surface in panel pixels, kept ``SCALE`` times larger; what lies outside is cut off."""

    def __init__(self, width: int, height: int, background: Colour) -> None:
        self.width, self.height = width, height
        self._image = Image.new("RGB", (width * SCALE, height * SCALE), background)
        self._draw = ImageDraw.Draw(self._image)

    def line(self, points: Sequence[Point], fill: Colour, width: float) -> None:
        """Draw a polyline ``width`` panel pixels wide with round joints; a single point is drawn as a dot."""
        if len(points) == 1:
            (x, y), half = points[0], width / 2 + 1
            self.box(x - half, y - half, x + half, y + half, fill)
        elif points:
            scaled = [(x * SCALE, y * SCALE) for x, y in points]
            self._draw.line(scaled, fill=fill, width=max(1, round(width * SCALE)), joint="curve")

    def polygon(self, points: Sequence[Point], fill: Colour) -> None:
        """Fill a polygon."""
        if len(points) > 2:
            self._draw.polygon([(x * SCALE, y * SCALE) for x, y in points], fill=fill)

    def box(self, left: float, top: float, right: float, bottom: float, fill: Colour) -> None:
        """Fill a box whose edges are rounded to the fine grid; never thinner than one fine pixel."""
        x, y = round(left * SCALE), round(top * SCALE)
        wide, tall = max(1, round(right * SCALE) - x), max(1, round(bottom * SCALE) - y)
        self._draw.rectangle((x, y, x + wide - 1, y + tall - 1), fill=fill)

    def paint(self, places: NDArray[np.uint8], palette: Sequence[Colour], left: int, top: int) -> None:
        """Colour fine pixels from (left, top) on: ``places`` (rows, columns) in ``palette`` from 1, 0 for none."""
        if not places.size:
            return
        coloured = Image.fromarray(places, "P")
        coloured.putpalette([*_NO_COLOUR, *chain.from_iterable(palette)])
        mask = Image.fromarray(np.where(places > 0, np.uint8(255), np.uint8(0)))
        self._image.paste(coloured.convert("RGB"), (left, top), mask=mask)

    def dashes(self, y: float, fill: Colour, *, width: float = 1.0, on: float = 8, off: float = 8) -> None:
        """Draw a dashed level across the whole panel."""
        x = 0.0
        while x < self.width:
            self.box(x, y - width / 2, x + on, y + width / 2, fill)
            x += on + off

    def reduced(self) -> Image.Image:
        """Return the panel averaged down to its own size."""
        return self._image.reduce(SCALE)
