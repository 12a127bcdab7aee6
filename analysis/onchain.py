"""Module F, On-chain & Macro: do money flows, valuation and realised profit support the market?

Score 0..1 = 0.5 + 0.5 * direction, 1 supportive. Three groups: flows (growth of stablecoins, net inflow to exchanges,
ETF flow beyond what the price explains, exchange balances, whales), valuation (where MVRV-Z stands in its own past,
speaking the other way beyond its 10/90 %) and realised profit. It describes a backdrop of days to weeks: ETF flow and
the supply of stablecoins follow the price.

Facts are daily and come from providers beyond the exchange, each value with the moment it became known; a row uses
what was known at its close, the last one at the moment asked. Coins without facts of their own get those of bitcoin and
of stablecoins, and the answer says so. Statistics grow over a provider's whole past and never read a later day.

References: Mahmudov and Puell 2018 (MVRV), Awe and Wonder (MVRV-Z, here with an expanding deviation); Shirakashi 2019
(SOPR); Adamant Capital 2019 (NUPL).
"""

from operator import attrgetter

from analysis.framework.metric import ScoreSpec
from analysis.framework.module import Module
from analysis.macro.inputs import fetch, fit_keys, history
from analysis.macro.metrics import GROUPS, METRICS, SCALARS, MacroSection

MODULE = Module(
    code="F",
    id="macro",
    commands=("macro", "ma"),
    title="On-chain & Macro",
    question="Do money flows, valuation and realised profit support the market?",
    explanation=(
        "The score is the mean of three groups: flows (stablecoins, exchanges, ETFs, whales), where MVRV-Z stands in "
        "its own past, and realised profit. Values are daily, each with its provider and date. It is a backdrop of "
        "days to weeks: ETF flow and stablecoins follow the price."
    ),
    declared_in=__name__,
    package="analysis.macro",
    config=MacroSection,
    job="async",
    score=ScoreSpec("macro_score", low=0.0, high=1.0, neutral=0.5),
    groups=tuple(group.id for group in GROUPS),
    metrics=METRICS,
    scalars=SCALARS,
    history=history,
    fetch=fetch,
    fit_keys=fit_keys,
    rank_bars=attrgetter("rank_bars"),
    other_timeframes=(),
    interval="1d",
)
