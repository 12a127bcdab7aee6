"""Implied volatility of 30 days: what stands in the option chain now, and what was recorded of it before."""

from dataclasses import dataclass, field, replace

import numpy as np

from analysis.arrays import Floats, Times
from analysis.framework.question import Listing, Request, Sources
from analysis.framework.reasons import Reason
from utils.binance_api.intervals import DAY, SHORTEST_MS
from utils.http.errors import SourceError
from utils.recorder.smiles import figures, smile
from utils.units import PERCENT

FIGURE = "atm_iv_30d_pct"


@dataclass(frozen=True, slots=True, eq=False)
class ImpliedVolatility:
    """30-day implied volatility, percent per year: ``recorded`` by ``known_at`` (UTC ms), and ``now`` of the chain.

    ``term_days`` and ``term_iv`` are volatilities at the forward per expiry, now; empty for a past moment.
    """

    known_at: Times
    recorded: Floats
    now: float | None = None
    term_days: Floats = field(default_factory=lambda: np.empty(0))
    term_iv: Floats = field(default_factory=lambda: np.empty(0))


async def fetch_implied_volatility(
    sources: Sources, request: Request, listing: Listing, rows: int
) -> ImpliedVolatility | Reason:
    """Read what was recorded over the last ``rows`` bars and, for now, the chain; or why there is none.

    A past moment has what was recorded alone. Raises ``SourceError`` of the options market.
    """
    if listing.asset is None:
        return Reason("no_data", {"what": "symbol table"})
    underlying = f"{listing.asset}USDT"  # options are quoted in USDT, whatever the asked pair's quote is
    recorded = await _recorded(sources, request, underlying, rows)
    if request.as_of is not None:
        return recorded if len(recorded.recorded) else Reason("no_history", {"what": "implied volatility"})
    known = await sources.exchange.options.underlyings()
    if underlying not in known.value:
        return Reason("no_options", {"asset": listing.asset})
    return await _with_chain(sources, recorded, underlying)


async def _with_chain(sources: Sources, recorded: ImpliedVolatility, underlying: str) -> ImpliedVolatility:
    answer = await sources.exchange.options.option_chain(underlying)
    chain = answer.value
    smiles = [smile(chain, chain.expiry == expiry) for expiry in chain.expiries]
    term = [(s.expiry - answer.as_of, s.atm_iv) for s in smiles if s.atm_iv is not None]
    return replace(
        recorded,
        now=figures(chain, smiles, answer.as_of)[FIGURE],
        term_days=np.array([left / DAY for left, _ in term]),
        term_iv=np.array([PERCENT * volatility for _, volatility in term]),
    )


async def _recorded(sources: Sources, request: Request, underlying: str, rows: int) -> ImpliedVolatility:
    moment = sources.moment(request)
    start = max(0, moment - rows * SHORTEST_MS[request.interval] - DAY)
    try:
        window = await sources.history.option_figure(underlying, FIGURE, start, moment + 1, as_of=moment)
    except SourceError:  # the store counts and logs it; the chain of now is read alone
        window = None
    if window is None:
        return ImpliedVolatility(np.empty(0, np.int64), np.empty(0))
    known = np.isfinite(window.value)
    return ImpliedVolatility(window.known_at[known], window.value[known])
