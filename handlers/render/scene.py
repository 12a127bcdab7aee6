"""One picture in the colours of a theme: texts kept on record, flat shapes and finished panels."""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Literal

import numpy as np
from PIL import Image

from handlers.render.canvas import Canvas
from handlers.render.inks import inks_of
from handlers.render.letters import (
    baseline_below_middle,
    face_for,
    fitting_size,
    shortened,
    text_width,
    written,
)
from handlers.render.surface import Box, Point, Surface
from handlers.render.theme import HEIGHT, WIDTH, Colour, Theme

Anchor = Literal["left", "right", "centre"]
_BEFORE: dict[Anchor, float] = {"left": 0.0, "right": 1.0, "centre": 0.5}
"""Which share of a text lies before the place that it is anchored at."""


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
        self._surface = Surface(width, height, inks_of(theme), theme.background)

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
        smallest size is too long. ``behind`` names the fill under it, towards which its edges are softened.
        """
        if not text:
            return 0.0
        if width is not None:
            size = fitting_size(text, size, width, bold=bold)
            text = shortened(text, size, width, bold=bold)
        long, ink, paper = (
            text_width(text, size, bold=bold),
            fill or self.theme.text,
            behind or self.theme.background,
        )
        drawn, face = written(text, size, bold=bold), face_for(text, size, bold=bold)
        left = round(at[0] - long * _BEFORE[anchor]) + drawn.left
        top = round(at[1] + baseline_below_middle(face)) + drawn.top
        rows, columns = drawn.ink.shape
        self.texts.append(TextItem(text, (left, top, left + columns, top + rows), size, ink, paper))
        self._surface.put(drawn.ink, self._surface.inks.blend(paper, ink), left, top)
        return long

    def rectangle(self, box: Box, fill: Colour, *, radius: float = 0.0) -> None:
        """Fill a box (left, top, right, bottom), corners rounded by ``radius`` pixels."""
        if radius:
            self._surface.rounded(box, radius, fill)
        else:
            left, top, right, bottom = map(int, box)
            self._surface.box(left, top, right + 1, bottom + 1, fill)

    def polygon(self, points: Sequence[Point], fill: Colour) -> None:
        """Fill a polygon."""
        self._surface.polygon(points, fill)

    def line(self, points: Sequence[Point], fill: Colour, *, width: int = 2) -> None:
        """Draw straight lines through the points."""
        self._surface.line(points, fill, width)

    def paste(self, canvas: Canvas, left: int, top: int) -> None:
        """Put a finished panel at a place."""
        self.plots.append((left, top, left + canvas.width, top + canvas.height))
        self._surface.paste(canvas.reduced(), left, top)

    def encode(self) -> bytes:
        """Return the picture as PNG bytes with the theme's palette; the same scene gives the same bytes."""
        pixels, out = self._surface.pixels, BytesIO()
        picture = Image.frombuffer("P", (self.width, self.height), pixels, "raw", "P", 0, 1)
        picture.putpalette(self._surface.inks.colours.astype(np.uint8).tobytes())
        picture.save(out, "PNG", compress_level=1)
        return out.getvalue()
