"""What module H reads: live ticks of the perpetual (of spot where there is none) and bars of the asked interval."""

import asyncio
from dataclasses import dataclass, replace

from analysis.framework.module import FitKey
from analysis.framework.question import Listing, MarketInputs, Request, Sources, stamp
from analysis.framework.reasons import Reason
from analysis.micro.metrics import DELAYS, TOUCH
from analysis.micro.ticks import MicroTicks, micro_ticks
from analysis.sources.bars import fetch_bars
from analysis.sources.degrading import or_reason
from analysis.sources.live_ticks import BOOK, NOT_KEPT, QUOTES, TRADES, TickNeeds, TicksNow, read_ticks
from analysis.sources.quotes import fetch_price
from config.c_micro import MicroAlphaConfig

BARS = 120
"""Bars that are drawn."""
PARTS = (TRADES, QUOTES, TOUCH, DELAYS)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class MicroInputs(MarketInputs):
    """Beside the bars: what the ticks say now, ``None`` for a past moment."""

    ticks: MicroTicks | None


@dataclass(frozen=True, slots=True)
class MicroState:
    """The live side of one listing: reads what the shared state of its ticks says; the streams close by themselves."""

    sources: Sources
    listing: Listing
    config: MicroAlphaConfig

    async def inputs(self, request: Request) -> MicroInputs:
        """Read the ticks and the bars; raises ``SourceError`` only where the instrument's own bars fail."""
        config = self.config
        needs = TickNeeds(keep_s=float(config.keep_s), max_delay_ms=config.max_delay_ms)
        reading = read_ticks(self.sources, self.listing.instrument, self.listing.tick_size, needs)
        now, beside = await asyncio.gather(
            or_reason(reading), fetch(self.sources, self.listing, request, config)
        )
        if isinstance(now, Reason):
            return replace(beside, missing=dict.fromkeys(PARTS, now))
        found = micro_ticks(now, config)
        stamps = beside.stamps + now.stamps
        return replace(beside, ticks=found, missing=_missing(now, found), stamps=stamps)

    def close(self) -> None:
        """Let go of nothing: the streams stay open for the configured time after the last question."""


def history(config: MicroAlphaConfig, interval: str) -> int:
    """Return how many bars are read: those that are drawn."""
    del config, interval
    return BARS


def open_state(sources: Sources, listing: Listing, interval: str, config: MicroAlphaConfig) -> MicroState:
    """Return the live side of a listing."""
    del interval
    return MicroState(sources, listing, config)


async def fetch(
    sources: Sources, listing: Listing, request: Request, config: MicroAlphaConfig
) -> MicroInputs:
    """Read the bars alone: ticks of a past moment are not kept."""
    rows = request.scope.rows or history(config, request.interval)
    found, price = await asyncio.gather(
        fetch_bars(sources, request, listing.instrument, rows), fetch_price(sources, request, listing)
    )
    return MicroInputs(
        bars=found.bars,
        as_of=sources.moment(request),
        price=price.price,
        price_time=price.time,
        changes=price.changes,
        scope=request.scope,
        notes=listing.notes + found.notes,
        stamps=(stamp(found.bars),),
        missing=dict.fromkeys(PARTS, NOT_KEPT),
        ticks=None,
    )


def fit_keys(inputs: MicroInputs, config: MicroAlphaConfig) -> tuple[FitKey, ...]:
    """Return no refit times: nothing is estimated."""
    del inputs, config
    return ()


def _missing(now: TicksNow, found: MicroTicks) -> dict[str, Reason]:
    """Return why parts cannot be used; the best prices come from the book where quotes do not."""
    missing = dict(now.missing)
    if found.touch is None:
        missing[TOUCH] = missing.get(BOOK) or missing[QUOTES]
    if found.delay_ms is None:
        missing[DELAYS] = missing.get(QUOTES) or Reason("no_live", {"what": "trades"})
    missing.pop(BOOK, None)
    return missing
