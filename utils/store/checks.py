"""What a row must be before it may wait for the database: one bad row would otherwise fail a whole batch, later."""

import math

_MS_LIMIT = 2**63  # BIGINT


def checked_text(name: str, value: str) -> str:
    """Return ``value``; raises ``ValueError`` when it is empty or holds what a database cannot store."""
    if not value or not value.isprintable():
        raise ValueError(f"{name} must be a printable word, is {value!r}")
    return value


def checked_ms(name: str, value: int) -> int:
    """Return UTC milliseconds as a plain int, the only one drivers know; raises ``ValueError`` out of range."""
    moment = int(value)
    if not 0 <= moment < _MS_LIMIT:
        raise ValueError(f"{name} must be UTC milliseconds since 1970, is {value}")
    return moment


def checked_number(name: str, value: float) -> float:
    """Return a plain float; raises ``ValueError`` unless it is finite: SQLite would turn NaN into NULL."""
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(f"{name} must be a finite number, is {value}")
    return number
