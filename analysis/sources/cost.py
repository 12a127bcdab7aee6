"""What acting costs: spread, slippage, fees and funding of one round trip, in basis points of the position.

spread      (best ask - best bid) / mid: half of it on the way in, half on the way out
slippage    how far the average fill of a market order of the configured size lies beyond the best price, mean of
            both sides, once per side: a round trip pays it twice
fees        taker fee of both sides
funding     perpetual: last regular rate * horizon / funding interval, paid by a long when positive; spot: 0, since
            nothing is paid for holding coins

Books and quotes have no public history: a past moment has fees, and funding where it was settled by then.
"""

import asyncio
from dataclasses import dataclass

import numpy as np

from analysis.arrays import Floats
from analysis.framework.question import Instrument, Sources
from analysis.framework.reasons import Reason
from analysis.framework.result import CostToAct
from analysis.sources.bars import market_face
from analysis.sources.degrading import known, or_reason
from analysis.sources.funding import regular
from config.c_cost import CostConfig
from utils.units import BASIS_POINTS

HOUR_S = 3600.0
PAST_SETTLEMENTS = 2  # the last two stamps give the interval of that time
SETTLEMENTS_READ = 20  # special ones among them are left out


@dataclass(frozen=True, slots=True)
class Holding:
    """What would be held: ``horizon_s`` seconds long, decided at ``as_of`` (UTC ms; ``None`` is now)."""

    instrument: Instrument
    horizon_s: float
    as_of: int | None


def spread_bps(bid: float, ask: float) -> float:
    """Return the quoted spread in bps of the mid price; ``ValueError`` when the quote is crossed or empty."""
    if not 0 < bid <= ask:
        raise ValueError(f"expected 0 < bid <= ask, got {bid} and {ask}")
    return BASIS_POINTS * (ask - bid) / ((ask + bid) / 2)


def slippage_bps(levels: Floats, notional: float) -> float | None:
    """Return how far the mean fill of ``notional`` (quote units) lies beyond the best price, in bps >= 0.

    ``levels`` is one side of the book, (k, 2) of price and base quantity, best first. ``None`` when the visible
    levels do not hold that much.
    """
    value = levels[:, 0] * levels[:, 1]
    if value.sum() < notional:
        return None
    before = np.concatenate([[0.0], np.cumsum(value)[:-1]])
    taken = np.clip(notional - before, 0, value)
    mean_fill = notional / float((taken / levels[:, 0]).sum())
    return BASIS_POINTS * abs(mean_fill / float(levels[0, 0]) - 1)


def funding_bps(rate: float, interval_h: float, horizon_s: float) -> float:
    """Return the funding of a long over the horizon in bps, ``rate`` a fraction per interval of hours."""
    return BASIS_POINTS * rate * horizon_s / (interval_h * HOUR_S)


async def cost_to_act(sources: Sources, holding: Holding, config: CostConfig) -> CostToAct:
    """Return the parts of the cost; what cannot be read is ``None`` with its reason, never an error."""
    spread, slippage, funding = await asyncio.gather(
        or_reason(_spread(sources, holding)),
        or_reason(_slippage(sources, holding, config)),
        or_reason(_funding(sources, holding)),
    )
    parts = {"spread": spread, "slippage_10k": slippage, "funding": funding}
    fee = config.spot_fee_bps if holding.instrument.market == "spot" else config.futures_fee_bps
    reasons = {name: part for name, part in parts.items() if isinstance(part, Reason)}
    return CostToAct(
        spread=known(spread),
        slippage_10k=known(slippage),
        fees=2 * fee,
        funding=known(funding),
        gross_edge=None,
        reasons=reasons | {"gross_edge": Reason("no_edge_measured")},
    )


async def _spread(sources: Sources, holding: Holding) -> float | Reason:
    if holding.as_of is not None:
        return Reason("no_history", {"what": "the quote"})
    market = market_face(sources, holding.instrument)
    quote = (await market.book_ticker(holding.instrument.symbol)).value
    if not 0 < quote.bid_price <= quote.ask_price:
        return Reason("no_data", {"what": "two-sided quote"})
    return spread_bps(quote.bid_price, quote.ask_price)


async def _slippage(sources: Sources, holding: Holding, config: CostConfig) -> float | Reason:
    if holding.as_of is not None:
        return Reason("no_history", {"what": "the order book"})
    market = market_face(sources, holding.instrument)
    levels, notional = config.depth_levels, config.notional_usdt
    book = (await market.depth(holding.instrument.symbol, levels, notional=notional)).value
    sides = [slippage_bps(side, config.notional_usdt) for side in (book.bids, book.asks)]
    if sides[0] is None or sides[1] is None:
        return Reason("beyond_book", {"notional": f"{config.notional_usdt:,.0f}"})
    return (sides[0] + sides[1]) / 2


async def _funding(sources: Sources, holding: Holding) -> float | Reason:
    if holding.instrument.market == "spot":
        return 0.0
    futures = sources.exchange.futures
    answer = await (
        futures.settled_funding(holding.instrument.symbol, SETTLEMENTS_READ)
        if holding.as_of is None
        else futures.funding_rates(holding.instrument.symbol, end=holding.as_of, limit=SETTLEMENTS_READ)
    )
    settled = regular(answer.value)
    if not settled:
        return Reason("no_data", {"what": "settled funding"})
    last = settled[-1]
    if holding.as_of is None:
        interval_h = float((await futures.funding_interval_hours(holding.instrument.symbol)).value)
    elif len(settled) < PAST_SETTLEMENTS:
        return Reason("no_data", {"what": "funding interval"})
    else:
        gap_ms = last.funding_time - settled[-2].funding_time
        interval_h = float(max(1, round(gap_ms / (HOUR_S * 1000))))
    return funding_bps(last.funding_rate, interval_h, holding.horizon_s)
