"""What module A reads: closed bars of both markets, and the live quote."""

import asyncio
from dataclasses import dataclass, replace

from analysis.framework.question import Request, Sources
from analysis.framework.reasons import Reason
from analysis.sources.bars import MarketPair, fetch_pair
from analysis.sources.listing import find_places
from analysis.sources.quotes import LiveQuote, fetch_quote
from config.c_trend import TrendConfig
from utils.binance_api.bars import Bars

WARM_UP = 5  # times the slowest average: the seed of an EMA has then lost all but 5e-5 of its weight


@dataclass(frozen=True, slots=True, eq=False)
class TrendInputs:
    """Closed bars of the asked market and the other one; the live quote, absent for a past moment."""

    pair: MarketPair
    as_of: int
    quote: LiveQuote | None
    quote_reason: Reason | None

    @property
    def bars(self) -> Bars:
        """The bars that are analysed."""
        return self.pair.bars


def history(config: TrendConfig, interval: str) -> int:
    """Return how many closed bars one reading needs, the same for every interval."""
    del interval
    warm_up = max(WARM_UP * config.ema_slow, config.kalman_fit_bars + config.kalman_refit_bars)
    return warm_up + config.rank_bars


async def fetch(sources: Sources, request: Request, config: TrendConfig) -> TrendInputs:
    """Read bars of both markets and, for now, the last price with its five-minute and 24-hour figures."""
    rows = request.rows or history(config, request.interval)
    beside = request.rows or config.rank_bars + config.ols_window + config.agreement_bars
    own = (await find_places(sources, request)).own
    pair, quote = await asyncio.gather(
        fetch_pair(sources, request, rows, beside),
        fetch_quote(sources, replace(request, market=own.market)),
    )
    live, reason = (quote, None) if isinstance(quote, LiveQuote) else (None, quote)
    as_of = sources.exchange.market_time_ms() if request.as_of is None else request.as_of
    return TrendInputs(pair, as_of, live, reason)
