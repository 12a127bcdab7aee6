"""The palette of a theme's pictures: the place of a colour, blends of two colours, and the means of four."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from handlers.render.theme import Colour, Theme

EDGE_STEPS = 8
"""Steps from an ink to the panel in the palette: the soft edges of lines and letters."""

COLOURS = 256
"""Most colours of a PNG with a palette, which takes a third of the bytes and of the encoding time of full colour."""

Places = NDArray[np.uint8]

_BLOCK = 64
"""Rows that are halved at once: what is made on the way stays in the processor's cache."""

_LEFT = np.uint16(0xFF)

_FINE = 2
"""Lowest bits of each part that are left out where a mean is looked up: pictures differ by less than a shade."""

_STEPS = 1 << (8 - _FINE)
_RED, _GREEN = 20, 10
"""Bits below red and green where three sums of four parts share one number."""


class Inks:
    """The colours that a picture of a theme may hold, each known by its place.

    ``colours`` (n, 3) are red, green and blue by place. Pictures are drawn in places instead of in colours: a third of
    the bytes to fill and move, and nothing to convert at the end.
    """

    def __init__(self, theme: Theme) -> None:
        own = theme.colours(EDGE_STEPS)[:COLOURS]
        self.colours = np.array(own, np.int32)
        red, green, blue = (self.colours[:, part].astype(np.uint32) for part in range(3))
        packed = np.zeros(COLOURS, np.uint32)
        packed[: len(own)] = red << _RED | green << _GREEN | blue
        self._pairs = np.add.outer(packed, packed).ravel()
        self._places: dict[Colour, int] = {colour: place for place, colour in enumerate(own)}
        self._blends: dict[tuple[Colour, Colour], Places] = {}
        self._means = np.full(_STEPS**3, -1, np.int16)

    def place(self, colour: Colour) -> int:
        """Return the place of a colour, of the nearest one where it is none of the theme's."""
        found = self._places.get(colour)
        if found is None:
            found = self._places[colour] = int(self._nearest(np.array([colour], np.int32))[0])
        return found

    def blend(self, paper: Colour, ink: Colour) -> Places:
        """Return the places (256) of an ink on a paper by how much of the paper it covers, from nothing to all."""
        found = self._blends.get((paper, ink))
        if found is None:
            share = np.arange(256)[:, None]
            mixed = np.rint(np.array(paper) + (np.array(ink) - np.array(paper)) * share / 255)
            found = self._blends[paper, ink] = self._nearest(mixed.astype(np.int32))
            found[0], found[255] = self.place(paper), self.place(ink)
        return found

    def halved(self, fine: Places) -> Places:
        """Return a picture (2 h, 2 w) at half its size (h, w): the mean of each square of four pixels."""
        pairs = fine.view(np.uint16)
        half = np.empty((len(pairs) // 2, pairs.shape[1]), np.uint8)
        for start in range(0, len(half), _BLOCK):
            self._halve(pairs[2 * start : 2 * (start + _BLOCK)], half[start : start + _BLOCK].reshape(-1))
        return half

    def _halve(self, pairs: NDArray[np.uint16], half: Places) -> None:
        """Write the means of some rows of pairs of pixels into their places, row after row."""
        upper, lower = pairs[0::2].ravel(), pairs[1::2].ravel()
        half[:] = upper & _LEFT  # that of any of four that are equal
        unlike = upper >> 8
        unlike ^= upper
        unlike &= _LEFT
        unlike |= upper ^ lower
        mixed = np.flatnonzero(unlike.astype(np.bool_))
        sums = self._pairs[upper[mixed]]
        sums += self._pairs[lower[mixed]]
        half[mixed] = self._mean(sums)

    def _mean(self, sums: NDArray[np.uint32]) -> Places:
        """Return the places nearest to quarters of sums of colours."""
        part, drop = _STEPS - 1, 2 + _FINE
        cells = (sums >> _RED + drop & part) * _STEPS**2
        cells += (sums >> _GREEN + drop & part) * _STEPS
        cells += sums >> drop & part
        found = self._means[cells]
        unknown = np.unique(cells[found < 0])
        if unknown.size:
            parts = np.stack(np.unravel_index(unknown, (_STEPS,) * 3), axis=1)
            self._means[unknown] = self._nearest((parts.astype(np.int32) << _FINE) + (1 << _FINE) // 2)
            found = self._means[cells]
        return np.asarray(found, np.uint8)

    def _nearest(self, colours: NDArray[np.int32]) -> Places:
        apart = ((colours[:, None, :] - self.colours) ** 2).sum(axis=2)
        return np.asarray(apart.argmin(axis=1), np.uint8)


@lru_cache(maxsize=2)
def inks_of(theme: Theme) -> Inks:
    """Return the inks of a theme, one object for all its pictures."""
    return Inks(theme)
