"""What a rich message says: read by the sandbox as strictly as Telegram reads it, as flat text, and its numbers."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, Final

from handlers.render.rich import RichBlock
from utils.sandbox.telegram.media import Photo
from utils.sandbox.telegram.rich import read_rich

NUMBER: Final = re.compile(r"[+\-−]?\d(?:[\d.,:]*\d)?")
_CUT: Final = re.compile(r"\S*…")
_CONTAINERS: Final = ("summary", "text", "blocks", "items", "cells")


def read(blocks: Iterable[RichBlock]) -> list[dict[str, Any]]:
    """Return the blocks as the message shows them. Raises `BotApiError` where Telegram would refuse them."""
    return read_rich({"blocks": list(blocks)}, lambda _: Photo(()))


def flat(blocks: object) -> str:
    """Return all that the blocks say, a line for each text."""
    return "\n".join(_lines(blocks))


def numbers(text: str) -> Counter[str]:
    """Return the numbers in a text; a word that was cut to fit is left out, with the digits that it ends in."""
    return Counter(NUMBER.findall(_CUT.sub("", text)))


def types(blocks: object) -> set[str]:
    """Return the types of the blocks, at every level."""
    if isinstance(blocks, list | tuple):
        return {kind for block in blocks for kind in types(block)}
    if not isinstance(blocks, dict):
        return set()
    return {blocks["type"], *types(blocks.get("blocks", ()))}


def _lines(node: object) -> Iterator[str]:
    if isinstance(node, list | tuple):
        for member in node:
            yield from _lines(member)
    elif isinstance(node, str):
        yield node
    elif isinstance(node, dict):
        for name in _CONTAINERS:
            if name in {"text", "summary"} and name in node:
                yield _inline(node[name])
            elif name in node:
                yield from _lines(node[name])


def _inline(text: Any) -> str:
    if isinstance(text, str):
        return text
    return "".join(map(_inline, text)) if isinstance(text, list) else _inline(text["text"])
