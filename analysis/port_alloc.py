"""Module I, Portfolio Optimisation: how should money be shared among these coins?

Answer: weights by several methods side by side, with cash in USDT they sum to 1. Score 0..1, 0 is none: the share of
the coins' own volatility that a mix of equal risk contributions sheds, 1 - 1 / diversification ratio. Methods cannot be
told apart by their Sharpe ratios but can by their risk: equal risk contributions are recommended unless another method
beats them in Hansen's test over the compared past; the ratios stand beside with their errors.

Everything is read from closed daily bars, whatever interval is asked. Weights are estimated anew at UTC moments a fixed
number of days apart, on a fixed number of days before; the compared past uses each on the days after it, net of fees.

References: López de Prado 2016 (hierarchical risk parity); Maillard, Roncalli and Teiletche 2010, Griveau-Billion,
Richard and Roncalli 2013 (equal risk); Black and Litterman 1992, He and Litterman 2002, Idzorek 2005; Ledoit and Wolf
2004; Jorion 1986 (means); Choueifaty and Coignard 2008 (ratio); Ang and Chen 2002 (betas); Hansen 2005 (test).
"""

from analysis.allocate.inputs import fetch, fit_keys, history
from analysis.allocate.metrics import GROUPS, METRICS, SCALARS, AllocateSection
from analysis.allocate.specs import RECOMMENDED
from analysis.allocate.table_specs import TABLES
from analysis.features.allocation_methods import ALLOCATION_METHODS
from analysis.framework.metric import ScoreSpec
from analysis.framework.module import Module, TakesBasket

MODULE = Module(
    code="I",
    id="allocate",
    commands=("allocate", "al"),
    title="Portfolio Optimisation",
    question="How should money be shared among these coins?",
    explanation=(
        "Six ways to share money among the coins stand side by side, with the risk expected of them and what they "
        "came to net of fees. The score is the share of the coins' own volatility that equal risk contributions shed: "
        "0 where all move as one. It says nothing about returns."
    ),
    declared_in=__name__,
    package="analysis.allocate",
    config=AllocateSection,
    job="batch",
    score=ScoreSpec("diversification_score", low=0.0, high=1.0, neutral=0.0, directional=False),
    groups=tuple(group.id for group in GROUPS),
    metrics=METRICS,
    scalars=SCALARS,
    history=history,
    fetch=fetch,
    fit_keys=fit_keys,
    other_timeframes=(),
    interval="1d",
    basket=TakesBasket(fewest=2, most=40, single=True, unnamed="holdings"),
    labels={RECOMMENDED: ALLOCATION_METHODS},
    tables=TABLES,
)
