"""Pixels in places of a palette, and what pictures are put together from: boxes, polygons, lines, given shapes."""

from collections.abc import Callable, Sequence

import numpy as np
from PIL import Image, ImageDraw

from handlers.render.inks import Inks, Places
from handlers.render.theme import Colour

Point = tuple[float, float]
Box = tuple[float, float, float, float]


class Surface:
    """A picture whose ``pixels`` (rows, columns) are places of ``inks``; what lies outside is cut off."""

    def __init__(self, width: int, height: int, inks: Inks, paper: Colour) -> None:
        self.width, self.height, self.inks = width, height, inks
        self.pixels: Places = np.full((height, width), inks.place(paper), np.uint8)

    def box(self, left: int, top: int, right: int, bottom: int, fill: Colour) -> None:
        """Fill from (left, top) to before (right, bottom)."""
        self.pixels[max(0, top) : max(0, bottom), max(0, left) : max(0, right)] = self.inks.place(fill)

    def boxes(self, edges: Sequence[Sequence[int]], fills: Sequence[Colour]) -> None:
        """Fill boxes, each from its left and top to before its right and bottom, the later ones over the earlier."""
        places = {fill: self.inks.place(fill) for fill in set(fills)}
        for left, top, right, bottom, fill in zip(*edges, fills, strict=True):
            self.pixels[top:bottom, left:right] = places[fill]

    def rounded(self, box: Box, radius: float, fill: Colour) -> None:
        """Fill a box, its last pixels included, with rounded corners."""

        def draw(onto: ImageDraw.ImageDraw, left: int, top: int) -> None:
            at = (box[0] - left, box[1] - top, box[2] - left, box[3] - top)
            onto.rounded_rectangle(at, radius=radius, fill=1)

        self._drawn(box, fill, draw)

    def polygon(self, points: Sequence[Point], fill: Colour) -> None:
        """Fill a polygon."""

        def draw(onto: ImageDraw.ImageDraw, left: int, top: int) -> None:
            onto.polygon([(x - left, y - top) for x, y in points], fill=1)

        self._drawn(_around(points, 1), fill, draw)

    def line(self, points: Sequence[Point], fill: Colour, width: int) -> None:
        """Draw straight lines through points."""

        def draw(onto: ImageDraw.ImageDraw, left: int, top: int) -> None:
            onto.line([(x - left, y - top) for x, y in points], fill=1, width=width)

        self._drawn(_around(points, width), fill, draw)

    def put(self, shape: Places, places: Places, left: int, top: int) -> None:
        """Colour the pixels from (left, top) on by ``places`` of what a shape (rows, columns) holds, 0 for none."""
        room = self.pixels[
            max(0, top) : max(0, top + len(shape)), max(0, left) : max(0, left + shape.shape[1])
        ]
        shape = shape[max(0, -top) :, max(0, -left) :][: room.shape[0], : room.shape[1]]
        np.copyto(room, places[shape], where=shape > 0)

    def paste(self, pixels: Places, left: int, top: int) -> None:
        """Put pixels of the same palette, which fit, from (left, top) on."""
        self.pixels[top : top + len(pixels), left : left + pixels.shape[1]] = pixels

    def _drawn(self, box: Box, fill: Colour, draw: Callable[[ImageDraw.ImageDraw, int, int], None]) -> None:
        """Let Pillow draw a shape within a box, from whose first pixel it measures."""
        left, top, right, bottom = (int(np.floor(edge)) for edge in box)
        shape = Image.new("L", (right - left + 1, bottom - top + 1))
        draw(ImageDraw.Draw(shape), left, top)
        self.put(np.asarray(shape), np.array([0, self.inks.place(fill)], np.uint8), left, top)


def _around(points: Sequence[Point], margin: int) -> Box:
    xs, ys = zip(*points, strict=True)
    return min(xs) - margin, min(ys) - margin, max(xs) + margin, max(ys) + margin
