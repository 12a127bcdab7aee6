"""Module A, Trend & Momentum: which way is the price going, and with how much strength?

Score 0..1 = 0.5 + 0.5 * direction * strength. Direction is the mean of four groups, all in momentum polarity (1 is
bullish): slope, oscillators, directional movement, position. Strength is the mean of ADX, |Kalman t| and the
agreement of spot and perpetual, not below a floor. Everything is read from closed bars.

Every call reads the same number of closed bars ending at the asked moment: five times the slowest average, so that
its start has faded, and the past scores the percentile is taken among. Kalman noise is fitted at UTC refit times that
lie a fixed number of bars apart, each on the same number of bars before it.

References: Wilder 1978 (RSI, ATR, ADX); Appel (MACD); Bollinger 2001; Chande and Kroll 1994 (StochRSI); Harvey 1989
(local linear trend); Ehlers 2001 (Hilbert); Sevcik 1998 (fractal dimension); Kaufman 1995; Newey and West 1987.
"""

from operator import attrgetter

from analysis.framework.metric import ScoreSpec
from analysis.framework.module import Module
from analysis.trend.inputs import fetch, fit_keys, history, recorded
from analysis.trend.metrics import METRICS, SCALARS, TrendSection

MODULE = Module(
    code="A",
    id="trend",
    commands=("trend", "t"),
    title="Trend & Momentum",
    question="Which way is the price going, and with how much strength?",
    explanation=(
        "Direction is the mean of four groups: slope, oscillators, directional movement and distance from the mean. "
        "The score is 0.5 plus half of direction times strength; strength comes from ADX, the Kalman slope and the "
        "agreement of spot and perpetual."
    ),
    declared_in=__name__,
    package="analysis.trend",
    config=TrendSection,
    job="batch",
    score=ScoreSpec("trend_score", low=0.0, high=1.0, neutral=0.5),
    groups=("slope", "oscillators", "di", "position"),
    metrics=METRICS,
    scalars=SCALARS,
    history=history,
    fetch=fetch,
    fit_keys=fit_keys,
    rank_bars=attrgetter("rank_bars"),
    recorded=recorded,
)
