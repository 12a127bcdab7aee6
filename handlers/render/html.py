"""HTML for Telegram, escaped at the leaf: a text becomes ``Html`` only here, and only ``Html`` is ever joined.

Blocks of it are packed under Telegram's limits, and cut only between blocks, lines or words. `grid` keeps with its
lines of monospace the cells of a real table, which `handlers.render.rich` makes of the same blocks.
"""

import html
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, NewType

Html = NewType("Html", str)

TEXT_LIMIT = 4096  # https://core.telegram.org/bots/api#sendmessage, after entities parsing
CAPTION_LIMIT = 1024  # https://core.telegram.org/bots/api#sendphoto, after entities parsing
GAP = "\n\n"
NO_BREAK = "\u00a0"
DOT = f"{NO_BREAK}· "
"""Between facts of one line: a line that wraps begins with none."""
ROW = 40
"""Characters of a proportional font, or 32 columns of monospace, in a row of a bubble on a screen 390 points wide."""
ROWS = 28
"""Rows of a caption: with its buttons they leave the score in sight on a screen 844 points high, where a chat opens at
the end of its last message, and make one and a half screens with the picture."""

_SEPARATORS = (GAP, "\n", " ")
_TIME = r"<tg-time [^>]*>[^<]*</tg-time>"
_ATOM = re.compile(rf"{_TIME}|</?[a-z]+>|&[a-z]+;|.", re.DOTALL)
_WORD = re.compile(rf"(?:{_TIME}|[^ ])* ?", re.DOTALL)
_TIME_TAG = re.compile(r"</?tg-time(?: [^>]*)?>")
_TAG = re.compile(rf"</?[a-z]+>|{_TIME_TAG.pattern}")
_SHOWN_CONTROLS = "\n"


def clean(text: str) -> str:
    """Return ``text`` without what Telegram refuses or hides: controls, lone surrogates, direction marks."""
    if text.replace(_SHOWN_CONTROLS, "").isprintable():  # as nearly always; none of these is
        return text
    kept = (char for char in text if char in _SHOWN_CONTROLS or unicodedata.category(char)[0] != "C")
    return "".join(kept)


def esc(text: str) -> Html:
    """Escape one leaf."""
    return Html(html.escape(clean(text), quote=False))


def bold(text: str | Html) -> Html:
    """Mark a leaf as bold; the text is escaped."""
    return Html(f"<b>{esc(text)}</b>")


def italic(text: str) -> Html:
    """Mark a leaf as italic; the text is escaped."""
    return Html(f"<i>{esc(text)}</i>")


def code(text: str) -> Html:
    """Mark a leaf as monospace; the text is escaped."""
    return Html(f"<code>{esc(text)}</code>")


def pre(text: str) -> Html:
    """Mark lines as a monospace block; the text is escaped."""
    return Html(f"<pre>{esc(text)}</pre>")


def time_tag(text: str, at_ms: int) -> Html:
    """Mark words for a moment (UTC ms) so that every reader sees it in their own zone; elsewhere the words stand.

    https://core.telegram.org/bots/api#date-time-entity-formatting: a date with its year, and hours and minutes.
    """
    return Html(f'<tg-time unix="{at_ms // 1000}" format="Dt">{esc(text)}</tg-time>')


def has_times(markup: str) -> bool:
    """Return whether moments are marked."""
    return _TIME_TAG.search(markup) is not None


def without_times(markup: str) -> Html:
    """Return markup with the words alone where moments were marked."""
    return Html(_TIME_TAG.sub("", markup))


def join(separator: str, parts: list[Html]) -> Html:
    """Join pieces of markup, leaving out the empty ones; the separator is escaped."""
    return Html(esc(separator).join(part for part in parts if part))


def dotted(parts: Iterable[Html]) -> Html:
    """Join facts of one line with dots, leaving out the empty ones."""
    return join(DOT, list(parts))


def unbroken(text: str) -> str:
    """Return words that stay on one line, such as a title with its number."""
    return text.replace(" ", NO_BREAK)


def glue(*parts: Html) -> Html:
    """Put pieces of markup one behind the other."""
    return Html("".join(parts))


def fill(template: str, **values: Html | str) -> Html:
    """Fill a sentence's ``{names}`` with markup; the sentence itself is escaped.

    A plain ``str`` must already be safe, which ``esc``, ``code`` and ``bold`` make it: numbers aside, pass those.
    """
    return Html(esc(template).format(**values))


def plain(markup: str) -> str:
    """Return what a reader sees of our own markup: no tags, nothing escaped."""
    return html.unescape(_TAG.sub("", markup))


def utf16_units(text: str) -> int:
    """Count ``text`` as Telegram counts: in UTF-16 code units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def visible_units(markup: str) -> int:
    """Count a message after its entities are parsed, the length Telegram's limits are about."""
    return utf16_units(plain(markup))


def shorten(text: str, width: int) -> str:
    """Return one line of at most ``width`` characters, ended by an ellipsis where something was left out."""
    line = " ".join(clean(text.replace("\n", " ")).split())
    return line if len(line) <= width else line[: width - 1].rstrip() + "…"


Cells = tuple[str | None, ...]
"""The cells of a row, as many in every row of a grid; over ``None`` reaches the cell before it."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of figures: a line of monospace, and the same as cells, whose titles nobody had to shorten."""

    line: str
    cells: Cells


@dataclass(frozen=True, slots=True)
class Grid:
    """Rows of cells, with the markup that shows them in a text; ``headed``: the first row names the columns."""

    markup: Html
    rows: tuple[Cells, ...]
    headed: bool = False


def grid(rows: Sequence[Row], *, headed: bool = False) -> Grid:
    """Return rows that a text shows as lines of monospace."""
    return Grid(pre("\n".join(row.line for row in rows)), tuple(row.cells for row in rows), headed)


Piece = Html | Grid
"""A part of a block: markup, or a grid."""
BlockRole = Literal["plain", "head", "fold", "aside"]


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph that stays whole; a caption always has those of ``rank`` 0 and drops the highest ranks first.

    ``pieces`` are what its markup is joined of, none where that is all. A rich card makes a heading of the first line
    of a ``head``, and of that of a ``fold`` what opens the rest; an ``aside`` is what few will read.
    """

    markup: Html
    rank: int = 0
    pieces: tuple[Piece, ...] = ()
    role: BlockRole = "plain"


def laid_out(pieces: Iterable[Piece], rank: int = 0, *, role: BlockRole = "plain") -> Block:
    """Return a block of pieces below each other, leaving out the empty ones."""
    kept = tuple(piece for piece in pieces if piece)
    markup = join("\n", [piece.markup if isinstance(piece, Grid) else piece for piece in kept])
    return Block(markup, rank, kept, role)


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
    if separator == " ":
        return [word for word in _WORD.findall(text) if word]
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
