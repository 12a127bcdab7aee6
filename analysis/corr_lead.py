"""Module E, correlation and lead–lag: which coins move together, and does one move first?

Asked of a basket: correlations of returns (shrunk, with intervals), betas, who leads whom, whose past helps to predict
whose next bar, and how much of each coin's surprise comes from others. Asked of one coin: the same against its leaders,
and a score. The score, -1..1, is the leader pull: tanh(forecast return of the next bar / its volatility). It is shrunk
to nothing where such forecasts have not been better than none on later bars, which is the usual case.

References: Granger (1969) with the covariance of MacKinnon and White (1985); Benjamini and Hochberg (1995); Ledoit and
Wolf (2004); Diebold and Yilmaz (2012) on Pesaran and Shin (1998); Kritzman and others (2011); Hotelling (1936); Sakoe
and Chiba (1978); Politis and Romano (1994).
"""

from analysis.corr.inputs import fetch, fit_keys, history
from analysis.corr.metrics import COINS, GROUPS, METRICS, SCALARS, CorrSection
from analysis.framework.metric import ScoreSpec
from analysis.framework.module import Module, TakesBasket

MODULE = Module(
    code="E",
    id="corr",
    commands=("corr", "c"),
    title="Correlation",
    question="Which coins move together, and does one lead?",
    explanation="Of one coin: tanh of the next bar's forecast from the last bars of its leaders and itself, over its "
    "volatility, −1 to 1. It is shrunk to zero unless such forecasts beat none on later bars, so it is usually 0. A "
    "basket has no score: it shows who moves with whom, and leads that stand after correction for all pairs.",
    declared_in=__name__,
    package="analysis.corr",
    config=CorrSection,
    job="batch",
    score=ScoreSpec("leader_pull", low=-1.0, high=1.0, neutral=0.0),
    groups=tuple(group.id for group in GROUPS),
    metrics=METRICS,
    scalars=SCALARS,
    tables=(COINS,),
    history=history,
    fetch=fetch,
    fit_keys=fit_keys,
    other_timeframes=("1m", "15m", "1h", "4h", "1d"),
    basket=TakesBasket(fewest=2, most=40),
)
