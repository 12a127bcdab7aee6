"""Reads what stands beside the asked bars: a value, or the reason why it is missing; never an error."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final, TypeVar

from analysis.framework.question import Request
from analysis.framework.reasons import NOT_ASKED, Reason
from utils.binance_api.bars import ImpossibleBars, NoBars, NoBarsThen, NoneClosedYet
from utils.http.errors import SourceError

T = TypeVar("T")

FAULTS: Final = frozenset({"source_down", "impossible_bars", "no_bars", "none_closed"})
"""Codes of reasons that may be gone with the next question."""


async def or_reason(reading: Awaitable[T | Reason]) -> T | Reason:
    """Return what is read, or what its source did instead of answering."""
    try:
        return await reading
    except SourceError as error:  # counted and logged by the source's client
        return fault_reason(error)


async def if_displayed(request: Request, read: Callable[[], Awaitable[T | Reason]]) -> T | Reason:
    """Return what is read beside scores and scalars, or the reason; nothing is read where only these are wanted."""
    return NOT_ASKED if request.scope.scores_only else await or_reason(read())


def fault_reason(error: SourceError) -> Reason:
    """Return what is known about a source that gave no answer."""
    if isinstance(error, ImpossibleBars):
        return Reason("impossible_bars", {"source": error.source})
    if isinstance(error, NoBars):
        return Reason("no_bars", {"source": error.source, "symbol": error.symbol})
    if isinstance(error, NoneClosedYet):
        return Reason("none_closed", {"interval": error.interval, "symbol": error.symbol})
    if isinstance(error, NoBarsThen):
        return Reason("no_bars_then", {"interval": error.interval, "symbol": error.symbol})
    return Reason("source_down", {"source": error.source})


def known(part: T | Reason) -> T | None:
    """Return the value, ``None`` where there is a reason instead."""
    return None if isinstance(part, Reason) else part


def reasons_of(**parts: object) -> Mapping[str, Reason]:
    """Return by source name the reasons among what was read (``MarketInputs.missing``)."""
    return {name: part for name, part in parts.items() if isinstance(part, Reason)}
