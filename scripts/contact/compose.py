"""Pictures put side by side."""

from collections.abc import Sequence
from pathlib import Path

from PIL import Image

GAP = 24
PAPER = (128, 128, 128)


def contact_sheet(columns: Sequence[Sequence[Path]]) -> Image.Image:
    """Return pictures in columns, top to bottom, every row as high as its tallest picture."""
    pictures = [[Image.open(path).convert("RGB") for path in column] for column in columns]
    widths = [max(picture.width for picture in column) for column in pictures]
    heights = [max(picture.height for picture in row) for row in zip(*pictures, strict=True)]
    size = sum(widths) + GAP * (len(widths) + 1), sum(heights) + GAP * (len(heights) + 1)
    sheet, left = Image.new("RGB", size, PAPER), GAP
    for column, width in zip(pictures, widths, strict=True):
        top = GAP
        for picture, height in zip(column, heights, strict=True):
            sheet.paste(picture, (left, top))
            top += height + GAP
        left += width + GAP
    return sheet
