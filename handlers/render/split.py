"""Blocks of a message: packing them under Telegram's limits, cutting only between blocks, lines or words."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from handlers.render.html import Html, plain, visible_units

TEXT_LIMIT = 4096  # https://core.telegram.org/bots/api#sendmessage, after entities parsing
CAPTION_LIMIT = 1024  # https://core.telegram.org/bots/api#sendphoto, after entities parsing
GAP = "\n\n"
ROW = 40
"""Characters of a proportional font, or 32 columns of monospace, in a row of a bubble on a screen 390 points wide."""
ROWS = 28
"""Rows of a caption: with its buttons they leave the score in sight on a screen 844 points high, where a chat opens at
the end of its last message, and make one and a half screens with the picture."""

_SEPARATORS = (GAP, "\n", " ")
_ATOM = re.compile(r"</?[a-z]+>|&[a-z]+;|.", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph that stays whole; a caption always has those of ``rank`` 0 and drops the highest ranks first."""

    markup: Html
    rank: int = 0


def compose(blocks: Sequence[Block]) -> Html:
    """Join blocks into one message."""
    return Html(GAP.join(block.markup for block in blocks if block.markup))


def rows_of(markup: str) -> int:
    """Return how many rows a phone shows of a message: a line wraps after `ROW` characters."""
    return sum(max(1, -(-len(line) // ROW)) for line in plain(markup).split("\n"))


def fit(blocks: Sequence[Block], limit: int = CAPTION_LIMIT, rows: int = ROWS) -> tuple[Html, bool]:
    """Return the message and whether blocks were left out: the highest rank first, the last of equals first."""
    kept = [block for block in blocks if block.markup]
    whole = len(kept)
    while len(kept) > 1 and (visible_units(compose(kept)) > limit or rows_of(compose(kept)) > rows):
        worst = max(range(len(kept)), key=lambda index: (kept[index].rank, index))
        del kept[worst]
    return compose(kept), len(kept) < whole


def split(markup: str, limit: int = TEXT_LIMIT) -> list[Html]:
    """Cut a message into parts of at most ``limit`` UTF-16 units after parsing; nothing is dropped.

    Cuts fall between blocks, inside a block that is itself too long between lines, then between words. Tags that
    are open at a cut are closed there and opened again in the next part.
    """
    packed = [""]
    for piece in _pieces(markup, limit, _SEPARATORS):
        if packed[-1] and visible_units(packed[-1] + piece) > limit:
            packed.append("")
        packed[-1] += piece
    return list(_balanced(packed))


def _pieces(text: str, limit: int, separators: Sequence[str]) -> Iterator[str]:
    if visible_units(text) <= limit:
        yield text
    elif not separators:
        yield from _ATOM.findall(text)
    else:
        for part in _keeping(text, separators[0]):
            yield from _pieces(part, limit, separators[1:])


def _keeping(text: str, separator: str) -> list[str]:
    *firsts, last = text.split(separator)
    return [part + separator for part in firsts] + ([last] if last else [])


def _balanced(parts: Sequence[str]) -> Iterator[Html]:
    opened: list[str] = []
    for part in parts:
        before = "".join(f"<{tag}>" for tag in opened)
        for slash, tag in re.findall(r"<(/?)([a-z]+)>", part):
            if slash:
                opened.pop()
            else:
                opened.append(tag)
        after = "".join(f"</{tag}>" for tag in reversed(opened))
        whole = before + part.strip("\n") + after
        if visible_units(whole) > 0:
            yield Html(whole)
