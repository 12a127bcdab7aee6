"""What module D reads: minute bars with their taker volume, and for now the live ticks of the symbol."""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass, replace
from typing import Final

from analysis.flow.reading import FlowReading, flow_reading
from analysis.framework.look_back import DRAWN_BARS
from analysis.framework.module import FitKey
from analysis.framework.question import Listing, MarketInputs, Request, Sources, stamp
from analysis.framework.reasons import NOT_ASKED, Reason
from analysis.sources.bars import fetch_bars
from analysis.sources.degrading import known, or_reason, reasons_of
from analysis.sources.live_ticks import (
    BOOK,
    NOT_KEPT,
    QUOTES,
    TRADES,
    TickNeeds,
    TicksNow,
    live_notes,
    read_ticks,
)
from analysis.sources.quotes import fetch_price
from config.c_order import OrderFlowConfig
from utils.binance_api.bars import Bars
from utils.binance_api.intervals import SHORTEST_MS

PARTS: Final = (TRADES, QUOTES, BOOK)
ASKED_BARS: Final = "asked_bars"


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class FlowInputs(MarketInputs):
    """Minute bars, and what is followed of the symbol; ``None`` for a past moment, and where every place is taken."""

    flow: FlowReading | None


def history(config: OrderFlowConfig, interval: str) -> int:
    """Return how many closed bars one reading needs: those drawn, and what a minute is compared with."""
    del interval
    return max(DRAWN_BARS, config.bar_scale + DRAWN_BARS // 5)


async def fetch(sources: Sources, listing: Listing, request: Request, config: OrderFlowConfig) -> FlowInputs:
    """Read the bars of a past moment; of its order flow nothing is kept."""
    return await _inputs(sources, listing, request, config, _no_past())


def fit_keys(inputs: FlowInputs, config: OrderFlowConfig) -> tuple[FitKey, ...]:
    """Return no refit times: nothing is estimated beforehand."""
    del inputs, config
    return ()


class FlowState:
    """Answers live questions about one listing; its ticks are followed by the exchange's client and let go by it."""

    def __init__(self, sources: Sources, listing: Listing, interval: str, config: OrderFlowConfig) -> None:
        del interval
        self._sources = sources
        self._listing = listing
        self._config = config

    async def inputs(self, request: Request) -> FlowInputs:
        """Return bars and ticks as they stand now; the first question opens the streams."""
        config, listing = self._config, self._listing
        needs = TickNeeds(
            history_s=config.slow_s,
            history_rows=config.history_rows,
            keep_s=config.keep_s,
            max_delay_ms=config.max_delay_ms,
        )
        ticks = read_ticks(self._sources, listing.instrument, listing.tick_size, needs)
        return await _inputs(self._sources, listing, request, config, ticks)

    def close(self) -> None:
        """Do nothing: the streams stay open for the configured time."""


async def _inputs(
    sources: Sources,
    listing: Listing,
    request: Request,
    config: OrderFlowConfig,
    ticks: Awaitable[TicksNow | Reason],
) -> FlowInputs:
    rows = request.scope.rows or history(config, request.interval)
    found, price, asked, now = await asyncio.gather(
        fetch_bars(sources, request, listing.instrument, rows),
        fetch_price(sources, request, listing),
        or_reason(_asked_bars(sources, listing, request, rows, config)),
        or_reason(ticks),
    )
    flow = flow_reading(now, config) if isinstance(now, TicksNow) else None
    return FlowInputs(
        bars=found.bars,
        as_of=now.as_of if isinstance(now, TicksNow) else sources.moment(request),
        price=price.price,
        price_time=price.time,
        changes=price.changes,
        scope=request.scope,
        notes=listing.notes + found.notes + (live_notes(now) if isinstance(now, TicksNow) else ()),
        stamps=(stamp(found.bars), *(now.stamps if isinstance(now, TicksNow) else ())),
        missing={
            **(now.missing if isinstance(now, TicksNow) else dict.fromkeys(PARTS, now)),
            **reasons_of(asked_bars=asked),
        },
        asked_bars=known(asked),
        flow=flow,
    )


async def _asked_bars(
    sources: Sources, listing: Listing, request: Request, rows: int, config: OrderFlowConfig
) -> Bars | Reason:
    """Read bars of the asked interval over the time of ``rows`` minutes, at least those drawn, and the past of each."""
    if request.asked_interval is None:
        return NOT_ASKED
    minutes = SHORTEST_MS[request.asked_interval] // SHORTEST_MS[request.interval]
    spanned = DRAWN_BARS if request.scope.rows is None else max(DRAWN_BARS, rows // max(minutes, 1))
    wanted = replace(request, interval=request.asked_interval, asked_interval=None)
    found = await fetch_bars(sources, wanted, listing.instrument, spanned + config.flow_bars + 1)
    return found.bars


async def _no_past() -> TicksNow | Reason:
    return NOT_KEPT
