"""Closed bars of several instruments: all asked at once, those that fail left out with their reason."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from analysis.framework.bar_rules import BarHistory, unusable
from analysis.framework.question import Instrument, Request, Sources, SourceStamp, stamp
from analysis.framework.reasons import Message, Reason
from analysis.sources.bars import bars_until, fetch_bars
from analysis.sources.degrading import fault_reason
from utils.binance_api.bars import Bars
from utils.http.errors import SourceError


@dataclass(frozen=True, slots=True, eq=False)
class BasketBars:
    """Bars of the instruments that could be read, each since its last break; why not of the others, by symbol."""

    bars: tuple[Bars, ...]
    left_out: Mapping[str, Reason]

    @property
    def notes(self) -> tuple[Message, ...]:
        """One note for each instrument that is left out."""
        return tuple(Message("left_out", {"symbol": symbol}, why) for symbol, why in self.left_out.items())

    @property
    def stamps(self) -> tuple[SourceStamp, ...]:
        """Where the bars came from."""
        return tuple(stamp(bars) for bars in self.bars)


async def fetch_basket(
    sources: Sources, request: Request, members: Sequence[Instrument], rows: int
) -> BasketBars:
    """Read ``rows`` closed bars of each member, concurrently, in the order of the members.

    One that cannot be read, has stopped or is hardly traded is left out. Raises the first member's error where
    nothing at all could be read.
    """
    until = bars_until(sources, request)
    found = await asyncio.gather(*(_history(sources, request, member, rows) for member in members))
    errors = [one for one in found if isinstance(one, SourceError)]
    if len(errors) == len(found):
        raise errors[0]
    kept: list[Bars] = []
    left_out: dict[str, Reason] = {}
    for member, one in zip(members, found, strict=True):
        why = fault_reason(one) if isinstance(one, SourceError) else unusable(one.bars, until)
        if isinstance(one, BarHistory) and why is None:
            kept.append(one.bars)
        elif why is not None:
            left_out[member.symbol] = why
    return BasketBars(tuple(kept), left_out)


async def _history(
    sources: Sources, request: Request, member: Instrument, rows: int
) -> BarHistory | SourceError:
    try:
        return await fetch_bars(sources, request, member, rows)
    except SourceError as error:  # counted and logged by the exchange's client
        return error
