"""Where the answer to the question under way came from, for whoever logs the question."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Literal

Origin = Literal["computed", "remembered", "shared"]
"""Computed for this question, kept from an earlier one, or computed for several that were asked at the same time."""
_found: ContextVar[list[Origin] | None] = ContextVar("found", default=None)


def note_origin(origin: Origin) -> None:
    """Note the origin of an answer for the collector around this task, if there is one."""
    found = _found.get()
    if found is not None:
        found.append(origin)


@contextmanager
def collected_origins() -> Iterator[list[Origin]]:
    """Give the list that collects the origins noted inside, by the tasks started there too."""
    found: list[Origin] = []
    token = _found.set(found)
    try:
        yield found
    finally:
        _found.reset(token)
