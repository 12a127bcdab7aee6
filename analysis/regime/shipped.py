"""The fitted tables that are shipped in ``config``: how they are read from their json text."""

from importlib.resources import files
from typing import TypeVar

import msgspec

TableT = TypeVar("TableT")


def read_shipped(name: str, kind: type[TableT]) -> TableT:
    """Return the table in a file of ``config``; ``msgspec.ValidationError`` names what is wrong in it."""
    return parsed(files("config").joinpath(name).read_bytes(), kind)


def parsed(text: bytes, kind: type[TableT]) -> TableT:
    """Return a table from its json text; ``msgspec.ValidationError`` where a field is missing or of another type."""
    return msgspec.json.decode(text, type=kind)
