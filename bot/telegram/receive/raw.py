"""Safe reading of JSON that nobody has checked: what is missing or of another type is ``None``."""

from collections.abc import Iterator, Mapping
from typing import Final

# https://core.telegram.org/bots/api#inputrichmessage: at most 16 levels of blocks, and as many of text are enough
MAX_DEPTH: Final = 32
MAX_ID: Final = 2**63 - 1
_CONTAINERS: Final = ("summary", "blocks", "items", "cells", "caption")


def object_of(value: object, name: str) -> Mapping[str, object] | None:
    """Return the member ``name`` of a JSON object if it is an object itself."""
    member = value.get(name) if isinstance(value, Mapping) else None
    return member if isinstance(member, Mapping) else None


def integer_of(value: object, name: str) -> int | None:
    """Return the member ``name`` if it is an integer of 64 bits."""
    member = value.get(name) if isinstance(value, Mapping) else None
    whole = isinstance(member, int) and not isinstance(member, bool) and abs(member) <= MAX_ID
    return member if whole else None


def text_of(value: object, name: str) -> str | None:
    """Return the member ``name`` if it is a text; halves of surrogate pairs become question marks."""
    member = value.get(name) if isinstance(value, Mapping) else None
    return member.encode("utf-8", "replace").decode() if isinstance(member, str) else None


def flag_of(value: object, name: str) -> bool:
    """Return whether the member ``name`` is true."""
    return isinstance(value, Mapping) and value.get(name) is True


def lines_of_rich(message: object) -> Iterator[str]:
    """Yield the text of each block of a rich message without its markup, in reading order."""
    yield from _lines(message, MAX_DEPTH)


def chart_file(rich: object) -> str | None:
    """Return the id of the picture that a rich message shows at its top, in its largest size; ``None`` without one."""
    blocks = rich.get("blocks") if isinstance(rich, Mapping) else None
    for block in blocks if isinstance(blocks, list) else ():
        sizes = block.get("photo") if isinstance(block, Mapping) else None
        if isinstance(sizes, list) and sizes:
            return text_of(sizes[-1], "file_id")
    return None


def _lines(node: object, depth: int) -> Iterator[str]:
    if depth == 0:
        return
    if isinstance(node, list):
        for member in node:
            yield from _lines(member, depth - 1)
    elif isinstance(node, str):
        yield node
    elif isinstance(node, Mapping):
        if "text" in node:
            yield _inline(node["text"], depth - 1)
        for name in _CONTAINERS:
            yield from _lines(node.get(name), depth - 1)


def _inline(text: object, depth: int) -> str:
    if depth == 0:
        return ""
    if isinstance(text, str):
        return text.encode("utf-8", "replace").decode()
    if isinstance(text, list):
        return "".join(_inline(part, depth - 1) for part in text)
    return _inline(text.get("text"), depth - 1) if isinstance(text, Mapping) else ""
