"""Module H, Market Micro Alpha: which way do the next seconds lean?

Score 0..1 = 0.5 + 0.5 * direction: 1 where everything points up. Direction is the weighted mean of four groups in the
order in which they rank the next second's move: the state of the touch, order flow between best quotes, the last
move, and signed trades. Nothing in it has been shown to earn more than a trade costs: the record of every factor's
sign against the move of the next ten seconds is measured live and stands beside it.

Everything is read from live streams of the perpetual (spot where there is none): best quotes, aggregate trades, depth.
The first question opens them and is answered from trades over REST and a fresh book; a past moment has only its bars.

References: Stoikov 2018 (microprice); Cont, Kukanov and Stoikov 2014 (order flow); Kyle 1985 (lambda); Newey and West
1987 (errors); Kaplan and Meier 1958 (quote lives).
"""

from analysis.framework.metric import ScoreSpec
from analysis.framework.module import Module
from analysis.micro.inputs import fetch, fit_keys, history, open_state
from analysis.micro.metrics import GROUPS, METRICS, SCALARS, MicroSection

MODULE = Module(
    code="H",
    id="micro",
    commands=("micro", "mi"),
    title="Market Micro Alpha",
    question="Which way do the next seconds lean?",
    explanation=(
        "Four groups in the order in which they rank the next second: the quantities at the best prices, order flow "
        "between best quotes, the last move, and the side of market orders. Each factor's own record against the next "
        "ten seconds is measured live and shown with its error."
    ),
    declared_in=__name__,
    package="analysis.micro",
    config=MicroSection,
    job="stream",
    score=ScoreSpec("micro_alpha_score", low=0.0, high=1.0, neutral=0.5),
    groups=tuple(group.id for group in GROUPS),
    metrics=METRICS,
    scalars=SCALARS,
    history=history,
    fetch=fetch,
    fit_keys=fit_keys,
    open_state=open_state,
    other_timeframes=(),
    market="futures",
    interval="1m",
)
