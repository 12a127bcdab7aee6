"""Marks work of many symbols or moments at once, which may be done on other machines."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_bulk: ContextVar[bool] = ContextVar("bulk", default=False)


@contextmanager
def bulk() -> Iterator[None]:
    """Mark what runs inside, and the tasks it starts, as part of much work of the same kind."""
    token = _bulk.set(True)
    try:
        yield
    finally:
        _bulk.reset(token)


def is_bulk() -> bool:
    """Return whether the running task is part of much work of the same kind."""
    return _bulk.get()
