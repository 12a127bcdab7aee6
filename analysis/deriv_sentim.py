"""Module C, Derivatives & Sentiment: how are traders positioned, and which side is crowded?

Score -1..1 (tilt): above 0 positions lean long. It describes and does not predict. Five groups: funding beside the
coin's baseline, long/short ratios beyond what the past return explains, open interest that grows with the price or
against it, taker flow, and the skew of implied volatility beside its own past. Crowding -1..1 stands beside it: how
far the mean rank of funding and of the ratios lies outside the middle four fifths of their own past, longs crowded
above 0. The evidence for it is one-sided: only very low funding was followed by anything, a rise.

Bars are those of the perpetual, of spot only where there is none. Positioning is read by the hour and joined by its
stamps, since periods without trades have no row; the last row stands for the moment asked.

References: Binance, Introduction to Futures Funding Rates; Sidak 1967.
"""

from operator import attrgetter

from analysis.features.positioning import QUADRANTS
from analysis.framework.metric import ScoreSpec
from analysis.framework.module import Module
from analysis.sentiment.inputs import fetch, fit_keys, history
from analysis.sentiment.metrics import (
    CROWDING,
    GROUPS,
    METRICS,
    NO_QUADRANT,
    SCALARS,
    SentimentSection,
)

MODULE = Module(
    code="C",
    id="sentiment",
    commands=("sentiment", "s"),
    title="Sentiment",
    question="How are traders positioned, and which side is crowded?",
    explanation=(
        "The tilt is the mean of five groups: funding beside the coin's baseline, long/short ratios beyond the past "
        "return, open interest with or against the price, taker flow, and option skew beside its past. It forecasts "
        "nothing. Crowding says how far funding and ratios lie outside the middle of their past."
    ),
    declared_in=__name__,
    package="analysis.sentiment",
    config=SentimentSection,
    job="async",
    score=ScoreSpec("sentiment_score", low=-1.0, high=1.0, neutral=0.0),
    headlines=(ScoreSpec(CROWDING, low=-1.0, high=1.0, neutral=0.0),),
    groups=tuple(group.id for group in GROUPS),
    metrics=METRICS,
    scalars=SCALARS,
    history=history,
    fetch=fetch,
    fit_keys=fit_keys,
    labels={"oi_quadrant": (*QUADRANTS, NO_QUADRANT)},
    rank_bars=attrgetter("rank_bars"),
    market="futures",
)
