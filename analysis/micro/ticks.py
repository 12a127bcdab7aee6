"""What live ticks say at one moment: sums of windows and closed seconds, frozen and picklable."""

from dataclasses import dataclass

import numpy as np

from analysis.arrays import Floats
from analysis.features.quote_flow import QuoteRows, QuoteSums
from analysis.features.survival import Survival
from analysis.features.trade_flow import FlowRows, FlowSums
from analysis.features.traded_spread import TradedSpread
from analysis.sources.live_ticks import QUOTES, TRADES, TicksNow
from analysis.sources.tick_state import HOUR_S, TickState
from config.c_micro import MicroAlphaConfig
from utils.binance_api.ticks.levels import BookLevels
from utils.binance_api.touch import Touch


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class MicroTicks:
    """The ticks of one instrument now.

    ``quotes`` and ``trades`` are the closed seconds of the last quarter of an hour at most; ``hour_*`` (n) those of an
    hour in which both are known: log change of the mid (bps), signed notional and signed root of notional.

    ``quotes_s`` and ``trades_s`` are how long they are known without a break (0 where they cannot be used), in
    seconds. ``touch`` are the best prices now, by stream or from the book; ``fair`` is (microprice - mid) / spread and
    ``mid_moves`` what it was estimated from. ``move``, ``flow`` and ``minute`` name windows (``move_s``, ``flow_s`` and
    ``cvd_s`` of the configuration). ``fading`` is the latency-adjusted flow ratio.
    """

    quotes_s: float
    trades_s: float
    touch: Touch | None
    fair: float | None
    mid_moves: int
    quotes_move: QuoteSums
    quotes_flow: QuoteSums
    quotes_minute: QuoteSums
    trades_flow: FlowSums
    trades_minute: FlowSums
    spreads: TradedSpread
    quotes: QuoteRows
    trades: FlowRows
    hour_change: Floats
    hour_notional: Floats
    hour_root: Floats
    lives: Survival
    fading: float | None
    late_share: float | None
    delay_ms: tuple[float, float] | None


def micro_ticks(now: TicksNow, config: MicroAlphaConfig) -> MicroTicks:
    """Return what the shared state says now; nothing of it is read again later."""
    state, fair = now.state, now.state.microprice
    quoted = QUOTES not in now.missing
    hour_change, hour_flow = _hour(state, int(now.quotes_s) if quoted else 0)
    return MicroTicks(
        quotes_s=now.quotes_s if quoted else 0.0,
        trades_s=now.trades_s if TRADES not in now.missing else 0.0,
        touch=state.quotes.touch if quoted else _best(now.book),
        fair=None if fair is None else fair.deviation,
        mid_moves=0 if fair is None else fair.moves,
        quotes_move=state.quotes.window(config.move_s),
        quotes_flow=state.quotes.window(config.flow_s),
        quotes_minute=state.quotes.window(config.cvd_s),
        trades_flow=state.trades.window(config.flow_s),
        trades_minute=state.trades.window(config.cvd_s),
        spreads=state.spreads.window(config.cvd_s),
        quotes=state.quotes.rows(config.scale_s),
        trades=state.trades.rows(config.scale_s),
        hour_change=hour_change,
        hour_notional=hour_flow[:, 0],
        hour_root=hour_flow[:, 1],
        lives=state.lives.survival(now.as_of, config.lives_s * 1000),
        fading=state.delayed.ratio,
        late_share=state.delayed.late_share(config.cvd_s),
        delay_ms=now.delay_ms,
    )


def _hour(state: TickState, quotes_s: int) -> tuple[Floats, Floats]:
    """Return changes (n) and flows (n, 2) of the newest closed seconds that are known of both."""
    change, flow = (np.diff(totals.at_ends(HOUR_S), axis=0) for totals in (state.hour_mid, state.hour_flow))
    known = min(len(change), len(flow), quotes_s)
    return change[len(change) - known :, 0], flow[len(flow) - known :]


def _best(book: BookLevels | None) -> Touch | None:
    if book is None or not (len(book.bids) and len(book.asks)):
        return None
    return Touch(*book.bids[0].tolist(), *book.asks[0].tolist())
