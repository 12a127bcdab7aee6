"""Module D, Order Flow & Microstructure: who is pressing, and how much liquidity stands in the way?

Score 0..1 = 0.5 + 0.5 * direction: pressure alone, above 0.5 buyers. It is made of the imbalance of the book, of taker
flow, of the slope of the cumulative volume delta and of order flow imbalance between best quotes. It describes what
happens in these seconds: flow explains the move that it is part of and hardly the next one; only the imbalance of the
touch is ahead of the price, by a second or so. Fragility 0..1 stands beside it: spread, cost to fill, elasticity and
refill of the book, 0 a deep book, 1 an empty one.

Everything is live: trades (over REST before the stream), best quotes and the kept book of the perpetual, of spot only
where there is none. Nothing of it exists for a past moment but the minute bars with their taker volume.

References: Cont, Kukanov and Stoikov 2014 (order flow imbalance), Cont, Cucuringu and Zhang 2023 (ten levels), Newey
and West 1987, Kaplan and Meier 1958.
"""

from analysis.flow.inputs import FlowState, fetch, fit_keys, history
from analysis.flow.metrics import GROUPS, METRICS, SCALARS, FlowSection
from analysis.flow.specs import FRAGILITY
from analysis.framework.metric import ScoreSpec
from analysis.framework.module import Module

MODULE = Module(
    code="D",
    id="flow",
    commands=("flow", "f"),
    title="Order Flow",
    question="Who is pressing, and how much liquidity stands in the way?",
    explanation=(
        "Pressure is the mean of four groups: the imbalance of the book, taker flow, the slope of the cumulative "
        "volume delta, and order flow imbalance between best quotes. It describes these seconds and forecasts hardly "
        "anything. Fragility says how little stands in the way: spread, cost to fill, elasticity and refill."
    ),
    declared_in=__name__,
    package="analysis.flow",
    config=FlowSection,
    job="stream",
    score=ScoreSpec("liquidity_pressure_score", low=0.0, high=1.0, neutral=0.5),
    headlines=(ScoreSpec(FRAGILITY, low=0.0, high=1.0, neutral=0.0, directional=False),),
    groups=(*(group.id for group in GROUPS), FRAGILITY),
    metrics=METRICS,
    scalars=SCALARS,
    history=history,
    fetch=fetch,
    fit_keys=fit_keys,
    open_state=FlowState,
    other_timeframes=(),
    market="futures",
    interval="1m",
    reads_asked=True,
)
