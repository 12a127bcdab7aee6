"""Module G, Risk & Exposure: how risky is a position here?

Score 0..1, 1 is high risk, whichever side one is on: the mid-rank, among the past 365 days, of a weighted mean of
four groups of levels (volatility, tail, drawdown, distance to a leveraged liquidation). 0.5 is an ordinary day.
Sharpe and Sortino have no weight, else every rally would look safe.

GARCH is fitted at UTC refit times a fixed number of bars apart, each on the same number of returns before it; between
refit times only its filter runs. Every question reads the same number of closed bars: a year of ranked values and the
bars of the first fit before it. Where trading began later, fits and ranks use what there is.

References: Wilder 1978 (ATR); LeBeau (chandelier); Martin and McCann 1989 (Ulcer); Bollerslev 1986, 1987 (GARCH, t);
Barone-Adesi, Giannopoulos and Vosper 1999 (filtered simulation); Boudt, Peterson and Croux 2008 (Cornish-Fisher
shortfall); Kupiec 1995; Christoffersen 1998; Lo 2002 (errors of ratios).
"""

from analysis.framework.metric import ScoreSpec
from analysis.framework.module import Module
from analysis.risk.inputs import fetch, fit_keys, history, recorded
from analysis.risk.metrics import METRICS, SCALARS, RiskSection

MODULE = Module(
    code="G",
    id="risk",
    commands=("risk", "r"),
    title="Risk & Exposure",
    question="How risky is a position here, compared with the past year?",
    explanation=(
        "Volatility, tail losses, drawdown and the distance to a leveraged liquidation are averaged and ranked among "
        "the past 365 days: 0.5 is an ordinary day, 1 the riskiest. Higher is not bearish: it is risk on either side."
    ),
    declared_in=__name__,
    package="analysis.risk",
    config=RiskSection,
    job="batch",
    score=ScoreSpec("risk_score", low=0.0, high=1.0, neutral=0.5, directional=False),
    groups=("volatility", "tail", "drawdown", "leverage"),
    metrics=METRICS,
    scalars=SCALARS,
    history=history,
    fetch=fetch,
    fit_keys=fit_keys,
    account=True,
    recorded=recorded,
)
