"""What module D takes out of a followed symbol at a moment: sums, seconds and the book, frozen for the worker."""

from dataclasses import dataclass

from analysis.arrays import Floats, Times
from analysis.features.depth_map import DepthSamples
from analysis.features.quote_flow import QuoteRows, QuoteSums
from analysis.features.survival import Survival
from analysis.features.trade_flow import FlowRows, FlowSums
from analysis.features.traded_spread import TradedSpread
from analysis.sources.live_ticks import TicksNow
from config.c_order import OrderFlowConfig
from utils.binance_api.ticks.levels import BookLevels

MINUTE_S = 60


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class FlowReading:
    """A followed symbol as of a moment (UTC ms).

    ``fast``, ``middle`` and ``slow`` are sums of trades over the configured windows, ``minute`` over a minute, those of
    5 and 15 minutes in ``five`` and ``quarter``; ``quotes`` sums of quotes over the fast window; ``trade_rows``,
    ``quote_rows`` and ``level_rows`` (n, 10), of ``level_seconds``, closed seconds of the slow window; ``refill`` of
    bids and asks. ``delay_ms`` and ``age_ms`` are those of ``TicksNow``.
    """

    as_of: int
    quotes_s: float
    trades_s: float
    live_s: float
    fast: FlowSums
    middle: FlowSums
    slow: FlowSums
    minute: FlowSums
    five: FlowSums
    quarter: FlowSums
    quotes: QuoteSums
    trade_rows: FlowRows
    quote_rows: QuoteRows
    level_seconds: Times
    level_rows: Floats
    spread: TradedSpread
    refill: tuple[Survival, Survival]
    book: BookLevels | None
    depth: DepthSamples
    delay_ms: tuple[float, float] | None
    age_ms: float | None


def flow_reading(now: TicksNow, config: OrderFlowConfig) -> FlowReading:
    """Return what the module needs of the ticks as they stand."""
    state, slow = now.state, config.slow_s
    window = state.trades.window
    return FlowReading(
        as_of=now.as_of,
        quotes_s=now.quotes_s,
        trades_s=now.trades_s,
        live_s=now.live_s,
        fast=window(config.fast_s),
        middle=window(config.middle_s),
        slow=window(slow),
        minute=window(MINUTE_S),
        five=window(5 * MINUTE_S),
        quarter=window(15 * MINUTE_S),
        quotes=state.quotes.window(config.fast_s),
        trade_rows=state.trades.rows(slow),
        quote_rows=state.quotes.rows(slow),
        level_seconds=state.levels.numbers(slow),
        level_rows=state.levels.rows(slow),
        spread=state.spreads.window(slow),
        refill=(
            state.refill[0].survival(now.as_of, slow * 1000),
            state.refill[1].survival(now.as_of, slow * 1000),
        ),
        book=now.book,
        depth=state.depth.read(),
        delay_ms=now.delay_ms,
        age_ms=now.age_ms,
    )
