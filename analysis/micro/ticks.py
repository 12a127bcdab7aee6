"""What live ticks say at one moment: sums of windows and closed seconds, frozen and picklable."""

from dataclasses import dataclass

import numpy as np

from analysis.arrays import Floats
from analysis.features.quote_flow import QuoteRows, QuoteSums
from analysis.features.step_totals import SECOND_MS
from analysis.features.survival import Survival
from analysis.features.trade_flow import FlowRows, FlowSums
from analysis.features.traded_spread import TradedSpread
from analysis.sources.live_ticks import QUOTES, TRADES, TicksNow
from analysis.sources.tick_state import HOUR_S, SLOW_S, SLOW_STEP_MS, TickState
from config.c_micro import MicroAlphaConfig
from utils.binance_api.ticks.levels import BookLevels
from utils.binance_api.touch import Touch

STEP_S = SLOW_STEP_MS // SECOND_MS
STEPS = SLOW_S // STEP_S


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class MicroTicks:
    """The ticks of one instrument now.

    ``quotes`` and ``trades`` are the closed seconds of the last quarter of an hour at most; ``hour_*`` (n) those of an
    hour in which both are known, ``step_*`` (m) closed steps of ten seconds of four hours: log change of the mid (bps),
    signed notional and signed root of notional.

    ``quotes_s`` and ``trades_s`` are how long they are known without a break (0 where they cannot be used), in
    seconds. ``touch`` are the best prices now, by stream or from the book; ``fair`` is (microprice - mid) / spread and
    ``mid_moves`` what it was estimated from. ``move``, ``flow`` and ``minute`` name windows (``move_s``, ``flow_s`` and
    ``cvd_s`` of the configuration). ``fading`` is the latency-adjusted flow ratio. ``delay_ms`` and
    ``age_ms`` are those of ``TicksNow``.
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
    step_change: Floats
    step_notional: Floats
    step_root: Floats
    lives: Survival
    fading: float | None
    late_share: float | None
    delay_ms: tuple[float, float] | None
    age_ms: float | None


def micro_ticks(now: TicksNow, config: MicroAlphaConfig) -> MicroTicks:
    """Return what the shared state says now; nothing of it is read again later."""
    state, fair = now.state, now.state.microprice
    quoted = QUOTES not in now.missing
    quotes_s = int(now.quotes_s) if quoted else 0
    hour_change, hour_notional = _seconds(state, quotes_s)
    change, notional, root = _steps(state, quotes_s)
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
        hour_notional=hour_notional,
        step_change=change,
        step_notional=notional,
        step_root=root,
        lives=state.lives.survival(now.as_of, config.lives_s * 1000),
        fading=state.delayed.ratio,
        late_share=state.delayed.late_share(config.cvd_s),
        delay_ms=now.delay_ms,
        age_ms=now.age_ms,
    )


def _seconds(state: TickState, quotes_s: int) -> tuple[Floats, Floats]:
    """Return changes and flows (n) of the newest closed seconds that are known of both."""
    change, flow = (np.diff(hour.at_ends(HOUR_S)[:, 0]) for hour in (state.hour_mid, state.hour_flow))
    known = min(len(change), len(flow), quotes_s)
    return change[len(change) - known :], flow[len(flow) - known :]


def _steps(state: TickState, quotes_s: int) -> tuple[Floats, Floats, Floats]:
    """Return changes, notional and roots (m) of the newest closed steps that are known of all."""
    mid, flow = (np.diff(totals.at_ends(STEPS), axis=0) for totals in (state.slow_mid, state.slow_flow))
    known = max(0, min(len(mid), len(flow), quotes_s // STEP_S - 1))
    mid, flow = mid[len(mid) - known :], flow[len(flow) - known :]
    return mid[:, 0], flow[:, 0], flow[:, 1]


def _best(book: BookLevels | None) -> Touch | None:
    if book is None or not (len(book.bids) and len(book.asks)):
        return None
    return Touch(*book.bids[0].tolist(), *book.asks[0].tolist())
