"""Closed bars of several instruments: all asked at once, those that fail left out with their reason."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from analysis.framework.bar_rules import BarHistory, unusable
from analysis.framework.question import Instrument, Listing, Request, Sources, SourceStamp, stamp
from analysis.framework.reasons import Message, Reason
from analysis.sources.bars import bars_until, fetch_bars
from analysis.sources.degrading import fault_reason, or_reason
from utils.binance_api.bars import Bars
from utils.binance_api.symbols import SymbolTable
from utils.http.errors import SourceError


@dataclass(frozen=True, slots=True, eq=False)
class BasketBars:
    """Bars of the instruments that can be used, each since its last break; why not of the others, by symbol.

    ``unusable`` are the bars of those that were read and have stopped or are hardly traded; ``anew`` says of which of
    the others the history begins anew after a break, by symbol.
    """

    bars: tuple[Bars, ...]
    left_out: Mapping[str, Reason]
    unusable: tuple[Bars, ...] = ()
    anew: Mapping[str, Message] = field(default_factory=dict)

    @property
    def notes(self) -> tuple[Message, ...]:
        """One note for each instrument that is left out or has a break; of a single one the break itself."""
        absent = [Message("left_out", {"symbol": symbol}, why) for symbol, why in self.left_out.items()]
        if len(self.bars) == 1:
            return (*absent, *self.anew.values())
        breaks = [Message("broken_coin", {"symbol": symbol}, why) for symbol, why in self.anew.items()]
        return (*absent, *breaks)

    @property
    def stamps(self) -> tuple[SourceStamp, ...]:
        """Where the bars came from."""
        return tuple(stamp(bars) for bars in self.bars)


async def coins_beside(sources: Sources, listing: Listing, coins: Sequence[str]) -> tuple[Instrument, ...]:
    """Return where coins trade in the quote of a listing, on spot or else as perpetuals; without those that do not.

    None where the symbol tables do not answer.
    """
    exchange = sources.exchange
    tables = await asyncio.gather(or_reason(exchange.spot.symbols()), or_reason(exchange.futures.symbols()))
    known = [table for table in tables if isinstance(table, SymbolTable)]
    rows = (table.get(listing.instrument.symbol) for table in known)
    quote = next((row.quote for row in rows if row is not None), None)
    found = (_trading(known, coin, quote) for coin in coins)
    return tuple(one for one in found if one is not None)


def _trading(tables: Sequence[SymbolTable], coin: str, quote: str | None) -> Instrument | None:
    for table in tables:
        rows = [row for row in table.of_asset(coin, quote) if row.state == "trading"]
        if rows and quote is not None:
            return Instrument(table.market, rows[0].symbol)
    return None


async def fetch_basket(
    sources: Sources,
    request: Request,
    members: Sequence[Instrument],
    rows: int,
    *,
    wanted: Instrument | None = None,
) -> BasketBars:
    """Read ``rows`` closed bars of each member, concurrently, in the order of the members.

    One that cannot be read, has stopped or is hardly traded is left out, but for the ``wanted`` one, whose error is
    raised. Raises the first member's error where nothing at all could be read.
    """
    until = bars_until(sources, request)
    found = await asyncio.gather(*(_history(sources, request, member, rows) for member in members))
    errors = [one for one in found if isinstance(one, SourceError)]
    if len(errors) == len(found):
        raise errors[0]
    asked = found[members.index(wanted)] if wanted is not None else None
    if isinstance(asked, SourceError):
        raise asked
    kept: list[BarHistory] = []
    unused: list[Bars] = []
    left_out: dict[str, Reason] = {}
    for member, one in zip(members, found, strict=True):
        why = fault_reason(one) if isinstance(one, SourceError) else unusable(one.bars, until)
        if isinstance(one, BarHistory) and (why is None or member == wanted):
            kept.append(one)
        elif why is not None:
            left_out[member.symbol] = why
            unused += [one.bars] if isinstance(one, BarHistory) else []
    anew = {one.bars.symbol: note for one in kept for note in one.notes}
    return BasketBars(tuple(one.bars for one in kept), left_out, tuple(unused), anew)


async def _history(
    sources: Sources, request: Request, member: Instrument, rows: int
) -> BarHistory | SourceError:
    try:
        return await fetch_bars(sources, request, member, rows)
    except SourceError as error:  # counted and logged by the exchange's client
        return error
