"""Numbers in the tables of the evaluation: signed, with their interval, and in words where there is none."""

from math import isfinite
from typing import Final

from composite.evidence.estimate import Estimate

NOT_MEASURED: Final = "not measured"


def interval(found: Estimate, by: float = 1.0, decimals: int = 4) -> str:
    """Return a number with its interval, ``not measured`` for none."""
    if not isfinite(found.value):
        return NOT_MEASURED
    low, high = (f"{end * by:+.{decimals}f}" for end in (found.low, found.high))
    return f"{found.value * by:+.{decimals}f} ({low} … {high})"


def number(value: float, decimals: int = 4) -> str:
    """Return a signed number, ``not measured`` for none."""
    return f"{value:+.{decimals}f}" if isfinite(value) else NOT_MEASURED


def share(value: float) -> str:
    """Return a share in percent."""
    return f"{value:.1%}" if isfinite(value) else NOT_MEASURED
