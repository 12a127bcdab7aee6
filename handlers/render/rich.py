"""A card as a rich message: headings, real tables and what folds, made of the blocks that its text is made of.

So both say the same numbers in the same words. https://core.telegram.org/bots/api#inputrichblock
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import unescape
from itertools import groupby
from typing import Any, Final

from handlers.render.html import Block, Cells, Grid, Html, utf16_units
from handlers.render.rich_text import rich_text, split_pre

RichBlock = Mapping[str, Any]
CHART_FILE: Final = "chart"
CHART: Final = f"attach://{CHART_FILE}"
"""In place of the chart's file; `chart_replaced` puts another one there, or none."""

# https://core.telegram.org/bots/api#rich-message-limits
MAX_UNITS: Final = 32_768
MAX_BLOCKS: Final = 500
MAX_LEVELS: Final = 16
MAX_COLUMNS: Final = 20
HEADING: Final = 3


@dataclass(frozen=True, slots=True)
class Fold:
    """Blocks that are shown when their summary is pressed."""

    summary: str
    blocks: Sequence[Block]


@dataclass(frozen=True, slots=True)
class RichCard:
    """What a rich card says: the blocks of its text, and below them what folds."""

    blocks: Sequence[Block]
    folds: Sequence[Fold] = ()


@dataclass(frozen=True, slots=True)
class RichForm:
    """The content of an answer as a rich message; its chart is the ``picture`` of the content, or the one shown before.

    ``is_sample``: the message is there to show this form. In another one it has no buttons, and it may be shown to one
    person alone, whom other answers reach as texts.
    """

    blocks: tuple[RichBlock, ...]
    is_sample: bool = False


def rich_blocks(card: RichCard, *, chart: bool = False) -> tuple[RichBlock, ...] | None:
    """Return the blocks of a message, the ``chart`` first; ``None`` for a card beyond Telegram's limits."""
    picture = [_photo(CHART)] if chart else []
    folds = [_details(fold.summary, inside) for fold in card.folds if (inside := list(_blocks(fold.blocks)))]
    blocks = (*picture, *_blocks(card.blocks), *folds)
    return blocks if _is_within_limits(blocks) else None


def chart_replaced(blocks: Iterable[RichBlock], media: str | None) -> tuple[RichBlock, ...]:
    """Return the blocks with the chart of this file, without a chart for ``None``."""
    if media is None:
        return tuple(block for block in blocks if not _is_chart(block))
    return tuple(_photo(media) if _is_chart(block) else block for block in blocks)


def has_chart(blocks: Iterable[RichBlock]) -> bool:
    """Return whether the blocks show a chart."""
    return any(block["type"] == "photo" for block in blocks)


def expandable_quote(blocks: Sequence[RichBlock]) -> RichBlock:
    """Return a quotation that shows its first lines; since Bot API 10.5 it holds blocks, and a text before."""
    return {"type": "expandable_blockquote", "blocks": list(blocks)}


def _blocks(blocks: Sequence[Block]) -> Iterator[RichBlock]:
    for block in blocks:
        if block.markup:
            yield from _shown(block)


def _shown(block: Block) -> Iterator[RichBlock]:
    pieces = block.pieces or (block.markup,)
    first, rest = _after_first_line(pieces)
    if block.role == "head":
        yield {"type": "heading", "text": rich_text(first), "size": HEADING}
        yield from _pieces(rest)
    elif block.role == "fold" and rest:
        yield _details(rich_text(first), list(_pieces(rest)))
    elif block.role == "aside":
        yield expandable_quote(list(_pieces(pieces)))
    else:
        yield from _pieces(pieces)


def _after_first_line(pieces: Sequence[Html | Grid]) -> tuple[str, tuple[Html | Grid, ...]]:
    """Return the first line of pieces and what follows it; no line where they begin with a grid."""
    first, *rest = pieces
    if isinstance(first, Grid):
        return "", tuple(pieces)
    line, _, more = first.partition("\n")
    return line, tuple(piece for piece in (Html(more), *rest) if piece)


def _pieces(pieces: Iterable[Html | Grid]) -> Iterator[RichBlock]:
    """Yield a table for a grid, and a paragraph for the lines between two of them."""
    for is_grid, group in groupby(pieces, key=lambda piece: isinstance(piece, Grid)):
        if is_grid:
            yield from (_table(piece) for piece in group if isinstance(piece, Grid))
        else:
            yield from _paragraphs("\n".join(str(piece) for piece in group))


def _paragraphs(markup: str) -> Iterator[RichBlock]:
    for is_pre, part in split_pre(markup):
        if is_pre:
            yield {"type": "pre", "text": unescape(part)}
        else:
            yield {"type": "paragraph", "text": rich_text(part)}


def _table(grid: Grid) -> RichBlock:
    rows = [_row(cells, is_header=grid.headed and not place) for place, cells in enumerate(grid.rows)]
    return {"type": "table", "cells": rows, "is_striped": True, "is_compact": True}


def _row(cells: Cells, *, is_header: bool) -> list[dict[str, Any]]:
    row: list[dict[str, Any]] = []
    for place, cell in enumerate(cells):
        if cell is None:
            row[-1]["colspan"] = row[-1].get("colspan", 1) + 1
            continue
        shown = {"align": "right" if place else "left", "valign": "middle"}
        row.append(shown | ({"text": cell} if cell else {}) | ({"is_header": True} if is_header else {}))
    return row


def _details(summary: Any, blocks: Sequence[RichBlock]) -> RichBlock:
    return {"type": "details", "summary": summary, "blocks": list(blocks)}


def _photo(media: str) -> RichBlock:
    return {"type": "photo", "photo": {"type": "photo", "media": media}}


def _is_chart(block: RichBlock) -> bool:
    return bool(block["type"] == "photo" and block["photo"]["media"] == CHART)


def _is_within_limits(blocks: Sequence[RichBlock]) -> bool:
    every = list(_walked(blocks, 1))
    widest = max((_columns(row) for block, _ in every for row in block.get("cells", ())), default=0)
    units = sum(_units(block) for block, _ in every)
    deepest = max((level for _, level in every), default=1)
    return len(every) <= MAX_BLOCKS and units <= MAX_UNITS and deepest <= MAX_LEVELS and widest <= MAX_COLUMNS


def _columns(row: Sequence[Mapping[str, Any]]) -> int:
    return sum(cell.get("colspan", 1) for cell in row)


def _walked(blocks: Iterable[RichBlock], level: int) -> Iterator[tuple[RichBlock, int]]:
    for block in blocks:
        yield block, level
        yield from _walked(block.get("blocks", ()), level + 1)


def _units(block: RichBlock) -> int:
    cells = sum(_length(cell.get("text", "")) for row in block.get("cells", ()) for cell in row)
    return cells + _length(block.get("text", "")) + _length(block.get("summary", ""))


def _length(text: Any) -> int:
    if isinstance(text, str):
        return utf16_units(text)
    return sum(map(_length, text)) if isinstance(text, list) else _length(text["text"])
