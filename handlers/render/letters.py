"""Lines of text as ink: the fonts, how wide a text is, and its letters put together from those drawn before."""

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import ImageFont

from handlers.render.theme import SMALLEST_SIZE, fallback_font_path, font_path

_NO_LETTER = "\U0010fffd"
_NOTHING = np.zeros((0, 0), np.uint8)


@dataclass(frozen=True, slots=True)
class Written:
    """Ink (rows, columns) from 0, none, to 255, and where its first pixel lies.

    ``left`` and ``top`` are pixels from where the text begins and from its baseline, which most letters stand above.
    """

    ink: NDArray[np.uint8]
    left: int
    top: int


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


def written(text: str, size: int, *, bold: bool = False) -> Written:
    """Return a line of text as its font writes it: each letter is drawn once and then copied to its place."""
    face = face_for(text, size, bold=bold)
    pen, letters = 0.0, [_letter(face, text[0])]
    for before, letter in pairwise(text):
        pen += _step(face, before, letter)
        drawn = _letter(face, letter)
        letters.append(Written(drawn.ink, drawn.left + round(pen), drawn.top))
    letters = [letter for letter in letters if letter.ink.size]
    if not letters:
        return Written(_NOTHING, 0, 0)
    left, top = min(one.left for one in letters), min(one.top for one in letters)
    right = max(one.left + one.ink.shape[1] for one in letters)
    bottom = max(one.top + one.ink.shape[0] for one in letters)
    ink = np.zeros((bottom - top, right - left), np.uint8)
    for one in letters:
        (rows, columns), x, y = one.ink.shape, one.left - left, one.top - top
        place = ink[y : y + rows, x : x + columns]
        np.maximum(place, one.ink, out=place)
    return Written(ink, left, top)


@lru_cache(maxsize=64)
def baseline_below_middle(face: ImageFont.FreeTypeFont) -> float:
    """Return how many pixels the baseline lies below the middle of a line."""
    above, below = face.getmetrics()
    return (above - below) / 2


@lru_cache(maxsize=2048)
def _letter(face: ImageFont.FreeTypeFont, letter: str) -> Written:
    mask, (left, top) = face.getmask2(letter, "L", anchor="ls")
    width, height = mask.size
    return Written(np.frombuffer(bytes(mask), np.uint8).reshape(height, width), int(left), int(top))


@lru_cache(maxsize=4096)
def _step(face: ImageFont.FreeTypeFont, letter: str, following: str) -> float:
    """Return the pixels from where a letter begins to where the one after it does."""
    return face.getlength(letter + following) - face.getlength(following)
